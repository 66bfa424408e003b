import type { Role } from '../actor.ts'
import type { Db } from './database.ts'
import type { ConnectionRow } from './schema.ts'

/** By which column it is known since when a time runs; each has an index of those for whom it still does. */
export type Since = 'idle_since' | 'connected_at'

export interface Begun
  extends Pick<
    ConnectionRow,
    'id' | 'provider' | 'method' | 'owner_id' | 'connected_at' | 'last_used_at' | 'updated_at'
  > {
  /** Of its owner; null for whoever is no member. */
  role: Role | null
  since: number
}

/** Those whose time began in a span, the longest ago first. */
export async function listBegun(
  db: Db,
  workspaceId: string,
  column: Since,
  { from, upTo, after, limit }: BegunPage,
): Promise<Begun[]> {
  const since = `connections.${column}` as const
  let query = db
    .selectFrom('connections')
    .leftJoin('members', (join) =>
      join
        .onRef('members.workspace_id', '=', 'connections.workspace_id')
        .onRef('members.user_id', '=', 'connections.owner_id'),
    )
    .select(['connections.id', 'connections.provider', 'connections.method', 'connections.owner_id'])
    .select(['connections.connected_at', 'connections.last_used_at', 'connections.updated_at', 'members.role'])
    .select((eb) => eb.ref(since).$castTo<number>().as('since'))
    .where('connections.workspace_id', '=', workspaceId)
    .where(since, '<=', upTo)
  if (column === 'connected_at') {
    query = query.where('connections.ended_by', 'is', null).where('connections.deleted_at', 'is', null)
  }
  query = after
    ? query.where((eb) => eb(eb.refTuple(since, 'connections.id'), '>', eb.tuple(after.since, after.id)))
    : query.where(since, '>=', from)
  return query.orderBy(since).orderBy('connections.id').limit(limit).execute()
}

export interface BegunPage {
  from: number
  upTo: number
  after?: Pick<Begun, 'since' | 'id'> | undefined
  limit: number
}

/** Of every workspace, those whose life a policy has ended: for sweeps. */
export async function listEnded(
  db: Db,
  after: string,
  limit: number,
): Promise<Pick<ConnectionRow, 'id' | 'workspace_id'>[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'workspace_id'])
    .where('ended_by', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}
