import type { Clock } from '../clock.ts'
import type { Db, Store } from '../store/store.ts'
import type { DataKeys } from './data-keys.ts'
import type { MasterKey } from './keys/master-key.ts'

/** One rotation as this server carries it out: what both kinds are given. */
export interface Run {
  readonly id: string
  /** How many keys or secrets one transaction may hold up. */
  readonly batch: number
  readonly store: Store
  readonly dataKeys: DataKeys
  readonly masterKey: MasterKey
  readonly clock: Clock
  /** A transaction that notes its progress; nothing of it happens once another server has taken over. */
  step(name: string, work: (db: Db) => Promise<number>, target?: string): Promise<void>
  after(step: string): void
  /** Something does not open. What it needs is kept, and the rotation ends as failed. */
  broken(what: string, error: unknown): void
}

/** On PostgreSQL other servers have the keyring too, and only the operator can change it everywhere. */
export async function mayChangeKeyring(deps: { store: Store; masterKey: MasterKey }): Promise<boolean> {
  return deps.store.dialect === 'sqlite' && (await deps.masterKey.changeable())
}
