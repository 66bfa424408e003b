import { type Revoke, valueAt } from '@cardea/catalog'
import type { Answer, Outgoing } from '../net/message.ts'
import { parsedBody } from './answer.ts'
import { addressOf, type Outside, type Party, valuesOf } from './party.ts'
import { clientAuthOf, filledParams, shape } from './shape.ts'

/** Undefined: the service has no way; `none` of the definition tells people where to end it themselves. */
export function revokeRequest(party: Party, outside: Outside): Outgoing | undefined {
  const { obtain } = party.method
  if (!('token' in obtain) || obtain.by === 'oauth1') return undefined
  const words = obtain.revoke
  if (!words || 'none' in words) return undefined
  const client = words.client ?? clientAuthOf(obtain, party)
  const body = words.body ?? (words.method === 'GET' ? 'query' : 'form')
  return shape(
    party,
    {
      url: addressOf(words.url, party, outside),
      method: words.method ?? 'POST',
      params: body === 'empty' ? [] : paramsOf(words, party),
      body,
      auth: client === 'none' ? undefined : client,
      headers: words.headers ?? {},
    },
    outside,
    obtain.names,
  )
}

function paramsOf(words: Revoke, party: Party) {
  // A revocation sent as headers alone says so with headers and no parameters.
  if (words.params === undefined) return words.headers ? [] : filledParams({ token: '{liveToken}' }, party)
  const values = valuesOf(party)
  const live = Object.entries(words.params).filter(
    ([, template]) => !(template === '{refreshToken}' && !values.refreshToken),
  )
  return filledParams(Object.fromEntries(live), party)
}

/** `gone`: the service no longer knows the token, which is what was wanted. */
export type Revoked = 'ended' | 'gone' | 'failed'

export function revokedBy(words: Revoke, answer: Answer): Revoked {
  const body = parsedBody(answer)
  if (answer.status >= 200 && answer.status < 300) {
    return !words.ok || valueAt(body, words.ok.path) === words.ok.is ? 'ended' : 'failed'
  }
  if (answer.status === 404 || answer.status === 410) return 'gone'
  const error = valueAt(body, 'error')
  return error === 'invalid_token' || error === 'invalid_grant' || error === 'token_revoked' ? 'gone' : 'failed'
}
