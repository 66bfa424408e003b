import type { Migration } from '../migration.ts'

/**
 * What happened, for other systems. Events of a workspace are numbered in the order in which they are committed; what a webhook
 * still has to be told is a row of its own, written with the event.
 */
export const eventsAndWebhooks: Migration = {
  id: 3,
  name: 'events and webhooks',
  tables: `
    create table event_heads (
      workspace_id text primary key references workspaces (id) on delete cascade,
      seq integer not null
    ) strict;

    create table events (
      id text primary key,
      workspace_id text not null references workspaces (id) on delete cascade,
      seq integer not null,
      type text not null,
      subject text not null,
      audience text not null,
      data text not null,
      at integer not null
    ) strict;
    create unique index events_order on events (workspace_id, seq);
    create index events_subject on events (workspace_id, subject, seq);
    create index events_age on events (at);

    create table webhooks (
      id text primary key,
      workspace_id text not null references workspaces (id) on delete cascade,
      name text not null,
      url text not null,
      types text,
      secret_version integer not null,
      previous_version integer,
      previous_until integer,
      failing_since integer,
      parked_at integer,
      reason text,
      due_at integer,
      held_until integer,
      lease text,
      leased_until integer,
      created_by text not null,
      created_at integer not null
    ) strict;
    create index webhooks_workspace on webhooks (workspace_id, created_at);
    create index webhooks_due on webhooks (due_at) where parked_at is null and due_at is not null;

    create table webhook_deliveries (
      webhook_id text not null references webhooks (id) on delete cascade,
      event_id text not null,
      workspace_id text not null,
      type text not null,
      state text not null check (state in ('pending', 'delivered', 'failed')),
      round integer not null,
      attempts integer not null,
      next_at integer,
      created_at integer not null,
      delivered_at integer,
      primary key (webhook_id, event_id)
    ) strict;
    create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_at) where state = 'pending';
    create index webhook_deliveries_listed on webhook_deliveries (webhook_id, created_at, event_id);
    create index webhook_deliveries_age on webhook_deliveries (created_at);

    create table webhook_attempts (
      webhook_id text not null,
      event_id text not null,
      number integer not null,
      workspace_id text not null,
      at integer not null,
      status integer,
      milliseconds integer not null,
      error text,
      answer text,
      primary key (webhook_id, event_id, number),
      foreign key (webhook_id, event_id) references webhook_deliveries (webhook_id, event_id) on delete cascade
    ) strict;
  `,
  isolation: [
    { table: 'event_heads', key: 'workspace_id' },
    { table: 'events', key: 'workspace_id' },
    { table: 'webhooks', key: 'workspace_id' },
    { table: 'webhook_deliveries', key: 'workspace_id' },
    { table: 'webhook_attempts', key: 'workspace_id' },
  ],
  shared: [],
}
