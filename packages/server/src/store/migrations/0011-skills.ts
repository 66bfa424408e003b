import type { Migration } from '../migration.ts'

/**
 * Software that acts for somebody, and what each version of it said that it needs. A key may belong to a skill. `tenure` of a connection
 * counts what ends every token for it: pauses, other owners, being shared and taken back.
 */
export const skills: Migration = {
  id: 11,
  name: 'skills',
  tables: `
    create table skills (
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
    create unique index skills_name on skills (workspace_id, name) where deleted_at is null;
    create index skills_workspace on skills (workspace_id, created_at, id);

    create table skill_versions (
      skill_id text not null references skills (id) on delete cascade,
      workspace_id text not null,
      version integer not null,
      manifest text not null,
      created_by text not null,
      created_at integer not null,
      primary key (skill_id, version)
    ) strict;

    alter table api_keys add column
      skill_id text;
    create index api_keys_skill on api_keys (skill_id) where skill_id is not null;

    alter table connections add column
      tenure integer not null default 1;
  `,
  isolation: [
    { table: 'skills', key: 'workspace_id' },
    { table: 'skill_versions', key: 'workspace_id' },
  ],
  shared: [],
}
