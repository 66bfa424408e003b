import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/clock.ts'
import type { Levers } from '../../src/simulate/simulate.ts'
import { databaseName } from '../database.ts'
import { isLive, type Journey, journey } from './granted-journey.ts'

/** Oddities 1 to 15 of the list of forty that touch OAuth, through the doors that members and callers use. */
let life: Journey
beforeAll(async () => {
  life = await journey()
})
afterEach(() => life.forget())
afterAll(() => life?.close())

const json = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const at =
  (where: string, answer: ReturnType<typeof json>): Levers['instead'] =>
  (endpoint) =>
    endpoint === where ? answer : undefined
const healthOf = async (id: string) => (await life.client().connections.get(id)).health
const lifeOf = async (id: string) => {
  const { access_expires_at: end } = await life.grant(id)
  return end === null ? null : Math.round((end - life.clock.now()) / SECOND)
}

describe(`what services answer, on ${databaseName}`, () => {
  it('1: a failure with status 200 is one, and a token that lies under authed_user is found', async () => {
    const user = await life.ground('slack', 'oauth')
    user.simulator.levers.within = 1
    const first = await life.connected(user)
    expect(isLive(user.simulator, await life.usable(first), life.clock.now())).toBe(true)
    const bot = await life.ground('slack', 'oauth')
    const second = await life.connected(bot)
    bot.simulator.revokeGrant()
    await life.clock.advance(13 * HOUR)
    expect(await life.refused(life.usable(second))).toBe('connection.not_usable')
    expect(bot.simulator.calls.at(-1)).toMatchObject({ endpoint: 'refresh', status: 200 })
    expect(await healthOf(second)).toBe('needs_reauth')
  })

  it('2: JSON is asked for, an error with status 200 connects nothing, and scopes come back with commas', async () => {
    const there = await life.ground('github', 'oauth')
    Object.assign(there.simulator.levers, { failsInside200: true, ticked: ['read:user', 'repo'] })
    const id = await life.connected(there)
    expect(life.sentTo(there.simulator, 'token').headers.accept).toBe('application/json')
    expect((await life.client().connections.get(id)).scopes).toEqual(['read:user', 'repo'])
    there.simulator.levers.instead = at('token', json(200, { error: 'bad_verification_code' }))
    expect(await life.agreed(there)).toMatchObject({ state: 'failed', problem: { code: 'flow.exchange_refused' } })
  })

  it('3: client_key at every step, commas, and slashes at the end', async () => {
    const there = await life.ground('tiktok', 'oauth')
    const { simulator } = there
    Object.assign(simulator.levers, { failsInside200: true, ticked: ['user.info.basic', 'video.list'] })
    const id = await life.connected(there)
    await life.renewed(there, id)
    expect((await life.client().connections.get(id)).scopes).toEqual(['user.info.basic', 'video.list'])
    for (const endpoint of ['token', 'refresh']) {
      const { params, url } = life.sentTo(simulator, endpoint)
      expect([params.client_key, params.client_id]).toEqual([simulator.account.app.clientId, undefined])
      expect(new URL(url).pathname).toMatch(/\/$/)
    }
    await life.client().connections.delete(id)
    expect((await life.revocation(id))?.state).toBe('done')
    expect(life.sentTo(simulator, 'revoke').params).toHaveProperty('client_key')
  })

  it('4: the data centre that is named on the way back is where code, renewal and calls go', async () => {
    const there = await life.ground('zoho', 'oauth')
    const { simulator } = there
    simulator.levers.failsInside200 = true
    const id = await life.connected(there)
    const { learned } = await life.renewed(there, id)
    await life.client().connections.test(id)
    const { accounts, api } = simulator.account.learned
    expect(new URL(life.sentTo(simulator, 'token').url).host).toBe(accounts)
    expect(new URL(life.sentTo(simulator, 'refresh').url).host).toBe(accounts)
    expect(learned.api).toBe(api)
    expect(life.sentTo(simulator, 'api').headers.authorization).toMatch(/^Zoho-oauthtoken /)
    simulator.revokeGrant()
    expect(await life.refused(life.renewed(there, id))).toBe('connection.not_usable')
  })

  it('6: an instance that is asleep answers with a page, which ends nothing', async () => {
    const there = await life.ground('servicenow', 'oauth')
    const id = await life.connected(there)
    there.simulator.goDown('asleep')
    expect(await life.refused(life.patiently(life.renewed(there, id)))).toMatch(/^connection\.renewal_/)
    expect(await healthOf(id)).not.toBe('needs_reauth')
    there.simulator.recover()
    await life.clock.advance(20 * MINUTE)
    expect(isLive(there.simulator, await life.patiently(life.usable(id)), life.clock.now())).toBe(true)
    expect(await healthOf(id)).toBe('ok')
  })

  it('7: a token that is refused with another status than 401 is refused', async () => {
    const there = await life.ground('facebook', 'oauth')
    const id = await life.connected(there)
    there.simulator.revokeGrant()
    await expect(life.client().connections.test(id)).rejects.toMatchObject({ code: 'connection.test_refused' })
    expect(there.simulator.calls.findLast(({ endpoint }) => endpoint === 'api')?.status).not.toBe(401)
  })

  it('8: a token that may not do everything is a good one', async () => {
    const there = await life.ground('gitlab', 'oauth')
    const id = await life.connected(there)
    there.simulator.fail('restricted')
    await life.client().connections.test(id)
    expect(await life.client().connections.get(id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('10: a life is asked for with code and renewal alike', async () => {
    const there = await life.ground('zendesk', 'oauth')
    const id = await life.connected(there)
    await life.clock.advance(20 * DAY)
    expect(isLive(there.simulator, await life.renewed(there, id), life.clock.now())).toBe(true)
    expect(life.sentTo(there.simulator, 'token').params.expires_in).toBe('172800')
    expect(life.sentTo(there.simulator, 'refresh').params.expires_in).toBe('172800')
    expect(there.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
  })

  it('11: zero seconds are for ever, and a look-up with a word of its own tells the host', async () => {
    const there = await life.ground('mailchimp', 'oauth')
    const id = await life.connected(there)
    expect(await life.client().connections.get(id)).toMatchObject({ expiresAt: null })
    expect(life.sentTo(there.simulator, 'lookup').headers.authorization).toMatch(/^OAuth /)
    await life.clock.advance(300 * DAY)
    await life.client().connections.test(id)
    expect(new URL(life.sentTo(there.simulator, 'api').url).host).toContain(there.simulator.account.learned.dc)
  })

  it('12: where no life is named, a refused call brings the next token, from the host of the sign-in', async () => {
    const there = await life.ground('salesforce', 'oauth')
    there.simulator.levers.rotates = true
    const id = await life.connected(there)
    const before = (await life.usable(id)).values.refreshToken!.reveal()
    expect(await lifeOf(id)).toBeNull()
    const { values } = await life.renewed(there, id)
    expect(values.refreshToken!.reveal()).not.toBe(before)
    await life.client().connections.test(id)
    expect(new URL(life.sentTo(there.simulator, 'refresh').url).host).toBe('login.salesforce.com')
    expect(new URL(life.sentTo(there.simulator, 'api').url).host).toBe(there.simulator.account.learned.instance)
  })

  it('13: an hour that nobody names, and the secret key as the user of Basic', async () => {
    const there = await life.ground('stripe', 'oauth')
    there.simulator.levers.namesLife = false
    const id = await life.connected(there)
    expect(await lifeOf(id)).toBe(3600)
    await life.renewed(there, id)
    const { authorization = '' } = life.sentTo(there.simulator, 'refresh').headers
    const user = Buffer.from(authorization.slice('Basic '.length), 'base64').toString()
    expect(user).toBe(`${there.simulator.account.app.clientSecret}:`)
  })

  it('14: tokens that end are asked for, and each renewal brings another pair', async () => {
    const there = await life.ground('shopify', 'oauth')
    const id = await life.connected(there)
    expect(life.sentTo(there.simulator, 'token').params.expiring).toBe('1')
    const before = (await life.usable(id)).values.refreshToken!.reveal()
    expect((await life.renewed(there, id)).values.refreshToken!.reveal()).not.toBe(before)
    there.simulator.fail('retired')
    await life.refused(life.client().connections.test(id))
    expect(await life.client().connections.get(id)).toMatchObject({ status: 'active' })
  })

  it('15: lives have many names and forms', async () => {
    const quickbooks = await life.ground('quickbooks', 'oauth')
    quickbooks.simulator.levers.numbersAsText = true
    const first = await life.connected(quickbooks)
    expect((await life.grant(first)).grant_told_at).toBeGreaterThan(life.clock.now() + 90 * DAY)
    expect(await lifeOf(first)).toBe(3600)
    const strava = await life.connected(await life.ground('strava', 'oauth'))
    expect(await lifeOf(strava)).toBeGreaterThan(0)
    const sentry = await life.ground('sentry', 'installation')
    const end = new Date(life.clock.now() + 8 * HOUR).toISOString()
    sentry.simulator.levers.instead = (endpoint) => {
      if (endpoint === 'token') return json(201, { token: 'one', refreshToken: 'two', expiresAt: end })
      return endpoint === 'api' ? json(503, {}) : undefined
    }
    expect(await lifeOf(await life.connected(sentry))).toBe(8 * 3600)
  })
})
