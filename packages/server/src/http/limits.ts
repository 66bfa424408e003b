import { type Clock, MINUTE, SECOND } from '../clock.ts'

/**
 * How often one caller may ask: a bucket for each that holds a minute's worth and fills evenly. Kept in memory, at each
 * server for itself, and bounded: a flood of new addresses pushes out the buckets that are full again anyway.
 */
export interface Limiter {
  take(subject: string): Allowance
}

export interface Allowance {
  allowed: boolean
  limit: number
  remaining: number
  /** Until the next request is allowed, or until the bucket is full. */
  resetSeconds: number
}

interface Bucket {
  tokens: number
  at: number
}

const MAX_BUCKETS = 50_000

export function createLimiter(clock: Clock, perMinute: number, maxBuckets = MAX_BUCKETS): Limiter {
  // In order of last use, which a Map keeps for free: the first are the oldest.
  const buckets = new Map<string, Bucket>()
  const perMillisecond = perMinute / MINUTE

  const current = (subject: string): Bucket => {
    const now = clock.monotonic()
    const bucket = buckets.get(subject)
    if (!bucket) return { tokens: perMinute, at: now }
    return { tokens: Math.min(perMinute, bucket.tokens + (now - bucket.at) * perMillisecond), at: now }
  }
  const describe = (tokens: number, allowed: boolean): Allowance => ({
    allowed,
    limit: perMinute,
    remaining: Math.max(0, Math.floor(tokens)),
    resetSeconds: Math.ceil((allowed ? perMinute - tokens : 1 - tokens) / perMillisecond / SECOND),
  })

  return {
    take: (subject) => {
      const bucket = current(subject)
      const allowed = bucket.tokens >= 1
      if (allowed) bucket.tokens -= 1
      buckets.delete(subject)
      buckets.set(subject, bucket)
      if (buckets.size > maxBuckets) buckets.delete(buckets.keys().next().value!)
      return describe(bucket.tokens, allowed)
    },
  }
}
