import { packed, unpacked } from '../crypto/bundle.ts'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import type { Secret } from '../secret.ts'
import { beginCredential } from '../store/connections.ts'
import type { Store } from '../store/store.ts'
import type { SecretRef, Vault } from '../vault/vault.ts'

/** Credentials in the vault: one value a version, put before the row says that it is there, and gone when the row no longer does. */
export interface Keep {
  /** Puts a new version, which the row does not name yet. Answers its number: the one that was begun for it, or a new one. */
  put(workspaceId: string, connectionId: string, secrets: Fields, access?: Fields, how?: Putting): Promise<number>
  get(workspaceId: string, connectionId: string, version: number): Promise<Secrets>
  /** What is short-lived beside it: nothing once it was destroyed. */
  access(workspaceId: string, connectionId: string, version: number): Promise<Secrets>
  dropAccess(workspaceId: string, connectionId: string, version: number): Promise<void>
  /** What no row names: the versions from one up to, and without, another. */
  drop(workspaceId: string, connectionId: string, from: number, to: number): Promise<void>
  dropAll(workspaceId: string, connectionId: string): Promise<void>
}

export interface Putting {
  begun?: number
  /** What is short-lived is all that there is: it is written down wherever access tokens are kept. */
  isOnlyCopy?: boolean
}

type Fields = Readonly<Record<string, Secret>>

const LASTING = 'credential'
const ACCESS = 'access'
/** In memory at most so many; the oldest goes first, and is bought again when it is wanted. */
const MOST_REMEMBERED = 50_000

/** `memory`: access tokens that can be bought again are never written down, for a single server. */
export function createKeep({
  store,
  vault,
  accessTokens = 'sealed',
}: {
  store: Store
  vault: Vault
  accessTokens?: 'sealed' | 'memory'
}): Keep {
  const remembered = new Map<string, { version: number; access: Fields }>()

  async function write(ref: SecretRef, fields: Fields): Promise<void> {
    const bundle = packed(fields)
    try {
      await vault.put(ref, bundle)
    } finally {
      bundle.wipe()
    }
  }

  async function read(ref: SecretRef): Promise<Secrets> {
    const bundle = await vault.get(ref)
    try {
      return unpacked(bundle, ref.ownerId)
    } finally {
      bundle.wipe()
    }
  }

  function remember(ownerId: string, version: number, access: Fields): void {
    remembered.delete(ownerId)
    remembered.set(ownerId, { version, access })
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  }

  return {
    put: async (workspaceId, ownerId, secrets, access = {}, { begun, isOnlyCopy = false } = {}) => {
      const version = begun ?? (await store.within({ workspaceId }, (db) => beginCredential(db, workspaceId, ownerId)))
      const hasAccess = Object.keys(access).length > 0
      // The lasting part last: where it stands, all of its version does.
      const isSealed = accessTokens === 'sealed' || isOnlyCopy
      if (hasAccess && isSealed) await write({ workspaceId, ownerId, field: ACCESS, version }, access)
      await write({ workspaceId, ownerId, field: LASTING, version }, secrets)
      if (hasAccess && !isSealed) remember(ownerId, version, access)
      return version
    },
    get: (workspaceId, ownerId, version) => read({ workspaceId, ownerId, field: LASTING, version }),
    access: async (workspaceId, ownerId, version) => {
      if (accessTokens === 'memory') {
        const found = remembered.get(ownerId)
        if (found?.version === version) return found.access
      }
      try {
        return await read({ workspaceId, ownerId, field: ACCESS, version })
      } catch (error) {
        if (error instanceof Problem && error.code === 'vault.not_found') return {}
        throw error
      }
    },
    dropAccess: async (workspaceId, ownerId, version) => {
      if (remembered.get(ownerId)?.version === version) remembered.delete(ownerId)
      await vault.delete({ workspaceId, ownerId, field: ACCESS, version })
    },
    drop: async (workspaceId, ownerId, from, to) => {
      for (let version = Math.max(1, from); version < to; version++) {
        await vault.delete({ workspaceId, ownerId, field: LASTING, version })
        await vault.delete({ workspaceId, ownerId, field: ACCESS, version })
      }
    },
    dropAll: async (workspaceId, ownerId) => {
      remembered.delete(ownerId)
      await vault.deleteOwner(workspaceId, ownerId)
    },
  }
}
