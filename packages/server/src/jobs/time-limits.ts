import { type Clock, HOUR, MINUTE } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { Logger } from '../log.ts'
import {
  dueBefore,
  dueForPausing,
  dueForReauthorizing,
  type Policies,
  type Policy,
  type Timed,
} from '../policy/policy.ts'

/**
 * Ends what policies give a time to: pauses what nobody uses, and wants anew what has lived too long. Reads by index what has come due
 * since the round before, and once an hour all that is old enough. May run on every server at once: each end is decided where it is written.
 */
export interface TimeLimits {
  /** Answers how many were paused, ended, or let live on because their policy is gone. */
  round(): Promise<number>
  close(): Promise<void>
}

const PAGE = 200
const DUE = { reauthorizeAfterSeconds: dueForReauthorizing, pauseAfterIdleSeconds: dueForPausing }
/** What has to be authorized anew is not paused besides. */
const RULES = Object.keys(DUE) as Timed[]
/** Clocks of servers differ, and what was written down before may be committed after. */
const OVERLAP = 10 * MINUTE
/** Roles change, and what was dead comes back as old as it was. */
const EVERYTHING_AGAIN = HOUR

interface Mark {
  upTo: number
  everythingAt: number
}

export function createTimeLimits({
  connections: { limits },
  policies,
  clock,
  log,
}: {
  connections: Pick<Connections, 'limits'>
  policies: Pick<Policies, 'timed'>
  clock: Clock
  log: Logger
}): TimeLimits {
  let closed = false
  /** How far each policy has been carried out, by all that it says: a changed one begins anew. */
  let marks = new Map<string, Mark>()
  let releasedAt = Number.NEGATIVE_INFINITY

  const round = async (): Promise<number> => {
    const now = clock.now()
    const timed = await policies.timed()
    const before = marks
    marks = new Map()
    let done = 0
    for (const [workspaceId, all] of timed) {
      for (const rule of RULES) {
        for (const policy of all) done += await carryOut(workspaceId, rule, policy, all, before, now)
      }
    }
    const isAsBefore = before.size === marks.size && [...marks.keys()].every((key) => before.has(key))
    if (!isAsBefore || now - releasedAt >= EVERYTHING_AGAIN) {
      done += await releaseAll()
      releasedAt = now
    }
    return done
  }

  async function carryOut(
    workspaceId: string,
    rule: Timed,
    policy: Policy,
    all: readonly Policy[],
    before: ReadonlyMap<string, Mark>,
    now: number,
  ): Promise<number> {
    const upTo = dueBefore(rule, [policy], now)
    if (upTo === undefined) return 0
    const key = JSON.stringify([rule, policy.id, policy.applies, policy.limits])
    const mark = before.get(key)
    const isDone = mark !== undefined && now - mark.everythingAt < EVERYTHING_AGAIN
    const from = isDone ? mark.upTo - OVERLAP : 0
    // Not carried out to its end, the next round begins where this one did.
    marks.set(key, mark ?? { upTo: 0, everythingAt: Number.NEGATIVE_INFINITY })
    let done = 0
    let failed = false
    for (let after: { since: number; id: string } | undefined; !closed; ) {
      const page = await limits.begun(workspaceId, rule, { from, upTo, after, limit: PAGE })
      for (const { connectionId } of DUE[rule](all, page, now)) {
        if (closed) break
        const ended = await attempt(connectionId, () => limits.enforce(workspaceId, connectionId, rule))
        if (ended) done++
        failed ||= ended === undefined
      }
      after = page.at(-1)
      if (page.length < PAGE) break
    }
    if (!failed && !closed) marks.set(key, { upTo, everythingAt: isDone ? mark.everythingAt : now })
    return done
  }

  async function releaseAll(): Promise<number> {
    let done = 0
    for (let after = ''; !closed; ) {
      const page = await limits.ended(after, PAGE)
      for (const { workspaceId, id } of page) {
        if (await attempt(id, () => limits.release(workspaceId, id))) done++
      }
      if (page.length < PAGE) break
      after = page.at(-1)!.id
    }
    return done
  }

  /** One that cannot be written does not keep the others from their end. */
  async function attempt(id: string, work: () => Promise<boolean>): Promise<boolean | undefined> {
    try {
      return await work()
    } catch (error) {
      log.warn('a limit of time could not be carried out', { connection: id, error })
      return undefined
    }
  }

  let running: Promise<number> = Promise.resolve(0)
  const begin = () => {
    running = running.then(round).catch((error: unknown) => {
      log.warn('limits of time could not be carried out', { error })
      return 0
    })
    return running
  }
  let waiting = false
  const stop = clock.every(MINUTE, () => {
    // A round that takes longer than its minute is not followed by those it has missed.
    if (waiting) return
    waiting = true
    void begin().finally(() => {
      waiting = false
    })
  })

  return {
    round: begin,
    close: async () => {
      closed = true
      stop()
      await running
    },
  }
}
