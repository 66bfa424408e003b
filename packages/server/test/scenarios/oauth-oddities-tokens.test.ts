import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/clock.ts'
import { databaseName } from '../database.ts'
import { isLive, type Journey, journey } from './granted-journey.ts'

/** Oddities 16 to 28 of the list of forty: tokens that rotate, lapse, are lost or never come. */
let life: Journey
beforeAll(async () => {
  life = await journey()
})
afterEach(() => life.forget())
afterAll(() => life?.close())

const seen = (id: string) => life.client().connections.get(id)
const times = (simulator: { calls: readonly { endpoint: string }[] }, endpoint: string) =>
  simulator.calls.filter((call) => call.endpoint === endpoint).length
const refreshTokenOf = async (id: string) => (await life.usable(id)).values.refreshToken?.reveal()
const lives = async (there: Awaited<ReturnType<Journey['ground']>>, id: string) =>
  isLive(there.simulator, await life.usable(id), life.clock.now())

/** Time until its token has ended. */
async function expired(id: string): Promise<void> {
  const { access_expires_at: end } = await life.grant(id)
  await life.clock.advance(end! - life.clock.now() + SECOND)
}

describe(`tokens, on ${databaseName}`, () => {
  it.each([
    ['16', 'jira', 'kills the one before'],
    ['18', 'todoist', 'ends every grant of the person when a used one comes back'],
    ['20', 'x', 'works once'],
    ['22', 'calendly', 'works once, for all apps'],
  ])('%s: fifty who ask at once show %s one token, once, where each %s', async (_, service) => {
    const there = await life.ground(service, 'oauth')
    const id = await life.connected(there)
    const before = await refreshTokenOf(id)
    await expired(id)
    const all = await Promise.all(Array.from({ length: 50 }, () => life.usable(id)))
    expect(new Set(all.map(({ values }) => values.accessToken!.reveal())).size).toBe(1)
    expect(times(there.simulator, 'refresh')).toBe(1)
    expect(await lives(there, id)).toBe(true)
    expect(await refreshTokenOf(id)).not.toBe(before)
    expect(there.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
  })

  it('17: what changes now and then is kept each time, until the five years are over, which is known ahead', async () => {
    const there = await life.ground('quickbooks', 'oauth')
    const { simulator } = there
    simulator.levers.rotates = true
    const began = life.clock.now()
    const id = await life.connected(there)
    while (life.clock.now() - began < 1800 * DAY) await life.pass(90 * DAY)
    expect(await lives(there, id)).toBe(true)
    expect(Date.parse((await seen(id)).expiresAt!) - began).toBe(157_680_000 * SECOND)
    expect((await life.grant(id)).renewals).toBeGreaterThan(20)
    await life.pass(30 * DAY)
    expect(await life.refused(life.usable(id))).toBe('connection.not_usable')
  })

  it('18: an app from before has a token for ever, and nothing to renew', async () => {
    const there = await life.ground('todoist', 'oauth')
    Object.assign(there.simulator.levers, { givesRefreshToken: false, namesLife: false })
    const id = await life.connected(there)
    await life.pass(200 * DAY)
    expect(await lives(there, id)).toBe(true)
    expect(times(there.simulator, 'refresh')).toBe(0)
  })

  it.each(['airtable', 'box'])('19: %s is kept alive for a year in which nobody uses it', async (service) => {
    const there = await life.ground(service, 'oauth')
    const id = await life.connected(there)
    await life.pass(360 * DAY)
    expect(await lives(there, id)).toBe(true)
    expect(there.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
  })

  it.each(['airtable', 'box'])(
    '19: an answer of %s that is lost is tried once more, and then said',
    async (service) => {
      const there = await life.ground(service, 'oauth')
      const id = await life.connected(there)
      await expired(id)
      there.simulator.goDown('drop', 1)
      expect(await life.refused(life.patiently(life.usable(id)))).toBeTruthy()
      await life.clock.advance(20 * MINUTE)
      await life.refused(life.patiently(life.usable(id)))
      await life.clock.advance(20 * MINUTE)
      expect(await life.refused(life.patiently(life.usable(id)))).toBe('connection.not_usable')
      expect(await seen(id)).toMatchObject({ status: 'error', health: 'needs_reauth' })
      const presented = times(there.simulator, 'refresh')
      await life.pass(2 * DAY)
      expect(times(there.simulator, 'refresh')).toBe(presented)
      expect(presented).toBe(2)
      // And whoever consents again has it back.
      await life.again(there, id)
      expect(await lives(there, id)).toBe(true)
    },
  )

  it('20: Basic at every token call, and offline.access asked for', async () => {
    const there = await life.ground('x', 'oauth')
    const id = await life.connected(there)
    await life.renewed(there, id)
    expect(life.sentTo(there.simulator, 'token').headers.authorization).toMatch(/^Basic /)
    expect(life.sentTo(there.simulator, 'refresh').headers.authorization).toMatch(/^Basic /)
    expect((await seen(id)).scopes).toContain('offline.access')
  })

  it('21: bot and user are two connections that are renewed apart, and an install without rotation never ends', async () => {
    const bot = await life.ground('slack', 'oauth')
    const first = await life.connected(bot)
    await life.renewed(bot, first)
    expect(await lives(bot, first)).toBe(true)
    const user = await life.ground('slack', 'oauth_user')
    const second = await life.connected(user)
    await life.renewed(user, second)
    expect(await lives(user, second)).toBe(true)
    user.simulator.revokeGrant()
    await expired(second)
    expect(await life.refused(life.usable(second))).toBe('connection.not_usable')
    expect([(await seen(second)).health, (await seen(first)).health]).toEqual(['needs_reauth', 'ok'])
    const lasting = await life.ground('slack', 'oauth')
    lasting.simulator.levers.givesRefreshToken = false
    const third = await life.connected(lasting)
    await life.clock.advance(300 * DAY)
    expect(await lives(lasting, third)).toBe(true)
  })

  it('22: scopes are said on the wire', async () => {
    const there = await life.ground('calendly', 'oauth')
    const started = await life.client().connections.authorize({ ...there.input, bind: 'starter' })
    expect(started.scopes.asked.length).toBeGreaterThan(0)
    const id = await life.connected(there)
    expect((await seen(id)).scopes).toEqual(started.scopes.asked)
  })

  it('23: the newest refresh token is kept, so that nothing stops after ninety days', async () => {
    const there = await life.ground('outlook_mail', 'oauth')
    there.simulator.levers.rotates = true
    const flow = await life.agreed(there)
    // Asked for, never named in an answer, and not missed.
    expect(flow.scopes.asked).toContain('offline_access')
    expect(flow).toMatchObject({ state: 'done', notes: [], scopes: { missing: [] } })
    const { id } = flow.connection!
    const first = await refreshTokenOf(id)
    await life.pass(360 * DAY)
    expect(await lives(there, id)).toBe(true)
    expect(await refreshTokenOf(id)).not.toBe(first)
  })

  it('24: the consent screen is always shown, a renewal without a new token keeps the old one, unticked scopes are said', async () => {
    const there = await life.ground('gmail', 'oauth')
    const [only] = Object.keys(there.method.scopes!.ask)
    const started = await life.client().connections.authorize({ ...there.input, bind: 'browser' })
    const asked = new URL(started.authorizeUrl!).searchParams
    expect([asked.get('access_type'), asked.get('prompt')]).toEqual(['offline', 'consent'])
    there.simulator.levers.ticked = [only!]
    const id = await life.connected(there)
    const before = await refreshTokenOf(id)
    await life.renewed(there, id)
    expect(await refreshTokenOf(id)).toBe(before)
    const wanted = Object.keys(there.method.scopes!.offer!)[0]!
    const more = await life.agreed({ ...there, input: { connectionId: id, scopes: [wanted] } as never })
    expect(more).toMatchObject({ notes: ['fewer_scopes'], scopes: { missing: [wanted] } })
  })

  it.each(['notion', 'linear'])('25: whether %s can be renewed is told by its answer alone', async (service) => {
    const there = await life.ground(service, 'oauth')
    there.simulator.levers.givesRefreshToken = false
    const id = await life.connected(there)
    expect((await life.grant(id)).renewal).toBe('none')
    // The app has been made anew since.
    there.simulator.levers.givesRefreshToken = true
    await life.again(there, id)
    expect((await life.grant(id)).renewal).toBe('refresh')
    await life.renewed(there, id)
    expect(await lives(there, id)).toBe(true)
  })

  it('25: Basic stands beside a body in JSON', async () => {
    const there = await life.ground('notion', 'oauth')
    await life.connected(there)
    const { headers } = life.sentTo(there.simulator, 'token')
    expect(headers).toMatchObject({ 'content-type': 'application/json' })
    expect(headers.authorization).toMatch(/^Basic /)
  })

  it('26: a renewal has an address of its own, and brings no new refresh token', async () => {
    const there = await life.ground('figma', 'oauth')
    const id = await life.connected(there)
    const before = await refreshTokenOf(id)
    await life.renewed(there, id)
    expect(new URL(life.sentTo(there.simulator, 'refresh').url).pathname).toBe('/v1/oauth/refresh')
    expect(await refreshTokenOf(id)).toBe(before)
    const cal = await life.ground('cal_com', 'oauth')
    await life.renewed(cal, await life.connected(cal))
    expect(life.sentTo(cal.simulator, 'refresh').params.grant_type).toBe('refresh_token')
  })

  it('27: a short token is swapped for a long one, which renews itself for a year, and not before it may', async () => {
    const there = await life.ground('instagram', 'oauth')
    const id = await life.connected(there)
    expect(life.sentTo(there.simulator, 'exchange').params.grant_type).toBe('ig_exchange_token')
    await life.pass(12 * HOUR)
    expect(times(there.simulator, 'refresh')).toBe(0)
    await life.pass(360 * DAY)
    expect(await lives(there, id)).toBe(true)
    expect(there.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
  })

  it('27: one that has ended needs its person', async () => {
    const there = await life.ground('instagram', 'oauth')
    const id = await life.connected(there)
    // Nothing runs for so long.
    await life.clock.advance(61 * DAY)
    expect(await life.refused(life.patiently(life.usable(id)))).toBe('connection.not_usable')
    expect(await seen(id)).toMatchObject({ status: 'error' })
    await life.again(there, id)
    expect(await lives(there, id)).toBe(true)
  })

  it('28: without a refresh token the end is known from the first day, and said before it comes', async () => {
    const there = await life.ground('linkedin', 'oauth')
    there.simulator.levers.givesRefreshToken = false
    const started = await life.client().connections.authorize({ ...there.input, bind: 'browser' })
    expect(new URL(started.authorizeUrl!).searchParams.has('code_challenge')).toBe(false)
    const flow = await life.agreed(there)
    expect(flow.notes).toContain('no_refresh_token')
    const { id } = flow.connection!
    const left = Date.parse((await seen(id)).expiresAt!) - life.clock.now()
    expect(Math.round(left / DAY)).toBe(60)
    await life.clock.advance(left - 2 * DAY)
    expect(await seen(id)).toMatchObject({ status: 'active', health: 'expiring' })
    expect(await lives(there, id)).toBe(true)
    await life.clock.advance(2 * DAY + SECOND)
    expect(await seen(id)).toMatchObject({ status: 'error', health: 'expired' })
    expect(await life.refused(life.usable(id))).toBe('connection.not_usable')
  })
})
