import type { ChaosOptions } from './chaos.ts'

/** Ten thousand renewals, in a few minutes. */
export function full(servers: number): ChaosOptions {
  return {
    servers,
    callers: 50,
    connections: 1000,
    exchanges: 10_000,
    seconds: 900,
    lifeSeconds: 60,
    stopSeconds: [25, 40],
    stops: ['stop after the check', 'stop before the check', 'anywhere', 'stop after sending'],
    // One that is alone does nothing while it starts again, or stands.
    every: {
      hit: servers === 1 ? 12 : 5,
      kill: servers === 1 ? 30 : 15,
      stop: servers === 1 ? 120 : 15,
      session: 7,
      refuse: 40,
      client: 20,
    },
    pauseMilliseconds: servers === 1 ? 300 : 1000,
  }
}

/** A few seconds of it, for the tests. */
export function short(servers: number): ChaosOptions {
  return {
    ...full(servers),
    callers: 20,
    connections: 60,
    exchanges: 100_000,
    seconds: 9,
    lifeSeconds: 8,
    stopSeconds: [3, 6],
    every: { hit: 3, kill: 8, stop: 8, session: 4, refuse: 10, client: Number.POSITIVE_INFINITY },
  }
}

/** Nothing but what ownership is for: whoever is stopped right before it sends, and goes on when others have long given it up. */
export function withoutOwnership(servers: number): ChaosOptions {
  const form = full(servers)
  return {
    ...form,
    connections: 200,
    seconds: 300,
    stopSeconds: [35, 45],
    stops: ['stop after the check'],
    every: { ...form.every, hit: 1000, kill: 1000, stop: 4, session: 1000 },
    withoutOwnership: true,
  }
}
