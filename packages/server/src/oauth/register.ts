import type { AuthorizationCode, ClientAuth, Discovered, Method } from '@cardea/catalog'
import * as standard from 'oauth4webapi'
import { Problem } from '../errors.ts'
import type { Outgoing } from '../net/message.ts'
import { Secret } from '../secret.ts'
import { asResponse, type Found, type Looking } from './discovery.ts'
import type { Client } from './party.ts'

/** How we become a client of a server that nobody knew before. Registrations belong to one issuer. */
export interface OurSelves {
  name: string
  redirectUri: string
  /** Where our client metadata document lies, if this server can be reached from outside. */
  documentUrl?: string
}
export interface Registered extends Client {
  issuer: string
  expiresAt?: number
}

/** The ways of the definition that this server takes, in the definition's order. */
export function waysToRegister(
  words: Discovered,
  { server }: Found,
  we: OurSelves,
): ('document' | 'dynamic' | 'app')[] {
  return words.register.filter(
    (way) =>
      way === 'app' ||
      (way === 'document' && we.documentUrl !== undefined && server.client_id_metadata_document_supported === true) ||
      (way === 'dynamic' && server.registration_endpoint !== undefined),
  )
}

/** RFC 7591. */
export function registrationRequest(found: Found, we: OurSelves, withScope = true): Outgoing {
  const body = {
    client_name: we.name,
    redirect_uris: [we.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method:
      authFor(found.server) === 'none'
        ? 'none'
        : authFor(found.server) === 'body'
          ? 'client_secret_post'
          : 'client_secret_basic',
    ...(withScope && found.scopes.length > 0 ? { scope: found.scopes.join(' ') } : {}),
  }
  return {
    method: 'POST',
    url: found.server.registration_endpoint!,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

/** Some servers refuse a scope in a registration and take the same one without it. */
export async function register(found: Found, we: OurSelves, { send }: Looking): Promise<Registered> {
  let answer = await send(registrationRequest(found, we))
  if (answer.status >= 400 && answer.status < 500 && found.scopes.length > 0) {
    answer = await send(registrationRequest(found, we, false))
  }
  try {
    // Some answer 200 where the standard says 201.
    const status = answer.status === 200 ? 201 : answer.status
    const client = await standard.processDynamicClientRegistrationResponse(asResponse({ ...answer, status }))
    const secret =
      typeof client.client_secret === 'string' && client.client_secret !== ''
        ? Secret.of(client.client_secret)
        : undefined
    const ends = Number(client.client_secret_expires_at)
    return {
      issuer: found.server.issuer,
      id: client.client_id,
      auth: secret ? authNamed(client.token_endpoint_auth_method) : 'none',
      ...(secret ? { secret } : {}),
      ...(secret && ends > 0 ? { expiresAt: ends * 1000 } : {}),
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('oauth.discovery_failed', { why: 'its authorization server refused to register a client' })
  }
}

function authNamed(method: unknown): ClientAuth {
  return method === 'client_secret_post' ? 'body' : method === 'none' ? 'none' : 'basic'
}

/** A public client with PKCE where the server takes one. */
function authFor(server: standard.AuthorizationServer): ClientAuth {
  const takes = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  if (takes.includes('none')) return 'none'
  return takes.includes('client_secret_basic') ? 'basic' : 'body'
}

/** From here on a discovered service is like one that somebody described: the rest of this room sees no difference. */
export function asDescribed(method: Method, { server }: Found): Method {
  const words = method.obtain as Discovered
  const obtain: AuthorizationCode = {
    by: 'code',
    authorize: server.authorization_endpoint!,
    token: server.token_endpoint!,
    client:
      authFor(server) === 'body' ? ['body', 'basic', 'private_key', 'none'] : ['basic', 'body', 'private_key', 'none'],
    pkce: 'required',
    ...(words.answer ? { answer: words.answer } : {}),
    ...(server.revocation_endpoint
      ? { revoke: { url: server.revocation_endpoint, params: { token: '{liveToken}' } } }
      : {}),
  }
  return { ...method, obtain }
}
