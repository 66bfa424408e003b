import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { findGrant } from '../store/connection-grants.ts'
import { findConnection, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { opened, workspaceOf } from './access.ts'
import { hasCheck } from './check.ts'
import type { Examined } from './examine.ts'
import type { House } from './house.ts'
import { ofFailure } from './outcome.ts'
import { kindOf, type Prepared } from './prepared.ts'
import { isReason, type Reason, reasons } from './reasons.ts'
import type { Outcome } from './state.ts'

/** Checks of what is stored: when somebody asks, when it is resumed or replaced, and in turn for what nobody uses. */
export interface Tests {
  /** Throws 422 when the service refuses it, 424 when it cannot be asked. */
  test(caller: Caller, id: string): Promise<ConnectionRow>
  /** Undefined: it is gone, or was replaced while it was looked at. */
  examineStored(row: ConnectionRow, how?: Choosing): Promise<{ outcome: Tested; row: ConnectionRow | undefined }>
  /** For the schedule. Never throws for what the service does. */
  probe(workspaceId: string, id: string): Promise<void>
}

/** `expired`: there is nothing left that could be tried. */
export type Tested = Outcome | { is: 'expired'; trouble?: undefined }

export interface Choosing {
  /** Which of several places that the account reaches. */
  choice?: string | undefined
  /** Somebody waits who can choose: they are told the choices, and nothing is written. */
  asks?: boolean
}

interface Looked {
  examined: Examined
  known: boolean
  version: number
}

export function createTests(house: House): Tests {
  const { store, clock, audit, credentials, examine, observe, settle, epochs } = house

  /** Of a token that nothing renews the service would only say that it does not know it, and soon nobody has it any more. */
  async function hasRunOut({ workspace_id, id, expires_at }: ConnectionRow): Promise<boolean> {
    const now = clock.now()
    if (expires_at === null || expires_at > now) return false
    const grant = await store.within({ workspaceId: workspace_id }, (db) => findGrant(db, workspace_id, id))
    return grant?.renewal === 'none' && grant.access_expires_at !== null && grant.access_expires_at <= now
  }

  async function saidToHaveExpired(row: ConnectionRow): Promise<ConnectionRow | undefined> {
    const { workspace_id: workspaceId, id } = row
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      if (before?.credential_version !== row.credential_version) return undefined
      return settle(db, before, { next_check_at: null })
    })
    if (after) epochs.changed(id, after.epoch)
    return after
  }

  async function examineStored(
    row: ConnectionRow,
    { choice, asks = false }: Choosing = {},
  ): Promise<{ outcome: Tested; row: ConnectionRow | undefined }> {
    if (await hasRunOut(row)) return { outcome: { is: 'expired' }, row: await saidToHaveExpired(row) }
    const { examined, known, version } = await looked(row, choice)
    if (asks) refuseUnchosen(examined)
    const { outcome } = examined
    const after = await observe({
      workspaceId: row.workspace_id,
      connectionId: row.id,
      version,
      outcome,
      hasCheck: known,
      examined,
    })
    return { outcome, row: after }
  }

  async function looked(row: ConnectionRow, choice?: string): Promise<Looked> {
    let prepared: Prepared
    try {
      prepared = await credentials.prepared(row)
    } catch (error) {
      const plain = ofFailure(error)
      if (!plain) throw error
      return {
        known: true,
        version: row.credential_version,
        examined: { outcome: { from: 'check', ...plain }, learned: JSON.parse(row.learned) },
      }
    }
    // A token that was bought before proves nothing about what buys the next one.
    if (kindOf(prepared.method) === 'obtained') credentials.forget(row.id)
    const known = hasCheck(prepared)
    const supply = credentials.supply(row, { choice })
    const examined = await examine(prepared, supply)
    // Renewed on the way: what was seen is true of the new one.
    const { credential_version: version } = supply.row
    if (kindOf(prepared.method) !== 'granted' || examined.outcome.is !== 'rejected') return { known, version, examined }
    // A token may have been taken away before its time: another one tells whether the grant was.
    const again = credentials.supply(supply.row, { choice, rejected: { version } })
    const second = await examine(prepared, again)
    const ended = second.outcome.is === 'rejected' ? { ...second.outcome, is: 'ended' as const } : second.outcome
    return { known, version: again.row.credential_version, examined: { ...second, outcome: ended } }
  }

  return {
    examineStored,
    test: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const row = opened(caller, await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, id)))
      if (row.credential_version === 0) throw new Problem('connection.pending')
      const tested = await examineStored(row)
      await audit.use({
        event: 'connection.tested',
        workspaceId,
        caller,
        subject: id,
        detail: { outcome: tested.outcome.is, ...(tested.outcome.trouble ? { reason: tested.outcome.trouble } : {}) },
        use: { connectionId: id, credentialVersion: row.credential_version },
      })
      if (!tested.row) throw new Problem('connection.changed_meanwhile')
      refuseFailed(tested.outcome, tested.row)
      return tested.row
    },
    probe: async (workspaceId, id) => {
      const row = await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, id))
      if (!row || row.credential_version === 0 || row.paused_at !== null) return
      await examineStored(row)
    },
  }
}

/** Throws the choices where there are several and none was made. */
export function refuseUnchosen({ problem }: Examined): void {
  if (problem?.code === 'connection.choice_needed') throw problem
}

/** What no waiting mends. */
export function isRefused({ is }: Tested): boolean {
  return is in OF_OUTCOME
}

const OF_OUTCOME: Partial<Record<Tested['is'], Reason>> = {
  rejected: 'credential_rejected',
  ended: 'grant_ended',
  expired: 'expired',
}

/** The test that failed, in words. */
export function refuseFailed(outcome: Tested, row: ConnectionRow): void {
  if (outcome.is === 'accepted' || outcome.is === 'weak' || outcome.is === 'restricted') return
  throw testFailed(outcome, row)
}

export function testFailed(outcome: Tested, { status, health }: ConnectionRow): Problem {
  const known = OF_OUTCOME[outcome.is] ?? outcome.trouble
  const reason = known !== undefined && isReason(known) ? known : 'no_answer'
  const { sentence, todo } = reasons[reason]
  const code = outcome.is === 'trouble' ? 'connection.test_impossible' : 'connection.test_refused'
  return new Problem(code, { sentence, todo, reason, connectionStatus: status, health })
}
