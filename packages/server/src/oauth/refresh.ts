import { fillHost, missing, type Refresh, type TokenEndpoint } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Outgoing } from '../net/message.ts'
import { addressOf, type Outside, type Party, scopeText, valuesOf } from './party.ts'
import { clientAuthOf, filledParams, fillKnown, merged, type Param, shape, standard } from './shape.ts'

/** How a connection stays alive: by a refresh, by obtaining anew, or not at all. */
export type Renewal = 'refresh' | 'obtain' | 'none'

export function renewalOf({ method, secrets }: Pick<Party, 'method' | 'secrets'>): Renewal {
  const { obtain } = method
  if (['client_credentials', 'assertion', 'jwt', 'login'].includes(obtain.by)) return 'obtain'
  const words = refreshWords(method.obtain)
  if (words === false) return 'none'
  const presented = words.presents === 'access_token' ? secrets.accessToken : secrets.refreshToken
  return presented ? 'refresh' : 'none'
}

export function refreshWords(obtain: Party['method']['obtain']): Refresh | false {
  if (!('token' in obtain) || obtain.by === 'oauth1' || obtain.refresh === false) return false
  return obtain.refresh ?? {}
}

/** When the grant ends unless somebody consents again: what the service says, what its definition knows, whichever comes first. */
export function grantEndsAt(
  words: Refresh | false,
  { toldAt, grantedAt, usedAt }: { toldAt?: number | undefined; grantedAt: number; usedAt: number },
): number | undefined {
  const lapses = words === false ? undefined : words.lapses
  const ends = [
    toldAt,
    lapses?.idleSeconds === undefined ? undefined : usedAt + lapses.idleSeconds * 1000,
    lapses?.afterSeconds === undefined ? undefined : grantedAt + lapses.afterSeconds * 1000,
  ].filter((at) => at !== undefined)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

export interface Refreshing {
  /** A host whose access tokens are minted apart from the same refresh token. */
  resourceHost?: string
  /** RFC 8707, of a discovered service. */
  resource?: string
}

export function refreshRequest(party: Party, outside: Outside, { resourceHost, resource }: Refreshing = {}): Outgoing {
  const obtain = party.method.obtain as TokenEndpoint & Party['method']['obtain']
  const words = refreshWords(obtain)
  if (words === false || renewalOf(party) !== 'refresh') throw new Problem('oauth.not_supported', { step: 'refresh' })
  const scope = resourceHost === undefined ? undefined : resourceScope(obtain, party, resourceHost)
  const params = words.params
    ? filledParams(words.params, party)
    : standardParams(obtain, words, party, scope, resource)
  const method = words.method ?? (obtain.body === 'query' ? 'GET' : 'POST')
  const chosen = words.client ?? clientAuthOf(obtain, party)
  return shape(
    party,
    {
      url: addressOf(words.url ?? obtain.token, party, outside),
      method,
      params,
      body: method === 'GET' ? 'query' : (obtain.body ?? 'form'),
      // Parameters that replace all others replace those of the client too.
      auth: words.params && (chosen === 'body' || chosen === 'none') ? undefined : chosen,
      headers: { ...obtain.headers, ...words.headers },
    },
    outside,
    obtain.names,
  )
}

function standardParams(
  obtain: TokenEndpoint,
  words: Refresh,
  party: Party,
  scope: string | undefined,
  resource: string | undefined,
): Param[] {
  const values = valuesOf(party)
  const token = words.presents === 'access_token' ? values.accessToken : values.refreshToken
  return merged(
    standard(obtain.names, 'grantType', 'refresh_token'),
    [['refresh_token', token ?? '']],
    words.withRedirectUri ? standard(obtain.names, 'redirectUri', party.redirectUri) : [],
    words.withScope || scope !== undefined ? standard(obtain.names, 'scope', scope ?? scopeText(party)) : [],
    resource ? [['resource', resource]] : [],
    filledParams(obtain.extra?.refresh, party),
  )
}

/** The host, where its access tokens are minted apart from those of the others. */
export function ownTokenHost({ method, open }: Pick<Party, 'method' | 'open'>, host: string): string | undefined {
  const resources = 'resources' in method.obtain ? method.obtain.resources : undefined
  const own = Object.keys(resources ?? {}).some(
    (template) => missing(template, open).length === 0 && fillHost(template, open) === host.toLowerCase(),
  )
  return own ? host.toLowerCase() : undefined
}

function resourceScope(obtain: TokenEndpoint, party: Party, host: string): string {
  const values = valuesOf(party)
  for (const [template, scope] of Object.entries(obtain.resources ?? {})) {
    if (missing(template, party.open).length === 0 && fillHost(template, party.open) === host.toLowerCase())
      return fillKnown(scope, values)
  }
  throw new Problem('oauth.not_supported', { step: `token for ${host.slice(0, 253)}` })
}
