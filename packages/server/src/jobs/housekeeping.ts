import { type Clock, MINUTE } from '../clock.ts'
import type { Logger } from '../log.ts'

/** What is done again and again, on every server, one after the other: each of these may run on several at once. */
export function createHousekeeping(deps: {
  clock: Clock
  log: Logger
  /** By what the log says could not be done. */
  work: Readonly<Record<string, () => Promise<unknown>>>
}): { close(): Promise<void> } {
  const { clock, log, work } = deps
  let running: Promise<unknown> = Promise.resolve()
  const round = async () => {
    for (const [name, task] of Object.entries(work)) {
      await task().catch((error: unknown) => log.warn(`could not ${name}`, { error }))
    }
  }
  const tick = () => {
    running = running.then(round)
  }
  tick()
  const stop = clock.every(MINUTE, tick)
  return {
    close: async () => {
      stop()
      await running
    },
  }
}
