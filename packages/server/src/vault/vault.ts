import type { Clock } from '../clock.ts'
import { randomKey } from '../crypto/random.ts'
import { KEY_BYTES, open, SealBroken, seal } from '../crypto/seal.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Secret } from '../secret.ts'
import { deleteDataKeys, holdWorkspace, lockDataKeys } from '../store/data-keys.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import { deleteSecretsOfWorkspace } from '../store/secrets.ts'
import type { Db, Store } from '../store/store.ts'
import { checkCanary, enrol } from './canary.ts'
import { createDataKeys, type DataKeys } from './data-keys.ts'
import type { SecretRef, VaultDriver } from './driver.ts'
import { createLocalDriver } from './drivers/local.ts'
import { createKeyCache } from './key-cache.ts'
import { type MasterKey, unwrapWith, type Wrapped, wrapWith } from './keys/master-key.ts'

export type { Owner, SecretRef, VaultDriver } from './driver.ts'
export { type MasterKey, unwrapWith, type Wrapped, wrapWith } from './keys/master-key.ts'
export { type MasterKeyConfig, openMasterKey } from './keys/open-master-key.ts'
export { createRotations, type Rotations } from './rotate.ts'

/**
 * Keeps secrets. Promises: what was put comes back unchanged or not at all; nothing readable reaches the database, its
 * log or a backup; a wrong master key is noticed before anything is written. Refuses: a value that was altered or moved
 * to another row (`vault.corrupt`), a second value for the same version. To lose a workspace's data key is to lose its
 * secrets, on purpose. Every method but `shred` begins transactions of its own: none may be called inside one.
 */
export interface Vault {
  readonly masterKey: { id: string; source: string; warning?: string }
  /** Once there, a version stays as it is: the same value again changes nothing, another is `vault.version_taken`. */
  put(ref: SecretRef, value: Secret): Promise<void>
  get(ref: SecretRef): Promise<Secret>
  delete(ref: SecretRef): Promise<void>
  /** Deletes all that an owner has; answers how many there were. */
  deleteOwner(workspaceId: string, ownerId: string): Promise<number>
  /** Seals a small value that another row keeps, bound to its workspace and purpose. Outlives rotations. */
  seal(workspaceId: string, purpose: readonly string[], plaintext: Uint8Array): Promise<Uint8Array>
  open(workspaceId: string, purpose: readonly string[], envelope: Uint8Array): Promise<Buffer>
  /** A random 32-byte key of the deployment, made once, kept sealed. */
  deploymentKey(name: string): Promise<Secret>
  /** Seals a key under the master key itself, for a backup. */
  wrap(purpose: string, key: Uint8Array): Promise<Wrapped>
  unwrap(purpose: string, wrapped: Wrapped): Promise<Buffer>
  /** Destroys a workspace's data keys within the transaction that deletes it; call `store.forget()` afterwards. */
  shred(db: Db, workspaceId: string): Promise<void>
  /** Whether a put and a get would be served now. */
  check(): Promise<void>
  /** Wipes the keys that memory holds. */
  close(): void
}

/** What the keeper of the vault also needs: its rotations. */
export interface OpenedVault extends Vault {
  readonly dataKeys: DataKeys
}

/** Keys that the vault keeps for a workspace, as secrets of its own, so that rotations reach them too. */
const OWN = 'vault'
const SMALL_VALUES = 'small values'

export async function openVault(deps: {
  store: Store
  clock: Clock
  log: Logger
  masterKey: MasterKey
}): Promise<OpenedVault> {
  const { store, clock, log, masterKey } = deps
  if (masterKey.warning) log.warn(masterKey.warning)
  const activeMasterKeyId = await enrol(deps)
  const dataKeys = createDataKeys({ store, clock, masterKey, activeMasterKeyId })
  const local = createLocalDriver({ store, clock, dataKeys })
  const driver: VaultDriver = local
  const ownKeys = createKeyCache(clock)

  const ownRef = (workspaceId: string, field: string): SecretRef => ({ workspaceId, ownerId: OWN, field, version: 1 })

  const ownKey = async (workspaceId: string, field: string): Promise<Secret> => {
    const ref = ownRef(workspaceId, field)
    const found = await local.find(ref)
    if (found) return found
    const bytes = randomKey(KEY_BYTES)
    const made = Secret.of(bytes)
    bytes.fill(0)
    if (await local.add(ref, made)) return made
    made.wipe()
    return local.get(ref)
  }

  const withSmallValueKey = async <T>(
    workspaceId: string,
    find: () => Promise<Secret>,
    use: (key: { id: string; bytes: Uint8Array }) => T,
  ): Promise<T> => {
    const known = ownKeys.find(workspaceId)
    if (known) return use({ id: SMALL_VALUES, bytes: known })
    const bytes = (await find()).revealBytes()
    ownKeys.add(workspaceId, bytes)
    return use({ id: SMALL_VALUES, bytes })
  }
  const smallValueBinding = (workspaceId: string, purpose: readonly string[]) => [
    'small value',
    workspaceId,
    ...purpose,
  ]

  return {
    dataKeys,
    get masterKey() {
      const { source, warning } = masterKey
      return { id: dataKeys.masterKeyId(), source, ...(warning ? { warning } : {}) }
    },
    put: (ref, value) => driver.put(ref, value),
    get: (ref) => driver.get(ref),
    delete: async (ref) => {
      await driver.delete(ref)
    },
    deleteOwner: (workspaceId, ownerId) => driver.delete({ workspaceId, ownerId }),

    seal: (workspaceId, purpose, plaintext) =>
      withSmallValueKey(
        workspaceId,
        () => ownKey(workspaceId, SMALL_VALUES),
        (key) => seal(key, smallValueBinding(workspaceId, purpose), plaintext),
      ),
    open: async (workspaceId, purpose, envelope) => {
      const owner = `the sealed value ${purpose.join(' ')}`
      const find = async () => {
        const key = await local.find(ownRef(workspaceId, SMALL_VALUES))
        if (!key) throw new Problem('vault.corrupt', { owner })
        return key
      }
      return withSmallValueKey(workspaceId, find, (key) => {
        try {
          return open(key, smallValueBinding(workspaceId, purpose), envelope)
        } catch (error) {
          if (!(error instanceof SealBroken)) throw error
          throw new Problem('vault.corrupt', { owner })
        }
      })
    },
    deploymentKey: (name) => ownKey(DEPLOYMENT, name),

    wrap: (purpose, key) => wrapWith(masterKey, dataKeys.masterKeyId(), purpose, key),
    unwrap: (purpose, wrapped) => unwrapWith(masterKey, purpose, wrapped),

    shred: async (db, workspaceId) => {
      // In this order: no key can be made any more, no secret is being put, and then nothing is left.
      await holdWorkspace(db, workspaceId, 'update')
      await lockDataKeys(db, workspaceId)
      await deleteSecretsOfWorkspace(db, workspaceId)
      await deleteDataKeys(db, workspaceId)
      dataKeys.forget(workspaceId)
      ownKeys.delete(workspaceId)
    },
    check: async () => {
      dataKeys.masterKeyChanged(await checkCanary(deps))
      await driver.check()
    },
    close: () => {
      ownKeys.close()
      dataKeys.close()
    },
  }
}
