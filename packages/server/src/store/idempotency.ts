import type { IdempotencyRow } from './schema.ts'
import type { Db } from './store.ts'

/** Which creations a caller has named, what came of them, and the sealed answer for whoever asks again. */
export interface IdempotencyName {
  workspaceId: string
  actorId: string
  keyHash: string
}

/** Writes that the work begins, unless the name is taken; tells which. */
export async function claimIdempotency(
  db: Db,
  { workspaceId, actorId, keyHash }: IdempotencyName,
  requestHash: string,
  now: number,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('idempotency')
    .values({
      workspace_id: workspaceId,
      actor_id: actorId,
      key_hash: keyHash,
      request_hash: requestHash,
      state: 'running',
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'actor_id', 'key_hash']).doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows) === 1
}

export async function findIdempotency(db: Db, name: IdempotencyName): Promise<IdempotencyRow | undefined> {
  return db
    .selectFrom('idempotency')
    .selectAll()
    .where('workspace_id', '=', name.workspaceId)
    .where('actor_id', '=', name.actorId)
    .where('key_hash', '=', name.keyHash)
    .executeTakeFirst()
}

export async function finishIdempotency(
  db: Db,
  name: IdempotencyName,
  outcome: { state: 'done' | 'unknown'; status?: number; reply?: Uint8Array },
): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ state: outcome.state, status: outcome.status ?? null, reply: outcome.reply ?? null })
    .where('workspace_id', '=', name.workspaceId)
    .where('actor_id', '=', name.actorId)
    .where('key_hash', '=', name.keyHash)
    .execute()
}

/** Frees the name: nothing was done under it, or only before `createdBefore`. */
export async function forgetIdempotency(db: Db, name: IdempotencyName, createdBefore?: number): Promise<void> {
  let query = db
    .deleteFrom('idempotency')
    .where('workspace_id', '=', name.workspaceId)
    .where('actor_id', '=', name.actorId)
    .where('key_hash', '=', name.keyHash)
  if (createdBefore !== undefined) query = query.where('created_at', '<', createdBefore)
  await query.execute()
}

/** Across workspaces, in a sweep. */
export async function pruneIdempotency(db: Db, createdBefore: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency')
    .where('created_at', '<', createdBefore)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
