/**
 * Every JSON shape that Cardea's API speaks, once: the server's schemas are checked against these by the compiler.
 * Instants are ISO 8601 in UTC. A list comes in pages. `null` means "there is none"; a field is left out only where `?` says so.
 */
export type Role = 'admin' | 'editor' | 'viewer'

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

export interface PageQuery {
  /** 1 to 200. */
  limit?: number
  cursor?: string
}

/** problem+json (RFC 9457). Further fields are what the sentence is about. */
export interface ProblemDetails {
  type: string
  title: string
  status: number
  detail: string
  code: string
  /** What to do about it. */
  next: string
  requestId: string
  /** Present with `request.invalid`. */
  issues?: Issue[]
  [value: string]: unknown
}

export interface Issue {
  /** Where in what was sent: `body.name`, `query.limit`. */
  path: string
  message: string
}

export interface Person {
  id: string
  name: string
  email: string
}

export interface Membership {
  workspaceId: string
  name: string
  role: Role
}

/** Who the server takes the caller for, and what they may do in the workspace of this request. */
export interface Me {
  kind: 'person' | 'key' | 'outsider' | 'operator'
  id: string
  person: Person | null
  operator: boolean
  workspaceId: string | null
  role: Role | null
  workspaces: Membership[]
  permissions: string[]
}

export interface SetupState {
  open: boolean
}

export interface CompleteSetup {
  token: string
  name: string
  email: string
  password: string
  workspace: string
}

/** Whoever has just signed in; the session itself is in the cookie. */
export interface SignedIn {
  person: Person
}

export interface SignedInTo extends SignedIn {
  workspaceId: string
}

export interface SignIn {
  email: string
  password: string
}

export interface Session {
  person: Person | null
}

export interface ChangePassword {
  current: string
  next: string
}

export interface Workspace {
  id: string
  name: string
  createdAt: string
  role: Role | null
}

export interface NameWorkspace {
  name: string
}

export interface Member {
  userId: string
  name: string
  email: string
  role: Role
  createdAt: string
}

export interface ChangeRole {
  role: Role
}

export interface Invitation {
  id: string
  email: string
  role: Role
  state: 'open' | 'accepted' | 'withdrawn' | 'expired'
  invitedBy: string
  createdAt: string
  expiresAt: string
}

export interface CreateInvitation {
  email: string
  role: Role
}

/** The link is shown this once. */
export interface CreatedInvitation extends Invitation {
  token: string
  link: string
}

export interface PresentInvitation {
  token: string
}

export interface InvitationPreview {
  workspace: { id: string; name: string }
  email: string
  role: Role
  expiresAt: string
}

export interface AcceptInvitation {
  token: string
  /** Left out by somebody who is signed in already. */
  name?: string
  password?: string
}

export interface JoinedWorkspace extends SignedInTo {
  role: Role
}

export interface ApiKey {
  id: string
  name: string
  role: Role
  /** What the key is narrowed to, or null for all that its role may. */
  permissions: string[] | null
  /** The first characters, to recognise it by. */
  hint: string
  createdBy: string
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

export interface CreateApiKey {
  name: string
  role: Role
  permissions?: string[]
  expiresAt?: string
}

/** The token is shown this once. */
export interface CreatedApiKey extends ApiKey {
  token: string
}

export interface Login {
  id: string
  kind: 'browser' | 'cli'
  client: string
  ip: string | null
  createdAt: string
  lastUsedAt: string
  expiresAt: string
  /** Whether this request came with it. */
  current: boolean
}

export interface EndedLogins {
  ended: number
}

/** RFC 8628; the names are the standard's. */
export interface DeviceAuthorization {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

export interface AccessToken {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
}

export interface OAuthRefusal {
  error: string
  error_description: string
}

export interface PresentUserCode {
  userCode: string
}

export interface DeviceLogin {
  client: string
  createdAt: string
  expiresAt: string
}

export interface AuditRecord {
  id: string
  at: string
  workspaceId: string
  event: string
  risk: 'low' | 'high'
  actor: { kind: string; id: string }
  onBehalfOf: string | null
  subject: string | null
  requestId: string | null
  ip: string | null
  connectionId: string | null
  credentialVersion: number | null
  skill: string | null
  toolCall: string | null
  run: string | null
  step: string | null
  host: string | null
  method: string | null
  path: string | null
  status: number | null
  bytesIn: number | null
  bytesOut: number | null
  durationMs: number | null
  detail: { [name: string]: unknown } | null
}

export interface AuditFilter {
  event?: string
  connection?: string
  /** The id of whoever acted: a person, a key … */
  member?: string
  skill?: string
  /** From this instant on … */
  from?: string
  /** … and before this one. */
  to?: string
}

export type AuditFormat = 'ndjson' | 'csv'

export interface AuditVerification {
  ok: boolean
  records: number
  writers: number
  checkpoints: number
  /** The newest checkpoint: kept elsewhere, it proves at any later time that nothing was put back. */
  newest: { seq: number; mac: string } | null
  findings: AuditFinding[]
  /** How many findings are not listed, because there were too many. */
  more: number
}

export interface AuditFinding {
  kind: string
  writer: string | null
  seq: number | null
  to: number | null
  sentence: string
}

export interface VaultState {
  ok: boolean
  /** What is wrong, or that nothing is. */
  sentence: string
  masterKey: { id: string; source: string; warning: string | null }
  /** The newest rotation, finished or not. */
  rotation: Rotation | null
}

export type RotationKind = 'master_key' | 'data_keys'

export interface StartRotation {
  kind: RotationKind
}

export interface Rotation {
  id: string
  kind: RotationKind
  state: 'running' | 'done' | 'failed'
  done: number
  total: number
  error: string | null
  startedAt: string
  finishedAt: string | null
}

/** Who may do what: the table that the server decides by. */
export interface PermissionTable {
  roles: { permission: string; roles: Role[] }[]
  operator: string[]
}

export interface Readiness {
  ready: boolean
  store: { ok: boolean; sentence: string }
  vault: { ok: boolean; sentence: string }
}

export interface Health {
  ok: true
  version: string
}
