import { sql } from 'kysely'
import type { Schema } from './schema.ts'
import type { Db, Store } from './store.ts'

/**
 * Every table, those that others refer to first. `kept` is what a backup holds. `ended` is what a restored deployment
 * begins without: sessions and logins that may have been ended since the backup was made, one-time codes that may have
 * been used, counters, and answers to requests that nobody repeats any more.
 */
export const tables = {
  migrations: 'made',
  deployment: 'kept',
  workspaces: 'kept',
  auth_users: 'kept',
  auth_accounts: 'kept',
  auth_sessions: 'ended',
  auth_verifications: 'ended',
  members: 'kept',
  operators: 'kept',
  invitations: 'kept',
  api_keys: 'kept',
  device_logins: 'ended',
  cli_logins: 'ended',
  attempts: 'ended',
  idempotency: 'ended',
  master_keys: 'kept',
  data_keys: 'kept',
  secrets: 'kept',
  rotations: 'kept',
  service_definitions: 'kept',
  folder_definitions: 'kept',
  oauth_apps: 'kept',
  connections: 'kept',
  connection_grants: 'kept',
  connection_references: 'kept',
  connection_epochs: 'ended',
  policies: 'kept',
  policy_changes: 'ended',
  return_addresses: 'kept',
  connect_sessions: 'ended',
  oauth_flows: 'ended',
  revocations: 'kept',
  skills: 'kept',
  skill_versions: 'kept',
  broker_tokens: 'ended',
  event_heads: 'kept',
  events: 'kept',
  webhooks: 'kept',
  webhook_deliveries: 'kept',
  webhook_attempts: 'kept',
  audit_records: 'kept',
  audit_writers: 'kept',
  audit_checkpoints: 'kept',
} as const satisfies Record<keyof Schema, 'made' | 'kept' | 'ended'>

export type TableName = keyof typeof tables

export const tableNames = Object.keys(tables) as TableName[]

/** What a column holds, in the words of the migrations. SQLite keeps an instant as text and a flag as an integer. */
export type ColumnType = 'text' | 'integer' | 'blob' | 'instant' | 'flag'
export type Columns = Record<string, ColumnType>

const TYPES: Record<string, ColumnType> = {
  text: 'text',
  integer: 'integer',
  int8: 'integer',
  blob: 'blob',
  bytea: 'blob',
  timestamptz: 'instant',
  bool: 'flag',
}

/** The columns that a table has in this database; none where this schema has no such table. */
export async function columnsOf(db: Db, dialect: Store['dialect'], table: string): Promise<Columns> {
  const query =
    dialect === 'postgres'
      ? sql<{ name: string; type: string }>`select column_name as name, udt_name as type
          from information_schema.columns where table_schema = current_schema() and table_name = ${table}
          order by ordinal_position`
      : sql<{ name: string; type: string }>`select name, lower(type) as type from pragma_table_info(${table})`
  const { rows } = await query.execute(db)
  return Object.fromEntries(
    rows.map(({ name, type }) => {
      const known = TYPES[type]
      if (!known) throw new Error(`${table}.${name} is of a type that a backup does not know: ${type}`)
      return [name, known]
    }),
  )
}
