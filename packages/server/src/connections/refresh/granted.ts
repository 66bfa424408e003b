import type { Method, Refresh } from '@cardea/catalog'
import { MINUTE, SECOND } from '../../clock.ts'
import type { Secrets } from '../../inject/values.ts'
import { carriedOver, type Life, type Obtained, refreshWords, renewalOf } from '../../oauth/oauth.ts'
import type { Secret } from '../../secret.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'

/** What a service granted, parted by how long it lasts, and what has to be known to keep it alive. */
export interface Granted {
  /** What renews it, or never ends: kept with the fields as long as the connection stands. */
  lasting: Record<string, Secret>
  /** Gone soon after it has expired: bought with the lasting part again and again, or all that there ever was. */
  access: Record<string, Secret>
  life: Life
  /** When the service says that the refresh token ends. */
  toldEnd: number | undefined
  renewal: ConnectionGrantRow['renewal']
}

/** What came back replaces what was stored; what did not come back is kept. */
export function grantedBy(method: Method, stored: Secrets, obtained: Obtained): Granted {
  const all = carriedOver(stored, obtained)
  const renewal = howRenewed(method, all)
  const { accessToken, idToken, ...others } = all
  const short: Record<string, Secret> = {
    ...(accessToken ? { accessToken } : {}),
    ...(idToken ? { idToken } : {}),
  }
  const { life, refreshExpiresAt: toldEnd } = obtained
  if (renewal === 'refresh') return { lasting: others, access: short, life, toldEnd, renewal }
  // An id token proves who signed in, once, and is good for nothing after that.
  const own: Record<string, Secret> = accessToken ? { accessToken } : {}
  // What nothing renews is of no use once it has expired, and must not lie about for ever then.
  const ends = renewal === 'none' && expiryOf(life) !== null
  return ends
    ? { lasting: others, access: own, life, toldEnd, renewal }
    : { lasting: { ...others, ...own }, access: {}, life, toldEnd, renewal }
}

/** All that there is of it: nobody can buy it again. */
export function isOnlyCopy({ renewal }: Granted): boolean {
  return renewal === 'none'
}

function howRenewed(method: Method, secrets: Secrets): ConnectionGrantRow['renewal'] {
  if (renewalOf({ method, secrets }) !== 'refresh') return 'none'
  const words = refreshWords(method.obtain)
  return words !== false && words.presents === 'access_token' ? 'access_token' : 'refresh'
}

export function expiryOf(life: Life): number | null {
  return typeof life === 'object' ? life.expiresAt : null
}

export function wordsOfRefresh(method: Method): Refresh {
  return refreshWords(method.obtain) || {}
}

/** The facts of a new grant. */
export function newGrant(
  row: Pick<ConnectionRow, 'id' | 'workspace_id'>,
  method: Method,
  granted: Granted,
  { now, appGeneration }: { now: number; appGeneration: number | undefined },
): ConnectionGrantRow {
  const { notBeforeSeconds } = wordsOfRefresh(method)
  return {
    connection_id: row.id,
    workspace_id: row.workspace_id,
    renewal: granted.renewal,
    app_generation: appGeneration ?? null,
    granted_at: now,
    renewed_at: null,
    renewals: 0,
    access_expires_at: expiryOf(granted.life),
    has_access: Object.keys(granted.access).length > 0 ? 1 : 0,
    grant_told_at: granted.toldEnd ?? null,
    grant_ends_at: endOf(method, { grantedAt: now, toldEnd: undefined }),
    not_before: notBeforeSeconds === undefined ? null : now + notBeforeSeconds * SECOND,
    due_at: null,
    tidy_at: null,
    stale_from: null,
    stale_at: null,
    fence: 0,
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
}

/** When it ends whatever we do, unless somebody consents again: an end that moves with every renewal is none. */
export function endOf(
  method: Method,
  { grantedAt, toldEnd }: { grantedAt: number; toldEnd: number | undefined },
): number | null {
  const after = wordsOfRefresh(method).lapses?.afterSeconds
  const ends = [toldEnd, after === undefined ? undefined : grantedAt + after * SECOND].filter((at) => at !== undefined)
  return ends.length === 0 ? null : Math.min(...ends)
}

/** What a connection shows as its end: of what cannot be renewed, its access token's. */
export function shownEnd(grant: Pick<ConnectionGrantRow, 'renewal' | 'access_expires_at' | 'grant_ends_at'>) {
  const ends = [grant.grant_ends_at, grant.renewal === 'none' ? grant.access_expires_at : null].filter(
    (at): at is number => at !== null,
  )
  return ends.length === 0 ? null : Math.min(...ends)
}

/** Readers that began before a renewal still find what they read of, unless it is renewed faster than this: then they read again. */
export const READERS = MINUTE

/** When the first part of it can be destroyed. */
export function tidyAt(
  grant: Pick<ConnectionGrantRow, 'has_access' | 'access_expires_at' | 'stale_from' | 'stale_at'>,
): number | null {
  const times = [
    grant.has_access === 1 && grant.access_expires_at !== null ? grant.access_expires_at + READERS : null,
    grant.stale_from === null ? null : (grant.stale_at ?? 0) + READERS,
  ].filter((at): at is number => at !== null)
  return times.length === 0 ? null : Math.min(...times)
}
