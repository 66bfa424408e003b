import { createHmac } from 'node:crypto'
import type { AuthorizationCode, Fragment, Obtain } from '@cardea/catalog'
import { equalBytes } from '../crypto/equal.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { errorWord } from './failures.ts'

/** What came back with the browser, checked before anything in it is used. */
export interface Callback {
  code: string
  /** Everything the service added, for values to be learned. The code and the state are not among it. */
  told: Record<string, string>
}

export interface Expected {
  state: string
  clientSecret?: Secret | undefined
  /** RFC 9207: recorded before the person was sent away. */
  issuer?: string
  /** The metadata of the issuer announce the parameter: then it must be there. */
  issuerAnnounced?: boolean
  /** OAuth 1.0a: the request token that the person was sent away with. */
  requestToken?: string
}

/** What came back from any sign-in in the browser. Behind a `#` it is what our own page read there and handed in. */
export function readReturn(obtain: Obtain, query: URLSearchParams, expected: Expected): Callback {
  switch (obtain.by) {
    case 'code':
      return readCallback(obtain, query, expected)
    case 'fragment':
      return readFragment(obtain, query, expected)
    case 'oauth1':
      return readVerifier(query, expected)
    default:
      throw new Problem('oauth.not_supported', { step: 'return from the browser' })
  }
}

function readFragment(obtain: Fragment, query: URLSearchParams, { state }: Expected): Callback {
  const given = once(query)
  if (given.state === undefined || !sameText(given.state, state)) throw new Problem('oauth.state_mismatch')
  if (given.error !== undefined) throw refusalOf(given)
  const token = given[obtain.at]
  if (!token || !/^[\x21-\x7e]+$/.test(token)) throw new Problem('oauth.callback_incomplete', { what: 'a token' })
  return { code: token, told: {} }
}

function readVerifier(query: URLSearchParams, { state, requestToken }: Expected): Callback {
  const { state: sent, oauth_token: token, oauth_verifier: verifier, ...told } = once(query)
  if (sent === undefined || !sameText(sent, state)) throw new Problem('oauth.state_mismatch')
  if (told.denied !== undefined) throw new Problem('oauth.denied', { error: 'denied' })
  if (requestToken === undefined || token === undefined || !sameText(token, requestToken)) {
    throw new Problem('oauth.state_mismatch')
  }
  if (!verifier) throw new Problem('oauth.callback_incomplete', { what: 'a verifier' })
  return { code: verifier, told }
}

export function readCallback(obtain: AuthorizationCode, query: URLSearchParams, expected: Expected): Callback {
  const given = once(query)
  const trim = obtain.callback?.trim
  const state = trimmed(given.state, trim)
  if (state === undefined || !sameText(state, expected.state)) throw new Problem('oauth.state_mismatch')
  // Before the error is believed: a mixed-up server must not even be able to say no for another.
  if (expected.issuer !== undefined) {
    const missing = given.iss === undefined && expected.issuerAnnounced
    if (missing || (given.iss !== undefined && given.iss !== expected.issuer))
      throw new Problem('oauth.issuer_mismatch')
  }
  const signature = obtain.callback?.signed
  if (signature) checkSignature(given, signature.at, expected)
  if (given.error !== undefined) throw refusalOf(given)
  const name = nameOf(obtain, 'code', 'code')
  const code = trimmed(given[name], trim)
  if (!code) throw new Problem('oauth.callback_incomplete', { what: 'a code' })
  const { state: _state, [name]: _code, ...told } = given
  return { code, told }
}

/** Looked up before anything else is known, so without whatever a service glues to it: our states are base64url. */
export function stateOf(query: URLSearchParams): string | undefined {
  return /^[\w-]{1,100}/.exec(query.get('state') ?? '')?.[0]
}

function refusalOf(given: Record<string, string>): Problem {
  const error = errorWord({ error: given.error }) ?? 'refused'
  if (error === 'temporarily_unavailable' || error === 'server_error')
    return new Problem('oauth.unavailable', { error })
  const denied = /denied|cancel|consent|interaction|login_required/.test(error)
  return denied ? new Problem('oauth.denied', { error }) : new Problem('oauth.client_misconfigured', { error })
}

/** A parameter that stands there twice is two different answers to two readers. */
function once(query: URLSearchParams): Record<string, string> {
  const given: Record<string, string> = Object.create(null)
  for (const [name, value] of query) {
    if (name in given && given[name] !== value)
      throw new Problem('oauth.callback_incomplete', { what: `one ${shortName(name)}` })
    given[name] = value
  }
  return given
}

function checkSignature(given: Record<string, string>, at: string, { clientSecret }: Expected): void {
  const sent = given[at]
  if (!clientSecret || sent === undefined || !/^[0-9a-f]{64}$/i.test(sent)) throw new Problem('oauth.callback_unsigned')
  const message = Object.keys(given)
    .filter((name) => name !== at)
    .sort()
    .map((name) => `${name}=${given[name]}`)
    .join('&')
  const mac = createHmac('sha256', clientSecret.revealBytes()).update(message).digest()
  if (!equalBytes(mac, Buffer.from(sent, 'hex'))) throw new Problem('oauth.callback_unsigned')
}

function nameOf(obtain: AuthorizationCode, parameter: 'code', usual: string): string {
  return obtain.names?.[parameter] ?? usual
}

function trimmed(value: string | undefined, trim: string | undefined): string | undefined {
  return trim && value?.endsWith(trim) ? value.slice(0, -trim.length) : value
}

function sameText(a: string, b: string): boolean {
  return equalBytes(Buffer.from(a), Buffer.from(b))
}

function shortName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '').slice(0, 40)
}
