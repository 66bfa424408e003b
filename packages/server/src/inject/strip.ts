import { fill, missing, placeholders, type Send, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'

/** Which headers pass, both ways. What only concerns one hop stays on it, and nobody but us says who is asking. */
export type Incoming = Readonly<Record<string, string | readonly string[] | undefined>>

export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]
/** A caller's word about where it comes from, which method it means, or who it is, must not reach a service that trusts us. */
export const NEVER_FROM_CALLERS = [
  'host',
  'cookie',
  'cookie2',
  'content-length',
  'expect',
  'authorization',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  // A guarded DELETE must not travel as a harmless POST.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Nor a guarded path behind a harmless one.
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-host',
]
export const NEVER_PREFIXES = ['x-forwarded-', 'proxy-', 'cardea-', ':']
export const OF_SIGNATURES = ['x-amz-date', 'x-amz-security-token']
/** Set by the service for its own origin; from ours they would speak for all services at once. */
export const NEVER_TO_CALLERS = [
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'clear-site-data',
  'strict-transport-security',
  'public-key-pins',
  'service-worker-allowed',
  'nel',
  'report-to',
  'reporting-endpoints',
  'content-length',
]
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const UNSENDABLE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/

export interface Stripped {
  headers: Record<string, string>
  /** Of the body that follows, where the caller announced it. */
  length?: number
}

/** Headers of a caller that may travel on. The places of the credential are cleared, whatever the caller put there. */
export function stripRequest(incoming: Incoming, send: Send, values: Values = {}): Stripped {
  const refused = new Set([
    ...HOP_BY_HOP,
    ...NEVER_FROM_CALLERS,
    ...connectionTokens(incoming),
    ...placesOf(send, values),
  ])
  const headers: Record<string, string> = Object.create(null)
  for (const [given, value] of Object.entries(incoming)) {
    if (value === undefined) continue
    const name = given.toLowerCase()
    if (refused.has(name) || NEVER_PREFIXES.some((prefix) => name.startsWith(prefix))) continue
    headers[name] = sendable(name, [value].flat().join(', '))
  }
  const length = lengthOf(incoming)
  return { headers: { ...headers }, ...(length === undefined ? {} : { length }) }
}

/** Headers of an answer that may go back. Its length is left out: whoever passes the body on knows it. */
export function stripAnswer(answer: Incoming): Record<string, string | string[]> {
  const refused = new Set([...HOP_BY_HOP, ...NEVER_TO_CALLERS, ...connectionTokens(answer)])
  return Object.fromEntries(
    Object.entries(answer).flatMap(([given, value]) => {
      const name = given.toLowerCase()
      if (value === undefined || refused.has(name) || name.startsWith('proxy-') || !NAME.test(name)) return []
      return [[name, typeof value === 'string' ? value : [...value]]]
    }),
  )
}

export function placesOf(send: Send, values: Values): string[] {
  const named = Object.keys(send.headers ?? {}).flatMap((name) => {
    if (placeholders(name).length === 0) return [name]
    return missing(name, values).length === 0 ? [fill(name, values)] : []
  })
  return [...named, ...(send.sign ? OF_SIGNATURES : [])].map((name) => name.toLowerCase())
}

/** "Connection: close, x-thing" makes x-thing a matter of one hop. */
function connectionTokens(headers: Incoming): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => [value ?? []].flat().join(',').split(','))
    .map((token) => token.trim().toLowerCase())
}

function sendable(name: string, value: string): string {
  if (!NAME.test(name) || UNSENDABLE.test(value))
    throw new Problem('service.header_refused', { name: name.slice(0, 60) })
  return value
}

/** Two lengths, or a length beside chunks, mean two readers see two different bodies. */
function lengthOf(headers: Incoming): number | undefined {
  const all = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? []].flat()] as const)
  const lengths = all.filter(([name]) => name === 'content-length').flatMap(([, value]) => value)
  const chunked = all.some(([name, value]) => name === 'transfer-encoding' && value.length > 0)
  if (lengths.length === 0) return undefined
  if (chunked || lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0]!)) {
    throw new Problem('service.header_refused', { name: 'content-length' })
  }
  return Number(lengths[0])
}
