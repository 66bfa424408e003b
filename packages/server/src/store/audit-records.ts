import { CompiledQuery, sql } from 'kysely'
import { Problem } from '../errors.ts'
import { EachOf } from './database.ts'
import type { AuditRecordRow } from './schema.ts'
import type { Db, Store } from './store.ts'

export interface AuditFilter {
  connection?: string
  /** The id of whoever acted: a person, a key … */
  member?: string
  skill?: string
  event?: string
  /** The id of what it happened to. */
  subject?: string
  /** First instant included. */
  from?: number
  /** First instant no longer included. */
  to?: number
}

/** Where a record stands in the order of time; the writer and its count settle what happened in the same millisecond. */
export type AuditPosition = Pick<AuditRecordRow, 'at' | 'writer' | 'seq'>

/** One statement for any number of rows, compiled once: records are written with every call that leaves. */
export async function insertAuditRecords(
  db: Db,
  dialect: Store['dialect'],
  rows: readonly AuditRecordRow[],
): Promise<void> {
  await db.executeQuery(
    dialect === 'postgres'
      ? CompiledQuery.raw(INSERT_POSTGRES, [JSON.stringify(rows.map(withHexMac))])
      : CompiledQuery.raw(INSERT_SQLITE, [new EachOf(rows.map(valuesOf))]),
  )
}

/** Newest first, from behind `cursor`. */
export async function listAuditRecords(
  db: Db,
  workspaceId: string,
  { cursor, limit, ...filter }: AuditFilter & { cursor?: string; limit: number },
): Promise<{ rows: AuditRecordRow[]; cursor?: string }> {
  let query = filtered(db, workspaceId, filter).orderBy('at', 'desc').orderBy('writer', 'desc').orderBy('seq', 'desc')
  if (cursor !== undefined) {
    const { at, writer, seq } = readCursor(cursor)
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'writer', 'seq'), '<', tuple(at, writer, seq)))
  }
  const rows = await query.limit(limit + 1).execute()
  if (rows.length <= limit) return { rows }
  rows.length = limit
  return { rows, cursor: writeCursor(rows[limit - 1]!) }
}

/** Oldest first, from behind `after`. */
export async function pageAuditRecords(
  db: Db,
  workspaceId: string,
  filter: AuditFilter,
  after: AuditPosition | undefined,
  limit: number,
): Promise<AuditRecordRow[]> {
  let query = filtered(db, workspaceId, filter).orderBy('at').orderBy('writer').orderBy('seq')
  if (after) {
    const { at, writer, seq } = after
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'writer', 'seq'), '>', tuple(at, writer, seq)))
  }
  return query.limit(limit).execute()
}

function filtered(db: Db, workspaceId: string, filter: AuditFilter) {
  return db
    .selectFrom('audit_records')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .$if(filter.connection !== undefined, (query) => query.where('connection_id', '=', storable(filter.connection!)))
    .$if(filter.member !== undefined, (query) => query.where('actor_id', '=', storable(filter.member!)))
    .$if(filter.skill !== undefined, (query) => query.where('skill', '=', storable(filter.skill!)))
    .$if(filter.event !== undefined, (query) => query.where('event', '=', storable(filter.event!)))
    .$if(filter.subject !== undefined, (query) => query.where('subject', '=', storable(filter.subject!)))
    .$if(filter.from !== undefined, (query) => query.where('at', '>=', filter.from!))
    .$if(filter.to !== undefined, (query) => query.where('at', '<', filter.to!))
}

/** Text that both databases hold alike: PostgreSQL takes no NUL, and a lone surrogate would come back as something else. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

function writeCursor({ at, writer, seq }: AuditPosition): string {
  return Buffer.from(`${at}.${writer}.${seq}`).toString('base64url')
}

function readCursor(cursor: string): AuditPosition {
  const match = /^(\d{1,15})\.(wr_[0-9a-z]{1,40})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new Problem('request.bad_cursor')
  return { at: Number(match[1]), writer: match[2]!, seq: Number(match[3]) }
}

/** The columns that a record's MAC covers, in their order. */
export const CHAINED_COLUMNS = [
  'writer',
  'seq',
  'at',
  'workspace_id',
  'event',
  'risk',
  'actor_kind',
  'actor_id',
  'on_behalf_of',
  'subject',
  'request_id',
  'ip',
  'connection_id',
  'credential_version',
  'skill',
  'tool_call',
  'run',
  'step',
  'host',
  'method',
  'path',
  'status',
  'bytes_in',
  'bytes_out',
  'duration_ms',
  'detail',
] as const satisfies readonly (keyof AuditRecordRow)[]

export const WHOLE_NUMBER_COLUMNS: ReadonlySet<string> = new Set<keyof AuditRecordRow>([
  'seq',
  'at',
  'credential_version',
  'status',
  'bytes_in',
  'bytes_out',
  'duration_ms',
])

const COLUMNS = [...CHAINED_COLUMNS, 'mac'] as const
const INSERT_SQLITE = `insert into audit_records (${COLUMNS.join(', ')}) values (${COLUMNS.map(() => '?').join(', ')})`
const INSERT_POSTGRES = `insert into audit_records (${COLUMNS.join(', ')})
  select ${CHAINED_COLUMNS.join(', ')}, decode(mac, 'hex') from json_to_recordset($1) as given (${COLUMNS.map(
    (name) => `${name} ${WHOLE_NUMBER_COLUMNS.has(name) ? 'bigint' : 'text'}`,
  ).join(', ')})`

function valuesOf(row: AuditRecordRow): unknown[] {
  return COLUMNS.map((name) => row[name])
}

function withHexMac(row: AuditRecordRow) {
  return { ...row, mac: Buffer.from(row.mac).toString('hex') }
}

type Chained = (typeof CHAINED_COLUMNS)[number]
/** Numbers are exact however large: whoever altered a row need not have kept to what we write. */
export type LinkRow = Record<Chained, string | bigint | null> & { writer: string; seq: bigint; mac: Uint8Array }

/** Every record of every workspace by writer and count, for verification: in a snapshot only. */
export async function pageAuditChain(
  db: Db,
  after: { writer: string; seq: bigint } | undefined,
  limit: number,
): Promise<LinkRow[]> {
  const columns = CHAINED_COLUMNS.map((name) =>
    WHOLE_NUMBER_COLUMNS.has(name) ? sql`cast(${sql.ref(name)} as text) as ${sql.ref(name)}` : sql.ref(name),
  )
  const from = after ? sql`where (writer, seq) > (${after.writer}, ${after.seq})` : sql``
  const { rows } = await sql<Record<string, string | null> & { mac: Uint8Array }>`
    select ${sql.join(columns)}, mac from audit_records ${from}
    order by audit_records.writer, audit_records.seq limit ${limit}`.execute(db)
  for (const row of rows as Record<string, unknown>[]) {
    for (const name of WHOLE_NUMBER_COLUMNS) if (row[name] !== null) row[name] = BigInt(row[name] as string)
  }
  return rows as unknown as LinkRow[]
}
