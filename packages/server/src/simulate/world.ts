/** One account at one service, seen from the service: what was asked, what was given out, and what still works. */
import type { Method, Service } from '@cardea/catalog'
import { type Account, opaque } from './account.ts'
import type { Levers } from './levers.ts'
import type { Random } from './pattern.ts'
import type { Values } from './values.ts'

export interface Code {
  readonly value: string
  readonly redirectUri: string | undefined
  readonly challenge: string | undefined
  readonly scopes: readonly string[]
  readonly madeAt: number
  used: boolean
}
export interface RefreshToken {
  readonly value: string
  usedAt: number | undefined
}
/** A credential that was given out: the values it fills into `send`, and how long it works. */
export interface Issued {
  readonly values: Values
  readonly grant: Grant
  readonly madeAt: number
  expiresAt: number | undefined
  /** The host this token is for, where tokens are minted apart. */
  readonly resource?: string | undefined
}
export interface Grant {
  readonly madeAt: number
  lastUsedAt: number
  readonly scopes: readonly string[]
  readonly redirectUri: string | undefined
  revoked: boolean
  refreshes: number
  readonly refreshTokens: RefreshToken[]
  readonly issued: Issued[]
}

export interface World {
  readonly service: Service
  readonly method: Method
  readonly account: Account
  readonly levers: Levers
  readonly random: Random
  readonly codes: Map<string, Code>
  readonly grants: Grant[]
  /** JWT ids, nonces and other things good for one use. */
  readonly spent: Set<string>
  /** The service's own clock, in milliseconds. */
  now(): number
}

export function newGrant(world: World, scopes: readonly string[], redirectUri?: string): Grant {
  const now = world.now()
  const grant: Grant = {
    madeAt: now,
    lastUsedAt: now,
    scopes,
    redirectUri,
    revoked: false,
    refreshes: 0,
    refreshTokens: [],
    issued: [],
  }
  world.grants.push(grant)
  return grant
}

export function issue(
  world: World,
  grant: Grant,
  values: Values,
  lifeSeconds: number | undefined,
  resource?: string,
): Issued {
  const now = world.now()
  const expiresAt = lifeSeconds === undefined ? undefined : now + lifeSeconds * 1000
  const issued: Issued = { values, grant, madeAt: now, expiresAt, resource }
  grant.issued.push(issued)
  return issued
}

export function newToken(world: World, kind: string): string {
  return `${kind}-${opaque(world.random, 28)}`
}

export type Standing = 'live' | 'expired' | 'revoked'
export function standingOf(world: World, issued: Issued): Standing {
  if (issued.grant.revoked) return 'revoked'
  return issued.expiresAt !== undefined && issued.expiresAt <= world.now() ? 'expired' : 'live'
}

/** Everything that a template may name once this credential is there. */
export function valuesFor(world: World, issued?: Issued, scopes?: readonly string[]): Values {
  const { account } = world
  const refreshToken = issued?.grant.refreshTokens.at(-1)?.value
  const accessToken = issued?.values.accessToken
  return {
    ...account.after,
    ...account.fields,
    ...account.app.fields,
    clientId: account.app.clientId,
    clientSecret: account.app.clientSecret,
    redirectUri: issued?.grant.redirectUri ?? account.redirectUri,
    ...(scopes ? { scopes: joined(world, scopes) } : {}),
    ...(refreshToken ? { refreshToken } : {}),
    ...(refreshToken || accessToken ? { liveToken: refreshToken ?? accessToken! } : {}),
    ...issued?.values,
  }
}

export function joined(world: World, scopes: readonly string[]): string {
  return scopes.join(world.method.scopes?.separator ?? ' ')
}

export function allIssued(world: World): Issued[] {
  return world.grants.flatMap(({ issued }) => issued)
}
