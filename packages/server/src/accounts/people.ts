import type { Caller, Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { listCliLogins } from '../store/cli-logins.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import {
  findUser,
  findUserByEmail,
  findUserWithPassword,
  listSessions,
  lockPassword,
  replacePassword,
  type UserRecord,
} from '../store/users.ts'
import { getWorkspace, listWorkspacesOf } from '../store/workspaces.ts'
import type { Attempts } from './attempts.ts'
import { type AuditPort, asPerson } from './audit-port.ts'
import type { Sessions } from './better-auth.ts'
import { endLogin, endOtherLogins } from './end-logins.ts'
import { findEmail, newPassword, readClient, readPassword } from './entered.ts'
import { personOf } from './grants.ts'

export type PersonRecord = UserRecord

export interface SignedIn {
  person: PersonRecord
  /** Values of set-cookie headers; there may be several. */
  setCookie: readonly Secret[]
}

export interface Membership {
  workspaceId: string
  name: string
  role: Role
}

export interface Me {
  /** Present for persons only. */
  person?: PersonRecord
  workspaces: Membership[]
}

export interface Login {
  id: string
  kind: 'browser' | 'cli'
  /** The browser's user agent, or the name the command line gave itself. */
  client: string
  ip?: string
  createdAt: number
  lastUsedAt: number
  expiresAt: number
  /** Whether this very request came with it. */
  current: boolean
}

export interface People {
  signIn(caller: Caller, input: { email: string; password: Secret; userAgent?: string | undefined }): Promise<SignedIn>
  /** Ends the login the caller came with. */
  signOut(caller: Caller): Promise<{ setCookie: readonly Secret[] }>
  /** For any actor but nobody. */
  me(caller: Caller): Promise<Me>
  logins(caller: Caller): Promise<Login[]>
  endLogin(caller: Caller, loginId: string): Promise<void>
  endOtherLogins(caller: Caller): Promise<{ ended: number }>
  /** Ends every other login: whoever knew the old password is out. */
  changePassword(caller: Caller, input: { current: Secret; next: Secret }): Promise<void>
}

export interface PeopleDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  attempts: Attempts
  sessions: () => Promise<Sessions>
}

const MOST_MEMBERSHIPS = 1000

export function createPeople(deps: PeopleDeps): People {
  const { store, clock, audit, attempts, sessions } = deps

  const refuse = async (caller: Caller, subject: string | undefined): Promise<never> => {
    const entry = {
      event: 'session.refused',
      workspaceId: DEPLOYMENT,
      caller,
      ...(subject ? { subject } : {}),
    } as const
    await store.within({}, (db) => audit.record(db, entry))
    throw new Problem('auth.wrong_password')
  }

  return {
    signIn: async (caller, input) => {
      const email = findEmail(input.email)
      const attempt = await attempts.claim('sign-in', { subject: email ?? input.email, ip: caller.ip })
      const auth = await sessions()
      const user = email === undefined ? undefined : await store.within({}, (db) => findUserByEmail(db, email))
      const { text, tooWeak } = readPassword(input.password)
      // The same work whether the person exists or not, so that the time of the answer does not say which.
      const hash = user?.passwordHash && !tooWeak ? user.passwordHash : undefined
      const right = await auth.verifyPassword(text, hash)
      if (!user || !right || hash === undefined) return refuse(caller, user?.id)

      const started = await store.within({}, async (db) => {
        if (!(await lockPassword(db, user.id, hash))) return undefined
        await attempt.succeeded(db)
        return startSession(db, audit, auth, caller, user.id, input.userAgent)
      })
      if (!started) return refuse(caller, user.id)
      return { person: { id: user.id, name: user.name, email: user.email }, setCookie: started.setCookie }
    },

    signOut: async (caller) => {
      const { userId, loginId } = personOf(caller)
      await store.within({}, async (db) => {
        if (await endLogin(db, userId, loginId)) await recordEnd(db, audit, caller, [loginId])
      })
      return { setCookie: isBrowserSession(loginId) ? await (await sessions()).forget() : [] }
    },

    me: async (caller) => {
      const { actor } = caller
      if (actor.kind === 'nobody') throw new Problem('auth.required')
      if (actor.kind === 'person') {
        return store.within({ userId: actor.userId }, async (db) => {
          const person = await findUser(db, actor.userId)
          if (!person) throw new Problem('auth.rejected')
          const { items } = await listWorkspacesOf(db, actor.userId, { limit: MOST_MEMBERSHIPS })
          return { person, workspaces: items.map(({ id, name, role }) => ({ workspaceId: id, name, role })) }
        })
      }
      if (actor.kind !== 'key' && actor.kind !== 'outsider') return { workspaces: [] }
      const { workspaceId, role } = actor
      const { name } = await store.within({ workspaceId }, (db) => getWorkspace(db, workspaceId))
      return { workspaces: [{ workspaceId, name, role }] }
    },

    logins: async (caller) => {
      const { userId, loginId } = personOf(caller)
      const now = clock.now()
      const [browser, cli] = await store.within({}, async (db) => [
        await listSessions(db, userId, now),
        await listCliLogins(db, userId, now),
      ])
      const logins: Login[] = [
        ...browser.map(({ id, userAgent, ip, createdAt, updatedAt, expiresAt }) => ({
          id,
          kind: 'browser' as const,
          client: userAgent,
          ip,
          createdAt,
          lastUsedAt: updatedAt,
          expiresAt,
          current: id === loginId,
        })),
        ...cli.map((login) => ({
          id: login.id,
          kind: 'cli' as const,
          client: login.client,
          createdAt: login.created_at,
          lastUsedAt: login.last_used_at,
          expiresAt: login.expires_at,
          current: login.id === loginId,
        })),
      ]
      return logins.sort((a, b) => b.lastUsedAt - a.lastUsedAt || (a.id < b.id ? -1 : 1))
    },

    endLogin: async (caller, loginId) => {
      const { userId } = personOf(caller)
      await store.within({}, async (db) => {
        if (!(await endLogin(db, userId, loginId))) throw new Problem('login.not_found')
        await recordEnd(db, audit, caller, [loginId])
      })
    },

    endOtherLogins: async (caller) => {
      const { userId, loginId } = personOf(caller)
      const ended = await store.within({}, async (db) => {
        const ids = await endOtherLogins(db, userId, loginId)
        if (ids.length > 0) await recordEnd(db, audit, caller, ids)
        return ids
      })
      return { ended: ended.length }
    },

    changePassword: async (caller, input) => {
      const { userId, loginId } = personOf(caller)
      const next = newPassword(input.next)
      const auth = await sessions()
      const user = await store.within({}, (db) => findUserWithPassword(db, userId))
      if (!user) throw new Problem('auth.rejected')
      // A stolen session must not become a place to guess the password at.
      const attempt = await attempts.claim('sign-in', { subject: user.email, ip: caller.ip })
      const from = user.passwordHash ?? undefined
      const right = await auth.verifyPassword(readPassword(input.current).text, from)
      if (!right || from === undefined) return refuse(caller, userId)
      const to = await auth.hashPassword(next)
      await store.within({}, async (db) => {
        const replaced = await replacePassword(db, userId, { from, to, now: clock.now() })
        if (!replaced) throw new Problem('auth.wrong_password')
        const ended = await endOtherLogins(db, userId, loginId)
        await attempt.succeeded(db)
        await audit.record(db, {
          event: 'password.changed',
          workspaceId: DEPLOYMENT,
          caller,
          subject: userId,
          risk: 'high',
          detail: { endedLogins: ended.length },
        })
      })
    },
  }
}

/** Starts a browser session and records it: the last change of the caller's transaction. */
export async function startSession(
  db: Db,
  audit: AuditPort,
  auth: Sessions,
  caller: Caller,
  userId: string,
  userAgent: string | undefined,
): Promise<{ setCookie: readonly Secret[]; as: Caller }> {
  const { loginId, setCookie } = await auth.start(db, { userId, ip: caller.ip, userAgent: readClient(userAgent) })
  const as = asPerson(caller, userId, loginId)
  await audit.record(db, {
    event: 'session.started',
    workspaceId: DEPLOYMENT,
    caller: as,
    subject: loginId,
    detail: { kind: 'browser' },
  })
  return { setCookie, as }
}

export function isBrowserSession(loginId: string): boolean {
  return loginId.startsWith('ses_')
}

async function recordEnd(db: Db, audit: AuditPort, caller: Caller, loginIds: readonly string[]): Promise<void> {
  for (const subject of loginIds) {
    const event = isBrowserSession(subject) ? 'session.ended' : 'login.ended'
    await audit.record(db, { event, workspaceId: DEPLOYMENT, caller, subject })
  }
}
