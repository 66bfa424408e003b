import type { Db } from './database.ts'
import type { ServiceDefinitionRow } from './schema.ts'

/** The services that a workspace describes itself. Versions only grow, also over what was removed: none ever means another service. */
export type ServiceDefinitionName = Omit<ServiceDefinitionRow, 'source'>

const named = ['workspace_id', 'id', 'version', 'format', 'digest', 'created_by', 'created_at', 'removed_at'] as const

/** The newest version of each that was not removed, without its text. */
export async function listServiceDefinitions(db: Db, workspaceId: string): Promise<ServiceDefinitionName[]> {
  return db
    .selectFrom('service_definitions as row')
    .select(named)
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
    .where('version', '=', (eb) =>
      eb
        .selectFrom('service_definitions as newer')
        .select((max) => max.fn.max('newer.version').as('newest'))
        .where('newer.workspace_id', '=', workspaceId)
        .whereRef('newer.id', '=', 'row.id'),
    )
    .orderBy('id')
    .execute()
}

/** The newest, unless a version is named; a named one is found even after it was removed. */
export async function findServiceDefinition(
  db: Db,
  workspaceId: string,
  id: string,
  version?: number,
): Promise<ServiceDefinitionRow | undefined> {
  const row = await db
    .selectFrom('service_definitions')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .$if(version !== undefined, (query) => query.where('version', '=', version!))
    .orderBy('version', 'desc')
    .executeTakeFirst()
  return row && (version !== undefined || row.removed_at === null) ? row : undefined
}

export async function newestServiceVersion(db: Db, workspaceId: string, id: string): Promise<number> {
  const row = await db
    .selectFrom('service_definitions')
    .select((eb) => eb.fn.max('version').as('newest'))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.newest ?? 0
}

export async function createServiceDefinition(db: Db, row: ServiceDefinitionRow): Promise<void> {
  await db.insertInto('service_definitions').values(row).execute()
}

export async function removeServiceDefinition(db: Db, workspaceId: string, id: string, now: number): Promise<void> {
  await db
    .updateTable('service_definitions')
    .set({ removed_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute()
}

/** Across workspaces: for the folder's versions, which must be new to each of them. */
export async function newestServiceVersionAnywhere(db: Db, id: string): Promise<number> {
  const row = await db
    .selectFrom('service_definitions')
    .select((eb) => eb.fn.max('version').as('newest'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.newest ?? 0
}
