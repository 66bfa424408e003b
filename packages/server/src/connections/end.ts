import { actorId, type Caller } from '../actor.ts'
import { DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import { bumpWorkspaceEpochs } from '../store/connection-epochs.ts'
import { listToPurge, purgeConnection } from '../store/connection-sweeps.ts'
import { changeConnection, findConnection, listOwnedBy, lockConnection } from '../store/connections.ts'
import { findOtherAdmin } from '../store/members.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { ownerOf, seen, sightOf, workspaceOf } from './access.ts'
import { type Affected, affectedBy, countOnly } from './affected.ts'
import { methodOf } from './credential.ts'
import type { House } from './house.ts'
import { kindOf } from './prepared.ts'

/**
 * Ending a connection: first it stops here and on every server, then its grant is ended at the service, then its credential is
 * destroyed. A tombstone says for a while that it was there.
 */
export interface Ends {
  remove(caller: Caller, id: string, how: { dryRun: boolean }): Promise<Receipt>
  /** In the transaction that removes somebody: private ones end, shared ones are handed to whoever removes them. */
  memberRemoved(db: Db, workspaceId: string, userId: string, caller: Caller): Promise<Offboarded>
  workspaceRemoved(db: Db, workspaceId: string): Promise<{ connections: number }>
  /** Destroys what could not be destroyed at once, and forgets tombstones. Safe on every server at once. */
  prune(now?: number): Promise<{ destroyed: number; purged: number }>
}

export interface Receipt {
  id: string
  dryRun: boolean
  /** `done`: nothing readable is left. `pending`: the vault does not answer, and it is tried again. */
  credential: 'kept' | 'done' | 'pending'
  /** `by_hand`: this service ends a credential of this kind on its own pages only. */
  revocation: 'none' | 'pending' | 'by_hand' | 'not_offered'
  affected: Affected
}

export interface Offboarded {
  deleted: number
  handedOver: number
}

const TOMBSTONE = 30 * DAY
const PAGE = 200

/** Whoever removes somebody; who leaves by themselves is followed by the administrator who has been there longest. */
async function heirOf(db: Db, workspaceId: string, userId: string, caller: Caller) {
  if (actorId(caller.actor) !== userId) return ownerOf(caller)
  const other = await findOtherAdmin(db, workspaceId, userId)
  if (!other) throw new Problem('member.last_admin')
  return { owner_kind: 'person' as const, owner_id: other }
}

export function createEnds(house: House): Ends {
  const { store, clock, log, services, keep, credentials, settle, epochs, grants } = house

  async function bury(
    db: Db,
    row: ConnectionRow,
    caller: Caller,
    detail: Record<string, unknown> = {},
  ): Promise<ConnectionRow> {
    const now = clock.now()
    // Due at once: until the vault has let go of the credential, every round tries.
    return settle(
      db,
      row,
      { deleted_at: now, purge_at: now, next_check_at: null, updated_at: now },
      {
        ends: true,
        events: ['connection.deleted'],
        audit: { event: 'connection.deleted', caller, detail: { provider: row.provider, ...detail } },
      },
    )
  }

  async function destroy(row: Pick<ConnectionRow, 'id' | 'workspace_id'>): Promise<boolean> {
    credentials.forget(row.id)
    try {
      await keep.dropAll(row.workspace_id, row.id)
    } catch (error) {
      log.warn('a credential could not be destroyed yet', { connection: row.id, error })
      return false
    }
    await store.within({ workspaceId: row.workspace_id }, (db) =>
      changeConnection(db, row, { credential_version: 0, purge_at: clock.now() + TOMBSTONE }),
    )
    return true
  }

  async function revoke(row: ConnectionRow): Promise<Receipt['revocation']> {
    const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
    if (kindOf(methodOf(service, row)) !== 'granted') return 'by_hand'
    if (!grants || row.credential_version === 0) return 'none'
    const stored = await keep.get(row.workspace_id, row.id, row.credential_version)
    return grants.revoke({ row, stored })
  }

  return {
    remove: async (caller, id, { dryRun }) => {
      const workspaceId = workspaceOf(caller)
      const { row, affected } = await store.within({ workspaceId }, async (db) => {
        const found = seen(
          caller,
          dryRun ? await findConnection(db, workspaceId, id) : await lockConnection(db, workspaceId, id),
        )
        const all = await affectedBy(db, workspaceId, id)
        const affected = sightOf(caller, found) === 'full' ? all : countOnly(all)
        return { affected, row: dryRun ? found : await bury(db, found, caller, { references: all.count }) }
      })
      if (dryRun) return { id, dryRun, credential: 'kept', revocation: 'none', affected }
      epochs.changed(row.id, row.epoch)
      let revocation: Receipt['revocation'] = 'none'
      try {
        revocation = await revoke(row)
      } catch (error) {
        // It has stopped here; what is left at the service, its own pages end.
        log.warn('the end of a connection could not be told to its service', { connection: id, error })
        revocation = 'by_hand'
      }
      const done = await destroy(row)
      return { id, dryRun, credential: done ? 'done' : 'pending', revocation, affected }
    },

    memberRemoved: async (db, workspaceId, userId, caller) => {
      const report: Offboarded = { deleted: 0, handedOver: 0 }
      const heir = await heirOf(db, workspaceId, userId, caller)
      for (const row of await listOwnedBy(db, workspaceId, userId)) {
        if (row.visibility === 'private') {
          const after = await bury(db, row, caller, { because: 'its owner was removed' })
          // Before the commit: at worst a cache reads anew what has not changed after all.
          epochs.changed(after.id, after.epoch)
          report.deleted++
        } else {
          const audit = {
            event: 'connection.updated' as const,
            caller,
            risk: 'high' as const,
            detail: { fields: ['owner'] },
          }
          const after = await settle(db, row, { ...heir, updated_at: clock.now() }, { ends: true, audit })
          epochs.changed(after.id, after.epoch)
          report.handedOver++
        }
      }
      return report
    },

    workspaceRemoved: async (db, workspaceId) => {
      const ended = await bumpWorkspaceEpochs(db, workspaceId, clock.now())
      for (const { id, epoch } of ended) epochs.changed(id, epoch)
      return { connections: ended.length }
    },

    prune: async (now = clock.now()) => {
      const report = { destroyed: 0, purged: 0 }
      const due = await store.sweep((db) => listToPurge(db, now, PAGE))
      for (const row of due) {
        if (row.credential_version > 0 || row.deleted_at === null) {
          if (row.deleted_at !== null) {
            if (await destroy(row)) report.destroyed++
            continue
          }
          await keep.dropAll(row.workspace_id, row.id)
        }
        await store.within({ workspaceId: row.workspace_id }, (db) => purgeConnection(db, row, now))
        report.purged++
      }
      return report
    },
  }
}
