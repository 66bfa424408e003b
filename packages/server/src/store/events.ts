import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { EventRow } from './schema.ts'
import type { Db } from './store.ts'

/** An event with its data as the object that it is. */
export type EventRecord = Omit<EventRow, 'data'> & { data: Record<string, unknown> }

/** Which events somebody may see: those for everybody, those about themselves, or all. */
export type Sight = { of: string | undefined } | 'all'

export interface EventFilter {
  types?: readonly string[] | undefined
  subject?: string | undefined
  /** First instant included. */
  since?: number | undefined
}

/**
 * The number is taken under a lock that holds until the commit: whoever has read up to a number will never find a smaller one that
 * was committed later.
 */
export async function addEvent(db: Db, { data, ...event }: Omit<EventRecord, 'seq'>): Promise<number> {
  const { seq } = await db
    .insertInto('event_heads')
    .values({ workspace_id: event.workspace_id, seq: 1 })
    .onConflict((conflict) =>
      conflict.column('workspace_id').doUpdateSet((eb) => ({ seq: eb('event_heads.seq', '+', 1) })),
    )
    .returning('seq')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('events')
    .values({ ...event, seq, data: JSON.stringify(data) })
    .execute()
  return seq
}

/** The number of the newest event; 0 before the first. */
export async function findEventHead(db: Db, workspaceId: string): Promise<number> {
  const row = await db
    .selectFrom('event_heads')
    .select('seq')
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst()
  return row?.seq ?? 0
}

export async function findEvent(db: Db, workspaceId: string, id: string): Promise<EventRecord | undefined> {
  const row = await db
    .selectFrom('events')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && eventRecord(row)
}

/** What came after a number, in order, whoever may see it. */
export async function listEventsAfter(db: Db, workspaceId: string, seq: number, limit: number): Promise<EventRecord[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(eventRecord)
}

/** In the order in which they happened. */
export async function listEvents(
  db: Db,
  workspaceId: string,
  sight: Sight,
  { types, subject, since }: EventFilter,
  page: PageRequest,
): Promise<Page<EventRecord>> {
  const query = db
    .selectFrom('events')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .$if(sight !== 'all', (seen) => {
      const { of } = sight as { of?: string }
      return seen.where('audience', 'in', of === undefined ? ['workspace'] : ['workspace', of])
    })
    .$if(types !== undefined, (typed) => typed.where('type', 'in', types!))
    .$if(subject !== undefined, (about) => about.where('subject', '=', subject!))
    .$if(since !== undefined, (recent) => recent.where('at', '>=', since!))
  const rows = await pageQuery(query, { at: 'seq', id: 'id' }, page).execute()
  return pageOf(rows, page, ({ seq, id }) => ({ at: seq, id }), eventRecord)
}

/** Across workspaces, a piece at a time; answers how many went. */
export async function deleteOldEvents(db: Db, before: number, limit: number): Promise<number> {
  const old = db.selectFrom('events').select('id').where('at', '<', before).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('events').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

export function eventRecord({ data, ...row }: EventRow): EventRecord {
  return { ...row, data: JSON.parse(data) as Record<string, unknown> }
}
