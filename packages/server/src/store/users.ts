import { sql } from 'kysely'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'

/**
 * People, their passwords and their browser sessions: better-auth's tables, written by us where the change must stand
 * in one transaction with its audit record. Both databases take an ISO text for an instant and 0 for false.
 */
export interface UserRecord {
  id: string
  name: string
  email: string
}

export interface SessionRecord {
  id: string
  userAgent: string
  ip: string
  createdAt: number
  updatedAt: number
  expiresAt: number
}

const PASSWORD = 'credential'
const iso = (instant: number) => new Date(instant).toISOString()
const milliseconds = (value: string | Date) => new Date(value).getTime()

export async function anyUserExists(db: Db): Promise<boolean> {
  return (await db.selectFrom('auth_users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Creates a person with a password; undefined when the address is taken. */
export async function createUser(
  db: Db,
  user: { name: string; email: string; passwordHash: string; now: number },
): Promise<UserRecord | undefined> {
  const at = iso(user.now)
  const created = await db
    .insertInto('auth_users')
    .values({
      id: newId('usr'),
      name: user.name,
      email: user.email,
      // Nobody has proved that the address is theirs: an inviting administrator holds the link too. Whatever links
      // accounts by address later must look at this.
      emailVerified: 0,
      image: null,
      createdAt: at,
      updatedAt: at,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning(['id', 'name', 'email'])
    .executeTakeFirst()
  if (!created) return undefined
  await db
    .insertInto('auth_accounts')
    .values({
      id: newId('acc'),
      accountId: created.id,
      providerId: PASSWORD,
      userId: created.id,
      accessToken: null,
      refreshToken: null,
      idToken: null,
      accessTokenExpiresAt: null,
      refreshTokenExpiresAt: null,
      scope: null,
      password: user.passwordHash,
      createdAt: at,
      updatedAt: at,
    })
    .execute()
  return created
}

export async function findUser(db: Db, userId: string): Promise<UserRecord | undefined> {
  return db.selectFrom('auth_users').select(['id', 'name', 'email']).where('id', '=', userId).executeTakeFirst()
}

export async function findUserByEmail(
  db: Db,
  email: string,
): Promise<(UserRecord & { passwordHash: string | null }) | undefined> {
  return withPassword(db).where('auth_users.email', '=', email).executeTakeFirst()
}

export async function findUserWithPassword(
  db: Db,
  userId: string,
): Promise<(UserRecord & { passwordHash: string | null }) | undefined> {
  return withPassword(db).where('auth_users.id', '=', userId).executeTakeFirst()
}

function withPassword(db: Db) {
  return db
    .selectFrom('auth_users')
    .leftJoin('auth_accounts', (join) =>
      join.onRef('auth_accounts.userId', '=', 'auth_users.id').on('auth_accounts.providerId', '=', PASSWORD),
    )
    .select(['auth_users.id', 'auth_users.name', 'auth_users.email', 'auth_accounts.password as passwordHash'])
}

/** Replaces a password hash, unless somebody else has replaced it meanwhile. */
export async function replacePassword(
  db: Db,
  userId: string,
  change: { from: string; to: string; now: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth_accounts')
    .set({ password: change.to, updatedAt: iso(change.now) })
    .where('userId', '=', userId)
    .where('providerId', '=', PASSWORD)
    .where('password', '=', change.from)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Keeps the password from being replaced until this transaction ends; false when it is another one by now. */
export async function lockPassword(db: Db, userId: string, hash: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth_accounts')
    .set((eb) => ({ password: eb.ref('password') }))
    .where('userId', '=', userId)
    .where('providerId', '=', PASSWORD)
    .where('password', '=', hash)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function listSessions(db: Db, userId: string, now: number): Promise<SessionRecord[]> {
  const rows = await db
    .selectFrom('auth_sessions')
    .select(['id', 'userAgent', 'ipAddress', 'createdAt', 'updatedAt', 'expiresAt'])
    .where('userId', '=', userId)
    .where('expiresAt', '>', iso(now))
    .execute()
  return rows.map((row) => ({
    id: row.id,
    userAgent: row.userAgent ?? '',
    ip: row.ipAddress ?? '',
    createdAt: milliseconds(row.createdAt),
    updatedAt: milliseconds(row.updatedAt),
    expiresAt: milliseconds(row.expiresAt),
  }))
}

export async function deleteSession(db: Db, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth_sessions')
    .where('userId', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function deleteOtherSessions(db: Db, userId: string, keepId: string): Promise<string[]> {
  const rows = await db
    .deleteFrom('auth_sessions')
    .where('userId', '=', userId)
    .where('id', '!=', keepId)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function deleteExpiredSessions(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('auth_sessions').where('expiresAt', '<=', iso(now)).executeTakeFirst()
  return Number(numDeletedRows)
}

export async function deleteExpiredVerifications(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('auth_verifications')
    .where('expiresAt', '<=', sql<string>`${iso(now)}`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
