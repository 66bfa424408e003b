import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { ConnectionRow } from './schema.ts'

/** What is done to connections of every workspace in turn: due checks, and the ends of what was deleted. */
export type ConnectionName = Pick<ConnectionRow, 'id' | 'workspace_id'>

/** Claims what is due, so that no other server takes it before `until`. Reads the index of what is due and nothing else. */
export async function claimDueConnections(
  db: Db,
  { now, until, limit }: { now: number; until: number; limit: number },
): Promise<(ConnectionName & Pick<ConnectionRow, 'provider'>)[]> {
  const due = await db
    .selectFrom('connections')
    .select(['id', 'workspace_id', 'provider'])
    .where('next_check_at', '<=', now)
    .orderBy('next_check_at')
    .limit(limit)
    .$if(hasRowLocks(db), (query) => query.forUpdate().skipLocked())
    .execute()
  if (due.length === 0) return []
  await db
    .updateTable('connections')
    .set({ next_check_at: until })
    .where(
      'id',
      'in',
      due.map(({ id }) => id),
    )
    .execute()
  return due
}

/** Deleted, or never finished: what the vault may still hold of them has to go. */
export async function listToPurge(
  db: Db,
  now: number,
  limit: number,
): Promise<Pick<ConnectionRow, 'id' | 'workspace_id' | 'deleted_at' | 'credential_version'>[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'workspace_id', 'deleted_at', 'credential_version'])
    .where('purge_at', '<=', now)
    .orderBy('purge_at')
    .limit(limit)
    .execute()
}

export async function purgeConnection(db: Db, { workspace_id, id }: ConnectionName, now: number): Promise<void> {
  await db
    .deleteFrom('connections')
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('purge_at', '<=', now)
    .execute()
}
