import type { Actor, Role } from '../actor.ts'

/**
 * Who may do what, in one table. Every route names one permission; what the table does not grant is refused. Three
 * kinds: what a role in a workspace gives, what only operators may (no role gives it), and what needs no workspace.
 */
export const rolePermissions = {
  'connection:read': ['admin', 'editor', 'viewer'],
  'connection:write': ['admin', 'editor'],
  'workspace:read': ['admin', 'editor', 'viewer'],
  'workspace:manage': ['admin'],
  'member:manage': ['admin'],
  'key:manage': ['admin'],
  'webhook:manage': ['admin'],
  'audit:read': ['admin'],
  'service:manage': ['admin'],
  'policy:manage': ['admin'],
  'app:manage': ['admin'],
  'skill:manage': ['admin'],
  'token:mint': ['admin', 'editor'],
} as const satisfies Record<string, readonly Role[]>

export const operatorPermissions = [
  'deployment:read',
  'deployment:audit',
  'deployment:apps',
  'workspace:create',
  'vault:rotate',
  'backup:create',
] as const

/** `public`: nobody is asked who they are. `person`: anybody signed in as themselves. `caller`: anybody known at all. */
export const openPermissions = ['public', 'person', 'caller'] as const

export type RolePermission = keyof typeof rolePermissions
export type OperatorPermission = (typeof operatorPermissions)[number]
export type Permission = RolePermission | OperatorPermission | (typeof openPermissions)[number]

export function isRolePermission(permission: string): permission is RolePermission {
  return Object.hasOwn(rolePermissions, permission)
}

export function roleHas(role: Role, permission: RolePermission): boolean {
  return (rolePermissions[permission] as readonly Role[]).includes(role)
}

export type Decision = 'allowed' | 'sign_in' | 'which_workspace' | 'forbidden' | 'operator_only'

/** The one decision: may this actor do this? A workspace's rows are kept apart elsewhere; this looks at rights only. */
export function decide(actor: Actor, permission: Permission): Decision {
  if (permission === 'public') return 'allowed'
  if (actor.kind === 'nobody') return 'sign_in'
  // A key of a skill mints tokens for it, and nothing else: it is kept where the skill runs.
  if (actor.kind === 'key' && actor.skillId !== undefined && permission !== 'token:mint') return 'forbidden'
  if (permission === 'caller') return 'allowed'
  if (permission === 'person') return actor.kind === 'person' ? 'allowed' : 'forbidden'
  if (!isRolePermission(permission)) {
    const isOperator =
      actor.kind === 'operator' || actor.kind === 'system' || (actor.kind === 'person' && actor.operator)
    return isOperator ? 'allowed' : 'operator_only'
  }
  if (actor.kind === 'system') return 'forbidden'
  if (!actor.workspaceId) return 'which_workspace'
  // Whoever owns the data folder administers every workspace in it, through the socket.
  if (actor.kind === 'operator') return 'allowed'
  if (!actor.role || !roleHas(actor.role, permission)) return 'forbidden'
  if (actor.kind === 'key' && actor.permissions && !actor.permissions.includes(permission)) return 'forbidden'
  return 'allowed'
}
