import { actorId, type Caller } from '../actor.ts'
import { MINUTE, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { findMember } from '../store/members.ts'
import type { ConnectSessionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { workspaceOf } from './access.ts'
import { creatorOf } from './connect-actors.ts'
import { readLabel } from './entered.ts'
import type { House } from './house.ts'
import { readReturnTo, webOrigin } from './return-addresses.ts'

/** What somebody asks for who makes a link. */
export interface NewConnectSession {
  /** A member of the workspace, or a user of an embedding product, under the product's own name for them. Neither: the caller. */
  member?: string | undefined
  endUser?: string | undefined
  /** Ids; absent: whatever the workspace has. */
  services?: readonly string[] | undefined
  product?: string | undefined
  skills?: readonly string[] | undefined
  name?: string | undefined
  visibility?: ConnectSessionRow['visibility'] | undefined
  returnTo?: { address: string; by?: 'redirect' | 'message' | undefined; state?: string | undefined } | undefined
  theme?: Theme | undefined
  expiresInSeconds?: number | undefined
}

/** What a product may change of the page: its lightness, one colour, its corners. No picture, and nothing that hides what is asked. */
export interface Theme {
  mode?: 'auto' | 'light' | 'dark' | undefined
  accent?: string | undefined
  corners?: 'round' | 'sharp' | undefined
}

const LIFETIME = 15 * MINUTE

export type Draft = Omit<ConnectSessionRow, 'token_hash'>

/** Refuses what cannot be asked for; what it gives is the row of a link that nobody has opened yet. */
export async function readNewSession(
  house: House,
  caller: Caller,
  input: NewConnectSession,
): Promise<(db: Db) => Promise<Draft>> {
  const workspaceId = workspaceOf(caller)
  const { services, skills = [], product, name, returnTo, visibility = 'private' } = input
  const whom = forWhom(caller, input)
  const forMember = whom.member_id !== null
  // A service that is not there would be found out by the person who opens the link.
  for (const id of services ?? []) await house.services.get(workspaceId, id)
  if (!forMember && !returnTo) {
    throw invalid('returnTo', 'is needed for a user of yours: the completion code comes back through it')
  }
  const now = house.clock.now()
  const draft: Omit<Draft, 'return_address' | 'return_by'> = {
    id: newId('cs'),
    workspace_id: workspaceId,
    creator: creatorOf(caller),
    creator_id: actorId(caller.actor),
    ...whom,
    services: services ? JSON.stringify([...new Set(services)]) : null,
    product: product === undefined ? null : readLabel(product, 'product', 80),
    skills: JSON.stringify(skills.map((skill, at) => readLabel(skill, `skills.${at}`, 80))),
    name: name === undefined ? null : readLabel(name, 'name'),
    visibility,
    return_state: returnTo?.state ?? null,
    theme: JSON.stringify(input.theme ?? {}),
    state: 'open',
    browser_hash: null,
    busy_until: null,
    connection_id: null,
    result: null,
    code_hash: null,
    created_at: now,
    opened_at: null,
    finished_at: null,
    expires_at: now + (input.expiresInSeconds === undefined ? LIFETIME : input.expiresInSeconds * SECOND),
  }
  return async (db) => {
    if (whom.member_id && !(await findMember(db, workspaceId, whom.member_id))) throw new Problem('member.not_found')
    if (!returnTo) return { ...draft, return_address: null, return_by: null }
    const address = await readReturnTo(db, workspaceId, returnTo.address, forMember)
    const by = returnTo.by ?? 'redirect'
    if (by === 'message' && !webOrigin(address))
      throw invalid('returnTo.by', 'must be "redirect": an app receives no messages')
    return { ...draft, return_address: address, return_by: by }
  }
}

function forWhom({ actor }: Caller, { member, endUser }: NewConnectSession): Pick<Draft, 'member_id' | 'end_user'> {
  if (member !== undefined && endUser !== undefined) throw invalid('endUser', 'cannot be given together with "member"')
  if (endUser !== undefined) return { member_id: null, end_user: endUser }
  const member_id = member ?? (actor.kind === 'person' ? actor.userId : undefined)
  if (member_id === undefined) throw invalid('endUser', 'or "member" must say whom the link is for')
  return { member_id, end_user: null }
}

function invalid(field: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path: `body.${field}`, message }] })
}
