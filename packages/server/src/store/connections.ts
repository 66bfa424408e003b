import { Problem } from '../errors.ts'
import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { ConnectionRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** What is public about connections. One that was deleted is not found by its id; lists show it until it is purged. */
export async function createConnection(db: Db, row: ConnectionRow): Promise<void> {
  await db.insertInto('connections').values(row).execute().catch(refuseDeleted)
}

export async function findConnection(db: Db, workspaceId: string, id: string): Promise<ConnectionRow | undefined> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function getConnection(db: Db, workspaceId: string, id: string): Promise<ConnectionRow> {
  const row = await findConnection(db, workspaceId, id)
  if (!row) throw new Problem('connection.not_found')
  return row
}

/** Nobody else changes it before this transaction ends. */
export async function lockConnection(db: Db, workspaceId: string, id: string): Promise<ConnectionRow | undefined> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(hasRowLocks(db), (query) => query.forUpdate())
    .executeTakeFirst()
}

export type ConnectionChange = Partial<Omit<ConnectionRow, 'id' | 'workspace_id'>>

export async function changeConnection(
  db: Db,
  { workspace_id, id }: Pick<ConnectionRow, 'workspace_id' | 'id'>,
  change: ConnectionChange,
): Promise<void> {
  await db
    .updateTable('connections')
    .set(change)
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .execute()
}

/** A number for a new version of the credential, which nobody else is given. */
export async function beginCredential(db: Db, workspaceId: string, id: string): Promise<number> {
  const row = await db
    .updateTable('connections')
    .set((eb) => ({ credential_versions: eb('credential_versions', '+', 1) }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('credential_versions')
    .executeTakeFirst()
  if (!row) throw new Problem('connection.not_found')
  return row.credential_versions
}

export type SameAccount = Pick<ConnectionRow, 'id' | 'name' | 'owner_id' | 'visibility'>

/** Others of the same account, the oldest first. */
export async function listSameAccount(
  db: Db,
  row: Pick<ConnectionRow, 'workspace_id' | 'provider' | 'account_key' | 'id'>,
): Promise<SameAccount[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'name', 'owner_id', 'visibility'])
    .where('workspace_id', '=', row.workspace_id)
    .where('provider', '=', row.provider)
    .where('account_key', '=', row.account_key)
    .where('id', '!=', row.id)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .limit(20)
    .execute()
}

/** All of a member's, so that they can be ended or handed over. */
export async function listOwnedBy(db: Db, workspaceId: string, ownerId: string): Promise<ConnectionRow[]> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .$if(hasRowLocks(db), (query) => query.forUpdate())
    .execute()
}
