import type { Db } from './database.ts'
import type { CliLoginRow } from './schema.ts'

export type CliLoginRecord = Omit<CliLoginRow, 'token_hash'>

const shown = ['id', 'user_id', 'client', 'created_at', 'expires_at', 'last_used_at'] as const

export async function createCliLogin(db: Db, login: CliLoginRow): Promise<void> {
  await db.insertInto('cli_logins').values(login).execute()
}

export async function findCliLoginByToken(db: Db, tokenHash: string, now: number): Promise<CliLoginRecord | undefined> {
  return db
    .selectFrom('cli_logins')
    .select(shown)
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

export async function listCliLogins(db: Db, userId: string, now: number): Promise<CliLoginRecord[]> {
  return db.selectFrom('cli_logins').select(shown).where('user_id', '=', userId).where('expires_at', '>', now).execute()
}

/** Notes a use, which prolongs the login. */
export async function touchCliLogin(db: Db, id: string, now: number, expiresAt: number): Promise<void> {
  await db
    .updateTable('cli_logins')
    .set({ last_used_at: now, expires_at: expiresAt })
    .where('id', '=', id)
    .where('last_used_at', '<', now)
    .execute()
}

export async function deleteCliLogin(db: Db, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('cli_logins')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function deleteOtherCliLogins(db: Db, userId: string, keepId: string): Promise<string[]> {
  const rows = await db
    .deleteFrom('cli_logins')
    .where('user_id', '=', userId)
    .where('id', '!=', keepId)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function deleteExpiredCliLogins(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('cli_logins').where('expires_at', '<=', now).executeTakeFirst()
  return Number(numDeletedRows)
}
