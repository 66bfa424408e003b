import type { ClientAuth } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { hasRowLocks, hold } from './locks.ts'
import { DEPLOYMENT, type OauthAppRow } from './schema.ts'
import type { Db } from './store.ts'
import { lockWorkspace } from './workspaces.ts'

/** Registered OAuth apps. One that was begun and not finished, or was deleted, is found by nobody but the housekeeping. */
type Written = 'client_auth' | 'methods' | 'settings' | 'extra_scopes' | 'holds' | 'trouble' | 'told' | 'is_default'
export type OauthAppRecord = Omit<OauthAppRow, Written> & {
  client_auth: ClientAuth | null
  methods: readonly string[]
  settings: Readonly<Record<string, string>>
  extra_scopes: readonly string[]
  holds: readonly string[]
  trouble: { error: string; description?: string } | null
  told: Readonly<Record<string, number>>
  is_default: boolean
}
export type OauthAppChange = Partial<Omit<OauthAppRecord, 'id' | 'workspace_id' | 'provider' | 'source' | 'created_by'>>

/** One change of a workspace's apps at a time; the deployment's have a lock of their own. */
export async function lockOauthApps(db: Db, workspaceId: string): Promise<void> {
  if (workspaceId === DEPLOYMENT) await hold(db, 'oauth_apps', 'alone')
  else await lockWorkspace(db, workspaceId)
}

export async function createOauthApp(db: Db, app: OauthAppRecord): Promise<void> {
  await db
    .insertInto('oauth_apps')
    .values(columns(app) as OauthAppRow)
    .execute()
}

export async function findOauthApp(db: Db, workspaceId: string, id: string): Promise<OauthAppRecord | undefined> {
  const row = await db
    .selectFrom('oauth_apps')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('finished_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row && record(row)
}

export async function getOauthApp(db: Db, workspaceId: string, id: string): Promise<OauthAppRecord> {
  const app = await findOauthApp(db, workspaceId, id)
  if (!app) throw new Problem('app.not_found')
  return app
}

/** Nobody else changes it before this transaction ends. */
export async function lockOauthApp(db: Db, workspaceId: string, id: string): Promise<OauthAppRecord | undefined> {
  const row = await db
    .selectFrom('oauth_apps')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('finished_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .$if(hasRowLocks(db), (query) => query.forUpdate())
    .executeTakeFirst()
  return row && record(row)
}

/** All of a workspace, or of the deployment, the oldest first: there are few. */
export async function listOauthApps(db: Db, workspaceId: string, provider?: string): Promise<OauthAppRecord[]> {
  const rows = await db
    .selectFrom('oauth_apps')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('finished_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .$if(provider !== undefined, (query) => query.where('provider', '=', provider!))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(record)
}

/** One of the operator's file, also while it is only begun. */
export async function findFileApp(
  db: Db,
  { workspace_id, provider, name }: Pick<OauthAppRow, 'workspace_id' | 'provider' | 'name'>,
): Promise<OauthAppRecord | undefined> {
  const row = await db
    .selectFrom('oauth_apps')
    .selectAll()
    .where('workspace_id', '=', workspace_id)
    .where('provider', '=', provider)
    .where('name', '=', name)
    .where('source', '=', 'file')
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row && record(row)
}

/** Those begun count: each may be finished. */
export async function countOauthApps(db: Db, workspaceId: string): Promise<number> {
  const { count } = await db
    .selectFrom('oauth_apps')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function changeOauthApp(
  db: Db,
  { workspace_id, id }: Pick<OauthAppRow, 'workspace_id' | 'id'>,
  change: OauthAppChange,
): Promise<OauthAppRecord> {
  const row = await db
    .updateTable('oauth_apps')
    .set(columns(change))
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new Problem('app.not_found')
  return record(row)
}

/** A number for a new version of the secret, which nobody else is given. */
export async function beginOauthAppSecret(db: Db, workspaceId: string, id: string): Promise<number> {
  const row = await db
    .updateTable('oauth_apps')
    .set((eb) => ({ secret_versions: eb('secret_versions', '+', 1) }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('secret_versions')
    .executeTakeFirst()
  if (!row) throw new Problem('app.not_found')
  return row.secret_versions
}

/** In the transaction that deletes a workspace, where the vault shreds what they had. */
export async function deleteOauthAppsOf(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('oauth_apps').where('workspace_id', '=', workspaceId).execute()
}

// What follows goes through every workspace.

export type OauthAppName = Pick<OauthAppRow, 'id' | 'workspace_id'>

/** Deleted, or begun before an instant and never finished: the vault may still hold their secrets. */
export async function listOauthAppsToPurge(db: Db, begunBefore: number, limit: number): Promise<OauthAppName[]> {
  return db
    .selectFrom('oauth_apps')
    .select(['id', 'workspace_id'])
    .where((eb) =>
      eb.or([
        eb('deleted_at', 'is not', null),
        eb.and([eb('finished_at', 'is', null), eb('created_at', '<', begunBefore)]),
      ]),
    )
    .orderBy('created_at')
    .limit(limit)
    .execute()
}

export async function purgeOauthApp(db: Db, { workspace_id, id }: OauthAppName): Promise<void> {
  await db
    .deleteFrom('oauth_apps')
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where((eb) => eb.or([eb('deleted_at', 'is not', null), eb('finished_at', 'is', null)]))
    .execute()
}

/** Those that a service has refused, for whoever runs the server. */
export async function listOauthAppsInTrouble(db: Db, limit: number): Promise<OauthAppRecord[]> {
  const rows = await db
    .selectFrom('oauth_apps')
    .selectAll()
    .where('trouble', 'is not', null)
    .where('deleted_at', 'is', null)
    .orderBy('trouble_at')
    .limit(limit)
    .execute()
  return rows.map(record)
}

function columns(change: OauthAppChange): Partial<OauthAppRow> {
  const { methods, settings, extra_scopes, holds, trouble, told, is_default, ...plain } = change
  return {
    ...plain,
    ...(methods === undefined ? {} : { methods: JSON.stringify(methods) }),
    ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
    ...(extra_scopes === undefined ? {} : { extra_scopes: JSON.stringify(extra_scopes) }),
    ...(holds === undefined ? {} : { holds: JSON.stringify(holds) }),
    ...(trouble === undefined ? {} : { trouble: trouble && JSON.stringify(trouble) }),
    ...(told === undefined ? {} : { told: JSON.stringify(told) }),
    ...(is_default === undefined ? {} : { is_default: is_default ? 1 : 0 }),
  }
}

function record(row: OauthAppRow): OauthAppRecord {
  return {
    ...row,
    client_auth: row.client_auth as ClientAuth | null,
    methods: JSON.parse(row.methods) as string[],
    settings: JSON.parse(row.settings) as Record<string, string>,
    extra_scopes: JSON.parse(row.extra_scopes) as string[],
    holds: JSON.parse(row.holds) as string[],
    trouble: row.trouble === null ? null : (JSON.parse(row.trouble) as { error: string; description?: string }),
    told: JSON.parse(row.told) as Record<string, number>,
    is_default: row.is_default === 1,
  }
}
