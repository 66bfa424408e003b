import type { AuditWriterRow } from './schema.ts'
import type { Db, Store } from './store.ts'

/** The writer's row, held until the transaction ends so that its records follow one another. */
export async function lockAuditWriter(
  db: Db,
  dialect: Store['dialect'],
  writer: string,
): Promise<AuditWriterRow | undefined> {
  const query = db.selectFrom('audit_writers').selectAll().where('writer', '=', writer)
  // SQLite has one writing transaction at a time and no words for it.
  return (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
}

/** Locks a writer that may be ended, unless a transaction is at work on it. */
export async function claimIdleAuditWriter(
  db: Db,
  dialect: Store['dialect'],
  { writer, seq }: Pick<AuditWriterRow, 'writer' | 'seq'>,
): Promise<AuditWriterRow | undefined> {
  const query = db
    .selectFrom('audit_writers')
    .selectAll()
    .where('writer', '=', writer)
    .where('seq', '=', seq)
    .where('ended_at', 'is', null)
  return (dialect === 'postgres' ? query.forUpdate().skipLocked() : query).executeTakeFirst()
}

/** Whether it was added now; no when another transaction of this process came first. */
export async function addAuditWriter(db: Db, row: AuditWriterRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('audit_writers')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function updateAuditWriter(db: Db, { writer, ...row }: AuditWriterRow): Promise<void> {
  await db.updateTable('audit_writers').set(row).where('writer', '=', writer).execute()
}

/** The writers that have not ended, with the instant of their newest record. */
export async function listLiveAuditWriters(db: Db): Promise<(AuditWriterRow & { wrote_at: number | null })[]> {
  return db
    .selectFrom('audit_writers')
    .leftJoin('audit_records', (join) =>
      join
        .onRef('audit_records.writer', '=', 'audit_writers.writer')
        .onRef('audit_records.seq', '=', 'audit_writers.seq'),
    )
    .selectAll('audit_writers')
    .select('audit_records.at as wrote_at')
    .where('audit_writers.ended_at', 'is', null)
    .orderBy('audit_writers.writer')
    .execute()
}

export async function listAuditWriters(db: Db): Promise<AuditWriterRow[]> {
  return db.selectFrom('audit_writers').selectAll().orderBy('writer').execute()
}
