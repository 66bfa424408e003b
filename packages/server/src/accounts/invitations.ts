import { actorId, type Caller, type Role } from '../actor.ts'
import { type Clock, DAY } from '../clock.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import {
  claimInvitation,
  createInvitation,
  findInvitation,
  findInvitationByToken,
  listInvitations,
  withdrawInvitations,
} from '../store/invitations.ts'
import { addMember, findMemberByEmail } from '../store/members.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { InvitationRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import { createUser, findUser, findUserByEmail } from '../store/users.ts'
import { getWorkspace } from '../store/workspaces.ts'
import type { AuditPort } from './audit-port.ts'
import type { Sessions } from './better-auth.ts'
import { isId, newPassword, readEmail, readName } from './entered.ts'
import { personOf, refuseMoreThan, workspaceOf } from './grants.ts'
import { type SignedIn, startSession } from './people.ts'
import { linkWith, tokenHash } from './presented.ts'

export interface Invitation {
  id: string
  email: string
  role: Role
  state: 'open' | 'accepted' | 'withdrawn' | 'expired'
  invitedBy: string
  createdAt: number
  expiresAt: number
}

export interface InvitationPreview {
  workspace: { id: string; name: string }
  email: string
  role: Role
  expiresAt: number
}

export interface AcceptInput {
  token: Secret
  /** For somebody who is new here. */
  person?: { name: string; password: Secret } | undefined
  userAgent?: string | undefined
}

export interface Invitations {
  /** Voids what was sent to the same address before. The token is shown this once. */
  create(
    caller: Caller,
    input: { email: string; role: Role },
  ): Promise<{ invitation: Invitation; token: Secret; link: Secret }>
  list(caller: Caller, page: PageRequest): Promise<Page<Invitation>>
  withdraw(caller: Caller, id: string): Promise<void>
  /** Public: the token is the proof. */
  inspect(token: Secret): Promise<InvitationPreview>
  /** By the signed-in person of that address, or by somebody new. */
  accept(caller: Caller, input: AcceptInput): Promise<SignedIn & { workspaceId: string; role: Role }>
}

export interface InvitationsDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  publicUrl: () => string
  sessions: () => Promise<Sessions>
}

const LIFETIME = 7 * DAY

export function createInvitations({ store, clock, audit, publicUrl, sessions }: InvitationsDeps): Invitations {
  /** The open invitation that a token names. Unknown, used and expired look the same: a guess learns nothing. */
  const findOpen = async (token: Secret): Promise<InvitationRow> => {
    const presentedHash = tokenHash('invite', token)
    if (!presentedHash) throw new Problem('invitation.not_valid')
    const row = await store.within({ presentedHash }, (db) => findInvitationByToken(db, presentedHash))
    if (!row || stateOf(row, clock.now()) !== 'open') throw new Problem('invitation.not_valid')
    return row
  }

  /** Takes the invitation for a person; of two at once one gets it. */
  const join = async (db: Db, { workspace_id, id, role }: InvitationRow, userId: string): Promise<void> => {
    const now = clock.now()
    if (!(await claimInvitation(db, workspace_id, id, now))) throw new Problem('invitation.not_valid')
    const added = await addMember(db, { workspace_id, user_id: userId, role, created_at: now })
    if (!added) throw new Problem('member.already')
  }
  const recordJoin = async (db: Db, caller: Caller, found: InvitationRow, userId: string): Promise<void> => {
    const { workspace_id: workspaceId, id, role } = found
    await audit.record(db, { event: 'invitation.accepted', workspaceId, caller, subject: id })
    await audit.record(db, { event: 'member.added', workspaceId, caller, subject: userId, detail: { role } })
  }

  return {
    create: async (caller, input) => {
      const workspaceId = workspaceOf(caller)
      const email = readEmail(input.email)
      refuseMoreThan(caller.actor, input.role)
      const { token, hash } = mintToken('invite')
      const now = clock.now()
      const row: InvitationRow = {
        id: newId('inv'),
        workspace_id: workspaceId,
        email,
        role: input.role,
        token_hash: hash,
        invited_by: actorId(caller.actor),
        created_at: now,
        expires_at: now + LIFETIME,
        accepted_at: null,
        withdrawn_at: null,
      }
      await store.within({ workspaceId }, async (db) => {
        if (await findMemberByEmail(db, workspaceId, email)) throw new Problem('member.already')
        const replaced = await withdrawInvitations(db, workspaceId, { email }, now)
        await createInvitation(db, row)
        for (const subject of replaced) {
          await audit.record(db, { event: 'invitation.withdrawn', workspaceId, caller, subject })
        }
        await audit.record(db, {
          event: 'invitation.created',
          workspaceId,
          caller,
          subject: row.id,
          detail: { email, role: row.role },
        })
      })
      const link = linkWith(`${publicUrl()}/invite`, token)
      return { invitation: present(row, now), token, link }
    },

    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      const found = await store.within({ workspaceId }, (db) => listInvitations(db, workspaceId, page))
      return { ...found, items: found.items.map((row) => present(row, clock.now())) }
    },

    withdraw: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      if (!isId(id)) throw new Problem('invitation.not_found')
      await store.within({ workspaceId }, async (db) => {
        const [withdrawn] = await withdrawInvitations(db, workspaceId, { id }, clock.now())
        if (withdrawn) {
          await audit.record(db, { event: 'invitation.withdrawn', workspaceId, caller, subject: id })
          return
        }
        const row = await findInvitation(db, workspaceId, id)
        if (!row) throw new Problem('invitation.not_found')
        if (row.accepted_at !== null) throw new Problem('invitation.not_valid')
      })
    },

    inspect: async (token) => {
      const { workspace_id: workspaceId, email, role, expires_at } = await findOpen(token)
      const { name } = await store.within({ workspaceId }, (db) => getWorkspace(db, workspaceId))
      return { workspace: { id: workspaceId, name }, email, role, expiresAt: expires_at }
    },

    accept: async (caller, input) => {
      const found = await findOpen(input.token)
      const { workspace_id: workspaceId, role } = found
      if (caller.actor.kind !== 'nobody') {
        const { userId } = personOf(caller)
        return store.within({ workspaceId }, async (db) => {
          const person = await findUser(db, userId)
          if (person?.email !== found.email) throw new Problem('invitation.other_person')
          await join(db, found, userId)
          await recordJoin(db, caller, found, userId)
          return { person, workspaceId, role, setCookie: [] }
        })
      }

      if (await store.within({}, (db) => findUserByEmail(db, found.email))) {
        throw new Problem('invitation.sign_in_first')
      }
      if (!input.person) throw new Problem('auth.required')
      const name = readName(input.person.name)
      const password = newPassword(input.person.password)
      const auth = await sessions()
      const passwordHash = await auth.hashPassword(password)
      return store.within({ workspaceId }, async (db) => {
        const person = await createUser(db, { name, email: found.email, passwordHash, now: clock.now() })
        if (!person) throw new Problem('invitation.sign_in_first')
        await join(db, found, person.id)
        const { setCookie, as } = await startSession(db, audit, auth, caller, person.id, input.userAgent)
        await recordJoin(db, as, found, person.id)
        return { person, workspaceId, role, setCookie }
      })
    },
  }
}

function stateOf(row: InvitationRow, now: number): Invitation['state'] {
  if (row.accepted_at !== null) return 'accepted'
  if (row.withdrawn_at !== null) return 'withdrawn'
  return row.expires_at > now ? 'open' : 'expired'
}

function present(row: InvitationRow, now: number): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    state: stateOf(row, now),
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
