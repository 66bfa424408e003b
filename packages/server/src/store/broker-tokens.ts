import { sql } from 'kysely'
import { noteEpochs } from './connection-epochs.ts'
import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { BrokerTokenRow, ConnectionRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** A token without its hash. What a grant holds only the room of the broker knows. */
export type BrokerTokenRecord = Omit<BrokerTokenRow, 'token_hash' | 'grants' | 'counted'> & {
  grants: readonly object[]
  counted: readonly string[]
}

export async function createBrokerToken(
  db: Db,
  { grants, counted, tokenHash, ...row }: BrokerTokenRecord & { tokenHash: string },
): Promise<void> {
  await db
    .insertInto('broker_tokens')
    .values({ ...row, token_hash: tokenHash, grants: JSON.stringify(grants), counted: JSON.stringify(counted) })
    .execute()
    .catch(refuseDeleted)
}

/** By the token that somebody presents: the transaction's scope must hold the same hash. */
export async function findBrokerTokenByHash(db: Db, tokenHash: string): Promise<BrokerTokenRecord | undefined> {
  const row = await db.selectFrom('broker_tokens').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
  return row && record(row)
}

export async function findBrokerToken(db: Db, workspaceId: string, id: string): Promise<BrokerTokenRecord | undefined> {
  const row = await db
    .selectFrom('broker_tokens')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && record(row)
}

/** Nobody narrows, revokes or uses it before this transaction ends. */
export async function lockBrokerTokens(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<BrokerTokenRecord[]> {
  const rows = await db
    .selectFrom('broker_tokens')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    // In one order, so that two who claim of the same tokens do not wait for each other in a ring.
    .orderBy('depth')
    .orderBy('id')
    .$if(hasRowLocks(db), (query) => query.forUpdate())
    .execute()
  return rows.map(record)
}

export interface TokenFilter {
  /** Those that have not ended. */
  now: number
  /** Minted by, or on behalf of. */
  of?: string | undefined
}

export async function listBrokerTokens(
  db: Db,
  workspaceId: string,
  { now, of }: TokenFilter,
  page: PageRequest,
): Promise<Page<BrokerTokenRecord>> {
  const query = db
    .selectFrom('broker_tokens')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .$if(of !== undefined, (own) => own.where((eb) => eb.or([eb('minter_id', '=', of!), eb('on_behalf_of', '=', of!)])))
  const rows = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(rows, page, (row) => ({ at: row.created_at, id: row.id }), record)
}

/** All that were narrowed from one that was minted, with it. */
export async function listTokenFamily(db: Db, workspaceId: string, rootId: string): Promise<BrokerTokenRecord[]> {
  const rows = await db
    .selectFrom('broker_tokens')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('root_id', '=', rootId)
    .orderBy('depth')
    .orderBy('id')
    .execute()
  return rows.map(record)
}

/** Those that live and that somebody minted, or that act on their behalf. */
export async function listTokensOf(
  db: Db,
  workspaceId: string,
  ownerId: string,
  now: number,
): Promise<BrokerTokenRecord[]> {
  const rows = await db
    .selectFrom('broker_tokens')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where((eb) => eb.or([eb('minter_id', '=', ownerId), eb('on_behalf_of', '=', ownerId)]))
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(record)
}

/** Void on every server. */
export async function revokeBrokerTokens(db: Db, tokens: readonly BrokerTokenRecord[], now: number): Promise<void> {
  await noteEpochs(db, tokens, now)
  for (const { id, workspace_id, epoch } of tokens) {
    await db
      .updateTable('broker_tokens')
      .set({ revoked_at: now, epoch: epoch + 1 })
      .where('workspace_id', '=', workspace_id)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
  }
}

export async function addToBrokerTokens(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
  { uses = 0, bytes = 0 }: { uses?: number; bytes?: number },
): Promise<void> {
  await db
    .updateTable('broker_tokens')
    .set((eb) => ({ uses: eb('uses', '+', uses), bytes: eb('bytes', '+', bytes) }))
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
}

/**
 * The rest of a transaction that belongs to no workspace is about this one: the audit batch records for many, and claims of tokens stand
 * beside it. Row-level security goes by what is set here.
 */
export async function enterWorkspace(db: Db, workspaceId: string): Promise<void> {
  if (hasRowLocks(db)) await sql`select set_config('cardea.workspace', ${workspaceId}, true)`.execute(db)
}

export async function deleteBrokerTokensExpiredBefore(db: Db, instant: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('broker_tokens').where('expires_at', '<=', instant).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Connections to a service that could be used: not those that somebody paused or never finished. */
export async function listConnectionsTo(
  db: Db,
  workspaceId: string,
  provider: string,
  of: { owner: string; limit: number },
): Promise<ConnectionRow[]> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('provider', '=', provider)
    .where('deleted_at', 'is', null)
    .where('status', 'in', ['active', 'error'])
    .where((eb) => eb.or([eb('visibility', '=', 'workspace'), eb('owner_id', '=', of.owner)]))
    .orderBy('created_at')
    .orderBy('id')
    .limit(of.limit)
    .execute()
}

function record({ token_hash: _, grants, counted, ...row }: BrokerTokenRow): BrokerTokenRecord {
  return { ...row, grants: JSON.parse(grants) as object[], counted: JSON.parse(counted) as string[] }
}
