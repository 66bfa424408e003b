import type { Clock } from '../clock.ts'
import { equalBytes } from '../crypto/equal.ts'
import { SealBroken } from '../crypto/seal.ts'
import { Problem } from '../errors.ts'
import { listMasterKeysInUse } from '../store/data-keys.ts'
import { addMasterKey, findActiveMasterKey } from '../store/master-keys.ts'
import type { MasterKeyRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { MasterKey } from './keys/master-key.ts'

/** A known text sealed with each master key. Opening it proves, without touching a secret, that the key is the right one. */
const SONG = Buffer.from('cardea: the hinge turns')

const canaryBinding = (masterKeyId: string) => ['canary', masterKeyId]

export async function hatchCanary(masterKey: MasterKey, id: string, createdAt: number): Promise<MasterKeyRow> {
  return { id, state: 'active', canary: await masterKey.seal(id, canaryBinding(id), SONG), created_at: createdAt }
}

/** Makes the vault's first master key its own, or proves that the one at hand is the one it has. Answers its id. */
export async function enrol(deps: { store: Store; clock: Clock; masterKey: MasterKey }): Promise<string> {
  const { store, clock, masterKey } = deps
  if (!(await store.sweep(findActiveMasterKey))) {
    // The key is safe in its place before anything is sealed with it.
    const [current] = await masterKey.ids()
    const row = await hatchCanary(masterKey, current ?? (await masterKey.create()), clock.now())
    await store.sweep((db) => addMasterKey(db, row))
  }
  const active = await checkCanary(deps)
  // An interrupted rotation leaves data keys under the old master key: without it, their secrets could not be read.
  const known = await masterKey.ids()
  const missing = (await store.sweep(listMasterKeysInUse)).find((id) => !known.includes(id))
  if (missing) {
    throw new Problem('vault.wrong_master_key', {
      expected: missing,
      found: `${masterKey.source} holds only ${known.join(', ')}`,
    })
  }
  return active
}

/** Opens the canary of the active master key, and answers that key's id. */
export async function checkCanary({ store, masterKey }: { store: Store; masterKey: MasterKey }): Promise<string> {
  const active = await store.within({}, findActiveMasterKey)
  if (!active) throw new Problem('vault.corrupt', { owner: 'the list of master keys' })
  try {
    const song = await masterKey.open(active.id, canaryBinding(active.id), active.canary)
    if (!equalBytes(song, SONG)) throw new SealBroken('another text')
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new Problem('vault.corrupt', { owner: `the canary of master key ${active.id}` })
  }
  return active.id
}
