import type { Db } from './database.ts'
import type { FolderDefinitionRow } from './schema.ts'

/** The services that the operator's folder describes, in every version that a server has ever started with. */
export async function findFolderDefinition(
  db: Db,
  id: string,
  version: number,
): Promise<FolderDefinitionRow | undefined> {
  return db
    .selectFrom('folder_definitions')
    .selectAll()
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
}

export async function newestFolderVersion(db: Db, id: string): Promise<number> {
  const row = await db
    .selectFrom('folder_definitions')
    .select((eb) => eb.fn.max('version').as('newest'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.newest ?? 0
}

/** The version of this very text; it gets one when it has none. Another server may do the same at once. */
export async function keepFolderDefinition(db: Db, row: FolderDefinitionRow): Promise<number | undefined> {
  await db
    .insertInto('folder_definitions')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const kept = await db
    .selectFrom('folder_definitions')
    .select('version')
    .where('id', '=', row.id)
    .where('digest', '=', row.digest)
    .executeTakeFirst()
  return kept?.version
}
