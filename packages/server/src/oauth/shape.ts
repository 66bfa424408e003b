import {
  type ClientAuth,
  fill,
  fillEntries,
  type Params,
  type StandardParameter,
  type TokenEndpoint,
} from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { withMembers } from '../inject/query.ts'
import { isLeftOut } from '../inject/values.ts'
import type { Outgoing } from '../net/message.ts'
import { signedJwt } from './jwt.ts'
import { clientIdOf, type Outside, optionalOf, type Party, valuesOf } from './party.ts'

/** The one adapter: every call of a token endpoint leaves through here, standard or not. */
export interface Wanted {
  url: string
  method?: 'GET' | 'POST' | 'DELETE'
  params: readonly Param[]
  body?: 'form' | 'json' | 'query' | 'empty'
  auth: ClientAuth | undefined
  /** Templates. One that sets `authorization` takes the place of client authentication there. */
  headers?: Readonly<Record<string, string>>
}
export type Param = readonly [string, string]

const STANDARD: Readonly<Record<StandardParameter, string>> = {
  clientId: 'client_id',
  clientSecret: 'client_secret',
  redirectUri: 'redirect_uri',
  scope: 'scope',
  state: 'state',
  code: 'code',
  grantType: 'grant_type',
  responseType: 'response_type',
}
export type Names = TokenEndpoint['names']

/** A standard parameter under the name that the service knows; none where it knows none, or there is no value. */
export function standard(names: Names, parameter: StandardParameter, value: string | undefined): Param[] {
  const name = names?.[parameter] === undefined ? STANDARD[parameter] : names[parameter]
  return name === null || value === undefined || value === '' ? [] : [[name, value]]
}

/** Extra parameters win over standard ones of their name. */
export function filledParams(params: Params | undefined, party: Party, values = valuesOf(party)): Param[] {
  const optional = optionalOf(party)
  return Object.entries(params ?? {}).flatMap(([name, template]) =>
    isLeftOut(template, values, optional) ? [] : [[name, fillKnown(template, values)] as const],
  )
}

export function merged(...lists: readonly (readonly Param[])[]): Param[] {
  return [...new Map(lists.flat())]
}

/** Where the service leaves a choice: what the app says, else the first way for which the app has what it takes. */
export function clientAuthOf(endpoint: Pick<TokenEndpoint, 'client'>, party: Party): ClientAuth {
  const allowed = endpoint.client === undefined ? ['basic' as const] : [endpoint.client].flat()
  const { client } = party
  if (client?.auth && allowed.includes(client.auth)) return client.auth
  const hasSecret = Boolean(valuesOf(party).clientSecret)
  const able = (auth: ClientAuth) => auth === 'none' || (auth === 'private_key' ? Boolean(client?.key) : hasSecret)
  return allowed.find(able) ?? allowed[0]!
}

export function shape(party: Party, wanted: Wanted, outside: Outside, names?: Names): Outgoing {
  const headers = fillHeaders(wanted.headers ?? {}, party)
  const authParams = authenticated(party, wanted, outside, names, headers)
  const params = merged(wanted.params, authParams)
  const body = wanted.body ?? 'form'
  const method = wanted.method ?? (body === 'query' ? 'GET' : 'POST')
  headers.accept ??= 'application/json'
  if (body === 'query' || method === 'GET') {
    const [address, query = ''] = wanted.url.split('?')
    const all = withMembers(query, params)
    return { method, url: all === '' ? address! : `${address}?${all}`, headers }
  }
  const request: Outgoing = { method, url: wanted.url, headers }
  if (body === 'empty' || (params.length === 0 && body === 'form')) return request
  headers['content-type'] ??= body === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  request.body = body === 'json' ? JSON.stringify(Object.fromEntries(params)) : formOf(params)
  return request
}

function authenticated(
  party: Party,
  { auth, url, headers: own }: Wanted,
  outside: Outside,
  names: Names,
  headers: Record<string, string>,
): Param[] {
  if (auth === undefined) return []
  if (own?.authorization !== undefined && (auth === 'basic' || auth === 'secret_as_user')) return []
  const id = clientIdOf(party)
  const secret = valuesOf(party).clientSecret
  const needed = (value: string | undefined, what: string): string => {
    if (!value) throw new Problem('oauth.client_incomplete', { what })
    return value
  }
  switch (auth) {
    case 'none':
      return standard(names, 'clientId', id)
    case 'body':
      return [
        ...standard(names, 'clientId', needed(id, 'client id')),
        ...standard(names, 'clientSecret', needed(secret, 'client secret')),
      ]
    case 'basic':
      // RFC 6749, section 2.3.1: both halves are form-encoded first.
      headers.authorization = `Basic ${base64(`${formEncoded(needed(id, 'client id'))}:${formEncoded(needed(secret, 'client secret'))}`)}`
      return []
    case 'secret_as_user':
      headers.authorization = `Basic ${base64(`${needed(secret, 'client secret')}:`)}`
      return []
    case 'private_key': {
      const key = party.client?.key
      if (!key) throw new Problem('oauth.client_incomplete', { what: 'private key' })
      return [...standard(names, 'clientId', needed(id, 'client id')), ...clientAssertion(party, url, outside)]
    }
  }
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function clientAssertion(party: Party, url: string, outside: Outside): Param[] {
  const { id, key } = party.client!
  const jwt = signedJwt(
    {
      alg: key!.alg,
      key: key!.pem.reveal(),
      field: 'privateKey',
      header: key!.kid ? { kid: key!.kid } : {},
      claims: { iss: id, sub: id, aud: url, jti: outside.nonce() },
      lifeSeconds: 120,
    },
    outside,
  )
  return [
    ['client_assertion_type', ASSERTION_TYPE],
    ['client_assertion', jwt],
  ]
}

export function fillHeaders(headers: Readonly<Record<string, string>>, party: Party): Record<string, string> {
  return translated(() => ({ ...fillEntries(headers, valuesOf(party), optionalOf(party)) }))
}

export function fillKnown(template: string, values: ReturnType<typeof valuesOf>): string {
  return translated(() => fill(template, values))
}

/** Templates complain by name, never by value. */
function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Problem('service.cannot_place', { why: (error as Error).message })
  }
}

export function formOf(params: readonly Param[]): string {
  return new URLSearchParams(params.map(([name, value]) => [name, value] as [string, string])).toString()
}

function formEncoded(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
