import type { RateLimit } from '../broker/broker.ts'
import { HOP_BY_HOP, NEVER_FROM_CALLERS, NEVER_PREFIXES, NEVER_TO_CALLERS } from '../inject/strip.ts'

/**
 * Which headers pass, both ways, decided once for each name. The lists are those of `inject/strip.ts`; what is new here is only that a
 * name is looked up instead of being searched for, because each call has some twenty.
 */
export const PASSED = 0
export const DROPPED = 1
/** Passes, and may be there once. */
export const ONCE = 2
/** Ours to read; never passes. */
export const READ = 3
const REFUSED = 4

export interface Rule {
  /** In lower case. */
  name: string
  rule: number
  /** Its own bit, if it may be there once. */
  bit: number
}

const ONLY_ONCE = [
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'expect',
  'dpop',
  'range',
  'content-type',
  'content-encoding',
  'cardea-host',
  'cardea-on-unavailable',
  'sec-websocket-key',
  'sec-websocket-version',
]
const OURS = new Set([
  'authorization',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'http2-settings',
  'trailer',
  'te',
  'expect',
  'dpop',
  'range',
  'accept-encoding',
  'cardea-host',
  'cardea-on-unavailable',
  'sec-fetch-mode',
])
const NEVER = new Set([
  ...HOP_BY_HOP,
  ...NEVER_FROM_CALLERS,
  // Without a range it says nothing.
  'if-range',
  // What a frame was compressed into cannot be searched.
  'sec-websocket-extensions',
  // Of a browser's page: it is not the page that asks the service.
  'sec-fetch-site',
  'sec-fetch-dest',
  'sec-fetch-user',
])
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** As they are spelled by the clients there are; bounded, since a caller may spell one name in many ways. */
const known = new Map<string, Rule>()
const MOST_SPELLINGS = 2000

export function ruleOf(spelled: string): Rule {
  const found = known.get(spelled)
  if (found) return found
  const rule = decide(spelled)
  if (known.size < MOST_SPELLINGS) known.set(spelled, rule)
  return rule
}

function decide(spelled: string): Rule {
  const name = spelled.toLowerCase()
  // Some servers take an underscore for a hyphen: "transfer_encoding" must not pass where "transfer-encoding" does not.
  const read = name.replaceAll('_', '-')
  const once = ONLY_ONCE.indexOf(name)
  const bit = once < 0 ? 0 : 1 << once
  if (!NAME.test(name)) return { name: name.slice(0, 60), rule: REFUSED, bit }
  if (OURS.has(name)) return { name, rule: READ, bit }
  const isDropped = OURS.has(read) || NEVER.has(read) || NEVER_PREFIXES.some((prefix) => read.startsWith(prefix))
  return { name, rule: isDropped ? DROPPED : once < 0 ? PASSED : ONCE, bit }
}

const NOT_BACK = new Set([
  ...HOP_BY_HOP,
  ...NEVER_TO_CALLERS.filter((name) => name !== 'content-length'),
  // Said by us, once: see below.
  'content-security-policy',
  'content-security-policy-report-only',
  'x-content-type-options',
  'set-cookie',
])

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * What goes back, names and values in turn. A page of a service that somebody's browser opens here would run at the address of Cardea,
 * beside its sessions: it is put in a sandbox, and nothing is taken for a page that is none.
 */
export function backwards(answer: AnswerHeaders, requestId: string): string[] {
  const headers: string[] = []
  const { connection } = answer
  const ofThisHop = connection === undefined || connection === 'keep-alive' ? undefined : tokens(connection)
  for (const name in answer) {
    if (NOT_BACK.has(name) || name.startsWith('cardea-') || name.startsWith('proxy-')) continue
    if (ofThisHop?.includes(name) || !Object.hasOwn(answer, name)) continue
    const value = answer[name]
    if (typeof value === 'string') headers.push(name, value)
    else if (value !== undefined) for (const each of value) headers.push(name, each)
  }
  headers.push(
    'content-security-policy',
    'sandbox',
    'x-content-type-options',
    'nosniff',
    'cardea-request-id',
    requestId,
  )
  return headers
}

/** What is left of a budget, under the usual names where the service does not use them itself. */
export function pushBudget(
  headers: string[],
  { limit, remaining, resetSeconds }: RateLimit,
  answer: AnswerHeaders,
): void {
  const prefix = answer['ratelimit-remaining'] === undefined && answer.ratelimit === undefined ? '' : 'cardea-'
  headers.push(`${prefix}ratelimit-limit`, String(limit), `${prefix}ratelimit-remaining`, String(remaining))
  headers.push(`${prefix}ratelimit-reset`, String(Math.ceil(resetSeconds)))
}

function tokens(connection: string | string[]): string[] {
  return [connection]
    .flat()
    .join(',')
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== 'content-length')
}

/** Behind a body: nothing that would have had to stand before it. */
export function trailing(trailers: AnswerHeaders): string[] {
  return backwards(trailers, '')
    .slice(0, -6)
    .map((text) => text)
    .filter((_, at, all) => {
      const name = all[at - (at % 2)]!
      return !FRAMING.has(name)
    })
}

const FRAMING = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'host',
  'authorization',
])
