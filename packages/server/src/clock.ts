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

/**
 * Aborts after so long, of which a process that was stopped for a while counts next to nothing: when it goes on it finds its timers over and
 * its answers unread, and an answer thrown away may have held the only copy of a token.
 */
export function deadline(milliseconds: number): AbortSignal {
  const controller = new AbortController()
  const step = Math.max(5, milliseconds / 20)
  let left = milliseconds
  const wait = () => {
    const next = Math.min(step, left)
    left -= next
    setTimeout(next > 0 ? wait : late, next).unref()
  }
  const late = () => controller.abort(new DOMException('it took too long', 'TimeoutError'))
  wait()
  return controller.signal
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
