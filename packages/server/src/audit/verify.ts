import { setImmediate as turn } from 'node:timers/promises'
import { pageAuditChain } from '../store/audit-records.ts'
import { listAuditWriters } from '../store/audit-writers.ts'
import type { Db, Store } from '../store/store.ts'
import { type Anchor, readAnchor } from './anchor.ts'
import { createFindings, type Finding, type Findings } from './findings.ts'
import type { AuditMacs } from './macs.ts'
import { type ProvenCheckpoints, verifyCheckpoints } from './verify-checkpoints.ts'
import { verifyWriter } from './verify-writer.ts'

/** Proves what is in the database against the key, and against what is known from outside the database. */
export interface VerifyReport {
  ok: boolean
  records: number
  writers: number
  checkpoints: number
  /** The newest checkpoint: kept elsewhere, it proves at any later time that nothing was put back. */
  newest?: Anchor
  findings: Finding[]
  /** How many findings are not listed, because there were too many. */
  more: number
}

export interface VerifyOptions {
  store: Store
  macs: AuditMacs
  anchorFile?: string | undefined
  expect?: Anchor
}

const PAGE = 1000

export async function verifyAudit({ store, macs, anchorFile, expect }: VerifyOptions): Promise<VerifyReport> {
  const findings = createFindings()
  // Before the snapshot: what was anchored by now is in it.
  const anchors = [...(anchorFile ? anchorIn(anchorFile, findings) : []), ...(expect ? [expect] : [])]
  return store.snapshot(async (db) => {
    const checkpoints = await verifyCheckpoints(db, macs, findings, anchors)
    const counted = await verifyChains(db, macs, findings, checkpoints)
    const list = findings.list()
    return {
      ok: list.length === 0,
      ...counted,
      checkpoints: checkpoints.count,
      ...(checkpoints.newest ? { newest: checkpoints.newest } : {}),
      findings: list,
      more: findings.more,
    }
  })
}

function anchorIn(file: string, findings: Findings): Anchor[] {
  try {
    const anchor = readAnchor(file)
    return anchor ? [anchor] : []
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    findings.add({ kind: 'foreign' }, () => `The anchor file ${file} holds something else than an anchor.`)
    return []
  }
}

async function verifyChains(db: Db, macs: AuditMacs, findings: Findings, checkpoints: ProvenCheckpoints) {
  const rows = new Map((await listAuditWriters(db)).map((row) => [row.writer, row]))
  const writers = new Set([...rows.keys(), ...checkpoints.heads.keys()])
  const verifierOf = (writer: string) =>
    verifyWriter({ writer, row: rows.get(writer), head: checkpoints.heads.get(writer), checkpoints, macs, findings })

  let records = 0
  let current: ReturnType<typeof verifierOf> | undefined
  let after: { writer: string; seq: bigint } | undefined
  const unread = new Set(writers)
  for (;;) {
    const page = await pageAuditChain(db, after, PAGE)
    for (const row of page) {
      if (row.writer !== current?.writer) {
        current?.finish()
        current = verifierOf(row.writer)
        unread.delete(row.writer)
        writers.add(row.writer)
      }
      current.follow(row)
    }
    records += page.length
    if (page.length < PAGE) break
    after = page.at(-1)!
    // SQLite answers without ever leaving the thread; others want to be served between two pages.
    await turn()
  }
  current?.finish()
  for (const writer of unread) verifierOf(writer).finish()
  return { records, writers: writers.size }
}
