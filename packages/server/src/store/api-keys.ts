import type { Db } from './database.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { ApiKeyRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** An API key without the hash of its token. */
export type ApiKeyRecord = Omit<ApiKeyRow, 'token_hash' | 'permissions'> & { permissions: readonly string[] | null }

const shown = [
  'id',
  'workspace_id',
  'name',
  'role',
  'permissions',
  'hint',
  'created_by',
  'created_at',
  'expires_at',
  'last_used_at',
  'revoked_at',
  'skill_id',
] as const

export async function createApiKey(db: Db, key: ApiKeyRecord & { tokenHash: string }): Promise<void> {
  const { tokenHash, permissions, ...row } = key
  await db
    .insertInto('api_keys')
    .values({ ...row, token_hash: tokenHash, permissions: permissions && JSON.stringify(permissions) })
    .execute()
    .catch(refuseDeleted)
}

/** By the token that somebody presents: the transaction's scope must hold the same hash. */
export async function findApiKeyByToken(db: Db, tokenHash: string): Promise<ApiKeyRecord | undefined> {
  const row = await db.selectFrom('api_keys').select(shown).where('token_hash', '=', tokenHash).executeTakeFirst()
  return row && record(row)
}

export async function findApiKey(db: Db, workspaceId: string, id: string): Promise<ApiKeyRecord | undefined> {
  const row = await db
    .selectFrom('api_keys')
    .select(shown)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && record(row)
}

export async function listApiKeys(db: Db, workspaceId: string, page: PageRequest): Promise<Page<ApiKeyRecord>> {
  const query = db.selectFrom('api_keys').select(shown).where('workspace_id', '=', workspaceId)
  const rows = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(rows, page, (row) => ({ at: row.created_at, id: row.id }), record)
}

export async function revokeApiKey(
  db: Db,
  workspaceId: string,
  id: string,
  now: number,
): Promise<{ outcome: 'revoked' | 'was_revoked' | 'unknown'; name: string }> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  const row = await db
    .selectFrom('api_keys')
    .select('name')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  const outcome = numUpdatedRows > 0n ? 'revoked' : row ? 'was_revoked' : 'unknown'
  return { outcome, name: row?.name ?? '' }
}

/** With the skill that they mint for. Answers with how many there were. */
export async function revokeKeysOfSkill(db: Db, workspaceId: string, skillId: string, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('skill_id', '=', skillId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

export async function touchApiKey(db: Db, workspaceId: string, id: string, now: number): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ last_used_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', now)]))
    .execute()
}

function record(row: Omit<ApiKeyRow, 'token_hash'>): ApiKeyRecord {
  return { ...row, permissions: row.permissions === null ? null : (JSON.parse(row.permissions) as string[]) }
}
