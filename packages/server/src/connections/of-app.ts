import type { Caller } from '../actor.ts'
import {
  countConnectionsByWorkspace,
  countConnectionsOfApp,
  listConnectionsOfApp,
  lockConnectionsOfApp,
} from '../store/connections-of-app.ts'
import type { Db } from '../store/store.ts'
import { sightOf } from './access.ts'
import type { House } from './house.ts'

/** The connections that one OAuth app minted: who they are, and their end when the app becomes another or goes. */
export interface OfApp {
  /** Those that live by it still. What is private to somebody else is told without its name. */
  list(db: Db, caller: Caller, workspaceId: string, appId: string): Promise<MintedBy>
  /** In the transaction that re-points or removes it: they need their owners again. Answers how many. */
  end(
    db: Db,
    workspaceId: string,
    appId: string,
    how: { caller: Caller; why: 'app_replaced' | 'app_removed' },
  ): Promise<number>
  byWorkspace(db: Db, appId: string): Promise<{ workspaceId: string; connections: number }[]>
}

export interface MintedBy {
  count: number
  connections: { id: string; name: string | null; owner: { kind: string; id: string } }[]
  workspaces: number
}

const SHOWN = 200

export function createOfApp({ clock, settle, epochs, credentials }: House): OfApp {
  return {
    list: async (db, caller, workspaceId, appId) => {
      const count = await countConnectionsOfApp(db, workspaceId, appId)
      const rows = count === 0 ? [] : await listConnectionsOfApp(db, workspaceId, appId, SHOWN)
      const connections = rows.map((row) => ({
        id: row.id,
        name: sightOf(caller, row) === 'full' ? row.name : null,
        owner: { kind: row.owner_kind, id: row.owner_id },
      }))
      return { count, connections, workspaces: count === 0 ? 0 : 1 }
    },

    end: async (db, workspaceId, appId, { caller, why }) => {
      // All are locked before the first record is written: nobody waits for each other in a ring.
      const rows = await lockConnectionsOfApp(db, workspaceId, appId)
      const now = clock.now()
      for (const row of rows) {
        const change = { verdict: 'ended', verdict_at: now, trouble: why, trouble_since: null } as const
        const audit = {
          event: 'connection.updated' as const,
          caller,
          risk: 'high' as const,
          detail: { fields: ['status'], because: why, app: appId },
        }
        const after = await settle(db, row, { ...change, attempts: 0, next_check_at: null }, { ends: true, audit })
        credentials.forget(row.id)
        // Before the commit: at worst a cache reads anew what has not changed after all.
        epochs.changed(after.id, after.epoch)
      }
      return rows.length
    },

    byWorkspace: (db, appId) => countConnectionsByWorkspace(db, appId),
  }
}
