import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Locks that SQLite does not have and does not need: its transactions wait for each other anyway. */
export function hasRowLocks(db: Db): boolean {
  return db.getExecutor().adapter.supportsMultipleConnections === true
}

// Any numbers will do, as long as every server takes the same.
const LOCKS = { master_key: 2, oauth_apps: 3 } as const

/** Held until the transaction ends. Needs no right on any table, so that requests may share what a rotation excludes. */
export async function hold(db: Db, name: keyof typeof LOCKS, how: 'shared' | 'alone'): Promise<void> {
  if (!hasRowLocks(db)) return
  const lock = sql.lit(LOCKS[name])
  if (how === 'shared') await sql`select pg_advisory_xact_lock_shared(4780, ${lock})`.execute(db)
  else await sql`select pg_advisory_xact_lock(4780, ${lock})`.execute(db)
}
