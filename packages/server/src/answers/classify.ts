import { type Answers, type Condition, headerOf, holds, type ReadAnswer, type Service } from '@cardea/catalog'
import { whenToComeBack } from '../net/come-back.ts'
import type { Answer } from '../net/message.ts'

export type Meaning =
  | { is: 'ok' }
  /** The credential is refused. */
  | { is: 'rejected' }
  /** The credential is genuine, but not for this call. */
  | { is: 'restricted' }
  | { is: 'limited'; comeBackAt?: number }
  /** Says nothing about the credential. */
  | { is: 'unavailable'; comeBackAt?: number }
  /** The definition is older than the service. */
  | { is: 'retired' }
  | { is: 'unexpected' }
export type Expected = 'json' | 'text' | 'any'

const ORDER = ['restricted', 'rejected', 'limited', 'unavailable', 'retired'] as const
type Class = (typeof ORDER)[number]
const DEFAULTS: Readonly<Record<Class, (status: number) => boolean>> = {
  restricted: (status) => status === 403,
  rejected: (status) => status === 401,
  limited: (status) => status === 429,
  unavailable: (status) => status >= 500,
  retired: (status) => status === 410,
}

/** Body read as JSON where it is JSON, whatever its content type says. */
export function readAnswer({ status, headers, body }: Answer): ReadAnswer {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const json = parsed(body)
  return { status, headers: lower, body, ...(json === undefined ? {} : { json }) }
}

/** `expects`: what a good answer to this call is made of. Of a caller's own call nobody knows: `any`. */
export function classify(service: Service, answer: ReadAnswer, now: number, expects: Expected = 'any'): Meaning {
  const own = service.answers ?? {}
  const page = expects === 'json' && isPage(answer)
  const success = answer.status >= 200 && answer.status < 300
  const said = ORDER.find((kind) =>
    own[kind]?.some((condition) => counts(condition, success && !page) && holds(condition, answer)),
  )
  if (said) return meaning(said, answer, own, now)
  // A login page, a sleeping instance, a firewall: whoever wrote that page was not asked about the credential. A 401 with its
  // challenge is an answer of HTTP itself, page or not.
  const challenged = answer.status === 401 && headerOf(answer, 'www-authenticate') !== undefined
  if (page && !challenged && answer.status < 500) return { is: 'unavailable' }
  const usual = ORDER.find((kind) => own[kind] === undefined && DEFAULTS[kind](answer.status))
  if (usual) return meaning(usual, answer, own, now)
  if (!success) return { is: 'unexpected' }
  return expects === 'json' && answer.json === undefined ? { is: 'unexpected' } : { is: 'ok' }
}

/**
 * A word looked for in the whole body counts only in refusals: a stored text that mentions "ExpiredToken" must not end the connection of
 * whoever reads it.
 */
function counts(condition: Condition, success: boolean): boolean {
  const bare = condition.status === undefined && condition.path === undefined && condition.header === undefined
  return !(success && bare)
}

function meaning(is: Class, answer: ReadAnswer, own: Answers, now: number): Meaning {
  if (is !== 'limited' && is !== 'unavailable') return { is }
  const comeBackAt = whenToComeBack(answer, own.comeBack, now)
  return { is, ...(comeBackAt === undefined ? {} : { comeBackAt }) }
}

export function isPage(answer: ReadAnswer): boolean {
  if (answer.json !== undefined) return false
  return (
    /\bhtml\b/i.test(headerOf(answer, 'content-type') ?? '') || /^\s*<(!doctype|html|head|body)\b/i.test(answer.body)
  )
}

function parsed(body: string): unknown {
  if (!/^\s*[[{"\dtfn-]/.test(body)) return undefined
  try {
    return JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
