import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'

/** 5 s, 20 s, 80 s … and then every 12 hours: a little over three days in all. */
export const RETRIES = 13
/** After so long without a single success a webhook is parked: sent to no more until somebody says so. */
export const PARKED_AFTER = 3 * DAY

const FIRST = 5 * SECOND
const LONGEST = 12 * HOUR

/** Spread out by up to a fifth, so that what failed together does not come back together. */
export function retryPause(round: number, random: number, askedFor = 0): number {
  const pause = Math.min(FIRST * 4 ** round, LONGEST) * (1 + random / 5)
  return Math.round(Math.max(pause, Math.min(askedFor, LONGEST)))
}

/** How long a webhook that fails is left alone, whatever waits for it: the longer it has failed, the longer. */
export function hold(failingFor: number): number {
  return Math.min(Math.max(failingFor / 10, SECOND), 5 * MINUTE)
}
