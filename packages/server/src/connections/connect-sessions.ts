import type { Caller } from '../actor.ts'
import { DAY } from '../clock.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import {
  cancelConnectSession,
  createConnectSession,
  deleteConnectSessionsExpiredBefore,
  findConnectSession,
  redeemCompletionCode,
} from '../store/connect-sessions.ts'
import type { ConnectionRow, ConnectSessionRow } from '../store/schema.ts'
import { workspaceOf } from './access.ts'
import type { PageSteps } from './authorize/authorize.ts'
import { isCreator } from './connect-actors.ts'
import { type NewConnectSession, readNewSession } from './connect-input.ts'
import { presentedHash } from './connect-tokens.ts'
import { type ConnectVisits, createVisits } from './connect-visits.ts'
import type { Create } from './create.ts'
import type { House } from './house.ts'
import type { Held } from './release.ts'

/**
 * Links by which somebody connects an account on a page of ours. Promises: a link for a member completes in that member's own session; what
 * a product's user entered is used by nobody until the product, which knows who is signed in, redeems the code that came back through that
 * user's browser. So whoever is sent a link that somebody else made gives them nothing. Refuses a second browser, and a second use.
 */
export interface ConnectSessions {
  /** The only moment at which the link is shown. */
  create(caller: Caller, input: NewConnectSession): Promise<{ session: ConnectSession; token: Secret }>
  /** For whoever made it; for others it does not exist. */
  get(caller: Caller, id: string): Promise<ConnectSession>
  /** Ends it; what was entered and not completed is destroyed. */
  cancel(caller: Caller, id: string): Promise<void>
  /** `endUser`: who is signed in at the product now, in the browser that brought the code. */
  complete(
    caller: Caller,
    id: string,
    given: { code: Secret; endUser: string },
  ): Promise<{ session: ConnectSession; row: ConnectionRow }>
  visits: ConnectVisits
  prune(now?: number): Promise<{ deleted: number }>
}

export interface ConnectSession {
  id: string
  memberId: string | null
  endUser: string | null
  services: string[] | null
  product: string | null
  skills: string[]
  visibility: ConnectSessionRow['visibility']
  returnTo: { address: string; by: 'redirect' | 'message' } | null
  state: ConnectSessionRow['state'] | 'expired'
  /** When it is completed. */
  connectionId: string | null
  createdAt: number
  openedAt: number | null
  finishedAt: number | null
  expiresAt: number
}

export function createConnectSessions(
  house: House,
  parts: { create: Create; held: Held; steps: PageSteps },
): ConnectSessions {
  const { store, clock, audit, epochs } = house
  const { held } = parts
  const shown = (row: ConnectSessionRow) => present(row, clock.now())

  async function ofCaller(caller: Caller, id: string): Promise<ConnectSessionRow> {
    const workspaceId = workspaceOf(caller)
    const row = await store.within({ workspaceId }, (db) => findConnectSession(db, workspaceId, id))
    if (!row || !isCreator(caller, row)) throw new Problem('connect.not_found')
    return row
  }

  return {
    create: async (caller, input) => {
      const draft = await readNewSession(house, caller, input)
      const { token, hash } = mintToken('connect')
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, async (db) => {
        const row: ConnectSessionRow = { ...(await draft(db)), token_hash: hash }
        await createConnectSession(db, row)
        const whom = row.member_id ? { member: row.member_id } : { endUser: row.end_user }
        await audit.record(db, { event: 'connect_session.created', workspaceId, caller, subject: row.id, detail: whom })
        return { session: shown(row), token }
      })
    },

    get: async (caller, id) => shown(await ofCaller(caller, id)),

    cancel: async (caller, id) => {
      const row = await ofCaller(caller, id)
      const { workspace_id: workspaceId } = row
      const cancelled = await store.within({ workspaceId }, async (db) => {
        const after = await cancelConnectSession(db, row, clock.now())
        if (after) await audit.record(db, { event: 'connect_session.cancelled', workspaceId, caller, subject: id })
        return after
      })
      if (cancelled?.connection_id) await held.discard(workspaceId, cancelled.connection_id)
    },

    complete: async (caller, id, { code, endUser }) => {
      const row = await ofCaller(caller, id)
      const codeHash = presentedHash('done', code)
      if (!codeHash || row.end_user === null) throw new Problem('connect.code_wrong')
      const workspaceId = row.workspace_id
      // Somebody else is signed in where the code came out: they were sent a link that was not theirs. Nothing of it may remain.
      const state = endUser === row.end_user ? 'completed' : 'refused'
      const done = await store.within({ workspaceId }, async (db) => {
        const after = await redeemCompletionCode(db, row, { codeHash, state, now: clock.now() })
        if (!after?.connection_id) throw new Problem('connect.code_wrong')
        const connection =
          state === 'completed' ? await held.release(db, caller, workspaceId, after.connection_id) : undefined
        const detail = { endUser: row.end_user }
        await audit.record(db, { event: `connect_session.${state}`, workspaceId, caller, subject: id, detail })
        return { after, connection }
      })
      if (!done.connection) {
        await held.discard(workspaceId, done.after.connection_id!)
        throw new Problem('connect.other_user')
      }
      epochs.changed(done.connection.id, done.connection.epoch)
      return { session: shown(done.after), row: done.connection }
    },

    visits: createVisits(house, parts),

    prune: async (now = clock.now()) => ({
      deleted: await store.sweep((db) => deleteConnectSessionsExpiredBefore(db, now - DAY)),
    }),
  }
}

function present(row: ConnectSessionRow, now: number): ConnectSession {
  const isOver = row.expires_at <= now && (row.state === 'open' || row.state === 'entered')
  return {
    id: row.id,
    memberId: row.member_id,
    endUser: row.end_user,
    services: row.services === null ? null : (JSON.parse(row.services) as string[]),
    product: row.product,
    skills: JSON.parse(row.skills) as string[],
    visibility: row.visibility,
    returnTo: row.return_address === null ? null : { address: row.return_address, by: row.return_by ?? 'redirect' },
    state: isOver ? 'expired' : row.state,
    connectionId: row.state === 'completed' ? row.connection_id : null,
    createdAt: row.created_at,
    openedAt: row.opened_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
  }
}
