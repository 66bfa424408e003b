import type { Role } from '../actor.ts'

/**
 * The shape of every row. Text, integers and bytes only, so that both databases hold the same; instants are integer
 * milliseconds, JSON is text that its own query file reads and writes.
 */
export interface Schema {
  migrations: MigrationRow
  deployment: DeploymentRow
  workspaces: WorkspaceRow
  members: MemberRow
  operators: OperatorRow
  invitations: InvitationRow
  api_keys: ApiKeyRow
  device_logins: DeviceLoginRow
  cli_logins: CliLoginRow
  attempts: AttemptRow
  idempotency: IdempotencyRow
  master_keys: MasterKeyRow
  data_keys: DataKeyRow
  secrets: SecretRow
  rotations: RotationRow
  audit_records: AuditRecordRow
  audit_writers: AuditWriterRow
  audit_checkpoints: AuditCheckpointRow
  service_definitions: ServiceDefinitionRow
  folder_definitions: FolderDefinitionRow
  oauth_apps: OauthAppRow
  connections: ConnectionRow
  connection_grants: ConnectionGrantRow
  oauth_flows: OauthFlowRow
  revocations: RevocationRow
  connection_references: ConnectionReferenceRow
  connection_epochs: ConnectionEpochRow
  skills: SkillRow
  skill_versions: SkillVersionRow
  broker_tokens: BrokerTokenRow
  policies: PolicyRow
  policy_changes: PolicyChangeRow
  return_addresses: ReturnAddressRow
  connect_sessions: ConnectSessionRow
  event_heads: EventHeadRow
  events: EventRow
  webhooks: WebhookRow
  webhook_deliveries: WebhookDeliveryRow
  webhook_attempts: WebhookAttemptRow
  auth_users: AuthUserRow
  auth_sessions: AuthSessionRow
  auth_accounts: AuthAccountRow
  auth_verifications: AuthVerificationRow
}

/** What belongs to no workspace is filed under this one: the deployment's own data key, its operators' records. */
export const DEPLOYMENT = 'deployment'

export interface MigrationRow {
  id: number
  name: string
  at: number
}

/** Facts about the deployment as a whole, by name. */
export interface DeploymentRow {
  name: string
  value: string
}

export interface WorkspaceRow {
  id: string
  name: string
  created_at: number
}

export interface MemberRow {
  workspace_id: string
  user_id: string
  role: Role
  created_at: number
}

export interface OperatorRow {
  user_id: string
  created_at: number
}

export interface InvitationRow {
  id: string
  workspace_id: string
  email: string
  role: Role
  token_hash: string
  invited_by: string
  created_at: number
  expires_at: number
  accepted_at: number | null
  withdrawn_at: number | null
}

export interface ApiKeyRow {
  id: string
  workspace_id: string
  name: string
  role: Role
  /** JSON list that narrows the role, or null for all that the role may. */
  permissions: string | null
  token_hash: string
  hint: string
  created_by: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
  /** Of a skill: then it mints tokens for that one, and does nothing else. */
  skill_id: string | null
}

/** A command line that waits for its person to approve it in a browser (RFC 8628). */
export interface DeviceLoginRow {
  id: string
  device_hash: string
  user_code_hash: string
  client: string
  state: 'pending' | 'approved' | 'denied'
  user_id: string | null
  created_at: number
  expires_at: number
  polled_at: number
  interval_seconds: number
}

export interface CliLoginRow {
  id: string
  user_id: string
  client: string
  token_hash: string
  created_at: number
  expires_at: number
  last_used_at: number
}

/** Failed attempts to sign in, by a hash of whom or whence. */
export interface AttemptRow {
  subject: string
  failures: number
  window_started_at: number
}

export interface IdempotencyRow {
  workspace_id: string
  actor_id: string
  key_hash: string
  request_hash: string
  /** `unknown`: the server cannot tell any more whether it was done. */
  state: 'running' | 'done' | 'unknown'
  status: number | null
  /** The sealed answer, for whoever sends the same request again. */
  reply: Uint8Array | null
  created_at: number
}

export interface MasterKeyRow {
  id: string
  state: 'active' | 'retired'
  /** A known text sealed with the key: opening it proves that the key is the right one. */
  canary: Uint8Array
  created_at: number
}

export interface DataKeyRow {
  id: string
  workspace_id: string
  state: 'active' | 'retiring'
  master_key_id: string
  wrapped: Uint8Array
  created_at: number
}

export interface SecretRow {
  workspace_id: string
  owner_id: string
  field: string
  version: number
  data_key_id: string
  sealed: Uint8Array
  created_at: number
}

export interface RotationRow {
  id: string
  kind: 'master_key' | 'data_keys'
  state: 'running' | 'done' | 'failed'
  done: number
  total: number
  error: string | null
  /** The master key that is rotated to, once it is the active one. */
  target: string | null
  /** Which server carries it out, and until when no other may take it over. */
  runner: string
  runner_until: number
  started_by: string
  started_at: number
  finished_at: number | null
}

/** One version of a service that a workspace describes itself. */
export interface ServiceDefinitionRow {
  workspace_id: string
  id: string
  version: number
  format: 'yaml' | 'json'
  /** As it was written. */
  source: string
  digest: string
  created_by: string
  created_at: number
  removed_at: number | null
}

/** One version of a service that the operator's folder describes. */
export interface FolderDefinitionRow {
  id: string
  version: number
  format: 'yaml' | 'json'
  source: string
  digest: string
  created_at: number
}

/** What is public about a connection; its credential lies in the vault. */
export interface ConnectionRow {
  id: string
  workspace_id: string
  provider: string
  definition_version: number
  method: string
  auth_type: 'oauth2' | 'apikey' | 'serviceaccount'
  name: string
  owner_kind: 'person' | 'key' | 'operator'
  owner_id: string
  visibility: 'private' | 'workspace'
  /** This and the two below follow from the facts further down, and are kept to be searched by. */
  status: 'pending' | 'active' | 'paused' | 'error' | 'revoked'
  health: 'untested' | 'ok' | 'expiring' | 'expired' | 'needs_reauth' | 'rejected' | 'unreachable'
  reason: string | null
  /** JSON objects of text. */
  settings: string
  learned: string
  /** Which of several base addresses answered. */
  base: number | null
  /** JSON lists, where the service says what was granted: what was, and what was asked for and was not. */
  scopes: string | null
  missing_scopes: string | null
  app_id: string | null
  account_id: string | null
  account_label: string | null
  account_team: string | null
  /** A keyed hash by which the same account is noticed. */
  account_key: string | null
  /** Name, account and service in lower case. */
  search: string
  /** How many versions of the credential were begun, and which one is in use; 0 is none. */
  credential_versions: number
  credential_version: number
  /** What the service last said about the credential in use. */
  verdict: 'unknown' | 'weak' | 'accepted' | 'restricted' | 'rejected' | 'ended'
  verdict_at: number | null
  /** Why it could not be asked the last time. */
  trouble: string | null
  trouble_since: number | null
  /** Checks in a row that could not be made. */
  attempts: number
  epoch: number
  /** Counts what ends every token for it: pauses, other owners, being shared and taken back. */
  tenure: number
  created_at: number
  updated_at: number
  connected_at: number | null
  last_used_at: number | null
  last_success_at: number | null
  checked_at: number | null
  next_check_at: number | null
  expires_at: number | null
  paused_at: number | null
  /** JSON: the policy by which it was paused, and the one that ended its life; null for neither. */
  paused_by: string | null
  ended_by: string | null
  /** Kept to be searched by: since when nobody has used or changed what could be used. Null while it cannot be. */
  idle_since: number | null
  deleted_at: number | null
  purge_at: number | null
}

/** An OAuth app that administrators registered; of the whole deployment when its workspace is `DEPLOYMENT`. */
export interface OauthAppRow {
  id: string
  workspace_id: string
  provider: string
  /** JSON list: the methods of the service that it is registered for. */
  methods: string
  name: string
  /** By the API, or by the operator's file, which then rules it. */
  source: 'api' | 'file'
  /** Empty where the method knows no client. */
  client_id: string
  /** Where the service leaves a choice of how a client proves itself. */
  client_auth: string | null
  /** Of the private key that it proves itself with. */
  key_id: string | null
  key_alg: 'RS256' | 'ES256' | null
  /** JSON object of text: settings that shape the addresses of the token endpoint, all of them. Empty text: none, whatever a member says. */
  settings: string
  /** JSON list. */
  extra_scopes: string
  /** Counts client ids and addresses: what was granted to another generation is never shown to this one. */
  generation: number
  /** How many versions of the secret were begun, and which one is in use; 0 is none. */
  secret_versions: number
  secret_version: number
  /** JSON list: which secrets the vault has, by name. */
  holds: string
  /** 1: taken where several would do and nobody says which. */
  is_default: number
  /** JSON: what the service last said against the app itself. */
  trouble: string | null
  trouble_at: number | null
  /** JSON: when administrators were last told of what. */
  told: string
  created_by: string
  created_at: number
  updated_at: number
  /** Null until the vault has what it was registered with. */
  finished_at: number | null
  /** Since when the operator's file no longer names it: nobody connects with it any more, and what was granted lives on. */
  retired_at: number | null
  deleted_at: number | null
}

/** How a granted credential is kept alive. */
export interface ConnectionGrantRow {
  connection_id: string
  workspace_id: string
  renewal: 'refresh' | 'access_token' | 'none'
  /** Of the app, when this was granted. */
  app_generation: number | null
  granted_at: number
  renewed_at: number | null
  renewals: number
  /** Null: nobody said, or never. */
  access_expires_at: number | null
  /** 1 while the vault has an access token beside what is lasting. */
  has_access: number
  /** When the service said that the refresh token ends, and when the grant ends by all that is known. */
  grant_told_at: number | null
  grant_ends_at: number | null
  /** A renewal before this is refused by the service. */
  not_before: number | null
  due_at: number | null
  /** When something of it can be destroyed: an access token that has expired, versions from `stale_from` up to the one in use. */
  tidy_at: number | null
  stale_from: number | null
  /** Since when there are such versions. */
  stale_at: number | null
  /** Counts owners of a renewal: only the newest may commit. */
  fence: number
  /** The version of the credential that is being shown to the service, and since when. Null: none is under way. */
  presenting: number | null
  presented_at: number | null
  /** The version under which what comes back is put into the vault: whoever comes after a crash looks for it there. */
  storing: number | null
  /** How often that version was shown without an answer. */
  unanswered: number
  failures: number
  failing_since: number | null
  failed_at: number | null
  /** Before this nobody tries again, unless somebody looks on. */
  wait_until: number | null
  last_failure: string | null
}

/** Somebody who was sent to a service to consent. */
export interface OauthFlowRow {
  id: string
  workspace_id: string
  purpose: 'connect' | 'reauthorize'
  /** `direct`: nobody has to consent. */
  kind: 'browser' | 'device' | 'direct'
  /** Who completes it: the browser that began, or whoever holds what only the starter was given. */
  bound_by: 'browser' | 'starter'
  state_hash: string | null
  link_hash: string | null
  browser_hash: string | null
  starter_hash: string | null
  /** Who began it, and whose the connection will be. */
  owner_kind: ConnectionRow['owner_kind']
  owner_id: string
  /** The visit to the hosted page that it is a step of. */
  session_id: string | null
  connection_id: string | null
  provider: string
  definition_version: number
  method: string
  app_id: string | null
  /** Of the app at the start: what comes back is shown to no other. */
  app_generation: number | null
  name: string | null
  visibility: ConnectionRow['visibility']
  settings: string
  /** JSON lists: what is asked for, and what of it is new to a connection that stands. */
  scopes: string
  new_scopes: string
  /** What must be shown again, and what was granted while somebody is still asked. */
  sealed: Uint8Array | null
  return_address: string | null
  user_code: string | null
  verification_uri: string | null
  interval_seconds: number | null
  polled_at: number | null
  state: 'open' | 'claimed' | 'asking' | 'done' | 'failed'
  claimed_at: number | null
  /** JSON: what came of it. */
  result: string | null
  created_at: number
  finished_at: number | null
  expires_at: number
}

/** A grant to be ended at its service. */
export interface RevocationRow {
  id: string
  /** `DEPLOYMENT` once the workspace that it was of is deleted. */
  workspace_id: string
  of_workspace: string
  connection_id: string
  because: 'deleted' | 'member_removed' | 'workspace_removed' | 'replaced' | 'discarded' | 'unkept'
  provider: string
  definition_version: number
  method: string
  app_id: string | null
  /** Of the app, when this was granted; null: nobody has noted it. */
  app_generation: number | null
  settings: string
  learned: string
  base: number | null
  /** Whose grant it is, to see who else lives by it. Null once it is over. */
  account_id: string | null
  account_label: string | null
  account_team: string | null
  /** Which version of the connection's credential is to be ended; null where it never was a credential of it. */
  credential_version: number | null
  access_expires_at: number | null
  /** What has to be shown. Null until it is taken from the vault, and again when it is over. */
  sealed: Uint8Array | null
  state: 'pending' | 'done' | 'gone' | 'by_hand' | 'not_offered' | 'kept_for_others' | 'failed'
  /** 1: the service was asked afterwards, and refused what was ended. */
  confirmed: number
  /** Counted when one begins; only the newest may write what came of it. */
  attempts: number
  /** A word of ours, never of the service. */
  last_failure: string | null
  next_try_at: number | null
  created_at: number
  finished_at: number | null
}

/** A step of somebody's software that uses a connection. */
export interface ConnectionReferenceRow {
  workspace_id: string
  connection_id: string
  reference: string
  label: string | null
  source: 'registered' | 'learned'
  created_by: string
  created_at: number
  last_used_at: number | null
}

/** Numbered across the deployment in the order in which the changes were committed. */
export interface ConnectionEpochRow {
  connection_id: string
  workspace_id: string
  epoch: number
  change: number
  changed_at: number
}

/** Software that acts, known by name. */
export interface SkillRow {
  id: string
  workspace_id: string
  name: string
  /** Of the manifest in force. */
  version: number
  /** JSON: who may run it besides its own keys; null is whoever may mint at all. */
  runners: string | null
  epoch: number
  created_by: string
  created_at: number
  updated_at: number
  stopped_at: number | null
  deleted_at: number | null
}

export interface SkillVersionRow {
  skill_id: string
  workspace_id: string
  version: number
  /** JSON. */
  manifest: string
  created_by: string
  created_at: number
}

/** What software holds instead of a credential, for minutes. */
export interface BrokerTokenRow {
  id: string
  workspace_id: string
  token_hash: string
  hint: string
  /** The one that was minted, of all that were narrowed from it. */
  root_id: string
  parent_id: string | null
  depth: number
  skill_id: string | null
  tool_call: string | null
  run: string | null
  step: string | null
  on_behalf_of: string
  minter_kind: 'person' | 'outsider' | 'key' | 'operator'
  minter_id: string
  /** When it was minted; of an operator none. */
  minter_role: Role | null
  /** Of the one that this was narrowed from at last. */
  minted_at: number
  /** JSON: connections, each with all the bounds that hold for it. */
  grants: string
  /** JSON list of ids: this and those above it that have a limit. */
  counted: string
  max_uses: number | null
  uses: number
  max_bytes: number | null
  bytes: number
  /** The thumbprint of the key whose holder alone may use it. */
  proof: string | null
  on_unavailable: 'fail' | 'wait'
  epoch: number
  created_at: number
  expires_at: number
  revoked_at: number | null
}

/** What an administrator limits. */
export interface PolicyRow {
  id: string
  workspace_id: string
  name: string
  enabled: 0 | 1
  /** JSON objects. */
  applies: string
  limits: string
  /** Whether a sweep has to look at it. */
  timed: 0 | 1
  created_by: string
  created_at: number
  updated_at: number
}

/** By its number servers see that their caches have to let go of a workspace's policies. */
export interface PolicyChangeRow {
  workspace_id: string
  change: number
}

/** How many events a workspace has had: locked by whoever adds one, so that their order is the order of commits. */
/** Where a connect page may send people back to. */
export interface ReturnAddressRow {
  id: string
  workspace_id: string
  address: string
  created_by: string
  created_at: number
}

/** A one-time link by which one person connects one account. */
export interface ConnectSessionRow {
  id: string
  workspace_id: string
  token_hash: string
  /** JSON: who made it, as far as it takes to act for them later. */
  creator: string
  creator_id: string
  /** Exactly one of the two says whom it is for. */
  member_id: string | null
  end_user: string | null
  /** JSON list of ids, or null for all. */
  services: string | null
  product: string | null
  skills: string
  name: string | null
  visibility: ConnectionRow['visibility']
  return_address: string | null
  return_by: 'redirect' | 'message' | null
  return_state: string | null
  theme: string
  /** `entered`: the credential is there, and the product has not redeemed the completion code yet. */
  state: 'open' | 'entered' | 'completed' | 'cancelled' | 'refused'
  browser_hash: string | null
  busy_until: number | null
  connection_id: string | null
  result: string | null
  code_hash: string | null
  created_at: number
  opened_at: number | null
  finished_at: number | null
  expires_at: number
}

export interface EventHeadRow {
  workspace_id: string
  seq: number
}

export interface EventRow {
  id: string
  workspace_id: string
  seq: number
  type: string
  subject: string
  /** 'workspace', or the id of the one person whom it concerns. */
  audience: string
  /** JSON object. */
  data: string
  at: number
}

export interface WebhookRow {
  id: string
  workspace_id: string
  name: string
  url: string
  /** JSON list, or null for every type. */
  types: string | null
  /** Versions of its secret in the vault: the one it signs with, and the one before while that is still valid. */
  secret_version: number
  previous_version: number | null
  previous_until: number | null
  /** Since when nothing has got through. */
  failing_since: number | null
  parked_at: number | null
  /** What went wrong last. */
  reason: string | null
  /** When there is something to send; null when there is nothing. */
  due_at: number | null
  /** While it fails it is left alone until then. */
  held_until: number | null
  /** Which server is sending to it, and until when no other may. */
  lease: string | null
  leased_until: number | null
  created_by: string
  created_at: number
}

/** That a webhook has to be told of an event. */
export interface WebhookDeliveryRow {
  webhook_id: string
  event_id: string
  workspace_id: string
  type: string
  state: 'pending' | 'delivered' | 'failed'
  /** Attempts of the current schedule; `attempts` counts those of all. */
  round: number
  attempts: number
  next_at: number | null
  created_at: number
  delivered_at: number | null
}

export interface WebhookAttemptRow {
  webhook_id: string
  event_id: string
  number: number
  workspace_id: string
  at: number
  status: number | null
  milliseconds: number
  error: string | null
  /** How the answer begins, without what looks like a secret. */
  answer: string | null
}

export interface AuditRecordRow {
  writer: string
  seq: number
  at: number
  workspace_id: string
  event: string
  risk: 'low' | 'high'
  actor_kind: string
  actor_id: string
  on_behalf_of: string | null
  /** What the event happened to: the id of a member, key, connection … */
  subject: string | null
  request_id: string | null
  ip: string | null
  connection_id: string | null
  credential_version: number | null
  skill: string | null
  tool_call: string | null
  run: string | null
  step: string | null
  host: string | null
  method: string | null
  path: string | null
  status: number | null
  bytes_in: number | null
  bytes_out: number | null
  duration_ms: number | null
  /** JSON object of what else is worth knowing. Never a secret. */
  detail: string | null
  mac: Uint8Array
}

/** The head of one writer's chain, signed. */
export interface AuditWriterRow {
  writer: string
  started_at: number
  seq: number
  mac: Uint8Array
  /** The newest checkpoint this writer knew of. */
  checkpoint: number
  /** Set together with the checkpoint that holds its last head: nothing follows. */
  ended_at: number | null
  signature: Uint8Array
}

/** The heads of all writers at one moment, signed and chained to the checkpoint before. */
export interface AuditCheckpointRow {
  seq: number
  at: number
  heads: string
  mac: Uint8Array
}

// The four tables of better-auth, with its column names and the types that its adapter wants in each database.

export interface AuthUserRow {
  id: string
  name: string
  email: string
  emailVerified: number | boolean
  image: string | null
  createdAt: string | Date
  updatedAt: string | Date
}

export interface AuthSessionRow {
  id: string
  /** The hash of the session token. */
  token: string
  userId: string
  expiresAt: string | Date
  ipAddress: string | null
  userAgent: string | null
  createdAt: string | Date
  updatedAt: string | Date
}

export interface AuthAccountRow {
  id: string
  accountId: string
  providerId: string
  userId: string
  accessToken: string | null
  refreshToken: string | null
  idToken: string | null
  accessTokenExpiresAt: string | Date | null
  refreshTokenExpiresAt: string | Date | null
  scope: string | null
  /** The scrypt hash of the password. */
  password: string | null
  createdAt: string | Date
  updatedAt: string | Date
}

export interface AuthVerificationRow {
  id: string
  identifier: string
  value: string
  expiresAt: string | Date
  createdAt: string | Date
  updatedAt: string | Date
}
