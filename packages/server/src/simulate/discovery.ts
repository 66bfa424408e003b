/** A service that nobody described: it says itself where to sign in, registers whoever asks, and binds tokens to one resource. */
import type { Discovered, Method } from '@cardea/catalog'
import type { Found } from './authorize.ts'
import { htmlAnswer, jsonAnswer, jsonOf, type PlainAnswer, type Received } from './received.ts'
import { addressOf } from './values.ts'
import { allIssued, standingOf, valuesFor, type World } from './world.ts'

export interface Discoverable {
  /** Undefined where the definition names the issuer itself. */
  readonly resource: URL | undefined
  readonly issuer: URL
}

export function discoverableOf(world: World, obtain: Discovered): Discoverable {
  const resource = obtain.resource && addressOf(obtain.resource, valuesFor(world))
  const issuer = obtain.issuer && addressOf(obtain.issuer, valuesFor(world))
  if (issuer) return { resource: resource || undefined, issuer }
  if (!resource) throw new Error('a discovered service needs an address')
  const own = world.levers.announces === 'own_issuer'
  // An issuer with a path of its own: whoever cuts it off looks in the wrong place.
  return { resource, issuer: own ? new URL(resource.origin) : new URL(`https://sign-in.${resource.host}/tenant-1`) }
}

/** The same method once everything is known. */
export function described(method: Method, { issuer }: Discoverable): Method {
  const at = (path: string) => `${issuer.href.replace(/\/$/, '')}/${path}`
  const obtain = {
    by: 'code',
    authorize: at('authorize'),
    token: at('token'),
    client: 'none',
    pkce: 'required',
    refresh: { rotates: 'always' },
    revoke: { url: at('revoke'), params: { token: '{liveToken}' } },
    answer: ('answer' in method.obtain ? method.obtain.answer : undefined) ?? {},
  } as const
  return { ...method, obtain }
}

export function routeDiscovery(world: World, received: Received, at: Discoverable): Found | undefined {
  const { url } = received
  const found = (endpoint: Found['endpoint'], answer: PlainAnswer, faults: readonly string[] = []): Found => ({
    endpoint,
    answer: () => ({ answer, faults }),
  })
  const isOurs = url.host === at.issuer.host || url.host === at.resource?.host
  if (isOurs && url.pathname.includes('/.well-known/')) return found('metadata', documentAt(world, url, at))
  if (url.href === `${at.issuer.href.replace(/\/$/, '')}/register`) {
    const { answer, faults } = registered(world, received)
    return found('register', answer, faults)
  }
  if (url.origin !== at.resource?.origin || bearsToken(world, received)) return undefined
  const metadata = `${at.resource.origin}/.well-known/oauth-protected-resource${trimmed(at.resource)}`
  const challenge =
    world.levers.announces === 'challenge' ? `Bearer resource_metadata="${metadata}", scope="things:read"` : 'Bearer'
  return found('metadata', {
    ...jsonAnswer(401, { error: 'invalid_token' }),
    headers: { 'www-authenticate': challenge },
  })
}

function bearsToken(world: World, received: Received): boolean {
  const given = received.headers.get('authorization')
  return allIssued(world).some(
    (issued) => standingOf(world, issued) === 'live' && given === `Bearer ${issued.values.accessToken}`,
  )
}

function documentAt({ levers }: World, url: URL, { resource, issuer }: Discoverable): PlainAnswer {
  const { announces } = levers
  const nothing = htmlAnswer(404, 'Not found')
  const path = resource ? trimmed(resource) : ''
  const forResource =
    announces === 'well_known_root'
      ? '/.well-known/oauth-protected-resource'
      : `/.well-known/oauth-protected-resource${path}`
  if (resource && url.origin === resource.origin && url.pathname === forResource && announces !== 'own_issuer')
    return jsonAnswer(200, {
      resource:
        announces === 'wrong_resource'
          ? 'https://somebody-else.example.com/'
          : resource.href.replace(/\/$/, path === '' ? '/' : ''),
      authorization_servers: [issuer.href],
      scopes_supported: ['things:read'],
    })
  const name = announces === 'openid_only' ? 'openid-configuration' : 'oauth-authorization-server'
  if (url.origin !== issuer.origin || url.pathname !== `/.well-known/${name}${trimmed(issuer)}`) return nothing
  const base = issuer.href.replace(/\/$/, '')
  return jsonAnswer(200, {
    issuer: nameOf(issuer),
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    registration_endpoint: `${base}/register`,
    revocation_endpoint: `${base}/revoke`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    ...(announces === 'openid_only'
      ? {
          jwks_uri: `${base}/keys`,
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        }
      : {}),
  })
}

function registered(world: World, received: Received): { answer: PlainAnswer; faults: string[] } {
  const asked = jsonOf(received.text) as Record<string, unknown> | undefined
  const uris = Array.isArray(asked?.redirect_uris) ? asked.redirect_uris : []
  const faults = [
    ...(received.method === 'POST' ? [] : ['POST is expected']),
    ...(uris.length === 1 && uris[0] === world.account.redirectUri ? [] : ['redirect_uris is missing or another']),
    ...(asked?.token_endpoint_auth_method === 'none' ? [] : ['only public clients register here']),
  ]
  // Known of some servers: the same registration passes without it.
  if (world.levers.registersScope === false && asked?.scope !== undefined)
    return { answer: jsonAnswer(400, { error: 'invalid_client_metadata' }), faults: [] }
  if (faults.length > 0) return { answer: jsonAnswer(400, { error: 'invalid_client_metadata' }), faults }
  const { clientId } = world.account.app
  return {
    answer: jsonAnswer(201, { ...asked, client_id: clientId, client_id_issued_at: Math.floor(world.now() / 1000) }),
    faults: [],
  }
}

/** RFC 8707: who does not say for which resource gets a token for none. */
export function faultsOfResource(received: Received, { resource }: Discoverable): string[] {
  if (!resource) return []
  const all = [...received.url.searchParams, ...new URLSearchParams(received.text)]
  const given = all.find(([name]) => name === 'resource')?.[1]
  return given === resource.href.replace(/\/$/, '') ? [] : ['the resource is missing or another one']
}

function trimmed({ pathname }: URL): string {
  return pathname.replace(/\/$/, '')
}

/** As it was given: an address without a path has no slash at its end. */
export function nameOf(issuer: URL): string {
  return issuer.pathname === '/' ? issuer.origin : issuer.href
}
