import { open, SealBroken, seal } from '../crypto/seal.ts'
import { isProblem } from '../errors.ts'
import { deleteUnusedDataKey, findRetiringDataKey, holdActiveDataKey } from '../store/data-keys.ts'
import type { DataKeyRow, SecretRow } from '../store/schema.ts'
import { countSecretsUnderRetiringKeys, listSecretsUnder, resealSecret } from '../store/secrets.ts'
import type { Db } from '../store/store.ts'
import { secretBinding } from './drivers/local.ts'
import type { Run } from './run.ts'

/**
 * A new data key for each workspace, and every secret sealed anew with it. The start has marked all keys as retiring, so
 * nothing new is sealed with them; each is destroyed in a transaction that finds no secret under it any more.
 */
export async function rotateDataKeys(run: Run): Promise<void> {
  let key: DataKeyRow | undefined
  let after = ''
  for (;;) {
    key = await run.store.sweep((db) => findRetiringDataKey(db, after))
    if (!key) return
    after = key.id
    await rotateOne(run, key)
  }
}

export function countForDataKeys(db: Db): Promise<number> {
  return countSecretsUnderRetiringKeys(db)
}

async function rotateOne(run: Run, key: DataKeyRow): Promise<void> {
  let last: SecretRow | undefined
  // What memory holds as the active key is most likely this one.
  run.dataKeys.activeChanged(key.workspace_id)
  for (;;) {
    const rows = await run.store.sweep((db) => listSecretsUnder(db, key, last, run.batch))
    if (rows.length === 0) break
    const plaintexts = new Map<SecretRow, Buffer>()
    try {
      await openAll(run, key, rows, plaintexts)
      while (!(await sealAnew(run, key, plaintexts))) run.dataKeys.activeChanged(key.workspace_id)
    } catch (error) {
      if (!isProblem(error, 'vault.corrupt') && !isProblem(error, 'workspace.not_found')) throw error
      run.broken(`data key ${key.id} of ${key.workspace_id}`, error)
      return
    } finally {
      for (const plaintext of plaintexts.values()) plaintext.fill(0)
    }
    last = rows.at(-1)
  }
  await run.step('data key destroyed', async (db) => {
    await deleteUnusedDataKey(db, key.workspace_id, key.id)
    return 0
  })
}

async function openAll(
  run: Run,
  key: DataKeyRow,
  rows: readonly SecretRow[],
  plaintexts: Map<SecretRow, Buffer>,
): Promise<void> {
  await run.dataKeys.with(key, (opened) => {
    for (const row of rows) {
      try {
        plaintexts.set(row, open(opened, secretBinding(refOf(row)), row.sealed))
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
        run.broken(`${row.owner_id} ${row.field} version ${row.version}`, error)
      }
    }
  })
}

/** Answers false when the key that it sealed with has been retired meanwhile. */
async function sealAnew(run: Run, key: DataKeyRow, plaintexts: ReadonlyMap<SecretRow, Buffer>): Promise<boolean> {
  if (plaintexts.size === 0) return true
  const sealed = await run.dataKeys.withActive(key.workspace_id, (active) => ({
    dataKeyId: active.id,
    envelopes: new Map([...plaintexts].map(([row, text]) => [row, seal(active, secretBinding(refOf(row)), text)])),
  }))
  let current = true
  await run.step('secrets sealed anew', async (db) => {
    current = await holdActiveDataKey(db, key.workspace_id, sealed.dataKeyId)
    let done = 0
    if (current) {
      for (const [row, envelope] of sealed.envelopes) {
        if (await resealSecret(db, row, sealed.dataKeyId, envelope)) done++
      }
    }
    return done
  })
  return current
}

function refOf(row: SecretRow) {
  return { workspaceId: row.workspace_id, ownerId: row.owner_id, field: row.field, version: row.version }
}
