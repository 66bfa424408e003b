import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import type { WebhookRecord } from '../store/webhooks.ts'
import type { SecretKeeper } from './ports.ts'

/** The secrets that webhooks sign with: in the vault, a version each. The row says which of them are valid. */
export interface SigningSecrets {
  /** The one that signs, and while it is still valid the one before. */
  of(webhook: WebhookRecord): Promise<Secret[]>
  put(webhook: Name, version: number, secret: Secret): Promise<void>
  /** What cannot be deleted is left behind, sealed, and said in the log. */
  drop(webhook: Name, version: number): Promise<void>
  /** All that a webhook has. */
  forget(webhook: Name): Promise<void>
}

type Name = Pick<WebhookRecord, 'workspace_id' | 'id'>

export function createSigningSecrets(deps: { vault: SecretKeeper; clock: Clock; log: Logger }): SigningSecrets {
  const { vault, clock, log } = deps
  const ref = ({ workspace_id, id }: Name, version: number) => ({
    workspaceId: workspace_id,
    ownerId: id,
    field: 'signing',
    version,
  })
  const notDeleted = (error: unknown) => log.warn('a signing secret that is not needed could not be deleted', { error })

  return {
    of: (webhook) => {
      const { secret_version, previous_version, previous_until } = webhook
      const stillValid = previous_version !== null && (previous_until ?? 0) > clock.now() ? [previous_version] : []
      return Promise.all([secret_version, ...stillValid].map((version) => vault.get(ref(webhook, version))))
    },
    put: (webhook, version, secret) => vault.put(ref(webhook, version), secret),
    drop: async (webhook, version) => {
      await vault.delete(ref(webhook, version)).catch(notDeleted)
    },
    forget: async ({ workspace_id, id }) => {
      await vault.deleteOwner(workspace_id, id).catch(notDeleted)
    },
  }
}
