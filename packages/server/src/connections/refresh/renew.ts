import { SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import { findConnection } from '../../store/connections.ts'
import type { Ownership } from '../../store/ownership.ts'
import { type Connection, createExchange, type ExchangeDeps, type How, LOOK_AGAIN } from './exchange.ts'

/**
 * The one place that presents a refresh token, for the schedule, for callers and after a 401. Promises: one exchange at a time for each
 * connection across all servers; the intent is written before it, and what it brings is in the vault and in the row before anybody uses
 * it; nobody's going away aborts it; whoever waits gets the new token. An answer that was lost is tried again, never in a loop.
 */
export interface Renewals {
  /** Resolves once the connection has another version than `than`. Throws what the renewal failed with. */
  renew(of: Connection, than: number, how?: How): Promise<void>
  close(): Promise<void>
}

export interface RenewalsDeps extends ExchangeDeps {
  ownership: Ownership
}

/** How long a caller is kept waiting, and how many of one connection. */
const LONGEST_WAIT = 25 * SECOND
const MOST_WAITING = 1000

export function createRenewals(deps: RenewalsDeps): Renewals {
  const { store, clock, ownership, signals } = deps
  const once = createExchange(deps)
  const running = new Map<string, { work: Promise<void>; than: number; passing: boolean; waiting: number }>()
  const ears = new Map<string, () => void>()
  const closing = new AbortController()
  const unsubscribe = signals?.subscribe('cardea_grants', (id) => ears.get(id)?.())

  /** What others wait for outlives whoever asked first. */
  function shared(of: Connection, than: number, how: How) {
    const { connectionId } = of
    const { passing = false } = how
    const found = running.get(connectionId)
    if (found && found.than >= than && (passing || !found.passing)) return found
    const entry = { work: attempt(of, than, how), than, passing, waiting: 0 }
    running.set(connectionId, entry)
    const done = () => {
      if (running.get(connectionId) === entry) running.delete(connectionId)
    }
    entry.work.then(done, done)
    return entry
  }

  async function attempt(of: Connection, than: number, how: How): Promise<void> {
    const until = clock.monotonic() + LONGEST_WAIT
    for (let waited = how.waited === true; ; waited = true) {
      const owned = await ownership.own(`renewal ${of.connectionId}`, (owner) =>
        once(of, than, owner, { ...how, waited }),
      )
      const wait = owned ? owned.done : LOOK_AGAIN
      if (wait === 'done') return
      const isTooLong = clock.monotonic() + wait > until || closing.signal.aborted
      // Whoever else is at it sees to it.
      if (how.passing || isTooLong) throw busy(owned && clock.now() + wait)
      await heardOrLate(of.connectionId, wait)
      const row = await store.within({ workspaceId: of.workspaceId }, (db) =>
        findConnection(db, of.workspaceId, of.connectionId),
      )
      if (!row || row.credential_version !== than) return
    }
  }

  async function heardOrLate(connectionId: string, milliseconds: number): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      ears.set(connectionId, resolve)
    })
    const late = clock.sleep(milliseconds, closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) throw error
    })
    await Promise.race([heard, late])
    ears.delete(connectionId)
  }

  return {
    renew: async (of, than, how = {}) => {
      const entry = shared(of, than, how)
      if (entry.waiting >= MOST_WAITING) throw busy()
      entry.waiting++
      const given = new AbortController()
      try {
        const late = clock.sleep(LONGEST_WAIT, given.signal).then(
          () => Promise.reject(busy()),
          () => new Promise<never>(() => undefined),
        )
        await Promise.race([entry.work, late])
      } finally {
        entry.waiting--
        given.abort()
      }
    },
    close: async () => {
      closing.abort()
      unsubscribe?.()
      await Promise.allSettled([...running.values()].map(({ work }) => work))
    },
  }
}

function busy(comeBackAt?: number): Problem {
  return new Problem('connection.renewal_slow', comeBackAt === undefined ? {} : { comeBackAt })
}
