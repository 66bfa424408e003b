import type { Caller } from '../actor.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { isOwner, sightOf } from './access.ts'
import { textsOf } from './prepared.ts'
import type { Reason } from './reasons.ts'
import type { SeenRevocation } from './revocation-words.ts'
import { labelOf, stateOf } from './state.ts'
import { wordsOf } from './words-of.ts'

/** A connection as a caller may see it. Of somebody else's private one: service, owner and how it stands, and nothing else. */
export interface SeenConnection {
  id: string
  sight: 'full' | 'presence'
  provider: string
  owner: { kind: ConnectionRow['owner_kind']; id: string }
  visibility: ConnectionRow['visibility']
  mine: boolean
  status: ConnectionRow['status']
  health: ConnectionRow['health']
  reason: Reason | null
  display: { label: string; sentence: string | null; next: string | null }
  inside: ConnectionInside | undefined
}

export interface ConnectionInside {
  name: string
  method: string
  authType: ConnectionRow['auth_type']
  account: { id: string; label: string; team: string | null } | null
  settings: Record<string, string>
  scopes: string[] | null
  missingScopes: string[]
  createdAt: number
  updatedAt: number
  connectedAt: number | null
  lastUsedAt: number | null
  lastSuccessAt: number | null
  checkedAt: number | null
  nextCheckAt: number | null
  expiresAt: number | null
  /** Of one that was deleted: what became of its grant at the service. */
  revocation: SeenRevocation | null
}

export function view(caller: Caller, row: ConnectionRow, now: number, revocation?: SeenRevocation): SeenConnection {
  const full = sightOf(caller, row) === 'full'
  // What time has changed since it was written down is shown as it is now.
  const state = stateOf(row, now)
  const words = wordsOf(row, state.reason)
  return {
    id: row.id,
    sight: full ? 'full' : 'presence',
    provider: row.provider,
    owner: { kind: row.owner_kind, id: row.owner_id },
    visibility: row.visibility,
    mine: isOwner(caller, row),
    ...state,
    display: { label: labelOf(state), sentence: words?.sentence ?? null, next: words?.todo ?? null },
    inside: full ? insideOf(row, revocation) : undefined,
  }
}

function insideOf(row: ConnectionRow, revocation: SeenRevocation | undefined): ConnectionInside {
  return {
    name: row.name,
    method: row.method,
    authType: row.auth_type,
    account:
      row.account_id === null
        ? null
        : { id: row.account_id, label: row.account_label ?? row.account_id, team: row.account_team },
    settings: textsOf(row.settings),
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
    missingScopes: row.missing_scopes === null ? [] : (JSON.parse(row.missing_scopes) as string[]),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    connectedAt: row.connected_at,
    lastUsedAt: row.last_used_at,
    lastSuccessAt: row.last_success_at,
    checkedAt: row.checked_at,
    nextCheckAt: row.next_check_at,
    expiresAt: row.expires_at,
    revocation: revocation ?? null,
  }
}
