import { type Clock, MINUTE } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { Logger } from '../log.ts'
import type { Signals } from '../store/signals.ts'

/**
 * Ends grants at their services, as soon as there is one to end, and again each minute for those that could not be. Claimed so that no two
 * servers ask for the same one; what a killed server leaves is due again when its claim runs out, and to be asked twice harms nobody.
 */
export interface Revoke {
  /** One round: until nothing is due. Answers how many attempts were made. */
  round(): Promise<number>
  close(): Promise<void>
}

const AT_ONCE = 16

export function createRevoke(deps: {
  connections: { revocations: Pick<Connections['revocations'], 'claimDue' | 'attempt'> }
  signals: Pick<Signals, 'subscribe'>
  clock: Clock
  log: Logger
}): Revoke {
  const { clock, log, signals } = deps
  const { revocations } = deps.connections
  let closed = false
  let running: Promise<number> = Promise.resolve(0)
  let waiting = false

  const round = async (): Promise<number> => {
    let made = 0
    while (!closed) {
      const due = await revocations.claimDue(AT_ONCE)
      if (due.length === 0) break
      made += due.length
      await Promise.all(
        due.map((row) =>
          revocations.attempt(row).catch((error: unknown) => {
            log.warn('what came of ending a grant could not be written down', { connection: row.connection_id, error })
          }),
        ),
      )
    }
    return made
  }
  const begin = () => {
    running = running.then(round).catch((error: unknown) => {
      log.warn('grants that are to be ended could not be looked for', { error })
      return 0
    })
    return running
  }
  /** However often it is called while a round is under way, one follows. */
  const look = () => {
    if (waiting || closed) return
    waiting = true
    const before = running
    void before.finally(() => {
      waiting = false
    })
    void begin()
  }
  const stopHearing = signals.subscribe('cardea_revocations', look)
  const stopTicking = clock.every(MINUTE, look)
  look()

  return {
    round: begin,
    close: async () => {
      closed = true
      stopHearing()
      stopTicking()
      await running
    },
  }
}
