/** What the token endpoint says: tokens at the places, in the forms and with the gaps that the definition declares. */
import type { AnswerMember, Identity, Path, TokenAnswer } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { idToken } from './jwt.ts'
import { keyPairFor } from './key-pairs.ts'
import { type Answered, getAt, putAt } from './path.ts'
import { jsonAnswer, type PlainAnswer, type Received } from './received.ts'
import { wanted } from './shapes.ts'
import type { Issued, World } from './world.ts'

const STANDARD: Readonly<Record<AnswerMember, Path>> = {
  accessToken: 'access_token',
  refreshToken: 'refresh_token',
  idToken: 'id_token',
  expiresIn: 'expires_in',
  expiresAt: 'expires_at',
  refreshExpiresIn: 'refresh_expires_in',
  refreshExpiresAt: 'refresh_expires_at',
  scope: 'scope',
}

/** How long a token really works, whatever is said about it. */
export function lifeOf({ method, levers }: World, answer: TokenAnswer = {}): number | undefined {
  if (levers.lifeSeconds !== undefined) return levers.lifeSeconds
  if (typeof answer.lifetime === 'number') return answer.lifetime
  const refresh = 'refresh' in method.obtain ? method.obtain.refresh : undefined
  const lasts = answer.zero === 'never' || (answer.lifetime === 'never' && (!refresh || !levers.givesRefreshToken))
  return lasts ? undefined : 3600
}

export function tokenAnswer(
  world: World,
  received: Received,
  issued: Issued,
  answer: TokenAnswer,
  refreshToken?: string,
): PlainAnswer {
  const { levers, method } = world
  const places = answer.within ?? ['']
  const place = places[Math.min(levers.within, places.length - 1)]!
  let body: Answered = {}
  const put = (path: Path, value: Answered) => {
    body = putAt(body, path, value)
  }
  const member = (name: AnswerMember, value: Answered) => {
    const path = answer.at?.[name] ?? STANDARD[name]
    put(place === '' ? path : `${place}.${path}`, value)
  }
  const number = (value: number) => (levers.numbersAsText ? String(value) : value)
  const seconds = issued.expiresAt === undefined ? undefined : (issued.expiresAt - issued.madeAt) / 1000
  member('accessToken', issued.values.accessToken!)
  put('token_type', 'bearer')
  if (refreshToken !== undefined) member('refreshToken', refreshToken)
  if (answer.zero === 'never') member('expiresIn', number(0))
  else if (seconds !== undefined && (levers.namesLife ?? answer.lifetime !== 'unknown')) {
    if (answer.at?.expiresAt) member('expiresAt', new Date(issued.expiresAt!).toISOString())
    else member('expiresIn', number(seconds))
  }
  if (refreshToken !== undefined) {
    const life = refreshLife(world)
    if (answer.at?.refreshExpiresIn) member('refreshExpiresIn', number(life))
    if (answer.at?.refreshExpiresAt) member('refreshExpiresAt', new Date(world.now() + life * 1000).toISOString())
  }
  const scopes = issued.grant.scopes.filter((scope) => !method.scopes?.unlisted?.includes(scope))
  const calledBack = 'callback' in method.obtain && method.obtain.callback?.scope
  if (scopes.length > 0 && !calledBack) {
    const separator = answer.separator ?? method.scopes?.separator ?? ' '
    member('scope', levers.scopeAsList ? scopes : scopes.join(separator))
  }
  if (issued.grant.scopes.includes('openid') || readsIdToken(world)) member('idToken', claimsToken(world))
  for (const [path, value] of told(world)) put(path, value)
  if (answer.failure?.path && answer.failure.exists === undefined)
    put(answer.failure.path, opposite(answer.failure.is, answer.failure.not))
  return rendered(world, received, body)
}

/** A service that is told to answer JSON answers a form when it is not told. */
function rendered({ method }: World, received: Received, body: Answered): PlainAnswer {
  const accept = 'headers' in method.obtain ? method.obtain.headers?.accept : undefined
  if (accept && received.headers.get('accept') !== accept) {
    const pairs = Object.entries(body as object).map(([name, value]): [string, string] => [name, String(value)])
    return {
      status: 200,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(pairs).toString(),
    }
  }
  return jsonAnswer(200, body)
}

export type TokenError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'access_denied'
  | 'unsupported_grant_type'

export function refuse(
  world: World,
  error: TokenError,
  faults: readonly string[],
  answer: Omit<TokenAnswer, 'within'> = {},
): Outcome {
  let body: Answered = { error, error_description: faults[0] ?? error }
  const inside = answer.failure !== undefined || world.levers.failsInside200
  if (answer.failure?.path && answer.failure.path !== 'error') {
    body = putAt(body, answer.failure.path, wanted(answer.failure))
  }
  const status = inside ? 200 : error === 'invalid_client' ? 401 : 400
  return { answer: jsonAnswer(status, body), faults: faults.length > 0 ? faults : [error] }
}

function refreshLife({ method }: World): number {
  const refresh = 'refresh' in method.obtain && method.obtain.refresh ? method.obtain.refresh : {}
  return refresh.lapses?.afterSeconds ?? refresh.lapses?.idleSeconds ?? 8_640_000
}

function told({ service, method, account, levers }: World): [Path, Answered][] {
  const identity: Identity = method.identity ?? service.identity
  const own =
    'from' in identity && identity.from === 'token'
      ? [...[identity.id].flat(), ...[identity.label ?? []].flat(), ...(identity.team ? [identity.team] : [])]
      : []
  const learned = Object.entries(method.learn ?? {}).flatMap(([name, learn]): [Path, Answered][] => {
    const value = account.learned[name]
    if (learn.from !== 'token' || value === undefined || !levers.tells) return []
    return [[learn.at, learn.take === 'host' ? `https://${value}` : value]]
  })
  return [...own.map((path): [Path, Answered] => [path, `told ${path}`]), ...learned]
}

function readsIdToken({ service, method }: World): boolean {
  const identity = method.identity ?? service.identity
  const learns = Object.values(method.learn ?? {})
  const claimed = learns.some(({ from }) => from === 'id_token' || JSON.stringify(from).includes('"claim"'))
  return claimed || ('from' in identity && identity.from === 'id_token')
}

function claimsToken(world: World): string {
  const { service, method, account } = world
  const identity = method.identity ?? service.identity
  const now = Math.floor(world.now() / 1000)
  let claims: Answered = { iss: 'https://issuer.example.com', aud: account.app.clientId, iat: now, exp: now + 3600 }
  claims = putAt(claims, 'sub', 'person-1')
  if ('from' in identity && identity.from === 'id_token')
    for (const path of [...[identity.id].flat(), ...[identity.label ?? []].flat()])
      if (getAt(claims, path) === undefined) claims = putAt(claims, path, `claimed ${path}`)
  for (const [name, learn] of Object.entries(method.learn ?? {})) {
    if (learn.from === 'id_token') claims = putAt(claims, learn.at, account.learned[name]!)
    for (const value of Object.values(typeof learn.from === 'object' ? (learn.from.prefer ?? {}) : {}))
      if (value !== null && typeof value === 'object') claims = putAt(claims, value.claim, `event ${value.claim}`)
  }
  return idToken(keyPairFor('RS256'), claims as Readonly<Record<string, unknown>>)
}

/** What a success says where a failure says something. */
function opposite(is: unknown, not: unknown): Answered {
  if (typeof is === 'boolean') return !is
  if (not !== undefined) return [not].flat()[0] as Answered
  return 'fine'
}
