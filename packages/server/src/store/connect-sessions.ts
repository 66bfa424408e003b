import type { Db } from './database.ts'
import type { ConnectSessionRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

export async function createConnectSession(db: Db, row: ConnectSessionRow): Promise<void> {
  await db.insertInto('connect_sessions').values(row).execute().catch(refuseDeleted)
}

/** By the link that somebody opens: the transaction's scope must hold the same hash. */
export async function findConnectSessionByToken(db: Db, tokenHash: string): Promise<ConnectSessionRow | undefined> {
  return db.selectFrom('connect_sessions').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
}

export async function findConnectSession(
  db: Db,
  workspaceId: string,
  id: string,
): Promise<ConnectSessionRow | undefined> {
  return db
    .selectFrom('connect_sessions')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

type Which = Pick<ConnectSessionRow, 'workspace_id' | 'id'>

/** Gives the link to the browser that opens it first: of two at once, one gets it. */
export async function claimConnectSession(db: Db, which: Which, browserHash: string, now: number): Promise<boolean> {
  const claimed = await open(db, which, now)
    .set({ browser_hash: browserHash, opened_at: now })
    .where('browser_hash', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return claimed !== undefined
}

/** One form at a time: what is sent twice at once connects once. `until` is when a server that died is given up. */
export async function beginConnecting(db: Db, which: Which, now: number, until: number): Promise<boolean> {
  const begun = await open(db, which, now)
    .set({ busy_until: until })
    .where((eb) => eb.or([eb('busy_until', 'is', null), eb('busy_until', '<=', now)]))
    .returning('id')
    .executeTakeFirst()
  return begun !== undefined
}

export async function stopConnecting(db: Db, { workspace_id, id }: Which, until: number): Promise<void> {
  await db
    .updateTable('connect_sessions')
    .set({ busy_until: null })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('busy_until', '=', until)
    .execute()
}

/** Writes what came of it, if the link is still open. */
export async function settleConnectSession(
  db: Db,
  { workspace_id, id }: Which,
  change: Partial<Omit<ConnectSessionRow, 'id' | 'workspace_id'>>,
): Promise<boolean> {
  const settled = await db
    .updateTable('connect_sessions')
    .set({ ...change, busy_until: null })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst()
  return settled !== undefined
}

/** A new code for what has been entered; the one before is void. */
export async function setCompletionCode(db: Db, { workspace_id, id }: Which, codeHash: string): Promise<boolean> {
  const set = await db
    .updateTable('connect_sessions')
    .set({ code_hash: codeHash })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'entered')
    .returning('id')
    .executeTakeFirst()
  return set !== undefined
}

/** Takes the code: of two who bring it at once, one gets it. */
export async function redeemCompletionCode(
  db: Db,
  { workspace_id, id }: Which,
  { codeHash, state, now }: { codeHash: string; state: 'completed' | 'refused'; now: number },
): Promise<ConnectSessionRow | undefined> {
  return db
    .updateTable('connect_sessions')
    .set({ state, finished_at: now, code_hash: null })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'entered')
    .where('code_hash', '=', codeHash)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
}

/** Ends what is not completed; the connection that waits for it, if one does. */
export async function cancelConnectSession(
  db: Db,
  { workspace_id, id }: Which,
  now: number,
): Promise<ConnectSessionRow | undefined> {
  return db
    .updateTable('connect_sessions')
    .set({ state: 'cancelled', finished_at: now, code_hash: null })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', 'in', ['open', 'entered'])
    .returningAll()
    .executeTakeFirst()
}

export async function deleteConnectSessionsExpiredBefore(db: Db, instant: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('connect_sessions')
    .where('expires_at', '<=', instant)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function open(db: Db, { workspace_id, id }: Which, now: number) {
  return db
    .updateTable('connect_sessions')
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
}
