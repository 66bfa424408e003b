import type { Migration } from '../migration.ts'

/**
 * Connections: what is public about them. Their credentials lie in the vault, by the id of the connection and a version. Epochs
 * outlive their connection, so that every server hears of its end.
 */
export const connections: Migration = {
  id: 4,
  name: 'connections',
  tables: `
    create table connections (
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
    ) strict;
    create index connections_list on connections (workspace_id, created_at, id, visibility, owner_id, provider, status, health, search);
    create index connections_provider on connections (workspace_id, provider, created_at, id);
    create index connections_owner on connections (workspace_id, owner_id, created_at, id);
    create index connections_status on connections (workspace_id, status, created_at, id);
    create index connections_health on connections (workspace_id, health, created_at, id);
    create index connections_account on connections (workspace_id, provider, account_key) where account_key is not null;
    create index connections_due on connections (next_check_at) where next_check_at is not null;
    create index connections_purge on connections (purge_at) where purge_at is not null;

    create table connection_references (
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

    create table connection_epochs (
      connection_id text primary key,
      workspace_id text not null,
      epoch integer not null,
      change integer not null,
      changed_at integer not null
    ) strict;
    create index connection_epochs_change on connection_epochs (change);
  `,
  isolation: [
    { table: 'connections', key: 'workspace_id' },
    { table: 'connection_references', key: 'workspace_id' },
    { table: 'connection_epochs', key: 'workspace_id' },
  ],
  shared: [],
}
