import { actorId, type Caller } from '../actor.ts'
import { DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import { bumpWorkspaceEpochs } from '../store/connection-epochs.ts'
import { listToPurge, purgeConnection } from '../store/connection-sweeps.ts'
import { changeConnection, findConnection, listOwnedBy, lockConnection } from '../store/connections.ts'
import { findOtherAdmin } from '../store/members.ts'
import type { ConnectionRow, RevocationRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { ownerOf, seen, sightOf, workspaceOf } from './access.ts'
import { type Affected, affectedBy, countOnly } from './affected.ts'
import type { House } from './house.ts'
import type { Revocation } from './revocation-words.ts'

/**
 * Ending a connection: first it stops here and on every server, then its grant is ended at the service, then its credential is
 * destroyed. A tombstone says for a while that it was there.
 */
export interface Ends {
  /** `leavesGrant`: what was not taken over is somebody else's to end. */
  remove(caller: Caller, id: string, how: { dryRun: boolean; leavesGrant?: boolean }): Promise<Receipt>
  /** In the transaction that removes somebody: private ones end, shared ones are handed to whoever removes them. */
  memberRemoved(db: Db, workspaceId: string, userId: string, caller: Caller): Promise<Offboarded>
  /** The same of a key: nobody else could ever use what was its own. */
  keyRevoked(db: Db, workspaceId: string, keyId: string, caller: Caller): Promise<Offboarded>
  workspaceRemoved(db: Db, workspaceId: string): Promise<{ connections: number }>
  /** Destroys what could not be destroyed at once, and forgets tombstones. Safe on every server at once. */
  prune(now?: number): Promise<{ destroyed: number; purged: number }>
}

export interface Receipt {
  id: string
  dryRun: boolean
  /** `done`: nothing readable is left. `pending`: the vault does not answer, and it is tried again. */
  credential: 'kept' | 'done' | 'pending'
  /** What becomes of what was granted at the service; of a dry run, what would. */
  revocation: Revocation
  affected: Affected
}

export interface Offboarded {
  deleted: number
  handedOver: number
}

const TOMBSTONE = 30 * DAY
const PAGE = 200
const NOTHING: Revocation = { state: 'none', sentence: 'Nothing was granted that could be ended.', where: null }

/** Whoever removes an owner; one who leaves by themselves is followed by the administrator who has been there longest. */
async function heirOf(db: Db, workspaceId: string, ownerId: string, caller: Caller) {
  if (actorId(caller.actor) !== ownerId) return ownerOf(caller)
  const other = await findOtherAdmin(db, workspaceId, ownerId)
  if (other) return { owner_kind: 'person' as const, owner_id: other }
  if (caller.actor.kind === 'person') throw new Problem('member.last_admin')
  // A key in a workspace that nobody has joined: whoever owns the data folder made both.
  return { owner_kind: 'operator' as const, owner_id: actorId({ kind: 'operator' }) }
}

export function createEnds(house: House): Ends {
  const { store, clock, log, keep, credentials, settle, epochs, revocations } = house

  async function bury(
    db: Db,
    row: ConnectionRow,
    caller: Caller,
    detail: Record<string, unknown>,
    /** Why its grant ends at the service too; undefined leaves it alone there. */
    ends: RevocationRow['because'] | undefined,
  ): Promise<ConnectionRow> {
    const now = clock.now()
    if (ends) await revocations.begin(db, row, ends)
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
      await revocations.secure(row)
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

  async function foreseen(row: ConnectionRow): Promise<Revocation> {
    if (row.credential_versions === 0) return NOTHING
    try {
      return await revocations.foresee(row)
    } catch (error) {
      // It stops here all the same; what is left at the service, its own pages end.
      log.warn('the end of a connection cannot be told to its service', { connection: row.id, error })
      return { ...NOTHING, state: 'by_hand', sentence: 'What is left of it at the service has to be ended there.' }
    }
  }

  /** Begun and never finished, or held and not wanted: what the service has given for it is of no use to anybody. */
  async function discard({ workspace_id: workspaceId, id }: Pick<ConnectionRow, 'id' | 'workspace_id'>): Promise<void> {
    await store.within({ workspaceId }, async (db) => {
      const row = await lockConnection(db, workspaceId, id)
      if (row) await revocations.begin(db, row, 'discarded')
    })
    await revocations.secure({ workspace_id: workspaceId, id })
    await keep.dropAll(workspaceId, id)
  }

  async function offboard(
    db: Db,
    workspaceId: string,
    ownerId: string,
    caller: Caller,
    because: string,
  ): Promise<Offboarded> {
    const report: Offboarded = { deleted: 0, handedOver: 0 }
    const heir = await heirOf(db, workspaceId, ownerId, caller)
    for (const row of await listOwnedBy(db, workspaceId, ownerId)) {
      if (row.visibility === 'private') {
        const after = await bury(db, row, caller, { because }, 'member_removed')
        // Before the commit: at worst a cache reads anew what has not changed after all.
        epochs.changed(after.id, after.epoch)
        report.deleted++
      } else {
        const audit = {
          event: 'connection.updated' as const,
          caller,
          risk: 'high' as const,
          detail: { fields: ['owner'], because },
        }
        const after = await settle(db, row, { ...heir, updated_at: clock.now() }, { ends: true, audit })
        epochs.changed(after.id, after.epoch)
        report.handedOver++
      }
    }
    return report
  }

  return {
    remove: async (caller, id, { dryRun, leavesGrant = false }) => {
      const workspaceId = workspaceOf(caller)
      const ends = leavesGrant ? undefined : ('deleted' as const)
      const { row, affected } = await store.within({ workspaceId }, async (db) => {
        const found = seen(
          caller,
          dryRun ? await findConnection(db, workspaceId, id) : await lockConnection(db, workspaceId, id),
        )
        const all = await affectedBy(db, workspaceId, id)
        const affected = sightOf(caller, found) === 'full' ? all : countOnly(all)
        return { affected, row: dryRun ? found : await bury(db, found, caller, { references: all.count }, ends) }
      })
      if (!dryRun) epochs.changed(row.id, row.epoch)
      const revocation = ends ? await foreseen(row) : NOTHING
      if (dryRun) return { id, dryRun, credential: 'kept', revocation, affected }
      const done = await destroy(row)
      return { id, dryRun, credential: done ? 'done' : 'pending', revocation, affected }
    },

    memberRemoved: (db, workspaceId, userId, caller) =>
      offboard(db, workspaceId, userId, caller, 'its owner was removed'),
    keyRevoked: (db, workspaceId, keyId, caller) => offboard(db, workspaceId, keyId, caller, 'its key was revoked'),

    workspaceRemoved: async (db, workspaceId) => {
      const ended = await bumpWorkspaceEpochs(db, workspaceId, clock.now())
      for (const { id, epoch } of ended) epochs.changed(id, epoch)
      await revocations.left(db, workspaceId)
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
          await discard(row)
        }
        await store.within({ workspaceId: row.workspace_id }, (db) => purgeConnection(db, row, now))
        report.purged++
      }
      await revocations.prune(now)
      return report
    },
  }
}
