import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { changeConnection, findConnection, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { createdNow } from './begin.ts'
import type { House } from './house.ts'
import { nextCheckAt, spreadOf } from './state.ts'

/** Connections whose credential is in the vault, and which are to be used by nobody until their product says whose they are. */
export interface Held {
  /** In the transaction that redeems the code: from now on it is a connection like any other. */
  release(db: Db, caller: Caller, workspaceId: string, id: string): Promise<ConnectionRow>
  /** Destroys what was entered, at once where the vault answers, otherwise with the next round of housekeeping. */
  discard(workspaceId: string, id: string): Promise<void>
}

/** The version that a credential has while its connection is held: the first, which no row names. */
const FIRST = 1

export function createHeld({ store, clock, log, keep, settle, revocations }: House): Held {
  return {
    release: async (db, caller, workspaceId, id) => {
      const before = await lockConnection(db, workspaceId, id)
      // Whoever owns it may have entered another credential meanwhile, or deleted it.
      if (before?.credential_version !== 0 || before.credential_versions !== FIRST) {
        throw new Problem('connection.changed_meanwhile')
      }
      const now = clock.now()
      const change = { credential_version: FIRST, connected_at: now, updated_at: now, purge_at: null }
      const next = nextCheckAt({ ...before, ...change }, now, spreadOf(id))
      const { provider, method, visibility } = before
      const told = createdNow(caller, { provider, method, visibility, tested: before.checked_at !== null })
      return settle(db, before, { ...change, next_check_at: next }, told)
    },

    discard: async (workspaceId, id) => {
      const held = await store.within({ workspaceId }, async (db) => {
        const row = await findConnection(db, workspaceId, id)
        if (row?.credential_version !== 0) return false
        await revocations.begin(db, row, 'discarded')
        await changeConnection(db, row, { purge_at: clock.now() })
        return true
      })
      if (!held) return
      try {
        await revocations.secure({ workspace_id: workspaceId, id })
        await keep.dropAll(workspaceId, id)
      } catch (error) {
        log.warn('a credential that nobody wanted could not be destroyed yet', { connection: id, error })
      }
    },
  }
}
