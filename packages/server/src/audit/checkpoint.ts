import type { Clock } from '../clock.ts'
import { MINUTE } from '../clock.ts'
import { equalBytes } from '../crypto/equal.ts'
import type { Logger } from '../log.ts'
import {
  addAuditCheckpoint,
  findAuditCheckpoint,
  lockAuditCheckpoints,
  newestAuditCheckpoint,
  pageAuditCheckpoints,
} from '../store/audit-checkpoints.ts'
import { claimIdleAuditWriter, listLiveAuditWriters, updateAuditWriter } from '../store/audit-writers.ts'
import type { AuditCheckpointRow, AuditWriterRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import { type Anchor, readAnchor, writeAnchor } from './anchor.ts'
import { type AuditMacs, isSigned, signed } from './macs.ts'

/** Where one writer's chain stands, as a checkpoint holds it. */
export interface Head {
  writer: string
  seq: number
  mac: string
  /** Nothing follows; later checkpoints leave the writer out. */
  ended?: true
}

export interface Checkpoints {
  /** In the caller's transaction, whether something changed or not. */
  write(db: Db): Promise<AuditCheckpointRow>
  /** If something changed; then anchors the newest. Ends `ending`, and writers that have long been silent but for `own`. */
  round(writers: { own: readonly string[]; ending?: readonly string[] }): Promise<Anchor | undefined>
  /** A head that the database has lost, to be held against it in every further checkpoint. */
  remember(head: Pick<AuditWriterRow, 'writer' | 'seq' | 'mac'>): void
}

export interface CheckpointOptions {
  store: Store
  clock: Clock
  log: Logger
  macs: AuditMacs
  anchorFile?: string | undefined
}

const SILENT_AFTER = 10 * MINUTE

export function readHeads({ heads }: Pick<AuditCheckpointRow, 'heads'>): Head[] {
  return JSON.parse(heads)
}

export function createCheckpoints({ store, clock, log, macs, anchorFile }: CheckpointOptions): Checkpoints {
  const lost = new Map<string, Head>()
  /** The newest checkpoint that this server knows was there. */
  let known = anchorFile ? knownBefore(anchorFile, log) : undefined
  let anchored = known?.seq ?? 0

  const headOf = ({ writer, seq, mac }: Pick<AuditWriterRow, 'writer' | 'seq' | 'mac'>): Head => ({
    writer,
    seq,
    mac: Buffer.from(mac).toString('hex'),
  })

  /** What is written next follows what is known, not what was left in the database: a gap or a break stays visible. */
  async function previous(db: Db, newest: AuditCheckpointRow | undefined) {
    const origin = { seq: 0, mac: new Uint8Array() }
    if (!known) return { ...(newest ?? origin), broken: false }
    const found = await findAuditCheckpoint(db, known.seq)
    if (found && Buffer.from(found.mac).toString('hex') === known.mac) return { ...newest!, broken: false }
    const since = await continued(db, known)
    if (since) return { ...since, broken: false }
    log.error('the audit checkpoints are not as this server left them: see "cardea audit verify"', { known: known.seq })
    return { seq: Math.max(known.seq, newest?.seq ?? 0), mac: Buffer.from(known.mac, 'hex'), broken: true }
  }

  /** What has been written, by a transaction that begins a writer, since the break was first seen. */
  async function continued(db: Db, { seq, mac }: Anchor): Promise<AuditCheckpointRow | undefined> {
    const rows = await pageAuditCheckpoints(db, seq, 100)
    let before: Uint8Array = Buffer.from(mac, 'hex')
    for (const row of rows) {
      if (!equalBytes(macs.checkpoint(before, row), row.mac)) return undefined
      before = row.mac
    }
    return rows.at(-1)
  }

  async function currentHeads(live: AuditWriterRow[], newest: AuditCheckpointRow | undefined): Promise<Head[]> {
    const before = new Map((newest ? readHeads(newest) : []).map((head) => [head.writer, head]))
    const heads = live.map((row) => {
      // A head that nobody with the key has signed is not made good by a checkpoint.
      if (isSigned(macs, row)) return headOf(row)
      log.error('the head of an audit writer was altered: see "cardea audit verify"', { writer: row.writer })
      return before.get(row.writer)
    })
    return [...heads.filter((head) => head && !lost.has(head.writer)), ...lost.values()] as Head[]
  }

  async function add(db: Db, after: { seq: number; mac: Uint8Array }, heads: Head[]): Promise<AuditCheckpointRow> {
    const unsigned = { seq: after.seq + 1, at: clock.now(), heads: JSON.stringify(heads) }
    const row = { ...unsigned, mac: macs.checkpoint(after.mac, unsigned) }
    await addAuditCheckpoint(db, row)
    return row
  }

  async function writeIfChanged(
    db: Db,
    { own, ending = [] }: { own: readonly string[]; ending?: readonly string[] },
  ): Promise<AuditCheckpointRow | undefined> {
    await lockAuditCheckpoints(db, store.dialect)
    const newest = await newestAuditCheckpoint(db)
    const after = await previous(db, newest)
    const live = await listLiveAuditWriters(db)
    const heads = await currentHeads(live, newest)
    const now = clock.now()
    for (const { wrote_at, ...row } of live) {
      const silent = wrote_at !== null && wrote_at < now - SILENT_AFTER && !own.includes(row.writer)
      if (!(silent || ending.includes(row.writer)) || !isSigned(macs, row)) continue
      if (!(await claimIdleAuditWriter(db, store.dialect, row))) continue
      await updateAuditWriter(db, store.dialect, signed(macs, { ...row, checkpoint: after.seq + 1, ended_at: now }))
      const head = heads.find(({ writer }) => writer === row.writer)
      if (head) head.ended = true
    }
    const standing = newest ? readHeads(newest).filter(({ ended }) => !ended) : []
    if (!after.broken && JSON.stringify(heads) === JSON.stringify(standing)) return newest
    return add(db, after, heads)
  }

  async function anchor({ seq, mac }: Anchor): Promise<void> {
    known = { seq, mac }
    if (seq === anchored) return
    anchored = seq
    // Whoever ships the log keeps an anchor that an intruder on this machine cannot reach.
    log.info('audit checkpoint', { seq, mac })
    if (anchorFile) await writeAnchor(anchorFile, { seq, mac })
  }

  return {
    write: async (db) => {
      await lockAuditCheckpoints(db, store.dialect)
      const newest = await newestAuditCheckpoint(db)
      return add(db, await previous(db, newest), await currentHeads(await listLiveAuditWriters(db), newest))
    },
    round: async (writers) => {
      const newest = await store.sweep((db) => writeIfChanged(db, writers))
      if (!newest) return undefined
      const found = { seq: newest.seq, mac: Buffer.from(newest.mac).toString('hex') }
      await anchor(found)
      return found
    },
    remember: (head) => {
      lost.set(head.writer, headOf(head))
    },
  }
}

function knownBefore(file: string, log: Logger): Anchor | undefined {
  try {
    return readAnchor(file)
  } catch (error) {
    log.error('the audit anchor cannot be read, and begins anew', { file, error })
    return undefined
  }
}
