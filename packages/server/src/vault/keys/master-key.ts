import { SealBroken } from '../../crypto/seal.ts'
import { Problem } from '../../errors.ts'

/**
 * Where the master key is, and what it does. The key itself is never handed out, so that a KMS, which keeps its key, can
 * stand here too. Everything sealed names its key by id.
 */
export interface MasterKey {
  /** In words: `the key file …/master.key`, `the keychain`. */
  readonly source: string
  /** What an operator should know about keeping the key there. */
  readonly warning?: string
  /** Before anything is written: refuses a vault whose active master key is not at hand. Given to `openStore`. */
  preflight(activeMasterKeyId: string | undefined): Promise<void>
  /** The keys at hand, the current one first; `afresh` looks where they come from, for keys that an operator has added. */
  ids(how?: 'afresh'): Promise<readonly string[]>
  /** Makes the very first key. To be called only when the vault holds nothing. */
  create(): Promise<string>
  seal(id: string, boundTo: readonly string[], plaintext: Uint8Array): Promise<Uint8Array>
  /** Throws `vault.wrong_master_key` when there is no such key here, and `SealBroken` when it does not fit. */
  open(id: string, boundTo: readonly string[], envelope: Uint8Array): Promise<Buffer>
  /** Whether Cardea can change the keyring, or only the operator. */
  changeable(): Promise<boolean>
  /** Puts a new key first and keeps the others. */
  grow(): Promise<string>
  /** Forgets every key but this. */
  keepOnly(id: string): Promise<void>
  /** Wipes what memory holds. */
  close(): void
}

/** A key sealed under a master key. */
export interface Wrapped {
  masterKeyId: string
  wrapped: Uint8Array
}

const wrapBinding = (purpose: string) => ['wrapped key', purpose]

export async function wrapWith(
  masterKey: MasterKey,
  masterKeyId: string,
  purpose: string,
  key: Uint8Array,
): Promise<Wrapped> {
  return { masterKeyId, wrapped: await masterKey.seal(masterKeyId, wrapBinding(purpose), key) }
}

/** Needs no vault: a backup is opened before there is one. */
export async function unwrapWith(masterKey: MasterKey, purpose: string, wrapped: Wrapped): Promise<Buffer> {
  try {
    return await masterKey.open(wrapped.masterKeyId, wrapBinding(purpose), wrapped.wrapped)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new Problem('vault.corrupt', { owner: `the ${purpose} key` })
  }
}
