import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/clock.ts'
import { newId } from '../../src/ids.ts'
import type { Secret } from '../../src/secret.ts'
import { databaseName } from '../database.ts'
import {
  caller,
  cookieOf,
  type House,
  invite,
  openHouse,
  outcome,
  PASSWORD,
  type Settled,
  secret,
  settle,
} from './house.ts'

describe(`invitations on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  beforeAll(async () => {
    house = await openHouse()
    ada = await settle(house)
  })
  afterAll(() => house.close())

  const create = (email: string, role: 'admin' | 'editor' | 'viewer' = 'editor', by = ada) =>
    house.accounts.invitations.create(caller(by.person), { email, role })
  const acceptAsNew = (token: Secret, on = house.accounts, name = 'Bob') =>
    on.invitations.accept(caller(), { token, person: { name, password: secret(PASSWORD) } })

  it('shows the token once, in a link that no server sees it by, and stores only its hash', async () => {
    const { invitation, token, link } = await create(' Bob@Example.COM ')
    expect(invitation).toMatchObject({ email: 'bob@example.com', role: 'editor', state: 'open' })
    expect(invitation.invitedBy).toBe(ada.person.userId)
    expect(link.reveal()).toBe(`http://127.0.0.1:4780/invite#token=${token.reveal()}`)
    expect(await house.holds('bob@example.com')).toBe(true)
    expect(await house.holds(token.reveal())).toBe(false)
    expect(JSON.stringify(await house.accounts.invitations.list(caller(ada.person), { limit: 10 }))).not.toContain(
      token.reveal().slice(14),
    )
    expect(await house.accounts.invitations.inspect(token)).toEqual({
      workspace: { id: ada.workspaceId, name: 'Engines' },
      email: 'bob@example.com',
      role: 'editor',
      expiresAt: house.clock.now() + 7 * DAY,
    })
  })

  it('lets exactly one of two requests at two servers accept, who is then signed in', async () => {
    const { token, invitation } = await create('cyd@example.com')
    const other = await house.neighbour()
    const outcomes = await Promise.all([outcome(acceptAsNew(token)), outcome(acceptAsNew(token, other))])
    const lost = outcomes.filter((one) => typeof one === 'string')
    expect(lost).toHaveLength(1)
    expect(['invitation.not_valid', 'invitation.sign_in_first']).toContain(lost[0])
    const won = outcomes.find((one) => typeof one === 'object') as Awaited<ReturnType<typeof acceptAsNew>>
    expect(won).toMatchObject({ workspaceId: ada.workspaceId, role: 'editor', person: { email: 'cyd@example.com' } })
    const { actor } = await house.accounts.identify({ cookie: cookieOf(won.setCookie) })
    expect(actor).toMatchObject({ kind: 'person', role: 'editor', operator: false })
    expect(await outcome(acceptAsNew(token))).toBe('invitation.not_valid')
    expect(await outcome(house.accounts.invitations.inspect(token))).toBe('invitation.not_valid')
    expect(await outcome(house.accounts.invitations.withdraw(caller(ada.person), invitation.id))).toBe(
      'invitation.not_valid',
    )
  })

  it('is not accepted when it is withdrawn while the password is being hashed', async () => {
    const { token, invitation } = await create('zoe@example.com')
    const accepting = outcome(acceptAsNew(token))
    await house.accounts.invitations.withdraw(caller(ada.person), invitation.id)
    expect(await accepting).toBe('invitation.not_valid')
    const { items } = await house.accounts.members.list(caller(ada.person), { limit: 100 })
    expect(items.map(({ email }) => email)).not.toContain('zoe@example.com')
  })

  it('accepts two invitations of one new person at once without two accounts', async () => {
    const second = await house.accounts.workspaces.create(caller(ada.person), { name: 'Second' })
    const there = { ...ada, person: { ...ada.person, workspaceId: second.id, role: 'admin' as const } }
    const tokens = [(await create('dan@example.com')).token, (await create('dan@example.com', 'viewer', there)).token]
    const outcomes = await Promise.all(tokens.map((token) => outcome(acceptAsNew(token))))
    const left = tokens[outcomes.indexOf('invitation.sign_in_first')]!
    const won = outcomes.find((one) => typeof one === 'object') as Awaited<ReturnType<typeof acceptAsNew>>
    const { actor } = await house.accounts.identify({ cookie: cookieOf(won.setCookie) })
    // The refused request has not used the invitation up.
    const joined = await house.accounts.invitations.accept(caller(actor), { token: left })
    expect(joined.person).toEqual(won.person)
    expect(joined.setCookie).toEqual([])
    expect((await house.accounts.people.me(caller(actor))).workspaces).toHaveLength(2)
  })

  it('is for the invited address alone', async () => {
    const eve = await invite(house, ada.person, 'eve@example.com', 'viewer')
    const { token } = await create('fay@example.com')
    const { invitations, keys, identify } = house.accounts
    expect(await outcome(invitations.accept(caller(eve.person), { token }))).toBe('invitation.other_person')
    expect(await outcome(invitations.accept(caller(), { token }))).toBe('auth.required')
    const key = await keys.create(caller(ada.person), { name: 'k', role: 'admin' })
    const { actor } = await identify({ apiKey: key.token })
    expect(await outcome(invitations.accept(caller(actor), { token }))).toBe('auth.forbidden')
    expect(await outcome(create('eve@example.com'))).toBe('member.already')
    // Somebody who holds the token of a person with an account does not get at that account.
    const second = await house.accounts.workspaces.create(caller(ada.person), { name: 'Third' })
    const there = { ...ada, person: { ...ada.person, workspaceId: second.id, role: 'admin' as const } }
    const again = await create('eve@example.com', 'viewer', there)
    expect(await outcome(acceptAsNew(again.token))).toBe('invitation.sign_in_first')
  })

  it('refuses unfit input and leaves the invitation open', async () => {
    for (const email of [
      '',
      'x',
      'a@b@c',
      'a\u0000@b.c',
      'a b@c.d',
      `${'x'.repeat(64)}@${'y'.repeat(250)}`,
      '<a>@b.c',
    ]) {
      expect(await outcome(create(email))).toBe('request.invalid')
    }
    const { token } = await create('josé@exämple.com')
    expect(await outcome(acceptAsNew(token, house.accounts, ' '))).toBe('request.invalid')
    expect(await outcome(acceptAsNew(token, house.accounts, 'x'.repeat(201)))).toBe('request.invalid')
    expect(
      await outcome(
        house.accounts.invitations.accept(caller(), { token, person: { name: 'J', password: secret('short') } }),
      ),
    ).toBe('password.too_weak')
    const { person } = await acceptAsNew(token, house.accounts, 'José 👩‍🚀')
    expect(person).toMatchObject({ name: 'José 👩‍🚀', email: 'josé@exämple.com' })
    await house.accounts.people.signIn(caller(), { email: 'JOSÉ@EXÄMPLE.COM', password: secret(PASSWORD) })
  })

  it('is void when withdrawn, replaced, expired, unknown or malformed', async () => {
    const { invitations } = house.accounts
    const withdrawn = await create('gus@example.com')
    await invitations.withdraw(caller(ada.person), withdrawn.invitation.id)
    await invitations.withdraw(caller(ada.person), withdrawn.invitation.id)
    const replaced = await create('hal@example.com')
    const newest = await create('hal@example.com')
    for (const token of [withdrawn.token, replaced.token, secret('cardea_invite_\u0000'), secret('')]) {
      expect(await outcome(acceptAsNew(token))).toBe('invitation.not_valid')
    }
    for (const id of [newId('inv'), '\u0000', '']) {
      expect(await outcome(invitations.withdraw(caller(ada.person), id))).toBe('invitation.not_found')
    }
    await house.clock.advance(7 * DAY)
    expect(await outcome(acceptAsNew(newest.token))).toBe('invitation.not_valid')
    const { items } = await invitations.list(caller(ada.person), { limit: 100 })
    const states = items.filter(({ email }) => /gus|hal/.test(email)).map(({ state }) => state)
    expect(states.sort()).toEqual(['expired', 'withdrawn', 'withdrawn'])
    await house.clock.advance(30 * DAY)
    // And the two of the other workspaces.
    expect((await house.accounts.prune()).invitations).toBe(items.length + 2)
  })
})
