/** What goes on by itself. Every job may run on several servers at once, and none loses its place when one is killed. */
export { createDeliver, type Deliver } from './deliver.ts'
export { createHousekeeping } from './housekeeping.ts'
export { createProbe, type Probe } from './probe.ts'
export { createRefreshAhead, type RefreshAhead } from './refresh-ahead.ts'
export { createRevoke, type Revoke } from './revoke.ts'
export { createTimeLimits, type TimeLimits } from './time-limits.ts'
