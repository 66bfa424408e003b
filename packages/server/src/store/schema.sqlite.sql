CREATE TABLE api_keys (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  permissions text,
  token_hash text not null unique,
  hint text not null,
  created_by text not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer,
  revoked_at integer
, skill_id text) strict;

CREATE INDEX api_keys_skill on api_keys (skill_id) where skill_id is not null;

CREATE INDEX api_keys_workspace on api_keys (workspace_id, created_at);

CREATE TABLE attempts (
  subject text primary key,
  failures integer not null,
  window_started_at integer not null
) strict;

CREATE TABLE audit_checkpoints (
  seq integer primary key,
  at integer not null,
  heads text not null,
  mac blob not null
) strict;

CREATE TABLE audit_records (
  writer text not null,
  seq integer not null,
  at integer not null,
  workspace_id text not null,
  event text not null,
  risk text not null check (risk in ('low', 'high')),
  actor_kind text not null,
  actor_id text not null,
  on_behalf_of text,
  subject text,
  request_id text,
  ip text,
  connection_id text,
  credential_version integer,
  skill text,
  tool_call text,
  run text,
  step text,
  host text,
  method text,
  path text,
  status integer,
  bytes_in integer,
  bytes_out integer,
  duration_ms integer,
  detail text,
  mac blob not null,
  primary key (writer, seq)
) strict;

CREATE INDEX audit_records_actor on audit_records (workspace_id, actor_id, at);

CREATE INDEX audit_records_connection on audit_records (workspace_id, connection_id, at) where connection_id is not null;

CREATE INDEX audit_records_time on audit_records (workspace_id, at, writer, seq);

CREATE TABLE audit_writers (
  writer text primary key,
  started_at integer not null,
  seq integer not null,
  mac blob not null,
  checkpoint integer not null,
  ended_at integer,
  signature blob not null
) strict;

CREATE TABLE auth_accounts (
  "id" text primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references auth_users ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" text,
  "refreshTokenExpiresAt" text,
  "scope" text,
  "password" text,
  "createdAt" text not null,
  "updatedAt" text not null
) strict;

CREATE INDEX auth_accounts_user on auth_accounts ("userId");

CREATE TABLE auth_sessions (
  "id" text primary key,
  "token" text not null unique,
  "userId" text not null references auth_users ("id") on delete cascade,
  "expiresAt" text not null,
  "ipAddress" text,
  "userAgent" text,
  "createdAt" text not null,
  "updatedAt" text not null
) strict;

CREATE INDEX auth_sessions_user on auth_sessions ("userId");

CREATE TABLE auth_users (
  "id" text primary key,
  "name" text not null,
  "email" text not null unique,
  "emailVerified" integer not null,
  "image" text,
  "createdAt" text not null,
  "updatedAt" text not null
) strict;

CREATE TABLE auth_verifications (
  "id" text primary key,
  "identifier" text not null,
  "value" text not null,
  "expiresAt" text not null,
  "createdAt" text not null,
  "updatedAt" text not null
) strict;

CREATE INDEX auth_verifications_identifier on auth_verifications ("identifier");

CREATE TABLE broker_tokens (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  token_hash text not null unique,
  hint text not null,
  root_id text not null,
  parent_id text,
  depth integer not null,
  skill_id text,
  tool_call text,
  run text,
  step text,
  on_behalf_of text not null,
  minter_kind text not null check (minter_kind in ('person', 'outsider', 'key', 'operator')),
  minter_id text not null,
  minter_role text check (minter_role in ('admin', 'editor', 'viewer')),
  minted_at integer not null,
  grants text not null,
  counted text not null,
  max_uses integer,
  uses integer not null,
  max_bytes integer,
  bytes integer not null,
  proof text,
  on_unavailable text not null check (on_unavailable in ('fail', 'wait')),
  epoch integer not null,
  created_at integer not null,
  expires_at integer not null,
  revoked_at integer
) strict;

CREATE INDEX broker_tokens_age on broker_tokens (expires_at);

CREATE INDEX broker_tokens_list on broker_tokens (workspace_id, created_at, id);

CREATE INDEX broker_tokens_root on broker_tokens (root_id);

CREATE INDEX broker_tokens_workspace on broker_tokens (workspace_id, expires_at);

CREATE TABLE cli_logins (
  id text primary key,
  user_id text not null references auth_users ("id") on delete cascade,
  client text not null,
  token_hash text not null unique,
  created_at integer not null,
  expires_at integer not null,
  last_used_at integer not null
) strict;

CREATE INDEX cli_logins_user on cli_logins (user_id);

CREATE TABLE connect_sessions (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  token_hash text not null unique,
  creator text not null,
  creator_id text not null,
  member_id text,
  end_user text,
  services text,
  product text,
  skills text not null,
  name text,
  visibility text not null check (visibility in ('private', 'workspace')),
  return_address text,
  return_by text check (return_by in ('redirect', 'message')),
  return_state text,
  theme text not null,
  state text not null check (state in ('open', 'entered', 'completed', 'cancelled', 'refused')),
  browser_hash text,
  busy_until integer,
  connection_id text,
  result text,
  code_hash text,
  created_at integer not null,
  opened_at integer,
  finished_at integer,
  expires_at integer not null,
  check ((member_id is null) <> (end_user is null))
) strict;

CREATE INDEX connect_sessions_age on connect_sessions (expires_at);

CREATE INDEX connect_sessions_workspace on connect_sessions (workspace_id);

CREATE TABLE connection_epochs (
  connection_id text primary key,
  workspace_id text not null,
  epoch integer not null,
  change integer not null,
  changed_at integer not null
) strict;

CREATE INDEX connection_epochs_change on connection_epochs (change);

CREATE TABLE connection_grants (
  connection_id text primary key references connections (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  renewal text not null check (renewal in ('refresh', 'access_token', 'none')),
  app_generation integer,
  granted_at integer not null,
  renewed_at integer,
  renewals integer not null,
  access_expires_at integer,
  has_access integer not null,
  grant_told_at integer,
  grant_ends_at integer,
  not_before integer,
  due_at integer,
  tidy_at integer,
  stale_from integer,
  stale_at integer,
  fence integer not null,
  presenting integer,
  presented_at integer,
  storing integer,
  unanswered integer not null,
  failures integer not null,
  failing_since integer,
  failed_at integer,
  wait_until integer,
  last_failure text
) strict;

CREATE INDEX connection_grants_due on connection_grants (due_at) where due_at is not null;

CREATE INDEX connection_grants_tidy on connection_grants (tidy_at) where tidy_at is not null;

CREATE TABLE connection_references (
  workspace_id text not null references workspaces (id) on delete cascade,
  connection_id text not null references connections (id) on delete cascade,
  reference text not null,
  label text,
  source text not null check (source in ('registered', 'learned')),
  created_by text not null,
  created_at integer not null,
  last_used_at integer,
  primary key (workspace_id, connection_id, reference)
) strict;

CREATE TABLE connections (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  provider text not null,
  definition_version integer not null,
  method text not null,
  auth_type text not null check (auth_type in ('oauth2', 'apikey', 'serviceaccount')),
  name text not null,
  owner_kind text not null check (owner_kind in ('person', 'key', 'operator')),
  owner_id text not null,
  visibility text not null check (visibility in ('private', 'workspace')),
  status text not null check (status in ('pending', 'active', 'paused', 'error', 'revoked')),
  health text not null,
  reason text,
  settings text not null,
  learned text not null,
  base integer,
  scopes text,
  missing_scopes text,
  app_id text,
  account_id text,
  account_label text,
  account_team text,
  account_key text,
  search text not null,
  credential_versions integer not null,
  credential_version integer not null,
  verdict text not null check (verdict in ('unknown', 'weak', 'accepted', 'restricted', 'rejected', 'ended')),
  verdict_at integer,
  trouble text,
  trouble_since integer,
  attempts integer not null,
  epoch integer not null,
  created_at integer not null,
  updated_at integer not null,
  connected_at integer,
  last_used_at integer,
  last_success_at integer,
  checked_at integer,
  next_check_at integer,
  expires_at integer,
  paused_at integer,
  paused_by text,
  ended_by text,
  idle_since integer,
  deleted_at integer,
  purge_at integer
, tenure integer not null default 1) strict;

CREATE INDEX connections_account on connections (workspace_id, provider, account_key) where account_key is not null;

CREATE INDEX connections_app on connections (app_id) where app_id is not null;

CREATE INDEX connections_due on connections (next_check_at) where next_check_at is not null;

CREATE INDEX connections_ended on connections (id) where ended_by is not null;

CREATE INDEX connections_granted on connections (app_id) where app_id is not null;

CREATE INDEX connections_health on connections (workspace_id, health, created_at, id);

CREATE INDEX connections_idle on connections (workspace_id, idle_since, id) where idle_since is not null;

CREATE INDEX connections_life on connections (workspace_id, connected_at, id) where ended_by is null and deleted_at is null;

CREATE INDEX connections_list on connections (workspace_id, created_at, id, visibility, owner_id, provider, status, health, search);

CREATE INDEX connections_owner on connections (workspace_id, owner_id, created_at, id);

CREATE INDEX connections_provider on connections (workspace_id, provider, created_at, id);

CREATE INDEX connections_purge on connections (purge_at) where purge_at is not null;

CREATE INDEX connections_status on connections (workspace_id, status, created_at, id);

CREATE TABLE data_keys (
  id text primary key,
  workspace_id text not null,
  state text not null check (state in ('active', 'retiring')),
  master_key_id text not null references master_keys (id),
  wrapped blob not null,
  created_at integer not null
) strict;

CREATE UNIQUE INDEX data_keys_active on data_keys (workspace_id) where state = 'active';

CREATE INDEX data_keys_master on data_keys (master_key_id);

CREATE TABLE deployment (
  name text primary key,
  value text not null
) strict;

CREATE TABLE device_logins (
  id text primary key,
  device_hash text not null unique,
  user_code_hash text not null unique,
  client text not null,
  state text not null check (state in ('pending', 'approved', 'denied')),
  user_id text references auth_users ("id") on delete cascade,
  created_at integer not null,
  expires_at integer not null,
  polled_at integer not null,
  interval_seconds integer not null
) strict;

CREATE TABLE event_heads (
  workspace_id text primary key references workspaces (id) on delete cascade,
  seq integer not null
) strict;

CREATE TABLE events (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  seq integer not null,
  type text not null,
  subject text not null,
  audience text not null,
  data text not null,
  at integer not null
) strict;

CREATE INDEX events_age on events (at);

CREATE UNIQUE INDEX events_order on events (workspace_id, seq);

CREATE INDEX events_subject on events (workspace_id, subject, seq);

CREATE TABLE folder_definitions (
  id text not null,
  version integer not null,
  format text not null check (format in ('yaml', 'json')),
  source text not null,
  digest text not null,
  created_at integer not null,
  primary key (id, version)
) strict;

CREATE UNIQUE INDEX folder_definitions_digest on folder_definitions (id, digest);

CREATE TABLE idempotency (
  workspace_id text not null,
  actor_id text not null,
  key_hash text not null,
  request_hash text not null,
  state text not null check (state in ('running', 'done', 'unknown')),
  status integer,
  reply blob,
  created_at integer not null,
  primary key (workspace_id, actor_id, key_hash)
) strict;

CREATE INDEX idempotency_created on idempotency (created_at);

CREATE TABLE invitations (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  email text not null,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  token_hash text not null unique,
  invited_by text not null,
  created_at integer not null,
  expires_at integer not null,
  accepted_at integer,
  withdrawn_at integer
) strict;

CREATE INDEX invitations_workspace on invitations (workspace_id, created_at);

CREATE TABLE master_keys (
  id text primary key,
  state text not null check (state in ('active', 'retired')),
  canary blob not null,
  created_at integer not null
) strict;

CREATE UNIQUE INDEX master_keys_active on master_keys (state) where state = 'active';

CREATE TABLE members (
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references auth_users ("id") on delete cascade,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  created_at integer not null,
  primary key (workspace_id, user_id)
) strict;

CREATE INDEX members_user on members (user_id);

CREATE TABLE migrations (id integer primary key, name text not null, at integer not null) strict;

CREATE TABLE oauth_apps (
  id text primary key,
  workspace_id text not null,
  provider text not null,
  methods text not null,
  name text not null,
  source text not null check (source in ('api', 'file')),
  client_id text not null,
  client_auth text,
  key_id text,
  key_alg text,
  settings text not null,
  extra_scopes text not null,
  generation integer not null,
  secret_versions integer not null,
  secret_version integer not null,
  holds text not null,
  is_default integer not null,
  trouble text,
  trouble_at integer,
  told text not null,
  created_by text not null,
  created_at integer not null,
  updated_at integer not null,
  finished_at integer,
  retired_at integer,
  deleted_at integer
) strict;

CREATE INDEX oauth_apps_provider on oauth_apps (workspace_id, provider, created_at, id);

CREATE INDEX oauth_apps_unfinished on oauth_apps (created_at) where finished_at is null or deleted_at is not null;

CREATE TABLE oauth_flows (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  purpose text not null check (purpose in ('connect', 'reauthorize')),
  kind text not null check (kind in ('browser', 'device', 'direct')),
  bound_by text not null check (bound_by in ('browser', 'starter')),
  state_hash text unique,
  link_hash text unique,
  browser_hash text,
  starter_hash text,
  owner_kind text not null,
  owner_id text not null,
  session_id text,
  connection_id text,
  provider text not null,
  definition_version integer not null,
  method text not null,
  app_id text,
  app_generation integer,
  name text,
  visibility text not null check (visibility in ('private', 'workspace')),
  settings text not null,
  scopes text not null,
  new_scopes text not null,
  sealed blob,
  return_address text,
  user_code text,
  verification_uri text,
  interval_seconds integer,
  polled_at integer,
  state text not null check (state in ('open', 'claimed', 'asking', 'done', 'failed')),
  claimed_at integer,
  result text,
  created_at integer not null,
  finished_at integer,
  expires_at integer not null
) strict;

CREATE INDEX oauth_flows_age on oauth_flows (expires_at);

CREATE INDEX oauth_flows_workspace on oauth_flows (workspace_id);

CREATE TABLE operators (
  user_id text primary key references auth_users ("id") on delete cascade,
  created_at integer not null
) strict;

CREATE TABLE policies (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  enabled integer not null check (enabled in (0, 1)),
  applies text not null,
  limits text not null,
  timed integer not null check (timed in (0, 1)),
  created_by text not null,
  created_at integer not null,
  updated_at integer not null
) strict;

CREATE INDEX policies_timed on policies (workspace_id) where timed = 1 and enabled = 1;

CREATE INDEX policies_workspace on policies (workspace_id, created_at, id);

CREATE TABLE policy_changes (
  workspace_id text primary key references workspaces (id) on delete cascade,
  change integer not null
) strict;

CREATE INDEX policy_changes_change on policy_changes (change);

CREATE TABLE return_addresses (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  address text not null,
  created_by text not null,
  created_at integer not null
) strict;

CREATE UNIQUE INDEX return_addresses_one on return_addresses (workspace_id, address);

CREATE TABLE revocations (
  id text primary key,
  workspace_id text not null,
  of_workspace text not null,
  connection_id text not null,
  because text not null check (because in ('deleted', 'member_removed', 'workspace_removed', 'replaced', 'discarded', 'unkept')),
  provider text not null,
  definition_version integer not null,
  method text not null,
  app_id text,
  app_generation integer,
  settings text not null,
  learned text not null,
  base integer,
  account_id text,
  account_label text,
  account_team text,
  credential_version integer,
  access_expires_at integer,
  sealed blob,
  state text not null check (state in ('pending', 'done', 'gone', 'by_hand', 'not_offered', 'kept_for_others', 'failed')),
  confirmed integer not null,
  attempts integer not null,
  last_failure text,
  next_try_at integer,
  created_at integer not null,
  finished_at integer
) strict;

CREATE INDEX revocations_connection on revocations (workspace_id, connection_id);

CREATE INDEX revocations_due on revocations (next_try_at) where next_try_at is not null;

CREATE INDEX revocations_finished on revocations (finished_at) where finished_at is not null;

CREATE TABLE rotations (
  id text primary key,
  kind text not null check (kind in ('master_key', 'data_keys')),
  state text not null check (state in ('running', 'done', 'failed')),
  done integer not null,
  total integer not null,
  error text,
  target text,
  runner text not null,
  runner_until integer not null,
  started_by text not null,
  started_at integer not null,
  finished_at integer
) strict;

CREATE UNIQUE INDEX rotations_running on rotations (state) where state = 'running';

CREATE TABLE secrets (
  workspace_id text not null,
  owner_id text not null,
  field text not null,
  version integer not null,
  data_key_id text not null references data_keys (id),
  sealed blob not null,
  created_at integer not null,
  primary key (workspace_id, owner_id, field, version)
) strict;

CREATE INDEX secrets_data_key on secrets (data_key_id);

CREATE TABLE service_definitions (
  workspace_id text not null references workspaces (id) on delete cascade,
  id text not null,
  version integer not null,
  format text not null check (format in ('yaml', 'json')),
  source text not null,
  digest text not null,
  created_by text not null,
  created_at integer not null,
  removed_at integer,
  primary key (workspace_id, id, version)
) strict;

CREATE TABLE skill_versions (
  skill_id text not null references skills (id) on delete cascade,
  workspace_id text not null,
  version integer not null,
  manifest text not null,
  created_by text not null,
  created_at integer not null,
  primary key (skill_id, version)
) strict;

CREATE TABLE skills (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  version integer not null,
  runners text,
  epoch integer not null,
  created_by text not null,
  created_at integer not null,
  updated_at integer not null,
  stopped_at integer,
  deleted_at integer
) strict;

CREATE UNIQUE INDEX skills_name on skills (workspace_id, name) where deleted_at is null;

CREATE INDEX skills_workspace on skills (workspace_id, created_at, id);

CREATE TABLE webhook_attempts (
  webhook_id text not null,
  event_id text not null,
  number integer not null,
  workspace_id text not null,
  at integer not null,
  status integer,
  milliseconds integer not null,
  error text,
  answer text,
  primary key (webhook_id, event_id, number),
  foreign key (webhook_id, event_id) references webhook_deliveries (webhook_id, event_id) on delete cascade
) strict;

CREATE TABLE webhook_deliveries (
  webhook_id text not null references webhooks (id) on delete cascade,
  event_id text not null,
  workspace_id text not null,
  type text not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  round integer not null,
  attempts integer not null,
  next_at integer,
  created_at integer not null,
  delivered_at integer,
  primary key (webhook_id, event_id)
) strict;

CREATE INDEX webhook_deliveries_age on webhook_deliveries (created_at);

CREATE INDEX webhook_deliveries_due on webhook_deliveries (webhook_id, next_at) where state = 'pending';

CREATE INDEX webhook_deliveries_listed on webhook_deliveries (webhook_id, created_at, event_id);

CREATE TABLE webhooks (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  url text not null,
  types text,
  secret_version integer not null,
  previous_version integer,
  previous_until integer,
  failing_since integer,
  parked_at integer,
  reason text,
  due_at integer,
  held_until integer,
  lease text,
  leased_until integer,
  created_by text not null,
  created_at integer not null
) strict;

CREATE INDEX webhooks_due on webhooks (due_at) where parked_at is null and due_at is not null;

CREATE INDEX webhooks_workspace on webhooks (workspace_id, created_at);

CREATE TABLE workspaces (
  id text primary key,
  name text not null,
  created_at integer not null
) strict;
