import type { Migration } from '../migration.ts'

/**
 * Visits to a service's consent page, one row each: made when somebody is sent away, used once when they come back. Of state, link, browser
 * and starter only hashes are here; what must be shown again is sealed, and gone when it is over.
 */
export const oauthFlows: Migration = {
  id: 9,
  name: 'oauth flows',
  tables: `
    create table oauth_flows (
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
    create index oauth_flows_workspace on oauth_flows (workspace_id);
    create index oauth_flows_age on oauth_flows (expires_at);
  `,
  isolation: [
    {
      table: 'oauth_flows',
      key: 'workspace_id',
      orReadable: `state_hash = current_setting('cardea.presented', true) or link_hash = current_setting('cardea.presented', true)`,
    },
  ],
  shared: [],
}
