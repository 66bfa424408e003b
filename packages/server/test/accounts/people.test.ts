import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/clock.ts'
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

describe(`people on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  beforeAll(async () => {
    house = await openHouse()
    ada = await settle(house)
  })
  afterAll(() => house.close())

  const signIn = (email = ada.email, password = PASSWORD, ip = '192.0.2.1', on = house.accounts) =>
    on.people.signIn(caller(undefined, ip), { email, password: secret(password), userAgent: 'Firefox\u0000' })

  it('signs in by address, in whatever form it is typed, and says who and where one is', async () => {
    const { setCookie, person } = await signIn('  ADA@example.COM ')
    expect(person).toEqual({ id: ada.person.userId, name: 'Ada', email: 'ada@example.com' })
    const { actor } = await house.accounts.identify({ cookie: cookieOf(setCookie) })
    expect(await house.accounts.people.me(caller(actor))).toEqual({
      person,
      workspaces: [{ workspaceId: ada.workspaceId, name: 'Engines', role: 'admin' }],
    })
  })

  it('answers a wrong password, an unknown address and what is no address alike, and records each', async () => {
    const before = (await house.events()).length
    const wrong: [string, string][] = [
      [ada.email, 'a sentence that is wrong'],
      ['nobody@example.com', PASSWORD],
      ['not an address \u0000 🦄', PASSWORD],
      [ada.email, 'x'.repeat(1000)],
    ]
    for (const [email, password] of wrong) expect(await outcome(signIn(email, password))).toBe('auth.wrong_password')
    const events = (await house.events()).slice(before)
    expect(events.map(({ event }) => event)).toEqual(Array(4).fill('session.refused'))
    expect(events.map(({ subject }) => subject)).toEqual([ada.person.userId, null, null, ada.person.userId])
    await signIn()
  })

  it('takes as long to refuse an unknown address as a wrong password', async () => {
    const fastest = async (email: string) => {
      const times = []
      for (let index = 0; index < 4; index++) {
        const start = performance.now()
        await outcome(signIn(email, 'a wrong guess here'))
        times.push(performance.now() - start)
      }
      return Math.min(...times)
    }
    const wrong = await fastest(ada.email)
    // Without the hash that is computed for nothing it would take a twentieth.
    expect(await fastest('unknown@example.com')).toBeGreaterThan(wrong / 3)
    expect(await fastest('no address')).toBeGreaterThan(wrong / 3)
    await house.clock.advance(15 * MINUTE)
  })

  it('limits guesses at one account over all servers, also those made at once, until the window is over', async () => {
    const other = await house.neighbour()
    const guesses = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        outcome(signIn('grace@example.com', 'a wrong guess', `192.0.2.${index}`, index % 2 ? other : house.accounts)),
      ),
    )
    expect(guesses.filter((code) => code === 'auth.wrong_password')).toHaveLength(5)
    expect(guesses.filter((code) => code === 'auth.too_many_attempts')).toHaveLength(3)
    const refusal = await signIn('Grace@Example.com ', PASSWORD, '198.51.100.7', other).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'auth.too_many_attempts', values: { retryAfterSeconds: 900 } })
    await house.clock.advance(15 * MINUTE)
    expect(await outcome(signIn('grace@example.com', 'a wrong guess'))).toBe('auth.wrong_password')
  })

  it('limits guesses from one network at ten times as many, a whole IPv6 customer counting as one', async () => {
    const codes = []
    for (let index = 0; index < 52; index++) {
      codes.push(await outcome(signIn(`p${index}@example.com`, 'a wrong guess', `2001:db8:7::${index.toString(16)}`)))
    }
    expect(codes.filter((code) => code === 'auth.wrong_password')).toHaveLength(50)
    expect(codes.at(-1)).toBe('auth.too_many_attempts')
    expect(await outcome(signIn('p@example.com', 'a wrong guess', '2001:db8:8::1'))).toBe('auth.wrong_password')
    await house.clock.advance(15 * MINUTE)
  })

  it('forgets the failures of an account after a success', async () => {
    for (let round = 0; round < 3; round++) {
      for (let guess = 0; guess < 4; guess++) await outcome(signIn(ada.email, 'a wrong guess'))
      await signIn()
    }
  })

  it('ends a session at once on every server, and refuses its cookie from then on', async () => {
    const other = await house.neighbour()
    const cookie = cookieOf((await signIn()).setCookie)
    const { actor } = await other.identify({ cookie })
    const { setCookie } = await house.accounts.people.signOut(caller(actor))
    expect(setCookie.map((value) => value.reveal())).toContainEqual(
      expect.stringMatching(/^__Host-cardea_session=; Max-Age=0; Path=\/; HttpOnly; Secure/),
    )
    expect(await outcome(other.identify({ cookie }))).toBe('auth.rejected')
  })

  it('lists the logins of a person without tokens, ends one by id, and no other person’s', async () => {
    const bob = await invite(house, ada.person, 'bob@example.com', 'viewer')
    const { people } = house.accounts
    const cookie = cookieOf((await signIn()).setCookie)
    const logins = await people.logins(caller(ada.person))
    const [current] = logins.filter((login) => login.current)
    expect(current?.id).toBe(ada.person.loginId)
    expect(logins.every(({ kind }) => kind === 'browser')).toBe(true)
    const { actor } = await house.accounts.identify({ cookie })
    const loginId = actor.kind === 'person' ? actor.loginId : ''
    expect(logins.find(({ id }) => id === loginId)).toMatchObject({ client: 'Firefox', ip: '192.0.2.1' })

    expect(await outcome(people.endLogin(caller(bob.person), loginId))).toBe('login.not_found')
    expect(await outcome(people.endLogin(caller(ada.person), 'ses_\u0000'))).toBe('login.not_found')
    await people.endLogin(caller(ada.person), loginId)
    expect(await outcome(people.endLogin(caller(ada.person), loginId))).toBe('login.not_found')
    expect(await outcome(house.accounts.identify({ cookie }))).toBe('auth.rejected')

    const { ended } = await people.endOtherLogins(caller(ada.person))
    expect(ended).toBeGreaterThan(0)
    expect(await people.logins(caller(ada.person))).toHaveLength(1)
    expect(await people.logins(caller(bob.person))).toHaveLength(1)
  })

  it('changes a password against the current one, and ends every other login', async () => {
    const bob = await invite(house, ada.person, 'bea@example.com', 'viewer')
    const { people } = house.accounts
    const elsewhere = cookieOf((await signIn(bob.email)).setCookie)
    const change = (current: string, next: string) =>
      people.changePassword(caller(bob.person), { current: secret(current), next: secret(next) })
    expect(await outcome(change('not the current one', 'another fine sentence'))).toBe('auth.wrong_password')
    expect(await outcome(change(PASSWORD, 'short'))).toBe('password.too_weak')
    expect(await outcome(change(PASSWORD, 'ü'.repeat(257)))).toBe('password.too_weak')
    await change(PASSWORD, 'ein schöner Satz genügt')
    expect(await outcome(house.accounts.identify({ cookie: elsewhere }))).toBe('auth.rejected')
    expect((await house.accounts.identify({ cookie: bob.cookie })).actor.kind).toBe('person')
    expect(await outcome(signIn(bob.email))).toBe('auth.wrong_password')
    // Typed on another keyboard: the same letters in another Unicode form.
    await signIn(bob.email, 'ein schöner Satz genügt'.normalize('NFD'))
  })

  it('lets a session lapse when it is not used, and prolongs one that is', async () => {
    const cookie = cookieOf((await signIn()).setCookie)
    const idle = cookieOf((await signIn()).setCookie)
    for (let hours = 0; hours < 30; hours += 10) {
      await house.clock.advance(10 * HOUR)
      const { setCookie } = await house.accounts.identify({ cookie })
      expect(setCookie[0]?.reveal()).toMatch(/^__Host-cardea_session=[^;]+; Max-Age=86400/)
      expect(cookieOf(setCookie).reveal()).toBe(cookie.reveal())
    }
    expect((await house.accounts.identify({ cookie })).setCookie).toEqual([])
    expect(await outcome(house.accounts.identify({ cookie: idle }))).toBe('auth.rejected')
  })

  it('leaves no login that the old password opened while it was being changed', async () => {
    const busy = await openHouse({ signInAttempts: 1000 })
    try {
      const eve = await settle(busy, 'eve@example.com')
      let changing = true
      const change = busy.accounts.people
        .changePassword(caller(eve.person), { current: secret(PASSWORD), next: secret('another fine sentence') })
        .finally(() => {
          changing = false
        })
      // They overlap the change in every way: checked before it and started after it, too.
      const signIns = []
      while (changing) {
        signIns.push(outcome(signIn(eve.email, PASSWORD, '192.0.2.1', busy.accounts)))
        await new Promise((resolve) => setTimeout(resolve, 40))
      }
      await change
      await Promise.all(signIns)
      const logins = await busy.accounts.people.logins(caller(eve.person))
      expect(logins.map(({ id }) => id)).toEqual([eve.person.loginId])
    } finally {
      await busy.close()
    }
  })

  it('prunes what has lapsed', async () => {
    await house.clock.advance(48 * HOUR)
    const pruned = await house.accounts.prune()
    expect(pruned.sessions).toBeGreaterThan(0)
    expect(pruned.attempts).toBeGreaterThan(0)
    expect(await house.accounts.prune()).toEqual({
      sessions: 0,
      cliLogins: 0,
      deviceLogins: 0,
      invitations: 0,
      attempts: 0,
      verifications: 0,
    })
  })
})
