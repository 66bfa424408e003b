import type { Clock } from '../clock.ts'
import { randomKey } from '../crypto/random.ts'
import { KEY_BYTES, SealBroken, type SealingKey } from '../crypto/seal.ts'
import { isProblem, Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { addDataKey, findActiveDataKey, holdWorkspace } from '../store/data-keys.ts'
import { hold } from '../store/locks.ts'
import { findActiveMasterKey } from '../store/master-keys.ts'
import { type DataKeyRow, DEPLOYMENT } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { createKeyCache } from './key-cache.ts'
import type { MasterKey } from './keys/master-key.ts'

/**
 * The data key of each workspace: made when the first secret comes, kept sealed under the master key. Keys are handed to
 * a callback that cannot wait, so that none is wiped while it is in use.
 */
export interface DataKeys {
  /** The master key that new data keys are sealed under. */
  masterKeyId(): string
  masterKeyChanged(id: string): void
  /** With the key that the workspace's new secrets are sealed with. */
  withActive<T>(workspaceId: string, use: (key: SealingKey) => T): Promise<T>
  /** Another server has retired that key. */
  activeChanged(workspaceId: string): void
  with<T>(key: SealedDataKey, use: (key: SealingKey) => T): Promise<T>
  /** Forgets what memory holds of a workspace. */
  forget(workspaceId: string): void
  close(): void
}

export type SealedDataKey = Pick<DataKeyRow, 'id' | 'workspace_id' | 'master_key_id' | 'wrapped'>

const MOST_WORKSPACES = 1000
const ATTEMPTS = 10

export const dataKeyBinding = (key: Pick<DataKeyRow, 'id' | 'workspace_id'>) => ['data key', key.workspace_id, key.id]

export function createDataKeys(deps: {
  store: Store
  clock: Clock
  masterKey: MasterKey
  activeMasterKeyId: string
}): DataKeys {
  const { store, clock, masterKey } = deps
  const cache = createKeyCache(clock)
  const active = new Map<string, string>()
  let masterKeyId = deps.activeMasterKeyId

  const nameOf = (workspaceId: string, id: string) => `${workspaceId}/${id}`

  const withKey = async <T>(sealed: SealedDataKey, use: (key: SealingKey) => T): Promise<T> => {
    const name = nameOf(sealed.workspace_id, sealed.id)
    const known = cache.find(name)
    if (known) return use({ id: sealed.id, bytes: known })
    const bytes = await openDataKey(masterKey, sealed)
    cache.add(name, bytes)
    return use({ id: sealed.id, bytes })
  }

  /** Makes a workspace's data key, or finds the one that another server was faster to make. */
  const make = async (workspaceId: string): Promise<SealedDataKey> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // Taken once: a rotation may change it while the key is being sealed.
      const key = { id: newId('dk'), workspace_id: workspaceId, master_key_id: masterKeyId }
      const bytes = randomKey(KEY_BYTES)
      const wrapped = await masterKey.seal(key.master_key_id, dataKeyBinding(key), bytes)
      bytes.fill(0)
      const row: DataKeyRow = { ...key, state: 'active', wrapped, created_at: clock.now() }
      const made = await store.within({ workspaceId }, async (db) => {
        // Shared with others who make keys, excluding the moment at which a rotation retires the master key: no data
        // key is left behind under a master key that is about to be thrown away.
        await hold(db, 'master_key', 'shared')
        const now = await findActiveMasterKey(db)
        if (now && now.id !== row.master_key_id) return { otherMasterKey: now.id }
        // A workspace that is being deleted gets no new key, or its secrets would outlive it.
        if (workspaceId !== DEPLOYMENT && !(await holdWorkspace(db, workspaceId, 'share'))) {
          throw new Problem('workspace.not_found')
        }
        await addDataKey(db, row)
        return { key: await findActiveDataKey(db, workspaceId) }
      })
      if (made.otherMasterKey) masterKeyId = made.otherMasterKey
      if (made.key) return made.key
    }
    throw new Problem('vault.unavailable')
  }

  return {
    masterKeyId: () => masterKeyId,
    masterKeyChanged: (id) => {
      masterKeyId = id
    },
    withActive: async (workspaceId, use) => {
      const id = active.get(workspaceId)
      const known = id && cache.find(nameOf(workspaceId, id))
      if (known) return use({ id, bytes: known })
      return lookingAgain(async () => {
        const found = await store.within({ workspaceId }, (db) => findActiveDataKey(db, workspaceId))
        const key = found ?? (await make(workspaceId))
        return withKey(key, (opened) => {
          if (active.size >= MOST_WORKSPACES) active.clear()
          active.set(workspaceId, opened.id)
          return use(opened)
        })
      })
    },
    activeChanged: (workspaceId) => active.delete(workspaceId),
    with: withKey,
    forget: (workspaceId) => {
      active.delete(workspaceId)
      cache.deleteAll(nameOf(workspaceId, ''))
    },
    close: () => cache.close(),
  }
}

export async function openDataKey(masterKey: MasterKey, sealed: SealedDataKey): Promise<Buffer> {
  try {
    return await masterKey.open(sealed.master_key_id, dataKeyBinding(sealed), sealed.wrapped)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new Problem('vault.corrupt', { owner: `data key ${sealed.id} of ${sealed.workspace_id}` })
  }
}

/**
 * Reads and opens; if the master key has gone, again, until the same one is missing twice: between reading the row and
 * opening it, a rotation may have sealed the data key anew and thrown the old master key away.
 */
export async function lookingAgain<T>(look: () => Promise<T>): Promise<T> {
  for (let missing: unknown; ; ) {
    try {
      return await look()
    } catch (error) {
      if (!isProblem(error, 'vault.wrong_master_key') || error.values.expected === missing) throw error
      missing = error.values.expected
    }
  }
}
