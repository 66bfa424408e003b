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
  /** Where, in a text that was sent as such. */
  line?: number
  column?: number
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

/** Private connections of a member end with them; shared ones pass to whoever removes them. */
/** What went with a workspace. */
export interface RemovedWorkspace {
  members: number
  keys: number
  connections: number
}

export interface RemovedMember {
  connections: { deleted: number; handedOver: number }
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

/** A service that connections can be made to. */
export interface Service {
  id: string
  name: string
  category: string
  /** The vendor's page on getting credentials. */
  docs: string
  /** Built in, from the operator's folder, or described by this workspace. */
  origin: 'built_in' | 'folder' | 'workspace'
  /** 0 for what is built in. */
  version: number
  settings: ServiceSetting[]
  methods: ServiceMethod[]
}

/** One way to authenticate. */
export interface ServiceMethod {
  id: string
  type: 'oauth2' | 'apikey' | 'serviceaccount'
  label: string
  docs: string | null
  /** How to get the credential; or, where it needs an app, how to register one. */
  steps: string[]
  /** Needs an OAuth app that an administrator has registered. */
  needsApp: boolean
  /** What the app has beyond client id and secret … */
  appFields: ServiceField[]
  /** … and which settings are the app's, so that no member points its secret elsewhere. */
  appSettings: string[]
  settings: ServiceSetting[]
  fields: ServiceField[]
  scopes: ServiceScope[]
  /** Another tool on the user's computer whose login can be used. */
  reader: string | null
  /** The vendor ends this method on that day; `use` is the method to take instead. */
  retires: { on: string; use: string } | null
}

/** A secret that a person supplies. */
export interface ServiceField {
  name: string
  label: string
  hint: string | null
  pattern: string | null
  example: string | null
  optional: boolean
  shape: 'line' | 'lines' | 'json' | 'pem'
}

/** A fact about a connection that is no secret. */
export interface ServiceSetting {
  name: string
  kind: 'choice' | 'text' | 'host' | 'url' | 'path' | 'generated'
  label: string
  hint: string | null
  optional: boolean
  options: { value: string; label: string }[] | null
  pattern: string | null
  example: string | null
  default: string | null
  suffix: string | null
}

export interface ServiceScope {
  name: string
  sentence: string
  /** Requested by default. */
  asked: boolean
}

export interface ServiceDetail extends Service {
  /** Where the credential may go. */
  hosts: string[]
  /** Calls that mint or reveal credentials: refused unless a policy allows them. */
  guarded: string[]
  actions: ServiceAction[]
  verified: { on: string; by: string[] }
  /** What the workspace wrote. */
  source: { format: ServiceFormat; text: string } | null
}

export interface ServiceAction {
  name: string
  title: string
  does: 'read' | 'write' | 'destroy'
  inputs: ServiceInput[]
  scopes: string[]
  /** The methods it works with, or null for all. */
  methods: string[] | null
}

export interface ServiceInput {
  name: string
  is: 'text' | 'email' | 'number' | 'integer' | 'boolean' | 'time' | 'date' | 'url' | 'json'
  about: string
  optional: boolean
  many: boolean
  options: string[] | null
  default: string | number | boolean | null
  example: string | null
}

export type ServiceFormat = 'yaml' | 'json'

export interface ServiceQuery extends PageQuery {
  /** Words that the id, the name or the category holds. */
  search?: string
  category?: string
}

export interface DescribeService {
  /** The text of a definition, or its JSON. */
  definition: string | { [word: string]: unknown }
  /** What the text is written in: YAML unless told. */
  format?: ServiceFormat
}

export interface AddService extends DescribeService {
  id: string
}

export type EventType =
  | 'connection.created'
  | 'connection.needs_reauth'
  | 'connection.recovered'
  | 'connection.paused'
  | 'connection.resumed'
  | 'connection.deleted'
  | 'connection.credential_replaced'

/** What happened: the same in lists, in streams and as the body of a webhook. */
export interface CardeaEvent {
  id: string
  /** An `EventType`, 'webhook.test', or one that a newer server knows. */
  type: string
  timestamp: string
  workspaceId: string
  /** The id of what it happened to. */
  subject: string
  data: Record<string, unknown>
}

export interface EventFilter {
  types?: readonly EventType[]
  subject?: string
  /** From this instant on. */
  since?: string
}

export interface EventQuery extends EventFilter, PageQuery {}

export interface FollowEvents {
  types?: readonly EventType[]
  /** The last event that is known; the stream begins behind it. Without it, now. */
  after?: string
}

export interface ReplayEvents {
  webhookId: string
  /** One event … */
  eventId?: string
  /** … or all since an instant that the webhook wants. */
  since?: string
}

export interface Replayed {
  events: number
}

/** Whom and what a policy is about. What is left out does not narrow; of roles and members either is enough. */
export interface PolicyApplies {
  services?: string[]
  methods?: string[]
  roles?: Role[]
  /** Ids of members or keys. */
  members?: string[]
}

/** Either is enough. None at all is nobody. */
export interface PolicyWho {
  roles?: Role[]
  members?: string[]
}

/** Each takes away; several policies are obeyed together. */
export interface PolicyLimits {
  /** No others may be connected. */
  services?: string[]
  /** Nobody else connects. */
  connect?: PolicyWho
  /** Nobody else shares a connection with the workspace. */
  share?: PolicyWho
  /** No others may be asked for. */
  scopes?: string[]
  /** No credential is used before the service has accepted it once. */
  testFirst?: boolean
  mostPerMember?: number
  mostPerWorkspace?: number
  /** 3600 at least. */
  reauthorizeAfterSeconds?: number
  /** 3600 at least. */
  pauseAfterIdleSeconds?: number
}

export interface Policy {
  id: string
  name: string
  enabled: boolean
  applies: PolicyApplies
  limits: PolicyLimits
  /** `own`: for those who do not set policies, without the ids of others. */
  sight: 'full' | 'own'
  createdBy: string | null
  createdAt: string
  updatedAt: string
}

export interface CreatePolicy {
  name: string
  enabled?: boolean
  applies?: PolicyApplies
  limits: PolicyLimits
}

/** `applies` and `limits` are replaced whole. */
export interface ChangePolicy {
  name?: string
  enabled?: boolean
  applies?: PolicyApplies
  limits?: PolicyLimits
}

/** What if: about the caller, or for whoever sets policies about anybody. */
export interface ExplainPolicies {
  what: 'connect' | 'replace' | 'share' | 'keep' | 'idle' | 'first_use'
  service: string
  method: string
  visibility?: 'private' | 'workspace'
  skipTest?: boolean
  scopes?: string[]
  /** For 'first_use'. */
  tested?: boolean
  /** For 'keep': since it was last authorized. */
  livedSeconds?: number
  /** For 'idle'. */
  idleSeconds?: number
  member?: string
  role?: Role
}

/** What one limit of one policy says. */
export interface PolicyFinding {
  policyId: string
  policy: string
  rule: keyof PolicyLimits
  allowed: boolean
  sentence: string
}

export interface PolicyExplanation {
  allowed: boolean
  /** The one that a refusal would name. */
  refusal: PolicyFinding | null
  /** Everything that was looked at, what forbids first. */
  findings: PolicyFinding[]
}

export interface Webhook {
  id: string
  name: string
  url: string
  /** What it is told of; null is everything. */
  types: EventType[] | null
  /** `failing`: nothing gets through at the moment. `parked`: not for so long that it is sent to no more. */
  state: 'active' | 'failing' | 'parked'
  failingSince: string | null
  parkedAt: string | null
  /** What went wrong last. */
  reason: string | null
  /** Until then the secret before the current one signs too. */
  previousSecretUntil: string | null
  createdBy: string
  createdAt: string
}

export interface CreateWebhook {
  url: string
  name?: string
  types?: EventType[] | null
}

export interface ChangeWebhook {
  url?: string
  name?: string
  types?: EventType[] | null
}

/** The secret is shown this once. */
export interface WebhookWithSecret extends Webhook {
  secret: string
}

export type DeliveryState = 'pending' | 'delivered' | 'failed'

export interface DeliveryQuery extends PageQuery {
  state?: DeliveryState
}

/** One attempt to send one event. */
export interface DeliveryAttempt {
  at: string
  status: number | null
  milliseconds: number
  /** Why it did not get through; null when it did. */
  error: string | null
  /** How the answer began. */
  answer: string | null
}

export interface WebhookDelivery {
  eventId: string
  type: string
  state: DeliveryState
  createdAt: string
  deliveredAt: string | null
  nextAttemptAt: string | null
  attempts: DeliveryAttempt[]
}

export type ConnectionStatus = 'pending' | 'active' | 'paused' | 'error' | 'revoked'
export type ConnectionHealth = 'untested' | 'ok' | 'expiring' | 'expired' | 'needs_reauth' | 'rejected' | 'unreachable'

/**
 * An account that somebody has connected. Of a private one of somebody else, administrators see that it is there and how it stands:
 * `sight` is then `presence`, and everything from `name` on is null.
 */
export interface Connection {
  id: string
  sight: 'full' | 'presence'
  /** The id of the service. */
  provider: string
  owner: { kind: 'person' | 'key' | 'operator'; id: string }
  /** Whether it is the caller's own. */
  mine: boolean
  visibility: 'private' | 'workspace'
  status: ConnectionStatus
  health: ConnectionHealth
  /** Why, as a code; null when there is nothing to say. */
  reason: string | null
  /** For people: how it stands in a word, what happened, and what to do. */
  display: { label: string; sentence: string | null; next: string | null }
  /** Its label. */
  name: string | null
  method: string | null
  authType: 'oauth2' | 'apikey' | 'serviceaccount' | null
  account: ConnectionAccount | null
  settings: { [name: string]: string } | null
  /** What was granted, where the service says so. */
  scopes: string[] | null
  createdAt: string | null
  updatedAt: string | null
  connectedAt: string | null
  lastUsedAt: string | null
  lastSuccessAt: string | null
  checkedAt: string | null
  nextCheckAt: string | null
  expiresAt: string | null
}

export interface ConnectionAccount {
  id: string
  label: string
  team: string | null
}

export interface ConnectionFilter {
  provider?: string
  status?: ConnectionStatus
  health?: ConnectionHealth
  /** The id of the owner. */
  owner?: string
  visibility?: 'private' | 'workspace'
  /** Parts of names, accounts and services. */
  search?: string
}

export interface CreateConnection {
  provider: string
  /** May be left out where the service has only one that needs no browser. */
  method?: string
  /** Its label; by default the account. */
  name?: string
  settings?: { [name: string]: string }
  credential?: { [name: string]: string }
  visibility?: 'private' | 'workspace'
  /** Which of several places the account reaches: one of the "choices" that a refusal named. */
  choice?: string
}

export interface CreatedConnection extends Connection {
  /** One that belongs to the same account, and that the caller can see. */
  duplicateOf: { id: string; name: string } | null
}

/** Settings change only together with a newly entered credential, which has to be whole. */
export interface ChangeConnection {
  name?: string
  status?: 'active' | 'paused'
  visibility?: 'private' | 'workspace'
  settings?: { [name: string]: string }
  credential?: { [name: string]: string }
  choice?: string
}

/** Whose software stops, or would stop. */
export interface AffectedReferences {
  count: number
  lastUsedAt: string | null
  /** "used by 3 steps, last 2 hours ago" */
  sentence: string
  /** The first 50. */
  references: ConnectionReference[]
}

export interface ChangedConnection extends Connection {
  dryRun: boolean
  /** Of pausing and replacing; null of what stops nothing. */
  affected: AffectedReferences | null
}

/** What became of it. */
export interface DeletedConnection {
  id: string
  dryRun: boolean
  /** `pending`: the vault does not answer, and it is tried again until nothing readable is left. */
  credential: 'kept' | 'done' | 'pending'
  /** `by_hand`: only the pages of the service end a credential of this kind. */
  revocation: 'none' | 'pending' | 'by_hand' | 'not_offered'
  affected: AffectedReferences
}

export interface ConnectionReference {
  /** As whoever registered it names it: `workflow/step`. */
  reference: string
  label: string | null
  source: 'registered' | 'learned'
  createdAt: string
  lastUsedAt: string | null
}

export interface RegisterReference {
  reference: string
  label?: string
}

export interface ImportConnections {
  /** At most 100. */
  connections: CreateConnection[]
}

export interface ImportedConnections {
  imported: number
  refused: number
  /** In the order in which they were sent. */
  results: ImportedConnection[]
}

export interface ImportedConnection {
  connection: Connection | null
  duplicateOf: { id: string; name: string } | null
  problem: { code: string; detail: string; next: string; issues: Issue[] } | null
}

/** For a member, for a user of an embedding product, or (neither) for the caller. */
export interface CreateConnectSession {
  /** The id of a member of the workspace. */
  member?: string
  /** The product's own name for its user. Needs `returnTo`, through which the completion code comes back. */
  endUser?: string
  /** Ids of services; without it, whatever the workspace has. */
  services?: string[]
  /** Who asks, as the page says it. */
  product?: string
  /** What it is for, as the page says it. */
  skills?: string[]
  /** What the connection will be called, if its person does not say. */
  name?: string
  visibility?: 'private' | 'workspace'
  returnTo?: {
    /** Exactly as registered; a member's command line may use http://127.0.0.1 or http://[::1]. */
    address: string
    /** `message`: the page is a popup, and tells the page that opened it with postMessage. */
    by?: 'redirect' | 'message'
    /** Comes back as it is. */
    state?: string
  }
  theme?: {
    mode?: 'auto' | 'light' | 'dark'
    /** `#rrggbb`. */
    accent?: string
    corners?: 'round' | 'sharp'
  }
  /** 60 to 3600; 900 when left out. */
  expiresInSeconds?: number
}

export interface ConnectSession {
  id: string
  member: string | null
  endUser: string | null
  services: string[] | null
  product: string | null
  skills: string[]
  visibility: 'private' | 'workspace'
  returnTo: { address: string; by: 'redirect' | 'message' } | null
  /** `entered`: the credential is there, and the completion code has not been redeemed. `refused`: somebody else brought it. */
  state: 'open' | 'entered' | 'completed' | 'cancelled' | 'refused' | 'expired'
  /** Once it is completed. */
  connectionId: string | null
  createdAt: string
  openedAt: string | null
  finishedAt: string | null
  expiresAt: string
}

export interface CreatedConnectSession extends ConnectSession {
  /** Works once, and is shown here only. */
  url: string
}

export interface CompleteConnectSession {
  code: string
  /** Who is signed in at the product, in the browser that brought the code. */
  endUser: string
}

export interface CompletedConnectSession {
  session: ConnectSession
  connection: Connection
}

export interface ReturnAddress {
  id: string
  address: string
  createdAt: string
}

export interface AddReturnAddress {
  address: string
}
