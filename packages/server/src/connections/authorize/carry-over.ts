import { SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import type { Secret } from '../../secret.ts'
import { findGrant } from '../../store/connection-grants.ts'
import { findConnection } from '../../store/connections.ts'
import type { ConnectionGrantRow, ConnectionRow, OauthFlowRow } from '../../store/schema.ts'
import type { Examined } from '../examine.ts'
import type { House } from '../house.ts'
import { FLIGHT } from '../refresh/intent.ts'
import { discoveredOf } from './discovered.ts'
import type { Standing } from './parties.ts'
import type { Kept } from './sealed.ts'

/**
 * Services that give a refresh token once give none to whoever consents again, and mean the one that they gave before. It is taken over: only
 * for the same account, where both were seen, and the same client; and only as the newest that there is, since one that was exchanged
 * meanwhile ends the whole grant when it is shown.
 */
export interface Carried {
  refreshToken: Secret
  /** What was stored when it was read: whoever writes makes sure that it still is. */
  version: number
  grant: ConnectionGrantRow
  /** It was shown to the service, and no answer came. */
  isShown: boolean
}

export type CarryOver = (
  before: ConnectionRow,
  of: {
    flow: Pick<OauthFlowRow, 'app_id'>
    of: Standing
    kept: Pick<Kept, 'fields' | 'obtained'>
    found: Pick<Examined, 'account'>
  },
) => Promise<Carried | undefined>

const LOOK_AGAIN = SECOND / 5

export function createCarryOver({ store, clock, keep }: Pick<House, 'store' | 'clock' | 'keep'>): CarryOver {
  const read = (workspaceId: string, id: string) =>
    store.within({ workspaceId }, async (db) => ({
      row: await findConnection(db, workspaceId, id),
      grant: await findGrant(db, workspaceId, id),
    }))

  /** A renewal that is under way has spent what is stored, and brings what is newest. */
  async function settled(workspaceId: string, id: string) {
    const until = clock.monotonic() + FLIGHT
    for (;;) {
      const now = await read(workspaceId, id)
      const { row, grant } = now
      const begun = grant?.presenting === row?.credential_version ? grant?.presented_at : null
      const inFlight = begun != null && Math.abs(clock.now() - begun) < FLIGHT && clock.monotonic() < until
      if (!inFlight) return now
      await clock.sleep(LOOK_AGAIN)
    }
  }

  /** Put into the vault by a server that died before the row named it. */
  async function leftBehind({ workspace_id, id }: ConnectionRow, { storing }: ConnectionGrantRow) {
    if (storing === null) return undefined
    try {
      return await keep.get(workspace_id, id, storing)
    } catch (error) {
      if (error instanceof Problem && error.code === 'vault.not_found') return undefined
      throw error
    }
  }

  return async (before, { flow, of, kept, found }) => {
    const { workspace_id: workspaceId, id, account_id: account, app_id } = before
    if (kept.obtained?.secrets.refreshToken) return undefined
    if (account === null || found.account?.id !== account || flow.app_id !== app_id) return undefined
    const { row, grant } = await settled(workspaceId, id)
    // What the service has called dead is dead, and would end what is given now.
    if (!row || !grant || row.verdict === 'ended' || grant.renewal !== 'refresh') return undefined
    if (row.account_id !== account || grant.app_generation !== (of.app?.generation ?? null)) return undefined
    const newer = await leftBehind(row, grant)
    const stored = newer ?? (await keep.get(workspaceId, id, row.credential_version))
    const { refreshToken } = stored
    if (!refreshToken || !isSameClient(of, kept.fields, stored)) return undefined
    const isShown = !newer && grant.presenting === row.credential_version
    return { refreshToken, version: row.credential_version, grant, isShown }
  }
}

/** Whether nothing has been renewed since, nor has anybody begun to. */
export function isStill(
  { version, grant }: Carried,
  row: Pick<ConnectionRow, 'credential_version'>,
  now: ConnectionGrantRow | undefined,
): boolean {
  return row.credential_version === version && now?.fence === grant.fence && now.presenting === grant.presenting
}

/** It is the grant of then, with a token of now. */
export function carriedFacts(
  { grant, isShown }: Carried,
  { version, now }: { version: number; now: number },
): Partial<ConnectionGrantRow> {
  const { granted_at, renewals, grant_told_at, grant_ends_at, presented_at, unanswered } = grant
  const shown = isShown ? { presenting: version, presented_at, unanswered } : {}
  return { granted_at, renewed_at: now, renewals, grant_told_at, grant_ends_at, ...shown }
}

/** An app that was registered is the same while its generation is; others are part of what was entered or found out. */
function isSameClient({ app, method }: Standing, fields: Secrets, stored: Secrets): boolean {
  if (app) return true
  if (method.obtain.by !== 'discovery') return Object.keys(method.fields ?? {}).length === 0
  const [now, then] = [discoveredOf(method, fields), discoveredOf(method, stored)]
  return now !== undefined && now.issuer === then?.issuer && now.client.id === then.client.id
}
