import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { DataKeyRow } from './schema.ts'

export async function findActiveDataKey(db: Db, workspaceId: string): Promise<DataKeyRow | undefined> {
  return db
    .selectFrom('data_keys')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'active')
    .executeTakeFirst()
}

/** Adds nothing when another server was faster: a workspace has one active data key. */
export async function addDataKey(db: Db, row: DataKeyRow): Promise<void> {
  await db
    .insertInto('data_keys')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Whether the key is still the active one; if so, it stays so until the transaction ends. */
export async function holdActiveDataKey(db: Db, workspaceId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('data_keys')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .$if(hasRowLocks(db), (query) => query.forShare())
    .executeTakeFirst()
  return row !== undefined
}

/** Whether the workspace exists; if so, it is not deleted before the transaction ends. */
export async function holdWorkspace(db: Db, workspaceId: string, how: 'share' | 'update'): Promise<boolean> {
  const row = await db
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', workspaceId)
    .$if(hasRowLocks(db), (query) => (how === 'share' ? query.forShare() : query.forUpdate()))
    .executeTakeFirst()
  return row !== undefined
}

/** Destroys a workspace's data keys. What they sealed must be gone before. */
export async function deleteDataKeys(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('data_keys').where('workspace_id', '=', workspaceId).execute()
}

/** Waits for whoever seals under a key of this workspace, and keeps out whoever comes later. */
export async function lockDataKeys(db: Db, workspaceId: string): Promise<void> {
  if (!hasRowLocks(db)) return
  await db.selectFrom('data_keys').select('id').where('workspace_id', '=', workspaceId).forUpdate().execute()
}

// What follows is for rotations, which go through every workspace.

/** The master keys that data keys of any workspace are sealed under. */
export async function listMasterKeysInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('data_keys').select('master_key_id').distinct().execute()
  return rows.map(({ master_key_id }) => master_key_id)
}

export async function countDataKeysNotUnder(db: Db, masterKeyId: string): Promise<number> {
  const { count } = await db
    .selectFrom('data_keys')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('master_key_id', '!=', masterKeyId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function listDataKeysNotUnder(
  db: Db,
  masterKeyId: string,
  after: string,
  limit: number,
): Promise<DataKeyRow[]> {
  return db
    .selectFrom('data_keys')
    .selectAll()
    .where('master_key_id', '!=', masterKeyId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Answers whether the key was still as it was read. */
export async function rewrapDataKey(
  db: Db,
  read: DataKeyRow,
  masterKeyId: string,
  wrapped: Uint8Array,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('data_keys')
    .set({ master_key_id: masterKeyId, wrapped })
    .where('workspace_id', '=', read.workspace_id)
    .where('id', '=', read.id)
    .where('master_key_id', '=', read.master_key_id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** From here on nothing is sealed with any key of today; each workspace makes a new one when it needs it. */
export async function retireDataKeys(db: Db): Promise<void> {
  await db.updateTable('data_keys').set({ state: 'retiring' }).where('state', '=', 'active').execute()
}

export async function findRetiringDataKey(db: Db, after: string): Promise<DataKeyRow | undefined> {
  return db
    .selectFrom('data_keys')
    .selectAll()
    .where('state', '=', 'retiring')
    .where('id', '>', after)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** Destroys a retiring key that nothing is sealed with any more. */
export async function deleteUnusedDataKey(db: Db, workspaceId: string, id: string): Promise<void> {
  await db
    .deleteFrom('data_keys')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', 'retiring')
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('secrets').select('secrets.version').where('secrets.data_key_id', '=', id)),
      ),
    )
    .execute()
}
