import type { CardeaEvent } from '@cardea/sdk'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { findEvent, findEventHead, listEventsAfter } from '../store/events.ts'
import type { Signals } from '../store/signals.ts'
import type { Store } from '../store/store.ts'
import { seenBy, type Viewer } from './event-types.ts'

/**
 * Server-sent events. A stream is a place in the list of events, read on whenever something was committed: nothing is kept in memory
 * for a reader that is slow, and none is missed by one that comes back with its last id. Ends when its reader may no longer see it.
 */
export interface Streams {
  open(options: StreamOptions): AsyncIterableIterator<string>
  /** Ends all that are open; their readers come back, to another server if this one stops. */
  end(): void
  close(): void
}

export interface StreamOptions {
  workspaceId: string
  /** The last event that the reader has; without it the stream begins now. */
  after?: string | undefined
  types?: readonly string[] | undefined
  /** Asked before anything is given, for rights end while streams go on. Undefined: no more. */
  viewer(): Promise<Viewer | undefined>
}

export interface StreamsDeps {
  store: Store
  signals: Signals
  clock: Clock
  log: Logger
}

export const HEARTBEAT = 15 * SECOND
export const MOST_STREAMS = 100
const BATCH = 100
/** How long a reader waits before it comes back. */
const COME_BACK = 2 * SECOND

interface Reader {
  wake(): void
  end(): void
}

export function createStreams({ store, signals, clock, log }: StreamsDeps): Streams {
  const readers = new Map<string, Set<Reader>>()
  const heads = new Map<string, number>()
  const wake = (workspaceId: string) => {
    for (const reader of readers.get(workspaceId) ?? []) reader.wake()
  }
  const stopHearing = signals.subscribe('cardea_events', wake)

  /** What a signal was lost for is found here, a second later. */
  const look = async () => {
    for (const workspaceId of readers.keys()) {
      const head = await store.within({ workspaceId }, (db) => findEventHead(db, workspaceId))
      if (heads.get(workspaceId) !== head) wake(workspaceId)
      if (readers.has(workspaceId)) heads.set(workspaceId, head)
    }
  }
  let looking = false
  const stopLooking = clock.every(SECOND, () => {
    if (looking || store.dialect === 'sqlite') return
    looking = true
    look()
      .catch((error: unknown) => log.debug('could not look for new events', { error }))
      .finally(() => {
        looking = false
      })
  })

  const place = (workspaceId: string, after: string | undefined): Promise<number> =>
    store.within({ workspaceId }, async (db) => {
      if (after === undefined) return findEventHead(db, workspaceId)
      const event = await findEvent(db, workspaceId, after)
      if (!event) throw new Problem('event.not_kept')
      return event.seq
    })

  function add(workspaceId: string, reader: Reader): void {
    const set = readers.get(workspaceId) ?? new Set()
    if (set.size >= MOST_STREAMS) throw new Problem('event.too_many_streams', { limit: MOST_STREAMS })
    readers.set(workspaceId, set.add(reader))
  }

  function leave(workspaceId: string, reader: Reader): void {
    const set = readers.get(workspaceId)
    set?.delete(reader)
    if (set?.size !== 0) return
    readers.delete(workspaceId)
    heads.delete(workspaceId)
  }

  function open({ workspaceId, after, types, viewer }: StreamOptions): AsyncIterableIterator<string> {
    let ended = false
    let nap = new AbortController()
    const reader: Reader = {
      wake: () => nap.abort(),
      end: () => {
        ended = true
        nap.abort()
      },
    }

    async function* frames(): AsyncGenerator<string, undefined> {
      add(workspaceId, reader)
      try {
        let seq = await place(workspaceId, after)
        yield `retry: ${COME_BACK}\n: the stream begins\n\n`
        while (!ended) {
          // Before reading: what is committed from here on wakes us.
          nap = new AbortController()
          const batch = await store.within({ workspaceId }, (db) => listEventsAfter(db, workspaceId, seq, BATCH))
          const seer = await viewer()
          if (!seer) return undefined
          let text = ''
          for (const event of batch) {
            seq = event.seq
            const seen = types && !types.includes(event.type) ? undefined : seenBy(seer, event)
            if (seen) text += frame(seen)
          }
          if (text !== '') yield text
          if (batch.length === BATCH) continue
          const isQuiet = await clock.sleep(HEARTBEAT, nap.signal).then(
            () => true,
            () => false,
          )
          if (isQuiet) yield ': still here\n\n'
        }
        return undefined
      } finally {
        leave(workspaceId, reader)
      }
    }

    const generator = frames()
    return {
      next: () => generator.next(),
      return: () => {
        // It may be asleep: a generator returns only when it has been woken.
        reader.end()
        return generator.return(undefined)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  const end = () => {
    for (const set of readers.values()) for (const reader of set) reader.end()
  }
  return {
    open,
    end,
    close: () => {
      stopLooking()
      stopHearing()
      end()
    },
  }
}

function frame(event: CardeaEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
