import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DAY, MINUTE, SECOND } from '../../src/clock.ts'
import { databaseName } from '../database.ts'
import { caller, type House, invite, openHouse, outcome, type Settled, secret, settle } from './house.ts'

describe(`signing a command line in, on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  beforeAll(async () => {
    house = await openHouse()
    ada = await settle(house)
  })
  afterAll(() => house.close())

  const start = (client = 'cardea on laptop') => house.accounts.devices.start(caller(), { client })

  it('hands out a login once, after a person has approved the code in a browser', async () => {
    const { devices, identify, people } = house.accounts
    const other = await house.neighbour()
    const started = await start()
    expect(started).toMatchObject({
      verificationUri: 'http://127.0.0.1:4780/device',
      expiresInSeconds: 600,
      intervalSeconds: 5,
    })
    const code = started.userCode.reveal()
    expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(await devices.poll(caller(), started.deviceCode)).toEqual({ state: 'pending', intervalSeconds: 5 })

    const typed = secret(` ${code.toLowerCase().replace('-', ' ')} `)
    expect(await devices.inspect(caller(ada.person), typed)).toMatchObject({ client: 'cardea on laptop' })
    await devices.approve(caller(ada.person), typed)
    expect(await outcome(devices.approve(caller(ada.person), typed))).toBe('device.not_found')

    const polls = await Promise.all([
      devices.poll(caller(), started.deviceCode),
      other.devices.poll(caller(), started.deviceCode),
    ])
    expect(polls.map(({ state }) => state).sort()).toEqual(['expired', 'token'])
    const token = polls.flatMap((poll) => (poll.state === 'token' ? [poll.token] : []))[0]!
    for (const text of [started.deviceCode.reveal(), code, code.replace('-', ''), token.reveal()]) {
      expect(await house.holds(text)).toBe(false)
    }

    const { actor } = await other.identify({ bearer: token })
    expect(actor).toMatchObject({ kind: 'person', userId: ada.person.userId, operator: true, role: 'admin' })
    expect(await outcome(other.identify({ apiKey: token }))).toBe('auth.rejected')
    const logins = await people.logins(caller(actor))
    expect(logins.find(({ kind }) => kind === 'cli')).toMatchObject({ client: 'cardea on laptop', current: true })

    await house.clock.advance(80 * DAY)
    await identify({ bearer: token })
    await vi.waitFor(async () => {
      const [login] = (await people.logins(caller(actor))).filter(({ kind }) => kind === 'cli')
      expect(login?.expiresAt).toBe(house.clock.now() + 90 * DAY)
    })
    await people.signOut(caller(actor))
    expect(await outcome(identify({ bearer: token }))).toBe('auth.rejected')
  })

  it('slows down whoever asks too often', async () => {
    const { devices } = house.accounts
    const { deviceCode } = await start()
    const poll = () => devices.poll(caller(), deviceCode)
    expect(await poll()).toEqual({ state: 'pending', intervalSeconds: 5 })
    expect(await poll()).toEqual({ state: 'slow_down', intervalSeconds: 10 })
    await house.clock.advance(6 * SECOND)
    expect(await poll()).toEqual({ state: 'slow_down', intervalSeconds: 15 })
    await house.clock.advance(15 * SECOND)
    expect(await poll()).toEqual({ state: 'pending', intervalSeconds: 15 })
  })

  it('says denied, expired, and nothing of codes that never were', async () => {
    ada = await again()
    const { devices } = house.accounts
    const denied = await start()
    await devices.deny(caller(ada.person), denied.userCode)
    expect(await devices.poll(caller(), denied.deviceCode)).toEqual({ state: 'denied' })
    const late = await start()
    await devices.approve(caller(ada.person), (await start()).userCode)
    await house.clock.advance(10 * MINUTE)
    expect(await devices.poll(caller(), late.deviceCode)).toEqual({ state: 'expired' })
    expect(await outcome(devices.approve(caller(ada.person), late.userCode))).toBe('device.not_found')
    for (const code of ['', '\u0000', `cardea_device_${'x'.repeat(43)}`]) {
      expect(await devices.poll(caller(), secret(code))).toEqual({ state: 'expired' })
    }
    expect((await house.accounts.prune()).deviceLogins).toBeGreaterThan(0)
    expect(await outcome(start(' \u0000 '))).toBe('request.invalid')
  })

  it('is approved by a person in a browser alone', async () => {
    const { devices, keys, identify } = house.accounts
    const { userCode } = await start()
    const key = await keys.create(caller(ada.person), { name: 'k', role: 'admin' })
    const { actor } = await identify({ apiKey: key.token })
    expect(await outcome(devices.approve(caller(actor), userCode))).toBe('auth.forbidden')
    expect(await outcome(devices.approve(caller(), userCode))).toBe('auth.required')
    const fromCli = { ...ada.person, loginId: 'cli_00000000000000000000000000' }
    expect(await outcome(devices.approve(caller(fromCli), userCode))).toBe('auth.forbidden')
    await devices.approve(caller(ada.person), userCode)
  })

  it('limits guesses at codes over all servers, and starts from one network', async () => {
    const bob = await invite(house, ada.person, 'bob@example.com', 'viewer')
    const other = await house.neighbour()
    const { userCode } = await start()
    for (let guess = 0; guess < 5; guess++) {
      const on = guess % 2 ? other : house.accounts
      expect(await outcome(on.devices.inspect(caller(bob.person), secret('BBBB-BBBB')))).toBe('device.not_found')
    }
    expect(await outcome(other.devices.approve(caller(bob.person), userCode))).toBe('auth.too_many_attempts')
    const starts = await Promise.all(
      Array.from({ length: 52 }, () =>
        outcome(house.accounts.devices.start(caller(undefined, '203.0.113.9'), { client: 'x' })),
      ),
    )
    expect(starts.filter((one) => one === 'auth.too_many_attempts')).toHaveLength(2)
  })

  async function again(): Promise<Settled> {
    const { people, identify } = house.accounts
    const { setCookie } = await people.signIn(caller(), {
      email: ada.email,
      password: secret('a sentence is fine here'),
    })
    const cookie = secret(setCookie[0]!.reveal().split(';')[0]!)
    const { actor } = await identify({ cookie })
    if (actor.kind !== 'person') throw new Error('nobody is signed in')
    return { ...ada, cookie, person: actor }
  }
})
