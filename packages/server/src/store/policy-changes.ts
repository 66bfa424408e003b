import type { Db } from './database.ts'
import { countUp, findDeploymentValue } from './deployment.ts'
import type { PolicyChangeRow } from './schema.ts'

/** Tells every server's cache that the policies of a workspace are others now. In the transaction that changes them. */
export async function notePolicyChange(db: Db, workspaceId: string): Promise<void> {
  const change = await countUp(db, COUNTER)
  await db
    .insertInto('policy_changes')
    .values({ workspace_id: workspaceId, change })
    .onConflict((conflict) => conflict.column('workspace_id').doUpdateSet({ change }))
    .execute()
}

/** Across workspaces: whose have changed since. */
export async function listPolicyChanges(db: Db, after: number): Promise<PolicyChangeRow[]> {
  return db.selectFrom('policy_changes').selectAll().where('change', '>', after).orderBy('change').execute()
}

export async function newestPolicyChange(db: Db): Promise<number> {
  return Number((await findDeploymentValue(db, COUNTER)) ?? 0)
}

const COUNTER = 'policy changes'
