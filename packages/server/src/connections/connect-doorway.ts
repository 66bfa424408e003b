import type { Actor, Caller, Person } from '../actor.ts'
import { equalBytes } from '../crypto/equal.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { findConnectSessionByToken } from '../store/connect-sessions.ts'
import type { ConnectSessionRow } from '../store/schema.ts'
import { findWorkspace } from '../store/workspaces.ts'
import { creatorNow, memberNow, signedIn } from './connect-actors.ts'
import type { Theme } from './connect-input.ts'
import { formProof, presentedHash } from './connect-tokens.ts'
import type { House } from './house.ts'

/** Who may stand before a link: the browser that began with it, and in it the member whom it is for. */
export interface Doorway {
  find(link: Secret): Promise<Found>
  gate(found: Found, visitor: Visitor): Promise<Passed>
  /** For what a form asks: everything that `gate` wants, the right person, and the proof that the form was drawn for both. */
  entered(link: Secret, visitor: Visitor, proof: string): Promise<Found & Passed>
  /** To whom the connection will belong: the member themselves; for a product's user whoever made the link. */
  ownerOf(found: Found, passed: Pick<Passed, 'person'>): Promise<Actor>
}

export interface Visitor {
  caller: Caller
  browser: Secret | undefined
}

/** Who asks, and what for. */
export interface Asks {
  workspaceId: string
  workspace: string
  product: string | null
  skills: string[]
  services: string[] | null
  forMember: boolean
  visibility: ConnectSessionRow['visibility']
  name: string | null
  theme: Theme
  returnTo: { address: string; by: 'redirect' | 'message' } | null
}

export interface Found {
  row: ConnectSessionRow
  asks: Asks
  creator: Actor
}

export interface Passed {
  browser: Secret
  /** The member whom the link is for, if they are the one who is signed in. */
  person: Person | undefined
  proof: string
}

export function createDoorway({ store, clock }: House): Doorway {
  async function find(link: Secret): Promise<Found> {
    const presented = presentedHash('connect', link)
    const row =
      presented && (await store.within({ presentedHash: presented }, (db) => findConnectSessionByToken(db, presented)))
    if (!row || row.expires_at <= clock.now()) throw new Problem('connect.link_not_valid')
    const { workspace, creator } = await store.within({ workspaceId: row.workspace_id }, async (db) => ({
      workspace: await findWorkspace(db, row.workspace_id),
      // A key that was revoked or a person who has left asks for nothing any more.
      creator: await creatorNow(db, row, clock),
    }))
    if (!workspace || !creator) throw new Problem('connect.link_not_valid')
    return { row, creator, asks: asksOf(row, workspace.name) }
  }

  async function gate({ row }: Found, { caller, browser }: Visitor): Promise<Passed> {
    const hash = presentedHash('browser', browser)
    if (!browser || !hash || !row.browser_hash || !same(hash, row.browser_hash))
      throw new Problem('connect.other_browser')
    const person = signedIn(caller)
    const isTheirs = row.member_id === null || person?.userId === row.member_id
    return { browser, person: isTheirs ? person : undefined, proof: formProof(browser, row.id, person?.loginId ?? '') }
  }

  async function entered(link: Secret, visitor: Visitor, proof: string): Promise<Found & Passed> {
    const found = await find(link)
    const passed = await gate(found, visitor)
    if (!same(passed.proof, proof)) throw new Problem('connect.form_stale')
    if (found.row.member_id !== null && !passed.person) throw new Problem('connect.other_person')
    return { ...found, ...passed }
  }

  async function ownerOf({ row, creator }: Found, { person }: Pick<Passed, 'person'>): Promise<Actor> {
    if (row.member_id === null) return creator
    return store.within({ workspaceId: row.workspace_id }, (db) => memberNow(db, row.workspace_id, person!))
  }

  return { find, gate, entered, ownerOf }
}

function same(a: string, b: string): boolean {
  return equalBytes(Buffer.from(a), Buffer.from(b))
}

function asksOf(row: ConnectSessionRow, workspace: string): Asks {
  return {
    workspaceId: row.workspace_id,
    workspace,
    product: row.product,
    skills: JSON.parse(row.skills) as string[],
    services: row.services === null ? null : (JSON.parse(row.services) as string[]),
    forMember: row.member_id !== null,
    // Whoever makes a link for somebody else does not decide that what they connect is everybody's.
    visibility: row.member_id !== null && row.creator_id !== row.member_id ? 'private' : row.visibility,
    name: row.name,
    theme: JSON.parse(row.theme) as Theme,
    returnTo: row.return_address === null ? null : { address: row.return_address, by: row.return_by ?? 'redirect' },
  }
}
