/** The two older ways to a token by consent: OAuth 1.0a, and a token behind the `#`. */
import type { Fragment, OAuth1 } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { faultsOfParams } from './expected.ts'
import { htmlAnswer, paramsOf, type Received, redirectTo } from './received.ts'
import { faultsOfOAuth1, oauthHeader } from './signature-oauth1.ts'
import { filledParams } from './values.ts'
import { issue, newGrant, newToken, valuesFor, type World } from './world.ts'

interface RequestToken {
  readonly secret: string
  readonly callback: string
  verifier: string | undefined
}
export type RequestTokens = Map<string, RequestToken>

export function requestToken(world: World, pending: RequestTokens, received: Received): Outcome {
  const callback = oauthHeader(received)?.get('oauth_callback')
  const faults = [...faultsOfCall(world, received, '', ''), ...(received.method === 'POST' ? [] : ['POST is expected'])]
  // Whatever ties the answer to this person travels inside the address: OAuth 1 knows no state.
  if (!callback?.startsWith(world.account.redirectUri)) faults.push('oauth_callback is missing or not registered')
  if (faults.length > 0) return unauthorized(faults)
  const token = newToken(world, 'request')
  const secret = newToken(world, 'secret')
  pending.set(token, { secret, callback: callback!, verifier: undefined })
  return formAnswer({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' })
}

export function agreeToToken(world: World, pending: RequestTokens, received: Received, obtain: OAuth1): Outcome {
  const { values: got, faults: unread } = paramsOf(received, 'query')
  const wanted = pending.get(got.get('oauth_token') ?? '')
  const values = valuesFor(world, undefined, Object.keys(world.method.scopes?.ask ?? {}))
  const faults = [
    ...unread,
    ...(wanted ? [] : ['the request token is unknown']),
    ...faultsOfParams(got, filledParams(obtain.params, values)),
  ]
  if (faults.length > 0 || !wanted) return { answer: htmlAnswer(400, 'This app is asking wrongly'), faults }
  const back = new URL(wanted.callback)
  if (world.levers.consent === 'refuse') back.searchParams.set('denied', got.get('oauth_token')!)
  else {
    wanted.verifier = newToken(world, 'verifier')
    back.searchParams.set('oauth_token', got.get('oauth_token')!)
    back.searchParams.set('oauth_verifier', wanted.verifier)
  }
  return { answer: redirectTo(back.href), faults: [] }
}

export function accessToken(world: World, pending: RequestTokens, received: Received): Outcome {
  const given = oauthHeader(received)
  const wanted = pending.get(given?.get('oauth_token') ?? '')
  if (!wanted) return unauthorized(['the request token is unknown or was used before'])
  const verifier = given?.get('oauth_verifier') ?? new URLSearchParams(received.text).get('oauth_verifier')
  const faults = faultsOfCall(world, received, given!.get('oauth_token')!, wanted.secret)
  if (wanted.verifier === undefined || verifier !== wanted.verifier) faults.push('oauth_verifier is missing or wrong')
  if (received.method !== 'POST') faults.push('POST is expected')
  if (faults.length > 0) return unauthorized(faults)
  pending.delete(given!.get('oauth_token')!)
  const values = { accessToken: newToken(world, 'access'), tokenSecret: newToken(world, 'secret') }
  issue(world, newGrant(world, Object.keys(world.method.scopes?.ask ?? {})), values, undefined)
  return formAnswer({ oauth_token: values.accessToken, oauth_token_secret: values.tokenSecret })
}

function faultsOfCall(world: World, received: Received, token: string, tokenSecret: string): string[] {
  const { clientId, clientSecret } = world.account.app
  const { send } = world.method
  const method = send.sign?.with === 'oauth1' ? send.sign.method : 'HMAC-SHA1'
  return faultsOfOAuth1(world, received, {
    method,
    consumerKey: clientId,
    consumerSecret: clientSecret,
    token,
    tokenSecret,
  })
}

export function fragment(world: World, received: Received, obtain: Fragment): Outcome {
  const { values: got, faults: unread } = paramsOf(received, 'query')
  const values = valuesFor(world, undefined, Object.keys(world.method.scopes?.ask ?? {}))
  const back = got.get(obtain.returnsTo)
  const faults = [...unread, ...faultsOfParams(got, filledParams(obtain.params, values))]
  // Whatever ties the answer to this person travels inside the address, for the service keeps no state.
  if (!back?.startsWith(world.account.redirectUri)) faults.push(`${obtain.returnsTo} is missing or not registered`)
  if (faults.length > 0) return { answer: htmlAnswer(400, 'This app is asking wrongly'), faults }
  if (world.levers.consent === 'refuse') return { answer: redirectTo(`${back}#error=access_denied`), faults: [] }
  const token = newToken(world, 'access')
  issue(world, newGrant(world, Object.keys(world.method.scopes?.ask ?? {})), { accessToken: token }, undefined)
  return { answer: redirectTo(`${back}#${obtain.at}=${encodeURIComponent(token)}`), faults: [] }
}

function unauthorized(faults: readonly string[]): Outcome {
  return { answer: { status: 401, headers: { 'content-type': 'text/plain' }, body: faults[0]! }, faults }
}

function formAnswer(pairs: Readonly<Record<string, string>>): Outcome {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { answer: { status: 200, headers, body: new URLSearchParams(pairs).toString() }, faults: [] }
}
