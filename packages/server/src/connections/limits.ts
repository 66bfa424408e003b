import type { Due, Standing, Timed } from '../policy/policy.ts'
import { type Begun, type BegunPage, listBegun, listEnded } from '../store/connection-limits.ts'
import { type ConnectionChange, lockConnection } from '../store/connections.ts'
import { findMember } from '../store/members.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { House } from './house.ts'
import { type Also, ourselves } from './settle.ts'
import { stateOf } from './state.ts'
import type { EndedBy } from './words-of.ts'

/**
 * What the limits of time do to connections. Whether a time is up is decided anew where it is written down, by the policies and the
 * facts of that moment: what was resumed, used or allowed meanwhile goes on, and several servers do it once.
 */
export interface Limits {
  /** Whose time began in a span, the longest ago first. Reads the index of those for whom it still runs. */
  begun(workspaceId: string, rule: Timed, page: BegunPage): Promise<(Standing & Pick<Begun, 'since'>)[]>
  /** False: its time is not up, or not any more. */
  enforce(workspaceId: string, id: string, rule: Timed): Promise<boolean>
  /** Across workspaces, by id: whose life a policy has ended. */
  ended(after: string, limit: number): Promise<{ workspaceId: string; id: string }[]>
  /** Lets it live on where no policy would end it today. */
  release(workspaceId: string, id: string): Promise<boolean>
}

export function createLimits({ store, clock, settle, epochs, timeUp = async () => undefined }: House): Limits {
  /** Nothing is written where `decide` answers nothing. */
  async function write(
    workspaceId: string,
    id: string,
    decide: (db: Db, row: ConnectionRow) => Promise<{ change: ConnectionChange; also: Also } | undefined>,
  ): Promise<boolean> {
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      const decided = before && (await decide(db, before))
      return decided && settle(db, before, decided.change, { ends: true, ...decided.also })
    })
    if (after) epochs.changed(after.id, after.epoch)
    return after !== undefined
  }

  async function isUp(db: Db, row: ConnectionRow, rule: Timed): Promise<Due | undefined> {
    const role = (await findMember(db, row.workspace_id, row.owner_id))?.role ?? null
    return timeUp(db, row.workspace_id, rule, standingOf({ ...row, role }))
  }

  return {
    begun: async (workspaceId, rule, page) => {
      const column = rule === 'pauseAfterIdleSeconds' ? 'idle_since' : 'connected_at'
      const rows = await store.within({ workspaceId }, (db) => listBegun(db, workspaceId, column, page))
      return rows.map((row) => ({ ...standingOf(row), since: row.since }))
    },

    enforce: (workspaceId, id, rule) =>
      write(workspaceId, id, async (db, row) => {
        const pauses = rule === 'pauseAfterIdleSeconds'
        // What is dead is not used anyway, and whoever mends it should not have to resume it too.
        if (pauses ? stateOf(row, clock.now()).status !== 'active' : row.ended_by !== null) return undefined
        const due = await isUp(db, row, rule)
        if (!due) return undefined
        const { policyId, policy, sentence } = due
        const by = JSON.stringify({ policyId, policy, sentence } satisfies EndedBy)
        const audit = {
          event: 'connection.updated' as const,
          caller: ourselves(),
          detail: { fields: ['status'], policyId, policy, rule },
        }
        if (!pauses) return { change: { ended_by: by }, also: { audit } }
        const change = { paused_at: clock.now(), paused_by: by, next_check_at: null }
        return { change, also: { audit, events: ['connection.paused'] } }
      }),

    ended: async (after, limit) => {
      const rows = await store.sweep((db) => listEnded(db, after, limit))
      return rows.map(({ workspace_id: workspaceId, id }) => ({ workspaceId, id }))
    },

    release: (workspaceId, id) =>
      write(workspaceId, id, async (db, row) => {
        if (row.ended_by === null || (await isUp(db, row, 'reauthorizeAfterSeconds'))) return undefined
        const detail = { fields: ['status'], because: 'no policy ends it any more' }
        const audit = { event: 'connection.updated' as const, caller: ourselves(), detail }
        return { change: { ended_by: null }, also: { audit } }
      }),
  }
}

function standingOf(row: Omit<Begun, 'since'>): Standing {
  return {
    id: row.id,
    service: row.provider,
    method: row.method,
    owner: row.owner_id,
    role: row.role,
    connectedAt: row.connected_at,
    lastUsedAt: row.last_used_at,
    changedAt: row.updated_at,
  }
}
