import { randomBytes } from 'node:crypto'
import type { AuthorizationCode, DeviceCode, Login, OAuth1 } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Answer, Outgoing, Send, SendHow } from '../net/message.ts'
import { Secret } from '../secret.ts'
import { isFailure, type Obtained, parsedBody, readTokens, scopesFromCallback } from './answer.ts'
import { assertionRequest, ownJwt } from './assertion.ts'
import { authorizeAddress, fragmentAddress, newTicket, pushedAddress, pushedRequest, type Ticket } from './authorize.ts'
import type { Callback } from './callback.ts'
import { answerWords, checkIdToken, withOwnClaims } from './claims.ts'
import { type DeviceStart, pendingOf, readDeviceStart } from './device.ts'
import { exchangeRequest, swapRequest } from './exchange.ts'
import { failureOf, problemOf, silence } from './failures.ts'
import { clientCredentialsRequest, devicePollRequest, deviceRequest, samlRequest } from './grants.ts'
import { givenBy, loginRequest } from './login.ts'
import { type Outside, type Party, valuesOf } from './party.ts'
import { type Refreshing, refreshRequest } from './refresh.ts'
import { type Revoked, revokedBy, revokeRequest } from './revoke.ts'
import {
  accessTokenRequest,
  authorizeTokenAddress,
  obtainedPair,
  requestTokenRequest,
  tokenPairOf,
} from './sign-in-1.ts'

/**
 * Requests to authorization servers, and what their answers mean. Stores nothing and follows nothing: every request is a plain value, sent
 * by the `send` that was handed in. What a service does differently is said by its definition and happens in two files, `shape.ts` on the
 * way out and `answer.ts` on the way in. Failures are problems of four classes; none of them quotes a secret.
 */
export interface Oauth {
  begin(party: Party, how?: { resource?: string; pushTo?: string }): Promise<Begun>
  complete(party: Party, begun: Begun, back: Back): Promise<Obtained>
  /** Where nobody has to consent: client credentials, assertions, key pairs, logins. */
  obtain(party: Party): Promise<Obtained>
  refresh(party: Party, how?: Refreshing & SendHow): Promise<Obtained>
  revoke(party: Party): Promise<Revocation>
  startDevice(party: Party): Promise<DeviceStart>
  /** Throws `oauth.pending` until the code was entered. */
  pollDevice(party: Party, deviceCode: Secret): Promise<Obtained>
}

export interface Begun {
  /** Where the browser goes. */
  address: string
  ticket: Ticket
  resource?: string
  /** OAuth 1.0a only. */
  temporary?: { token: string; tokenSecret: Secret }
}
export interface Back {
  callback: Callback
  /** Of a discovered server: its id token must be its own. */
  issuer?: string
}
export interface Revocation {
  outcome: Revoked | 'not_offered'
  /** Of one that failed. */
  failure?: Problem
  ends?: 'grant' | 'installation'
  /** How people end it themselves. */
  byHand?: string
}
export interface OauthDeps {
  clock: Pick<Clock, 'now'>
  send: Send
  allowsPlainHttp?: (host: string) => boolean
}

export function createOauth({ clock, send, allowsPlainHttp }: OauthDeps): Oauth {
  const outside = (): Outside => ({
    now: clock.now(),
    nonce: () => randomBytes(16).toString('hex'),
    ...(allowsPlainHttp ? { allowsPlainHttp } : {}),
  })

  async function asked(request: Outgoing, how?: SendHow): Promise<Answer> {
    try {
      return await send(request, how)
    } catch (error) {
      if (error instanceof Problem) throw error
      throw problemOf(silence(error))
    }
  }

  function refused(party: Party, answer: Answer): Problem {
    const { clientSecret, ...secrets } = { ...party.secrets }
    const app = party.client?.secret ?? clientSecret
    return problemOf(
      failureOf(party.service, answer, { ...secrets, ...(app ? { clientSecret: app } : {}) }, clock.now()),
    )
  }

  async function tokens(party: Party, request: Outgoing, how?: SendHow): Promise<Obtained> {
    // The service counts from before its answer leaves: a slow one would make a token live on here that is dead there.
    const askedAt = clock.now()
    const answer = await asked(request, how)
    const body = parsedBody(answer)
    const words = answerWords(party)
    if (isFailure(answer, body, words)) throw refused(party, answer)
    const obtained = readTokens(body, words, askedAt)
    if (!obtained) throw new Problem('oauth.unexpected_answer', { error: 'no access token' })
    return withOwnClaims(obtained, party)
  }

  return {
    async begin(party, { resource, pushTo } = {}) {
      const { obtain } = party.method
      const ticket = newTicket()
      const asking = { ...ticket, ...(resource ? { resource } : {}) }
      if (obtain.by === 'fragment') return { ticket, address: fragmentAddress(obtain, party, ticket, outside()) }
      if (obtain.by === 'oauth1') return beginOAuth1(obtain, party, ticket)
      if (obtain.by !== 'code') throw new Problem('oauth.not_supported', { step: 'sign-in in the browser' })
      if (pushTo === undefined) {
        return { ...asking, ticket, address: authorizeAddress(obtain, party, asking, outside()) }
      }
      const answer = await asked(pushedRequest(obtain, pushTo, party, asking, outside()))
      const body = parsedBody(answer) as { request_uri?: unknown } | undefined
      if (answer.status >= 300 || typeof body?.request_uri !== 'string') throw refused(party, answer)
      return { ...asking, ticket, address: pushedAddress(obtain, party, body.request_uri, outside()) }
    },

    async complete(party, begun, { callback, issuer }) {
      const { obtain } = party.method
      if (obtain.by === 'oauth1') return completeOAuth1(obtain, party, begun, callback)
      if (obtain.by === 'fragment') {
        return { secrets: { accessToken: Secret.of(callback.code) }, life: 'unknown', told: {} }
      }
      if (obtain.by !== 'code') throw new Problem('oauth.not_supported', { step: 'sign-in in the browser' })
      const back = {
        code: callback.code,
        verifier: begun.ticket.verifier,
        ...(begun.resource ? { resource: begun.resource } : {}),
      }
      const first = await tokens(party, exchangeRequest(obtain, party, back, outside()))
      if (issuer !== undefined) await checkIdToken(first, party, issuer)
      const swapped = obtain.exchange
        ? await tokens(party, swapRequest(obtain.exchange, party, first.secrets, outside()))
        : undefined
      const scopes =
        scopesFromCallback(obtain.callback, callback.told, obtain.answer ?? {}) ?? first.scopes ?? swapped?.scopes
      return { ...first, ...swapped, told: first.told, ...(scopes ? { scopes } : {}) }
    },

    async obtain(party) {
      const { obtain } = party.method
      switch (obtain.by) {
        case 'client_credentials':
          return tokens(party, clientCredentialsRequest(obtain, party, outside()))
        case 'assertion':
          return tokens(party, assertionRequest(obtain, party, outside()))
        case 'saml':
          return tokens(party, samlRequest(obtain, party, outside()))
        case 'jwt':
          return ownJwt(obtain, party, outside())
        case 'login':
          return login(obtain, party)
        default:
          throw new Problem('oauth.not_supported', { step: 'grant without a person' })
      }
    },

    refresh: async (party, how) => tokens(party, refreshRequest(party, outside(), how), how),

    async revoke(party) {
      const words = 'revoke' in party.method.obtain ? (party.method.obtain as AuthorizationCode).revoke : undefined
      const request = revokeRequest(party, outside())
      if (!request || !words || 'none' in words) {
        return { outcome: 'not_offered', ...(words && 'none' in words ? { byHand: words.none } : {}) }
      }
      const answer = await asked(request)
      const outcome = revokedBy(words, answer)
      const failure = outcome === 'failed' ? { failure: refused(party, answer) } : {}
      return { outcome, ...failure, ...(words.ends ? { ends: words.ends } : {}) }
    },

    async startDevice(party) {
      const obtain = deviceWords(party)
      const answer = await asked(deviceRequest(obtain, party, outside()))
      const body = parsedBody(answer)
      if (isFailure(answer, body, obtain.answer ?? {})) throw refused(party, answer)
      const start = readDeviceStart(body, outside())
      if (!start) throw new Problem('oauth.unexpected_answer', { error: 'no device code' })
      return start
    },

    async pollDevice(party, deviceCode) {
      const obtain = deviceWords(party)
      const code = valuesOf(party, {}, { deviceCode }).deviceCode!
      const askedAt = clock.now()
      const answer = await asked(devicePollRequest(obtain, party, code, outside()))
      const body = parsedBody(answer)
      const pending = pendingOf(body)
      if (pending) throw pending
      if (isFailure(answer, body, obtain.answer ?? {})) throw refused(party, answer)
      const obtained = readTokens(body, obtain.answer ?? {}, askedAt)
      if (!obtained) throw new Problem('oauth.unexpected_answer', { error: 'no access token' })
      return withOwnClaims(obtained, party)
    },
  }

  async function login(obtain: Login, party: Party): Promise<Obtained> {
    const askedAt = clock.now()
    const answer = await asked(loginRequest(obtain, party, outside()))
    const body = parsedBody(answer)
    if (isFailure(answer, body, obtain.answer ?? {})) throw refused(party, answer)
    const given = givenBy(obtain, body, askedAt)
    if (!given) throw new Problem('oauth.unexpected_answer', { error: 'no credential' })
    return given
  }

  async function beginOAuth1(obtain: OAuth1, party: Party, ticket: Ticket): Promise<Begun> {
    const answer = await asked(requestTokenRequest(obtain, party, ticket.state, outside()))
    const pair = answer.status < 300 ? tokenPairOf(answer) : undefined
    if (!pair) throw refused(party, answer)
    const temporary = { token: pair.token, tokenSecret: Secret.of(pair.tokenSecret) }
    return { ticket, temporary, address: authorizeTokenAddress(obtain, party, pair.token, outside()) }
  }

  async function completeOAuth1(obtain: OAuth1, party: Party, begun: Begun, callback: Callback): Promise<Obtained> {
    if (!begun.temporary) throw new Problem('oauth.callback_incomplete', { what: 'a request token' })
    const temporary = { ...begun.temporary, verifier: callback.code }
    const answer = await asked(accessTokenRequest(obtain, party, temporary, outside()))
    const obtained = answer.status < 300 ? obtainedPair(answer) : undefined
    if (!obtained) throw refused(party, answer)
    return obtained
  }
}

/** What came back replaces what was stored; what did not come back is kept. */
export function carriedOver(
  stored: Readonly<Record<string, Secret | undefined>>,
  obtained: Pick<Obtained, 'secrets'>,
): Record<string, Secret> {
  const all = { ...stored, ...obtained.secrets }
  return Object.fromEntries(Object.entries(all).flatMap(([name, secret]) => (secret ? [[name, secret]] : [])))
}

function deviceWords({ method }: Party): DeviceCode {
  if (method.obtain.by !== 'device') throw new Problem('oauth.not_supported', { step: 'sign-in with a code' })
  return method.obtain
}

export { type Life, type Obtained, parsedBody, scopesOf } from './answer.ts'
export { newTicket, type Ticket } from './authorize.ts'
export { type Callback, type Expected, readCallback, readReturn, stateOf } from './callback.ts'
export type { DeviceStart } from './device.ts'
export { discover, type Found } from './discovery.ts'
export { classOf, type FailureClass } from './failures.ts'
export { algorithmOf } from './key-kind.ts'
export { type Asked, type Choice, choicesFrom, type Learned, learnFrom, lookupHeaders, lookupsOf } from './learn.ts'
export { askedScopes, type Client, type Party, valuesOf } from './party.ts'
export { grantEndsAt, ownTokenHost, type Refreshing, type Renewal, refreshWords, renewalOf } from './refresh.ts'
export { asDescribed, type Registered, register, waysToRegister } from './register.ts'
export { missingScopes } from './scopes.ts'
