import { type Clock, MINUTE } from '../clock.ts'
import { type ConnectionChange, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Epochs } from './epochs.ts'
import type { Examined } from './examine.ts'
import type { Settle } from './settle.ts'
import { learnedFrom, nextCheckAt, type Outcome, spreadOf, stateOf } from './state.ts'

/** What was seen of a credential: by a check, a refresh, or a call that was brokered for somebody. */
export interface Observation {
  workspaceId: string
  connectionId: string
  /** Which credential it was: news about one that has been replaced meanwhile is no news. */
  version: number
  outcome: Outcome
  /** Whether there is a call that could tell more. */
  hasCheck: boolean
  examined?: Pick<Examined, 'base' | 'account' | 'learned'>
}

/** The one way in for everything that is learned about a connection in use. Nothing when it is gone, or has another credential now. */
export type Observe = (seen: Observation) => Promise<ConnectionRow | undefined>

export const BETWEEN_CHECKS = 5 * MINUTE

export interface ObserveDeps {
  store: Store
  clock: Clock
  settle: Settle
  epochs: Pick<Epochs, 'changed'>
  accountKey(row: Pick<ConnectionRow, 'workspace_id' | 'provider'>, account: string): string
}

export function createObserve({ store, clock, settle, epochs, accountKey }: ObserveDeps): Observe {
  return async ({ workspaceId, connectionId, version, outcome, hasCheck, examined }) => {
    const row = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, connectionId)
      if (!before || before.credential_version !== version) return undefined
      const now = clock.now()
      const { change, suspicious } = learnedFrom(before, outcome, now, hasCheck)
      const facts: ConnectionChange = { ...change }
      if (outcome.from === 'check') facts.checked_at = now
      if (outcome.is === 'accepted' || outcome.is === 'restricted') facts.last_success_at = now
      if (outcome.from === 'call') facts.last_used_at = now
      if (examined) Object.assign(facts, found(before, examined, accountKey))
      const merged = { ...before, ...facts }
      // Nobody makes us ask a service more often than this by having calls refused.
      if (suspicious) facts.next_check_at = Math.max(now, (before.checked_at ?? 0) + BETWEEN_CHECKS)
      else if (outcome.from !== 'call' || (outcome.is === 'accepted' && stateOf(merged, now).health === 'ok')) {
        facts.next_check_at = nextCheckAt(merged, now, spreadOf(connectionId), outcome.comeBackAt)
      }
      const ends = before.base !== merged.base || before.learned !== merged.learned
      return settle(db, before, facts, { ends })
    })
    if (row) epochs.changed(row.id, row.epoch)
    return row
  }
}

function found(
  before: ConnectionRow,
  { base, account, learned }: NonNullable<Observation['examined']>,
  accountKey: ObserveDeps['accountKey'],
): ConnectionChange {
  const text = JSON.stringify(learned)
  return {
    ...(base === undefined ? {} : { base }),
    ...(text === before.learned ? {} : { learned: text }),
    ...(account
      ? {
          account_id: account.id,
          account_label: account.label,
          account_team: account.team ?? null,
          account_key: accountKey(before, account.id),
        }
      : {}),
  }
}

/** What brokered calls cost in the database: a minute's worth of the same news is written once. */
export interface Uses {
  used(seen: Observation): Promise<void>
}

export function createUses({
  clock,
  observe,
  checkNow,
}: {
  clock: Clock
  observe: Observe
  /** Looks for itself, without anybody waiting. */
  checkNow(seen: Pick<Observation, 'workspaceId' | 'connectionId'>): void
}): Uses {
  const written = new Map<string, number>()
  return {
    used: async (seen) => {
      const { connectionId, version, outcome } = seen
      const news = `${connectionId} ${version} ${outcome.is} ${outcome.trouble ?? ''}`
      const now = clock.now()
      if (now - (written.get(news) ?? Number.NEGATIVE_INFINITY) < NOT_OFTENER_THAN) return
      written.delete(news)
      written.set(news, now)
      if (written.size > MOST) written.delete(written.keys().next().value!)
      const row = await observe({ ...seen, outcome: { ...outcome, from: 'call' } })
      if (row && row.next_check_at !== null && row.next_check_at <= now) checkNow(seen)
    },
  }
}

const NOT_OFTENER_THAN = MINUTE
const MOST = 50_000
