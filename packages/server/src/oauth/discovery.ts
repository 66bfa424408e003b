import * as standard from 'oauth4webapi'
import { Problem } from '../errors.ts'
import type { Answer, Outgoing, Send } from '../net/message.ts'
import type { Outside } from './party.ts'

/**
 * Finds out how to sign in at an address that nobody described. Everything it reads was written by a stranger: endpoints are https, belong
 * to the issuer that names itself, and the resource is the one that was asked for.
 */
export interface Found {
  /** Canonical, for the parameter `resource`. */
  resource: string
  server: standard.AuthorizationServer
  /** What to ask for: from the challenge, else all that the resource names, else nothing. */
  scopes: string[]
}

export interface Looking extends Pick<Outside, 'allowsPlainHttp'> {
  send: Send
}

/** `issuer`: named by the definition, so that the resource need not be asked. */
export async function discover(
  { resource, issuer }: { resource?: string; issuer?: string },
  looking: Looking,
): Promise<Found> {
  if (issuer !== undefined) {
    return { resource: canonical(resource ?? issuer), server: await serverOf(issuer, looking), scopes: [] }
  }
  if (resource === undefined) throw new Problem('oauth.discovery_failed', { why: 'no address was given' })
  const address = plainAddress(resource, looking)
  const challenge = challengeOf(
    await ask(
      { method: 'GET', url: address.href, headers: { accept: 'application/json, text/event-stream' } },
      looking,
    ),
  )
  const described = await protectedResource(address, challenge.metadata, looking)
  // Servers of 2025-03 describe no resource and are their own issuer.
  const issuers = described?.authorization_servers ?? [address.origin]
  const server = await firstServer(issuers, looking)
  if (!server.code_challenge_methods_supported?.includes('S256') && described) {
    throw new Problem('oauth.discovery_failed', { why: 'its authorization server does not take PKCE with S256' })
  }
  const scopes = challenge.scope ?? described?.scopes_supported ?? []
  return {
    resource: canonical(resource),
    server,
    scopes: scopes.filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)),
  }
}

async function protectedResource(
  address: URL,
  told: string | undefined,
  looking: Looking,
): Promise<standard.ResourceServer | undefined> {
  const path = address.pathname === '/' ? '' : address.pathname.replace(/\/$/, '')
  const usual = [
    `${address.origin}/.well-known/oauth-protected-resource${path}`,
    ...(path === ''
      ? []
      : [
          `${address.origin}/.well-known/oauth-protected-resource`,
          `${address.origin}${path}/.well-known/oauth-protected-resource`,
        ]),
  ]
  for (const url of told === undefined ? usual : [told, ...usual]) {
    const document = await documentAt(url, looking)
    const described =
      document &&
      (await conform(() =>
        standard.processResourceDiscoveryResponse(new URL(resourceOf(document) ?? address.href), document.response()),
      ))
    if (!described) continue
    if (!covers(described.resource, address)) {
      throw new Problem('oauth.discovery_failed', {
        why: 'it describes another resource than the one that was asked for',
      })
    }
    return described
  }
  return undefined
}

/** The resource is the address itself, or what it lies below. */
function covers(resource: string, address: URL): boolean {
  const url = URL.parse(resource)
  if (!url || url.origin !== address.origin) return false
  const path = url.pathname.replace(/\/$/, '')
  return path === '' || address.pathname.replace(/\/$/, '') === path || address.pathname.startsWith(`${path}/`)
}

async function firstServer(issuers: readonly string[], looking: Looking): Promise<standard.AuthorizationServer> {
  let last: unknown
  for (const issuer of issuers.slice(0, 3)) {
    try {
      return await serverOf(issuer, looking)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      last = error
    }
  }
  throw last ?? new Problem('oauth.discovery_failed', { why: 'it names no authorization server' })
}

/** RFC 8414 and OpenID discovery. Derived from the issuer, never from an endpoint: an issuer may have a path of its own. */
async function serverOf(issuer: string, looking: Looking): Promise<standard.AuthorizationServer> {
  const url = plainAddress(issuer, looking)
  const path = url.pathname.replace(/\/$/, '')
  const places = [
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
    `${url.origin}/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${url.origin}${path}/.well-known/openid-configuration`]),
  ]
  for (const place of places) {
    const document = await documentAt(place, looking)
    const server = document && (await conform(() => standard.processDiscoveryResponse(url, document.response())))
    if (!server) continue
    if (!server.authorization_endpoint || !server.token_endpoint) {
      throw new Problem('oauth.discovery_failed', { why: 'its authorization server names no endpoints' })
    }
    for (const endpoint of endpointsOf(server)) plainAddress(endpoint, looking)
    return server
  }
  throw new Problem('oauth.discovery_failed', { why: 'its authorization server does not describe itself' })
}

function endpointsOf(server: standard.AuthorizationServer): string[] {
  return [
    server.authorization_endpoint,
    server.token_endpoint,
    server.revocation_endpoint,
    server.introspection_endpoint,
    server.registration_endpoint,
    server.pushed_authorization_request_endpoint,
    server.device_authorization_endpoint,
  ].filter((endpoint) => endpoint !== undefined)
}

/** Braces would make a template of it, and templates are filled with secrets. */
function plainAddress(text: string, { allowsPlainHttp }: Pick<Looking, 'allowsPlainHttp'>): URL {
  const url = URL.parse(text)
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && allowsPlainHttp?.(url.host))
  if (!url || !secure || url.username || url.password || url.hash || /[{}\\\s]/.test(text)) {
    throw new Problem('oauth.discovery_failed', { why: 'an address in its description is not a plain https address' })
  }
  return url
}

interface Document {
  response: () => Response
  json: unknown
}

async function documentAt(url: string, looking: Looking): Promise<Document | undefined> {
  plainAddress(url, looking)
  const answer = await ask({ method: 'GET', url, headers: { accept: 'application/json' } }, looking)
  if (answer.status !== 200) return undefined
  return { response: () => asResponse(answer), json: jsonOf(answer.body) }
}

async function ask(request: Outgoing, { send }: Looking): Promise<Answer> {
  try {
    return await send(request)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('oauth.unavailable', { error: 'no answer' })
  }
}

/** The library says why a document does not conform; here it only matters that it does not. */
async function conform<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof standard.OperationProcessingError || error instanceof TypeError) return undefined
    throw error
  }
}

export function asResponse({ status, headers, body }: Answer): Response {
  const empty = status === 204 || status === 205 || status === 304
  return new Response(empty ? null : body, { status, headers: { 'content-type': 'application/json', ...headers } })
}

interface Challenge {
  metadata?: string
  scope?: string[]
}

function challengeOf({ headers }: Answer): Challenge {
  const text = headers['www-authenticate'] ?? ''
  if (!/^\s*(bearer|dpop)\b/i.test(text)) return {}
  const parameter = (name: string) => new RegExp(`(?:^|[\\s,])${name}="([^"]{1,2000})"`, 'i').exec(text)?.[1]
  const metadata = parameter('resource_metadata')
  const scope = parameter('scope')
  return { ...(metadata ? { metadata } : {}), ...(scope ? { scope: scope.split(' ').filter(Boolean) } : {}) }
}

function canonical(resource: string): string {
  return resource.replace(/[#?].*$/, '').replace(/\/$/, '')
}

function resourceOf({ json }: Document): string | undefined {
  const value =
    json !== null && typeof json === 'object' && Object.hasOwn(json, 'resource')
      ? (json as { resource: unknown }).resource
      : undefined
  return typeof value === 'string' && URL.canParse(value) ? value : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
