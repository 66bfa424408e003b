import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Db, Store } from '../store/store.ts'
import type { Lane } from './chain.ts'
import type { UnchainedRow } from './record.ts'

/**
 * Group commit: whoever comes while a transaction is under way shares the next one. A disk that syncs two hundred times
 * a second so records many thousand uses.
 */
export interface BatchWriter {
  /** Strict: resolves when the row is durable, rejects when it is not. Relaxed: resolves when it is queued, unless something is claimed. */
  write(row: UnchainedRow, claim?: Claim): Promise<void>
  /** Since the start: rows and commits written, and rows that wait now. */
  stats(): { records: number; commits: number; waiting: number }
  close(): Promise<void>
}

/**
 * Something that there is only so much of, taken in the transaction of the record. A claim that throws a Problem has written nothing: it
 * is refused alone, without a record, and the others of its batch are committed. May be run again, when the transaction is.
 */
export interface Claim {
  /** Claims are made in the order of these, on every server: two that want the same never wait for each other in a ring. */
  order: string
  make(db: Db): Promise<void>
  /** After the commit. */
  made?(): void
}

interface Waiting {
  row: UnchainedRow
  claim: Claim | undefined
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
        const refused = await commit(batch)
        written.records += batch.length - refused.size
        written.commits += 1
        for (const waiting of batch) {
          if (refused.has(waiting)) waiting.failed(refused.get(waiting))
          else {
            waiting.claim?.made?.()
            waiting.written()
          }
        }
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
      for (const go of waitingForRoom.splice(0, MAX_BATCH)) go()
    }
    working = undefined
  }

  /** Answers which claims were refused, and why. */
  async function commit(given: readonly Waiting[]): Promise<Map<Waiting, unknown>> {
    let batch = given
    const failed = new Map<Waiting, unknown>()
    for (;;) {
      try {
        const refused = await store.within({}, async (db) => {
          const refused = await claimed(db, batch)
          const rows = batch.filter((waiting) => !refused.has(waiting)).map(({ row }) => row)
          if (rows.length > 0) await lane.append(db, rows)
          return refused
        })
        return new Map([...failed, ...refused])
      } catch (error) {
        // In relaxed mode nobody waits who could be told: what was acknowledged is kept until it can be written.
        if (mode === 'strict' || closed) throw error
        for (const waiting of batch) {
          if (!waiting.claim) continue
          // Somebody stands there and waits to send.
          waiting.failed(error)
          failed.set(waiting, error)
        }
        batch = batch.filter(({ claim }) => !claim)
        if (batch.length === 0) return failed
        log.error('audit records wait to be written', { records: batch.length + queue.length, error })
        await clock.sleep(SECOND)
      }
    }
  }

  async function claimed(db: Db, batch: readonly Waiting[]): Promise<Map<Waiting, unknown>> {
    const refused = new Map<Waiting, unknown>()
    const claiming = batch.filter(({ claim }) => claim).sort((a, b) => inOrder(a.claim!.order, b.claim!.order))
    for (const waiting of claiming) {
      try {
        await waiting.claim!.make(db)
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error
        refused.set(waiting, error)
      }
    }
    return refused
  }

  return {
    write: async (row, claim) => {
      while (!closed && queue.length >= MAX_QUEUE) await new Promise<void>((resolve) => waitingForRoom.push(resolve))
      if (closed) throw new Problem('server.unavailable')
      if (mode === 'strict' || claim) {
        await new Promise<void>((written, failed) => enqueue({ row, claim, written, failed }))
        return
      }
      const failed = (error: unknown) => log.error('an audit record is lost', { record: row, error })
      enqueue({ row, claim, written: () => {}, failed })
    },
    stats: () => ({ ...written, waiting: queue.length }),
    close: async () => {
      closed = true
      for (const go of waitingForRoom.splice(0)) go()
      await working
    },
  }
}

function inOrder(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
