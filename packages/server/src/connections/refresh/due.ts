import { type Clock, MINUTE } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import {
  changeGrant,
  claimDueGrants,
  type DueGrant,
  findGrant,
  listUntidyGrants,
  postponeGrants,
} from '../../store/connection-grants.ts'
import { lockConnection } from '../../store/connections.ts'
import type { Store } from '../../store/store.ts'
import type { Keep } from '../keep.ts'
import { spreadOf } from '../state.ts'
import { READERS, tidyAt } from './granted.ts'
import type { GrantParties } from './party.ts'
import type { Renewals } from './renew.ts'
import { nextRenewal } from './schedule.ts'

/** A page of what is due is taken for so long: a server that dies gives it back. */
const LEASE = MINUTE

/** Takes a page of what is due and renews it, so many at once. Answers how many were taken. */
export type RenewDue = (page: { limit: number; atOnce: number; isClosing(): boolean }) => Promise<number>

export function createRenewDue(deps: {
  store: Store
  clock: Clock
  log: Logger
  renewals: Pick<Renewals, 'renew'>
  parties: Pick<GrantParties, 'words'>
}): RenewDue {
  const { store, clock, log, renewals, parties } = deps

  /** When it is to be looked at again; `now` where it is to be renewed. */
  async function judged({ grant, row }: DueGrant): Promise<number | null | 'now'> {
    // Deleted: its tombstone needs nothing.
    if (!row) return null
    const now = clock.now()
    // Held for somebody who has not said yet that it is theirs: nothing names it, and its time comes when they do.
    if (row.credential_version === 0) return now + 10 * MINUTE
    if (row.verdict === 'ended') return null
    const words = await parties.words(row)
    const due = nextRenewal({ grant, connection: row, words, now, spread: spreadOf(row.id) })
    // What nobody has used for long, or was paused, needs less.
    return due === null || (due > now && grant.failures === 0 && grant.presenting === null) ? due : 'now'
  }

  /** Those whose lost answers were waited for: nobody else is held up by them. */
  const waited = new Set<string>()

  async function renewed({ grant, row }: DueGrant): Promise<void> {
    const { workspace_id: workspaceId, connection_id: connectionId } = grant
    try {
      // The lease stands where the time to try again stood.
      const how = { eager: true, passing: true, waited: waited.delete(connectionId) }
      await renewals.renew({ workspaceId, connectionId }, row!.credential_version, how)
    } catch (error) {
      const again = error instanceof Problem && error.code === 'connection.renewal_slow' && error.values.comeBackAt
      if (typeof again === 'number') {
        waited.add(connectionId)
        await store.sweep((db) => postponeGrants(db, [{ grant, due_at: Math.ceil(again) }]))
      }
      // What came of it stands in the row.
      if (error instanceof Problem) return
      log.error('a fault while renewing a credential', { connection: connectionId, error })
    }
  }

  return async ({ limit, atOnce, isClosing }) => {
    const now = clock.now()
    const due = await store.sweep((db) => claimDueGrants(db, { now, until: now + LEASE, limit }))
    const wanted: DueGrant[] = []
    const later: { grant: DueGrant['grant']; due_at: number | null }[] = []
    for (const each of due) {
      try {
        const at = await judged(each)
        if (at === 'now') wanted.push(each)
        else later.push({ grant: each.grant, due_at: at })
      } catch (error) {
        log.error('a fault while renewing a credential', { connection: each.grant.connection_id, error })
      }
    }
    if (later.length > 0) await store.sweep((db) => postponeGrants(db, later))
    const rest = wanted.values()
    await Promise.all(
      Array.from({ length: Math.min(atOnce, wanted.length) }, async () => {
        for (const each of rest) {
          if (isClosing()) return
          await renewed(each)
        }
      }),
    )
    return due.length
  }
}

const PAGE = 200

/** What is no longer needed is destroyed: first in the vault, then the row forgets it, so that a crash between only does it twice. */
export function createTidy({ store, clock, keep }: { store: Store; clock: Clock; keep: Keep }) {
  return async (): Promise<{ destroyed: number }> => {
    let destroyed = 0
    const now = clock.now()
    const untidy = await store.sweep((db) => listUntidyGrants(db, now, PAGE))
    for (const grant of untidy) {
      const { workspace_id: workspaceId, connection_id: id, credential_version: version, stale_from } = grant
      const staleIsOver = stale_from !== null && (grant.stale_at ?? 0) + READERS <= now
      const accessIsOver =
        grant.has_access === 1 && grant.access_expires_at !== null && grant.access_expires_at + READERS <= now
      if (staleIsOver) await keep.drop(workspaceId, id, stale_from, version)
      if (accessIsOver) await keep.dropAccess(workspaceId, id, version)
      await store.within({ workspaceId }, async (db) => {
        const row = await lockConnection(db, workspaceId, id)
        const current = row && (await findGrant(db, workspaceId, id))
        // Deleted: the vault lets go of all that it had.
        if (!row) return changeGrant(db, { workspace_id: workspaceId, id }, { tidy_at: null })
        // Renewed meanwhile: the next round sees to what that left.
        if (row.credential_version !== version || !current) return
        const left = {
          ...current,
          ...(staleIsOver ? { stale_from: null, stale_at: null } : {}),
          ...(accessIsOver ? { has_access: 0 } : {}),
        }
        const { stale_from: from, stale_at, has_access } = left
        await changeGrant(db, row, { stale_from: from, stale_at, has_access, tidy_at: tidyAt(left) })
      })
      destroyed += Number(staleIsOver) + Number(accessIsOver)
    }
    return { destroyed }
  }
}
