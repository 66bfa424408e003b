import { sql } from 'kysely'
import type { AuditCheckpointRow } from './schema.ts'
import type { Db, Store } from './store.ts'

/** Until the transaction ends nobody else adds a checkpoint: each follows the one before. */
export async function lockAuditCheckpoints(db: Db, dialect: Store['dialect']): Promise<void> {
  if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(4780, 2)`.execute(db)
}

export async function newestAuditCheckpoint(db: Db): Promise<AuditCheckpointRow | undefined> {
  return db.selectFrom('audit_checkpoints').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst()
}

export async function findAuditCheckpoint(db: Db, seq: number): Promise<AuditCheckpointRow | undefined> {
  return db.selectFrom('audit_checkpoints').selectAll().where('seq', '=', seq).executeTakeFirst()
}

export async function addAuditCheckpoint(db: Db, row: AuditCheckpointRow): Promise<void> {
  await db.insertInto('audit_checkpoints').values(row).execute()
}

export async function pageAuditCheckpoints(db: Db, after: number, limit: number): Promise<AuditCheckpointRow[]> {
  return db.selectFrom('audit_checkpoints').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute()
}
