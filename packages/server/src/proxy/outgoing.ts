import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { place, streamed } from '../inject/place.ts'
import type { Departing } from '../net/dispatch.ts'
import type { Target } from '../target/target.ts'
import type { Aim } from './aim.ts'
import type { Body } from './body.ts'
import { filled, type Plan } from './plan.ts'
import { type Asked, CHUNKED } from './request.ts'

/** The call as it leaves: whatever may travel on, the credential where the definition wants it, and what only we say. */
export function outgoing(
  { target, clock }: { target: Target; clock: Clock },
  plan: Plan,
  asked: Asked,
  aim: Aim,
  body: Body,
): Omit<Departing, 'party'> {
  const call =
    aim.address === undefined && plan.quick ? quickly(plan, asked) : carefully(target, clock, plan, asked, aim, body)
  const { headers } = call
  if (plan.travels) {
    // Ours to say: what comes back compressed could not be searched for the credential. A range would let a caller cut one in two.
    headers.push('accept-encoding', 'identity')
  } else {
    if (asked.acceptEncoding !== undefined) headers.push('accept-encoding', asked.acceptEncoding)
    if (asked.range !== undefined) headers.push('range', asked.range)
  }
  if (body.stream && asked.length > 0) headers.push('content-length', String(asked.length))
  return { ...call, body: body.stream ?? call.changed ?? body.bytes ?? null }
}

type Made = Pick<Departing, 'origin' | 'method' | 'path' | 'headers'> & { changed?: Uint8Array | undefined }

function quickly({ base, quick, taken, defaults, placing }: Plan, asked: Asked): Made {
  const { path, query, headers: own } = asked
  const headers: string[] = []
  for (const [name, value] of defaults) if (!own.includes(name)) headers.push(name, value)
  for (let at = 0; at < own.length; at += 2) if (!taken.has(own[at]!)) headers.push(own[at]!, own[at + 1]!)
  for (const { name, parts } of quick!) headers.push(name, filled(parts, placing.values))
  const { origin, path: basePath } = base!
  const whole = basePath + path
  return {
    origin,
    method: asked.method,
    path: query === '' ? whole || '/' : `${whole || '/'}?${query}`,
    headers,
  }
}

function carefully(target: Target, clock: Clock, plan: Plan, asked: Asked, aim: Aim, body: Body): Made {
  const address = aim.address ?? target.address(plan.of, { path: asked.path, query: asked.query })
  const isStreamed = body.stream !== undefined
  const sent = isStreamed ? streamed : body.bytes
  const request = place(
    {
      ...address,
      method: asked.method,
      headers: joined(asked.headers, plan.taken),
      ...(sent === undefined ? {} : { body: sent }),
    },
    { ...plan.placing, now: clock.now(), nonce: () => newId('req') },
  )
  // Asked once more of what was made, since the credential itself may have shaped it.
  if (!target.permits(plan.of, request.url, 'caller')) {
    throw new Problem('service.host_not_allowed', { host: new URL(request.url).host, why: 'it is not listed' })
  }
  const { origin } = new URL(request.url)
  const rest = request.url.slice(origin.length)
  const { body: placed } = request
  return {
    origin,
    method: request.method,
    path: rest.startsWith('/') ? rest : `/${rest}`,
    headers: Object.entries(request.headers).flat(),
    changed:
      placed === undefined || typeof placed === 'symbol'
        ? undefined
        : typeof placed === 'string'
          ? Buffer.from(placed)
          : placed,
  }
}

function joined(headers: readonly string[], taken: ReadonlySet<string>): Record<string, string> {
  const whole: Record<string, string> = Object.create(null)
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!
    if (taken.has(name)) continue
    const before = whole[name]
    whole[name] = before === undefined ? headers[at + 1]! : `${before}, ${headers[at + 1]}`
  }
  return { ...whole }
}

/** Whether a body has to be in hand before it can be sent. */
export function isWhole(plan: Plan, asked: Asked, signedLimit: number): boolean {
  if (plan.whole === 'never' || asked.length === 0) return false
  return plan.whole === 'always' || asked.length === CHUNKED || asked.length <= signedLimit
}
