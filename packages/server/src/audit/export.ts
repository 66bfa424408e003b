import { setImmediate as turn } from 'node:timers/promises'
import { type AuditFilter, type AuditPosition, pageAuditRecords } from '../store/audit-records.ts'
import type { Store } from '../store/store.ts'
import { type AuditRecord, toRecord } from './record.ts'

const PAGE = 500

/** Every record up to `until`, a page a transaction: a reader that is slow holds up nobody. */
export async function* exportRecords(
  store: Store,
  workspaceId: string,
  filter: AuditFilter,
  until: number,
): AsyncIterable<AuditRecord> {
  const bounded = { ...filter, to: Math.min(filter.to ?? until, until) }
  let after: AuditPosition | undefined
  for (;;) {
    const rows = await store.within({ workspaceId }, (db) => pageAuditRecords(db, workspaceId, bounded, after, PAGE))
    yield* rows.map(toRecord)
    if (rows.length < PAGE) return
    after = rows.at(-1)
    // SQLite answers without ever leaving the thread; others want to be served between two pages.
    await turn()
  }
}

export async function* asNdjson(records: AsyncIterable<AuditRecord>): AsyncIterable<string> {
  for await (const record of records) {
    yield `${JSON.stringify({ ...record, at: new Date(record.at).toISOString() })}\n`
  }
}

const CSV_COLUMNS: readonly [name: string, cell: (record: AuditRecord) => unknown][] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => new Date(at).toISOString()],
  ['workspaceId', ({ workspaceId }) => workspaceId],
  ['event', ({ event }) => event],
  ['risk', ({ risk }) => risk],
  ['actorKind', ({ actor }) => actor.kind],
  ['actorId', ({ actor }) => actor.id],
  ['onBehalfOf', ({ onBehalfOf }) => onBehalfOf],
  ['subject', ({ subject }) => subject],
  ['requestId', ({ requestId }) => requestId],
  ['ip', ({ ip }) => ip],
  ['connectionId', ({ connectionId }) => connectionId],
  ['credentialVersion', ({ credentialVersion }) => credentialVersion],
  ['skill', ({ skill }) => skill],
  ['toolCall', ({ toolCall }) => toolCall],
  ['run', ({ run }) => run],
  ['step', ({ step }) => step],
  ['host', ({ host }) => host],
  ['method', ({ method }) => method],
  ['path', ({ path }) => path],
  ['status', ({ status }) => status],
  ['bytesIn', ({ bytesIn }) => bytesIn],
  ['bytesOut', ({ bytesOut }) => bytesOut],
  ['durationMs', ({ durationMs }) => durationMs],
  ['detail', ({ detail }) => detail && JSON.stringify(detail)],
]

/** RFC 4180. */
export async function* asCsv(records: AsyncIterable<AuditRecord>): AsyncIterable<string> {
  yield `${CSV_COLUMNS.map(([name]) => name).join(',')}\r\n`
  for await (const record of records) {
    yield `${CSV_COLUMNS.map(([, cell]) => csvCell(cell(record))).join(',')}\r\n`
  }
}

// What a spreadsheet takes for a formula, also behind blanks and in full width: a skill named =HYPERLINK(…) would act
// in the name of whoever opens the export.
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@|%\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/u

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = String(value)
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}
