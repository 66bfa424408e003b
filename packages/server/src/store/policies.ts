import { Problem } from '../errors.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { PolicyRow } from './schema.ts'
import type { Db } from './store.ts'
import { refuseDeleted } from './workspaces.ts'

/** The two blocks are JSON objects whose words only the room of policies knows. */
export type PolicyRecord = Omit<PolicyRow, 'enabled' | 'timed' | 'applies' | 'limits'> & {
  enabled: boolean
  timed: boolean
  applies: object
  limits: object
}
export type PolicyChange = Pick<PolicyRecord, 'name' | 'enabled' | 'timed' | 'applies' | 'limits' | 'updated_at'>

export async function createPolicy(db: Db, policy: PolicyRecord): Promise<void> {
  const { id, workspace_id, created_by, created_at } = policy
  await db
    .insertInto('policies')
    .values({ id, workspace_id, created_by, created_at, ...columns(policy) })
    .execute()
    .catch(refuseDeleted)
}

export async function countPolicies(db: Db, workspaceId: string): Promise<number> {
  const { count } = await db
    .selectFrom('policies')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function getPolicy(db: Db, workspaceId: string, id: string): Promise<PolicyRecord> {
  const row = await db
    .selectFrom('policies')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new Problem('policy.not_found')
  return record(row)
}

export async function listPolicies(db: Db, workspaceId: string, page: PageRequest): Promise<Page<PolicyRecord>> {
  const query = db.selectFrom('policies').selectAll().where('workspace_id', '=', workspaceId)
  const rows = await pageQuery(query, { at: 'created_at', id: 'id' }, page).execute()
  return pageOf(rows, page, (row) => ({ at: row.created_at, id: row.id }), record)
}

/** All that are obeyed in a workspace, oldest first. */
export async function listEnabledPolicies(db: Db, workspaceId: string): Promise<PolicyRecord[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('enabled', '=', 1)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(record)
}

/** Of every workspace, those that limit a time: for sweeps. */
export async function listTimedPolicies(db: Db): Promise<PolicyRecord[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('timed', '=', 1)
    .where('enabled', '=', 1)
    .orderBy('workspace_id')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(record)
}

export async function changePolicy(
  db: Db,
  workspaceId: string,
  id: string,
  change: PolicyChange,
): Promise<PolicyRecord> {
  const row = await db
    .updateTable('policies')
    .set(columns(change))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new Problem('policy.not_found')
  return record(row)
}

export async function deletePolicy(db: Db, workspaceId: string, id: string): Promise<void> {
  await db.deleteFrom('policies').where('workspace_id', '=', workspaceId).where('id', '=', id).execute()
}

function columns({ name, enabled, timed, applies, limits, updated_at }: PolicyChange) {
  return {
    name,
    enabled: enabled ? (1 as const) : (0 as const),
    timed: timed ? (1 as const) : (0 as const),
    applies: JSON.stringify(applies),
    limits: JSON.stringify(limits),
    updated_at,
  }
}

function record(row: PolicyRow): PolicyRecord {
  return {
    ...row,
    enabled: row.enabled === 1,
    timed: row.timed === 1,
    applies: JSON.parse(row.applies) as object,
    limits: JSON.parse(row.limits) as object,
  }
}
