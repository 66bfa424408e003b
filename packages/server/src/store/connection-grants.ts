import { Problem } from '../errors.ts'
import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { ConnectionGrantRow, ConnectionRow } from './schema.ts'

/** What keeps granted credentials alive. A row is changed only by whoever holds the lock of its connection. */
export async function findGrant(
  db: Db,
  workspaceId: string,
  connectionId: string,
): Promise<ConnectionGrantRow | undefined> {
  return db
    .selectFrom('connection_grants')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
}

/** Together with the version of the credential that it speaks of, as both were at one moment. */
export async function findGrantOfVersion(
  db: Db,
  workspaceId: string,
  connectionId: string,
): Promise<(ConnectionGrantRow & Pick<ConnectionRow, 'credential_version'>) | undefined> {
  return db
    .selectFrom('connection_grants')
    .innerJoin('connections', 'connections.id', 'connection_grants.connection_id')
    .selectAll('connection_grants')
    .select('connections.credential_version')
    .where('connection_grants.workspace_id', '=', workspaceId)
    .where('connection_grants.connection_id', '=', connectionId)
    .executeTakeFirst()
}

export async function getGrant(db: Db, workspaceId: string, connectionId: string): Promise<ConnectionGrantRow> {
  const row = await findGrant(db, workspaceId, connectionId)
  if (!row) throw new Problem('connection.pending')
  return row
}

/** A grant takes the place of the one before it. */
export async function putGrant(db: Db, row: ConnectionGrantRow): Promise<void> {
  const { connection_id: _id, workspace_id: _workspace, fence: _fence, ...columns } = row
  await db
    .insertInto('connection_grants')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('connection_id')
        // Whoever is renewing the grant before it has lost.
        .doUpdateSet((eb) => ({ ...columns, fence: eb('connection_grants.fence', '+', 1) }))
        .where('connection_grants.workspace_id', '=', row.workspace_id),
    )
    .execute()
}

export type GrantChange = Partial<Omit<ConnectionGrantRow, 'connection_id' | 'workspace_id'>>

export async function changeGrant(
  db: Db,
  { workspace_id, id }: Pick<ConnectionRow, 'workspace_id' | 'id'>,
  change: GrantChange,
): Promise<void> {
  await db
    .updateTable('connection_grants')
    .set(change)
    .where('workspace_id', '=', workspace_id)
    .where('connection_id', '=', id)
    .execute()
}

/** Of a connection that was deleted only the grant is left. */
export interface DueGrant {
  grant: ConnectionGrantRow
  row: ConnectionRow | undefined
}

/** Takes what is due for this server until an instant; a server that dies gives it back by that. */
export async function claimDueGrants(
  db: Db,
  { now, until, limit }: { now: number; until: number; limit: number },
): Promise<DueGrant[]> {
  const due = await db
    .selectFrom('connection_grants')
    .select('connection_id')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .$if(hasRowLocks(db), (query) => query.forUpdate().skipLocked())
    .execute()
  if (due.length === 0) return []
  const ids = due.map(({ connection_id }) => connection_id)
  const grants = await db
    .updateTable('connection_grants')
    .set({ due_at: until })
    .where('connection_id', 'in', ids)
    .returningAll()
    .execute()
  const rows = await db
    .selectFrom('connections')
    .selectAll()
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return grants.map((grant) => ({ grant, row: byId.get(grant.connection_id) }))
}

/** Those that nobody has begun to renew since they were read. */
export async function postponeGrants(
  db: Db,
  later: readonly { grant: Pick<ConnectionGrantRow, 'connection_id' | 'fence'>; due_at: number | null }[],
): Promise<void> {
  for (const { grant, due_at } of later) {
    await db
      .updateTable('connection_grants')
      .set({ due_at })
      .where('connection_id', '=', grant.connection_id)
      .where('fence', '=', grant.fence)
      .execute()
  }
}

export type UntidyGrant = Pick<
  ConnectionGrantRow,
  'connection_id' | 'workspace_id' | 'stale_from' | 'stale_at' | 'has_access' | 'access_expires_at'
> &
  Pick<ConnectionRow, 'credential_version'>

/** Those of which something can be destroyed. Doing it twice is harmless. */
export async function listUntidyGrants(db: Db, now: number, limit: number): Promise<UntidyGrant[]> {
  return db
    .selectFrom('connection_grants')
    .innerJoin('connections', 'connections.id', 'connection_grants.connection_id')
    .select([
      'connection_grants.connection_id',
      'connection_grants.workspace_id',
      'connection_grants.stale_from',
      'connection_grants.stale_at',
      'connection_grants.has_access',
      'connection_grants.access_expires_at',
      'connections.credential_version',
    ])
    .where('connection_grants.tidy_at', '<=', now)
    .orderBy('connection_grants.tidy_at')
    .limit(limit)
    .execute()
}
