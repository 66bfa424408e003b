import { sql } from 'kysely'
import { type Clock, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from './store.ts'

/**
 * One time for every server: that of the database they share. A server whose own clock is wrong by minutes would otherwise take living tokens
 * for dead and dead ones for living. Asked again and again, since clocks are set; between two answers its own clock goes on.
 */
export interface AgreedClock extends Clock {
  /** How far this machine's own clock is behind, in milliseconds. */
  offset(): number
  stop(): void
}

const ASK_EVERY = 15 * SECOND
/** A clock that was set by more than this is asked about at once. */
const JUMP = 2 * SECOND
/** An answer that took longer says too little: this process may have been stopped before it read it. */
const LONGEST = SECOND

export async function agreeOnTime(own: Clock, store: Store, log: Logger): Promise<AgreedClock> {
  let offset = 0
  // What the two clocks of this machine differ by: it moves when somebody sets the one that can be set.
  let between = own.now() - own.monotonic()
  let told = false
  let measured = false

  const measure = async () => {
    const began = own.monotonic()
    const before = own.now()
    const { rows } = await store.sweep((db) =>
      sql<{ now: number }>`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`.execute(db),
    )
    const after = own.now()
    if (measured && Math.max(own.monotonic() - began, Math.abs(after - before)) > LONGEST) return
    measured = true
    // The answer was true somewhere between: half way is wrong by half of it at most.
    offset = Math.round(Number(rows[0]!.now) - (before + after) / 2)
    between = own.now() - own.monotonic()
    if (Math.abs(offset) > JUMP !== told) {
      told = !told
      if (told) log.warn('the clock of this machine differs from the database, whose time is used', { offset })
    }
  }
  await measure()
  let isAsking = false
  const ask = () => {
    if (isAsking) return
    isAsking = true
    measure()
      .catch((error: unknown) => log.debug('the database could not be asked for the time', { error }))
      .finally(() => {
        isAsking = false
      })
  }
  const stop = own.every(ASK_EVERY, ask)

  return {
    ...own,
    now: () => {
      const jumped = own.now() - own.monotonic() - between
      if (Math.abs(jumped) <= JUMP) return own.now() + offset
      ask()
      return Math.round(own.now() - jumped + offset)
    },
    offset: () => offset,
    stop,
  }
}
