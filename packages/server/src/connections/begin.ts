import type { Method } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { HOUR } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secrets } from '../inject/values.ts'
import type { Secret } from '../secret.ts'
import { findApiKey } from '../store/api-keys.ts'
import { putGrant } from '../store/connection-grants.ts'
import { changeConnection, createConnection, listSameAccount, lockConnection } from '../store/connections.ts'
import { findMember } from '../store/members.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { ownerOf, sightOf, workspaceOf } from './access.ts'
import { methodOf } from './credential.ts'
import type { Examined } from './examine.ts'
import type { House } from './house.ts'
import type { App } from './ports.ts'
import { type Granted, isOnlyCopy, newGrant, shownEnd, tidyAt, wordsOfRefresh } from './refresh/granted.ts'
import { nextRenewal } from './refresh/schedule.ts'
import { type Also, searchText } from './settle.ts'
import { learnedFrom, nextCheckAt, type Outcome, spreadOf } from './state.ts'

/**
 * A connection is begun, and finished when its credential is there: in one breath for what people type, with a visit to the service in
 * between for what they grant there. Until then it is pending, and goes by itself when nobody finishes it.
 */
export interface Beginnings {
  /** `also` runs in the same transaction, before. */
  begin(caller: Caller, beginning: Beginning, also?: (db: Db) => Promise<void>): Promise<ConnectionRow>
  finish(caller: Caller, row: ConnectionRow, end: Finish): Promise<Created>
}

export interface Beginning {
  id?: string
  provider: string
  definitionVersion: number
  methodName: string
  method: Method
  name: string
  visibility: ConnectionRow['visibility']
  settings: Readonly<Record<string, string>>
  appId?: string
}

export interface Finish {
  secrets: Readonly<Record<string, Secret>>
  /** What was found out about it; without an outcome where nobody looked. */
  found: Omit<Examined, 'outcome'> & { outcome?: Outcome }
  hasCheck: boolean
  scopes?: readonly string[]
  missingScopes?: readonly string[]
  /** What somebody granted at the service: instead of `secrets` alone, with what keeps it alive. */
  granted?: { granted: Granted; app: Pick<App, 'generation'> | undefined }
  expiresAt?: number
  /** Keeps it pending, unused by anybody, until it is released; after this instant it goes. */
  heldUntil?: number
  /** In the same transaction. */
  also?: (db: Db, created: Created) => Promise<void>
}

export interface Created {
  row: ConnectionRow
  /** What the service said; undefined when it was not asked. */
  outcome: Outcome | undefined
  /** One that the caller can see and that belongs to the same account. */
  duplicateOf: { id: string; name: string } | undefined
}

/** A row that was begun and never finished goes after this. */
const UNFINISHED = HOUR

export function createBeginnings(house: House): Beginnings {
  const { store, clock, services, keep, settle, accountKeys } = house

  async function putOrUndo(row: ConnectionRow, { secrets, granted }: Finish): Promise<number> {
    try {
      const how = granted ? { isOnlyCopy: isOnlyCopy(granted.granted) } : {}
      return await keep.put(row.workspace_id, row.id, secrets, granted?.granted.access, how)
    } catch (error) {
      // What is left of it goes with the next round of housekeeping.
      await store.within({ workspaceId: row.workspace_id }, (db) =>
        changeConnection(db, row, { purge_at: clock.now() }),
      )
      throw error
    }
  }

  async function grantOf(row: ConnectionRow, { granted, app }: NonNullable<Finish['granted']>, now: number) {
    const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
    const method = methodOf(service, row)
    const fresh = newGrant(row, method, granted, { now, appGeneration: app?.generation })
    const connection = { connected_at: now, last_used_at: null, paused_at: null }
    const words = wordsOfRefresh(method)
    const due_at = nextRenewal({ grant: fresh, connection, words, now, spread: spreadOf(row.id) })
    return { ...fresh, due_at, tidy_at: tidyAt(fresh) }
  }

  return {
    begin: async (caller, beginning, also) => {
      const workspaceId = workspaceOf(caller)
      const now = clock.now()
      const row: ConnectionRow = {
        ...emptyRow,
        id: beginning.id ?? newId('conn'),
        workspace_id: workspaceId,
        provider: beginning.provider,
        definition_version: beginning.definitionVersion,
        method: beginning.methodName,
        auth_type: beginning.method.type,
        name: beginning.name,
        ...ownerOf(caller),
        visibility: beginning.visibility,
        settings: JSON.stringify(beginning.settings),
        app_id: beginning.appId ?? null,
        search: '',
        created_at: now,
        updated_at: now,
        purge_at: now + UNFINISHED,
      }
      row.search = searchText(row)
      await store.within({ workspaceId }, async (db) => {
        await refuseGone(db, caller, workspaceId)
        await also?.(db)
        await createConnection(db, row)
      })
      return row
    },

    finish: async (caller, row, end) => {
      const { found, hasCheck, scopes, missingScopes, heldUntil, also } = end
      const { id, workspace_id: workspaceId, provider, method, visibility } = row
      const version = await putOrUndo(row, end)
      const now = clock.now()
      const grant = end.granted && (await grantOf(row, end.granted, now))
      const expiresAt = grant ? (shownEnd(grant) ?? undefined) : end.expiresAt
      const { account, outcome } = found
      const facts = { ...row, credential_version: version, expires_at: expiresAt ?? null }
      const change = {
        ...(outcome ? learnedFrom(facts, outcome, now, hasCheck).change : {}),
        // While it is held no row names what the vault has: nothing can use it.
        credential_version: heldUntil === undefined ? version : 0,
        learned: JSON.stringify(found.learned),
        base: found.base ?? null,
        account_id: account?.id ?? null,
        account_label: account?.label ?? null,
        account_team: account?.team ?? null,
        account_key: account ? accountKeys.ofAccount(row, account.id) : accountKeys.ofCredential(row, ownPart(end)),
        scopes: scopes ? JSON.stringify(scopes) : null,
        missing_scopes: missingScopes?.length ? JSON.stringify(missingScopes) : null,
        expires_at: facts.expires_at,
        connected_at: heldUntil === undefined ? now : null,
        ...(outcome ? { checked_at: now } : {}),
        ...(outcome && outcome.is !== 'trouble' ? { last_success_at: now } : {}),
        purge_at: heldUntil ?? null,
      }
      const next = nextCheckAt({ ...row, ...change }, now, spreadOf(id), outcome?.comeBackAt)
      const detail = { provider, method, visibility, tested: outcome !== undefined }
      return store.within({ workspaceId }, async (db) => {
        const before = await lockConnection(db, workspaceId, id)
        if (!before) throw new Problem('connection.not_found')
        const same = await listSameAccount(db, { ...row, account_key: change.account_key })
        const duplicate = same.find((other) => sightOf(caller, { ...other, owner_kind: row.owner_kind }) === 'full')
        const told = heldUntil === undefined ? createdNow(caller, detail) : {}
        const after = await settle(db, before, { ...change, next_check_at: next }, told)
        if (grant) await putGrant(db, grant)
        const duplicateOf = duplicate && { id: duplicate.id, name: duplicate.name }
        const created: Created = { row: after, outcome, duplicateOf }
        await also?.(db, created)
        return created
      })
    },
  }
}

/** By which one credential is told from another: a token that is bought again and again is no part of it. */
function ownPart({ secrets, granted }: Finish): Secrets {
  return granted && isOnlyCopy(granted.granted) ? { ...secrets, ...granted.granted.access } : secrets
}

/** Somebody who was removed while their account was being looked at leaves nothing behind that nobody would end. */
async function refuseGone(db: Db, { actor }: Caller, workspaceId: string): Promise<void> {
  if (actor.kind === 'person' && !(await findMember(db, workspaceId, actor.userId))) throw new Problem('auth.rejected')
  if (actor.kind === 'key') {
    const key = await findApiKey(db, workspaceId, actor.keyId)
    if (!key || key.revoked_at !== null) throw new Problem('auth.rejected')
  }
}

export function createdNow(caller: Caller, detail: Record<string, unknown>): Also {
  return { events: ['connection.created'], audit: { event: 'connection.created', caller, detail } }
}

const emptyRow = {
  status: 'pending',
  health: 'untested',
  reason: 'not_finished',
  learned: '{}',
  base: null,
  scopes: null,
  missing_scopes: null,
  account_id: null,
  account_label: null,
  account_team: null,
  account_key: null,
  credential_versions: 0,
  credential_version: 0,
  verdict: 'unknown',
  verdict_at: null,
  trouble: null,
  trouble_since: null,
  attempts: 0,
  epoch: 1,
  tenure: 1,
  connected_at: null,
  last_used_at: null,
  last_success_at: null,
  checked_at: null,
  next_check_at: null,
  expires_at: null,
  paused_at: null,
  paused_by: null,
  ended_by: null,
  idle_since: null,
  deleted_at: null,
} as const
