import * as audit from './handlers/audit.ts'
import * as deployment from './handlers/deployment.ts'
import * as devices from './handlers/devices.ts'
import * as invitations from './handlers/invitations.ts'
import * as keys from './handlers/keys.ts'
import * as logins from './handlers/logins.ts'
import * as me from './handlers/me.ts'
import * as sessions from './handlers/sessions.ts'
import * as system from './handlers/system.ts'
import * as workspaces from './handlers/workspaces.ts'
import { get, patch, post, type Route, remove } from './route.ts'

/**
 * Every address, and who may use it: this table is the security review. `public` asks nobody who they are; `person` wants
 * somebody signed in as themselves, `caller` anybody known; the rest is policy/policy.ts. What is not here does not exist.
 */
export const routes: readonly Route[] = [
  // Who am I
  get('/v1/me', 'caller', me.get),
  get('/v1/permissions', 'caller', me.permissions),

  // Signing in: the proof is in the body
  get('/v1/setup', 'public', sessions.setupState),
  post('/v1/setup', 'public', sessions.completeSetup),
  post('/api/auth/sign-in/email', 'public', sessions.signIn),
  post('/api/auth/sign-out', 'person', sessions.signOut),
  get('/api/auth/get-session', 'public', sessions.session),
  post('/v1/password', 'person', sessions.changePassword),
  get('/v1/logins', 'person', logins.list),
  remove('/v1/logins/{id}', 'person', logins.end),
  post('/v1/logins/end-others', 'person', logins.endOthers),

  // Signing in a command line
  post('/oauth/device_authorization', 'public', devices.authorize),
  post('/oauth/token', 'public', devices.exchange),
  post('/v1/device-logins/inspect', 'person', devices.inspect),
  post('/v1/device-logins/approve', 'person', devices.approve),
  post('/v1/device-logins/deny', 'person', devices.deny),

  // Workspaces and who is in them
  get('/v1/workspaces', 'caller', workspaces.list),
  post('/v1/workspaces', 'workspace:create', workspaces.create),
  get('/v1/workspace', 'workspace:read', workspaces.get),
  patch('/v1/workspace', 'workspace:manage', workspaces.rename),
  remove('/v1/workspace', 'workspace:manage', workspaces.remove),
  get('/v1/members', 'member:manage', workspaces.listMembers),
  patch('/v1/members/{id}', 'member:manage', workspaces.changeRole),
  remove('/v1/members/{id}', 'member:manage', workspaces.removeMember),
  get('/v1/invitations', 'member:manage', invitations.list),
  post('/v1/invitations', 'member:manage', invitations.create),
  remove('/v1/invitations/{id}', 'member:manage', invitations.withdraw),
  post('/v1/invitations/inspect', 'public', invitations.inspect),
  post('/v1/invitations/accept', 'public', invitations.accept),
  get('/v1/keys', 'key:manage', keys.list),
  post('/v1/keys', 'key:manage', keys.create),
  remove('/v1/keys/{id}', 'key:manage', keys.revoke),
  get('/v1/audit', 'audit:read', audit.list),
  get('/v1/audit/export', 'audit:read', audit.exportAll),

  // The deployment as a whole
  get('/v1/deployment/audit', 'deployment:audit', audit.listDeployment),
  post('/v1/deployment/audit/verify', 'deployment:audit', audit.verify),
  get('/v1/deployment/vault', 'deployment:read', deployment.vault),
  post('/v1/deployment/vault/rotations', 'vault:rotate', deployment.rotate),
  get('/v1/deployment/vault/rotations/{id}', 'vault:rotate', deployment.getRotation),
  post('/v1/deployment/backup', 'backup:create', deployment.backup),

  // About the server
  get('/healthz', 'public', system.health),
  get('/readyz', 'public', system.readiness),
  get('/metrics', 'public', system.metrics),
  get('/openapi.json', 'public', system.openapi),
  get('/docs', 'public', system.reference),
  get('/docs/problems', 'public', system.problemReference),
  get('/docs/style.css', 'public', system.style),
]
