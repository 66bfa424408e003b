import { DAY } from '../clock.ts'
import { deleteAttemptsBefore } from '../store/attempts.ts'
import { deleteExpiredCliLogins } from '../store/cli-logins.ts'
import { deleteExpiredDeviceLogins } from '../store/device-logins.ts'
import { deleteInvitationsExpiredBefore } from '../store/invitations.ts'
import type { Store } from '../store/store.ts'
import { deleteExpiredSessions, deleteExpiredVerifications } from '../store/users.ts'
import { ATTEMPT_WINDOW } from './attempts.ts'

/** How many rows of each kind were deleted. */
export interface Pruned {
  sessions: number
  cliLogins: number
  deviceLogins: number
  invitations: number
  attempts: number
  verifications: number
}

/** Deletes what has expired; an invitation stays listed for a month. Nothing relies on it: what is old is refused anyway. */
export function prune(store: Store, now: number): Promise<Pruned> {
  return store.sweep(async (db) => ({
    sessions: await deleteExpiredSessions(db, now),
    cliLogins: await deleteExpiredCliLogins(db, now),
    deviceLogins: await deleteExpiredDeviceLogins(db, now),
    invitations: await deleteInvitationsExpiredBefore(db, now - 30 * DAY),
    attempts: await deleteAttemptsBefore(db, now - ATTEMPT_WINDOW),
    verifications: await deleteExpiredVerifications(db, now),
  }))
}
