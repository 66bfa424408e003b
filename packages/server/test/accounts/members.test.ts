import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../src/actor.ts'
import { newId } from '../../src/ids.ts'
import { databaseName } from '../database.ts'
import { caller, type House, invite, openHouse, outcome, type Settled, settle } from './house.ts'

describe(`workspaces and members on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  const deleted: string[] = []
  beforeAll(async () => {
    house = await openHouse({ onDelete: [async (_db, workspaceId) => void deleted.push(workspaceId)] })
    ada = await settle(house)
  })
  afterAll(() => house.close())

  it('lists, pages and names members', async () => {
    for (const name of ['bob', 'cyd', 'dan']) await invite(house, ada.person, `${name}@example.com`, 'viewer')
    const { members } = house.accounts
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await members.list(caller(ada.person), { limit: 3, after })
      seen.push(...page.items.map(({ email }) => email))
      if (!page.next) break
      after = page.next
    }
    expect(seen.sort()).toEqual(['ada@example.com', 'bob@example.com', 'cyd@example.com', 'dan@example.com'])
    for (const after of ['', 'x', 'MS4', '1.2', Buffer.from('1.a\u0000').toString('base64url'), 'A'.repeat(1e5)]) {
      expect(await outcome(members.list(caller(ada.person), { limit: 3, after }))).toBe('request.bad_cursor')
    }
  })

  it('changes a role and removes a member, with effect on the next request', async () => {
    const { members, identify } = house.accounts
    const eva = await invite(house, ada.person, 'eva@example.com', 'viewer')
    expect(await members.changeRole(caller(ada.person), eva.person.userId, 'editor')).toMatchObject({
      email: 'eva@example.com',
      role: 'editor',
    })
    expect((await identify({ cookie: eva.cookie })).actor).toMatchObject({ role: 'editor' })
    await members.remove(caller(ada.person), eva.person.userId)
    expect((await identify({ cookie: eva.cookie })).actor).not.toHaveProperty('workspaceId')
    expect(await outcome(identify({ cookie: eva.cookie, workspace: ada.workspaceId }))).toBe('workspace.not_found')
    for (const userId of [eva.person.userId, newId('usr'), '\u0000', '']) {
      expect(await outcome(members.remove(caller(ada.person), userId))).toBe('member.not_found')
      expect(await outcome(members.changeRole(caller(ada.person), userId, 'admin'))).toBe('member.not_found')
    }
  })

  it('keeps the last administrator, also when two remove each other at once', async () => {
    const { members } = house.accounts
    const other = await house.neighbour()
    expect(await outcome(members.remove(caller(ada.person), ada.person.userId))).toBe('member.last_admin')
    expect(await outcome(members.changeRole(caller(ada.person), ada.person.userId, 'viewer'))).toBe('member.last_admin')

    const own = await house.accounts.workspaces.create(caller(ada.person), { name: 'Two' })
    const first: Person = { ...ada.person, workspaceId: own.id, role: 'admin' }
    const second = await invite(house, first, 'flo@example.com', 'admin')
    const outcomes = await Promise.all([
      outcome(members.remove(caller(first), second.person.userId)),
      outcome(other.members.changeRole(caller(second.person), first.userId, 'viewer')),
    ])
    expect(outcomes.filter((one) => one === 'member.last_admin')).toHaveLength(1)
    const { items } = await members.list(caller(first), { limit: 10 })
    expect(items.filter(({ role }) => role === 'admin')).toHaveLength(1)
  })

  it('lets no narrowed key give away more than it has', async () => {
    const { keys, members, invitations, identify } = house.accounts
    const gus = await invite(house, ada.person, 'gus@example.com', 'viewer')
    const { token } = await keys.create(caller(ada.person), {
      name: 'greeter',
      role: 'admin',
      permissions: ['member:manage', 'key:manage', 'connection:read', 'workspace:read'],
    })
    const { actor } = await identify({ apiKey: token })
    expect(await outcome(members.changeRole(caller(actor), gus.person.userId, 'admin'))).toBe('auth.forbidden')
    expect(await outcome(invitations.create(caller(actor), { email: 'x@example.com', role: 'editor' }))).toBe(
      'auth.forbidden',
    )
    expect(await outcome(keys.create(caller(actor), { name: 'stronger', role: 'admin' }))).toBe('auth.forbidden')
    await keys.create(caller(actor), { name: 'weaker', role: 'admin', permissions: ['key:manage'] })
    await invitations.create(caller(actor), { email: 'x@example.com', role: 'viewer' })
  })

  it('renames and deletes a workspace with all that is in it, and keeps its audit records', async () => {
    const { workspaces, keys, identify, invitations } = house.accounts
    const made = await workspaces.create(caller(ada.person), { name: ' Third 🦄 ' })
    expect(made).toMatchObject({ name: 'Third 🦄', role: 'admin' })
    const here = caller({ ...ada.person, workspaceId: made.id, role: 'admin' })
    expect(await outcome(workspaces.rename(here, { name: '\u202eevil' }))).toBe('request.invalid')
    expect(await workspaces.rename(here, { name: 'Renamed' })).toMatchObject({ name: 'Renamed' })
    const { token } = await keys.create(here, { name: 'k', role: 'viewer' })
    const invitation = await invitations.create(here, { email: 'h@example.com', role: 'viewer' })

    await workspaces.remove(here)
    expect(deleted).toEqual([made.id])
    expect(await outcome(identify({ apiKey: token }))).toBe('auth.rejected')
    expect(await outcome(invitations.inspect(invitation.token))).toBe('invitation.not_valid')
    expect(await outcome(workspaces.get(here))).toBe('workspace.not_found')
    expect(await outcome(workspaces.remove(here))).toBe('workspace.not_found')
    expect(await outcome(keys.create(here, { name: 'k', role: 'viewer' }))).toBe('workspace.not_found')
    expect(await outcome(invitations.create(here, { email: 'h@example.com', role: 'viewer' }))).toBe(
      'workspace.not_found',
    )
    const left = (await house.events()).filter(({ workspace_id }) => workspace_id === made.id)
    expect(left.map(({ event }) => event)).toContain('workspace.deleted')
  })

  it('shows a person their workspaces, and the owner of the data folder every one', async () => {
    const { workspaces } = house.accounts
    const ivy = await invite(house, ada.person, 'ivy@example.com', 'viewer')
    expect((await workspaces.list(caller(ivy.person), { limit: 10 })).items).toEqual([
      expect.objectContaining({ id: ada.workspaceId, role: 'viewer' }),
    ])
    const all = await workspaces.list(caller({ kind: 'operator' }), { limit: 1 })
    expect(all.items).toHaveLength(1)
    expect((await workspaces.list(caller({ kind: 'operator' }), { limit: 10, after: all.next })).items).toHaveLength(1)
    expect(await outcome(workspaces.get(caller({ ...ivy.person, workspaceId: 'ws_\u0000' })))).toBe(
      'workspace.not_found',
    )
    expect(await outcome(workspaces.get(caller({ kind: 'operator' })))).toBe('auth.which_workspace')
  })
})
