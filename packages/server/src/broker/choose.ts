import type { Caller } from '../actor.ts'
import { isTested, opened, sightOf } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import { missingScopes } from '../oauth/oauth.ts'
import type { Policies } from '../policy/policy.ts'
import type { Services } from '../services/services.ts'
import { listConnectionsTo } from '../store/broker-tokens.ts'
import { findConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { Manifest } from './manifest.ts'
import { scopesMissing } from './unavailable.ts'

/**
 * Which connections a token is for. What is named by its service is taken when exactly one fits, and never guessed. Nobody gets more by a
 * token than they have: what they may not see or use, and what is private to somebody other than the one it acts for, does not fit.
 */
export interface Chooser {
  /** Whose eyes. */
  sight: Caller
  /** Whose private connections may be meant. */
  onBehalfOf: string
  manifest: Manifest | undefined
}

export type Choose = (db: Db, workspaceId: string, wanted: readonly string[], by: Chooser) => Promise<ConnectionRow[]>

const MOST_CHOICES = 20

export function createChoose(deps: {
  services: Pick<Services, 'permits' | 'definition'>
  mayUse: Policies['mayUse']
  publicUrl: () => string
}): Choose {
  const { services, mayUse, publicUrl } = deps

  async function byService(db: Db, workspaceId: string, provider: string, by: Chooser): Promise<ConnectionRow> {
    const { onBehalfOf: owner, sight } = by
    const rows = await listConnectionsTo(db, workspaceId, provider, { owner, limit: 200 })
    const seen = rows.filter((row) => isTheirs(row, owner) && sightOf(sight, row) === 'full')
    // One that works goes before those that wait for somebody; between two that are alike nobody chooses but the caller.
    const active = seen.filter(({ status }) => status === 'active')
    const fits = active.length > 0 ? active : seen
    const [only, another] = fits
    if (!only) {
      const connectUrl = `${publicUrl()}/connections?connect=${encodeURIComponent(provider)}`
      throw new Problem('token.no_connection', { service: provider, connectUrl })
    }
    if (!another) return only
    const choices = fits.slice(0, MOST_CHOICES).map(({ id, name, account_label }) => {
      return { id, label: name, account: account_label }
    })
    const named = choices.map(({ id, label }) => `${id} (${label})`).join(', ')
    throw new Problem('token.choice_needed', { service: provider, named, choices })
  }

  async function byId(db: Db, workspaceId: string, id: string, { sight, onBehalfOf }: Chooser): Promise<ConnectionRow> {
    const row = opened(sight, await findConnection(db, workspaceId, id))
    if (!isTheirs(row, onBehalfOf)) throw new Problem('connection.private')
    return row
  }

  async function refuseUnusable(db: Db, row: ConnectionRow, { manifest }: Chooser): Promise<void> {
    const { workspace_id: workspaceId, provider, method, owner_id: owner } = row
    if (manifest && !manifest.credentials.includes(provider)) {
      throw new Problem('token.outside_manifest', { skill: manifest.name, service: provider })
    }
    if (!services.permits(provider)) throw new Problem('service.not_permitted', { id: provider })
    await mayUse(db, { workspaceId, provider, method, owner, tested: isTested(row) })
  }

  return async (db, workspaceId, wanted, by) => {
    const rows = new Map<string, ConnectionRow>()
    for (const named of wanted) {
      const row = named.startsWith('conn_')
        ? await byId(db, workspaceId, named, by)
        : await byService(db, workspaceId, named, by)
      await refuseUnusable(db, row, by)
      rows.set(row.id, row)
    }
    return [...rows.values()]
  }

  /** Private ones of nobody else, whoever may look at them. */
  function isTheirs({ visibility, owner_id }: ConnectionRow, onBehalfOf: string): boolean {
    return visibility === 'workspace' || owner_id === onBehalfOf
  }
}

/** Scopes that a skill needs and a connection lacks, by name, with a link that asks for those alone. Outside of any transaction. */
export function createScopeCheck(deps: { services: Pick<Services, 'definition'>; publicUrl: () => string }) {
  return async (rows: readonly ConnectionRow[], manifest: Manifest | undefined): Promise<void> => {
    for (const row of rows) {
      const asked = manifest?.scopes?.[row.provider]
      // Where the service does not say what it granted, nobody can know.
      if (!asked || row.scopes === null) continue
      const service = await deps.services.definition(row.workspace_id, row.provider, row.definition_version)
      const method = service.auth[row.method]
      const missing = method ? missingScopes(method, asked, JSON.parse(row.scopes) as string[]) : []
      if (missing.length > 0) throw scopesMissing(deps.publicUrl(), row.id, { provider: row.provider, missing })
    }
  }
}
