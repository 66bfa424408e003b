import { createHmac } from 'node:crypto'
import { Problem } from '../errors.ts'
import type { Placed } from './call.ts'
import { membersOf, strictlyEncoded } from './query.ts'

/** OAuth 1.0a, RFC 5849. */
export interface OAuth1Key {
  method: 'HMAC-SHA1' | 'HMAC-SHA256'
  consumerKey: string
  consumerSecret: string
  /** Absent on the way to the first token. */
  token?: string
  tokenSecret?: string
}

/** `extra`: protocol parameters of the sign-in itself (`oauth_callback`, `oauth_verifier`). */
export function signOAuth1(
  request: Placed,
  key: OAuth1Key,
  { now, nonce, extra = {} }: { now: number; nonce: string; extra?: Readonly<Record<string, string>> },
): Placed {
  if (typeof request.body === 'symbol') throw new Problem('service.body_not_whole')
  const url = new URL(request.url)
  const protocol: Record<string, string> = {
    oauth_consumer_key: key.consumerKey,
    oauth_nonce: nonce,
    oauth_signature_method: key.method,
    oauth_timestamp: String(Math.floor(now / 1000)),
    ...(key.token === undefined ? {} : { oauth_token: key.token }),
    oauth_version: '1.0',
    ...extra,
  }
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
    ? membersOf(Buffer.from((request.body ?? '') as string).toString('utf8'))
    : []
  const parameters = [...membersOf(url.search.slice(1)), ...form, ...Object.entries(protocol)]
  const base = signatureBase(request.method, url, parameters)
  const secret = `${strictlyEncoded(key.consumerSecret)}&${strictlyEncoded(key.tokenSecret ?? '')}`
  const digest = key.method === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const signature = createHmac(digest, secret).update(base).digest('base64')
  const words = Object.entries({ ...protocol, oauth_signature: signature })
    .map(([name, value]) => `${strictlyEncoded(name)}="${strictlyEncoded(value)}"`)
    .join(', ')
  return { ...request, headers: { ...request.headers, authorization: `OAuth ${words}` } }
}

/** RFC 5849, section 3.4.1. */
export function signatureBase(method: string, url: URL, parameters: readonly (readonly [string, string])[]): string {
  const normalized = parameters
    .map(([name, value]) => [strictlyEncoded(name), strictlyEncoded(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : x > y ? 1 : 0) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return [method.toUpperCase(), `${url.origin}${url.pathname}`, normalized].map(strictlyEncoded).join('&')
}
