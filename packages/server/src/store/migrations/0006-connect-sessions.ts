import type { Migration } from '../migration.ts'

/**
 * Links by which somebody connects an account on a page of ours, and the addresses of other products to which such a page may send
 * people back. Of link, browser and completion code only hashes are here.
 */
export const connectSessions: Migration = {
  id: 6,
  name: 'connect sessions',
  tables: `
    create table return_addresses (
      id text primary key,
      workspace_id text not null references workspaces (id) on delete cascade,
      address text not null,
      created_by text not null,
      created_at integer not null
    ) strict;
    create unique index return_addresses_one on return_addresses (workspace_id, address);

    create table connect_sessions (
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
    create index connect_sessions_workspace on connect_sessions (workspace_id);
    create index connect_sessions_age on connect_sessions (expires_at);
  `,
  isolation: [
    { table: 'return_addresses', key: 'workspace_id' },
    {
      table: 'connect_sessions',
      key: 'workspace_id',
      orReadable: `token_hash = current_setting('cardea.presented', true)`,
    },
  ],
  shared: [],
}
