import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { ConnectionRow } from './schema.ts'

/** Connections that an OAuth app minted and that live by it still. */
export async function listConnectionsOfApp(
  db: Db,
  workspaceId: string,
  appId: string,
  limit: number,
): Promise<ConnectionRow[]> {
  return living(db, appId)
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function countConnectionsOfApp(db: Db, workspaceId: string, appId: string): Promise<number> {
  const { count } = await living(db, appId)
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** All of them, each held until the transaction ends. */
export async function lockConnectionsOfApp(db: Db, workspaceId: string, appId: string): Promise<ConnectionRow[]> {
  return living(db, appId)
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .orderBy('id')
    .$if(hasRowLocks(db), (query) => query.forUpdate())
    .execute()
}

/** Across workspaces, for an app of the whole deployment. */
export async function countConnectionsByWorkspace(
  db: Db,
  appId: string,
): Promise<{ workspaceId: string; connections: number }[]> {
  const rows = await living(db, appId)
    .select((select) => ['workspace_id', select.fn.countAll<number>().as('count')])
    .groupBy('workspace_id')
    .orderBy('workspace_id')
    .execute()
  return rows.map(({ workspace_id, count }) => ({ workspaceId: workspace_id, connections: Number(count) }))
}

function living(db: Db, appId: string) {
  return db
    .selectFrom('connections')
    .where('app_id', '=', appId)
    .where('deleted_at', 'is', null)
    .where('credential_version', '>', 0)
    .where('verdict', '!=', 'ended')
}
