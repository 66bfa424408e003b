import { deleteCliLogin, deleteOtherCliLogins } from '../store/cli-logins.ts'
import type { Db } from '../store/store.ts'
import { deleteOtherSessions, deleteSession } from '../store/users.ts'
import { isId } from './entered.ts'

/** Ends a browser session or command-line login of this person; false when there is none. */
export async function endLogin(db: Db, userId: string, loginId: string): Promise<boolean> {
  if (!isId(loginId)) return false
  return (await deleteSession(db, userId, loginId)) || (await deleteCliLogin(db, userId, loginId))
}

export async function endOtherLogins(db: Db, userId: string, keepId: string): Promise<string[]> {
  return [...(await deleteOtherSessions(db, userId, keepId)), ...(await deleteOtherCliLogins(db, userId, keepId))]
}
