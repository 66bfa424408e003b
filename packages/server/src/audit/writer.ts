import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Lane } from './chain.ts'
import type { UnchainedRow } from './record.ts'

/**
 * Group commit: whoever comes while a transaction is under way shares the next one. A disk that syncs two hundred times
 * a second so records many thousand uses.
 */
export interface BatchWriter {
  /** Strict: resolves when the row is durable, rejects when it is not. Relaxed: resolves when it is queued. */
  write(row: UnchainedRow): Promise<void>
  /** Since the start: rows and commits written, and rows that wait now. */
  stats(): { records: number; commits: number; waiting: number }
  close(): Promise<void>
}

interface Waiting {
  row: UnchainedRow
  written: () => void
  failed: (error: unknown) => void
}

const MAX_BATCH = 512
/** Beyond this many, callers wait before they are queued. */
const MAX_QUEUE = 8192

export interface BatchWriterOptions {
  store: Store
  clock: Clock
  log: Logger
  lane: Lane
  mode: 'strict' | 'relaxed'
}

export function createBatchWriter({ store, clock, log, lane, mode }: BatchWriterOptions): BatchWriter {
  const queue: Waiting[] = []
  const waitingForRoom: (() => void)[] = []
  // Whoever happens to begin a batch may stand in a transaction of their own; the batch must not.
  const outside = AsyncLocalStorage.snapshot()
  let working: Promise<void> | undefined
  let closed = false
  const written = { records: 0, commits: 0 }

  const enqueue = (waiting: Waiting) => {
    queue.push(waiting)
    working ??= outside(work)
  }

  async function work(): Promise<void> {
    // A turn of the event loop, so that calls which arrived together share the first commit as well.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH)
      try {
        await commit(batch)
        written.records += batch.length
        written.commits += 1
        for (const { written } of batch) written()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
      for (const go of waitingForRoom.splice(0, MAX_BATCH)) go()
    }
    working = undefined
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const rows = batch.map(({ row }) => row)
    for (;;) {
      try {
        return await store.within({}, (db) => lane.append(db, rows))
      } catch (error) {
        // In relaxed mode nobody waits who could be told: what was acknowledged is kept until it can be written.
        if (mode === 'strict' || closed) throw error
        log.error('audit records wait to be written', { records: rows.length + queue.length, error })
        await clock.sleep(SECOND)
      }
    }
  }

  return {
    write: async (row) => {
      while (!closed && queue.length >= MAX_QUEUE) await new Promise<void>((resolve) => waitingForRoom.push(resolve))
      if (closed) throw new Problem('server.unavailable')
      if (mode === 'strict') {
        await new Promise<void>((written, failed) => enqueue({ row, written, failed }))
        return
      }
      const failed = (error: unknown) => log.error('an audit record is lost', { record: row, error })
      enqueue({ row, written: () => {}, failed })
    },
    stats: () => ({ ...written, waiting: queue.length }),
    close: async () => {
      closed = true
      for (const go of waitingForRoom.splice(0)) go()
      await working
    },
  }
}
