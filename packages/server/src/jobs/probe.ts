import { type Clock, MINUTE } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { Logger } from '../log.ts'

/**
 * Looks in turn at connections that nobody uses. Reads only what is due, a page at a time, claimed so that no other server takes it; a
 * server that dies gives it back by the lease.
 */
export interface Probe {
  /** One round: until nothing is due. Answers how many were looked at. */
  round(): Promise<number>
  close(): Promise<void>
}

const PAGE = 64
const AT_ONCE = 8
const LEASE = 10 * MINUTE
/** In one round, so that no service sees all its connections checked at once. The lease brings the others back. */
const OF_ONE_SERVICE = 60

export function createProbe(deps: {
  connections: Pick<Connections, 'claimDue' | 'probe'>
  clock: Clock
  log: Logger
}): Probe {
  const { connections, clock, log } = deps
  let closed = false
  let running: Promise<number> = Promise.resolve(0)

  const probe = async ({ workspaceId, id }: { workspaceId: string; id: string }) => {
    try {
      await connections.probe(workspaceId, id)
    } catch (error) {
      log.warn('a connection could not be checked', { connection: id, error })
    }
  }
  const round = async (): Promise<number> => {
    let looked = 0
    const asked = new Map<string, number>()
    const isTooMany = ({ provider }: { provider: string }) => {
      const count = (asked.get(provider) ?? 0) + 1
      asked.set(provider, count)
      return count > OF_ONE_SERVICE
    }
    while (!closed) {
      const due = await connections.claimDue(PAGE, LEASE)
      if (due.length === 0) break
      looked += due.length
      const rest = due.filter((name) => !isTooMany(name)).values()
      // Several at a time, and none waits for a slow one of its page but the page itself.
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const name of rest) if (!closed) await probe(name)
        }),
      )
    }
    return looked
  }
  const begin = () => {
    running = running.then(round).catch((error: unknown) => {
      log.warn('connections could not be looked at', { error })
      return 0
    })
    return running
  }
  const stop = clock.every(MINUTE, begin)

  return {
    round: begin,
    close: async () => {
      closed = true
      stop()
      await running
    },
  }
}
