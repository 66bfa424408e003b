import type { Db } from './database.ts'
import type { AttemptRow } from './schema.ts'

/** Counts an attempt before its outcome is known, so that guesses made at the same time count too. */
export async function claimAttempt(db: Db, subject: string, now: number, windowStart: number): Promise<AttemptRow> {
  return db
    .insertInto('attempts')
    .values({ subject, failures: 1, window_started_at: now })
    .onConflict((conflict) =>
      conflict.column('subject').doUpdateSet((eb) => ({
        failures: eb
          .case()
          .when('attempts.window_started_at', '<=', windowStart)
          .then(1)
          .else(eb('attempts.failures', '+', 1))
          .end(),
        window_started_at: eb
          .case()
          .when('attempts.window_started_at', '<=', windowStart)
          .then(now)
          .else(eb.ref('attempts.window_started_at'))
          .end(),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function clearAttempts(db: Db, subject: string): Promise<void> {
  await db.deleteFrom('attempts').where('subject', '=', subject).execute()
}

/** Takes back one attempt that turned out well. */
export async function refundAttempt(db: Db, subject: string): Promise<void> {
  await db
    .updateTable('attempts')
    .set((eb) => ({ failures: eb('failures', '-', 1) }))
    .where('subject', '=', subject)
    .where('failures', '>', 0)
    .execute()
}

export async function deleteAttemptsBefore(db: Db, instant: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('attempts')
    .where('window_started_at', '<=', instant)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
