import { equalBytes } from '../crypto/equal.ts'
import { type MacKey, macKey } from '../crypto/mac.ts'
import type { Secret } from '../secret.ts'
import { CHAINED_COLUMNS, type LinkRow } from '../store/audit-records.ts'
import type { AuditCheckpointRow, AuditRecordRow, AuditWriterRow } from '../store/schema.ts'

/** What is signed under which key. Whoever has the database but not the key can make none of these. */
export interface AuditMacs {
  /** What a writer's first record follows. */
  origin(writer: string): Buffer
  record(previous: Uint8Array, row: AuditRecordRow | LinkRow): Buffer
  head(head: Omit<AuditWriterRow, 'signature'>): Buffer
  checkpoint(previous: Uint8Array, checkpoint: Omit<AuditCheckpointRow, 'mac'>): Buffer
}

export function auditMacs(key: Secret): AuditMacs {
  const records: MacKey = macKey(key, 'cardea audit record 1')
  const heads: MacKey = macKey(key, 'cardea audit head 1')
  const checkpoints: MacKey = macKey(key, 'cardea audit checkpoint 1')
  return {
    origin: (writer) => records.sign(['origin', writer]),
    record: (previous, row) => records.sign([previous, ...CHAINED_COLUMNS.map((name) => row[name])]),
    head: ({ writer, started_at, seq, mac, checkpoint, ended_at }) =>
      heads.sign([writer, started_at, seq, mac, checkpoint, ended_at]),
    checkpoint: (previous, { seq, at, heads: text }) => checkpoints.sign([previous, seq, at, text]),
  }
}

export function isSigned(macs: AuditMacs, row: AuditWriterRow): boolean {
  return equalBytes(macs.head(row), row.signature)
}

export function signed(macs: AuditMacs, head: Omit<AuditWriterRow, 'signature'>): AuditWriterRow {
  return { ...head, signature: macs.head(head) }
}
