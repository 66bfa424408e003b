import type { Role } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Db } from './database.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { WorkspaceRow } from './schema.ts'

export async function createWorkspace(db: Db, workspace: WorkspaceRow): Promise<void> {
  await db.insertInto('workspaces').values(workspace).execute()
}

export async function findWorkspace(db: Db, workspaceId: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('id', '=', workspaceId).executeTakeFirst()
}

export async function getWorkspace(db: Db, workspaceId: string): Promise<WorkspaceRow> {
  const row = await findWorkspace(db, workspaceId)
  if (!row) throw new Problem('workspace.not_found')
  return row
}

/** Lets one transaction at a time change who belongs to the workspace. */
export async function lockWorkspace(db: Db, workspaceId: string): Promise<WorkspaceRow> {
  const row = await db
    .updateTable('workspaces')
    .set((eb) => ({ name: eb.ref('name') }))
    .where('id', '=', workspaceId)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new Problem('workspace.not_found')
  return row
}

export async function renameWorkspace(db: Db, workspaceId: string, name: string): Promise<WorkspaceRow> {
  const row = await db
    .updateTable('workspaces')
    .set({ name })
    .where('id', '=', workspaceId)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new Problem('workspace.not_found')
  return row
}

/** Members, invitations and keys go with it. */
/** With all that belongs to it; answers how many members lost it, and how many keys. */
export async function deleteWorkspace(db: Db, workspaceId: string): Promise<{ members: number; keys: number }> {
  const rows = async (table: 'members' | 'api_keys') => {
    const query = db.selectFrom(table).where('workspace_id', '=', workspaceId)
    return Number((await query.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count)
  }
  const lost = { members: await rows('members'), keys: await rows('api_keys') }
  await db.deleteFrom('workspaces').where('id', '=', workspaceId).execute()
  return lost
}

/** Where a person belongs. */
export async function listWorkspacesOf(
  db: Db,
  userId: string,
  page: PageRequest,
): Promise<Page<WorkspaceRow & { role: Role }>> {
  const query = db
    .selectFrom('workspaces')
    .innerJoin('members', 'members.workspace_id', 'workspaces.id')
    .select(['workspaces.id', 'workspaces.name', 'workspaces.created_at', 'members.role'])
    .where('members.user_id', '=', userId)
  const rows = await pageQuery(query, { at: 'workspaces.created_at', id: 'workspaces.id' }, page).execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => row,
  )
}

/** All there are: for whoever owns the data folder. */
export async function listEveryWorkspace(db: Db, page: PageRequest): Promise<Page<WorkspaceRow>> {
  const rows = await pageQuery(db.selectFrom('workspaces').selectAll(), { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => row,
  )
}

/** For an insert that names a workspace which another request has just deleted. */
export function refuseDeleted(error: { code?: string; message?: string }): never {
  const gone = error.code === '23503' || /FOREIGN KEY constraint failed/.test(error.message ?? '')
  throw gone ? new Problem('workspace.not_found') : error
}
