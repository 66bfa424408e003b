import { sql } from 'kysely'
import { type EventFilter, type EventRecord, eventRecord } from './events.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { WebhookAttemptRow, WebhookDeliveryRow } from './schema.ts'
import type { Db } from './store.ts'

export interface DeliveryName {
  workspaceId: string
  webhookId: string
  eventId: string
}

/** A delivery that waits, with the event that it is about. */
export type DueDelivery = WebhookDeliveryRow & { event: EventRecord }

export async function addDelivery(db: Db, row: WebhookDeliveryRow): Promise<void> {
  await db.insertInto('webhook_deliveries').values(row).execute()
}

/** Those whose time has come, longest due first. */
export async function listDueDeliveries(
  db: Db,
  workspaceId: string,
  webhookId: string,
  now: number,
  limit: number,
): Promise<DueDelivery[]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .orderBy('created_at')
    .limit(limit)
    .execute()
  if (rows.length === 0) return []
  const ids = rows.map(({ event_id }) => event_id)
  const found = await db
    .selectFrom('events')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
  const events = new Map(found.map((event) => [event.id, eventRecord(event)]))
  return rows.flatMap((row) => {
    const event = events.get(row.event_id)
    return event ? [{ ...row, event }] : []
  })
}

/** When the next delivery is due; null when none waits. */
export async function findNextDue(db: Db, workspaceId: string, webhookId: string): Promise<number | null> {
  const row = await db
    .selectFrom('webhook_deliveries')
    .select('next_at')
    .where('workspace_id', '=', workspaceId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst()
  return row?.next_at ?? null
}

export async function findDelivery(db: Db, name: DeliveryName): Promise<WebhookDeliveryRow | undefined> {
  return db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('workspace_id', '=', name.workspaceId)
    .where('webhook_id', '=', name.webhookId)
    .where('event_id', '=', name.eventId)
    .executeTakeFirst()
}

export async function changeDelivery(
  db: Db,
  name: DeliveryName,
  change: Partial<Pick<WebhookDeliveryRow, 'state' | 'round' | 'attempts' | 'next_at' | 'delivered_at'>>,
): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set(change)
    .where('workspace_id', '=', name.workspaceId)
    .where('webhook_id', '=', name.webhookId)
    .where('event_id', '=', name.eventId)
    .execute()
}

export async function addAttempt(db: Db, row: WebhookAttemptRow): Promise<void> {
  await db.insertInto('webhook_attempts').values(row).execute()
}

/** Everything that waits begins its schedule anew, now. */
export async function restartDeliveries(db: Db, workspaceId: string, webhookId: string, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_deliveries')
    .set({ round: 0, next_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Queues events to be sent, whether they were sent before or not; answers how many. */
export async function replayEvents(
  db: Db,
  { workspaceId, webhookId }: Omit<DeliveryName, 'eventId'>,
  { types, since, id }: Pick<EventFilter, 'types' | 'since'> & { id?: string | undefined },
  now: number,
): Promise<number> {
  const whole = (value: number) => sql<number>`cast(${value} as bigint)`
  const queued = await db
    .insertInto('webhook_deliveries')
    .columns(['webhook_id', 'event_id', 'workspace_id', 'type', 'state', 'round', 'attempts', 'next_at', 'created_at'])
    .expression((eb) =>
      eb
        .selectFrom('events')
        .select([
          sql<string>`cast(${webhookId} as text)`.as('webhook_id'),
          'events.id as event_id',
          'events.workspace_id',
          'events.type',
          sql<'pending'>`cast('pending' as text)`.as('state'),
          whole(0).as('round'),
          whole(0).as('attempts'),
          whole(now).as('next_at'),
          'events.at as created_at',
        ])
        .where('events.workspace_id', '=', workspaceId)
        .$if(id !== undefined, (query) => query.where('events.id', '=', id!))
        .$if(since !== undefined, (query) => query.where('events.at', '>=', since!))
        .$if(types !== undefined, (query) => query.where('events.type', 'in', types!)),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['webhook_id', 'event_id'])
        .doUpdateSet({ state: 'pending', round: 0, next_at: now, delivered_at: null }),
    )
    .executeTakeFirst()
  return Number(queued.numInsertedOrUpdatedRows ?? 0n)
}

/** Newest first. */
export async function listDeliveries(
  db: Db,
  workspaceId: string,
  webhookId: string,
  state: WebhookDeliveryRow['state'] | undefined,
  page: PageRequest,
): Promise<Page<WebhookDeliveryRow>> {
  const query = db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('webhook_id', '=', webhookId)
    .$if(state !== undefined, (some) => some.where('state', '=', state!))
  const rows = await pageQuery(query, { at: 'created_at', id: 'event_id', newestFirst: true }, page).execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.event_id }),
    (row) => row,
  )
}

/** Of several deliveries, oldest first. */
export async function listAttempts(
  db: Db,
  workspaceId: string,
  webhookId: string,
  eventIds: readonly string[],
): Promise<WebhookAttemptRow[]> {
  if (eventIds.length === 0) return []
  return db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('webhook_id', '=', webhookId)
    .where('event_id', 'in', eventIds)
    .orderBy('number')
    .execute()
}

/** Across workspaces, a piece at a time; answers how many went. Their attempts go with them. */
export async function deleteOldDeliveries(db: Db, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('webhook_deliveries')
    .select(['webhook_id', 'event_id'])
    .where('created_at', '<', before)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('webhook_deliveries')
    .where(({ eb, refTuple }) => eb(refTuple('webhook_id', 'event_id'), 'in', old.$asTuple('webhook_id', 'event_id')))
    .executeTakeFirst()
  return Number(numDeletedRows)
}
