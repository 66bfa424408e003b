import { type Caller, system } from '../actor.ts'
import type { AuditEventName } from '../audit/audit.ts'
import { newId } from '../ids.ts'
import { bumpEpochs } from '../store/connection-epochs.ts'
import { type ConnectionChange, changeConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { ConnectionEventType, ConnectionsDeps } from './ports.ts'
import { stateOf, type Transition, transitionOf } from './state.ts'

/**
 * The one place where a row of a connection is written after it was made: its state follows from its facts, caches that hold it end, and
 * the event and the audit record stand in the same transaction. Rows first, the audit chain last: nobody waits for each other in a ring.
 */
export type Settle = (db: Db, before: ConnectionRow, change: ConnectionChange, also?: Also) => Promise<ConnectionRow>

export interface Also {
  /** Caches on every server must let go of it. */
  ends?: boolean
  events?: readonly ConnectionEventType[]
  audit?: { event: AuditEventName; caller: Caller; detail?: Record<string, unknown>; risk?: 'high' } | undefined
}

const OF_TRANSITION: Record<Transition, ConnectionEventType> = {
  needs_reauth: 'connection.needs_reauth',
  recovered: 'connection.recovered',
}

export function ourselves(): Caller {
  return { actor: system, requestId: newId('req'), ip: '' }
}

export function createSettle(
  deps: Pick<ConnectionsDeps, 'clock' | 'audit' | 'events' | 'signals' | 'redirectUri'>,
): Settle {
  const { clock, audit, events, signals } = deps
  return async (db, before, change, also = {}) => {
    const now = clock.now()
    const facts = limited(before, { ...before, ...change })
    const state = stateOf(facts, now)
    const idle_since = state.status === 'active' ? idleSince(facts) : null
    const tenure = before.tenure + (isAnother(before, facts) ? 1 : 0)
    const after: ConnectionRow = { ...facts, ...state, tenure, idle_since, search: searchText(facts) }
    const transition = transitionOf(before.status, after.status)
    // Also when it has just died: what is cached must not go on being tried.
    const ends = also.ends === true || transition === 'needs_reauth' || tenure !== before.tenure
    const { id: _id, workspace_id: _workspace, epoch: _epoch, ...columns } = after
    await changeConnection(db, before, columns)
    if (ends) {
      await bumpEpochs(db, [before], now)
      await signals?.send(db, 'cardea_epochs', before.id)
      after.epoch = before.epoch + 1
    }
    const told = [...(also.events ?? []), ...(transition ? [OF_TRANSITION[transition]] : [])]
    for (const type of told) await events.emit(db, eventOf(type, after, deps.redirectUri?.()))
    const record =
      also.audit ?? (transition ? { event: 'connection.updated' as const, caller: ourselves() } : undefined)
    if (record) {
      const moved = before.status === after.status ? {} : { status: after.status, reason: after.reason }
      await audit.record(db, {
        event: record.event,
        workspaceId: before.workspace_id,
        caller: record.caller,
        ...('risk' in record && record.risk ? { risk: record.risk } : {}),
        subject: before.id,
        detail: { ...moved, ...('detail' in record ? record.detail : {}) },
        use: { connectionId: before.id, credentialVersion: after.credential_version },
      })
    }
    return after
  }
}

/** What ends every token for it: whoever was given one was given it by that owner, while nobody had stopped it. */
function isAnother(before: ConnectionRow, after: ConnectionRow): boolean {
  const isPaused = before.paused_at === null && after.paused_at !== null
  return isPaused || before.visibility !== after.visibility || before.owner_id !== after.owner_id
}

/** What is resumed is no longer paused by anything, and another authorization is another life. */
function limited(before: ConnectionRow, after: ConnectionRow): ConnectionRow {
  return {
    ...after,
    paused_by: after.paused_at === null ? null : after.paused_by,
    ended_by: after.connected_at === before.connected_at ? after.ended_by : null,
  }
}

function idleSince({ connected_at, last_used_at, updated_at }: ConnectionRow): number {
  return Math.max(connected_at ?? 0, last_used_at ?? 0, updated_at)
}

export function eventOf(type: ConnectionEventType, row: ConnectionRow, ourAddress?: string) {
  const { id, workspace_id, provider, owner_id, visibility, status, health, reason, name, account_label } = row
  return {
    type,
    workspaceId: workspace_id,
    subject: id,
    audience: visibility === 'workspace' ? 'workspace' : owner_id,
    data: {
      connectionId: id,
      provider,
      owner: owner_id,
      visibility,
      status,
      health,
      reason,
      name,
      account: account_label,
      ...(type === 'connection.needs_reauth' && ourAddress
        ? { reauthorizeUrl: new URL(reauthorizePath(id), ourAddress).href }
        : {}),
    },
  }
}

const LONGEST_SEARCH = 300

/** What a search looks at. Kept short: it is part of an index, whose entries have a largest size. */
export function searchText(row: Pick<ConnectionRow, 'name' | 'account_label' | 'account_team' | 'provider'>): string {
  const text = [row.name, row.account_label, row.account_team, row.provider].filter(Boolean).join(' ').toLowerCase()
  return [...text].slice(0, LONGEST_SEARCH).join('')
}

/** Where somebody authorizes a connection anew. */
export function reauthorizePath(connectionId: string): string {
  return `/connections/${encodeURIComponent(connectionId)}?reauthorize=1`
}
