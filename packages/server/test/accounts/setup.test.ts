import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName } from '../database.ts'
import { caller, cookieOf, type House, openHouse, outcome, PASSWORD, secret } from './house.ts'

const input = (link: { reveal(): string } | undefined) => ({
  token: secret(link?.reveal().split('#token=')[1] ?? ''),
  name: 'Ada',
  email: ' Ada@Example.com ',
  password: secret(PASSWORD),
  workspace: 'Engines',
})

describe(`the first start on ${databaseName}`, () => {
  let house: House
  beforeAll(async () => {
    house = await openHouse()
  })
  afterAll(() => house.close())

  it('refuses a wrong link, an older link and unfit input, and leaves nothing behind', async () => {
    const { setup } = house.accounts
    const older = await setup.link()
    const link = await setup.link()
    expect(await setup.isOpen()).toBe(true)
    expect(await outcome(setup.complete(caller(), { ...input(link), token: secret('nonsense') }))).toBe(
      'setup.link_wrong',
    )
    expect(await outcome(setup.complete(caller(), input(older)))).toBe('setup.link_wrong')
    expect(await outcome(setup.complete(caller(), { ...input(link), email: 'ada' }))).toBe('request.invalid')
    expect(await outcome(setup.complete(caller(), { ...input(link), name: 'a\u0000b' }))).toBe('request.invalid')
    expect(await outcome(setup.complete(caller(), { ...input(link), password: secret('short') }))).toBe(
      'password.too_weak',
    )
    expect(await setup.isOpen()).toBe(true)
    expect(await house.events()).toEqual([])
  })

  it('lets exactly one of two requests at two servers through, signs that person in, and is closed afterwards', async () => {
    const { setup } = house.accounts
    const other = await house.neighbour()
    const link = await setup.link()
    const token = link!.reveal().split('#token=')[1]!
    expect(await house.holds(token)).toBe(false)

    const outcomes = await Promise.all([
      outcome(setup.complete(caller(), input(link))),
      outcome(other.setup.complete(caller(), { ...input(link), email: 'eve@example.com' })),
    ])
    const [won] = outcomes.filter((one) => typeof one === 'object') as [Awaited<ReturnType<typeof setup.complete>>]
    expect(outcomes.filter((one) => one === 'setup.link_used')).toHaveLength(1)
    expect(won.setCookie[0]!.reveal()).toMatch(
      /^__Host-cardea_session=[^;]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )

    const { actor } = await house.accounts.identify({ cookie: cookieOf(won.setCookie) })
    expect(actor).toMatchObject({ kind: 'person', operator: true, role: 'admin', workspaceId: won.workspaceId })
    expect((await house.events()).map(({ event }) => event).sort()).toEqual([
      'member.added',
      'operator.added',
      'session.started',
      'workspace.created',
    ])
    expect(await setup.isOpen()).toBe(false)
    expect(await setup.link()).toBeUndefined()
    expect(await outcome(setup.complete(caller(), input(link)))).toBe('setup.link_used')
  })

  it('keeps the session token out of the database and of the log', async () => {
    const signedIn = await house.accounts.people.signIn(caller(), {
      email: (await house.store.sweep((db) => db.selectFrom('auth_users').select('email').executeTakeFirstOrThrow()))
        .email,
      password: secret(PASSWORD),
    })
    const value = decodeURIComponent(cookieOf(signedIn.setCookie).reveal().split('=').slice(1).join('='))
    const token = value.split('.')[0]!
    expect(token).toHaveLength(32)
    expect(await house.holds(signedIn.person.email)).toBe(true)
    expect(await house.holds(token)).toBe(false)
    expect(await house.holds(PASSWORD)).toBe(false)
    expect(house.log.join('')).not.toContain(token)
  })
})
