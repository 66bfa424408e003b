import type { Migration } from '../migration.ts'

/**
 * Services described at run time. A row is one version and is never changed or removed while its workspace lives: connections keep
 * the version they were made with.
 */
export const servicesAtRunTime: Migration = {
  id: 2,
  name: 'services at run time',
  tables: `
    create table service_definitions (
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

    create table folder_definitions (
      id text not null,
      version integer not null,
      format text not null check (format in ('yaml', 'json')),
      source text not null,
      digest text not null,
      created_at integer not null,
      primary key (id, version)
    ) strict;
    create unique index folder_definitions_digest on folder_definitions (id, digest);
  `,
  isolation: [{ table: 'service_definitions', key: 'workspace_id' }],
  // Filled from the operator's folder when a server starts.
  shared: ['folder_definitions:read'],
}
