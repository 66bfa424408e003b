import { type Actor, actorId, type Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Sight } from '../store/events.ts'
import type { Viewer } from './event-types.ts'

export function workspaceOf({ actor }: Caller): string {
  if (!('workspaceId' in actor) || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}

export function viewerOf(actor: Actor, administers: (actor: Actor) => boolean): Viewer {
  return { id: actorId(actor), administers: administers(actor) }
}

export function sightOf({ id, administers }: Viewer): Sight {
  return administers ? 'all' : { of: id }
}
