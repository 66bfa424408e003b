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
) strict;

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

CREATE TABLE operators (
  user_id text primary key references auth_users ("id") on delete cascade,
  created_at integer not null
) strict;

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

CREATE TABLE workspaces (
  id text primary key,
  name text not null,
  created_at integer not null
) strict;
