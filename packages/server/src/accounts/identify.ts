import { type Actor, type Key, nobody, type Person } from '../actor.ts'
import { type Clock, MINUTE } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import { findApiKeyByToken, touchApiKey } from '../store/api-keys.ts'
import { findCliLoginByToken, touchCliLogin } from '../store/cli-logins.ts'
import { findMemberships } from '../store/members.ts'
import { isOperator } from '../store/operators.ts'
import type { Store } from '../store/store.ts'
import { findWorkspace } from '../store/workspaces.ts'
import type { Sessions } from './better-auth.ts'
import { CLI_LOGIN_LIFETIME } from './devices.ts'
import { isId } from './entered.ts'
import type { Outsiders } from './outsiders.ts'
import { findSessionCookie, tokenHash } from './presented.ts'

/** What a request presents. Secrets as they stood in the headers. */
export interface Presented {
  /** The whole cookie header. Without our cookie in it, it counts as absent. */
  cookie?: Secret | undefined
  /** What stands after "Bearer ". */
  bearer?: Secret | undefined
  /** The x-api-key header. */
  apiKey?: Secret | undefined
  /** The cardea-workspace header. */
  workspace?: string | undefined
}

export interface Identified {
  /** `nobody` when nothing was presented. */
  actor: Actor
  /** Values of set-cookie headers to send with the answer: a session that was prolonged. */
  setCookie: readonly Secret[]
}

/** Decides who is asking, from exactly one kind of credential. Looks every one up, so that what was ended is refused at once. */
export type Identify = (presented: Presented) => Promise<Identified>

export interface IdentifyDeps {
  store: Store
  clock: Clock
  log: Logger
  sessions: () => Promise<Sessions>
  outsiders: Outsiders
}

export function createIdentify({ store, clock, log, sessions, outsiders }: IdentifyDeps): Identify {
  /** Notes a use at most once a minute, beside the request: it neither waits for it nor fails with it. */
  const noting = new Set<string>()
  const noteUse = (id: string, lastUsedAt: number | null, note: (now: number) => Promise<void>) => {
    const now = clock.now()
    if (noting.has(id) || (lastUsedAt !== null && now - lastUsedAt < MINUTE)) return
    noting.add(id)
    note(now)
      .catch((error: unknown) => log.warn('the last use was not noted', { id, error }))
      .finally(() => noting.delete(id))
  }

  const byApiKey = async (apiKey: Secret, workspace: string | undefined): Promise<Key> => {
    const presentedHash = tokenHash('key', apiKey)
    if (!presentedHash) throw new Problem('auth.rejected')
    const key = await store.within({ presentedHash }, (db) => findApiKeyByToken(db, presentedHash))
    if (!key || key.revoked_at !== null || (key.expires_at !== null && key.expires_at <= clock.now())) {
      throw new Problem('auth.rejected')
    }
    const { id, workspace_id: workspaceId, role, permissions, skill_id: skillId } = key
    refuseOther(workspaceId, workspace)
    noteUse(id, key.last_used_at, (now) => store.within({ workspaceId }, (db) => touchApiKey(db, workspaceId, id, now)))
    const narrower = { ...(permissions ? { permissions } : {}), ...(skillId === null ? {} : { skillId }) }
    return { kind: 'key', keyId: id, workspaceId, role, ...narrower }
  }

  const byCliLogin = async (presentedHash: string): Promise<{ userId: string; loginId: string }> => {
    const login = await store.within({}, (db) => findCliLoginByToken(db, presentedHash, clock.now()))
    if (!login) throw new Problem('auth.rejected')
    noteUse(login.id, login.last_used_at, (now) =>
      store.within({}, (db) => touchCliLogin(db, login.id, now, now + CLI_LOGIN_LIFETIME)),
    )
    return { userId: login.user_id, loginId: login.id }
  }

  const byToken = async (bearer: Secret, workspace: string | undefined): Promise<Actor> => {
    const cliHash = tokenHash('cli', bearer)
    if (cliHash) return inWorkspace(await byCliLogin(cliHash), workspace)
    const outsider = await outsiders.read(bearer)
    refuseOther(outsider.workspaceId, workspace)
    const { workspaceId } = outsider
    if (!(await store.within({ workspaceId }, (db) => findWorkspace(db, workspaceId)))) {
      throw new Problem('auth.rejected')
    }
    return outsider
  }

  /** The person, in the workspace that the request names or in the only one they are in. */
  const inWorkspace = async (login: { userId: string; loginId: string }, workspace?: string): Promise<Person> => {
    const { userId, loginId } = login
    if (workspace !== undefined && !isId(workspace)) throw new Problem('workspace.not_found')
    const { memberships, operator } = await store.within({ userId }, async (db) => ({
      memberships: await findMemberships(db, userId, workspace, 2),
      operator: await isOperator(db, userId),
    }))
    const person: Person = { kind: 'person', userId, loginId, operator }
    const [only, another] = memberships
    if (workspace !== undefined && !only) throw new Problem('workspace.not_found')
    return only && !another ? { ...person, workspaceId: only.workspace_id, role: only.role } : person
  }

  return async ({ cookie, bearer, apiKey, workspace }) => {
    const session = cookie && findSessionCookie(cookie)
    const given = [session, bearer, apiKey].filter((credential) => credential !== undefined)
    if (given.length === 0) return { actor: nobody, setCookie: [] }
    if (given.length > 1) throw new Problem('auth.ambiguous')
    if (apiKey) return { actor: await byApiKey(apiKey, workspace), setCookie: [] }
    if (bearer) return { actor: await byToken(bearer, workspace), setCookie: [] }
    const auth = await sessions()
    const found = await store.within({}, (db) => auth.find(db, session!))
    if (!found) throw new Problem('auth.rejected')
    return { actor: await inWorkspace(found, workspace), setCookie: found.setCookie }
  }
}

/** A key or a token is of one workspace; a request that names another is mistaken. */
function refuseOther(own: string, asked: string | undefined): void {
  if (asked !== undefined && asked !== own) throw new Problem('workspace.not_found')
}
