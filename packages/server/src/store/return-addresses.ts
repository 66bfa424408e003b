import type { Db } from './database.ts'
import type { ReturnAddressRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** False when the workspace has registered it before. */
export async function createReturnAddress(db: Db, row: ReturnAddressRow): Promise<boolean> {
  const created = await db
    .insertInto('return_addresses')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'address']).doNothing())
    .returning('id')
    .executeTakeFirst()
    .catch(refuseDeleted)
  return created !== undefined
}

/** All of a workspace: there are few. */
export async function listReturnAddresses(db: Db, workspaceId: string): Promise<ReturnAddressRow[]> {
  return db
    .selectFrom('return_addresses')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function deleteReturnAddress(db: Db, workspaceId: string, id: string): Promise<string | undefined> {
  const row = await db
    .deleteFrom('return_addresses')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returning('address')
    .executeTakeFirst()
  return row?.address
}
