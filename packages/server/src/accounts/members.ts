import type { Caller, Role } from '../actor.ts'
import { Problem } from '../errors.ts'
import { findMember, hasOtherAdmin, listMembers, type MemberRecord, removeMember, setRole } from '../store/members.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Db, Store } from '../store/store.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import type { AuditPort } from './audit-port.ts'
import { isId } from './entered.ts'
import { personOf, refuseMoreThan, workspaceOf } from './grants.ts'

export type Member = MemberRecord

export interface Members {
  list(caller: Caller, page: PageRequest): Promise<Page<Member>>
  changeRole(caller: Caller, userId: string, role: Role): Promise<Member>
  remove(caller: Caller, userId: string): Promise<Offboarded>
  /** For whoever is signed in: out of the workspace of the request. */
  leave(caller: Caller): Promise<Offboarded>
}

/** What became of what somebody had. */
export interface Offboarded {
  connections: { deleted: number; handedOver: number }
}

/** Runs in the transaction that removes a member or revokes a key: what is theirs ends or is handed over there. */
export type OnOwnerGone = (
  db: Db,
  workspaceId: string,
  ownerId: string,
  caller: Caller,
) => Promise<Offboarded['connections']>

export const leavesNothing: OnOwnerGone = async () => ({ deleted: 0, handedOver: 0 })

/** Who belongs to a workspace. A workspace keeps at least one administrator, whoever removes whom at the same time. */
export function createMembers({
  store,
  audit,
  onMemberRemoved = leavesNothing,
}: {
  store: Store
  audit: AuditPort
  onMemberRemoved?: OnOwnerGone | undefined
}): Members {
  const change = <T>(caller: Caller, userId: string, work: (db: Db, member: Member) => Promise<T>): Promise<T> => {
    const workspaceId = workspaceOf(caller)
    if (!isId(userId)) throw new Problem('member.not_found')
    return store.within({ workspaceId }, async (db) => {
      // Two administrators who remove each other at once: the second waits, and finds that they are the last.
      await lockWorkspace(db, workspaceId)
      const member = await findMember(db, workspaceId, userId)
      if (!member) throw new Problem('member.not_found')
      return work(db, member)
    })
  }
  const keepAnAdmin = async (db: Db, workspaceId: string, member: Member) => {
    if (member.role === 'admin' && !(await hasOtherAdmin(db, workspaceId, member.userId))) {
      throw new Problem('member.last_admin')
    }
  }

  const remove: Members['remove'] = async (caller, userId) =>
    change(caller, userId, async (db, member) => {
      const workspaceId = workspaceOf(caller)
      await keepAnAdmin(db, workspaceId, member)
      await removeMember(db, workspaceId, userId)
      const connections = await onMemberRemoved(db, workspaceId, userId, caller)
      await audit.record(db, {
        event: 'member.removed',
        workspaceId,
        caller,
        subject: userId,
        risk: 'high',
        detail: { role: member.role, connections },
      })
      return { connections }
    })

  return {
    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, (db) => listMembers(db, workspaceId, page))
    },

    changeRole: async (caller, userId, role) => {
      refuseMoreThan(caller.actor, role)
      return change(caller, userId, async (db, member) => {
        if (member.role === role) return member
        const workspaceId = workspaceOf(caller)
        if (role !== 'admin') await keepAnAdmin(db, workspaceId, member)
        await setRole(db, workspaceId, userId, role)
        await audit.record(db, {
          event: 'member.role_changed',
          workspaceId,
          caller,
          subject: userId,
          risk: 'high',
          detail: { from: member.role, to: role },
        })
        return { ...member, role }
      })
    },

    remove,
    leave: async (caller) => remove(caller, personOf(caller).userId),
  }
}
