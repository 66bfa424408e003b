import { actorId, type Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { PolicyRecord } from '../store/policies.ts'
import type { Subject } from './facts.ts'
import { decide } from './permissions.ts'
import type { Applies, Limits, Policy } from './rules.ts'

/** Who is bound by policies, and as what. */
export function workspaceOf({ actor }: Caller): string {
  if (!('workspaceId' in actor) || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}

export function administers({ actor }: Caller): boolean {
  return decide(actor, 'policy:manage') === 'allowed'
}

/** Whoever owns the data folder administers every workspace in it, and is bound as its administrators are. */
export function standingOf({ actor }: Caller): Pick<Subject, 'owner' | 'role'> {
  const role = actor.kind === 'operator' ? 'admin' : 'role' in actor ? (actor.role ?? null) : null
  return { owner: actorId(actor), role }
}

/** The blocks were checked when they were written. */
export function asPolicy({ id, name, enabled, applies, limits }: PolicyRecord): Policy {
  return { id, name, enabled, applies: applies as Applies, limits: limits as Limits }
}
