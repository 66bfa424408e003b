import { type Clock, SECOND } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { Logger } from '../log.ts'

/**
 * Renews granted credentials before they end. Reads only what is due, a page at a time, claimed so that no other server takes it; that two
 * never present one token is not decided here but by whoever owns the renewal.
 */
export interface RefreshAhead {
  /** One round: until nothing is due. Answers how many were taken. */
  round(): Promise<number>
  close(): Promise<void>
}

const EVERY = 5 * SECOND
const PAGE = 128
const AT_ONCE = 16

export function createRefreshAhead(deps: {
  connections: Pick<Connections, 'renewDue' | 'tidy'>
  clock: Clock
  log: Logger
}): RefreshAhead {
  const { connections, clock, log } = deps
  let closed = false
  let running: Promise<number> | undefined

  const round = async (): Promise<number> => {
    let taken = 0
    while (!closed) {
      const page = await connections.renewDue({ limit: PAGE, atOnce: AT_ONCE, isClosing: () => closed })
      taken += page
      if (page < PAGE) break
    }
    while (!closed && (await connections.tidy()).destroyed > 0) {}
    return taken
  }
  const begin = () => {
    running ??= round()
      .catch((error: unknown) => {
        log.warn('credentials could not be renewed ahead', { error })
        return 0
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
  const stop = clock.every(EVERY, begin)

  return {
    round: begin,
    close: async () => {
      closed = true
      stop()
      await running
    },
  }
}
