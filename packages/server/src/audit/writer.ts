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
  /** Of whoever claims something, and may be refused alone. */
  settled: PromiseWithResolvers<void> | undefined
}

/** What is written together. Whoever claims nothing shares one promise with the others: a promise of their own would cost as much as a MAC. */
interface Batch {
  waiting: Waiting[]
  settled: PromiseWithResolvers<void>
}

const MAX_BATCH = 512
const MAX_TURNS = 32
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
  const queue: Batch[] = []
  let queued = 0
  const waitingForRoom: (() => void)[] = []
  // Whoever happens to begin a batch may stand in a transaction of their own; the batch must not.
  const outside = AsyncLocalStorage.snapshot()
  let working: Promise<void> | undefined
  let closed = false
  const written = { records: 0, commits: 0 }

  function enqueue(row: UnchainedRow, claim: Claim | undefined): Promise<void> {
    let batch = queue.at(-1)
    if (!batch || batch.waiting.length >= MAX_BATCH) {
      batch = { waiting: [], settled: Promise.withResolvers() }
      // In relaxed mode nobody may be listening.
      batch.settled.promise.catch(() => {})
      queue.push(batch)
    }
    const settled = claim && Promise.withResolvers<void>()
    batch.waiting.push({ row, claim, settled })
    queued++
    working ??= outside(work)
    return (settled ?? batch.settled).promise
  }

  /**
   * Turns of the event loop, as long as each brings more: calls that arrive together share a commit, which costs as much as ten records. One
   * call alone waits for two turns in which nothing else happens, a few microseconds.
   */
  async function gather(): Promise<void> {
    let before = 0
    for (let turn = 0; turn < MAX_TURNS && queued > before && queued < MAX_BATCH; turn++) {
      before = queued
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      await gather()
      const batch = queue.shift()!
      queued -= batch.waiting.length
      await settle(batch)
      for (const go of waitingForRoom.splice(0, MAX_BATCH)) go()
    }
    working = undefined
  }

  async function settle({ waiting, settled }: Batch): Promise<void> {
    try {
      const refused = await commit(waiting)
      written.records += waiting.length - refused.size
      written.commits += 1
      for (const one of waiting) {
        if (!one.settled) continue
        if (refused.has(one)) one.settled.reject(refused.get(one))
        else {
          one.claim?.made?.()
          one.settled.resolve()
        }
      }
      settled.resolve()
    } catch (error) {
      for (const one of waiting) {
        one.settled?.reject(error)
        if (mode === 'relaxed' && !one.claim) log.error('an audit record is lost', { record: one.row, error })
      }
      settled.reject(error)
    }
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
          if (!waiting.settled) continue
          // Somebody stands there and waits to send.
          waiting.settled.reject(error)
          failed.set(waiting, error)
        }
        batch = batch.filter(({ claim }) => !claim)
        if (batch.length === 0) return failed
        log.error('audit records wait to be written', { records: batch.length + queued, error })
        await clock.sleep(SECOND)
      }
    }
  }

  async function claimed(db: Db, batch: readonly Waiting[]): Promise<Map<Waiting, unknown>> {
    const refused = new Map<Waiting, unknown>()
    const claiming = batch.filter(({ claim }) => claim)
    if (claiming.length > 1) claiming.sort((a, b) => inOrder(a.claim!.order, b.claim!.order))
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

  async function writeWhenThereIsRoom(row: UnchainedRow, claim: Claim | undefined): Promise<void> {
    while (!closed && queued >= MAX_QUEUE) await new Promise<void>((resolve) => waitingForRoom.push(resolve))
    return write(row, claim)
  }

  async function write(row: UnchainedRow, claim: Claim | undefined): Promise<void> {
    if (closed) throw new Problem('server.unavailable')
    const durable = enqueue(row, claim)
    if (mode === 'strict' || claim) return durable
  }

  return {
    write: (row, claim) => (queued >= MAX_QUEUE ? writeWhenThereIsRoom(row, claim) : write(row, claim)),
    stats: () => ({ ...written, waiting: queued }),
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
