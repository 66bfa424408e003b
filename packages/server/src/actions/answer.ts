import { type Action, valueAt } from '@cardea/catalog'
import { classify, readAnswer } from '../answers/answers.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Collected } from '../proxy/proxy.ts'
import type { Described } from '../target/target.ts'

/** What an action gave. */
export interface Output {
  status: number
  /** The few that a caller may need. */
  headers: Record<string, string>
  output: unknown
  /** What `output` is: JSON as it was, text, bytes in base64, or nothing at all. */
  encoding: 'json' | 'text' | 'base64' | 'none'
  /** Where in the answer the output was; null where it is the whole answer. */
  part: string | null
}

/** Whether the service may have done it: what decides if asking again could do it twice. */
export type Outcome = 'not_done' | 'unknown'

const SHOWN = [
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
]
const MOST_SAID = 4096

/** A good answer as the action gives it; any other thrown, with what the service said. */
export function outputOf(
  clock: Pick<Clock, 'now'>,
  of: { identifier: string; action: Action; described: Described },
  { status, headers, body }: Collected,
): Output {
  const text = textIn(body, headers['content-type'])
  const read = readAnswer({ status, headers, body: text ?? '' })
  const meaning = classify(of.described.service, read, clock.now()).is
  const isDone = status >= 200 && status < 300 && meaning === 'ok' && !hasErrors(of.action, read.json)
  if (!isDone) throw failureOf(of, meaning, status, headers, text)
  const shown = Object.fromEntries(SHOWN.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])))
  const told = { status, headers: shown }
  if (body.byteLength === 0) return { ...told, output: null, encoding: 'none', part: null }
  const json = text === undefined ? undefined : jsonIn(text, headers['content-type'])
  if (json !== undefined) {
    const { gives } = of.action
    const found = gives ? valueAt(json, gives) : undefined
    const output = found === undefined ? json : found
    return { ...told, output, encoding: 'json', part: found === undefined ? null : gives! }
  }
  if (text !== undefined) return { ...told, output: text, encoding: 'text', part: null }
  return { ...told, output: body.toString('base64'), encoding: 'base64', part: null }
}

/** GraphQL says no with a good status. */
function hasErrors({ graphql }: Action, json: unknown): boolean {
  const errors = graphql === undefined ? undefined : valueAt(json, 'errors')
  return Array.isArray(errors) && errors.length > 0
}

function failureOf(
  { identifier, action }: { identifier: string; action: Action },
  meaning: string,
  status: number,
  headers: Collected['headers'],
  text: string | undefined,
): Problem {
  const wait = /^\d{1,6}$/.test(headers['retry-after'] ?? '')
    ? { retryAfterSeconds: Number(headers['retry-after']) }
    : {}
  const said = {
    action: identifier,
    serviceStatus: status,
    serviceAnswer: saidIn(text),
    meaning,
    ...wait,
  }
  const refused = meaning === 'rejected' || meaning === 'restricted' || (status >= 200 && status < 500)
  const busy = meaning === 'limited' || meaning === 'unavailable'
  if (refused && !busy) return new Problem('action.refused_by_service', { ...said, outcome: 'not_done' })
  const outcome: Outcome = meaning === 'limited' || action.does === 'read' || status < 500 ? 'not_done' : 'unknown'
  return new Problem('action.failed_at_service', { ...said, outcome })
}

/** Searched for the credential already; as JSON where it is some and short enough. */
function saidIn(text: string | undefined): unknown {
  if (text === undefined || text === '') return null
  if (text.length > MOST_SAID) return text.slice(0, MOST_SAID)
  return jsonIn(text, undefined) ?? text
}

const TEXT =
  /^(text\/|application\/([a-z0-9.+-]+\+)?(json|xml|javascript|x-www-form-urlencoded|x-ndjson|graphql-response\+json)\b)/i

/** The body as text, where it says that it is some, or says nothing and is. */
function textIn(body: Buffer, type: string | undefined): string | undefined {
  if (type !== undefined && type !== '' && !TEXT.test(type)) return undefined
  const charset = /charset="?([\w-]+)/i.exec(type ?? '')?.[1] ?? 'utf-8'
  if (/^(iso-8859-1|latin1|us-ascii)$/i.test(charset)) return body.toString('latin1')
  if (!/^utf-?8$/i.test(charset)) return undefined
  const text = body.toString('utf8')
  // Bytes that are no text would come back as others.
  return text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(body) ? undefined : text
}

function jsonIn(text: string, type: string | undefined): unknown {
  const says = type === undefined || /json/i.test(type) || /^\s*[[{]/.test(text)
  if (!says) return undefined
  try {
    return JSON.parse(text, keepingDigits as (key: string, value: unknown) => unknown)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** An id beyond 2^53 must not come out as its neighbour. */
function keepingDigits(_: string, value: unknown, { source }: { source?: string }): unknown {
  const isLarge =
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
  return isLarge ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source) : value
}
