import { type Actor, actorId, type Caller, type Person, type Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { decide } from '../policy/policy.ts'
import { findApiKey } from '../store/api-keys.ts'
import { findMember } from '../store/members.ts'
import type { ConnectSessionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'

/** Who made a link, and who stands before it: looked up anew each time, since either may have lost what they had. */

type Creator =
  | { kind: 'person'; id: string }
  | { kind: 'key'; id: string }
  | { kind: 'outsider'; id: string; issuer: string; role: Role }
  | { kind: 'operator' }

export function creatorOf({ actor }: Caller): string {
  return JSON.stringify(creatorFrom(actor))
}

/** By kind and id: whoever else may connect in the workspace is not told that the link exists. */
export function isCreator(caller: Caller, row: ConnectSessionRow): boolean {
  const made = JSON.parse(row.creator) as Creator
  return made.kind === caller.actor.kind && row.creator_id === actorId(caller.actor)
}

function creatorFrom(actor: Actor): Creator {
  switch (actor.kind) {
    case 'person':
      return { kind: 'person', id: actor.userId }
    case 'key':
      return { kind: 'key', id: actor.keyId }
    case 'outsider':
      return { kind: 'outsider', id: actor.userId, issuer: actor.issuer, role: actor.role }
    case 'operator':
      return { kind: 'operator' }
    default:
      throw new Problem('auth.required')
  }
}

/** The creator as they stand today; undefined when they could no longer make such a link. */
export async function creatorNow(db: Db, row: ConnectSessionRow, clock: Clock): Promise<Actor | undefined> {
  const actor = await lookedUp(db, row, JSON.parse(row.creator) as Creator, clock.now())
  return actor && decide(actor, 'connection:write') === 'allowed' ? actor : undefined
}

async function lookedUp(db: Db, row: ConnectSessionRow, creator: Creator, now: number): Promise<Actor | undefined> {
  const workspaceId = row.workspace_id
  switch (creator.kind) {
    case 'operator':
      return { kind: 'operator', workspaceId }
    case 'outsider':
      return { kind: 'outsider', userId: creator.id, issuer: creator.issuer, role: creator.role, workspaceId }
    case 'person': {
      const member = await findMember(db, workspaceId, creator.id)
      return (
        member && { kind: 'person', userId: creator.id, loginId: '', operator: false, workspaceId, role: member.role }
      )
    }
    case 'key': {
      const key = await findApiKey(db, workspaceId, creator.id)
      if (!key || key.revoked_at !== null || (key.expires_at !== null && key.expires_at <= now)) return undefined
      const { role, permissions } = key
      return { kind: 'key', keyId: key.id, workspaceId, role, ...(permissions ? { permissions } : {}) }
    }
  }
}

/** Whoever is signed in in this browser. A key or a command line is nobody here: a link completes in a browser session. */
export function signedIn({ actor }: Caller): Person | undefined {
  return actor.kind === 'person' && actor.loginId.startsWith('ses_') ? actor : undefined
}

/** The member a link is for, in the workspace that it belongs to and with the role they have there today. */
export async function memberNow(db: Db, workspaceId: string, person: Person): Promise<Person> {
  const member = await findMember(db, workspaceId, person.userId)
  if (!member) throw new Problem('connect.link_not_valid')
  const actor: Person = { ...person, workspaceId, role: member.role }
  if (decide(actor, 'connection:write') !== 'allowed')
    throw new Problem('auth.forbidden', { permission: 'connection:write' })
  return actor
}
