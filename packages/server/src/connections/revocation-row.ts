import { newId } from '../ids.ts'
import type { ConnectionGrantRow, ConnectionRow, RevocationRow } from '../store/schema.ts'

/** Whose grant it is, as far as a connection would know it. */
export type Granting = Pick<
  ConnectionRow,
  | 'id'
  | 'workspace_id'
  | 'provider'
  | 'definition_version'
  | 'method'
  | 'app_id'
  | 'settings'
  | 'learned'
  | 'base'
  | 'account_id'
  | 'account_label'
  | 'account_team'
>

/** Whether its definition says so is asked later: within a transaction nothing else can be read. */
export function mayBeGranted(row: Pick<ConnectionRow, 'auth_type' | 'app_id'>): boolean {
  return row.auth_type === 'oauth2' || row.app_id !== null
}

export function revocationOf(
  row: Granting,
  of: {
    because: RevocationRow['because']
    version: number | null
    grant: ConnectionGrantRow | undefined
    now: number
  },
): RevocationRow {
  const { id: connection_id, workspace_id, provider, definition_version, method, app_id } = row
  const { settings, learned, base, account_id, account_label, account_team } = row
  return {
    id: newId('rev'),
    workspace_id,
    of_workspace: workspace_id,
    connection_id,
    because: of.because,
    provider,
    definition_version,
    method,
    app_id,
    app_generation: of.grant?.app_generation ?? null,
    settings,
    learned,
    base,
    account_id,
    account_label,
    account_team,
    credential_version: of.version,
    access_expires_at: of.grant?.access_expires_at ?? null,
    sealed: null,
    state: 'pending',
    confirmed: 0,
    attempts: 0,
    last_failure: null,
    next_try_at: of.now,
    created_at: of.now,
    finished_at: null,
  }
}
