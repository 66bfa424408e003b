/** The end of a grant, at the service's word. */
import type { Revoke } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { faultsOfClient } from './client-auth.ts'
import { faultsOfHeaders, faultsOfParams } from './expected.ts'
import { putAt } from './path.ts'
import { jsonAnswer, paramsOf, type Received } from './received.ts'
import { clientAuthOf, type Endpoint } from './token.ts'
import { addressOf, filledParams } from './values.ts'
import { allIssued, type Issued, standingOf, valuesFor, type World } from './world.ts'

export function revokeOf(obtain: object): Revoke | undefined {
  const words = 'revoke' in obtain ? (obtain.revoke as Revoke | { none: string } | undefined) : undefined
  return words && 'url' in words ? words : undefined
}

export function revoke(world: World, received: Received, obtain: Endpoint, words: Revoke): Outcome {
  const method = words.method ?? 'POST'
  const body = words.body ?? (words.method === 'GET' ? 'query' : 'form')
  const nothing = words.params === undefined && words.headers !== undefined && received.body.length === 0
  const { values: params, faults: unread } = paramsOf(received, nothing ? 'empty' : body)
  const how = words.client ?? clientAuthOf(obtain)
  const ours = new Set(Object.keys(words.params ?? {}))
  const faults = [
    ...(received.method === method ? [] : [`${method} is expected`]),
    ...unread,
    ...faultsOfClient(world, received, params, how, obtain.names, ours),
  ]
  const tries = allIssued(world)
    .reverse()
    .map((issued) => ({ issued, faults: faultsAs(world, received, params, words, issued) }))
  const best = tries.sort((a, b) => a.faults.length - b.faults.length)[0]
  if (!best) faults.push('there is nothing to revoke')
  else faults.push(...best.faults)
  if (faults.length > 0 || !best) {
    const failure = words.ok ? putAt({ error: 'invalid_request' }, words.ok.path, false) : { error: 'invalid_request' }
    return { answer: jsonAnswer(words.ok ? 200 : 400, failure), faults }
  }
  const { grant } = best.issued
  if (words.ends) for (const each of world.grants) each.revoked = true
  else grant.revoked = true
  return { answer: jsonAnswer(200, words.ok ? putAt({}, words.ok.path, words.ok.is) : {}), faults: [] }
}

function faultsAs(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  words: Revoke,
  issued: Issued,
): string[] {
  const values = valuesFor(world, issued)
  const address = addressOf(words.url, values)
  return [
    ...(address && address.host === received.url.host && address.pathname === received.url.pathname
      ? []
      : ['the address is another']),
    ...faultsOfParams(params, filledParams(words.params ?? (words.headers ? {} : { token: '{liveToken}' }), values)),
    ...faultsOfHeaders(received, words.headers, values),
    // A call that needs a live token to end it.
    ...(words.headers && standingOf(world, issued) !== 'live' ? ['the token no longer works'] : []),
  ]
}
