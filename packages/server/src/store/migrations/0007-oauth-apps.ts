import type { Migration } from '../migration.ts'

/**
 * OAuth apps that administrators register: of a workspace, or of the whole deployment, filed under its own name. Their secrets lie in the
 * vault, by the id of the app and a version.
 */
export const oauthApps: Migration = {
  id: 7,
  name: 'oauth apps',
  tables: `
    create table oauth_apps (
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
    create index oauth_apps_provider on oauth_apps (workspace_id, provider, created_at, id);
    create index oauth_apps_unfinished on oauth_apps (created_at) where finished_at is null or deleted_at is not null;
    create index connections_app on connections (app_id) where app_id is not null;
  `,
  isolation: [{ table: 'oauth_apps', key: 'workspace_id' }],
  shared: [],
}
