import type { Actor, Caller, Person, Role } from '../actor.ts'
import { Problem } from '../errors.ts'
import { decide, isRolePermission, roleHas, rolePermissions } from '../policy/policy.ts'
import { isId } from './entered.ts'

/** The workspace that a request is about. */
export function workspaceOf({ actor }: Caller): string {
  if (actor.kind === 'nobody') throw new Problem('auth.required')
  if (actor.kind === 'system' || !actor.workspaceId) throw new Problem('auth.which_workspace')
  if (!isId(actor.workspaceId)) throw new Problem('workspace.not_found')
  return actor.workspaceId
}

export function personOf({ actor }: Caller): Person {
  if (actor.kind === 'nobody') throw new Problem('auth.required')
  if (actor.kind !== 'person') throw new Problem('auth.forbidden', { permission: 'person' })
  return actor
}

/**
 * Nobody gives away more than they have: a key that is narrowed to managing members could otherwise invite an
 * administrator, and one that manages keys could make itself a stronger one.
 */
export function refuseMoreThan(actor: Actor, role: Role, permissions?: readonly string[]): void {
  const given = permissions ?? Object.keys(rolePermissions)
  for (const permission of given) {
    if (!isRolePermission(permission) || !roleHas(role, permission)) continue
    if (decide(actor, permission) !== 'allowed') throw new Problem('auth.forbidden', { permission })
  }
}
