import type { OAuth1 } from '@cardea/catalog'
import { signOAuth1 } from '../inject/sign-oauth1.ts'
import type { Answer, Outgoing } from '../net/message.ts'
import { Secret } from '../secret.ts'
import type { Obtained } from './answer.ts'
import { withParams } from './authorize.ts'
import { addressOf, clientIdOf, type Outside, type Party, valuesOf } from './party.ts'
import { filledParams } from './shape.ts'

/** The three steps of OAuth 1.0a. A request token is a secret of ten minutes: it has to be kept until the person returns. */
export function requestTokenRequest(obtain: OAuth1, party: Party, state: string, outside: Outside): Outgoing {
  const back = withParams(party.redirectUri ?? 'oob', party.redirectUri ? [['state', state]] : [])
  return signed(obtain.request, party, { oauth_callback: back }, undefined, outside)
}

export function authorizeTokenAddress(obtain: OAuth1, party: Party, token: string, outside: Outside): string {
  const params = [['oauth_token', token] as const, ...filledParams(obtain.params, party)]
  return withParams(addressOf(obtain.authorize, party, outside), params)
}

export function accessTokenRequest(
  obtain: OAuth1,
  party: Party,
  temporary: { token: string; tokenSecret: Secret; verifier: string },
  outside: Outside,
): Outgoing {
  return signed(obtain.token, party, { oauth_verifier: temporary.verifier }, temporary, outside)
}

/** Both steps answer with a form. Undefined when it holds no token. */
export function tokenPairOf({
  body,
}: Answer): { token: string; tokenSecret: string; rest: Record<string, string> } | undefined {
  const { oauth_token: token, oauth_token_secret: tokenSecret, ...rest } = Object.fromEntries(new URLSearchParams(body))
  return token && tokenSecret ? { token, tokenSecret, rest } : undefined
}

export function obtainedPair(answer: Answer): Obtained | undefined {
  const pair = tokenPairOf(answer)
  if (!pair) return undefined
  return {
    secrets: { accessToken: Secret.of(pair.token), tokenSecret: Secret.of(pair.tokenSecret) },
    life: 'never',
    told: pair.rest,
  }
}

function signed(
  address: string,
  party: Party,
  extra: Readonly<Record<string, string>>,
  temporary: { token: string; tokenSecret: Secret } | undefined,
  outside: Outside,
): Outgoing {
  const values = valuesOf(party)
  const key = {
    method: 'HMAC-SHA1' as const,
    consumerKey: clientIdOf(party) ?? '',
    consumerSecret: values.clientSecret ?? '',
    ...(temporary ? { token: temporary.token, tokenSecret: temporary.tokenSecret.reveal() } : {}),
  }
  const request: Outgoing = { method: 'POST', url: addressOf(address, party, outside), headers: { accept: '*/*' } }
  return signOAuth1(request, key, { now: outside.now, nonce: outside.nonce(), extra }) as Outgoing
}
