import type { Caller } from '../../actor.ts'
import { Problem } from '../../errors.ts'
import type { Obtained } from '../../oauth/oauth.ts'
import { findGrant, putGrant } from '../../store/connection-grants.ts'
import { lockConnection } from '../../store/connections.ts'
import type { ConnectionGrantRow, ConnectionRow, OauthFlowRow } from '../../store/schema.ts'
import type { Db } from '../../store/store.ts'
import type { Examined } from '../examine.ts'
import type { House } from '../house.ts'
import { type Granted, grantedBy, isOnlyCopy, newGrant, shownEnd, tidyAt, wordsOfRefresh } from '../refresh/granted.ts'
import { nextRenewal } from '../refresh/schedule.ts'
import { learnedFrom, nextCheckAt, spreadOf } from '../state.ts'
import { type Carried, carriedFacts, createCarryOver, isStill } from './carry-over.ts'
import type { Standing } from './parties.ts'
import type { Kept } from './sealed.ts'

/**
 * Another grant for a connection that stays the same one: its id, its name and whoever refers to it. The new one is in the vault before the
 * row names it, and whoever is renewing the old one at that moment has lost.
 */
export type Reauthorize = (
  caller: Caller,
  before: ConnectionRow,
  of: Anew,
) => Promise<{ row: ConnectionRow; isCarried: boolean }>

interface Anew {
  flow: OauthFlowRow
  of: Standing
  kept: Kept & { obtained: Obtained }
  found: Examined
  hasCheck: boolean
  scopes: string[] | undefined
  missing: string[]
  /** In the same transaction. `isCarried`: with the refresh token that was there before. */
  also(db: Db, row: ConnectionRow, isCarried: boolean): Promise<void>
}

/** What is renewed between two looks is looked at again, and not for ever. */
const TIMES = 5

export function createReauthorize(house: House): Reauthorize {
  const { store, clock, log, keep, tokens, settle, epochs, accountKeys, mayConnect, revocations } = house
  const carryOver = createCarryOver(house)

  /** Undefined: what was taken over has been renewed meanwhile. */
  async function replaced(
    caller: Caller,
    compared: ConnectionRow,
    { flow, of, kept, found, hasCheck, scopes, missing, also }: Anew,
    carried: Carried | undefined,
  ): Promise<ConnectionRow | undefined> {
    const { id, workspace_id: workspaceId } = compared
    const stored = carried ? { ...kept.fields, refreshToken: carried.refreshToken } : kept.fields
    const granted = grantedBy(of.described, stored, kept.obtained)
    const how = { isOnlyCopy: isOnlyCopy(granted) }
    const version = await keep.put(workspaceId, id, granted.lasting, granted.access, how)
    const dropped = () => keep.drop(workspaceId, id, version, version + 1)
    let done: { row: ConnectionRow; from: number } | undefined
    try {
      done = await store.within({ workspaceId }, async (db) => {
        const before = await lockConnection(db, workspaceId, id)
        if (!before) throw new Problem('connection.not_found')
        // Somebody else was quicker, and with another account than the one that was compared.
        if (before.account_id !== compared.account_id) throw new Problem('connection.changed_meanwhile')
        const { provider, method, visibility } = before
        const facts = { workspaceId, does: 'replace' as const, provider, method, visibility, skipsTest: false }
        await mayConnect(caller, { ...facts, scopes: scopes ?? null }, db)
        const old = await findGrant(db, workspaceId, id)
        if (carried && !isStill(carried, before, old)) return undefined
        const grant = grantOf(before, of, granted, carried && carriedFacts(carried, { version, now: clock.now() }))
        const { account, outcome } = found
        const moved = account && before.account_id !== null && before.account_id !== account.id
        // Of the same account it may be the same grant: to end the old one would end the new.
        if (moved) await revocations.begin(db, before, 'replaced')
        const now = clock.now()
        const fresh = {
          ...before,
          credential_version: version,
          expires_at: shownEnd(grant),
          verdict: 'unknown' as const,
          trouble: null,
          trouble_since: null,
          attempts: 0,
          ended_by: null,
        }
        const change = {
          credential_version: version,
          expires_at: fresh.expires_at,
          verdict: fresh.verdict,
          verdict_at: null,
          trouble: null,
          trouble_since: null,
          attempts: 0,
          ...learnedFrom(fresh, outcome, now, hasCheck).change,
          settings: flow.settings,
          app_id: flow.app_id,
          learned: JSON.stringify(found.learned),
          base: found.base ?? before.base,
          ...(account
            ? {
                account_id: account.id,
                account_label: account.label,
                account_team: account.team ?? null,
                account_key: accountKeys.ofAccount(before, account.id),
              }
            : {}),
          scopes: scopes ? JSON.stringify(scopes) : null,
          missing_scopes: missing.length > 0 ? JSON.stringify(missing) : null,
          connected_at: now,
          checked_at: now,
          ...(outcome.is === 'trouble' ? {} : { last_success_at: now }),
          purge_at: null,
          updated_at: now,
        }
        const next = nextCheckAt({ ...fresh, ...change }, now, spreadOf(id), outcome.comeBackAt)
        const row = await settle(
          db,
          before,
          { ...change, next_check_at: next },
          {
            ends: true,
            events: ['connection.credential_replaced'],
            audit: {
              event: 'connection.reauthorized',
              caller,
              ...(moved ? { risk: 'high' as const } : {}),
              detail: { provider, method, ...(moved ? { otherAccount: true } : {}) },
            },
          },
        )
        await putGrant(db, grant)
        await also(db, row, carried !== undefined)
        return { row, from: old?.stale_from ?? before.credential_version }
      })
    } catch (error) {
      await dropped()
      throw error
    }
    if (!done) {
      await dropped()
      return undefined
    }
    epochs.changed(id, done.row.epoch)
    tokens.forget(id)
    try {
      await revocations.secure({ id, workspace_id: workspaceId })
      await keep.drop(workspaceId, id, done.from, version)
    } catch (error) {
      // They are named by no row any more, and go with the connection at the latest.
      log.warn('a credential that was replaced could not be deleted yet', { connection: id, error })
    }
    return done.row
  }

  function grantOf(
    row: ConnectionRow,
    { described, app }: Standing,
    granted: Granted,
    carried: Partial<ConnectionGrantRow> = {},
  ) {
    const now = clock.now()
    const fresh = { ...newGrant(row, described, granted, { now, appGeneration: app?.generation }), ...carried }
    const connection = { connected_at: now, last_used_at: row.last_used_at, paused_at: row.paused_at }
    const words = wordsOfRefresh(described)
    const due_at = nextRenewal({ grant: fresh, connection, words, now, spread: spreadOf(row.id) })
    return { ...fresh, due_at, tidy_at: tidyAt(fresh) }
  }

  return async (caller, compared, anew) => {
    for (let time = 1; time <= TIMES; time++) {
      const carried = await carryOver(compared, anew)
      const row = await replaced(caller, compared, anew, carried)
      if (row) return { row, isCarried: carried !== undefined }
    }
    throw new Problem('connection.changed_meanwhile')
  }
}
