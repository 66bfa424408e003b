import * as connectPage from './connect-page/connect-page.ts'
import * as consentPage from './consent-page/consent-page.ts'
import * as actions from './handlers/actions.ts'
import * as apps from './handlers/apps.ts'
import * as audit from './handlers/audit.ts'
import * as brokerTokens from './handlers/broker-tokens.ts'
import * as connectSessions from './handlers/connect-sessions.ts'
import * as connections from './handlers/connections.ts'
import * as deployment from './handlers/deployment.ts'
import * as devices from './handlers/devices.ts'
import * as events from './handlers/events.ts'
import * as flows from './handlers/flows.ts'
import * as invitations from './handlers/invitations.ts'
import * as keys from './handlers/keys.ts'
import * as logins from './handlers/logins.ts'
import * as me from './handlers/me.ts'
import * as oauthToken from './handlers/oauth-token.ts'
import * as policies from './handlers/policies.ts'
import * as services from './handlers/services.ts'
import * as sessions from './handlers/sessions.ts'
import * as skills from './handlers/skills.ts'
import * as system from './handlers/system.ts'
import * as webhooks from './handlers/webhooks.ts'
import * as workspaces from './handlers/workspaces.ts'
import { get, patch, post, put, type Route, remove } from './route.ts'

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
  post('/oauth/token', 'public', oauthToken.give),
  post('/v1/device-logins/inspect', 'person', devices.inspect),
  post('/v1/device-logins/approve', 'person', devices.approve),
  post('/v1/device-logins/deny', 'person', devices.deny),

  // Workspaces and who is in them
  get('/v1/workspaces', 'caller', workspaces.list),
  post('/v1/workspaces', 'workspace:create', workspaces.create),
  get('/v1/workspace', 'workspace:read', workspaces.get),
  patch('/v1/workspace', 'workspace:manage', workspaces.rename),
  remove('/v1/workspace', 'workspace:manage', workspaces.remove),
  post('/v1/workspace/leave', 'person', workspaces.leave),
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

  // What connections can be made to
  get('/v1/services', 'caller', services.list),
  get('/v1/services/{id}', 'caller', services.get),
  get('/v1/services/{id}/icon', 'caller', services.icon),
  post('/v1/services', 'service:manage', services.add),
  put('/v1/services/{id}', 'service:manage', services.replace),
  remove('/v1/services/{id}', 'service:manage', services.remove),

  // OAuth apps: whoever registers them sees all but their secrets, others that they are there
  get('/v1/apps', 'connection:read', apps.list),
  post('/v1/apps', 'app:manage', apps.create),
  get('/v1/apps/{id}', 'connection:read', apps.get),
  patch('/v1/apps/{id}', 'app:manage', apps.change),
  remove('/v1/apps/{id}', 'app:manage', apps.remove),
  get('/v1/services/{id}/app', 'caller', apps.plan),

  // What administrators limit: others see of it what binds them
  get('/v1/policies', 'connection:read', policies.list),
  post('/v1/policies', 'policy:manage', policies.create),
  post('/v1/policies/explain', 'connection:read', policies.explain),
  get('/v1/policies/{id}', 'connection:read', policies.get),
  patch('/v1/policies/{id}', 'policy:manage', policies.change),
  remove('/v1/policies/{id}', 'policy:manage', policies.remove),

  // Software that acts, and what it holds instead of credentials. A token is narrowed by whoever holds it: the token is the proof
  get('/v1/skills', 'connection:read', skills.list),
  post('/v1/skills', 'skill:manage', skills.create),
  get('/v1/skills/{id}', 'connection:read', skills.get),
  put('/v1/skills/{id}', 'skill:manage', skills.put),
  patch('/v1/skills/{id}', 'skill:manage', skills.change),
  remove('/v1/skills/{id}', 'skill:manage', skills.remove),
  get('/v1/skills/{id}/versions', 'connection:read', skills.versions),
  post('/v1/skills/{id}/keys', 'skill:manage', skills.createKey),
  get('/v1/broker-tokens', 'token:mint', brokerTokens.list),
  post('/v1/broker-tokens', 'token:mint', brokerTokens.create),
  post('/v1/broker-tokens/narrow', 'public', brokerTokens.narrow),
  get('/v1/broker-tokens/{id}', 'token:mint', brokerTokens.get),
  remove('/v1/broker-tokens/{id}', 'token:mint', brokerTokens.revoke),

  // Named calls. Who may have a token may use it: an action is carried out by one that is made for it
  get('/v1/actions', 'caller', actions.list),
  post('/v1/actions/execute', 'token:mint', actions.execute),
  get('/v1/actions/{identifier}', 'caller', actions.get),

  // What happens, for other systems
  get('/v1/events', 'connection:read', events.list),
  get('/v1/events/stream', 'connection:read', events.stream),
  post('/v1/events/replay', 'webhook:manage', events.replay),
  get('/v1/webhooks', 'webhook:manage', webhooks.list),
  post('/v1/webhooks', 'webhook:manage', webhooks.create),
  get('/v1/webhooks/{id}', 'webhook:manage', webhooks.get),
  patch('/v1/webhooks/{id}', 'webhook:manage', webhooks.change),
  remove('/v1/webhooks/{id}', 'webhook:manage', webhooks.remove),
  post('/v1/webhooks/{id}/test', 'webhook:manage', webhooks.test),
  post('/v1/webhooks/{id}/unpark', 'webhook:manage', webhooks.unpark),
  post('/v1/webhooks/{id}/rotate-secret', 'webhook:manage', webhooks.rotateSecret),
  get('/v1/webhooks/{id}/deliveries', 'webhook:manage', webhooks.deliveries),

  // Connections: what of them a caller may see or do, their owner and visibility decide besides
  get('/v1/connections', 'connection:read', connections.list),
  post('/v1/connections', 'connection:write', connections.create),
  post('/v1/connections/import', 'connection:write', connections.importMany),
  get('/v1/connections/{id}', 'connection:read', connections.get),
  patch('/v1/connections/{id}', 'connection:write', connections.change),
  remove('/v1/connections/{id}', 'connection:write', connections.remove),
  post('/v1/connections/{id}/test', 'connection:write', connections.test),
  get('/v1/connections/{id}/references', 'connection:read', connections.listReferences),
  post('/v1/connections/{id}/references', 'connection:write', connections.registerReference),
  remove('/v1/connections/{id}/references', 'connection:write', connections.removeReference),

  // Consent at a service: begun by the caller, completed by the browser or the program that began it
  post('/v1/connections/authorize', 'connection:write', flows.authorize),
  get('/v1/connections/flows/{id}', 'connection:write', flows.get),
  post('/v1/connections/flows/{id}/finish', 'connection:write', flows.finish),
  remove('/v1/connections/flows/{id}', 'connection:write', flows.cancel),
  get('/connect/go/{token}', 'public', consentPage.showLink),
  post('/connect/go/{token}', 'public', consentPage.followLink),
  get('/oauth/callback', 'public', consentPage.callback),
  post('/oauth/callback', 'public', consentPage.handIn),
  get('/oauth/flows/{workspace}/{flow}', 'public', consentPage.showFlow),
  post('/oauth/flows/{workspace}/{flow}', 'public', consentPage.answerFlow),
  get('/oauth/client.json', 'public', consentPage.clientDocument),
  get('/connect-page/hash.js', 'public', consentPage.script),

  // Connecting on the hosted page: the link is the proof, with the browser that began and the member it is for
  post('/v1/connect-sessions', 'connection:write', connectSessions.create),
  get('/v1/connect-sessions/{id}', 'connection:write', connectSessions.get),
  remove('/v1/connect-sessions/{id}', 'connection:write', connectSessions.remove),
  post('/v1/connect-sessions/{id}/complete', 'connection:write', connectSessions.complete),
  get('/v1/return-addresses', 'workspace:read', connectSessions.listAddresses),
  post('/v1/return-addresses', 'workspace:manage', connectSessions.addAddress),
  remove('/v1/return-addresses/{id}', 'workspace:manage', connectSessions.removeAddress),
  get('/connect/{token}', 'public', connectPage.show),
  post('/connect/{token}', 'public', connectPage.act),
  get('/connect/{token}/frame', 'public', connectPage.frame),
  get('/connect-page/style.css', 'public', connectPage.style),
  get('/connect-page/return.js', 'public', connectPage.script),

  // The deployment as a whole
  get('/v1/deployment/audit', 'deployment:audit', audit.listDeployment),
  post('/v1/deployment/audit/verify', 'deployment:audit', audit.verify),
  get('/v1/deployment/vault', 'deployment:read', deployment.vault),
  post('/v1/deployment/vault/rotations', 'vault:rotate', deployment.rotate),
  get('/v1/deployment/vault/rotations/{id}', 'vault:rotate', deployment.getRotation),
  post('/v1/deployment/backup', 'backup:create', deployment.backup),
  get('/v1/deployment/examination', 'deployment:read', deployment.examine),
  get('/v1/deployment/apps', 'deployment:apps', apps.listDeployment),
  post('/v1/deployment/apps', 'deployment:apps', apps.createDeployment),
  get('/v1/deployment/apps/{id}', 'deployment:apps', apps.getDeployment),
  patch('/v1/deployment/apps/{id}', 'deployment:apps', apps.changeDeployment),
  remove('/v1/deployment/apps/{id}', 'deployment:apps', apps.removeDeployment),

  // About the server
  get('/healthz', 'public', system.health),
  get('/readyz', 'public', system.readiness),
  get('/metrics', 'public', system.metrics),
  get('/openapi.json', 'public', system.openapi),
  get('/docs', 'public', system.reference),
  get('/docs/problems', 'public', system.problemReference),
  get('/docs/style.css', 'public', system.style),
]
