import { packed, unpacked } from '../crypto/bundle.ts'
import { isProblem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { findOauthApp, type OauthAppRecord } from '../store/oauth-apps.ts'
import type { Store } from '../store/store.ts'
import type { SecretRef } from '../vault/vault.ts'
import type { AppSecrets } from './entered.ts'
import type { SecretKeeper } from './ports.ts'

/** The secrets of an app: one value of the vault a version, put before the row names it. */
export interface Keep {
  put(of: AppName, version: number, secrets: AppSecrets): Promise<void>
  /** As the row has them; undefined when it has been removed meanwhile. */
  get(app: OauthAppRecord): Promise<{ app: OauthAppRecord; secrets: AppSecrets } | undefined>
  /** Versions from one up to, and without, another. */
  drop(of: AppName, from: number, to: number): Promise<void>
  dropAll(of: AppName): Promise<void>
}

export type AppName = Pick<OauthAppRecord, 'id' | 'workspace_id'>

const CLIENT = 'client'
const ATTEMPTS = 3

export function createKeep({ store, vault }: { store: Store; vault: SecretKeeper }): Keep {
  const refOf = ({ workspace_id, id }: AppName, version: number): SecretRef => ({
    workspaceId: workspace_id,
    ownerId: id,
    field: CLIENT,
    version,
  })

  async function opened(app: OauthAppRecord): Promise<AppSecrets> {
    const bundle = await vault.get(refOf(app, app.secret_version))
    try {
      return unpacked(bundle, app.id)
    } finally {
      bundle.wipe()
    }
  }

  return {
    put: async (of, version, secrets) => {
      const bundle: Secret = packed(secrets)
      try {
        await vault.put(refOf(of, version), bundle)
      } finally {
        bundle.wipe()
      }
    },
    get: async (given) => {
      let app = given
      for (let attempt = 1; ; attempt++) {
        try {
          return { app, secrets: await opened(app) }
        } catch (error) {
          // Replaced between the row and the vault: the row knows the new one by now.
          if (!isProblem(error, 'vault.not_found') || attempt === ATTEMPTS) throw error
          const { workspace_id: workspaceId, id } = app
          const now = await store.within({ workspaceId }, (db) => findOauthApp(db, workspaceId, id))
          if (!now) return undefined
          if (now.secret_version === app.secret_version) throw error
          app = now
        }
      }
    },
    drop: async (of, from, to) => {
      for (let version = Math.max(1, from); version < to; version++) await vault.delete(refOf(of, version))
    },
    dropAll: async ({ workspace_id, id }) => {
      await vault.deleteOwner(workspace_id, id)
    },
  }
}
