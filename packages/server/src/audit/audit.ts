import { type Clock, MINUTE } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import { type AuditFilter, listAuditRecords } from '../store/audit-records.ts'
import type { Db, Store } from '../store/store.ts'
import type { Anchor } from './anchor.ts'
import { createLane } from './chain.ts'
import { createCheckpoints } from './checkpoint.ts'
import { createEnds, type Ended } from './ends.ts'
import { asCsv, asNdjson, exportRecords } from './export.ts'
import { auditMacs } from './macs.ts'
import { type AuditEvent, type AuditRecord, toRecord, toRow } from './record.ts'
import { type VerifyReport, verifyAudit } from './verify.ts'
import { type Claim, createBatchWriter } from './writer.ts'

export type { AuditFilter } from '../store/audit-records.ts'
export { type Anchor, removeAnchor } from './anchor.ts'
export type { Ended } from './ends.ts'
export { type AuditEventName, auditEvents } from './event-names.ts'
export type { Finding, FindingKind } from './findings.ts'
export type { AuditEvent, AuditRecord, AuditUse } from './record.ts'
export type { VerifyReport } from './verify.ts'
export type { Claim } from './writer.ts'

/**
 * Who did what, so that it can be proven. Promises: a change and its record are committed together; a use is recorded
 * durably before `use` resolves; records are chained under a key that is not in the database, so that editing, removing,
 * reordering and rewriting them shows. Refuses: records after it was closed.
 */
export interface Audit {
  /** In the transaction of the change that it records; call it last, it holds the chain until the commit. */
  record(db: Db, event: AuditEvent): Promise<void>
  /** Outside of any transaction. Resolves when the record is on disk, with what is claimed; in relaxed mode as soon as it is queued. */
  use(event: AuditEvent, claim?: Claim): Promise<void>
  /** How a call ended that `use` recorded. Nobody waits: it is written with others, within a second. */
  answered(end: Ended): void
  /** Newest first. */
  list(workspaceId: string, page: AuditPage): Promise<{ items: AuditRecord[]; cursor?: string }>
  /** Oldest first, what there is when it begins. */
  exportRows(workspaceId: string, filter?: AuditFilter): AsyncIterable<AuditRecord>
  /** `exportRows` as text to be streamed. */
  ndjson(workspaceId: string, filter?: AuditFilter): AsyncIterable<string>
  csv(workspaceId: string, filter?: AuditFilter): AsyncIterable<string>
  /** Of uses: records and commits since the start, and records that wait to be written. */
  stats(): { records: number; commits: number; waiting: number }
  /** Signs where every chain stands, if one has grown since the last time. */
  checkpoint(): Promise<Anchor | undefined>
  /** Proves the whole trail, against the anchor file or a checkpoint that was kept elsewhere. */
  verify(options?: { expect?: Anchor }): Promise<VerifyReport>
  /** Writes what is queued, ends the chains with a checkpoint, takes nothing more. */
  close(): Promise<void>
}

export interface AuditPage extends AuditFilter {
  cursor?: string
  limit: number
}

export interface AuditOptions {
  store: Store
  clock: Clock
  log: Logger
  /** 32 bytes that the database does not hold in clear: the vault's deployment key for the audit trail. */
  key: Secret
  mode: 'strict' | 'relaxed'
  /** Where the newest checkpoint is kept outside the database: an older copy of everything shows only against it. */
  anchorFile?: string
}

export function createAudit({ store, clock, log, key, mode, anchorFile }: AuditOptions): Audit {
  const macs = auditMacs(key)
  const checkpoints = createCheckpoints({ store, clock, log, macs, anchorFile })
  const laneOptions = { dialect: store.dialect, clock, log, macs, checkpoints }
  // Two chains: a change whose transaction takes long does not hold up the uses.
  const changes = createLane(laneOptions)
  const uses = createLane(laneOptions)
  const writer = createBatchWriter({ store, clock, log, lane: uses, mode })
  const ends = createEnds({ clock, log, write: (row) => writer.write(row) })
  let closing: Promise<void> | undefined
  let rounds: Promise<unknown> = Promise.resolve()

  function round(ending: readonly string[] = []): Promise<Anchor | undefined> {
    const own = [changes.writer, uses.writer]
    const result = rounds.then(() => checkpoints.round({ own, ending }))
    rounds = result.catch(() => {})
    return result
  }

  const stop = clock.every(MINUTE, () => {
    round().catch((error: unknown) => log.warn('could not write an audit checkpoint', { error }))
  })

  return {
    record: async (db, event) => {
      if (closing) throw new Problem('server.unavailable')
      await changes.append(db, [toRow(event, clock.now())])
    },
    use: (event, claim) => writer.write(toRow(event, clock.now()), claim),
    answered: ends.add,
    list: async (workspaceId, page) => {
      const { rows, cursor } = await store.within({ workspaceId }, (db) => listAuditRecords(db, workspaceId, page))
      return { items: rows.map(toRecord), ...(cursor ? { cursor } : {}) }
    },
    exportRows: (workspaceId, filter = {}) => exportRecords(store, workspaceId, filter, clock.now() + 1),
    ndjson: (workspaceId, filter = {}) => asNdjson(exportRecords(store, workspaceId, filter, clock.now() + 1)),
    csv: (workspaceId, filter = {}) => asCsv(exportRecords(store, workspaceId, filter, clock.now() + 1)),
    stats: () => writer.stats(),
    checkpoint: () => round(),
    verify: (options = {}) => verifyAudit({ store, macs, anchorFile, ...options }),
    close: () => {
      closing ??= (async () => {
        stop()
        await ends.close()
        await writer.close()
        // The chains are whole without it: the next server ends them.
        await round([changes.writer, uses.writer]).catch((error: unknown) =>
          log.error('could not write the last audit checkpoint', { error }),
        )
      })()
      return closing
    },
  }
}
