import { type Clock, DAY, HOUR } from '../clock.ts'
import type { Logger } from '../log.ts'
import { forgetEpochChanges, listEpochChanges, newestEpochChange } from '../store/connection-epochs.ts'
import type { Signals } from '../store/signals.ts'
import type { Store } from '../store/store.ts'
import { type ChangeSource, createWatch } from '../store/watch.ts'

/**
 * Whether what a cache holds of a connection still stands. A change on any server is obeyed by every other within a second, and one that
 * cannot see changes trusts no cache at all.
 */
export interface Epochs {
  /** False: throw away what you hold and read it anew. Answers from memory. Whatever is older than an hour is thrown away in any case. */
  isCurrent(connectionId: string, epoch: number): boolean
  /** What this very server has just committed. */
  changed(connectionId: string, epoch: number): void
  close(): Promise<void>
}

export type EpochSource = ChangeSource<{ connection_id: string; epoch: number; change: number }>

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
  const watch = isAlone
    ? undefined
    : await createWatch({
        clock,
        log,
        signals,
        source,
        channel: 'cardea_epochs',
        of: 'connections',
        note: ({ connection_id, epoch }) => note(connection_id, epoch),
      })
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
      if (watch?.isTrusted() === false) return false
      return epoch >= (known.get(connectionId)?.epoch ?? 0)
    },
    changed: note,
    close: async () => {
      stopForgetting()
      await watch?.close()
    },
  }
}
