import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is told to go on. */
export interface TestClock extends Clock {
  advance(milliseconds: number): Promise<void>
}

export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start
  const sleepers: { at: number; wake: () => void }[] = []
  const repeats = new Set<{ every: number; next: number; work: () => void }>()
  return {
    now: () => now,
    monotonic: () => now - start,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        sleepers.push({ at: now + milliseconds, wake: resolve })
      }),
    every: (milliseconds, work) => {
      const repeat = { every: milliseconds, next: now + milliseconds, work }
      repeats.add(repeat)
      return () => repeats.delete(repeat)
    },
    advance: async (milliseconds) => {
      now += milliseconds
      for (const repeat of repeats) {
        while (repeat.next <= now) {
          repeat.next += repeat.every
          repeat.work()
        }
      }
      for (const sleeper of sleepers.splice(0)) {
        if (sleeper.at <= now) sleeper.wake()
        else sleepers.push(sleeper)
      }
      // Lets what has been woken run before the test looks.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
