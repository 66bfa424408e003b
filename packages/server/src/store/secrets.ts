import type { Db } from './database.ts'
import type { DataKeyRow, SecretRow } from './schema.ts'

export interface SecretName {
  workspaceId: string
  ownerId: string
  field: string
  version: number
}

/** A sealed secret together with the data key that it is sealed with, if its workspace has that, as both were at one moment. */
export type SecretWithKey = Pick<SecretRow, 'sealed' | 'data_key_id'> & {
  [Column in 'master_key_id' | 'wrapped']: DataKeyRow[Column] | null
}

/** Answers whether it was added: a version that is there is never written again. */
export async function addSecret(db: Db, row: SecretRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('secrets')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function findSecret(db: Db, name: SecretName): Promise<SecretWithKey | undefined> {
  return db
    .selectFrom('secrets')
    .leftJoin('data_keys', (join) =>
      join
        .onRef('data_keys.id', '=', 'secrets.data_key_id')
        .onRef('data_keys.workspace_id', '=', 'secrets.workspace_id'),
    )
    .select(['secrets.sealed', 'secrets.data_key_id', 'data_keys.master_key_id', 'data_keys.wrapped'])
    .where('secrets.workspace_id', '=', name.workspaceId)
    .where('secrets.owner_id', '=', name.ownerId)
    .where('secrets.field', '=', name.field)
    .where('secrets.version', '=', name.version)
    .executeTakeFirst()
}

export async function deleteSecret(db: Db, name: SecretName): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('secrets')
    .where('workspace_id', '=', name.workspaceId)
    .where('owner_id', '=', name.ownerId)
    .where('field', '=', name.field)
    .where('version', '=', name.version)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export async function deleteSecretsOfOwner(db: Db, workspaceId: string, ownerId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('secrets')
    .where('workspace_id', '=', workspaceId)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export async function deleteSecretsOfWorkspace(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('secrets').where('workspace_id', '=', workspaceId).execute()
}

// What follows is for rotations, which go through every workspace.

export async function countSecretsUnderRetiringKeys(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('secrets')
    .innerJoin('data_keys', 'data_keys.id', 'secrets.data_key_id')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('data_keys.state', '=', 'retiring')
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function listSecretsUnder(
  db: Db,
  key: { workspace_id: string; id: string },
  after: SecretRow | undefined,
  limit: number,
): Promise<SecretRow[]> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('workspace_id', '=', key.workspace_id)
    .where('data_key_id', '=', key.id)
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('owner_id', 'field', 'version'), '>', tuple(after!.owner_id, after!.field, after!.version)),
      ),
    )
    .orderBy('owner_id')
    .orderBy('field')
    .orderBy('version')
    .limit(limit)
    .execute()
}

/** Answers whether the secret was still as it was read. */
export async function resealSecret(db: Db, read: SecretRow, dataKeyId: string, sealed: Uint8Array): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('secrets')
    .set({ data_key_id: dataKeyId, sealed })
    .where('workspace_id', '=', read.workspace_id)
    .where('owner_id', '=', read.owner_id)
    .where('field', '=', read.field)
    .where('version', '=', read.version)
    .where('data_key_id', '=', read.data_key_id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
