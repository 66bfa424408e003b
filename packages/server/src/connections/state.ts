import { DAY, HOUR, MINUTE } from '../clock.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { isTrouble, type Reason, reasons, type Trouble } from './reasons.ts'

/**
 * The one place where status, health and reason of a connection are decided. Promises: never active while it is known to be dead,
 * never dead because the service was down. Facts go in, and nothing is remembered here.
 */
export type Facts = Pick<
  ConnectionRow,
  | 'credential_version'
  | 'verdict'
  | 'trouble'
  | 'trouble_since'
  | 'attempts'
  | 'expires_at'
  | 'paused_at'
  | 'paused_by'
  | 'ended_by'
  | 'deleted_at'
  | 'last_success_at'
>

export interface State {
  status: ConnectionRow['status']
  health: ConnectionRow['health']
  reason: Reason | null
}

/** What somebody has learned about the credential or the service. */
export interface Outcome {
  /** A check of ours, a refresh, or a call that was brokered for somebody. */
  from: 'check' | 'refresh' | 'call'
  is: 'accepted' | 'weak' | 'restricted' | 'rejected' | 'ended' | 'trouble'
  trouble?: Trouble
  /** When the service wants to be asked again. */
  comeBackAt?: number
}

export const EXPIRES_SOON = 14 * DAY
const DEAD: ReadonlySet<State['health']> = new Set(['rejected', 'needs_reauth', 'expired'])

export function stateOf(facts: Facts, now: number): State {
  if (facts.deleted_at !== null) return { status: 'revoked', health: 'untested', reason: 'deleted' }
  if (facts.credential_version === 0) return { status: 'pending', health: 'untested', reason: 'not_finished' }
  const { health, reason } = healthOf(facts, now)
  const dead = DEAD.has(health)
  if (facts.paused_at !== null) return { status: 'paused', health, reason: dead ? reason : pausedFor(facts) }
  return { status: dead ? 'error' : 'active', health, reason }
}

function pausedFor({ paused_by }: Facts): Reason {
  return paused_by === null ? 'paused' : 'paused_idle'
}

function healthOf({ verdict, trouble, expires_at, ended_by }: Facts, now: number): Pick<State, 'health' | 'reason'> {
  if (verdict === 'ended') return { health: 'needs_reauth', reason: isByApp(trouble) ? trouble : 'grant_ended' }
  if (verdict === 'rejected') return { health: 'rejected', reason: 'credential_rejected' }
  if (ended_by !== null) return { health: 'needs_reauth', reason: 'life_ended' }
  if (expires_at !== null && expires_at <= now) return { health: 'expired', reason: 'expired' }
  const known = isTrouble(trouble) ? trouble : null
  if (known && reasons[known].kind === 'unreachable') return { health: 'unreachable', reason: known }
  if (verdict === 'unknown') return { health: 'untested', reason: known ?? 'not_tested' }
  if (verdict === 'weak') return { health: 'untested', reason: known ?? 'accepted_unverified' }
  if (expires_at !== null && expires_at - now <= EXPIRES_SOON) return { health: 'expiring', reason: 'expires_soon' }
  return { health: 'ok', reason: known ?? (verdict === 'restricted' ? 'restricted' : null) }
}

/** Why a grant is over that no service has ended. */
function isByApp(trouble: string | null): trouble is 'app_replaced' | 'app_removed' {
  return trouble === 'app_replaced' || trouble === 'app_removed'
}

/** Whether a test of this credential has gone well: as far as the service can be asked at all. */
export function isTested({ verdict }: Pick<Facts, 'verdict'>): boolean {
  return verdict === 'accepted' || verdict === 'weak' || verdict === 'restricted'
}

export interface Learned {
  change: Partial<Pick<ConnectionRow, 'verdict' | 'verdict_at' | 'trouble' | 'trouble_since' | 'attempts'>>
  /** A caller's call gave reason to ask ourselves. */
  suspicious: boolean
}

/**
 * What an outcome changes. A brokered call is somebody else's: it may fail for reasons of its own, and whoever makes it must not be able
 * to end the connection for everybody by asking for the wrong thing. It only leads to a check, where there is one.
 */
export function learnedFrom(facts: Facts, outcome: Outcome, now: number, hasCheck: boolean): Learned {
  const clear = { trouble: null, trouble_since: null, attempts: 0 }
  // A token that lives on at the service brings nothing back: the app it was granted to is gone. Connecting again does.
  if (facts.verdict === 'ended' && isByApp(facts.trouble)) return { change: {}, suspicious: false }
  const inTrouble = isTrouble(facts.trouble) && reasons[facts.trouble].kind === 'unreachable'
  if (outcome.from === 'call' && hasCheck) {
    if (outcome.is === 'rejected' || outcome.is === 'ended') return { change: {}, suspicious: true }
    if (outcome.is === 'trouble') {
      const silent = outcome.trouble !== undefined && SILENT.has(outcome.trouble)
      return { change: {}, suspicious: silent && !inTrouble }
    }
    return { change: inTrouble ? clear : {}, suspicious: facts.verdict === 'unknown' }
  }
  if (outcome.is === 'trouble') {
    const { trouble = 'no_answer' } = outcome
    if (outcome.from === 'call' && !SILENT.has(trouble)) return { change: {}, suspicious: false }
    const trouble_since = facts.trouble === null ? now : (facts.trouble_since ?? now)
    return { change: { trouble, trouble_since, attempts: facts.attempts + 1 }, suspicious: false }
  }
  return { change: { verdict: outcome.is, verdict_at: now, ...clear }, suspicious: false }
}

/** No answer at all: what a caller asked for cannot have caused it. */
const SILENT: ReadonlySet<Trouble> = new Set([
  'timed_out',
  'connection_reset',
  'connection_refused',
  'name_not_found',
  'tls_failed',
  'no_answer',
])

const ROUTINE = DAY
const FIRST_RETRY = 5 * MINUTE
const LAST_RETRY = 6 * HOUR

/** When a connection that nobody uses is to be looked at next; null for never. `spread` is between 0 and 1. */
export function nextCheckAt(facts: Facts, now: number, spread: number, comeBackAt = 0): number | null {
  const { status, health, reason } = stateOf(facts, now)
  if (status === 'pending' || status === 'paused' || status === 'revoked') return null
  const retry = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(Math.max(facts.attempts - 1, 0), 10))
  const wait = health === 'unreachable' || reason === 'rate_limited' ? retry : ROUTINE
  const routine = reason === 'cannot_be_tested' ? null : Math.max(now + wait * (0.9 + 0.2 * spread), comeBackAt)
  // What time alone changes has to be noticed when it does.
  const turns = [facts.expires_at, facts.expires_at === null ? null : facts.expires_at - EXPIRES_SOON]
  const next = [routine, ...turns].filter((at): at is number => at !== null && at > now)
  return next.length === 0 ? null : Math.floor(Math.min(...next))
}

/** A number between 0 and 1 that belongs to an id: checks of many connections do not fall on one moment. */
export function spreadOf(id: string): number {
  let hash = 2_166_136_261
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619)
  return (hash >>> 0) / 4_294_967_296
}

/** The one plain label that people see. */
export function labelOf({ status, health }: State): string {
  if (status === 'revoked') return 'Revoked'
  if (status === 'pending') return 'Not finished'
  if (status === 'paused') return 'Paused'
  return LABELS[health]
}

const LABELS: Record<State['health'], string> = {
  untested: 'Not tested',
  ok: 'Active',
  expiring: 'Expires soon',
  expired: 'Expired',
  needs_reauth: 'Needs re-auth',
  rejected: 'Credential rejected',
  unreachable: 'Service unreachable',
}

export type Transition = 'needs_reauth' | 'recovered'

export function transitionOf(before: State['status'], after: State['status']): Transition | undefined {
  if (before !== 'error' && after === 'error') return 'needs_reauth'
  return before === 'error' && after === 'active' ? 'recovered' : undefined
}
