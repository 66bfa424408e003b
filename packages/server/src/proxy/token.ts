import { Problem } from '../errors.ts'
import { Secret } from '../secret.ts'

/**
 * Finds the one broker token of a request, wherever the caller's own library puts a credential: as bearer (or under any other scheme),
 * as user or password of basic, alone in a header, a cookie, a query parameter or a segment of the path. Refuses a second one, and any
 * other token of Cardea: what is not taken out here would be sent on to the service.
 */
export type Place =
  | { in: 'authorization' }
  | { in: 'header' | 'query' | 'cookie'; name: string }
  /** What stands before and behind it in its segment. */
  | { in: 'path'; before: string; after: string }

export interface Found {
  token: Secret
  place: Place
}

const MARK = 'cardea_'
const BROKER = /^cardea_broker_[\w-]{43}$/
const IN_SEGMENT = /^([^/]*?)(cardea_broker_[\w-]{43})([^/]*)$/

/** Whether a value may hold a token at all: one look at each header, so that the rest costs nothing. */
export function isMarked(value: string): boolean {
  return value.includes(MARK)
}

export function inAuthorization(value: string): Found | undefined {
  const space = value.indexOf(' ')
  const scheme = value.slice(0, Math.max(space, 0))
  const rest = value.slice(space + 1).trim()
  if (/^basic$/i.test(scheme)) return inBasic(rest)
  if (BROKER.test(rest)) return { token: Secret.of(rest), place: { in: 'authorization' } }
  if (isMarked(value)) throw misplaced('the authorization')
  return undefined
}

function inBasic(encoded: string): Found | undefined {
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  if (!isMarked(text)) return undefined
  const colon = text.indexOf(':')
  const parts = colon < 0 ? [text] : [text.slice(colon + 1), text.slice(0, colon)]
  const marked = parts.filter(isMarked)
  if (marked.length !== 1 || !BROKER.test(marked[0]!)) throw misplaced('the authorization')
  return { token: Secret.of(marked[0]!), place: { in: 'authorization' } }
}

export function inHeader(name: string, value: string): Found {
  if (name === 'cookie') return inCookie(value)
  const rest = value.slice(value.indexOf(' ') + 1)
  if (!BROKER.test(rest)) throw misplaced(`the header ${name}`)
  return { token: Secret.of(rest), place: { in: 'header', name } }
}

function inCookie(value: string): Found {
  const marked = value.split(';').filter(isMarked)
  const [name = '', token = ''] = marked.length === 1 ? split(marked[0]!.trim()) : []
  if (!BROKER.test(token)) throw misplaced('the cookies')
  return { token: Secret.of(token), place: { in: 'cookie', name } }
}

export function inQuery(query: string): Found {
  const marked = query.split('&').filter(isMarked)
  const [name = '', token = ''] = marked.length === 1 ? split(marked[0]!) : []
  if (!BROKER.test(token)) throw misplaced('the query')
  return { token: Secret.of(token), place: { in: 'query', name: decodeName(name) } }
}

/** The path without it, too. */
export function inPath(path: string): Found & { path: string } {
  const segments = path.split('/')
  const at = segments.findIndex(isMarked)
  const [, before = '', token, after = ''] = IN_SEGMENT.exec(segments[at]!) ?? []
  if (token === undefined || isMarked(before + after)) throw misplaced('the path')
  const rest = segments.toSpliced(at, 1).join('/')
  // The definition names the first segment; one that is found further on is not where the service wants it.
  if (at !== 1 || isMarked(rest)) throw misplaced('the path')
  return { token: Secret.of(token), place: { in: 'path', before, after }, path: rest }
}

export function misplaced(place: string): Problem {
  return new Problem('proxy.token_misplaced', { place })
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? ['', pair] : [pair.slice(0, at), pair.slice(at + 1)]
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (error) {
    if (error instanceof URIError) return name
    throw error
  }
}
