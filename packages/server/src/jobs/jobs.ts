import { createDeliver, type DeliverDeps } from './deliver.ts'
import { createProbe } from './probe.ts'
import { createRefreshAhead } from './refresh-ahead.ts'
import { createRevoke } from './revoke.ts'
import { createTimeLimits } from './time-limits.ts'

type Needs = Omit<DeliverDeps, 'attempts'> & { events: Pick<DeliverDeps, 'attempts'> } & Parameters<
    typeof createProbe
  >[0] &
  Parameters<typeof createRefreshAhead>[0] &
  Parameters<typeof createRevoke>[0] &
  Parameters<typeof createTimeLimits>[0]

/** What goes on by itself. Every job may run on several servers at once, and none loses its place when one is killed. */
export function startJobs(needs: Needs): { close(): Promise<void> } {
  const running = [
    createDeliver({ ...needs, attempts: needs.events.attempts }),
    createProbe(needs),
    createRefreshAhead(needs),
    createRevoke(needs),
    createTimeLimits(needs),
  ]
  return {
    close: async () => {
      for (const job of running.reverse()) await job.close()
    },
  }
}

export { createDeliver, type Deliver } from './deliver.ts'
export { createHousekeeping } from './housekeeping.ts'
export { createProbe } from './probe.ts'
export { createRefreshAhead } from './refresh-ahead.ts'
export { createRevoke } from './revoke.ts'
export { createTimeLimits } from './time-limits.ts'
