import type { Migration } from '../migration.ts'

/**
 * Written once for both databases: on PostgreSQL `integer` becomes bigint, `blob` bytea, `instant` timestamptz and `flag`
 * boolean (the last two only in better-auth's tables, whose adapter wants them so).
 */
export const groundFloor: Migration = {
  id: 1,
  name: 'ground floor',
  tables: `
    create table deployment (
      name text primary key,
      value text not null
    ) strict;

    create table workspaces (
      id text primary key,
      name text not null,
      created_at integer not null
    ) strict;

    create table auth_users (
      "id" text primary key,
      "name" text not null,
      "email" text not null unique,
      "emailVerified" flag not null,
      "image" text,
      "createdAt" instant not null,
      "updatedAt" instant not null
    ) strict;

    create table auth_sessions (
      "id" text primary key,
      "token" text not null unique,
      "userId" text not null references auth_users ("id") on delete cascade,
      "expiresAt" instant not null,
      "ipAddress" text,
      "userAgent" text,
      "createdAt" instant not null,
      "updatedAt" instant not null
    ) strict;
    create index auth_sessions_user on auth_sessions ("userId");

    create table auth_accounts (
      "id" text primary key,
      "accountId" text not null,
      "providerId" text not null,
      "userId" text not null references auth_users ("id") on delete cascade,
      "accessToken" text,
      "refreshToken" text,
      "idToken" text,
      "accessTokenExpiresAt" instant,
      "refreshTokenExpiresAt" instant,
      "scope" text,
      "password" text,
      "createdAt" instant not null,
      "updatedAt" instant not null
    ) strict;
    create index auth_accounts_user on auth_accounts ("userId");

    create table auth_verifications (
      "id" text primary key,
      "identifier" text not null,
      "value" text not null,
      "expiresAt" instant not null,
      "createdAt" instant not null,
      "updatedAt" instant not null
    ) strict;
    create index auth_verifications_identifier on auth_verifications ("identifier");

    create table members (
      workspace_id text not null references workspaces (id) on delete cascade,
      user_id text not null references auth_users ("id") on delete cascade,
      role text not null check (role in ('admin', 'editor', 'viewer')),
      created_at integer not null,
      primary key (workspace_id, user_id)
    ) strict;
    create index members_user on members (user_id);

    create table operators (
      user_id text primary key references auth_users ("id") on delete cascade,
      created_at integer not null
    ) strict;

    create table invitations (
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
    create index invitations_workspace on invitations (workspace_id, created_at);

    create table api_keys (
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
    create index api_keys_workspace on api_keys (workspace_id, created_at);

    create table device_logins (
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

    create table cli_logins (
      id text primary key,
      user_id text not null references auth_users ("id") on delete cascade,
      client text not null,
      token_hash text not null unique,
      created_at integer not null,
      expires_at integer not null,
      last_used_at integer not null
    ) strict;
    create index cli_logins_user on cli_logins (user_id);

    create table attempts (
      subject text primary key,
      failures integer not null,
      window_started_at integer not null
    ) strict;

    create table idempotency (
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
    create index idempotency_created on idempotency (created_at);

    create table master_keys (
      id text primary key,
      state text not null check (state in ('active', 'retired')),
      canary blob not null,
      created_at integer not null
    ) strict;
    create unique index master_keys_active on master_keys (state) where state = 'active';

    create table data_keys (
      id text primary key,
      workspace_id text not null,
      state text not null check (state in ('active', 'retiring')),
      master_key_id text not null references master_keys (id),
      wrapped blob not null,
      created_at integer not null
    ) strict;
    create unique index data_keys_active on data_keys (workspace_id) where state = 'active';
    create index data_keys_master on data_keys (master_key_id);

    create table secrets (
      workspace_id text not null,
      owner_id text not null,
      field text not null,
      version integer not null,
      data_key_id text not null references data_keys (id),
      sealed blob not null,
      created_at integer not null,
      primary key (workspace_id, owner_id, field, version)
    ) strict;
    create index secrets_data_key on secrets (data_key_id);

    create table rotations (
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
    create unique index rotations_running on rotations (state) where state = 'running';

    create table audit_records (
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
    create index audit_records_time on audit_records (workspace_id, at, writer, seq);
    create index audit_records_connection on audit_records (workspace_id, connection_id, at) where connection_id is not null;
    create index audit_records_actor on audit_records (workspace_id, actor_id, at);

    create table audit_writers (
      writer text primary key,
      started_at integer not null,
      seq integer not null,
      mac blob not null,
      checkpoint integer not null,
      ended_at integer,
      signature blob not null
    ) strict;

    create table audit_checkpoints (
      seq integer primary key,
      at integer not null,
      heads text not null,
      mac blob not null
    ) strict;
  `,
  // Rows of a workspace are seen by requests of that workspace alone. A person may also see where they belong, and
  // whoever presents a token the one row that its hash names. Audit records can be added and read, never changed.
  isolation: [
    { table: 'workspaces', key: 'id', orReadable: 'id in (select workspace_id from members)' },
    { table: 'members', key: 'workspace_id', orReadable: `user_id = current_setting('cardea.user', true)` },
    { table: 'invitations', key: 'workspace_id', orReadable: `token_hash = current_setting('cardea.presented', true)` },
    { table: 'api_keys', key: 'workspace_id', orReadable: `token_hash = current_setting('cardea.presented', true)` },
    { table: 'idempotency', key: 'workspace_id' },
    { table: 'data_keys', key: 'workspace_id' },
    { table: 'secrets', key: 'workspace_id' },
    { table: 'audit_records', key: 'workspace_id', appendOnly: true },
  ],
  shared: [
    'migrations:read',
    'deployment',
    'operators',
    'auth_users',
    'auth_sessions',
    'auth_accounts',
    'auth_verifications',
    'device_logins',
    'cli_logins',
    'attempts',
    'master_keys:read',
    'rotations:read',
    'audit_writers:change',
    'audit_checkpoints:add',
  ],
}
