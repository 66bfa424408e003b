import type { AuthorizationCode, TokenCall } from '@cardea/catalog'
import type { Secrets } from '../inject/values.ts'
import type { Outgoing } from '../net/message.ts'
import { addressOf, type Outside, type Party, valuesOf } from './party.ts'
import { clientAuthOf, filledParams, merged, shape, standard } from './shape.ts'

export interface Returned {
  code: string
  verifier: string
  resource?: string
}

export function exchangeRequest(obtain: AuthorizationCode, party: Party, back: Returned, outside: Outside): Outgoing {
  const { names, callback } = obtain
  const params = merged(
    standard(names, 'grantType', obtain.grant ?? 'authorization_code'),
    standard(names, 'code', back.code),
    callback?.state === 'in_redirect' ? [] : standard(names, 'redirectUri', party.redirectUri),
    obtain.pkce === 'refused' ? [] : [['code_verifier', back.verifier]],
    back.resource ? [['resource', back.resource]] : [],
    filledParams(obtain.extra?.token, party),
  )
  return shape(
    party,
    {
      url: addressOf(obtain.token, party, outside),
      params,
      body: obtain.body ?? 'form',
      auth: clientAuthOf(obtain, party),
      headers: obtain.headers ?? {},
    },
    outside,
    names,
  )
}

/** A short-lived token is swapped once for one that lasts. */
export function swapRequest(call: TokenCall, party: Party, obtained: Secrets, outside: Outside): Outgoing {
  const params = filledParams(call.params, party, valuesOf(party, {}, obtained))
  const method = call.method ?? 'POST'
  return shape(
    party,
    {
      url: addressOf(call.url, party, outside),
      method,
      params,
      body: method === 'GET' ? 'query' : 'form',
      auth: undefined,
    },
    outside,
  )
}
