import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Facts about the deployment as a whole, by name. */
export async function setDeploymentValue(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto('deployment')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

export async function findDeploymentValue(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('deployment').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

/** Reads a value and keeps every other server from changing it until this transaction ends. */
export async function lockDeploymentValue(db: Db, name: string): Promise<string | undefined> {
  const row = await db
    .updateTable('deployment')
    .set((eb) => ({ value: eb.ref('value') }))
    .where('name', '=', name)
    .returning('value')
    .executeTakeFirst()
  return row?.value
}

export async function deleteDeploymentValue(db: Db, name: string): Promise<void> {
  await db.deleteFrom('deployment').where('name', '=', name).execute()
}

/**
 * The next number of a counter. It is held until the transaction ends, so that changes become visible in the order of their numbers:
 * whoever has read up to one has missed none before it.
 */
export async function countUp(db: Db, name: string): Promise<number> {
  const counter = await db
    .insertInto('deployment')
    .values({ name, value: '1' })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: sql<string>`cast(cast(deployment.value as bigint) + 1 as text)` }),
    )
    .returning('value')
    .executeTakeFirstOrThrow()
  return Number(counter.value)
}
