import { scopeLink } from '../broker/broker.ts'
import type { AnswerHeaders } from './headers.ts'
import type { Plan } from './plan.ts'

/** Who is answered, and at which address they call. */
export interface Guided {
  connectionId: string
  plan: Plan
  publicUrl: () => string
}

/**
 * What callers need to go on, in headers, since bodies are not touched: links to further pages lead through here, and a refusal for a
 * missing scope comes with a link by which the owner grants that scope. `raw`: what goes back, changed in place, not searched yet.
 */
export function guide(raw: string[], status: number, answer: AnswerHeaders, to: Guided): string[] {
  if (answer.link !== undefined) leadThroughHere(raw, to)
  if (status === 403) nameScopes(raw, answer, to)
  return raw
}

const TARGET = /<([^<>]*)>/g

/** RFC 8288. A library that followed one to the service itself would show it the broker token. Below the base address, letter for letter. */
function leadThroughHere(raw: string[], { connectionId, plan: { base }, publicUrl }: Guided): void {
  if (!base) return
  const there = base.origin + base.path
  const here = `${publicUrl()}/proxy/${connectionId}`
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at] !== 'link') continue
    raw[at + 1] = raw[at + 1]!.replaceAll(TARGET, (whole, target: string) => {
      const rest = target.slice(there.length)
      return target.startsWith(there) && /^(?:[/?]|$)/.test(rest) ? `<${here}${rest}>` : whole
    })
  }
}

const CHALLENGE = /\berror="?insufficient_scope\b/i
const SCOPES = /\bscope="([^"\\]{1,1000})"/i
/** RFC 6749, section 3.3. */
const SCOPE = /^[!#-[\]-~]{1,200}$/
const MOST = 20

/** As RFC 6750 spells it. A service that does not name the scope leaves nothing to say. */
function nameScopes(raw: string[], answer: AnswerHeaders, { connectionId, plan, publicUrl }: Guided): void {
  const challenge = [answer['www-authenticate'] ?? []].flat().find((one) => CHALLENGE.test(one))
  if (challenge === undefined || !plan.of.method.scopes) return
  const scopes = (SCOPES.exec(challenge)?.[1] ?? '').split(' ').filter((scope) => SCOPE.test(scope))
  if (scopes.length === 0 || scopes.length > MOST) return
  raw.push('cardea-missing-scope', scopes.join(' '))
  raw.push('cardea-reauthorize-url', scopeLink(publicUrl(), connectionId, scopes))
}
