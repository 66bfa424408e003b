import { isIPv6 } from 'node:net'
import { type Clock, MINUTE, SECOND } from '../clock.ts'
import { hashToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { claimAttempt, clearAttempts, refundAttempt } from '../store/attempts.ts'
import type { Db, Store } from '../store/store.ts'

export const ATTEMPT_WINDOW = 15 * MINUTE
const NETWORK_FACTOR = 10

export type Purpose = 'sign-in' | 'device-code' | 'device-start'

export interface Attempt {
  /** It turned out well: what it counted is taken back. */
  succeeded(db: Db): Promise<void>
}

export interface Attempts {
  /** Counts an attempt against a subject and a network address; throws when either has had too many. */
  claim(purpose: Purpose, on: { subject?: string; ip: string }): Promise<Attempt>
}

/** Limits guessing across every server, in the store. The subject and the address are stored as hashes. */
export function createAttempts(deps: { store: Store; clock: Clock; limit: number }): Attempts {
  const { store, clock, limit } = deps
  return {
    claim: async (purpose, { subject, ip }) => {
      const account = subject === undefined ? undefined : hashToken(`${purpose}\0subject\0${subject}`)
      const network = hashToken(`${purpose}\0network\0${networkOf(ip)}`)
      const now = clock.now()
      const limitedSince = await store.within({}, async (db) => {
        const count = (key: string) => claimAttempt(db, key, now, now - ATTEMPT_WINDOW)
        const from = await count(network)
        // Once a network is refused, it files no more rows for the accounts that it names.
        if (from.failures > limit * NETWORK_FACTOR) return from.window_started_at
        const on = account === undefined ? undefined : await count(account)
        return on && on.failures > limit ? on.window_started_at : undefined
      })
      if (limitedSince !== undefined) {
        const milliseconds = limitedSince + ATTEMPT_WINDOW - now
        throw new Problem('auth.too_many_attempts', {
          retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / SECOND)),
        })
      }
      return {
        // In the order in which they were counted: two requests that lock in opposite orders wait for each other.
        succeeded: async (db) => {
          await refundAttempt(db, network)
          if (account !== undefined) await clearAttempts(db, account)
        },
      }
    },
  }
}

/** An IPv6 customer has 2^64 addresses: the first half is what names them. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped) return mapped[1]!
  const [head = '', tail] = ip.split('%')[0]!.toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length
  const groups = [...front, ...Array<string>(Math.max(0, gap)).fill('0'), ...back]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
