import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import type { ConnectionRow, RevocationRow } from './schema.ts'

/** Grants to be ended at their service. What is pending is never lost: it is claimed until an instant, and due again after it. */
export async function addRevocation(db: Db, row: RevocationRow): Promise<void> {
  await db.insertInto('revocations').values(row).execute()
}

type Name = Pick<RevocationRow, 'workspace_id' | 'id'>

export async function findRevocation(db: Db, { workspace_id, id }: Name): Promise<RevocationRow | undefined> {
  return db
    .selectFrom('revocations')
    .selectAll()
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Whether a version of a credential is to be ended, or was. */
export async function hasRevocation(
  db: Db,
  { workspace_id, id }: Pick<ConnectionRow, 'workspace_id' | 'id'>,
  version: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('revocations')
    .select('id')
    .where('workspace_id', '=', workspace_id)
    .where('connection_id', '=', id)
    .where('credential_version', '=', version)
    .executeTakeFirst()
  return row !== undefined
}

/** Those for which nothing has been taken from the vault yet. */
export async function listUnsealedRevocations(
  db: Db,
  { workspace_id, id }: Pick<ConnectionRow, 'workspace_id' | 'id'>,
): Promise<RevocationRow[]> {
  return db
    .selectFrom('revocations')
    .selectAll()
    .where('workspace_id', '=', workspace_id)
    .where('connection_id', '=', id)
    .where('state', '=', 'pending')
    .where('sealed', 'is', null)
    .execute()
}

export async function listPendingRevocations(db: Db, workspaceId: string): Promise<RevocationRow[]> {
  return db
    .selectFrom('revocations')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'pending')
    .execute()
}

/** Whoever comes second changes nothing. Answers who was first. */
export async function sealRevocation(db: Db, { workspace_id, id }: Name, sealed: Uint8Array): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('revocations')
    .set({ sealed })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('sealed', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Across workspaces: takes what is due until an instant, and counts the attempt that begins with it. */
export async function claimDueRevocations(
  db: Db,
  { now, until, limit }: { now: number; until: number; limit: number },
): Promise<RevocationRow[]> {
  const due = db
    .selectFrom('revocations')
    .select('id')
    .where('next_try_at', '<=', now)
    .orderBy('next_try_at')
    .limit(limit)
  return db
    .updateTable('revocations')
    .set((eb) => ({ next_try_at: until, attempts: eb('attempts', '+', 1) }))
    .where('id', 'in', hasRowLocks(db) ? due.forUpdate().skipLocked() : due)
    .returningAll()
    .execute()
}

export type RevocationChange = Partial<Omit<RevocationRow, 'id' | 'workspace_id'>>

/** Answers whether the attempt is still the newest one. */
export async function changeRevocation(
  db: Db,
  { workspace_id, id, attempts }: Name & Pick<RevocationRow, 'attempts'>,
  change: RevocationChange,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('revocations')
    .set(change)
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('attempts', '=', attempts)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function deleteRevocation(db: Db, { workspace_id, id }: Name): Promise<void> {
  await db.deleteFrom('revocations').where('workspace_id', '=', workspace_id).where('id', '=', id).execute()
}

export async function deleteRevocationsOfWorkspace(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('revocations').where('workspace_id', '=', workspaceId).execute()
}

/** Across workspaces. */
export async function deleteFinishedRevocations(db: Db, before: number): Promise<void> {
  await db.deleteFrom('revocations').where('finished_at', '<', before).execute()
}

export type ShownRevocation = Omit<RevocationRow, 'sealed' | 'settings' | 'learned'>

/** The oldest first. */
export async function listRevocationsOf(
  db: Db,
  workspaceId: string,
  connectionIds: readonly string[],
): Promise<ShownRevocation[]> {
  if (connectionIds.length === 0) return []
  return db
    .selectFrom('revocations')
    .select([
      'id',
      'workspace_id',
      'of_workspace',
      'connection_id',
      'because',
      'provider',
      'definition_version',
      'method',
      'app_id',
      'app_generation',
      'base',
      'account_id',
      'account_label',
      'account_team',
      'credential_version',
      'access_expires_at',
      'state',
      'confirmed',
      'attempts',
      'last_failure',
      'next_try_at',
      'created_at',
      'finished_at',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('connection_id', 'in', [...connectionIds])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Also one that was deleted: its event tells of it. */
export async function findEndedConnection(
  db: Db,
  { workspace_id, connection_id }: Pick<RevocationRow, 'workspace_id' | 'connection_id'>,
): Promise<ConnectionRow | undefined> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', connection_id)
    .executeTakeFirst()
}

/** Living connections of a workspace that may hold a grant, by id. */
export async function listGranted(
  db: Db,
  workspaceId: string,
  { after, limit }: { after: string; limit: number },
): Promise<ConnectionRow[]> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '>', after)
    .where('deleted_at', 'is', null)
    .where('credential_versions', '>', 0)
    .where((eb) => eb.or([eb('auth_type', '=', 'oauth2'), eb('app_id', 'is not', null)]))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export type Sharer = Pick<
  ConnectionRow,
  'id' | 'workspace_id' | 'provider' | 'account_id' | 'account_label' | 'account_team'
>

/** Across workspaces: living connections by the same client, whichever app stands for it. */
export async function listOfSameClient(
  db: Db,
  { app_id, provider }: Pick<RevocationRow, 'app_id' | 'provider'>,
  clientId: string | undefined,
): Promise<Sharer[]> {
  const client =
    clientId ??
    (app_id === null
      ? undefined
      : (await db.selectFrom('oauth_apps').select('client_id').where('id', '=', app_id).executeTakeFirst())?.client_id)
  const apps = client ? await db.selectFrom('oauth_apps').select('id').where('client_id', '=', client).execute() : []
  const ids = [...new Set([...apps.map(({ id }) => id), ...(app_id === null ? [] : [app_id])])]
  const living = db
    .selectFrom('connections')
    .select(['id', 'workspace_id', 'provider', 'account_id', 'account_label', 'account_team'])
    .where('deleted_at', 'is', null)
    .where('credential_versions', '>', 0)
  // Without an app the client is one of the service itself, or of the connection's own fields.
  if (ids.length === 0) return living.where('app_id', 'is', null).where('provider', '=', provider).execute()
  return living.where('app_id', 'in', ids).execute()
}

/** Of one workspace, by the same app: as much as a request may see. */
export async function listOfSameApp(
  db: Db,
  { workspace_id, id, app_id, provider }: Pick<ConnectionRow, 'workspace_id' | 'id' | 'app_id' | 'provider'>,
): Promise<Sharer[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'workspace_id', 'provider', 'account_id', 'account_label', 'account_team'])
    .where('workspace_id', '=', workspace_id)
    .where('provider', '=', provider)
    .where('id', '!=', id)
    .where('app_id', app_id === null ? 'is' : '=', app_id)
    .where('deleted_at', 'is', null)
    .where('credential_versions', '>', 0)
    .execute()
}
