import { type Clock, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Channel, Signals } from './signals.ts'

/**
 * Sees what any server has committed, so that a cache can let go of it: looks twice a second, and sooner where a signal tells. Whoever
 * asks is told to trust no cache once it has not managed to look for a second. Nobody notices when signals are cut, so that nothing
 * rests on them.
 */
export interface Watch {
  /** Answers from memory. False: read anew. */
  isTrusted(): boolean
  close(): Promise<void>
}

/** Changes in the order of their commits, each with a number; replaced where a test wants to cut it. */
export interface ChangeSource<Row extends { change: number }> {
  newest(): Promise<number>
  since(change: number): Promise<Row[]>
}

const EVERY = SECOND / 2
/** Measured from the beginning of the last look that succeeded: whatever was committed before that has been seen. */
const TRUSTED = SECOND

export async function createWatch<Row extends { change: number }>(deps: {
  clock: Clock
  log: Logger
  source: ChangeSource<Row>
  signals?: Pick<Signals, 'subscribe'> | undefined
  channel: Channel
  /** Whose changes, for the log. */
  of: string
  note: (row: Row) => void
}): Promise<Watch> {
  const { clock, log, source, signals, channel, of, note } = deps
  let seen = await source.newest()
  let lookedAt = clock.monotonic()
  let looking: Promise<void> | undefined
  let failing = false

  const look = async () => {
    const began = clock.monotonic()
    try {
      for (const row of await source.since(seen)) {
        note(row)
        seen = Math.max(seen, row.change)
      }
      lookedAt = began
      if (failing) log.info(`changes of ${of} are seen again`)
      failing = false
    } catch (error) {
      if (!failing) log.error(`changes of ${of} cannot be seen: nothing that is cached of them is used`, { error })
      failing = true
    }
  }
  const lookSoon = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
  }
  const stops = [clock.every(EVERY, lookSoon), signals?.subscribe(channel, lookSoon)]

  return {
    isTrusted: () => clock.monotonic() - lookedAt <= TRUSTED,
    close: async () => {
      for (const stop of stops) stop?.()
      await looking
    },
  }
}
