import { z } from 'zod'
import { days, isTimeZone } from './hours.ts'
import { PATTERN } from './path-pattern.ts'

/** The words of policies that are asked about at every call. Like all limits they only take away. */
const host = z
  .string()
  .max(260)
  .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:\d{1,5})?$/, 'a host, such as api.example.com or *.example.com')
const pattern = z
  .string()
  .max(500)
  .regex(
    PATTERN,
    'a path such as /repos/*/issues or /repos/**, without escapes; before it a host where callers name one',
  )
const patterns = z.array(pattern).max(200)
const skill = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'the name of a skill')
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 08:30')
const endOfTime = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time such as 17:30, or 24:00')

export const budgetsPer = ['connection', 'skill', 'member'] as const
export const budgetsEvery = { minute: 60, hour: 3600 } as const

const budget = z.strictObject({
  /** Of each connection, of each skill, or of everybody for whom calls are made. */
  per: z.enum(budgetsPer),
  calls: z.int().min(1).max(1_000_000),
  every: z.enum(['minute', 'hour']),
})

const hours = z.strictObject({
  timeZone: z.string().min(1).max(64),
  times: z
    .array(
      z.strictObject({
        days: z.exactOptional(z.array(z.enum(days)).min(1).max(7)),
        from: time,
        to: endOfTime,
      }),
    )
    .max(20),
})

export const useLimits = {
  /** By name, and no others. Calls without a skill are among the others. */
  skills: z.exactOptional(z.array(skill).max(100)),
  /** No call without a skill that has declared what it needs. */
  requireManifest: z.exactOptional(z.boolean()),
  hosts: z.exactOptional(z.array(host).max(100)),
  httpMethods: z.exactOptional(z.array(z.string().regex(/^[A-Z]{1,20}$/, 'a method in capitals')).max(20)),
  /** GET, HEAD and OPTIONS, and nothing that becomes a WebSocket. */
  readOnly: z.exactOptional(z.boolean()),
  paths: z.exactOptional(patterns),
  /** Of the calls that make or show credentials these; none where no policy says so. */
  guardedPaths: z.exactOptional(patterns),
  hours: z.exactOptional(hours),
  /** Since it was made. */
  longestTokenSeconds: z.exactOptional(z.int().min(60).max(900)),
  budgets: z.exactOptional(z.array(budget).max(6)),
}

export type Budgeted = z.output<typeof budget>

/** What the words alone cannot say. */
export function faultOfUse(limits: {
  hours?: z.output<typeof hours>
  budgets?: readonly Budgeted[]
}): { path: string; message: string } | undefined {
  const { hours: open, budgets = [] } = limits
  if (open && !isTimeZone(open.timeZone)) {
    return { path: 'limits.hours.timeZone', message: 'must be the name of a time zone, such as Europe/Berlin' }
  }
  const nothing = open?.times.findIndex(({ from, to }) => from === to) ?? -1
  if (nothing >= 0) {
    return { path: `limits.hours.times.${nothing}`, message: 'begins when it ends; the whole day is 00:00 to 24:00' }
  }
  const kinds = budgets.map(({ per, every }) => `${per} ${every}`)
  if (new Set(kinds).size < kinds.length) {
    return { path: 'limits.budgets', message: 'hold two for the same; leave the smaller' }
  }
  return undefined
}
