import type { Secret } from '../secret.ts'

/** The owner of secrets: a connection, an OAuth app. */
export interface Owner {
  workspaceId: string
  ownerId: string
}

/** The name of one secret. A version is written once: a new value is a new version. */
export interface SecretRef extends Owner {
  field: string
  version: number
}

/**
 * What a backend must do. Each failure is one of three: `vault.unavailable` (nothing changed, try again), `vault.refused`
 * (the operator must mend something), `vault.corrupt` (stop: what is there is not what was put). `vault.not_found` is
 * said only when the backend itself says so: never after a timeout, a refusal or a value that does not open.
 */
export interface VaultDriver {
  /** Putting the same value again changes nothing; another value under the same name is `vault.version_taken`. */
  put(ref: SecretRef, value: Secret): Promise<void>
  get(ref: SecretRef): Promise<Secret>
  /** Deletes one version, or all that an owner has. Answers how many there were: none is no error. */
  delete(what: SecretRef | Owner): Promise<number>
  /** Throws unless the backend would serve a put and a get now. */
  check(): Promise<void>
}
