import type { Db } from './database.ts'
import type { DeviceLoginRow } from './schema.ts'

/** Files a waiting command line; false when its user code is in use by another. */
export async function createDeviceLogin(db: Db, login: DeviceLoginRow): Promise<boolean> {
  const created = await db
    .insertInto('device_logins')
    .values(login)
    .onConflict((conflict) => conflict.column('user_code_hash').doNothing())
    .returning('id')
    .executeTakeFirst()
  return created !== undefined
}

export async function findDeviceLogin(db: Db, userCodeHash: string, now: number): Promise<DeviceLoginRow | undefined> {
  return db
    .selectFrom('device_logins')
    .selectAll()
    .where('user_code_hash', '=', userCodeHash)
    .where('state', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

/** Decides a pending login, once. */
export async function decideDeviceLogin(
  db: Db,
  userCodeHash: string,
  decision: { state: 'approved' | 'denied'; userId: string; now: number },
): Promise<DeviceLoginRow | undefined> {
  return db
    .updateTable('device_logins')
    .set({ state: decision.state, user_id: decision.userId })
    .where('user_code_hash', '=', userCodeHash)
    .where('state', '=', 'pending')
    .where('expires_at', '>', decision.now)
    .returningAll()
    .executeTakeFirst()
}

/** Reads the login that a device code names, so that no other poll looks at it until this transaction ends. */
export async function lockDeviceLogin(db: Db, deviceHash: string, now: number): Promise<DeviceLoginRow | undefined> {
  return db
    .updateTable('device_logins')
    .set((eb) => ({ client: eb.ref('client') }))
    .where('device_hash', '=', deviceHash)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
}

export async function notePoll(db: Db, id: string, polledAt: number, intervalSeconds: number): Promise<void> {
  await db
    .updateTable('device_logins')
    .set({ polled_at: polledAt, interval_seconds: intervalSeconds })
    .where('id', '=', id)
    .execute()
}

export async function deleteDeviceLogin(db: Db, id: string): Promise<void> {
  await db.deleteFrom('device_logins').where('id', '=', id).execute()
}

export async function deleteExpiredDeviceLogins(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('device_logins').where('expires_at', '<=', now).executeTakeFirst()
  return Number(numDeletedRows)
}
