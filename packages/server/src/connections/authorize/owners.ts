import { type Actor, actorId, type Caller } from '../../actor.ts'
import { Problem } from '../../errors.ts'
import { findConnectSession } from '../../store/connect-sessions.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import { isOwner, workspaceOf } from '../access.ts'
import { creatorNow, memberNow, signedIn } from '../connect-actors.ts'
import type { House } from '../house.ts'

/** Whose a flow is, as they stand today: looked up anew each time, since they may have lost what they had. */
export interface Owners {
  /** Of one that is completed in a browser. Throws unless it is theirs who is signed in there. */
  inBrowser(flow: OauthFlowRow, caller: Caller): Promise<Actor>
  /** Whether this caller began it. */
  began(flow: OauthFlowRow, caller: Caller): boolean
}

export function createOwners({ store, clock }: House): Owners {
  async function ofPage(flow: OauthFlowRow, caller: Caller): Promise<Actor> {
    const { workspace_id: workspaceId, session_id } = flow
    return store.within({ workspaceId }, async (db) => {
      const session = await findConnectSession(db, workspaceId, session_id!)
      if (!session || session.expires_at <= clock.now()) throw new Problem('connect.link_not_valid')
      if (session.state !== 'open') throw new Problem('connect.not_open')
      const creator = await creatorNow(db, session, clock)
      if (!creator) throw new Problem('connect.link_not_valid')
      if (session.member_id === null) return creator
      const person = signedIn(caller)
      if (person?.userId !== session.member_id) throw new Problem('connect.other_person')
      return memberNow(db, workspaceId, person)
    })
  }

  return {
    inBrowser: async (flow, caller) => {
      if (flow.session_id !== null) return ofPage(flow, caller)
      const person = signedIn(caller)
      const { workspace_id: workspaceId, owner_kind, owner_id } = flow
      // Whoever owns the data folder is nobody in a browser; the operators whom they made are.
      if (owner_kind === 'operator' && person?.operator) return { kind: 'operator', workspaceId }
      if (!person || owner_kind !== 'person' || person.userId !== owner_id) throw new Problem('flow.other_person')
      return store.within({ workspaceId }, (db) => memberNow(db, workspaceId, person))
    },
    began: (flow, caller) =>
      flow.session_id === null &&
      flow.workspace_id === workspaceOf(caller) &&
      isOwner(caller, flow) &&
      flow.owner_id === actorId(caller.actor),
  }
}
