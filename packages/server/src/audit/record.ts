import { actorId, type Caller, system } from '../actor.ts'
import { isPlainText, redactText } from '../log.ts'
import { storable } from '../store/audit-records.ts'
import type { AuditRecordRow } from '../store/schema.ts'
import { type AuditEventName, auditEvents } from './event-names.ts'

/** What a room tells the audit trail. Never a secret: what looks like one is blackened all the same. */
export interface AuditEvent {
  event: AuditEventName
  /** DEPLOYMENT where it concerns no workspace. */
  workspaceId: string
  caller: Caller
  /** The id of what it happened to. */
  subject?: string
  detail?: Record<string, unknown>
  /** When the event's own risk does not fit. */
  risk?: 'low' | 'high'
  /** How a connection was used. */
  use?: AuditUse
}

export interface AuditUse {
  connectionId?: string
  credentialVersion?: number
  skill?: string
  toolCall?: string
  run?: string
  step?: string
  onBehalfOf?: string
  host?: string
  method?: string
  /** Without the query, and as the caller sent it: before a credential was placed in it. */
  path?: string
  status?: number
  bytesIn?: number
  bytesOut?: number
  durationMs?: number
}

/** How one call ended. */
export interface CallEnd {
  /** The id of the call: the request id of the record that was written before it left. */
  call: string
  /** None: the service never answered. */
  status: number | undefined
  bytesIn: number
  bytesOut: number
  durationMs: number | undefined
}

/** A record as it is shown and exported. */
export interface AuditRecord {
  id: string
  at: number
  workspaceId: string
  event: string
  risk: 'low' | 'high'
  actor: { kind: string; id: string }
  onBehalfOf: string | null
  subject: string | null
  requestId: string | null
  ip: string | null
  connectionId: string | null
  credentialVersion: number | null
  skill: string | null
  toolCall: string | null
  run: string | null
  step: string | null
  host: string | null
  method: string | null
  path: string | null
  status: number | null
  bytesIn: number | null
  bytesOut: number | null
  durationMs: number | null
  detail: Record<string, unknown> | null
}

/** A row before it has a place in a chain. */
export type UnchainedRow = Omit<AuditRecordRow, 'writer' | 'seq' | 'mac'>

const MAX_TEXT = 2048
const MAX_DETAIL = 8192
const MAX_CALL = 64

export function toRow(event: AuditEvent, at: number): UnchainedRow {
  const { caller, use = {} } = event
  return {
    at,
    workspace_id: event.workspaceId,
    event: event.event,
    risk: event.risk ?? auditEvents[event.event],
    actor_kind: caller.actor.kind,
    actor_id: actorId(caller.actor),
    on_behalf_of: text(use.onBehalfOf),
    subject: text(event.subject),
    request_id: text(caller.requestId),
    ip: text(caller.ip),
    connection_id: text(use.connectionId),
    credential_version: whole(use.credentialVersion),
    skill: text(use.skill),
    tool_call: text(use.toolCall),
    run: text(use.run),
    step: text(use.step),
    host: text(use.host),
    method: text(use.method),
    path: text(use.path),
    status: whole(use.status),
    bytes_in: whole(use.bytesIn),
    bytes_out: whole(use.bytesOut),
    duration_ms: whole(use.durationMs),
    detail: json(event.detail),
  }
}

const NOTED_BY_US: Caller = { actor: system, requestId: '', ip: '' }

/** How calls through one connection ended. Bytes are those of all, the status what all had; each for itself is in `detail.calls`. */
export function endsRow(
  workspaceId: string,
  connectionId: string,
  calls: readonly CallEnd[],
  at: number,
): UnchainedRow {
  const [first] = calls
  const status = calls.every((each) => each.status === first?.status) ? first?.status : undefined
  const use: AuditUse = {
    connectionId,
    bytesIn: calls.reduce((total, each) => total + each.bytesIn, 0),
    bytesOut: calls.reduce((total, each) => total + each.bytesOut, 0),
    ...(status === undefined ? {} : { status }),
  }
  const row = toRow({ event: 'connection.answered', workspaceId, caller: NOTED_BY_US, subject: connectionId, use }, at)
  return { ...row, request_id: null, ip: null, detail: `{"calls":[${calls.map(callJson).join(',')}]}` }
}

export function toRecord(row: AuditRecordRow): AuditRecord {
  return {
    id: `${row.writer}:${row.seq}`,
    at: row.at,
    workspaceId: row.workspace_id,
    event: row.event,
    risk: row.risk,
    actor: { kind: row.actor_kind, id: row.actor_id },
    onBehalfOf: row.on_behalf_of,
    subject: row.subject,
    requestId: row.request_id,
    ip: row.ip,
    connectionId: row.connection_id,
    credentialVersion: row.credential_version,
    skill: row.skill,
    toolCall: row.tool_call,
    run: row.run,
    step: row.step,
    host: row.host,
    method: row.method,
    path: row.path,
    status: row.status,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    durationMs: row.duration_ms,
    detail: row.detail === null ? null : JSON.parse(row.detail),
  }
}

function text(value: string | undefined): string | null {
  return value === undefined ? null : clean(value, MAX_TEXT)
}

function clean(value: string, limit: number): string {
  if (value.length <= limit && isPlainText(value)) return value
  const cut = value.length > limit ? `${value.slice(0, limit - 1)}…` : value
  return storable(redactText(cut))
}

function whole(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? clamp(Math.round(value)) : null
}

function clamp(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

function json(detail: Record<string, unknown> | undefined): string | null {
  if (!detail) return null
  const written = plainJson(detail) ?? cleanJson(detail)
  if (written.length <= MAX_DETAIL) return written
  return JSON.stringify({ tooLong: written.length })
}

function callJson({ call, status, bytesIn, bytesOut, durationMs }: CallEnd): string {
  const name = clean(call, MAX_CALL)
  const quoted = isPlainText(name) ? `"${name}"` : JSON.stringify(name)
  const came = status === undefined ? '' : `"status":${whole(status)},`
  const took = durationMs === undefined ? '' : `,"durationMs":${whole(durationMs)}`
  return `{"call":${quoted},${came}"bytesIn":${whole(bytesIn)},"bytesOut":${whole(bytesOut)}${took}}`
}

/** What JSON.stringify would write of a few plain texts, without a replacer that is called for each. */
function plainJson(detail: Record<string, unknown>): string | undefined {
  let written = ''
  for (const name of Object.keys(detail)) {
    const value = detail[name]
    if (typeof value !== 'string' || value.length > MAX_TEXT || !isPlainText(value) || !isPlainText(name))
      return undefined
    written += `${written === '' ? '' : ','}"${name}":"${value}"`
  }
  return `{${written}}`
}

function cleanJson(detail: Record<string, unknown>): string {
  return JSON.stringify(detail, (_name, value) => {
    if (typeof value === 'string') return clean(value, MAX_TEXT)
    return typeof value === 'bigint' ? value.toString() : value
  })
}
