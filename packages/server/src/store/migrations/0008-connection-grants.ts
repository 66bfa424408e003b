import type { Migration } from '../migration.ts'

/**
 * What has to be known of a granted credential to keep it alive: when it must be renewed, when the grant ends, and whether a renewal was
 * begun whose end nobody has written down. The tokens lie in the vault.
 */
export const connectionGrants: Migration = {
  id: 8,
  name: 'connection grants',
  tables: `
    create table connection_grants (
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
    create index connection_grants_due on connection_grants (due_at) where due_at is not null;
    create index connection_grants_tidy on connection_grants (tidy_at) where tidy_at is not null;
  `,
  isolation: [{ table: 'connection_grants', key: 'workspace_id' }],
  shared: [],
}
