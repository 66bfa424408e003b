import type { Db } from './database.ts'
import type { MasterKeyRow } from './schema.ts'

export async function findActiveMasterKey(db: Db): Promise<MasterKeyRow | undefined> {
  return db.selectFrom('master_keys').selectAll().where('state', '=', 'active').executeTakeFirst()
}

export async function findMasterKey(db: Db, id: string): Promise<MasterKeyRow | undefined> {
  return db.selectFrom('master_keys').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Adds nothing when another server was faster: there is one active key. */
export async function addMasterKey(db: Db, row: MasterKeyRow): Promise<void> {
  await db
    .insertInto('master_keys')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Answers whether the key was the active one. */
export async function retireMasterKey(db: Db, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('master_keys')
    .set({ state: 'retired' })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Retired keys, the newest first: what older backups were sealed with. */
export async function listRetiredMasterKeys(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('master_keys')
    .select('id')
    .where('state', '=', 'retired')
    .orderBy('created_at', 'desc')
    .limit(100)
    .execute()
  return rows.map(({ id }) => id)
}
