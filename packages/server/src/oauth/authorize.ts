import { createHash, randomBytes } from 'node:crypto'
import type { AuthorizationCode, Fragment } from '@cardea/catalog'
import { withMembers } from '../inject/query.ts'
import type { Outgoing } from '../net/message.ts'
import { addressOf, clientIdOf, type Outside, type Party, scopeText } from './party.ts'
import { clientAuthOf, filledParams, merged, type Param, shape, standard } from './shape.ts'

/** What only this sign-in knows, to be compared or shown again when the person comes back. */
export interface Ticket {
  state: string
  verifier: string
}

export function newTicket(): Ticket {
  return { state: randomBytes(32).toString('base64url'), verifier: randomBytes(32).toString('base64url') }
}

/** `resource`: the audience that a discovered service names (RFC 8707). */
export interface Asking extends Ticket {
  resource?: string
}

export function authorizeAddress(obtain: AuthorizationCode, party: Party, asking: Asking, outside: Outside): string {
  return withParams(addressOf(obtain.authorize, party, outside), authorizeParams(obtain, party, asking))
}

/** RFC 9126: the same parameters are handed in behind the scenes, and the browser carries a reference to them. */
export function pushedRequest(
  obtain: AuthorizationCode,
  endpoint: string,
  party: Party,
  asking: Asking,
  outside: Outside,
): Outgoing {
  const params = authorizeParams(obtain, party, asking)
  return shape(party, { url: endpoint, params, auth: clientAuthOf(obtain, party) }, outside, obtain.names)
}

export function pushedAddress(obtain: AuthorizationCode, party: Party, requestUri: string, outside: Outside): string {
  return withParams(addressOf(obtain.authorize, party, outside), [
    ['client_id', clientIdOf(party) ?? ''],
    ['request_uri', requestUri],
  ])
}

function authorizeParams(obtain: AuthorizationCode, party: Party, asking: Asking): Param[] {
  const { names, pkce, callback, extra } = obtain
  const proof: Param[] =
    pkce === 'refused'
      ? []
      : [
          ['code_challenge', challengeOf(asking.verifier)],
          ['code_challenge_method', 'S256'],
        ]
  const resource: Param[] = asking.resource ? [['resource', asking.resource]] : []
  return merged(
    standard(names, 'responseType', 'code'),
    standard(names, 'clientId', clientIdOf(party)),
    standard(names, 'redirectUri', redirectOf(party, callback?.state, asking.state)),
    standard(names, 'scope', scopeText(party)),
    callback?.state === 'in_redirect' ? [] : standard(names, 'state', asking.state),
    proof,
    resource,
    filledParams(extra?.authorize, party),
  )
}

/** The token comes back behind the `#`; the state travels in the address to which the page returns. */
export function fragmentAddress(obtain: Fragment, party: Party, { state }: Ticket, outside: Outside): string {
  const back = redirectOf(party, 'in_redirect', state)
  const params: Param[] = [...filledParams(obtain.params, party), ...(back ? [[obtain.returnsTo, back] as const] : [])]
  return withParams(addressOf(obtain.authorize, party, outside), params)
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function redirectOf({ redirectUri }: Party, where: 'in_redirect' | undefined, state: string): string | undefined {
  if (where === undefined || redirectUri === undefined) return redirectUri
  return withParams(redirectUri, [['state', state]])
}

export function withParams(address: string, params: readonly Param[]): string {
  const at = address.indexOf('?')
  const [path, query] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)]
  const all = withMembers(query, params)
  return all === '' ? path : `${path}?${all}`
}
