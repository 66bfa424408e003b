import type { Db } from './database.ts'
import type { OauthFlowRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** Visits to a consent page. Every change of state is a claim: of two who come at once, one gets it. */
export async function createFlow(db: Db, row: OauthFlowRow): Promise<void> {
  await db.insertInto('oauth_flows').values(row).execute().catch(refuseDeleted)
}

/** By what came back with a browser: the transaction's scope must hold the same hash. */
export async function findFlowByState(db: Db, stateHash: string): Promise<OauthFlowRow | undefined> {
  return db.selectFrom('oauth_flows').selectAll().where('state_hash', '=', stateHash).executeTakeFirst()
}

/** By the link that somebody opens: likewise. */
export async function findFlowByLink(db: Db, linkHash: string): Promise<OauthFlowRow | undefined> {
  return db.selectFrom('oauth_flows').selectAll().where('link_hash', '=', linkHash).executeTakeFirst()
}

export async function findFlow(db: Db, workspaceId: string, id: string): Promise<OauthFlowRow | undefined> {
  return db
    .selectFrom('oauth_flows')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function listFlows(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<Pick<OauthFlowRow, 'id' | 'state' | 'expires_at' | 'claimed_at' | 'created_at'>[]> {
  return db
    .selectFrom('oauth_flows')
    .select(['id', 'state', 'expires_at', 'claimed_at', 'created_at'])
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', [...ids])
    .execute()
}

type Which = Pick<OauthFlowRow, 'workspace_id' | 'id'>
export type FlowChange = Partial<Omit<OauthFlowRow, 'id' | 'workspace_id'>>

/** Uses the link: once, by one browser. */
export async function useFlowLink(
  db: Db,
  which: Which,
  { linkHash, now }: { linkHash: string; now: number },
  change: FlowChange,
): Promise<boolean> {
  const used = await flow(db, which)
    .set({ ...change, link_hash: null })
    .where('state', '=', 'open')
    .where('link_hash', '=', linkHash)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst()
  return used !== undefined
}

/** Takes it for work that is done once: an exchange, or what follows on it. */
export async function claimFlow(
  db: Db,
  which: Which,
  { from, now }: { from: 'open' | 'asking'; now: number },
): Promise<OauthFlowRow | undefined> {
  return flow(db, which)
    .set({ state: 'claimed', claimed_at: now })
    .where('state', '=', from)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
}

/** Writes what came of the work, for whoever claimed it: not where it was withdrawn or given up meanwhile. */
export async function settleFlow(
  db: Db,
  { workspace_id, id, claimed_at }: Pick<OauthFlowRow, 'workspace_id' | 'id' | 'claimed_at'>,
  change: FlowChange,
): Promise<boolean> {
  const settled = await flow(db, { workspace_id, id })
    .set(change)
    .where('state', '=', 'claimed')
    .where('claimed_at', '=', claimed_at)
    .returning('id')
    .executeTakeFirst()
  return settled !== undefined
}

/** Asks the service once in an interval, however many look. */
export async function claimPoll(
  db: Db,
  which: Which,
  { polledBefore, now }: { polledBefore: number; now: number },
): Promise<boolean> {
  const claimed = await flow(db, which)
    .set({ polled_at: now })
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .where((eb) => eb.or([eb('polled_at', 'is', null), eb('polled_at', '<=', polledBefore)]))
    .returning('id')
    .executeTakeFirst()
  return claimed !== undefined
}

export async function slowPolls(db: Db, which: Which, intervalSeconds: number): Promise<void> {
  await flow(db, which).set({ interval_seconds: intervalSeconds }).where('state', '=', 'open').execute()
}

/** Ends what is not over yet, whoever is at work on it. */
export async function endFlow(db: Db, which: Which, change: FlowChange): Promise<boolean> {
  const ended = await flow(db, which)
    .set({ ...change, state: 'failed', sealed: null, link_hash: null })
    .where('state', 'in', ['open', 'claimed', 'asking'])
    .returning('id')
    .executeTakeFirst()
  return ended !== undefined
}

/** Across workspaces: those that still hold what a service gave, although nobody will answer any more. */
export async function listLapsedFlows(db: Db, now: number, limit: number): Promise<OauthFlowRow[]> {
  return db
    .selectFrom('oauth_flows')
    .selectAll()
    .where('state', '=', 'asking')
    .where('expires_at', '<=', now)
    .where('sealed', 'is not', null)
    .limit(limit)
    .execute()
}

/** Across workspaces: what is over for longer is forgotten, and what has lapsed keeps nothing that could still be used. */
export async function pruneFlows(
  db: Db,
  { forgetBefore, lapsedBefore }: { forgetBefore: number; lapsedBefore: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('oauth_flows')
    .where('expires_at', '<=', forgetBefore)
    .executeTakeFirst()
  await db
    .updateTable('oauth_flows')
    .set({ sealed: null })
    .where('expires_at', '<=', lapsedBefore)
    .where('sealed', 'is not', null)
    .execute()
  return Number(numDeletedRows)
}

function flow(db: Db, { workspace_id, id }: Which) {
  return db.updateTable('oauth_flows').where('workspace_id', '=', workspace_id).where('id', '=', id)
}
