import type { Migration } from '../migration.ts'

/** What administrators limit. By `policy_changes` servers see what their caches have to let go of. `timed` marks what a sweep has to look at; the indexes of connections are how it finds whose time is up. */
export const policies: Migration = {
  id: 5,
  name: 'policies',
  tables: `
    create table policies (
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
    create index policies_workspace on policies (workspace_id, created_at, id);
    create table policy_changes (
      workspace_id text primary key references workspaces (id) on delete cascade,
      change integer not null
    ) strict;
    create index policy_changes_change on policy_changes (change);
    create index policies_timed on policies (workspace_id) where timed = 1 and enabled = 1;

    create index connections_idle on connections (workspace_id, idle_since, id) where idle_since is not null;
    create index connections_life on connections (workspace_id, connected_at, id) where ended_by is null and deleted_at is null;
    create index connections_ended on connections (id) where ended_by is not null;
  `,
  isolation: [
    { table: 'policies', key: 'workspace_id' },
    { table: 'policy_changes', key: 'workspace_id' },
  ],
  shared: [],
}
