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

/** What went with a workspace. */
export interface RemovedWorkspace {
  members: number
  keys: number
  connections: number
}

/** Private connections end with the member or key that owned them; shared ones pass to whoever removes those. */
export interface Offboarded {
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
  /** The skill that it mints tokens for, and does nothing else. */
  skillId: string | null
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
  /** `DPoP`: bound to the key of the proof that came with the request. */
  token_type: 'Bearer' | 'DPoP'
  expires_in: number
  /** Of an exchange: what was given. */
  issued_token_type?: string
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
  | 'connection.revocation_finished'
  | 'oauth_app.refused'

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
  /** By name; no other skill calls, and no call is without one. */
  skills?: string[]
  /** Every call is made by a skill that has declared what it needs. */
  requireManifest?: boolean
  /** No others are called: api.example.com, *.example.com. */
  hosts?: string[]
  /** No others: GET, POST. */
  httpMethods?: string[]
  /** GET, HEAD and OPTIONS alone, and no WebSocket. */
  readOnly?: boolean
  /** No others: /repos/*, /repos/**. Below the base address, or with a host before them where callers name one. */
  paths?: string[]
  /** Of the calls that make or show credentials these; none where no policy says so. */
  guardedPaths?: string[]
  hours?: PolicyHours
  /** Of a broker token, 60 to 900. */
  longestTokenSeconds?: number
  budgets?: PolicyBudget[]
}

/** By the clock on the wall of a named place. Without times: never. */
export interface PolicyHours {
  /** Europe/Berlin. */
  timeZone: string
  times: PolicyTime[]
}

export interface PolicyTime {
  /** Every day, where none is named. */
  days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[]
  /** 08:30. */
  from: string
  /** 17:30, or 24:00; when it is earlier than the beginning, on the next day. */
  to: string
}

export interface PolicyBudget {
  per: 'connection' | 'skill' | 'member'
  calls: number
  every: 'minute' | 'hour'
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
export type ExplainPolicies = ExplainAhead | ExplainUse

export interface ExplainAhead {
  what: 'connect' | 'replace' | 'share' | 'keep' | 'idle' | 'first_use' | 'mint'
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
  /** For 'mint': by name. */
  skill?: string
  /** For 'mint': how long the broker token is to live. */
  tokenSeconds?: number
  member?: string
  role?: Role
}

/** A call that is not made: through a connection, or any there could be of a service and one of its methods. */
export interface ExplainUse {
  what: 'use'
  connection?: string
  service?: string
  method?: string
  /** By name. */
  skill?: string
  httpMethod: string
  /** Without query: below the base address, or the whole path where a host is named. */
  path: string
  /** Where another than that of the base address is meant. */
  host?: string
  /** To a WebSocket. */
  upgrade?: boolean
  /** How old the broker token is. */
  tokenSeconds?: number
  /** Now, where it is left out. */
  at?: string
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

/** Forbidden because no policy allows it. */
export interface PolicyDefault {
  policyId: null
  policy: null
  rule: keyof PolicyLimits
  allowed: boolean
  sentence: string
}

export interface PolicySilence {
  policyId: string
  policy: string
  sentence: string
}

export interface PolicyExplanation {
  allowed: boolean
  /** The one that a refusal would name; of no policy, where it takes one to allow this. */
  refusal: PolicyFinding | PolicyDefault | null
  /** Everything that was looked at, what forbids first. */
  findings: PolicyFinding[]
  /** Policies that say nothing about this, and why: of those that the caller may know of. */
  silent: PolicySilence[]
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
  /** What was asked for and not granted. */
  missingScopes: string[] | null
  createdAt: string | null
  updatedAt: string | null
  connectedAt: string | null
  lastUsedAt: string | null
  lastSuccessAt: string | null
  checkedAt: string | null
  nextCheckAt: string | null
  expiresAt: string | null
  /** Of one that was deleted, in lists: what became of what was granted at the service. */
  revocation: ConnectionRevocation | null
}

export interface ConnectionRevocation extends Revocation {
  attempts: number
  /** The service was asked afterwards, and refused what was ended. */
  confirmed: boolean
  finishedAt: string | null
}

/** What becomes of what was granted at the service, once its connection has ended here. */
export interface Revocation {
  /**
   * `pending`: it is asked to end it, again and again for three days; `gone`: it no longer knew it; `by_hand`: only its own pages end it;
   * `not_offered`: it has no way that is known; `kept_for_others`: another connection lives by the same access; `failed`: it was asked in vain.
   */
  state: 'none' | 'pending' | 'done' | 'gone' | 'by_hand' | 'not_offered' | 'kept_for_others' | 'failed'
  sentence: string
  /** Where somebody ends it by hand. */
  where: string | null
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
  /** Of several OAuth apps, where the method works through secrets of one. */
  appId?: string
}

export interface CreatedConnection extends Connection {
  /** One that belongs to the same account, and that the caller can see. */
  duplicateOf: { id: string; name: string } | null
}

/** A consent at a service. With `connectionId` a connection that stands is authorized anew, and keeps its id. */
export interface AuthorizeConnection {
  provider?: string
  /** May be left out where the service has only one that needs consent. */
  method?: string
  /** Which OAuth app, where there are several. */
  appId?: string
  name?: string
  visibility?: 'private' | 'workspace'
  settings?: { [name: string]: string }
  /** Fields of the method, where it has some beside the consent. */
  credential?: { [name: string]: string }
  /** Beyond what the method asks for by itself. */
  scopes?: string[]
  /** Where the browser is sent in the end: registered, on this machine, or a page of the dashboard. */
  returnTo?: string
  /** `browser`: this same browser goes there. `starter`: a command line or an app, which then completes it. */
  bind: 'browser' | 'starter'
  connectionId?: string
}

export interface Flow {
  id: string
  purpose: 'connect' | 'reauthorize'
  /** `device`: a code is typed at the service. `direct`: nobody has to consent. */
  kind: 'browser' | 'device' | 'direct'
  state: 'open' | 'working' | 'asking' | 'done' | 'failed'
  provider: string
  method: string
  device: { userCode: string; verificationUri: string; intervalSeconds: number } | null
  scopes: {
    asked: string[]
    /** What of it a connection that stands does not have yet. */
    added: string[]
    granted: string[] | null
    missing: string[]
  }
  account: ConnectionAccount | null
  /** What somebody has to decide before it goes on. */
  asks: {
    what: 'choice' | 'other_account' | 'confirmation'
    code: string | null
    choices: string[]
    /** Whose account it has been so far. */
    before: string | null
  } | null
  notes: ('no_refresh_token' | 'fewer_scopes' | 'not_tested')[]
  duplicateOf: { id: string; name: string } | null
  problem: { code: string; status: number; title: string; detail: string; next: string } | null
  connection: Connection | null
  createdAt: string
  expiresAt: string
}

export interface StartedFlow extends Flow {
  /** Where the person goes; null where nobody has to go anywhere. */
  authorizeUrl: string | null
  /** For "starter": completes it, and is shown here only. */
  starterSecret: string | null
}

export interface FinishFlow {
  starterSecret?: string
  /** One of "choices". */
  choice?: string
  /** Puts another account in the place of the one that the connection belonged to. */
  acceptOtherAccount?: boolean
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
  /** Of a dry run: what would become of it. */
  revocation: Revocation
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
  connections: ImportConnection[]
}

export interface ImportConnection extends CreateConnection {
  /** What another program was granted. It is renewed at once, and from then on is Cardea's alone. */
  tokens?: { refreshToken?: string; accessToken?: string; expiresAt?: string }
  /** The OAuth app to which it was granted; needless where one fits. */
  appId?: string
  scopes?: string[]
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

/** How a client proves to a service that it is itself. */
export type ClientAuth = 'basic' | 'secret_as_user' | 'body' | 'private_key' | 'none'

/**
 * An OAuth app that an administrator registered at a service. With sight "ready" that there is one: all from `isDefault` to `updatedAt` is
 * then null, and its name says no more. Nobody sees a secret.
 */
export interface OauthApp {
  id: string
  sight: 'full' | 'ready'
  /** `deployment`: registered by operators, for every workspace. */
  origin: 'workspace' | 'deployment'
  provider: string
  /** The methods of the service that it is for. */
  methods: string[]
  name: string
  isDefault: boolean | null
  /** `file`: the configuration of the server rules it. */
  source: 'api' | 'file' | null
  clientId: string | null
  clientAuth: ClientAuth | null
  keyId: string | null
  settings: Record<string, string> | null
  extraScopes: string[] | null
  /** The names of the secrets that are there. */
  secrets: string[] | null
  /** What the service last said against the app itself. */
  trouble: OauthAppTrouble | null
  /** Since when the configuration no longer names it: nobody connects with it any more. */
  retiredAt: string | null
  createdBy: string | null
  createdAt: string | null
  updatedAt: string | null
  /** What has to be registered at the service, to the letter. */
  redirectUri: string
  /** Why that address may be the wrong one. */
  warning: string | null
}

export interface OauthAppTrouble {
  error: string
  description: string | null
  at: string
}

export interface CreateOauthApp {
  provider: string
  /** May be left out where only one method of the service works through an app. */
  methods?: string[]
  name?: string
  clientId?: string
  clientAuth?: ClientAuth
  clientSecret?: string
  /** PEM, where the client proves itself by a signature. */
  privateKey?: string
  keyId?: string
  /** Secrets of the app beyond the client's, as the service describes them. */
  fields?: Record<string, string>
  settings?: Record<string, string>
  extraScopes?: string[]
  /** Taken where several would do and nobody says which. */
  isDefault?: boolean
}

/** Another client id or other settings come with a newly entered secret, and end what was granted. A secret alone keeps it. */
export type ChangeOauthApp = Omit<CreateOauthApp, 'provider' | 'methods'>

/** Whose connections an app minted. Of an app of the whole deployment they are counted only. */
export interface MustReconnect {
  count: number
  workspaces: number
  sentence: string
  /** At most 200. Without a name: private to somebody else. */
  connections: { id: string; name: string | null; owner: { kind: string; id: string } }[]
}

export interface ChangedOauthApp extends OauthApp {
  dryRun: boolean
  mustReconnect: MustReconnect
}

export interface DeletedOauthApp {
  id: string
  dryRun: boolean
  mustReconnect: MustReconnect
}

/** What registering an app for a service takes. */
export interface OauthAppPlan {
  provider: string
  redirectUri: string
  warning: string | null
  methods: OauthAppPlanMethod[]
}

export interface OauthAppPlanMethod {
  id: string
  takesClient: boolean
  /** Several: the app says which. */
  clientAuth: ClientAuth[]
  settings: string[]
  fields: string[]
  takesScopes: boolean
}

export interface OauthAppQuery {
  provider?: string
}

/** How the server is, for whoever runs it. */
export interface Examination {
  ok: boolean
  findings: Finding[]
}

export interface Finding {
  about: 'vault' | 'database' | 'clock' | 'address' | 'apps' | 'services'
  ok: boolean
  sentence: string
  /** What to do about it. */
  next: string | null
}

/** What a skill needs. It can reach nothing else. */
export interface SkillManifest {
  /** Small letters, digits, `-` and `_`. */
  name: string
  description?: string
  /** Ids of services. */
  credentials: string[]
  /** Without methods, paths or hosts beside them: these alone. */
  actions?: string[]
  /** By service. */
  scopes?: { [service: string]: string[] }
  methods?: string[]
  /** Whole segments: `/repos/*` for one, `/repos/**` for that and everything below. */
  paths?: string[]
  hosts?: string[]
}

/** Software that acts, known by name. */
export interface Skill {
  id: string
  name: string
  status: 'active' | 'stopped'
  version: number
  manifest: SkillManifest
  /** Who may run it besides its own keys; null is whoever may mint at all. */
  runners: PolicyWho | null
  stoppedAt: string | null
  createdBy: string
  createdAt: string
  updatedAt: string
}

export interface DescribeSkill {
  /** The text of a manifest, or its JSON. */
  manifest: string | { [word: string]: unknown }
  /** What the text is written in: YAML unless told. */
  format?: 'yaml' | 'json'
  runners?: PolicyWho | null
}

/** Stopping it voids every token of it at once. */
export interface ChangeSkill {
  status?: 'active' | 'stopped'
  runners?: PolicyWho | null
}

export interface SkillVersion {
  version: number
  manifest: SkillManifest
  createdBy: string
  createdAt: string
}

export interface CreateSkillKey {
  name: string
  expiresAt?: string
}

/** Where a token may go. What is left out does not narrow. */
export interface TokenBounds {
  hosts?: string[]
  methods?: string[]
  paths?: string[]
}

/** What software holds instead of a credential, for minutes. Never the token itself. */
export interface BrokerToken {
  id: string
  /** The first characters, to recognise it by. */
  hint: string
  narrowedFrom: string | null
  /** The id of the skill. */
  skill: string | null
  toolCall: string | null
  run: string | null
  step: string | null
  onBehalfOf: string
  mintedBy: { kind: string; id: string }
  /** All the bounds of a connection hold together. */
  connections: { id: string; bounds: TokenBounds[] }[]
  maxUses: number | null
  /** Null where they are not counted. */
  uses: number | null
  maxBytes: number | null
  bytes: number | null
  /** Whether only the holder of a key may use it. */
  bound: boolean
  onUnavailable: 'fail' | 'wait'
  createdAt: string
  expiresAt: string
}

export interface CreateBrokerToken extends TokenBounds {
  /** By id or name. */
  skill?: string
  toolCall?: string
  run?: string
  step?: string
  /** The member for whom; by default whoever asks. */
  onBehalfOf?: string
  /** Ids of connections, or of services to which exactly one fits; all that the skill declares, when left out. */
  connections?: string[]
  /** Requests in all. */
  uses?: number
  /** Of requests and answers, in all. */
  bytes?: number
  /** 60 to 900; 300 when left out. */
  lifeSeconds?: number
  /** The thumbprint (RFC 7638, SHA-256) of the key whose holder alone may use it. */
  proof?: string
  onUnavailable?: 'fail' | 'wait'
}

/** The token is shown this once. */
export interface CreatedBrokerToken extends BrokerToken {
  token: string
}

/** By whoever holds a token: another, for less. */
export interface NarrowBrokerToken extends TokenBounds {
  token: string
  toolCall?: string
  step?: string
  connections?: string[]
  uses?: number
  bytes?: number
  lifeSeconds?: number
  proof?: string
}

/** A named call of a service. */
export interface Action {
  /** Such as `gmail.send_email`. */
  identifier: string
  service: string
  title: string
  does: 'read' | 'write' | 'destroy'
  /** Of HTTP; for mail, what policies take it for. */
  method: string
  /** As the definition writes it, names of inputs and settings in braces. */
  path: string
  /** What it does by a mail protocol, where it is no call of HTTP. */
  mail: 'send' | 'list' | 'read' | null
  /** Any of these is enough. */
  scopes: string[]
  /** Methods of connecting that it works with, or null for all. */
  methods: string[] | null
  /** JSON Schema of the input. */
  input: Record<string, unknown>
}

export interface ActionQuery extends PageQuery {
  /** The id of a service. */
  service?: string
  does?: Action['does']
  /** Words that the identifier or the title holds. */
  search?: string
}

export interface ExecuteAction {
  actionIdentifier: string
  connectionId: string
  input?: Record<string, unknown>
  /** Says what would be sent and what policies say, and does nothing. */
  dryRun?: boolean
  /** By id or name: its manifest holds then. A key of a skill need not say it. */
  skill?: string
  toolCall?: string
  run?: string
  step?: string
  /** The member for whom; by default whoever asks. */
  onBehalfOf?: string
  onUnavailable?: 'fail' | 'wait'
}

export interface ExecutedAction {
  dryRun: false
  /** Of the service. */
  status: number
  /** The few of the answer that a caller may need. */
  headers: Record<string, string>
  output: unknown
  /** What the output is: JSON, text, bytes in base64, or nothing. */
  encoding: 'json' | 'text' | 'base64' | 'none'
  /** Where in the answer the output was; null where it is the whole of it. */
  part: string | null
  requestId: string
}

export interface PreviewedAction {
  dryRun: true
  method: string
  /** Null where the address is itself the secret. */
  address: string | null
  /** Without those that the credential takes. */
  headers: Record<string, string>
  /** As text. */
  body: string | null
  /** Where the credential would go. */
  credentialIn: string[]
  /** Any one of these would have to be granted first. */
  missingScopes: string[]
  policies: PolicyExplanation
  requestId: string
}
