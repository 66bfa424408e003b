import { setTimeout as delay } from 'node:timers/promises'

/** The only source of time. Instants are integer milliseconds since 1970; `monotonic` never goes back. */
export interface Clock {
  now(): number
  monotonic(): number
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** Calls `work` again and again until the returned function is called. Never keeps the process alive. */
  every(milliseconds: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal ? { signal } : {})
  },
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
