import { equalBytes } from '../crypto/equal.ts'
import { pageAuditCheckpoints } from '../store/audit-checkpoints.ts'
import type { AuditCheckpointRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { Anchor } from './anchor.ts'
import { type Head, readHeads } from './checkpoint.ts'
import type { Findings } from './findings.ts'
import type { AuditMacs } from './macs.ts'

export interface ProvenCheckpoints {
  count: number
  newest?: Anchor
  /** The newest head of each writer that any of them holds. */
  heads: Map<string, Head & { checkpoint: number }>
}

const PAGE = 200

export async function verifyCheckpoints(
  db: Db,
  macs: AuditMacs,
  findings: Findings,
  anchors: readonly Anchor[],
): Promise<ProvenCheckpoints> {
  const proven: ProvenCheckpoints = { count: 0, heads: new Map() }
  const anchored = new Map<number, string>()
  // The MACs that the next may follow. None after a gap: what it followed is gone.
  let candidates: Uint8Array[] = [new Uint8Array()]
  let last = 0
  for (;;) {
    const page = await pageAuditCheckpoints(db, last, PAGE)
    for (const row of page) {
      if (row.seq !== last + 1) {
        findings.add({ kind: 'checkpoint_missing', seq: last + 1, to: row.seq - 1 }, gone)
        candidates = []
      }
      const expected = candidates.map((candidate) => macs.checkpoint(candidate, row))
      const proves = expected.some((mac) => equalBytes(mac, row.mac))
      if (candidates.length > 0 && !proves) {
        findings.add(
          { kind: 'edited', seq: row.seq },
          (range) => `Checkpoint ${range} was altered, written without the key, or does not follow the one before it.`,
        )
      } else hold(proven.heads, row)
      candidates = proves || expected.length === 0 ? [row.mac] : [row.mac, expected[0]!]
      last = row.seq
      if (anchors.some(({ seq }) => seq === row.seq)) anchored.set(row.seq, hex(row.mac))
      proven.newest = { seq: row.seq, mac: hex(row.mac) }
    }
    proven.count += page.length
    if (page.length < PAGE) break
  }
  for (const anchor of anchors) compare(anchor, last, anchored.get(anchor.seq), findings)
  return proven
}

const gone = (range: string) =>
  `Checkpoint ${range} is gone: it was removed, or an older copy of the database was put back and used.`

function compare(anchor: Anchor, newest: number, found: string | undefined, findings: Findings): void {
  if (found === anchor.mac) return
  const why =
    anchor.seq > newest ? `the newest one here is ${newest}` : found ? 'the one here is another' : 'it is not here'
  findings.add(
    { kind: 'rolled_back', seq: anchor.seq },
    (range) => `The anchor knows checkpoint ${range}, and ${why}: an older copy of the database was put back.`,
  )
}

function hold(heads: ProvenCheckpoints['heads'], row: AuditCheckpointRow): void {
  for (const head of parsed(row)) {
    const before = heads.get(head.writer)
    if (!before || head.seq >= before.seq) heads.set(head.writer, { ...head, checkpoint: row.seq })
  }
}

/** What follows a gap cannot be proven, and may hold anything. */
function parsed(row: AuditCheckpointRow): Head[] {
  try {
    return readHeads(row).filter(
      ({ writer, seq, mac }) => typeof writer === 'string' && Number.isSafeInteger(seq) && typeof mac === 'string',
    )
  } catch {
    return []
  }
}

function hex(mac: Uint8Array): string {
  return Buffer.from(mac).toString('hex')
}
