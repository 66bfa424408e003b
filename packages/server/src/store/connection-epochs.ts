import type { Db } from './database.ts'
import { countUp, findDeploymentValue } from './deployment.ts'
import type { ConnectionEpochRow, ConnectionRow } from './schema.ts'

/** Ends what caches hold of a connection. */
export async function bumpEpochs(
  db: Db,
  connections: readonly Pick<ConnectionRow, 'id' | 'workspace_id' | 'epoch'>[],
  now: number,
): Promise<void> {
  await noteEpochs(db, connections, now)
  for (const { id, workspace_id, epoch } of connections) {
    await db
      .updateTable('connections')
      .set({ epoch: epoch + 1 })
      .where('workspace_id', '=', workspace_id)
      .where('id', '=', id)
      .execute()
  }
}

/** Of what has an epoch in a row of its own, which whoever calls this writes: one more than the row says now. */
export async function noteEpochs(
  db: Db,
  rows: readonly Pick<ConnectionRow, 'id' | 'workspace_id' | 'epoch'>[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return
  const change = await countUp(db, COUNTER)
  for (const { id, workspace_id, epoch } of rows) {
    const next = { epoch: epoch + 1, change, changed_at: now }
    await db
      .insertInto('connection_epochs')
      .values({ connection_id: id, workspace_id, ...next })
      .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(next))
      .execute()
  }
}

/** Of everything that a workspace has, when it ends. Answers with the epochs that now hold. */
export async function bumpWorkspaceEpochs(
  db: Db,
  workspaceId: string,
  now: number,
): Promise<Pick<ConnectionRow, 'id' | 'epoch'>[]> {
  const rows = await db
    .updateTable('connections')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('workspace_id', '=', workspaceId)
    .returning(['id', 'epoch'])
    .execute()
  if (rows.length === 0) return []
  const change = await countUp(db, COUNTER)
  for (let at = 0; at < rows.length; at += ROWS) {
    await db
      .insertInto('connection_epochs')
      .values(
        rows.slice(at, at + ROWS).map(({ id, epoch }) => ({
          connection_id: id,
          workspace_id: workspaceId,
          epoch,
          change,
          changed_at: now,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('connection_id').doUpdateSet((eb) => ({
          epoch: eb.ref('excluded.epoch'),
          change,
          changed_at: now,
        })),
      )
      .execute()
  }
  return rows
}

const ROWS = 1000

const COUNTER = 'connection changes'

/** Across workspaces: what has changed since. All of one number were committed together. */
export async function listEpochChanges(
  db: Db,
  after: number,
): Promise<Pick<ConnectionEpochRow, 'connection_id' | 'epoch' | 'change'>[]> {
  return db
    .selectFrom('connection_epochs')
    .select(['connection_id', 'epoch', 'change'])
    .where('change', '>', after)
    .orderBy('change')
    .execute()
}

export async function newestEpochChange(db: Db): Promise<number> {
  return Number((await findDeploymentValue(db, COUNTER)) ?? 0)
}

export async function forgetEpochChanges(db: Db, before: number): Promise<void> {
  await db.deleteFrom('connection_epochs').where('changed_at', '<', before).execute()
}
