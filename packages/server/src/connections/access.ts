import { actorId, type Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Viewer } from '../store/connection-list.ts'
import type { ConnectionRow } from '../store/schema.ts'

/**
 * Who sees what of a connection. Its owner all; of a shared one everybody all; of somebody else's private one administrators that it is
 * there, and others nothing. That the role allows the operation at all was asked at the door.
 */
export type Sight = 'full' | 'presence' | 'none'

export function workspaceOf({ actor }: Caller): string {
  if (actor.kind === 'nobody') throw new Problem('auth.required')
  if (actor.kind === 'system' || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}

export function viewerOf({ actor }: Caller): Viewer {
  const seesPresence = actor.kind === 'operator' || ('role' in actor && actor.role === 'admin')
  return { id: actorId(actor), seesPresence }
}

export function sightOf(caller: Caller, row: Pick<ConnectionRow, 'visibility' | 'owner_id' | 'owner_kind'>): Sight {
  if (row.visibility === 'workspace' || isOwner(caller, row)) return 'full'
  return viewerOf(caller).seesPresence ? 'presence' : 'none'
}

export function isOwner(
  { actor }: Caller,
  { owner_id, owner_kind }: Pick<ConnectionRow, 'owner_id' | 'owner_kind'>,
): boolean {
  return ownerKind(actor.kind) === owner_kind && actorId(actor) === owner_id
}

export function ownerOf({ actor }: Caller): Pick<ConnectionRow, 'owner_id' | 'owner_kind'> {
  const owner_kind = ownerKind(actor.kind)
  if (!owner_kind) throw new Problem('auth.required')
  return { owner_id: actorId(actor), owner_kind }
}

function ownerKind(kind: Caller['actor']['kind']): ConnectionRow['owner_kind'] | undefined {
  if (kind === 'person' || kind === 'outsider') return 'person'
  return kind === 'key' || kind === 'operator' ? kind : undefined
}

/** Throws for what the caller may not even know about, as if it did not exist. */
export function seen(caller: Caller, row: ConnectionRow | undefined): ConnectionRow {
  if (!row || sightOf(caller, row) === 'none') throw new Problem('connection.not_found')
  return row
}

/** For everything that uses or shows what is inside. */
export function opened(caller: Caller, row: ConnectionRow | undefined): ConnectionRow {
  const found = seen(caller, row)
  if (sightOf(caller, found) !== 'full') throw new Problem('connection.private')
  return found
}
