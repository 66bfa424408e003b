import type { Clock } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import type { Logger } from '../../log.ts'
import { findGrantOfVersion } from '../../store/connection-grants.ts'
import { getConnection } from '../../store/connections.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Keep } from '../keep.ts'
import type { Fresh } from '../ports.ts'
import { spreadOf } from '../state.ts'
import type { HostToken, HostTokens } from './hosts.ts'
import type { Renewals } from './renew.ts'
import { isAlive, isNearEnd } from './schedule.ts'

/**
 * A token that works now. What still lives is served, however the service is; what is about to end is renewed behind the caller's back; what
 * has ended, or was refused a moment ago, is waited for.
 */
export interface FreshDeps {
  store: Store
  clock: Clock
  log: Logger
  keep: Keep
  renewals: Pick<Renewals, 'renew'>
  hosts: HostTokens
}

/** A service that refuses every token is not asked for another with each call: not before this, or half a short life, is over. */
const NOT_OFTENER_THAN = 30_000
type GrantOfVersion = ConnectionGrantRow & Pick<ConnectionRow, 'credential_version'>

/** A row that is renewed while it is read is read again, and not for ever. */
const TIMES = 5

export function createFresh({ store, clock, log, keep, renewals, hosts }: FreshDeps): Fresh {
  return async (given, { rejected, purchase, host, eager } = {}) => {
    const workspaceId = given.workspace_id
    let row = given
    for (let time = 1; time <= TIMES; time++) {
      const grant = await store.within({ workspaceId }, (db) => findGrantOfVersion(db, workspaceId, row.id))
      if (!grant) throw new Problem('connection.pending')
      // Renewed since the row was read: what is known now is not true of what it names.
      if (grant.credential_version !== row.credential_version) {
        row = await readAgain(row)
        continue
      }
      if (grant.renewal === 'none') return served(row, grant, await onlyCopy(row, grant))
      if (host !== undefined) {
        const own = hosts.get(row.id, host, clock.now())
        if (own && own.purchase !== purchase) return ofHost(row, own)
        await renewals.renew({ workspaceId, connectionId: row.id }, row.credential_version, { host })
        row = await readAgain(row)
        continue
      }
      const access = grant.has_access === 1 ? await keep.access(workspaceId, row.id, row.credential_version) : {}
      const has = grant.renewal === 'access_token' || access.accessToken !== undefined
      const now = clock.now()
      const since = grant.renewed_at ?? grant.granted_at
      // Before it was renewed: the clock was set back, and says nothing.
      const life = (grant.access_expires_at ?? Number.POSITIVE_INFINITY) - since
      const isNew = now >= since && now - since < Math.min(NOT_OFTENER_THAN, life / 2)
      const refused = rejected === row.credential_version && !isNew
      const of = { workspaceId, connectionId: row.id }
      const version = row.credential_version
      if (has && !refused && isAlive(grant, now)) {
        if (isNearEnd(grant, now, spreadOf(row.id)) && (grant.wait_until ?? 0) <= now) {
          behind(renewals.renew(of, version), row.id)
        }
        return served(row, grant, access)
      }
      try {
        await renewals.renew(of, version, { ...(eager ? { eager } : {}), ...(refused ? { refused } : {}) })
      } catch (error) {
        // It has not ended yet, if only for seconds.
        const lives = has && !refused && grant.access_expires_at !== null && clock.now() < grant.access_expires_at
        if (!lives) throw error
        return served(row, grant, access)
      }
      row = await readAgain(row)
    }
    throw new Problem('connection.renewal_slow')
  }

  /** Of what nothing renews. Of what never ends, it lies with what is lasting. */
  async function onlyCopy({ workspace_id: workspaceId, id }: ConnectionRow, grant: GrantOfVersion): Promise<Secrets> {
    if (grant.has_access === 1) return keep.access(workspaceId, id, grant.credential_version)
    const isOver = grant.access_expires_at !== null && grant.access_expires_at <= clock.now()
    if (isOver) throw new Problem('oauth.grant_dead', { error: 'expired' })
    return {}
  }

  function readAgain({ workspace_id: workspaceId, id }: ConnectionRow): Promise<ConnectionRow> {
    return store.within({ workspaceId }, (db) => getConnection(db, workspaceId, id))
  }

  function behind(work: Promise<void>, connectionId: string): void {
    work.catch((error: unknown) => {
      if (!(error instanceof Problem))
        log.error('a fault while renewing a credential', { connection: connectionId, error })
    })
  }
}

function ofHost(row: ConnectionRow, { accessToken, expiresAt, purchase }: HostToken) {
  return { row, secrets: { accessToken }, purchase, ...(expiresAt === undefined ? {} : { expiresAt }) }
}

function served(row: ConnectionRow, grant: ConnectionGrantRow, secrets: Secrets) {
  return { row, secrets, ...(grant.access_expires_at === null ? {} : { expiresAt: grant.access_expires_at }) }
}
