import type { Clock } from '../../clock.ts'
import { equalBytes } from '../../crypto/equal.ts'
import { open, SealBroken, seal } from '../../crypto/seal.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { holdActiveDataKey } from '../../store/data-keys.ts'
import { addSecret, deleteSecret, deleteSecretsOfOwner, findSecret } from '../../store/secrets.ts'
import type { Store } from '../../store/store.ts'
import { type DataKeys, lookingAgain } from '../data-keys.ts'
import type { SecretRef, VaultDriver } from '../driver.ts'

/** Secrets in our own database, each sealed with its workspace's data key and bound to the row that it lies in. */
export interface LocalDriver extends VaultDriver {
  /** Puts what is not there yet; answers whether it was this call that did. */
  add(ref: SecretRef, value: Secret): Promise<boolean>
  find(ref: SecretRef): Promise<Secret | undefined>
}

const ATTEMPTS = 10

export const secretBinding = (ref: SecretRef) => [
  'secret',
  ref.workspaceId,
  ref.ownerId,
  ref.field,
  String(ref.version),
]

export function createLocalDriver(deps: { store: Store; clock: Clock; dataKeys: DataKeys }): LocalDriver {
  const { store, clock, dataKeys } = deps

  const add = async (ref: SecretRef, value: Secret): Promise<boolean> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const sealed = await dataKeys.withActive(ref.workspaceId, (key) => ({
        dataKeyId: key.id,
        envelope: seal(key, secretBinding(ref), value.revealBytes()),
      }))
      const outcome = await store.within({ workspaceId: ref.workspaceId }, async (db) => {
        // Held to the end of the transaction: a rotation cannot pass by this row, nor a deletion leave it behind.
        if (!(await holdActiveDataKey(db, ref.workspaceId, sealed.dataKeyId))) return 'retired'
        const added = await addSecret(db, {
          workspace_id: ref.workspaceId,
          owner_id: ref.ownerId,
          field: ref.field,
          version: ref.version,
          data_key_id: sealed.dataKeyId,
          sealed: sealed.envelope,
          created_at: clock.now(),
        })
        return added ? 'added' : 'present'
      })
      if (outcome !== 'retired') return outcome === 'added'
      dataKeys.activeChanged(ref.workspaceId)
    }
    throw new Problem('vault.unavailable')
  }

  const find = (ref: SecretRef): Promise<Secret | undefined> =>
    lookingAgain(async () => {
      const row = await store.within({ workspaceId: ref.workspaceId }, (db) => findSecret(db, ref))
      if (!row) return undefined
      const { master_key_id, wrapped } = row
      if (!master_key_id || !wrapped) throw corrupt(ref)
      const key = { id: row.data_key_id, workspace_id: ref.workspaceId, master_key_id, wrapped }
      return dataKeys.with(key, (opened) => {
        const plaintext = openOrRefuse(() => open(opened, secretBinding(ref), row.sealed), ref)
        const value = Secret.of(plaintext)
        plaintext.fill(0)
        return value
      })
    })

  const get = async (ref: SecretRef): Promise<Secret> => {
    const value = await find(ref)
    if (!value) throw new Problem('vault.not_found', { owner: ref.ownerId })
    return value
  }

  return {
    add,
    find,
    get,
    put: async (ref, value) => {
      if (await add(ref, value)) return
      const present = await get(ref)
      const same = equalBytes(present.revealBytes(), value.revealBytes())
      present.wipe()
      if (!same) throw new Problem('vault.version_taken', { owner: ref.ownerId })
    },
    delete: (what) =>
      store.within({ workspaceId: what.workspaceId }, (db) =>
        'field' in what ? deleteSecret(db, what) : deleteSecretsOfOwner(db, what.workspaceId, what.ownerId),
      ),
    check: () => store.check(),
  }
}

function openOrRefuse<T>(opening: () => T, ref: SecretRef): T {
  try {
    return opening()
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw corrupt(ref)
  }
}

function corrupt({ ownerId, field, version }: SecretRef): Problem {
  return new Problem('vault.corrupt', { owner: ownerId, field, version })
}
