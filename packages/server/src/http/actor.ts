import { hash } from 'node:crypto'
import type { Actor } from '../actor.ts'
import { nobody } from '../actor.ts'
import { equalBytes } from '../crypto/equal.ts'
import { isProblem, Problem } from '../errors.ts'
import { decide, type Permission } from '../policy/policy.ts'
import { Secret } from '../secret.ts'
import { checkOrigin, isLoopback } from './origin.ts'
import type { Rooms } from './rooms.ts'
import type { Route } from './route.ts'

/**
 * The door: from headers to an actor, and whether that actor may pass. Nothing behind it looks at a header again.
 * Refuses two credentials at once, a cookie that another site sent, and what the table of permissions does not grant.
 */
export interface Arrival {
  actor: Actor
  /** Set-cookie values of a session that was prolonged. */
  setCookie: readonly Secret[]
}

export function carriesCredential(headers: Headers): boolean {
  return headers.has('authorization') || headers.has('x-api-key') || headers.has('cookie')
}

/** Who stands at the door of a route. Whoever came through the socket is known already. */
export async function arrive(
  rooms: Rooms,
  request: Request,
  route: Route,
  expected: { origins: readonly string[]; publicUrl: string },
  local: Actor | undefined,
): Promise<Arrival> {
  if (local) return { actor: await inWorkspace(rooms, local, request.headers), setCookie: [] }
  checkOrigin(request, expected)
  if (route.permission === 'public' && !route.handler.recognizes) return { actor: nobody, setCookie: [] }
  try {
    return await rooms.accounts.identify(presented(request.headers))
  } catch (error) {
    if (route.permission === 'public' && isProblem(error, 'auth.rejected')) return { actor: nobody, setCookie: [] }
    throw error
  }
}

/** Throws unless the table of permissions lets this actor pass. */
export function admit(actor: Actor, permission: Permission): void {
  switch (decide(actor, permission)) {
    case 'allowed':
      return
    case 'sign_in':
      throw new Problem('auth.required')
    case 'which_workspace':
      throw new Problem('auth.which_workspace')
    case 'operator_only':
      throw new Problem('auth.operator_only', { permission })
    case 'forbidden':
      throw new Problem('auth.forbidden', { permission })
  }
}

/**
 * Whether a caller may read the metrics. A proxy on this machine makes the whole internet look local, so a request that
 * says it was forwarded is not, unless the proxies are known and its address was read from what they say.
 */
export function checkMetricsCaller(
  { headers }: Request,
  { ip, trustedProxies }: { ip: string; trustedProxies: number },
  metricsToken: Secret | undefined,
): void {
  const bearer = bearerOf(headers)
  if (metricsToken && bearer !== undefined) {
    // Hashed first, so that neither content nor length shows in the time the comparison takes.
    const [given, expected] = [Buffer.from(bearer), metricsToken.revealBytes()].map((text) =>
      hash('sha256', text, 'buffer'),
    )
    if (equalBytes(given!, expected!)) return
    throw new Problem('auth.rejected')
  }
  const wasForwarded = ['x-forwarded-for', 'forwarded', 'via'].some((name) => headers.has(name))
  if (isLoopback(ip) && (!wasForwarded || trustedProxies > 0)) return
  throw new Problem('auth.required')
}

function bearerOf(headers: Headers): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
}

function presented(headers: Headers) {
  const authorization = headers.get('authorization')
  const cookie = headers.get('cookie')
  const apiKey = headers.get('x-api-key')
  const workspace = headers.get('cardea-workspace')
  const bearer = bearerOf(headers)
  // Another scheme is a credential too, and one that is not accepted; reading on would let a cookie count instead.
  if (authorization !== null && bearer === undefined) throw new Problem('auth.rejected')
  return {
    ...(cookie === null ? {} : { cookie: Secret.of(cookie) }),
    ...(bearer === undefined ? {} : { bearer: Secret.of(bearer) }),
    ...(apiKey === null ? {} : { apiKey: Secret.of(apiKey) }),
    ...(workspace === null ? {} : { workspace: workspace }),
  }
}

async function inWorkspace(rooms: Rooms, local: Actor, headers: Headers): Promise<Actor> {
  const workspaceId = headers.get('cardea-workspace')
  if (local.kind !== 'operator' || !workspaceId) return local
  const actor = { ...local, workspaceId }
  // Throws when there is no such workspace: rows must not be filed under a name that was mistyped.
  await rooms.accounts.workspaces.get({ actor, requestId: '', ip: '' })
  return actor
}
