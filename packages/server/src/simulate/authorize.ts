/** The page where a person consents: checks what the browser brings and sends it back with a code, a state and what else is told there. */
import { createHmac } from 'node:crypto'
import type { AuthorizationCode } from '@cardea/catalog'
import { faultsOfParams } from './expected.ts'
import type { Endpoint } from './levers.ts'
import { htmlAnswer, type PlainAnswer, type Received, redirectTo } from './received.ts'
import { addressOf, filledParams } from './values.ts'
import { joined, newToken, valuesFor, type World } from './world.ts'

/** Whose address was called, and what is answered there. */
export interface Found {
  readonly endpoint: Endpoint
  answer(): Outcome
}
export interface Outcome {
  readonly answer: PlainAnswer
  readonly faults: readonly string[]
}

export function authorize(world: World, received: Received, obtain: AuthorizationCode): Outcome {
  const { account, levers } = world
  const names = { clientId: 'client_id', redirectUri: 'redirect_uri', state: 'state', scope: 'scope', ...obtain.names }
  const got = received.url.searchParams
  const redirectUri = names.redirectUri === null ? undefined : (got.get(names.redirectUri) ?? undefined)
  const faults = faultsOfAuthorize(world, received, obtain)
  if (names.redirectUri !== null && !isRegistered(redirectUri, world, obtain))
    faults.push('the redirect address is not registered')
  if (faults.length > 0) return { answer: htmlAnswer(400, 'This app is asking wrongly'), faults }
  const state = names.state === null ? undefined : (got.get(names.state) ?? undefined)
  const back = new URL(redirectUri ?? account.redirectUri)
  if (levers.consent === 'refuse') {
    back.searchParams.set('error', 'access_denied')
    if (state !== undefined) back.searchParams.set('state', state)
    return { answer: redirectTo(back.href), faults: [] }
  }
  const asked = scopesAsked(received, obtain, world)
  const scopes = levers.ticked ?? asked
  const code = newToken(world, 'code')
  world.codes.set(code, {
    value: code,
    redirectUri,
    challenge: got.get('code_challenge') ?? undefined,
    scopes,
    madeAt: world.now(),
    used: false,
  })
  const trim = obtain.callback?.trim ?? ''
  back.searchParams.set(obtain.names?.code ?? 'code', code + trim)
  if (state !== undefined) back.searchParams.set('state', state + trim)
  if (obtain.callback?.scope) back.searchParams.set(obtain.callback.scope, joined(world, scopes))
  for (const [name, value] of told(world)) back.searchParams.set(name, value)
  if (obtain.callback?.signed) signQuery(back, obtain.callback.signed.at, account.app.clientSecret, world)
  return { answer: redirectTo(back.href), faults: [] }
}

function faultsOfAuthorize(world: World, received: Received, obtain: AuthorizationCode): string[] {
  const names = { responseType: 'response_type', clientId: 'client_id', state: 'state', ...obtain.names }
  const got = new Map(received.url.searchParams)
  const wanted = new Map<string, string | null>()
  if (names.responseType === null) wanted.set('response_type', null)
  else wanted.set(names.responseType, 'code')
  if (names.clientId !== 'client_id') wanted.set('client_id', null)
  if (names.clientId !== null) wanted.set(names.clientId, world.account.app.clientId)
  const values = { ...valuesFor(world), ...world.account.before }
  for (const [name, value] of filledParams(obtain.extra?.authorize, values)) wanted.set(name, value)
  const faults = faultsOfParams(got, wanted)
  if (received.method !== 'GET') faults.push('a browser comes with GET')
  if (received.url.searchParams.size !== got.size) faults.push('a parameter is sent twice')
  if (names.state !== null && !got.get(names.state)) faults.push('state is missing')
  if (names.state === null && got.has('state')) faults.push('state is not taken here')
  const challenge = got.get('code_challenge')
  if (obtain.pkce === 'refused' && challenge !== undefined) faults.push('PKCE is not taken here')
  if (obtain.pkce === 'required' && challenge === undefined) faults.push('PKCE is missing')
  if (challenge === undefined && got.has('code_challenge_method')) faults.push('PKCE has a method and no challenge')
  if (challenge !== undefined && (got.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)))
    faults.push('PKCE must be S256')
  return [...faults, ...faultsOfScopes(got, world, obtain)]
}

function faultsOfScopes(got: ReadonlyMap<string, string>, world: World, obtain: AuthorizationCode): string[] {
  const { scopes } = world.method
  const name = obtain.names?.scope === undefined ? 'scope' : obtain.names.scope
  if (name !== 'scope' && got.has('scope')) return ['scope goes by another name here, or by none']
  if (name === null || !scopes || Object.keys(scopes.ask).length === 0) return []
  const text = got.get(name)
  if (!text) return [`${name} is missing`]
  const known = Object.keys({ ...scopes.ask, ...scopes.offer })
  const asked = text.split(scopes.separator ?? ' ')
  const lacking = Object.keys(scopes.ask).filter((scope) => !asked.includes(scope))
  return [
    ...asked
      .filter((scope) => !known.includes(scope))
      .map((scope) => `the scope ${JSON.stringify(scope)} is unknown (wrong separator?)`),
    ...lacking.map((scope) => `the scope ${scope} is not asked for`),
  ]
}

function scopesAsked(received: Received, obtain: AuthorizationCode, world: World): string[] {
  const name = obtain.names?.scope ?? 'scope'
  const text = received.url.searchParams.get(name)
  return text ? text.split(world.method.scopes?.separator ?? ' ') : []
}

/** With the state inside the redirect address, its query is free. */
function isRegistered(redirectUri: string | undefined, world: World, obtain: AuthorizationCode): boolean {
  if (redirectUri === undefined) return false
  if (obtain.callback?.state !== 'in_redirect') return redirectUri === world.account.redirectUri
  const [given, own] = [URL.parse(redirectUri), new URL(world.account.redirectUri)]
  return given !== null && given.origin + given.pathname === own.origin + own.pathname
}

function told({ method, account, levers }: World): [string, string][] {
  if (!levers.tells) return []
  return Object.entries(method.learn ?? {}).flatMap(([name, learn]) => {
    const value = account.learned[name]
    if (learn.from !== 'callback' || value === undefined) return []
    return [[learn.at, learn.take === 'host' ? `https://${value}` : value]]
  })
}

function signQuery(back: URL, at: string, secret: string, world: World): void {
  back.searchParams.set('timestamp', String(Math.floor(world.now() / 1000)))
  const message = [...back.searchParams]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  back.searchParams.set(at, createHmac('sha256', secret).update(message).digest('hex'))
}

export function authorizeAddress(world: World, obtain: AuthorizationCode): URL | undefined {
  return addressOf(obtain.authorize, { ...valuesFor(world), ...world.account.before })
}
