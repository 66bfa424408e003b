/** Which of its addresses was called, and who answers there. */
import type { Discovered, Login, Lookup, Obtain, TokenEndpoint } from '@cardea/catalog'
import { authorize, authorizeAddress, type Found, type Outcome } from './authorize.ts'
import { type DeviceWaits, devicePoll, deviceStart } from './device.ts'
import { described, discoverableOf, faultsOfResource, nameOf, routeDiscovery } from './discovery.ts'
import { faultsOfHeaders, isAt } from './expected.ts'
import type { Endpoint } from './levers.ts'
import { login } from './login.ts'
import { lookupAnswer, lookupsOf } from './person.ts'
import { jsonAnswer, paramsOf, type Received, redirectTo } from './received.ts'
import { refresh, swap } from './refresh.ts'
import { revoke, revokeOf } from './revoke.ts'
import { accessToken, agreeToToken, fragment, type RequestTokens, requestToken } from './three-legged.ts'
import { type Endpoint as TokenWords, token } from './token.ts'
import { refuse } from './token-answer.ts'
import { addressOf } from './values.ts'
import { allIssued, standingOf, valuesFor, type World } from './world.ts'

export interface Waiting {
  readonly waits: DeviceWaits
  readonly pending: RequestTokens
}

export function routeObtain(world: World, received: Received, { waits, pending }: Waiting): Found | undefined {
  const { obtain } = world.method
  const at = (template: string | undefined) =>
    template !== undefined && isAt(received, addressOf(template, valuesFor(world)))
  const found = (endpoint: Endpoint, answer: () => Outcome): Found => ({ endpoint, answer })
  if (obtain.by === 'code' && isAt(received, authorizeAddress(world, obtain)))
    return found('authorize', () => authorize(world, received, obtain))
  if (obtain.by === 'login' && at(obtain.url) && isLogin(received, obtain))
    return found('login', () => login(world, received, obtain))
  if (obtain.by === 'fragment' && at(obtain.authorize))
    return found('authorize', () => fragment(world, received, obtain))
  if (obtain.by === 'oauth1') {
    if (at(obtain.request)) return found('token', () => requestToken(world, pending, received))
    if (at(obtain.authorize)) return found('authorize', () => agreeToToken(world, pending, received, obtain))
    if (at(obtain.token)) return found('token', () => accessToken(world, pending, received))
  }
  if (obtain.by === 'discovery') return routeDiscovered(world, received, obtain, { waits, pending })
  if (!hasTokenEndpoint(obtain)) return undefined
  const end = revokeOf(obtain)
  if (end && received.method === (end.method ?? 'POST') && atRevocation(world, received, end.url))
    return found('revoke', () => revoke(world, received, obtain, end))
  if (obtain.by === 'device' && at(obtain.device))
    return found('device', () => deviceStart(world, waits, received, obtain))
  const exchange = obtain.by === 'code' ? obtain.exchange : undefined
  if (exchange && at(exchange.url) && received.method === (exchange.method ?? 'POST')) {
    const { values, faults } = paramsOf(received, received.method === 'GET' ? 'query' : 'form')
    return found('exchange', () =>
      faults.length > 0
        ? refuse(world, 'invalid_request', faults, obtain.answer)
        : swap(world, received, values, exchange.params, obtain),
    )
  }
  const renewal = obtain.refresh || undefined
  if (renewal?.url && at(renewal.url)) return found('refresh', () => refresh(world, received, obtain))
  if (!at(obtain.token)) return undefined
  if (obtain.refresh !== false && !renewal?.url && isRenewal(received, obtain))
    return found('refresh', () => refresh(world, received, obtain))
  if (obtain.by === 'device') return found('token', () => devicePoll(world, waits, received, obtain))
  return found('token', () => token(world, received, obtain))
}

/** The same address may take other calls: they differ in what the definition says in so many words. */
function isLogin(received: Received, { form }: Login): boolean {
  if (!form || received.method === 'GET') return true
  const given = paramsOf(received, 'form').values
  return Object.entries(form).every(
    ([name, text]) => text.includes('{') || !given.has(name) || given.get(name) === text,
  )
}

/** Once it is found, it is a sign-in like any other, bound to one resource and signed with the name of its issuer. */
function routeDiscovered(world: World, received: Received, obtain: Discovered, waiting: Waiting): Found | undefined {
  const at = discoverableOf(world, obtain)
  const found = routeObtain({ ...world, method: described(world.method, at) }, received, waiting)
  if (!found) return routeDiscovery(world, received, at)
  if (found.endpoint === 'revoke') return found
  return {
    ...found,
    answer: () => {
      const faults = faultsOfResource(received, at)
      if (faults.length > 0) return { answer: jsonAnswer(400, { error: 'invalid_target' }), faults }
      const outcome = found.answer()
      const { location } = outcome.answer.headers
      if (!location) return outcome
      const back = new URL(location)
      back.searchParams.set('iss', nameOf(at.issuer))
      return { ...outcome, answer: redirectTo(back.href) }
    },
  }
}

export function hasTokenEndpoint(obtain: Obtain): obtain is Obtain & TokenWords {
  return 'token' in obtain && obtain.by !== 'oauth1'
}

/** The client id or a token may stand in the address. */
function atRevocation(world: World, received: Received, template: string): boolean {
  return [undefined, ...allIssued(world)].some((issued) =>
    isAt(received, addressOf(template, valuesFor(world, issued))),
  )
}

function isRenewal(received: Received, obtain: TokenEndpoint): boolean {
  const words = obtain.refresh || {}
  if (words.presents) return received.method === (words.method ?? 'POST') && words.method === 'GET'
  const grantName = obtain.names?.grantType ?? 'grant_type'
  const body = obtain.body ?? 'form'
  const params = paramsOf(received, received.method === 'GET' ? 'query' : body).values
  if (params.get(grantName) === 'refresh_token') return true
  return words.params !== undefined && params.has('refresh_token')
}

/** Look-ups with an authentication of their own; the others are calls of the API like any. */
export function routeLookup(world: World, received: Received): Found | undefined {
  const same = lookupsOf(world).filter(
    ({ lookup }) => (lookup.anonymous || lookup.headers) && isAt(received, addressOf(lookup.get, valuesFor(world))),
  )
  if (same.length === 0 || received.method !== 'GET') return undefined
  const faults = same[0]!.lookup.anonymous ? leaks(received) : faultsOfOwnHeaders(world, received, same[0]!.lookup)
  const status = faults.length > 0 ? 401 : 200
  return { endpoint: 'lookup', answer: () => ({ answer: jsonAnswer(status, lookupAnswer(world, same)), faults }) }
}

function leaks(received: Received): string[] {
  return received.headers.has('authorization') ? ['an anonymous look-up is sent a credential'] : []
}

function faultsOfOwnHeaders(world: World, received: Received, lookup: Lookup): string[] {
  const tries = allIssued(world)
    .filter((issued) => standingOf(world, issued) === 'live')
    .map((issued) => faultsOfHeaders(received, lookup.headers, valuesFor(world, issued)))
  return tries.find((faults) => faults.length === 0) ?? tries[0] ?? ['nothing was given out']
}

/** Hosts of the addresses that belong to obtaining. */
export function hostsOf(world: World): Set<string> {
  const { obtain, learn } = world.method
  if (obtain.by === 'discovery') return new Set([discoverableOf(world, obtain).issuer.host])
  const lookups = Object.values(learn ?? {}).map(({ from }) => (typeof from === 'object' ? from : {}))
  const parts = [obtain, ...Object.values(obtain), ...lookups].filter(
    (part) => part !== null && typeof part === 'object',
  )
  const templates = parts.flatMap((part) => Object.values(part as object)).filter((text) => typeof text === 'string')
  const values = valuesFor(world)
  return new Set(
    [values, { ...values, ...world.account.before }]
      .flatMap((each) =>
        templates.map((template) => (template.includes('://') ? addressOf(template, each)?.host : undefined)),
      )
      .filter((host) => host !== undefined),
  )
}
