import type { Refresh } from '@cardea/catalog'
import { HOUR, SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Obtained } from '../../oauth/oauth.ts'
import type { GrantChange } from '../../store/connection-grants.ts'
import type { ConnectionChange } from '../../store/connections.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'
import { ofFailure } from '../outcome.ts'
import { type Also, ourselves } from '../settle.ts'
import { learnedFrom, nextCheckAt, spreadOf } from '../state.ts'
import { type Failed, wordOf } from './failure.ts'
import { expiryOf, type Granted, shownEnd, tidyAt } from './granted.ts'
import { isAlive, nextRenewal, retryAt } from './schedule.ts'

/** What a renewal leaves behind: changes of the connection's facts and of its grant, decided here and written elsewhere. */
export interface After {
  change: ConnectionChange
  facts: GrantChange
}

/** So often and for so long nobody knows what an answer means; then only its owner can tell. */
const UNKNOWN_TIMES = 5
const UNKNOWN_FOR = HOUR

export function afterSuccess(
  before: ConnectionRow,
  grant: ConnectionGrantRow,
  of: { granted: Granted; obtained: Obtained; version: number; words: Refresh; now: number },
): After {
  const { granted, obtained, version, words, now } = of
  const { toldEnd } = granted
  const told = expiryOf(granted.life)
  const ends = toldEnd === undefined ? grant.grant_ends_at : endAfter(grant, { toldEnd, words, now })
  const renewed: ConnectionGrantRow = {
    ...grant,
    renewal: granted.renewal,
    renewed_at: now,
    renewals: grant.renewals + 1,
    // Over before it came: the clock of the service is wrong, and only a refused call can tell.
    access_expires_at: told !== null && told <= now ? null : told,
    has_access: Object.keys(granted.access).length > 0 ? 1 : 0,
    grant_told_at: toldEnd ?? grant.grant_told_at,
    // An end that was outlived was none, whoever had said so.
    grant_ends_at: ends !== null && ends <= now ? null : ends,
    not_before: words.notBeforeSeconds === undefined ? null : now + words.notBeforeSeconds * SECOND,
    stale_from: grant.stale_from ?? before.credential_version,
    stale_at: grant.stale_at ?? now,
    presenting: null,
    presented_at: null,
    storing: null,
    unanswered: 0,
    failures: 0,
    failing_since: null,
    failed_at: null,
    wait_until: null,
    last_failure: null,
  }
  const spread = spreadOf(before.id)
  renewed.due_at = nextRenewal({ grant: renewed, connection: before, words, now, spread })
  renewed.tidy_at = tidyAt(renewed)
  const is = before.verdict === 'restricted' || before.verdict === 'weak' ? before.verdict : 'accepted'
  const change: ConnectionChange = {
    ...learnedFrom(before, { from: 'refresh', is }, now, true).change,
    credential_version: version,
    expires_at: shownEnd(renewed),
    last_success_at: now,
    ...(obtained.scopes ? { scopes: JSON.stringify(obtained.scopes) } : {}),
  }
  change.next_check_at = nextCheckAt({ ...before, ...change }, now, spread)
  return { change, facts: factsOf(renewed) }
}

/**
 * An end that stays where it was, although the grant was renewed, is the end of the grant; one that moves is none, also where it stayed for
 * a while before.
 */
function endAfter(
  grant: ConnectionGrantRow,
  { toldEnd, words: { lapses }, now }: { toldEnd: number; words: Refresh; now: number },
): number | null {
  const passed = now - (grant.renewed_at ?? grant.granted_at)
  if (grant.grant_told_at === null || passed < 10 * SECOND) return grant.grant_ends_at
  const known = lapses?.afterSeconds === undefined ? [] : [grant.granted_at + lapses.afterSeconds * SECOND]
  const stays = toldEnd - grant.grant_told_at < passed / 2
  const ends = [...known, ...(stays ? [toldEnd] : [])]
  return ends.length === 0 ? null : Math.min(...ends)
}

/** What a server that died had put into the vault, and not into the row. How long its access token lives died with it. */
export function afterFound(
  before: ConnectionRow,
  grant: ConnectionGrantRow,
  of: { version: number; now: number },
): After {
  const facts: GrantChange = {
    renewals: grant.renewals + 1,
    has_access: 0,
    stale_from: grant.stale_from ?? before.credential_version,
    stale_at: grant.stale_at ?? of.now,
    presenting: null,
    presented_at: null,
    storing: null,
    unanswered: 0,
    failures: 0,
    failing_since: null,
    failed_at: null,
    wait_until: null,
    last_failure: null,
    due_at: of.now,
  }
  return { change: { credential_version: of.version }, facts: { ...facts, tidy_at: tidyAt({ ...grant, ...facts }) } }
}

export function afterFailure(
  before: ConnectionRow,
  grant: ConnectionGrantRow,
  of: { how: Failed; error: unknown; words: Refresh; now: number; spread: number; serves: boolean },
): { change: ConnectionChange | undefined; facts: GrantChange; also?: Also } {
  const { how, error, words, now, spread } = of
  // While a token still works, that the next one cannot be had is nobody's trouble yet.
  const works = of.serves && grant.access_expires_at !== null && isAlive(grant, now)
  const sameKind = grant.last_failure?.split(' ')[0] === how
  const failures = how === 'unknown' && !sameKind ? 1 : grant.failures + 1
  const failing_since = how === 'unknown' && !sameKind ? now : (grant.failing_since ?? now)
  const wasLost = grant.unanswered > 0
  const isDead =
    how === 'grant_dead' || (how === 'unknown' && failures >= UNKNOWN_TIMES && now - failing_since >= UNKNOWN_FOR)
  const again = isDead ? null : dueAfter(grant, how, { failures, error, words, now, spread, works })
  const facts: GrantChange = {
    failures,
    failing_since,
    failed_at: now,
    last_failure: `${how} ${wordOf(error)}`,
    due_at: again,
    wait_until: again,
    // What was answered, or never left, is settled; what was lost stays open, and what was lost before it too.
    ...(how === 'lost' ? {} : { presenting: null, presented_at: null, storing: null }),
  }
  if (isDead) {
    const because = wasLost
      ? 'an answer of the service was lost, and it does not take the old token again'
      : wordOf(error)
    return {
      facts,
      change: { ...learnedFrom(before, { from: 'refresh', is: 'ended' }, now, true).change, next_check_at: null },
      also: { audit: { event: 'connection.updated', caller: ourselves(), detail: { because } } },
    }
  }
  const plain = works || how === 'unknown' ? undefined : ofFailure(error, false)
  if (plain?.is !== 'trouble') return { facts, change: undefined }
  return { facts, change: learnedFrom(before, { from: 'refresh', ...plain }, now, true).change }
}

function dueAfter(
  grant: ConnectionGrantRow,
  how: Failed,
  of: { failures: number; error: unknown; words: Refresh; now: number; spread: number; works: boolean },
): number {
  const { failures, error, words, now, spread, works } = of
  const asked = error instanceof Problem ? error.values.comeBackAt : undefined
  const comeBackAt = typeof asked === 'number' ? { comeBackAt: asked } : {}
  const at = retryAt(failures, { now, spread, byPeople: how === 'client_misconfigured', ...comeBackAt })
  const { access_expires_at: end } = grant
  if (end === null || !works) return at
  // A used token may end everything: first what lives is used up.
  if (how === 'lost' && words.rotates !== 'never' && words.graceSeconds === undefined) return Math.max(at, end)
  // At its end it is known at the latest whether callers fail.
  return Math.floor(Math.max(Math.min(at, end), comeBackAt.comeBackAt ?? 0))
}

function factsOf({
  connection_id: _id,
  workspace_id: _workspace,
  fence: _fence,
  ...facts
}: ConnectionGrantRow): GrantChange {
  return facts
}
