import { type ExpressionBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { ConnectionRow, Schema } from './schema.ts'

export interface ConnectionFilter {
  provider?: string | undefined
  status?: ConnectionRow['status'] | undefined
  health?: ConnectionRow['health'] | undefined
  owner?: string | undefined
  visibility?: ConnectionRow['visibility'] | undefined
  search?: string | undefined
}

/** Whose eyes: what belongs to others and is private is left out, or of it only that it is there. */
export interface Viewer {
  id: string
  seesPresence: boolean
}

/**
 * A page is chosen by the index alone and then fetched: of 50,000 rows, those that are passed over are never read. What a viewer may
 * not see of a row does not decide whether it is found, either: a filter would tell it.
 */
export async function listConnections(
  db: Db,
  workspaceId: string,
  { viewer, filter, page }: { viewer: Viewer; filter: ConnectionFilter; page: PageRequest },
): Promise<Page<ConnectionRow>> {
  const { provider, status, health, owner, visibility } = filter
  let query = db.selectFrom('connections').select(['id', 'created_at']).where('workspace_id', '=', workspaceId)
  if (provider !== undefined) query = query.where('provider', '=', provider)
  if (status !== undefined) query = query.where('status', '=', status)
  if (owner !== undefined) query = query.where('owner_id', '=', owner)
  if (visibility !== undefined) query = query.where('visibility', '=', visibility)
  if (health !== undefined) query = query.where('health', '=', health)
  const words = (filter.search ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 5)
  const isOpen = (eb: ExpressionBuilder<Schema, 'connections'>) =>
    visibility === 'private'
      ? eb('owner_id', '=', viewer.id)
      : eb.or([eb('visibility', '=', 'workspace'), eb('owner_id', '=', viewer.id)])
  const looksInside = words.length > 0 || health !== undefined
  if (!viewer.seesPresence || looksInside) query = query.where(isOpen)
  // Not LIKE: PostgreSQL takes twice as long for it, and walks the table instead of the index.
  const place = hasRowLocks(db) ? sql`strpos` : sql`instr`
  for (const word of words) query = query.where(sql<boolean>`${place}(search, ${word}) > 0`)
  const chosen = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  if (chosen.length === 0) return { items: [] }
  const rows = await db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where(
      'id',
      'in',
      chosen.map(({ id }) => id),
    )
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return pageOf(
    rows,
    page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => row,
  )
}
