import { Problem } from '../errors.ts'
import { countDataKeysNotUnder, listDataKeysNotUnder, rewrapDataKey } from '../store/data-keys.ts'
import { hold } from '../store/locks.ts'
import { addMasterKey, findActiveMasterKey, findMasterKey, retireMasterKey } from '../store/master-keys.ts'
import type { DataKeyRow, RotationRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { hatchCanary } from './canary.ts'
import { dataKeyBinding, openDataKey } from './data-keys.ts'
import { mayChangeKeyring, type Run } from './run.ts'

/**
 * A new master key, and every data key sealed anew under it. The keyring holds both keys from before the first data key
 * changes until after the last has.
 */
export async function rotateMasterKey(run: Run, row: RotationRow, anythingBroken: () => boolean): Promise<void> {
  const target = row.target ?? (await activateNext(run))
  run.dataKeys.masterKeyChanged(target)
  await rewrapDataKeys(run, target)
  // A data key that did not open may open with the old master key yet: it stays in the keyring.
  if (anythingBroken()) return
  const left = await run.store.sweep((db) => countDataKeysNotUnder(db, target))
  if (left > 0) throw new Error(`${left} data keys are still under an older master key`)
  if (!(await mayChangeKeyring(run))) return
  await run.masterKey.keepOnly(target)
  run.after('keyring shrunk')
}

/** The whole work, for whoever watches: every data key there is. */
export function countForMasterKey(db: Db): Promise<number> {
  return countDataKeysNotUnder(db, '')
}

async function activateNext(run: Run): Promise<string> {
  const { store, masterKey } = run
  const active = await store.sweep(findActiveMasterKey)
  const next = await nextKey(run, active?.id)
  run.after('keyring grown')
  const row = await hatchCanary(masterKey, next, run.clock.now())
  await run.step(
    'activated',
    async (db) => {
      // Alone: whoever makes a data key just now has either finished, and it is found below, or will see the new key.
      await hold(db, 'master_key', 'alone')
      if (active && !(await retireMasterKey(db, active.id))) throw new Error('the active master key has changed')
      await addMasterKey(db, row)
      return 0
    },
    next,
  )
  return next
}

async function nextKey({ store, masterKey }: Run, activeId: string | undefined): Promise<string> {
  const [first] = await masterKey.ids('afresh')
  // Either the operator has put it there, or an interrupted attempt of ours has.
  if (first && first !== activeId) {
    if (!(await store.sweep((db) => findMasterKey(db, first)))) return first
  } else if (await mayChangeKeyring({ store, masterKey })) {
    return masterKey.grow()
  }
  throw new Problem('vault.next_key_missing', { source: masterKey.source })
}

async function rewrapDataKeys(run: Run, target: string): Promise<void> {
  let after = ''
  for (;;) {
    const rows = await run.store.sweep((db) => listDataKeysNotUnder(db, target, after, run.batch))
    if (rows.length === 0) return
    after = rows.at(-1)!.id
    const rewrapped = new Map<DataKeyRow, Uint8Array>()
    for (const row of rows) {
      try {
        const bytes = await openDataKey(run.masterKey, row)
        rewrapped.set(row, await run.masterKey.seal(target, dataKeyBinding(row), bytes))
        bytes.fill(0)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        run.broken(`data key ${row.id}`, error)
      }
    }
    await run.step('data keys rewrapped', async (db) => {
      let done = 0
      for (const [row, wrapped] of rewrapped) if (await rewrapDataKey(db, row, target, wrapped)) done++
      return done
    })
  }
}
