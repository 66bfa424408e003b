import { type Clock, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type CallEnd, endsRow, type UnchainedRow } from './record.ts'

/** How a call ended that was recorded before it left. */
export interface Ended extends CallEnd {
  workspaceId: string
  connectionId: string
}

/**
 * How calls ended, many to a record: each was recorded on its own before it left, and its end may wait. Promises: nobody waits for it; it
 * is written within a second, or when there are 256 of one connection. What a kill -9 takes with it is that second of ends, and no use.
 */
export interface Ends {
  add(end: Ended): void
  /** Writes what there is. */
  close(): Promise<void>
}

interface Open {
  workspaceId: string
  connectionId: string
  calls: CallEnd[]
}

export const MOST_CALLS = 256

export function createEnds(deps: { clock: Clock; log: Logger; write(row: UnchainedRow): Promise<void> }): Ends {
  const { clock, log } = deps
  const open = new Map<string, Open>()
  let writing = Promise.resolve()
  let stop: (() => void) | undefined
  let isClosed = false

  function write({ workspaceId, connectionId, calls }: Open): void {
    const written = deps
      .write(endsRow(workspaceId, connectionId, calls, clock.now()))
      .catch((error: unknown) => log.error('how calls ended could not be recorded', { calls: calls.length, error }))
    writing = Promise.all([writing, written]).then(() => {})
  }

  function writeAll(): void {
    for (const [id, one] of open) {
      if (one.calls.length > 0) write(one)
      // Kept while it is in use: an entry that is made and thrown away at each call costs more than the call.
      else open.delete(id)
      one.calls = []
    }
    if (open.size > 0) return
    stop?.()
    stop = undefined
  }

  return {
    add: ({ workspaceId, connectionId, call, status, bytesIn, bytesOut, durationMs }) => {
      if (isClosed) return
      let one = open.get(connectionId)
      if (!one) {
        one = { workspaceId, connectionId, calls: [] }
        open.set(connectionId, one)
        stop ??= clock.every(SECOND, writeAll)
      }
      if (one.calls.push({ call, status, bytesIn, bytesOut, durationMs }) < MOST_CALLS) return
      write(one)
      one.calls = []
    },
    close: () => {
      isClosed = true
      writeAll()
      stop?.()
      return writing
    },
  }
}
