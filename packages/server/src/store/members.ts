import type { Role } from '../actor.ts'
import type { Db } from './database.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { MemberRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

export interface MemberRecord {
  userId: string
  name: string
  email: string
  role: Role
  createdAt: number
}

/** Adds a member; false when the person is one already. */
export async function addMember(db: Db, member: MemberRow): Promise<boolean> {
  const added = await db
    .insertInto('members')
    .values(member)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doNothing())
    .returning('user_id')
    .executeTakeFirst()
    .catch(refuseDeleted)
  return added !== undefined
}

export async function findMember(db: Db, workspaceId: string, userId: string): Promise<MemberRecord | undefined> {
  return records(db, workspaceId).where('members.user_id', '=', userId).executeTakeFirst()
}

export async function findMemberByEmail(db: Db, workspaceId: string, email: string): Promise<MemberRecord | undefined> {
  return records(db, workspaceId).where('auth_users.email', '=', email).executeTakeFirst()
}

export async function listMembers(db: Db, workspaceId: string, page: PageRequest): Promise<Page<MemberRecord>> {
  const columns = { at: 'members.created_at', id: 'members.user_id' }
  const rows = await pageQuery(records(db, workspaceId), columns, page).execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.createdAt, id: row.userId }),
    (row) => row,
  )
}

/** A person's memberships, or the one in a workspace that is named. */
export async function findMemberships(
  db: Db,
  userId: string,
  workspaceId: string | undefined,
  limit: number,
): Promise<MemberRow[]> {
  let query = db.selectFrom('members').selectAll().where('user_id', '=', userId)
  if (workspaceId !== undefined) query = query.where('workspace_id', '=', workspaceId)
  return query.limit(limit).execute()
}

export async function setRole(db: Db, workspaceId: string, userId: string, role: Role): Promise<void> {
  await db
    .updateTable('members')
    .set({ role })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute()
}

export async function removeMember(db: Db, workspaceId: string, userId: string): Promise<void> {
  await db.deleteFrom('members').where('workspace_id', '=', workspaceId).where('user_id', '=', userId).execute()
}

export async function hasOtherAdmin(db: Db, workspaceId: string, userId: string): Promise<boolean> {
  return (await findOtherAdmin(db, workspaceId, userId)) !== undefined
}

/** The one who has been there longest. */
export async function findOtherAdmin(db: Db, workspaceId: string, userId: string): Promise<string | undefined> {
  const other = await db
    .selectFrom('members')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'admin')
    .where('user_id', '!=', userId)
    .orderBy('created_at')
    .orderBy('user_id')
    .limit(1)
    .executeTakeFirst()
  return other?.user_id
}

function records(db: Db, workspaceId: string) {
  return db
    .selectFrom('members')
    .innerJoin('auth_users', 'auth_users.id', 'members.user_id')
    .select([
      'members.user_id as userId',
      'auth_users.name',
      'auth_users.email',
      'members.role',
      'members.created_at as createdAt',
    ])
    .where('members.workspace_id', '=', workspaceId)
}
