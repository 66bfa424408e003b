/** OAuth 1.0a (RFC 5849), as the receiving side computes it. */
import { createHmac } from 'node:crypto'
import { same } from './expected.ts'
import type { Received } from './received.ts'
import type { World } from './world.ts'

export interface OAuth1Rules {
  readonly method: 'HMAC-SHA1' | 'HMAC-SHA256'
  readonly consumerKey: string
  readonly consumerSecret: string
  /** Empty before there is one. */
  readonly token: string
  readonly tokenSecret: string
}
const WINDOW = 5 * 60_000

/** The parameters of the header, decoded. */
export function oauthHeader(received: Received): ReadonlyMap<string, string> | undefined {
  const list = /^OAuth (.+)$/i.exec(received.headers.get('authorization') ?? '')?.[1]
  if (!list) return undefined
  const pairs = list.split(/,\s*/).map((pair) => /^([a-zA-Z_]+)="([^"]*)"$/.exec(pair))
  if (pairs.some((pair) => pair === null)) return undefined
  return new Map(pairs.map((pair) => [pair![1]!, decodeURIComponent(pair![2]!)]))
}

export function faultsOfOAuth1(world: World, received: Received, rules: OAuth1Rules): string[] {
  const given = oauthHeader(received)
  if (!given) return ['the OAuth header is missing or cannot be read']
  const faults: string[] = []
  const said = (fault: string, holds: boolean) => {
    if (!holds) faults.push(fault)
  }
  said('oauth_consumer_key is another', same(given.get('oauth_consumer_key'), rules.consumerKey))
  said('oauth_token is another', same(given.get('oauth_token') ?? '', rules.token))
  said('oauth_signature_method is another', given.get('oauth_signature_method') === rules.method)
  said('oauth_version is another', (given.get('oauth_version') ?? '1.0') === '1.0')
  said(
    'oauth_timestamp is too far from now',
    Math.abs(Number(given.get('oauth_timestamp')) * 1000 - world.now()) <= WINDOW,
  )
  const nonce = `nonce ${given.get('oauth_nonce')} ${given.get('oauth_timestamp')}`
  said('oauth_nonce is missing or was used before', given.has('oauth_nonce') && !world.spent.has(nonce))
  world.spent.add(nonce)
  said('the signature is wrong', same(given.get('oauth_signature'), signatureOf(received, given, rules)))
  return faults
}

function signatureOf(received: Received, given: ReadonlyMap<string, string>, rules: OAuth1Rules): string {
  const isForm = received.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const pairs = [
    ...[...given].filter(([name]) => name !== 'oauth_signature' && name !== 'realm'),
    ...new URLSearchParams(received.url.search),
    ...(isForm ? new URLSearchParams(received.text) : []),
  ].map(([name, value]): [string, string] => [encode(name), encode(value)])
  pairs.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
  const list = pairs.map(([name, value]) => `${name}=${value}`).join('&')
  const base = [received.method, received.url.origin + received.url.pathname, list].map(encode).join('&')
  const key = `${encode(rules.consumerSecret)}&${encode(rules.tokenSecret)}`
  const hash = rules.method === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  return createHmac(hash, key).update(base).digest('base64')
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
