import { type Clock, systemClock } from '../clock.ts'

/** A clock that goes on by itself and can be pushed ahead: what a definition says of months is tried in a moment. */
export interface TravelClock extends Clock {
  pass(seconds: number): void
}

export function createTravelClock(clock: Clock = systemClock): TravelClock {
  let ahead = 0
  return {
    ...clock,
    now: () => clock.now() + ahead,
    monotonic: () => clock.monotonic() + ahead,
    pass: (seconds) => {
      ahead += seconds * 1000
    },
  }
}
