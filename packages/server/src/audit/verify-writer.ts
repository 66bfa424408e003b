import { equalBytes } from '../crypto/equal.ts'
import type { LinkRow } from '../store/audit-records.ts'
import type { AuditWriterRow } from '../store/schema.ts'
import type { FindingKind, Findings } from './findings.ts'
import { type AuditMacs, isSigned } from './macs.ts'
import type { ProvenCheckpoints } from './verify-checkpoints.ts'

/** Follows one writer's chain, record by record, and then holds it against its head and the checkpoints. */
export interface WriterVerifier {
  readonly writer: string
  follow(row: LinkRow): void
  finish(): void
}

interface Suspect {
  row: LinkRow
  /** What the record before it may have as its MAC, unless that one is suspect as well. */
  before: Uint8Array[]
}

/** Up to so many, it is tried whether they are only in each other's places. */
const MAX_SUSPECTS = 64

export interface WriterVerifierOptions {
  writer: string
  row: AuditWriterRow | undefined
  head: (ProvenCheckpoints['heads'] extends Map<string, infer H> ? H : never) | undefined
  checkpoints: ProvenCheckpoints
  macs: AuditMacs
  findings: Findings
}

export function verifyWriter({
  writer,
  row,
  head,
  checkpoints,
  macs,
  findings,
}: WriterVerifierOptions): WriterVerifier {
  const trusted = row && isSigned(macs, row) ? row : undefined
  /** No record beyond this was ever acknowledged, as far as anybody with the key has signed. */
  const signedUpTo = Math.max(trusted?.seq ?? 0, head?.seq ?? 0)
  let last = 0n
  let good = 0
  let bad = 0
  // The MACs that the next record may follow. None after a gap: what it followed is gone.
  let candidates: Uint8Array[] = [macs.origin(writer)]
  let suspects: Suspect[] | undefined = []
  const macAt = new Map<number, Uint8Array>()

  const find = (kind: FindingKind, seq: number | bigint, sentence: (range: string) => string, to?: number | bigint) =>
    findings.add({ kind, writer, seq: Number(seq), ...(to === undefined ? {} : { to: Number(to) }) }, sentence)

  function accuse({ seq }: LinkRow): void {
    bad += 1
    // Of a writer that nobody with the key ever began, everything is foreign: said once, at the end.
    if (!trusted && !head && good === 0) return
    if (seq > signedUpTo) find('foreign', seq, (range) => `Record ${range} of ${writer} was written without the key.`)
    else find('edited', seq, (range) => `Record ${range} of ${writer} was altered, or written without the key.`)
  }

  /** Tries the suspects in each other's places: a record that was only moved still proves where it belongs. */
  function settle(found: Suspect[]): void {
    const pool = new Set(found)
    let before: Uint8Array[] = []
    let place = -1n
    for (const suspect of found) {
      const { seq } = suspect.row
      if (seq !== place + 1n) before = suspect.before
      place = seq
      const owner = pool.values().find(({ row: moved }) => {
        const there = { ...moved, seq }
        return before.some((mac) => equalBytes(macs.record(mac, there), moved.mac))
      })
      if (owner) {
        pool.delete(owner)
        before = [owner.row.mac]
        if (owner !== suspect) {
          bad += 1
          find('reordered', seq, (range) => `Record ${range} of ${writer} changed places with another one.`)
        } else good += 1
      } else {
        accuse(suspect.row)
        before = [suspect.row.mac, ...before.slice(0, 1).map((mac) => macs.record(mac, suspect.row))]
      }
    }
  }

  function suspect(found: Suspect): void {
    if (suspects) suspects.push(found)
    else accuse(found.row)
    if (suspects && suspects.length > MAX_SUSPECTS) {
      for (const { row: each } of suspects) accuse(each)
      suspects = undefined
    }
  }

  function checkHead(): void {
    if (!row) {
      if (head) find('writer_missing', head.seq, (seq) => `The writer ${writer}, ${seq} records long, is gone.`)
      else if (good > 0) find('writer_missing', last, (seq) => `The head of ${writer}, ${seq} records long, is gone.`)
      else find('foreign', 1, (seq) => `Record ${seq} of ${writer} was written without the key.`, last)
      return
    }
    if (!trusted) {
      const kind = head || good > 0 ? 'edited' : 'foreign'
      find(
        kind,
        row.seq,
        () => `The head of ${writer} was ${kind === 'edited' ? 'altered' : 'written without the key'}.`,
      )
      return
    }
    if (!head) {
      find('checkpoint_missing', 0, () => `The checkpoint that ${writer} began with is gone.`)
    } else if (trusted.seq < head.seq || (head.ended && trusted.ended_at === null)) {
      const now = `${trusted.seq} records`
      find(
        'rolled_back',
        head.seq,
        (seq) =>
          `The head of ${writer} says ${now}, checkpoint ${head.checkpoint} says ${seq}: an older head was put back.`,
      )
    }
    if (trusted.checkpoint > (checkpoints.newest?.seq ?? 0)) {
      const { checkpoint } = trusted
      find('checkpoint_missing', checkpoint, (seq) => `Checkpoint ${seq}, which ${writer} knew of, is gone.`)
    }
    if (last > trusted.seq && good > trusted.seq) {
      find('rolled_back', last, (seq) => `The head of ${writer} is older than its record ${seq}: it was put back.`)
    }
  }

  /** Records that prove themselves and yet are not those that were signed for: another history, from a copy. */
  function checkHistory(): void {
    for (const [seq, mac, by] of [
      [trusted?.seq, trusted?.mac, 'its head'],
      [head?.seq, head && Buffer.from(head.mac, 'hex'), `checkpoint ${head?.checkpoint}`],
    ] as const) {
      const found = seq ? macAt.get(seq) : undefined
      if (!found || !mac || equalBytes(found, mac) || bad > 0) continue
      find('rolled_back', seq!, (at) => `Record ${at} of ${writer} is not the one that ${by} was signed for.`)
    }
  }

  return {
    writer,
    follow: (link) => {
      const { seq } = link
      if (seq < 1n) return find('foreign', seq, (at) => `Record ${at} of ${writer} was written without the key.`)
      if (seq !== last + 1n) {
        find('missing', last + 1n, (range) => `Record ${range} of ${writer} is gone.`, seq - 1n)
        candidates = []
      }
      last = seq
      if (seq === BigInt(trusted?.seq ?? 0) || seq === BigInt(head?.seq ?? 0)) macAt.set(Number(seq), link.mac)
      const expected = candidates.map((mac) => macs.record(mac, link))
      const proves = candidates.length === 0 || expected.some((mac) => equalBytes(mac, link.mac))
      if (proves) {
        good += 1
        candidates = [link.mac]
        return
      }
      suspect({ row: link, before: candidates })
      // Whichever was altered, the fields or the MAC, the next record tells.
      candidates = [link.mac, expected[0]!]
    },
    finish: () => {
      if (suspects) settle(suspects)
      checkHead()
      if (row && signedUpTo > last) {
        find('truncated', last + 1n, (range) => `Record ${range} of ${writer}, at its end, is gone.`, signedUpTo)
      }
      checkHistory()
    },
  }
}
