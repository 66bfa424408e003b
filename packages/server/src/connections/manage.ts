import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { type ConnectionChange, findConnection, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { isOwner, opened, seen, sightOf, workspaceOf } from './access.ts'
import { type Affected, affectedBy, countOnly } from './affected.ts'
import { refuseUnusable } from './credential.ts'
import { readLabel } from './entered.ts'
import type { House } from './house.ts'
import { textsOf } from './prepared.ts'
import type { Replace, Replacement } from './replace.ts'
import { isRefused, refuseFailed, type Tests } from './test.ts'

/** What a person changes about a connection. All that can be refused is refused before anything is written. */
export interface ConnectionPatch {
  name?: string | undefined
  status?: 'active' | 'paused' | undefined
  visibility?: ConnectionRow['visibility'] | undefined
  credential?: Readonly<Record<string, string>> | undefined
  settings?: Readonly<Record<string, string>> | undefined
  choice?: string | undefined
}

export interface Changed {
  row: ConnectionRow
  /** Where something stops, or is replaced. */
  affected: Affected | undefined
  dryRun: boolean
}

export type Update = (
  caller: Caller,
  id: string,
  patch: ConnectionPatch,
  how: { skipTest: boolean; dryRun: boolean },
) => Promise<Changed>

export function createUpdate(house: House, tests: Tests, replace: Replace): Update {
  const { store, clock, settle, epochs, mayConnect } = house

  return async (caller, id, patch, { skipTest, dryRun }) => {
    const workspaceId = workspaceOf(caller)
    const onlyPauses =
      patch.status === 'paused' && Object.values(patch).filter((value) => value !== undefined).length === 1
    const interrupts = patch.status === 'paused' || patch.credential !== undefined
    const { row, affected } = await store.within({ workspaceId }, async (db) => {
      const found = (onlyPauses ? seen : opened)(caller, await findConnection(db, workspaceId, id))
      const all = interrupts ? await affectedBy(db, workspaceId, id) : undefined
      return { row: found, affected: all && (sightOf(caller, found) === 'full' ? all : countOnly(all)) }
    })
    const also = await allowed(caller, row, patch, skipTest)
    if (dryRun) return { row, affected, dryRun }
    return { row: await carriedOut(caller, row, patch, also, skipTest), affected, dryRun }
  }

  /** What may be changed beside, once everything that could be refused has been looked at. */
  async function allowed(caller: Caller, row: ConnectionRow, patch: ConnectionPatch, skipTest: boolean) {
    const { name, visibility, credential, settings, status } = patch
    const change: ConnectionChange = {}
    const fields: string[] = []
    if (settings && !credential) throw new Problem('connection.settings_need_credential')
    // Whoever next enters a credential trusts that it goes where it went before.
    if (settings && !isOwner(caller, row) && differ(settings, textsOf(row.settings))) {
      throw new Problem('connection.owner_only')
    }
    if (credential && status) {
      const message = 'cannot be changed together with the credential'
      throw new Problem('request.invalid', { issues: [{ path: 'body.status', message }] })
    }
    if (name !== undefined) {
      change.name = readLabel(name, 'name')
      if (change.name !== row.name) fields.push('name')
    }
    if (visibility !== undefined && visibility !== row.visibility) {
      if (!isOwner(caller, row)) throw new Problem('connection.owner_only')
      const { workspace_id: workspaceId, provider, method } = row
      await mayConnect(caller, { does: 'share', workspaceId, provider, method, visibility, skipsTest: skipTest })
      change.visibility = visibility
      fields.push('visibility')
    }
    return { change, fields }
  }

  async function carriedOut(
    caller: Caller,
    row: ConnectionRow,
    patch: ConnectionPatch,
    also: { change: ConnectionChange; fields: string[] },
    skipTest: boolean,
  ): Promise<ConnectionRow> {
    if (patch.credential) {
      const { credential, settings, choice } = patch
      const replacement: Replacement = { credential, settings, choice, skipTest }
      return replace(caller, row, replacement, also)
    }
    const chooses = patch.status === 'active' && patch.choice !== undefined
    if (chooses || (patch.status === 'active' && row.status !== 'active')) {
      return resumed(caller, row, also, patch.choice)
    }
    const pauses = patch.status === 'paused' && row.paused_at === null
    const change = { ...also.change, ...(pauses ? { paused_at: clock.now(), next_check_at: null } : {}) }
    const fields = [...also.fields, ...(pauses ? ['status'] : [])]
    if (fields.length === 0) return row
    const ends = pauses || change.visibility !== undefined
    return write(caller, row, change, { fields, ends, ...(pauses ? { events: ['connection.paused'] } : {}) })
  }

  /** Looks first whether it works. When nobody can say, because the service does not answer, it is resumed all the same. */
  async function resumed(
    caller: Caller,
    row: ConnectionRow,
    also: { change: ConnectionChange; fields: string[] },
    choice: string | undefined,
  ) {
    if (row.credential_version === 0) throw new Problem('connection.pending')
    // No test can help what a policy has ended.
    if (row.ended_by !== null) refuseUnusable({ ...row, paused_at: null }, clock.now())
    const { outcome, row: looked } = await tests.examineStored(row, { choice, asks: true })
    if (!looked) throw new Problem('connection.changed_meanwhile')
    if (isRefused(outcome)) refuseFailed(outcome, looked)
    const wasPaused = row.paused_at !== null
    const hasChosen = choice !== undefined && looked.learned !== row.learned
    const fields = [...also.fields, ...(wasPaused ? ['status'] : []), ...(hasChosen ? ['choice'] : [])]
    if (fields.length === 0) return looked
    const change = { ...also.change, ...(wasPaused ? { paused_at: null, next_check_at: clock.now() } : {}) }
    return write(caller, row, change, { fields, ends: true, ...(wasPaused ? { events: ['connection.resumed'] } : {}) })
  }

  async function write(
    caller: Caller,
    { workspace_id: workspaceId, id }: ConnectionRow,
    change: ConnectionChange,
    {
      fields,
      ends,
      events = [],
    }: { fields: string[]; ends: boolean; events?: ('connection.paused' | 'connection.resumed')[] },
  ): Promise<ConnectionRow> {
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      if (!before) throw new Problem('connection.not_found')
      const risk = fields.includes('visibility') ? { risk: 'high' as const } : {}
      const audit = { event: 'connection.updated' as const, caller, detail: { fields }, ...risk }
      return settle(db, before, { ...change, updated_at: clock.now() }, { ends, events, audit })
    })
    epochs.changed(after.id, after.epoch)
    return after
  }
}

function differ(given: Readonly<Record<string, string>>, stored: Readonly<Record<string, string>>): boolean {
  return [...new Set([...Object.keys(given), ...Object.keys(stored)])].some((name) => given[name] !== stored[name])
}
