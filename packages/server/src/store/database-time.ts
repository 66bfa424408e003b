import { sql } from 'kysely'
import { hasRowLocks } from './locks.ts'
import type { Db } from './store.ts'

/** What time it is for the database; undefined where that is this very process. */
export async function databaseTime(db: Db): Promise<number | undefined> {
  if (!hasRowLocks(db)) return undefined
  const { rows } = await sql<{
    now: number
  }>`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`.execute(db)
  return Number(rows[0]!.now)
}
