import type { Secrets } from '../inject/values.ts'
import type { Secret } from '../secret.ts'
import { beginCredential } from '../store/connections.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'
import { packed, unpacked } from './bundle.ts'

/** Credentials in the vault: one value a version, put before the row says that it is there, and gone when the row no longer does. */
export interface Keep {
  /** Puts a new version, which the row does not name yet. Answers its number. */
  put(workspaceId: string, connectionId: string, secrets: Readonly<Record<string, Secret>>): Promise<number>
  get(workspaceId: string, connectionId: string, version: number): Promise<Secrets>
  /** What no row names: the versions from one up to, and without, another. */
  drop(workspaceId: string, connectionId: string, from: number, to: number): Promise<void>
  dropAll(workspaceId: string, connectionId: string): Promise<void>
}

const FIELD = 'credential'

export function createKeep({ store, vault }: { store: Store; vault: Vault }): Keep {
  return {
    put: async (workspaceId, ownerId, secrets) => {
      const version = await store.within({ workspaceId }, (db) => beginCredential(db, workspaceId, ownerId))
      const bundle = packed(secrets)
      try {
        await vault.put({ workspaceId, ownerId, field: FIELD, version }, bundle)
      } finally {
        bundle.wipe()
      }
      return version
    },
    get: async (workspaceId, ownerId, version) => {
      const bundle = await vault.get({ workspaceId, ownerId, field: FIELD, version })
      try {
        return unpacked(bundle, ownerId)
      } finally {
        bundle.wipe()
      }
    },
    drop: async (workspaceId, ownerId, from, to) => {
      for (let version = Math.max(1, from); version < to; version++) {
        await vault.delete({ workspaceId, ownerId, field: FIELD, version })
      }
    },
    dropAll: async (workspaceId, ownerId) => {
      await vault.deleteOwner(workspaceId, ownerId)
    },
  }
}
