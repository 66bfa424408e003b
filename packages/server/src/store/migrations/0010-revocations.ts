import type { Migration } from '../migration.ts'

/**
 * Grants that are to be ended at their service after the connection has ended here. What has to be shown for it is sealed in the row,
 * and goes with the last attempt. Those of a workspace that is deleted are filed under the deployment, and outlive it for that long.
 */
export const revocations: Migration = {
  id: 10,
  name: 'revocations',
  tables: `
    create table revocations (
      id text primary key,
      workspace_id text not null,
      of_workspace text not null,
      connection_id text not null,
      because text not null check (because in ('deleted', 'member_removed', 'workspace_removed', 'replaced', 'discarded', 'unkept')),
      provider text not null,
      definition_version integer not null,
      method text not null,
      app_id text,
      app_generation integer,
      settings text not null,
      learned text not null,
      base integer,
      account_id text,
      account_label text,
      account_team text,
      credential_version integer,
      access_expires_at integer,
      sealed blob,
      state text not null check (state in ('pending', 'done', 'gone', 'by_hand', 'not_offered', 'kept_for_others', 'failed')),
      confirmed integer not null,
      attempts integer not null,
      last_failure text,
      next_try_at integer,
      created_at integer not null,
      finished_at integer
    ) strict;
    create index revocations_due on revocations (next_try_at) where next_try_at is not null;
    create index revocations_connection on revocations (workspace_id, connection_id);
    create index revocations_finished on revocations (finished_at) where finished_at is not null;
    create index connections_granted on connections (app_id) where app_id is not null;
  `,
  isolation: [{ table: 'revocations', key: 'workspace_id' }],
  shared: [],
}
