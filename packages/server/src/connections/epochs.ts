import { type Clock, DAY, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import { forgetEpochChanges, listEpochChanges, newestEpochChange } from '../store/connection-epochs.ts'
import type { Store } from '../store/store.ts'

/**
 * Whether what a cache holds of a connection still stands. A change on any server is obeyed by every other within a second: each looks
 * for changes twice a second, and one that has not managed to for a second trusts no cache at all. There is no channel beside that
 * could be cut without anybody noticing.
 */
export interface Epochs {
  /** False: throw away what you hold and read it anew. Answers from memory. */
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
}): Promise<Epochs> {
  const { store, clock, log, source = sourceIn(store) } = deps
  const known = new Map<string, number>()
  // One server and its own memory: nobody else can have changed anything.
  const isAlone = store.dialect === 'sqlite' && deps.source === undefined
  const note = (id: string, epoch: number) => {
    if ((known.get(id) ?? 0) < epoch) known.set(id, epoch)
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
  const stop = isAlone
    ? () => {}
    : clock.every(EVERY, () => {
        looking ??= look().finally(() => {
          looking = undefined
        })
      })
  const stopForgetting = clock.every(KEPT, () => {
    store
      .sweep((db) => forgetEpochChanges(db, clock.now() - KEPT))
      .catch((error: unknown) => log.warn('could not forget old changes of connections', { error }))
  })

  return {
    isCurrent: (connectionId, epoch) => {
      if (!isAlone && clock.monotonic() - lookedAt > TRUSTED) return false
      return epoch >= (known.get(connectionId) ?? 0)
    },
    changed: note,
    close: async () => {
      stop()
      stopForgetting()
      await looking
    },
  }
}
