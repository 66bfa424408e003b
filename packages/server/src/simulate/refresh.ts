/** Renewal: rotation, grace, reuse that ends everything, idle lapse, and tokens that renew themselves. */
import type { Refresh, TokenCall } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { faultsOfClient } from './client-auth.ts'
import { faultsOfHeaders, faultsOfParams, same } from './expected.ts'
import { paramsOf, type Received } from './received.ts'
import { clientAuthOf, type Endpoint, faultsOfAnonymous } from './token.ts'
import { lifeOf, refuse, tokenAnswer } from './token-answer.ts'
import { filledParams, namesIn } from './values.ts'
import {
  type Grant,
  type Issued,
  issue,
  newToken,
  type RefreshToken,
  standingOf,
  valuesFor,
  type World,
} from './world.ts'

export function refresh(world: World, received: Received, obtain: Endpoint): Outcome {
  const words: Refresh = obtain.refresh || {}
  const method = words.method ?? (obtain.body === 'query' ? 'GET' : 'POST')
  if (received.method !== method) return refuse(world, 'invalid_request', [`${method} is expected`], obtain.answer)
  const nothing = words.params && Object.keys(words.params).length === 0
  const { values: params, faults } = nothing
    ? { values: new Map<string, string>(), faults: [] }
    : paramsOf(received, method === 'GET' ? 'query' : (obtain.body ?? 'form'))
  if (faults.length > 0) return refuse(world, 'invalid_request', faults, obtain.answer)
  if (words.presents === 'access_token') return swap(world, received, params, words.params ?? {}, obtain)
  const ours = new Set(Object.keys(words.params ?? {}))
  const usual = words.client ?? clientAuthOf(obtain)
  // Parameters that replace the standard ones replace those of the client too.
  const how = words.params && usual === 'body' ? 'none' : usual
  const client = faultsOfClient(world, received, params, how, obtain.names, ours)
  if (how === 'none' && words.params === undefined) client.push(...faultsOfAnonymous(params, obtain))
  if (client.length > 0) return refuse(world, 'invalid_client', client, obtain.answer)
  const found = findToken(world, received, params, words)
  if (!found) return refuse(world, 'invalid_grant', ['the refresh token is missing or unknown'], obtain.answer)
  const asked = faultsOfCall(world, received, params, words, obtain, found.grant)
  if (asked.length > 0) return refuse(world, 'invalid_request', asked, obtain.answer)
  const dead = faultsOfToken(world, found, words)
  if (dead.length > 0) return refuse(world, 'invalid_grant', dead, obtain.answer)
  return renew(world, received, params, found, words, obtain)
}

interface Found {
  readonly grant: Grant
  readonly presented: RefreshToken
}

/** Only where the definition puts it: under its name, or behind the word of its header. */
function findToken(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  words: Refresh,
): Found | undefined {
  const holds = (template: string) => template.includes('{refreshToken}')
  const header = Object.entries(words.headers ?? {}).find(([, template]) => holds(template))
  const name = words.params
    ? Object.entries(words.params).find(([, template]) => holds(template))?.[0]
    : 'refresh_token'
  for (const grant of world.grants)
    for (const presented of grant.refreshTokens) {
      const found = header
        ? same(received.headers.get(header[0]), header[1].replace('{refreshToken}', presented.value))
        : name !== undefined && same(params.get(name), presented.value)
      if (found) return { grant, presented }
    }
  return undefined
}

function faultsOfCall(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  words: Refresh,
  obtain: Endpoint,
  grant: Grant,
): string[] {
  const grantName = obtain.names?.grantType === undefined ? 'grant_type' : obtain.names.grantType
  const values = valuesFor(world, grant.issued.at(-1), grant.scopes)
  const wanted = new Map<string, string>()
  if (words.params) for (const [name, value] of filledParams(words.params, values)) wanted.set(name, value)
  else if (grantName !== null) wanted.set(grantName, 'refresh_token')
  for (const [name, value] of filledParams(obtain.extra?.refresh, values)) wanted.set(name, value)
  if (words.withRedirectUri) wanted.set(obtain.names?.redirectUri ?? 'redirect_uri', values.redirectUri!)
  for (const [name, template] of Object.entries(words.params ?? {}))
    if (namesIn(template).includes('refreshToken')) wanted.delete(name)
  const headers = Object.fromEntries(
    Object.entries(words.headers ?? {}).filter(([, template]) => !template.includes('{refreshToken}')),
  )
  const scope = words.withScope && !params.get(obtain.names?.scope ?? 'scope') ? ['scope is missing'] : []
  const own = Object.fromEntries(Object.entries(obtain.headers ?? {}).filter(([name]) => name !== 'accept'))
  return [...faultsOfParams(params, wanted), ...faultsOfHeaders(received, { ...own, ...headers }, values), ...scope]
}

function faultsOfToken(world: World, { grant, presented }: Found, words: Refresh): string[] {
  const now = world.now()
  const { idleSeconds, afterSeconds } = words.lapses ?? {}
  if (grant.revoked) return ['the grant was revoked']
  if (idleSeconds !== undefined && now - grant.lastUsedAt > idleSeconds * 1000) return ['the grant lapsed unused']
  if (afterSeconds !== undefined && now - grant.madeAt > afterSeconds * 1000) return ['the grant has come to its end']
  if (presented.usedAt === undefined) return []
  if (now - presented.usedAt <= (words.graceSeconds ?? -1) * 1000) return []
  if (words.reuse === 'revokes_all') for (const each of world.grants) each.revoked = true
  return ['the refresh token was used before']
}

function renew(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  { grant, presented }: Found,
  words: Refresh,
  obtain: Endpoint,
): Outcome {
  const scopes = params.get(obtain.names?.scope ?? 'scope')?.split(world.method.scopes?.separator ?? ' ')
  const resource = scopes && resourceOf(world, scopes, obtain)
  const unknown = resource ? [] : (scopes ?? []).filter((scope) => !grant.scopes.includes(scope))
  if (unknown.length > 0) return refuse(world, 'invalid_scope', ['more scopes than were granted'], obtain.answer)
  const rotates = presented.usedAt === undefined && rotatesNow(world, grant, words)
  grant.refreshes++
  grant.lastUsedAt = world.now()
  if (rotates) {
    presented.usedAt = world.now()
    grant.refreshTokens.push({ value: newToken(world, 'refresh'), usedAt: undefined })
  }
  const current = grant.refreshTokens.at(-1)!.value
  const values = { accessToken: newToken(world, 'access') }
  const issued = issue(world, grant, values, lifeOf(world, obtain.answer), resource)
  // Who comes with a token that was just used has lost an answer, and gets the same new token again.
  const told = rotates || current !== presented.value ? current : undefined
  return { answer: tokenAnswer(world, received, issued, obtain.answer ?? {}, told), faults: [] }
}

function rotatesNow(world: World, grant: Grant, { rotates }: Refresh): boolean {
  if (rotates === 'always') return true
  return rotates === 'sometimes' && (world.levers.rotates ?? grant.refreshes % 2 === 0)
}

/** The host for which this scope mints a token of its own. */
function resourceOf(world: World, scopes: readonly string[], obtain: Endpoint): string | undefined {
  const values = valuesFor(world)
  const own = filledParams(obtain.resources, values)
  return [...own].find(([, scope]) => scopes.includes(scope))?.[0]
}

/** A token buys its successor: short for long, and long for longer. */
export function swap(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  templates: TokenCall['params'],
  obtain: Endpoint,
): Outcome {
  const names = Object.keys(templates).filter((name) => templates[name]!.includes('{accessToken}'))
  const found = world.grants
    .flatMap(({ issued }) => issued)
    .find((issued) => names.some((name) => same(params.get(name), issued.values.accessToken)))
  if (!found) return refuse(world, 'invalid_grant', ['the access token is missing or unknown'], obtain.answer)
  const faults = faultsOfParams(params, filledParams(templates, valuesFor(world, found)))
  if (received.headers.has('authorization')) faults.push('nothing is expected in the header authorization')
  if (faults.length > 0) return refuse(world, 'invalid_request', faults, obtain.answer)
  const standing = standingOf(world, found)
  if (standing !== 'live') return refuse(world, 'invalid_grant', [`the access token is ${standing}`], obtain.answer)
  const early = tooEarly(world, found, obtain)
  if (early) return refuse(world, 'invalid_request', ['the token is too young to be renewed'], obtain.answer)
  found.grant.refreshes++
  found.grant.lastUsedAt = world.now()
  const life = lifeOf(world, obtain.answer)
  const issued = issue(world, found.grant, { accessToken: newToken(world, 'access') }, life)
  return { answer: tokenAnswer(world, received, issued, obtain.answer ?? {}), faults: [] }
}

/** A token straight from a code may be exchanged at once. */
function tooEarly(world: World, issued: Issued, obtain: Endpoint): boolean {
  const after = obtain.refresh ? obtain.refresh.notBeforeSeconds : undefined
  if (!after || (obtain.by === 'code' && obtain.exchange && issued === issued.grant.issued[0])) return false
  return world.now() - issued.madeAt < after * 1000
}
