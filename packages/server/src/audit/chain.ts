import type { Clock } from '../clock.ts'
import { equalBytes } from '../crypto/equal.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import { insertAuditRecords } from '../store/audit-records.ts'
import { addAuditWriter, lockAuditWriter, updateAuditWriter } from '../store/audit-writers.ts'
import type { AuditRecordRow, AuditWriterRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import type { Checkpoints } from './checkpoint.ts'
import { type AuditMacs, isSigned, signed } from './macs.ts'
import type { UnchainedRow } from './record.ts'

/** One chain of records. Each process has one for transactions and one for uses, so that neither waits for the other. */
export interface Lane {
  /** Adds records behind the newest, in the caller's transaction: if that is undone, so is the chain's growth. */
  append(db: Db, rows: readonly UnchainedRow[]): Promise<void>
  readonly writer: string
}

export interface LaneOptions {
  dialect: Store['dialect']
  clock: Clock
  log: Logger
  macs: AuditMacs
  checkpoints: Checkpoints
}

type LockedWriter = AuditWriterRow & { newest_checkpoint: number | null }

export function createLane({ dialect, clock, log, macs, checkpoints }: LaneOptions): Lane {
  let writer: string = newId('wr')
  let committed: AuditWriterRow | undefined
  // What a transaction sees at its first record is committed; what it sees later may be its own and be undone.
  const seen = new WeakSet<Db>()

  async function head(db: Db): Promise<LockedWriter> {
    // Each turn either ends here or puts something in order; more than a few mean that the database does not keep its word.
    for (let turn = 0; turn < 8; turn++) {
      const locked = writer
      const known = committed
      const row = await lockAuditWriter(db, dialect, locked)
      if (row && isIntact(row, known)) {
        if (!seen.has(db) && writer === locked) committed = row
        if (row.ended_at === null) return row
        // Another server took this one for gone, after a long silence.
        leave(locked)
      } else if (row || known) {
        // Going on would make whole what somebody with access to the database cut or turned back.
        log.error('the audit writer is not as this server left it: see "cardea audit verify"', { writer: locked })
        if (known) checkpoints.remember(known)
        leave(locked)
      } else {
        const begun = await begin(db, locked)
        if (begun) return begun
      }
    }
    throw new Error('the audit writer cannot begin')
  }

  function isIntact(row: AuditWriterRow, known: AuditWriterRow | undefined): boolean {
    return isSigned(macs, row) && (!known || row.seq > known.seq || equalBytes(row.mac, known.mac))
  }

  function leave(left: string): void {
    if (writer !== left) return
    writer = newId('wr')
    committed = undefined
  }

  /** Its checkpoint comes with it: from the first record on, a writer cannot be removed unnoticed. */
  async function begin(db: Db, name: string): Promise<LockedWriter | undefined> {
    const start = {
      writer: name,
      started_at: clock.now(),
      seq: 0,
      mac: macs.origin(name),
      checkpoint: 0,
      ended_at: null,
    }
    if (!(await addAuditWriter(db, signed(macs, start)))) return undefined
    const checkpoint = await checkpoints.write(db)
    const row = signed(macs, { ...start, checkpoint: checkpoint.seq })
    await updateAuditWriter(db, dialect, row)
    return { ...row, newest_checkpoint: checkpoint.seq }
  }

  return {
    get writer() {
      return writer
    },
    append: async (db, unchained) => {
      const row = await head(db)
      seen.add(db)
      let { seq, mac } = row
      const rows = unchained.map((fields): AuditRecordRow => {
        seq += 1
        const record = { ...fields, writer: row.writer, seq, mac }
        mac = macs.record(mac, record)
        record.mac = mac
        return record
      })
      await insertAuditRecords(db, dialect, rows)
      const checkpoint = Math.max(row.checkpoint, row.newest_checkpoint ?? 0)
      await updateAuditWriter(db, dialect, signed(macs, { ...row, seq, mac, checkpoint }))
    },
  }
}
