import type { Caller } from '../actor.ts'
import type { Db } from '../store/store.ts'

type AccountsEvent =
  | `workspace.${'created' | 'renamed' | 'deleted'}`
  | `member.${'added' | 'role_changed' | 'removed'}`
  | `invitation.${'created' | 'withdrawn' | 'accepted'}`
  | `key.${'created' | 'revoked'}`
  | `session.${'started' | 'refused' | 'ended'}`
  | `login.${'approved' | 'denied' | 'ended'}`
  | 'operator.added'
  | 'password.changed'

/** What this room needs of the audit trail, which stands beside it. */
export interface AuditEntry {
  event: AccountsEvent
  workspaceId: string
  caller: Caller
  subject?: string
  detail?: Record<string, unknown>
  risk?: 'low' | 'high'
}

export interface AuditPort {
  /**
   * Files a record in the transaction of the change. Always the last of it: the chain is held until the commit, and
   * whoever then waited for a row could wait for somebody who waits for the chain.
   */
  record: (db: Db, entry: AuditEntry) => Promise<void>
}

/** The caller as the person they turned out to be. */
export function asPerson(caller: Caller, userId: string, loginId: string): Caller {
  return { ...caller, actor: { kind: 'person', userId, loginId, operator: false } }
}
