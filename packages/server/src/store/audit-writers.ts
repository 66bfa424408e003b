import { CompiledQuery } from 'kysely'
import type { AuditWriterRow } from './schema.ts'
import type { Db, Store } from './store.ts'

// Written out, and not built anew each time: these run with each commit of uses, and building them took longer than running them.
const COLUMNS = 'writer, started_at, seq, mac, checkpoint, ended_at, signature'
const NEWEST = '(select max(audit_checkpoints.seq) from audit_checkpoints) as newest_checkpoint'
const LOCK = {
  // SQLite has one writing transaction at a time and no words for it.
  sqlite: `select ${COLUMNS}, ${NEWEST} from audit_writers where writer = ?`,
  postgres: `select ${COLUMNS}, ${NEWEST} from audit_writers where writer = $1 for update`,
}
const UPDATE = {
  sqlite: `update audit_writers set seq = ?, mac = ?, checkpoint = ?, ended_at = ?, signature = ? where writer = ?`,
  postgres: `update audit_writers set seq = $1, mac = $2, checkpoint = $3, ended_at = $4, signature = $5 where writer = $6`,
}

/** The writer's row, held until the transaction ends so that its records follow one another. With the newest checkpoint there is. */
export async function lockAuditWriter(
  db: Db,
  dialect: Store['dialect'],
  writer: string,
): Promise<(AuditWriterRow & { newest_checkpoint: number | null }) | undefined> {
  const query = CompiledQuery.raw(LOCK[dialect], [writer])
  const { rows } = await db.executeQuery(query as CompiledQuery<AuditWriterRow & { newest_checkpoint: number | null }>)
  return rows[0]
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

export async function updateAuditWriter(
  db: Db,
  dialect: Store['dialect'],
  { writer, seq, mac, checkpoint, ended_at, signature }: AuditWriterRow,
): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(UPDATE[dialect], [seq, mac, checkpoint, ended_at, signature, writer]))
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
