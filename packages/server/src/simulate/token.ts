/** The token endpoint: everything about the call is held against the definition before anything is given out. */
import { createHash } from 'node:crypto'
import type { ClientAuth, TokenEndpoint } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { ASSERTION_TYPE, faultsOfClient } from './client-auth.ts'
import { faultsOfHeaders, faultsOfParams, same } from './expected.ts'
import { faultsOfJwt, rulesOf } from './jwt.ts'
import { type Params, paramsOf, type Received } from './received.ts'
import { lifeOf, refuse, tokenAnswer } from './token-answer.ts'
import { filled, filledParams } from './values.ts'
import { type Code, type Grant, issue, newGrant, newToken, valuesFor, type World } from './world.ts'

export type Endpoint = TokenEndpoint & World['method']['obtain']

const GRANTS: Readonly<Record<string, string>> = {
  code: 'authorization_code',
  client_credentials: 'client_credentials',
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  saml: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
}
const CODE_LIFE = 600_000
const SHORT_LIFE = 3600

/** The app's choice where the definition offers several. */
export function clientAuthOf({ client = 'basic' }: TokenEndpoint): ClientAuth {
  return typeof client === 'string' ? client : client[0]!
}

export function token(world: World, received: Received, obtain: Endpoint): Outcome {
  const bearing = obtain.by === 'assertion' && obtain.as === 'bearer'
  const { values: params, faults: unread } = bearing
    ? { values: new Map<string, string>(), faults: [] }
    : readParams(received, obtain)
  const faults = [...unread, ...faultsOfHeaders(received, withoutAccept(obtain.headers), valuesFor(world))]
  if (faults.length > 0) return refuse(world, 'invalid_request', faults, obtain.answer)
  const client = bearing ? [] : faultsOfClient(world, received, params, clientAuthOf(obtain), obtain.names)
  if (client.length > 0) return refuse(world, 'invalid_client', client, obtain.answer)
  const asked = faultsOfParams(params, standardParams(world, obtain))
  if (asked.length > 0) return refuse(world, 'invalid_request', asked, obtain.answer)
  const anonymous = obtain.by === 'code' && clientAuthOf(obtain) === 'none' ? faultsOfAnonymous(params, obtain) : []
  if (anonymous.length > 0) return refuse(world, 'invalid_client', anonymous, obtain.answer)
  if (obtain.by === 'code') return redeem(world, received, params, obtain)
  if (obtain.by === 'assertion') return assert(world, received, params, obtain)
  if (obtain.by === 'saml') {
    const own = filled(obtain.assertion, valuesFor(world))
    const given = params.get('assertion')
    if (!own || !same(urlSafe(given ?? ''), urlSafe(own)))
      return refuse(world, 'invalid_grant', ['the assertion is missing or another one'], obtain.answer)
  }
  return give(world, received, newGrant(world, scopesOf(world, params, obtain)), obtain)
}

export function readParams(received: Received, { body = 'form' }: TokenEndpoint): Params {
  const method = body === 'query' ? 'GET' : 'POST'
  if (received.method !== method) return { values: new Map(), faults: [`${method} is expected`] }
  if (body !== 'query' && received.url.search !== '')
    return { values: new Map(), faults: ['parameters of the token endpoint belong in the body'] }
  return paramsOf(received, body)
}

/** Who does not authenticate says at least who it is. */
export function faultsOfAnonymous(params: ReadonlyMap<string, string>, { names }: TokenEndpoint): string[] {
  const name = names?.clientId === undefined ? 'client_id' : names.clientId
  return name === null || params.has(name) ? [] : [`${name} is missing`]
}

/** Base64 in either alphabet. */
function urlSafe(text: string): string {
  return text.replaceAll(/[\s=]/g, '').replaceAll('+', '-').replaceAll('/', '_')
}

/** Without `accept` the answer is another, which is punishment enough. */
export function withoutAccept({ accept: _, ...others }: Readonly<Record<string, string>> = {}) {
  return others
}

function standardParams(world: World, obtain: Endpoint): Map<string, string | null> {
  const wanted = new Map<string, string | null>()
  const grantName = obtain.names?.grantType === undefined ? 'grant_type' : obtain.names.grantType
  const grant = obtain.grant ?? GRANTS[obtain.by] ?? grantOfAssertion(obtain)
  if (grantName !== 'grant_type') wanted.set('grant_type', null)
  if (grantName !== null && grant !== undefined) wanted.set(grantName, grant)
  for (const [name, value] of filledParams(obtain.extra?.token, valuesFor(world))) wanted.set(name, value)
  return wanted
}

function grantOfAssertion(obtain: Endpoint): string | undefined {
  if (obtain.by !== 'assertion' || obtain.as === 'bearer') return undefined
  return obtain.as === 'grant' ? 'urn:ietf:params:oauth:grant-type:jwt-bearer' : 'client_credentials'
}

function redeem(world: World, received: Received, params: ReadonlyMap<string, string>, obtain: Endpoint): Outcome {
  const names = obtain.names ?? {}
  const code = world.codes.get(params.get(names.code ?? 'code') ?? '')
  const faults: string[] = []
  if (!code) faults.push('the code is unknown')
  else {
    if (code.used) faults.push('the code was used before')
    if (world.now() - code.madeAt > CODE_LIFE) faults.push('the code has expired')
    const told = names.redirectUri !== null && !('callback' in obtain && obtain.callback?.state === 'in_redirect')
    if (told && !same(params.get(names.redirectUri || 'redirect_uri'), code.redirectUri))
      faults.push('the redirect address is not that of the authorization')
    faults.push(...faultsOfVerifier(code, params.get('code_verifier')))
  }
  if (faults.length > 0 || !code) return refuse(world, 'invalid_grant', faults, obtain.answer)
  code.used = true
  return give(world, received, newGrant(world, code.scopes, code.redirectUri), obtain)
}

function faultsOfVerifier({ challenge }: Code, verifier: string | undefined): string[] {
  if (challenge === undefined) return verifier === undefined ? [] : ['a code_verifier without a challenge']
  if (verifier === undefined) return ['code_verifier is missing']
  const wellFormed = /^[A-Za-z0-9._~-]{43,128}$/.test(verifier)
  const hash = createHash('sha256').update(verifier).digest('base64url')
  return wellFormed && hash === challenge ? [] : ['code_verifier does not fit the challenge']
}

function assert(world: World, received: Received, params: ReadonlyMap<string, string>, obtain: Endpoint): Outcome {
  if (obtain.by !== 'assertion') throw new Error('only assertions come here')
  const bearer = /^Bearer (\S+)$/.exec(received.headers.get('authorization') ?? '')?.[1]
  const jwt = { grant: params.get('assertion'), client: params.get('client_assertion'), bearer }[obtain.as]
  const faults = jwt ? faultsOfJwt(world, jwt, rulesOf(world, obtain.jwt, valuesFor(world))) : ['the JWT is missing']
  if (obtain.as === 'client' && params.get('client_assertion_type') !== ASSERTION_TYPE)
    faults.push('client_assertion_type is missing or wrong')
  if (obtain.as === 'bearer' && received.method !== 'POST') faults.push('POST is expected')
  if (obtain.as === 'client' && world.method.scopes && !params.get('scope')) faults.push('scope is missing')
  if (faults.length > 0) return refuse(world, 'invalid_grant', faults, obtain.answer)
  return give(world, received, newGrant(world, scopesOf(world, params, obtain)), obtain)
}

function scopesOf(world: World, params: ReadonlyMap<string, string>, obtain: Endpoint): string[] {
  const text = params.get(obtain.names?.scope ?? 'scope')
  return text ? text.split(world.method.scopes?.separator ?? ' ') : Object.keys(world.method.scopes?.ask ?? {})
}

/** Hands out an access token, and a refresh token where the definition knows of one. */
export function give(world: World, received: Received, grant: Grant, obtain: Endpoint): Outcome {
  const answer = obtain.answer ?? {}
  const refreshToken = givesRefreshToken(world, obtain) ? newToken(world, 'refresh') : undefined
  if (refreshToken !== undefined) grant.refreshTokens.push({ value: refreshToken, usedAt: undefined })
  const life = obtain.by === 'code' && obtain.exchange ? SHORT_LIFE : lifeOf(world, answer)
  const issued = issue(world, grant, { accessToken: newToken(world, 'access') }, life)
  return { answer: tokenAnswer(world, received, issued, answer, refreshToken), faults: [] }
}

function givesRefreshToken({ levers }: World, { by, refresh }: Endpoint): boolean {
  if (!levers.givesRefreshToken || refresh === false || refresh?.presents) return false
  return refresh !== undefined || by === 'code' || by === 'device' || by === 'saml'
}
