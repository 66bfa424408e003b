import { Problem } from '../errors.ts'
import { hasRowLocks } from './locks.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { WebhookRow } from './schema.ts'
import type { Db } from './store.ts'
import { refuseDeleted } from './workspaces.ts'

export type WebhookRecord = Omit<WebhookRow, 'types'> & { types: readonly string[] | null }
export type WebhookChange = Partial<Omit<WebhookRecord, 'id' | 'workspace_id'>>

export async function createWebhook(db: Db, { types, ...row }: WebhookRecord): Promise<void> {
  await db
    .insertInto('webhooks')
    .values({ ...row, types: types && JSON.stringify(types) })
    .execute()
    .catch(refuseDeleted)
}

export async function countWebhooks(db: Db, workspaceId: string): Promise<number> {
  const { count } = await db
    .selectFrom('webhooks')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function getWebhook(db: Db, workspaceId: string, id: string): Promise<WebhookRecord> {
  const row = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new Problem('webhook.not_found')
  return record(row)
}

/** Held until the transaction ends: what its deliveries are is then settled by one at a time. */
export async function lockWebhook(db: Db, workspaceId: string, id: string): Promise<WebhookRecord | undefined> {
  const row = await db
    .updateTable('webhooks')
    .set((eb) => ({ name: eb.ref('name') }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && record(row)
}

export async function listWebhooks(db: Db, workspaceId: string, page: PageRequest): Promise<Page<WebhookRecord>> {
  const query = db.selectFrom('webhooks').selectAll().where('workspace_id', '=', workspaceId)
  const rows = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(rows, page, (row) => ({ at: row.created_at, id: row.id }), record)
}

export async function changeWebhook(
  db: Db,
  workspaceId: string,
  id: string,
  { types, ...change }: WebhookChange,
): Promise<WebhookRecord> {
  const row = await db
    .updateTable('webhooks')
    .set({ ...change, ...(types === undefined ? {} : { types: types && JSON.stringify(types) }) })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new Problem('webhook.not_found')
  return record(row)
}

export async function deleteWebhook(db: Db, workspaceId: string, id: string): Promise<void> {
  await db.deleteFrom('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', id).execute()
}

/** Marks those that want this type as due, and answers which they are. Locks them, so that none is deleted meanwhile. */
export async function wakeWebhooks(db: Db, workspaceId: string, type: string, now: number): Promise<string[]> {
  const rows = await db.selectFrom('webhooks').select(['id', 'types']).where('workspace_id', '=', workspaceId).execute()
  const wanting = rows
    .filter(({ types }) => types === null || (JSON.parse(types) as string[]).includes(type))
    .map(({ id }) => id)
    // In one order, so that two transactions cannot wait for each other.
    .sort()
  const woken: string[] = []
  for (const id of wanting) if (await wakeWebhook(db, workspaceId, id, now)) woken.push(id)
  return woken
}

/** Answers whether it is still there. */
export async function wakeWebhook(db: Db, workspaceId: string, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set((eb) => ({
      due_at: eb.case().when('due_at', '<', at).then(eb.ref('due_at')).else(at).end(),
    }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Leases webhooks that have something due, across workspaces, longest due first. No two servers get the same one: what one of
 * them is about to lease the others skip.
 */
export async function claimWebhooks(
  db: Db,
  { now, until, lease, limit }: { now: number; until: number; lease: string; limit: number },
): Promise<WebhookRecord[]> {
  const due = db
    .selectFrom('webhooks')
    .select('id')
    .where('due_at', '<=', now)
    .where('parked_at', 'is', null)
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', now)]))
    .where((eb) => eb.or([eb('held_until', 'is', null), eb('held_until', '<=', now)]))
    .orderBy('due_at')
    .limit(limit)
  const rows = await db
    .updateTable('webhooks')
    .set({ lease, leased_until: until })
    .where('id', 'in', hasRowLocks(db) ? due.forUpdate().skipLocked() : due)
    .returningAll()
    .execute()
  return rows.map(record)
}

/** Answers whether the lease is still this server's. */
export async function renewLease(
  db: Db,
  workspaceId: string,
  id: string,
  lease: string,
  until: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set({ leased_until: until })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('lease', '=', lease)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Webhooks whose secret before the current one is no longer valid. */
export async function listOutlivedSecrets(db: Db, now: number, limit: number): Promise<WebhookRecord[]> {
  const rows = await db.selectFrom('webhooks').selectAll().where('previous_until', '<=', now).limit(limit).execute()
  return rows.map(record)
}

function record(row: WebhookRow): WebhookRecord {
  return { ...row, types: row.types === null ? null : (JSON.parse(row.types) as string[]) }
}
