import type { Refresh } from '@cardea/catalog'
import { SECOND } from '../../clock.ts'
import type { ConnectionGrantRow } from '../../store/schema.ts'
import { isAlive } from './schedule.ts'

/**
 * What an intent without an end means: a renewal was begun, and nobody wrote down what came of it. The service may have given a new token
 * that nobody has, or may never have been asked. Only presenting the old one again can tell, once for each answer that was lost.
 */
export type Next = { is: 'go'; again: boolean } | { is: 'wait'; until: number }

/** From the intent: until the request is handed to `net`, which gives it twenty seconds, and until its first byte leaves. Later, neither does. */
export const TO_LEAVE = 3 * SECOND
export const TO_SEND = 9 * SECOND
/** No request of ours is under way for longer. */
export const FLIGHT = TO_LEAVE + 21 * SECOND

export function nextStep(
  grant: Pick<ConnectionGrantRow, 'presenting' | 'presented_at' | 'access_expires_at' | 'granted_at' | 'renewed_at'>,
  version: number,
  { words, now, hasAccess }: { words: Refresh; now: number; hasAccess: boolean },
): Next {
  if (grant.presenting !== version || grant.presented_at === null) return { is: 'go', again: false }
  const landed = grant.presented_at + FLIGHT
  // Begun long after now: the clock was set back, and says nothing.
  const isBelieved = grant.presented_at <= now + FLIGHT
  if (now < landed && isBelieved) return { is: 'wait', until: landed }
  if (words.rotates === 'never') return { is: 'go', again: true }
  const { graceSeconds } = words
  if (graceSeconds !== undefined && now < grant.presented_at + graceSeconds * SECOND) return { is: 'go', again: true }
  // Where a used token ends everything, the access token that still lives is all there is: it is used up first.
  const alive = hasAccess && grant.access_expires_at !== null && isAlive(grant, now)
  return alive ? { is: 'wait', until: grant.access_expires_at! } : { is: 'go', again: true }
}
