import type { Migration } from '../migration.ts'

/**
 * What software holds instead of a credential. Of the token itself only a hash is here. `counted` names the tokens, this one and those it
 * was narrowed from, whose limits a use is claimed of.
 */
export const brokerTokens: Migration = {
  id: 12,
  name: 'broker tokens',
  tables: `
    create table broker_tokens (
      id text primary key,
      workspace_id text not null references workspaces (id) on delete cascade,
      token_hash text not null unique,
      hint text not null,
      root_id text not null,
      parent_id text,
      depth integer not null,
      skill_id text,
      tool_call text,
      run text,
      step text,
      on_behalf_of text not null,
      minter_kind text not null check (minter_kind in ('person', 'outsider', 'key', 'operator')),
      minter_id text not null,
      minter_role text check (minter_role in ('admin', 'editor', 'viewer')),
      minted_at integer not null,
      grants text not null,
      counted text not null,
      max_uses integer,
      uses integer not null,
      max_bytes integer,
      bytes integer not null,
      proof text,
      on_unavailable text not null check (on_unavailable in ('fail', 'wait')),
      epoch integer not null,
      created_at integer not null,
      expires_at integer not null,
      revoked_at integer
    ) strict;
    create index broker_tokens_workspace on broker_tokens (workspace_id, expires_at);
    create index broker_tokens_list on broker_tokens (workspace_id, created_at, id);
    create index broker_tokens_root on broker_tokens (root_id);
    create index broker_tokens_age on broker_tokens (expires_at);
  `,
  isolation: [
    {
      table: 'broker_tokens',
      key: 'workspace_id',
      orReadable: `token_hash = current_setting('cardea.presented', true)`,
    },
  ],
  shared: [],
}
