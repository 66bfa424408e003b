import { Problem } from '../errors.ts'
import type { Db } from './database.ts'
import type { ConnectionReferenceRow } from './schema.ts'

/** Steps of other people's software that use a connection: told by them, or seen in use. */
export async function putReference(db: Db, row: ConnectionReferenceRow): Promise<void> {
  await db
    .insertInto('connection_references')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'connection_id', 'reference']).doUpdateSet((eb) => ({
        label: eb.fn.coalesce('excluded.label', 'connection_references.label'),
        // What was registered stays so, whoever uses it.
        ...(row.source === 'registered' ? { source: row.source, created_by: row.created_by } : {}),
        ...(row.last_used_at === null ? {} : { last_used_at: row.last_used_at }),
      })),
    )
    .execute()
    .catch((error: { code?: string; message?: string }) => {
      const gone = error.code === '23503' || /FOREIGN KEY constraint failed/.test(error.message ?? '')
      throw gone ? new Problem('connection.not_found') : error
    })
}

/** False when nobody has told of it yet. */
export async function touchReference(
  db: Db,
  workspaceId: string,
  connectionId: string,
  reference: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('connection_references')
    .set({ last_used_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', '=', connectionId)
    .where('reference', '=', reference)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function listReferences(
  db: Db,
  workspaceId: string,
  connectionId: string,
  limit: number,
): Promise<ConnectionReferenceRow[]> {
  return db
    .selectFrom('connection_references')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', '=', connectionId)
    .orderBy('reference')
    .limit(limit)
    .execute()
}

export async function countReferences(
  db: Db,
  workspaceId: string,
  connectionId: string,
): Promise<{ count: number; lastUsedAt: number | null }> {
  const row = await db
    .selectFrom('connection_references')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('last_used_at').as('last')])
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return { count: Number(row?.count ?? 0), lastUsedAt: row?.last ?? null }
}

export async function removeReference(
  db: Db,
  workspaceId: string,
  connectionId: string,
  reference: string,
): Promise<void> {
  await db
    .deleteFrom('connection_references')
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', '=', connectionId)
    .where('reference', '=', reference)
    .execute()
}
