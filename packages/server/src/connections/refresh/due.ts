import { type Clock, MINUTE } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import {
  changeGrant,
  claimDueGrants,
  type DueGrant,
  findGrant,
  listUntidyGrants,
} from '../../store/connection-grants.ts'
import { findConnection, lockConnection } from '../../store/connections.ts'
import type { ConnectionRow } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Keep } from '../keep.ts'
import { spreadOf } from '../state.ts'
import { READERS, tidyAt } from './granted.ts'
import type { GrantParties } from './party.ts'
import type { Renewals } from './renew.ts'
import { nextRenewal } from './schedule.ts'

/** A page of what is due is taken for so long: a server that dies gives it back. */
const LEASE = 2 * MINUTE

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

  async function one({ workspace_id: workspaceId, connection_id: connectionId }: DueGrant): Promise<void> {
    const found = await store.within({ workspaceId }, async (db) => ({
      row: await findConnection(db, workspaceId, connectionId),
      grant: await findGrant(db, workspaceId, connectionId),
    }))
    const { row, grant } = found
    if (!grant) return
    // Deleted: its tombstone needs nothing.
    if (!row) return forget({ workspace_id: workspaceId, id: connectionId })
    const now = clock.now()
    const words = await parties.words(row)
    // Held for somebody who has not said yet that it is theirs: nothing names it, and its time comes when they do.
    if (row.credential_version === 0) return postpone(row, now + 10 * MINUTE)
    const due =
      row.verdict === 'ended' ? null : nextRenewal({ grant, connection: row, words, now, spread: spreadOf(row.id) })
    // What nobody has used for long, or was paused, needs less.
    if (due === null || (due > now && grant.failures === 0 && grant.presenting === null)) {
      return postpone(row, due)
    }
    try {
      // The lease stands where the time to try again stood.
      await renewals.renew({ workspaceId, connectionId }, row.credential_version, { eager: true })
    } catch (error) {
      // What came of it stands in the row.
      if (!(error instanceof Problem)) throw error
    }
  }

  async function forget(of: Pick<ConnectionRow, 'workspace_id' | 'id'>): Promise<void> {
    await store.within({ workspaceId: of.workspace_id }, (db) => changeGrant(db, of, { due_at: null }))
  }

  async function postpone(row: ConnectionRow, due_at: number | null): Promise<void> {
    const { workspace_id: workspaceId, id } = row
    await store.within({ workspaceId }, async (db) => {
      const locked = await lockConnection(db, workspaceId, id)
      if (locked?.credential_version === row.credential_version) await changeGrant(db, locked, { due_at })
    })
  }

  return async ({ limit, atOnce, isClosing }) => {
    const now = clock.now()
    const due = await store.sweep((db) => claimDueGrants(db, { now, until: now + LEASE, limit }))
    const rest = due.values()
    await Promise.all(
      Array.from({ length: Math.min(atOnce, due.length) }, async () => {
        for (const grant of rest) {
          if (isClosing()) return
          await one(grant).catch((error: unknown) => {
            log.error('a fault while renewing a credential', { connection: grant.connection_id, error })
          })
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
