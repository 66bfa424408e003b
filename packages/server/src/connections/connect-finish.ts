import type { Caller } from '../actor.ts'
import { MINUTE } from '../clock.ts'
import { Problem } from '../errors.ts'
import { findConnectSession, settleConnectSession } from '../store/connect-sessions.ts'
import type { ConnectSessionRow, OauthFlowRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { Created } from './begin.ts'
import { resultOf } from './connect-result.ts'
import type { House } from './house.ts'

/** How a visit to the hosted page ends in a connection: what is written with it, and until when it is held for the product. */
export interface PageFinish {
  heldUntil?: number
  also(db: Db, created: Created): Promise<void>
}

/** How long one form may take: the service is asked meanwhile. */
export const AT_WORK = 3 * MINUTE
/** For going back to the product and its redeeming the code. */
const TO_RETURN = 15 * MINUTE
/** Servers whose clocks differ: what is redeemed in the last moment is not destroyed in the same one. */
const MARGIN = 5 * MINUTE

export function finishOf(
  { clock, audit }: Pick<House, 'clock' | 'audit'>,
  row: ConnectSessionRow,
  caller: Caller,
): PageFinish {
  const forMember = row.member_id !== null
  const { workspace_id: workspaceId } = row
  const expiresAt = Math.max(row.expires_at, clock.now() + AT_WORK + TO_RETURN)
  return {
    ...(forMember ? {} : { heldUntil: expiresAt + MARGIN }),
    also: async (db, created) => {
      const state = forMember ? ('completed' as const) : ('entered' as const)
      const change = {
        state,
        connection_id: created.row.id,
        result: JSON.stringify(resultOf(created, forMember)),
        expires_at: expiresAt,
        ...(forMember ? { finished_at: clock.now() } : {}),
      }
      // Withdrawn meanwhile: with this transaction the connection stays unfinished, and goes.
      if (!(await settleConnectSession(db, row, change))) throw new Problem('connect.not_open')
      await audit.record(db, { event: `connect_session.${state}`, workspaceId, caller, subject: row.id })
    },
  }
}

/** For a consent that was a step of the page. */
export function createPageEnd(house: House) {
  return async (
    flow: Pick<OauthFlowRow, 'workspace_id' | 'session_id'>,
    caller: Caller,
  ): Promise<PageFinish | undefined> => {
    const { workspace_id: workspaceId, session_id: id } = flow
    if (id === null) return undefined
    const row = await house.store.within({ workspaceId }, (db) => findConnectSession(db, workspaceId, id))
    if (row?.state !== 'open') throw new Problem('connect.not_open')
    return finishOf(house, row, caller)
  }
}
