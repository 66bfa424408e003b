import type { Db } from './database.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { InvitationRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

export async function createInvitation(db: Db, invitation: InvitationRow): Promise<void> {
  await db.insertInto('invitations').values(invitation).execute().catch(refuseDeleted)
}

/** By the token that somebody presents: the transaction's scope must hold the same hash. */
export async function findInvitationByToken(db: Db, tokenHash: string): Promise<InvitationRow | undefined> {
  return db.selectFrom('invitations').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
}

export async function findInvitation(db: Db, workspaceId: string, id: string): Promise<InvitationRow | undefined> {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function listInvitations(db: Db, workspaceId: string, page: PageRequest): Promise<Page<InvitationRow>> {
  const query = db.selectFrom('invitations').selectAll().where('workspace_id', '=', workspaceId)
  const rows = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => row,
  )
}

/** Takes an open invitation for whoever accepts it: of two at once, one gets it. */
export async function claimInvitation(
  db: Db,
  workspaceId: string,
  id: string,
  now: number,
): Promise<InvitationRow | undefined> {
  return db
    .updateTable('invitations')
    .set({ accepted_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
}

/** Withdraws one invitation, or every open one to an address. */
export async function withdrawInvitations(
  db: Db,
  workspaceId: string,
  which: { id: string } | { email: string },
  now: number,
): Promise<string[]> {
  const open = db
    .updateTable('invitations')
    .set({ withdrawn_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
  const chosen = 'id' in which ? open.where('id', '=', which.id) : open.where('email', '=', which.email)
  return (await chosen.returning('id').execute()).map(({ id }) => id)
}

export async function deleteInvitationsExpiredBefore(db: Db, instant: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('invitations').where('expires_at', '<=', instant).executeTakeFirst()
  return Number(numDeletedRows)
}
