import { type Clock, MINUTE } from '../clock.ts'

/**
 * Opened keys, a bounded number for a bounded time; what leaves is wiped. A key that `find` answers is to be used at once:
 * after the next `await` it may have been wiped, and sealing with zeros would be sealing for everybody.
 */
export interface KeyCache {
  find(name: string): Buffer | undefined
  /** The cache owns the buffer from here on. */
  add(name: string, key: Buffer): void
  delete(name: string): void
  deleteAll(prefix: string): void
  close(): void
}

const MOST = 1000
const LIFE = 10 * MINUTE

export function createKeyCache(clock: Clock): KeyCache {
  const entries = new Map<string, { key: Buffer; until: number }>()
  const remove = (name: string) => {
    entries.get(name)?.key.fill(0)
    entries.delete(name)
  }
  const stop = clock.every(MINUTE, () => {
    for (const [name, { until }] of entries) if (until <= clock.monotonic()) remove(name)
  })
  return {
    find: (name) => {
      const entry = entries.get(name)
      if (!entry) return undefined
      if (entry.until > clock.monotonic()) return entry.key
      remove(name)
      return undefined
    },
    add: (name, key) => {
      remove(name)
      // A map keeps the order of insertion: the first is the oldest.
      if (entries.size >= MOST) remove(entries.keys().next().value!)
      entries.set(name, { key, until: clock.monotonic() + LIFE })
    },
    delete: remove,
    deleteAll: (prefix) => {
      for (const name of entries.keys()) if (name.startsWith(prefix)) remove(name)
    },
    close: () => {
      stop()
      for (const name of entries.keys()) remove(name)
    },
  }
}
