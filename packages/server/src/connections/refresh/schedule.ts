import type { Refresh } from '@cardea/catalog'
import { DAY, HOUR, MINUTE, SECOND } from '../../clock.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'

/**
 * When a grant is to be renewed without anybody asking: ahead of its token's end while it is in use, and often enough that nothing lapses
 * while it is not. Time is a parameter, and nothing is remembered here.
 */
export interface Scheduled {
  grant: Pick<
    ConnectionGrantRow,
    'renewal' | 'granted_at' | 'renewed_at' | 'access_expires_at' | 'grant_told_at' | 'not_before'
  >
  connection: Pick<ConnectionRow, 'connected_at' | 'last_used_at' | 'paused_at'>
  words: Refresh
  now: number
  /** Between 0 and 1, the connection's own: many that were made together are not renewed together. */
  spread: number
}

const IN_USE = 7 * DAY
const LONGEST_LEAD = 10 * MINUTE
const LONGEST_KEEP_ALIVE = 30 * DAY
const SHORTEST_KEEP_ALIVE = 30 * SECOND

export function nextRenewal({ grant, connection, words, now, spread }: Scheduled): number | null {
  if (grant.renewal === 'none') return null
  const since = grant.renewed_at ?? grant.granted_at
  const used = Math.max(connection.connected_at ?? 0, connection.last_used_at ?? 0)
  const inUse = connection.paused_at === null && now - used < IN_USE
  // What is renewed by itself cannot be renewed any more once it has expired.
  const ahead = inUse || grant.renewal === 'access_token' ? aheadOf(grant, since, spread) : null
  const idle = words.lapses?.idleSeconds
  const lapse = idle === undefined ? null : since + idle * SECOND
  const times = [ahead, halfWay(since, lapse, spread), halfWay(since, grant.grant_told_at, spread)]
  const due = times.filter((at) => at !== null)
  return due.length === 0 ? null : Math.floor(Math.max(Math.min(...due), grant.not_before ?? 0))
}

function aheadOf({ renewal, access_expires_at: end }: Scheduled['grant'], since: number, spread: number) {
  if (end === null) return null
  const life = Math.max(end - since, 0)
  const lead = renewal === 'access_token' ? life / 2 : Math.min(LONGEST_LEAD, life / 5)
  return end - lead * (1 + spread / 2)
}

/** An end that was outlived was none; and towards one that does not move, half ways are not taken for ever. */
function halfWay(since: number, end: number | null, spread: number): number | null {
  if (end === null || end <= since) return null
  const half = ((end - since) / 2) * (1 - spread / 5)
  return since + Math.min(LONGEST_KEEP_ALIVE, Math.max(half, SHORTEST_KEEP_ALIVE))
}

/** Servers count whole seconds: one that ends at the stroke of one was refused for most of the second before. */
const ROUNDED = 1.5 * SECOND

/** A token is taken for alive so long before its end that a call begun with it arrives before that. */
export function isAlive(
  grant: Pick<ConnectionGrantRow, 'access_expires_at' | 'granted_at' | 'renewed_at'>,
  now: number,
) {
  const { access_expires_at: end } = grant
  if (end === null) return true
  const life = end - (grant.renewed_at ?? grant.granted_at)
  const margin = Math.max(Math.min(10 * SECOND, life / 10), ROUNDED)
  // One that lives for a moment only is used for half of it.
  return now < end - Math.min(margin, life / 2)
}

/** Whether somebody who uses it should have it renewed behind their back. */
export function isNearEnd(grant: Scheduled['grant'], now: number, spread: number): boolean {
  const since = grant.renewed_at ?? grant.granted_at
  const ahead = aheadOf(grant, since, spread)
  return ahead !== null && now >= Math.max(ahead, grant.not_before ?? 0)
}

/** Seconds at first, a quarter of an hour at last; an app that is refused waits for people, not for seconds. */
export function retryAt(
  failures: number,
  { now, spread, comeBackAt, byPeople }: { now: number; spread: number; comeBackAt?: number; byPeople?: boolean },
): number {
  const longest = byPeople ? HOUR : 15 * MINUTE
  const first = byPeople ? MINUTE : 2 * SECOND
  const wait = Math.min(longest, first * 2 ** Math.min(Math.max(failures - 1, 0), 20))
  return Math.floor(Math.max(now + wait * (0.75 + spread / 2), comeBackAt ?? 0))
}
