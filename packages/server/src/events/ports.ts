import type { Caller } from '../actor.ts'
import type { Secret } from '../secret.ts'
import type { Db } from '../store/store.ts'

/** What this room needs of the rooms beside it. */
interface SecretName {
  workspaceId: string
  ownerId: string
  field: string
  version: number
}

export interface SecretKeeper {
  put(ref: SecretName, value: Secret): Promise<void>
  get(ref: SecretName): Promise<Secret>
  delete(ref: SecretName): Promise<void>
  deleteOwner(workspaceId: string, ownerId: string): Promise<number>
}

export type AuditRecorder = (
  db: Db,
  entry: {
    event:
      | `webhook.${'created' | 'changed' | 'secret_rotated' | 'tested' | 'parked' | 'unparked' | 'deleted'}`
      | 'event.replayed'
    workspaceId: string
    caller: Caller
    subject?: string
    detail?: Record<string, unknown>
  },
) => Promise<void>
