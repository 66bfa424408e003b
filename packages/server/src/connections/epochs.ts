import { type Clock, DAY, HOUR, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import { forgetEpochChanges, listEpochChanges, newestEpochChange } from '../store/connection-epochs.ts'
import type { Signals } from '../store/signals.ts'
import type { Store } from '../store/store.ts'

/**
 * Whether what a cache holds of a connection still stands. A change on any server is obeyed by every other within a second: each looks
 * for changes twice a second, and one that has not managed to for a second trusts no cache at all. Signals only make it sooner: nobody
 * notices when they are cut, so that nothing rests on them.
 */
export interface Epochs {
  /** False: throw away what you hold and read it anew. Answers from memory. Whatever is older than an hour is thrown away in any case. */
  isCurrent(connectionId: string, epoch: number): boolean
  /** What this very server has just committed. */
  changed(connectionId: string, epoch: number): void
  close(): Promise<void>
}

/** Looks for changes; replaced where a test wants to cut it. */
export interface EpochSource {
  newest(): Promise<number>
  since(change: number): Promise<{ connection_id: string; epoch: number; change: number }[]>
}

const EVERY = SECOND / 2
/** Measured from the beginning of the last look that succeeded: whatever was committed before that has been seen. */
const TRUSTED = SECOND
const KEPT = DAY
/** Nobody holds anything of a connection for longer. */
export const LONGEST_CACHE = HOUR

export function sourceIn(store: Store): EpochSource {
  return {
    newest: () => store.sweep(newestEpochChange),
    since: (change) => store.sweep((db) => listEpochChanges(db, change)),
  }
}

export async function createEpochs(deps: {
  store: Store
  clock: Clock
  log: Logger
  source?: EpochSource
  signals?: Pick<Signals, 'subscribe'> | undefined
}): Promise<Epochs> {
  const { store, clock, log, signals, source = sourceIn(store) } = deps
  const known = new Map<string, { epoch: number; at: number }>()
  // One server and its own memory: nobody else can have changed anything.
  const isAlone = store.dialect === 'sqlite' && deps.source === undefined
  const note = (id: string, epoch: number) => {
    if ((known.get(id)?.epoch ?? 0) >= epoch) return
    known.delete(id)
    known.set(id, { epoch, at: clock.monotonic() })
  }
  let seen = isAlone ? 0 : await source.newest()
  let lookedAt = clock.monotonic()
  let looking: Promise<void> | undefined
  let failing = false

  const look = async () => {
    const began = clock.monotonic()
    try {
      for (const { connection_id, epoch, change } of await source.since(seen)) {
        note(connection_id, epoch)
        seen = Math.max(seen, change)
      }
      lookedAt = began
      if (failing) log.info('changes of connections are seen again')
      failing = false
    } catch (error) {
      if (!failing) log.error('changes of connections cannot be seen: no cached credential is used', { error })
      failing = true
    }
  }
  const lookSoon = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
  }
  const stops = isAlone ? [] : [clock.every(EVERY, lookSoon), signals?.subscribe('cardea_epochs', lookSoon)]
  const stopForgetting = clock.every(HOUR, () => {
    // The oldest come first.
    for (const [id, { at }] of known) {
      if (clock.monotonic() - at < LONGEST_CACHE) break
      known.delete(id)
    }
    store
      .sweep((db) => forgetEpochChanges(db, clock.now() - KEPT))
      .catch((error: unknown) => log.warn('could not forget old changes of connections', { error }))
  })

  return {
    isCurrent: (connectionId, epoch) => {
      if (!isAlone && clock.monotonic() - lookedAt > TRUSTED) return false
      return epoch >= (known.get(connectionId)?.epoch ?? 0)
    },
    changed: note,
    close: async () => {
      for (const stop of stops) stop?.()
      stopForgetting()
      await looking
    },
  }
}
