import { Problem } from '../errors.ts'
import type { Migration, MigrationTarget, MigrationTransaction } from './migration.ts'
import { groundFloor } from './migrations/0001-ground-floor.ts'
import { servicesAtRunTime } from './migrations/0002-services.ts'
import { eventsAndWebhooks } from './migrations/0003-events.ts'
import { connections } from './migrations/0004-connections.ts'
import { policies } from './migrations/0005-policies.ts'
import { connectSessions } from './migrations/0006-connect-sessions.ts'
import { oauthApps } from './migrations/0007-oauth-apps.ts'
import { connectionGrants } from './migrations/0008-connection-grants.ts'
import { oauthFlows } from './migrations/0009-oauth-flows.ts'
import { revocations } from './migrations/0010-revocations.ts'
import { skills } from './migrations/0011-skills.ts'
import { brokerTokens } from './migrations/0012-broker-tokens.ts'

/**
 * Forward migrations, each in its transaction under a lock, so that two servers started together do the work once. A
 * migration that has been released is never edited. A database from a newer program is refused before it is touched.
 */

/** The roles that the server takes on after it has connected: neither can bypass row-level security. */
export const REQUESTS_ROLE = 'cardea_requests'
export const SWEEPS_ROLE = 'cardea_sweeps'

export const migrations: readonly Migration[] = [
  groundFloor,
  servicesAtRunTime,
  eventsAndWebhooks,
  connections,
  policies,
  connectSessions,
  oauthApps,
  connectionGrants,
  oauthFlows,
  revocations,
  skills,
  brokerTokens,
]

/** Brings the schema to `upTo` (default: the newest this program knows). */
export async function migrate(target: MigrationTarget, upTo = newest()): Promise<void> {
  // One transaction a migration: a long one that fails does not undo those before it.
  while (await target.exclusively((transaction) => applyNext(target.dialect, transaction, upTo))) {}
}

export function newest(): number {
  return migrations.at(-1)!.id
}

/** Refuses a schema that a newer program has made. */
export function refuseNewer(applied: readonly number[]): void {
  const found = Math.max(0, ...applied)
  if (found > newest()) throw new Problem('store.newer_schema', { found, known: newest() })
}

async function applyNext(
  dialect: MigrationTarget['dialect'],
  transaction: MigrationTransaction,
  upTo: number,
): Promise<boolean> {
  const applied = await transaction.applied()
  refuseNewer(applied)
  const next = migrations.find(({ id }) => id <= upTo && !applied.includes(id))
  if (!next) return false
  await transaction.run(tableSql(dialect, next))
  if (dialect === 'postgres') await transaction.run(isolationSql(next))
  await transaction.record(next)
  return true
}

function tableSql(dialect: MigrationTarget['dialect'], { tables }: Migration): string {
  const types: Record<string, string> =
    dialect === 'postgres'
      ? { integer: 'bigint', blob: 'bytea', instant: 'timestamptz', flag: 'boolean' }
      : { instant: 'text', flag: 'integer' }
  const typed = tables.replace(/(?<=^\s+"?\w+"? )(integer|blob|instant|flag)\b/gm, (type) => types[type] ?? type)
  return dialect === 'postgres' ? typed.replaceAll(') strict;', ');') : typed
}

const SHARED_RIGHTS: Record<string, string> = {
  read: 'select',
  add: 'select, insert',
  change: 'select, insert, update',
  all: 'select, insert, update, delete',
}

function isolationSql({ isolation, shared }: Migration): string {
  const statements: string[] = []
  for (const { table, key, orReadable, appendOnly } of isolation) {
    const own = `${key} = current_setting('cardea.workspace', true)`
    const readable = orReadable ? `${own} or ${orReadable}` : own
    statements.push(
      `alter table ${table} enable row level security`,
      `alter table ${table} force row level security`,
      `create policy ${table}_read on ${table} for select to ${REQUESTS_ROLE} using (${readable})`,
      `create policy ${table}_add on ${table} for insert to ${REQUESTS_ROLE} with check (${appendOnly ? 'true' : own})`,
      `create policy ${table}_sweep on ${table} to ${SWEEPS_ROLE} using (true) with check (true)`,
      `grant select, insert${appendOnly ? '' : ', update, delete'} on ${table} to ${REQUESTS_ROLE}`,
    )
    if (!appendOnly) {
      statements.push(
        `create policy ${table}_change on ${table} for update to ${REQUESTS_ROLE} using (${own}) with check (${own})`,
        `create policy ${table}_remove on ${table} for delete to ${REQUESTS_ROLE} using (${own})`,
      )
    }
  }
  for (const entry of shared) {
    const [table, rights = 'all'] = entry.split(':')
    statements.push(`grant ${SHARED_RIGHTS[rights]} on ${table} to ${REQUESTS_ROLE}`)
  }
  const all = [...isolation.map(({ table }) => table), ...shared.map((entry) => entry.split(':')[0])]
  statements.push(`grant select, insert, update, delete on ${all.join(', ')} to ${SWEEPS_ROLE}`)
  return statements.map((statement) => `${statement};`).join('\n')
}
