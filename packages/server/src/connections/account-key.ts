import { type MacKey, macKey } from '../crypto/mac.ts'
import type { Secrets } from '../inject/values.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * How the same account is noticed without its name, or anything that could be guessed from it, being searched for. Where the service says
 * nothing about the account, the credential itself tells it: under a key, so that the hash proves nothing to whoever reads the database.
 */
export interface AccountKeys {
  ofAccount(row: Pick<ConnectionRow, 'workspace_id' | 'provider'>, account: string): string
  ofCredential(row: Pick<ConnectionRow, 'workspace_id' | 'provider'>, secrets: Secrets): string
}

export async function createAccountKeys(vault: Pick<Vault, 'deploymentKey'>): Promise<AccountKeys> {
  const key: MacKey = macKey(await vault.deploymentKey('accounts of connections'), 'account')
  const sign = (
    kind: string,
    { workspace_id, provider }: Pick<ConnectionRow, 'workspace_id' | 'provider'>,
    parts: (string | Uint8Array)[],
  ) => key.sign([kind, workspace_id, provider, ...parts]).toString('base64url')
  return {
    ofAccount: (row, account) => sign('account', row, [account]),
    ofCredential: (row, secrets) =>
      sign(
        'credential',
        row,
        Object.entries(secrets)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([name, secret]) => (secret ? [name, secret.revealBytes()] : [])),
      ),
  }
}
