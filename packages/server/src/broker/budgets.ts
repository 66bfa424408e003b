import { type Clock, HOUR, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Budget } from '../policy/policy.ts'
import type { RateLimit } from './passage.ts'

/**
 * How many calls. Budgets keep one workflow from starving another: policies say which there are, and here they are counted. What a service
 * says with `Retry-After` holds for everybody who calls through that connection. In memory, at each server for itself.
 */
export interface Budgets {
  /** Takes one call of each, or of none where one is used up: then throws `token.over_budget`. Answers with the one that ends first. */
  spend(workspaceId: string, budgets: readonly Budget[]): RateLimit | undefined
  /** The service wants no calls before then. */
  limit(connectionId: string, until: number): void
  /** When the service wants to be called again; undefined where it takes calls. */
  limitedUntil(connectionId: string): number | undefined
}

/** Fills evenly, and holds what its time is good for. */
interface Bucket {
  tokens: number
  at: number
}

const MOST = 50_000
/** A service that asks for more is asked again after so long: it may have been a mistake, or a lie. */
const LONGEST_LIMIT = HOUR

export function createBudgets({ clock }: { clock: Clock }): Budgets {
  const buckets = new Map<string, Bucket>()
  const limits = new Map<string, number>()

  function tokensIn(name: string, { limit, perSeconds }: Budget, now: number): number {
    const before = buckets.get(name)
    if (!before) return limit
    return Math.min(limit, before.tokens + ((now - before.at) * limit) / (perSeconds * SECOND))
  }

  return {
    spend: (workspaceId, budgets) => {
      const now = clock.monotonic()
      const all = budgets.map((budget) => {
        const name = `${workspaceId} ${budget.key}`
        return { budget, name, tokens: tokensIn(name, budget, now) }
      })
      for (const { budget, tokens } of all) if (tokens < 1) throw overBudget(budget, tokens)
      let tightest: RateLimit | undefined
      for (const { budget, name, tokens } of all) {
        const { limit, perSeconds } = budget
        buckets.delete(name)
        buckets.set(name, { tokens: tokens - 1, at: now })
        const remaining = Math.floor(tokens - 1)
        if (tightest && tightest.remaining <= remaining) continue
        tightest = { limit, remaining, resetSeconds: secondsFor(limit - tokens + 1, budget), perSeconds }
      }
      while (buckets.size > MOST) buckets.delete(buckets.keys().next().value!)
      return tightest
    },

    limit: (connectionId, until) => {
      const now = clock.now()
      if (!(until > now)) return
      const held = Math.min(until, now + LONGEST_LIMIT)
      if ((limits.get(connectionId) ?? 0) >= held) return
      limits.delete(connectionId)
      limits.set(connectionId, held)
      if (limits.size > MOST) limits.delete(limits.keys().next().value!)
    },

    limitedUntil: (connectionId) => {
      const until = limits.get(connectionId)
      if (until === undefined) return undefined
      if (until > clock.now()) return until
      limits.delete(connectionId)
      return undefined
    },
  }
}

function secondsFor(tokens: number, { limit, perSeconds }: Budget): number {
  return Math.max(1, Math.ceil((tokens * perSeconds) / Math.max(limit, 1)))
}

function overBudget(budget: Budget, tokens: number): Problem {
  const { limit, perSeconds, policy, policyId } = budget
  // Of a budget of nothing there is never one more.
  const wait = limit < 1 ? perSeconds : secondsFor(1 - tokens, budget)
  return new Problem('token.over_budget', { limit, perSeconds, policy, policyId, retryAfterSeconds: wait })
}
