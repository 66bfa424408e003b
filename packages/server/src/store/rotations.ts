import { Problem } from '../errors.ts'
import type { Db } from './database.ts'
import type { RotationRow } from './schema.ts'

export async function getRotation(db: Db, id: string): Promise<RotationRow> {
  const row = await db.selectFrom('rotations').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new Problem('vault.rotation_not_found', { id })
  return row
}

export async function findNewestRotation(db: Db): Promise<RotationRow | undefined> {
  return db
    .selectFrom('rotations')
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function findRunningRotation(db: Db): Promise<RotationRow | undefined> {
  return db.selectFrom('rotations').selectAll().where('state', '=', 'running').executeTakeFirst()
}

/** Throws when another one is running: there is one at a time, whichever server carries it out. */
export async function addRotation(db: Db, row: RotationRow): Promise<void> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('rotations')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows) return
  const running = await findRunningRotation(db)
  throw new Problem('vault.rotation_running', { id: running?.id ?? 'of another server' })
}

/** Takes the running rotation over when its server has not been heard of; with `now` infinite, in any case. */
export async function claimRotation(
  db: Db,
  claim: { runner: string; now: number; until: number },
): Promise<RotationRow | undefined> {
  return db
    .updateTable('rotations')
    .set({ runner: claim.runner, runner_until: claim.until })
    .where('state', '=', 'running')
    .where('runner_until', '<', claim.now)
    .returningAll()
    .executeTakeFirst()
}

/** Notes progress. Answers whether the rotation is still this server's to carry out. */
export async function advanceRotation(
  db: Db,
  held: { id: string; runner: string },
  step: { done?: number; until: number; target?: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('rotations')
    .set(({ eb }) => ({
      done: eb('done', '+', step.done ?? 0),
      runner_until: step.until,
      ...(step.target === undefined ? {} : { target: step.target }),
    }))
    .where('id', '=', held.id)
    .where('runner', '=', held.runner)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Answers whether it was this server's to finish. */
export async function finishRotation(
  db: Db,
  held: { id: string; runner: string },
  end: { state: 'done' | 'failed'; error: string | null; at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('rotations')
    .set(({ ref }) => ({
      state: end.state,
      error: end.error,
      finished_at: end.at,
      // Secrets that were deleted meanwhile needed no work.
      ...(end.state === 'done' ? { done: ref('total') } : {}),
    }))
    .where('id', '=', held.id)
    .where('runner', '=', held.runner)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
