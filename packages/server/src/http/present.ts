import type * as Wire from '@cardea/sdk'
import type * as Accounts from '../accounts/accounts.ts'
import { type Actor, actorId, type Caller } from '../actor.ts'
import type { AuditRecord, VerifyReport } from '../audit/audit.ts'
import type { Attempt, Delivery, WithSecret } from '../events/events.ts'
import { decide, isRolePermission, operatorPermissions, rolePermissions } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import type { RotationRow } from '../store/schema.ts'
import type { WebhookRecord } from '../store/webhooks.ts'
import type { Vault } from '../vault/vault.ts'
import { WithCookies } from './route.ts'
import type { Wellness } from './wellness.ts'

/** The only way out: what rooms give, as the JSON that sdk/wire.ts describes. What is not named here is not shown. */
export const time = (at: number): string => new Date(at).toISOString()
export const timeOrNull = (at: number | null | undefined): string | null => (at == null ? null : time(at))

/** Shows a secret to the one who has just made it: the only moment at which anybody sees it. */
export const shownOnce = (secret: Secret): string => secret.reveal()

export function page<Row, Item>(rows: Accounts.Page<Row>, item: (row: Row) => Item): Wire.Page<Item> {
  return { items: rows.items.map(item), nextCursor: rows.next ?? null }
}

export function me({ actor }: Caller, found: Accounts.Me): Wire.Me {
  if (actor.kind === 'nobody' || actor.kind === 'system') throw new Error(`${actor.kind} asked who it is`)
  return {
    kind: actor.kind,
    id: actorId(actor),
    person: found.person ? person(found.person) : null,
    operator: actor.kind === 'operator' || (actor.kind === 'person' && actor.operator),
    workspaceId: actor.workspaceId ?? null,
    role: actor.kind === 'operator' ? null : (actor.role ?? null),
    workspaces: found.workspaces.map(({ workspaceId, name, role }) => ({ workspaceId, name, role })),
    permissions: permissionsOf(actor),
  }
}

function permissionsOf(actor: Actor): string[] {
  return [...Object.keys(rolePermissions).filter(isRolePermission), ...operatorPermissions].filter(
    (permission) => decide(actor, permission) === 'allowed',
  )
}

export function permissionTable(): Wire.PermissionTable {
  return {
    roles: Object.entries(rolePermissions).map(([permission, roles]) => ({ permission, roles: [...roles] })),
    operator: [...operatorPermissions],
  }
}

export const person = ({ id, name, email }: Accounts.PersonRecord): Wire.Person => ({ id, name, email })

export function signedIn({ person: who, setCookie }: Accounts.SignedIn): WithCookies<Wire.SignedIn> {
  return new WithCookies({ person: person(who) }, setCookie)
}

export function setUp(done: Accounts.SignedIn & { workspaceId: string }): WithCookies<Wire.SignedInTo> {
  return new WithCookies({ person: person(done.person), workspaceId: done.workspaceId }, done.setCookie)
}

export function joined(
  done: Accounts.SignedIn & { workspaceId: string; role: Wire.Role },
): WithCookies<Wire.JoinedWorkspace> {
  const { workspaceId, role } = done
  return new WithCookies({ person: person(done.person), workspaceId, role }, done.setCookie)
}

export function workspace({ id, name, createdAt, role }: Accounts.Workspace): Wire.Workspace {
  return { id, name, createdAt: time(createdAt), role: role ?? null }
}

export function member({ userId, name, email, role, createdAt }: Accounts.Member): Wire.Member {
  return { userId, name, email, role, createdAt: time(createdAt) }
}

export function removedWorkspace({ members, keys, connections }: Accounts.RemovedWorkspace): Wire.RemovedWorkspace {
  return { members, keys, connections }
}

export function offboarded({ connections: { deleted, handedOver } }: Accounts.Offboarded): Wire.Offboarded {
  return { connections: { deleted, handedOver } }
}

export function invitation(row: Accounts.Invitation): Wire.Invitation {
  const { id, email, role, state, invitedBy, createdAt, expiresAt } = row
  return { id, email, role, state, invitedBy, createdAt: time(createdAt), expiresAt: time(expiresAt) }
}

export function createdInvitation(made: {
  invitation: Accounts.Invitation
  token: Secret
  link: Secret
}): Wire.CreatedInvitation {
  return { ...invitation(made.invitation), token: shownOnce(made.token), link: shownOnce(made.link) }
}

export function invitationPreview(found: Accounts.InvitationPreview): Wire.InvitationPreview {
  const { id, name } = found.workspace
  return { workspace: { id, name }, email: found.email, role: found.role, expiresAt: time(found.expiresAt) }
}

export function key(row: Accounts.ApiKey): Wire.ApiKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    permissions: row.permissions ? [...row.permissions] : null,
    skillId: row.skillId ?? null,
    hint: row.hint,
    createdBy: row.createdBy,
    createdAt: time(row.createdAt),
    expiresAt: timeOrNull(row.expiresAt),
    lastUsedAt: timeOrNull(row.lastUsedAt),
    revokedAt: timeOrNull(row.revokedAt),
  }
}

export function createdKey(made: { key: Accounts.ApiKey; token: Secret }): Wire.CreatedApiKey {
  return { ...key(made.key), token: shownOnce(made.token) }
}

export function login(row: Accounts.Login): Wire.Login {
  return {
    id: row.id,
    kind: row.kind,
    client: row.client,
    ip: row.ip ?? null,
    createdAt: time(row.createdAt),
    lastUsedAt: time(row.lastUsedAt),
    expiresAt: time(row.expiresAt),
    current: row.current,
  }
}

export function deviceAuthorization(started: Accounts.StartedDevice): Wire.DeviceAuthorization {
  const userCode = shownOnce(started.userCode)
  const complete = new URL(started.verificationUri)
  complete.searchParams.set('user_code', userCode)
  return {
    device_code: shownOnce(started.deviceCode),
    user_code: userCode,
    verification_uri: started.verificationUri,
    verification_uri_complete: complete.href,
    expires_in: started.expiresInSeconds,
    interval: started.intervalSeconds,
  }
}

export function accessToken(poll: { token: Secret; expiresAt: number }, now: number): Wire.AccessToken {
  return {
    access_token: shownOnce(poll.token),
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((poll.expiresAt - now) / 1000)),
  }
}

export function deviceLogin({ client, createdAt, expiresAt }: Accounts.DeviceRequest): Wire.DeviceLogin {
  return { client, createdAt: time(createdAt), expiresAt: time(expiresAt) }
}

export function auditPage({ items, cursor }: { items: AuditRecord[]; cursor?: string }): Wire.Page<Wire.AuditRecord> {
  return { items: items.map((record) => ({ ...record, at: time(record.at) })), nextCursor: cursor ?? null }
}

export function auditVerification(report: VerifyReport): Wire.AuditVerification {
  const { ok, records, writers, checkpoints, newest, findings, more } = report
  return {
    ok,
    records,
    writers,
    checkpoints,
    newest: newest ? { seq: newest.seq, mac: newest.mac } : null,
    findings: findings.map(({ kind, writer = null, seq = null, to = null, sentence }) => {
      return { kind, writer, seq, to, sentence }
    }),
    more,
  }
}

export function rotation(row: RotationRow): Wire.Rotation {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    done: row.done,
    total: row.total,
    error: row.error,
    startedAt: time(row.started_at),
    finishedAt: timeOrNull(row.finished_at),
  }
}

export function vaultState(
  { ok, sentence }: Wellness,
  { id, source, warning }: Vault['masterKey'],
  newest: RotationRow | undefined,
): Wire.VaultState {
  return {
    ok,
    sentence,
    masterKey: { id, source, warning: warning ?? null },
    rotation: newest ? rotation(newest) : null,
  }
}

/** The room has left out what this caller may not see. */
export const event = (seen: Wire.CardeaEvent): Wire.CardeaEvent => seen

export function webhook(row: WebhookRecord): Wire.Webhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    types: row.types && ([...row.types] as Wire.EventType[]),
    state: row.parked_at !== null ? 'parked' : row.failing_since !== null ? 'failing' : 'active',
    failingSince: timeOrNull(row.failing_since),
    parkedAt: timeOrNull(row.parked_at),
    reason: row.reason,
    previousSecretUntil: timeOrNull(row.previous_until),
    createdBy: row.created_by,
    createdAt: time(row.created_at),
  }
}

export function webhookWithSecret(made: WithSecret): Wire.WebhookWithSecret {
  return { ...webhook(made.webhook), secret: shownOnce(made.secret) }
}

export function attempt({ at, status, milliseconds, error, answer }: Omit<Attempt, 'pause'>): Wire.DeliveryAttempt {
  return { at: time(at), status, milliseconds, error, answer }
}

export function delivery(row: Delivery): Wire.WebhookDelivery {
  return {
    eventId: row.event_id,
    type: row.type,
    state: row.state,
    createdAt: time(row.created_at),
    deliveredAt: timeOrNull(row.delivered_at),
    nextAttemptAt: row.state === 'pending' ? timeOrNull(row.next_at) : null,
    attempts: row.log.map(attempt),
  }
}

/** Cookies as the browser is to keep them. */
export function setCookieHeaders(cookies: readonly Secret[]): string[] {
  return cookies.map(shownOnce)
}
