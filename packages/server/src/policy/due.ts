import { SECOND } from '../clock.ts'
import type { Facts, Subject } from './facts.ts'
import { binds, judge } from './judge.ts'
import type { Policy, Rule } from './rules.ts'

/** What the limits of time need to know of a connection. */
export interface Standing extends Subject {
  id: string
  /** When its owner last authorized it or entered its credential. */
  connectedAt: number | null
  lastUsedAt: number | null
  /** When somebody last changed it: resuming is a change, and what was just resumed is not idle. */
  changedAt: number
}

/** A connection whose time is up, by which policy, and since when. */
export interface Due {
  connectionId: string
  policyId: string
  policy: string
  rule: Rule
  sentence: string
  at: number
}

export type Timed = 'reauthorizeAfterSeconds' | 'pauseAfterIdleSeconds'

export function dueForReauthorizing(policies: readonly Policy[], connections: readonly Standing[], now: number): Due[] {
  return due('reauthorizeAfterSeconds', policies, connections, now)
}

export function dueForPausing(policies: readonly Policy[], connections: readonly Standing[], now: number): Due[] {
  return due('pauseAfterIdleSeconds', policies, connections, now)
}

/** When the shortest limit that binds a connection ends; never, where none does or it was never connected. */
export function endOf(rule: Timed, policies: readonly Policy[], connection: Standing): number | undefined {
  const began = beginning(rule, connection)
  if (began === null) return undefined
  const lengths = policies.filter((policy) => binds(policy, connection)).flatMap(({ limits }) => limits[rule] ?? [])
  return lengths.length === 0 ? undefined : began + Math.min(...lengths) * SECOND
}

/** What began after this cannot be due: a sweep need not look at it. Undefined where no policy limits this time. */
export function dueBefore(rule: Timed, policies: readonly Policy[], now: number): number | undefined {
  const lengths = policies.filter(({ enabled }) => enabled).flatMap(({ limits }) => limits[rule] ?? [])
  return lengths.length === 0 ? undefined : now - Math.min(...lengths) * SECOND
}

function due(rule: Timed, policies: readonly Policy[], connections: readonly Standing[], now: number): Due[] {
  const timed = policies.filter(({ limits }) => limits[rule] !== undefined)
  return connections.flatMap((connection) => {
    const began = beginning(rule, connection)
    const at = endOf(rule, timed, connection)
    if (began === null || at === undefined) return []
    const { refusal } = judge(timed, factsOf(rule, connection, (now - began) / SECOND))
    if (!refusal) return []
    const { policyId, policy, sentence } = refusal
    return [{ connectionId: connection.id, policyId, policy, rule, sentence, at }]
  })
}

function beginning(rule: Timed, { connectedAt, lastUsedAt, changedAt }: Standing): number | null {
  if (rule === 'reauthorizeAfterSeconds' || connectedAt === null) return connectedAt
  return Math.max(connectedAt, lastUsedAt ?? 0, changedAt)
}

function factsOf(rule: Timed, { service, method, owner, role }: Subject, seconds: number): Facts {
  const subject = { service, method, owner, role }
  if (rule === 'reauthorizeAfterSeconds') return { ...subject, what: 'keep', livedSeconds: seconds }
  return { ...subject, what: 'idle', idleSeconds: seconds }
}
