import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import { databaseName } from '../../database.ts'
import { type Brought, faultsIn, type Ground, refreshGround, renewalsIn } from './ground.ts'

/** The oddities of real services that touch renewals, by their number in the list that the catalog was made from, by the whole path. */
let here: Ground
beforeAll(async () => {
  here = await refreshGround()
})
beforeEach(() => here.instead())
afterEach(async () => {
  for await (const { id, status } of here.client.connections.list())
    if (status !== 'revoked') await here.client.connections.delete(id)
})
afterAll(() => here?.app.close())

const toTheEnd = async ({ id }: Pick<Brought, 'id'>) => {
  const { access_expires_at: end } = await here.grant(id)
  await here.clock.advance((end ?? here.clock.now() + 2 * HOUR) - here.clock.now())
}
/** As often as it takes to notice a token that was not replaced. */
async function renewed(of: Brought, times = 3): Promise<void> {
  for (let time = 0; time < times; time++) {
    await toTheEnd(of)
    const before = await here.usable(of.id)
    if ((await here.grant(of.id)).access_expires_at === null) await here.usable(of.id, before)
  }
  expect(faultsIn(of.simulator)).toEqual([])
}
const refused = async (of: Brought, body: object, status = 200) => {
  await toTheEnd(of)
  here.instead(async () => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }))
  await here.usable(of.id).catch(() => undefined)
  here.instead()
  return here.row(of.id)
}

describe(`failures inside a success, on ${databaseName}`, () => {
  it('1: Slack says with 200 and ok: false that a token is dead', async () => {
    const of = await here.brought('slack')
    expect(await refused(of, { ok: false, error: 'invalid_refresh_token' })).toMatchObject({ health: 'needs_reauth' })
  })
  it('1: and that it has no time, which ends nothing', async () => {
    const of = await here.brought('slack')
    expect(await refused(of, { ok: false, error: 'ratelimited' })).toMatchObject({ status: 'active' })
  })
  it('2: GitHub says with 200 that a token is dead', async () => {
    const of = await here.brought('github', 'app_user')
    expect(await refused(of, { error: 'bad_refresh_token' })).toMatchObject({ health: 'needs_reauth' })
  })
  it('3: TikTok calls the client by another name, in renewals too', async () => {
    const of = await here.brought('tiktok')
    await renewed(of, 1)
    expect(String(renewalsIn(here.sent).at(-1)!.body)).toContain('client_key=')
    expect(await refused(of, { error: 'invalid_grant' })).toMatchObject({ health: 'needs_reauth' })
  })
  it('6: a page where tokens belong says that an instance sleeps, and ends nothing', async () => {
    const of = await here.brought('servicenow')
    await toTheEnd(of)
    of.simulator.goDown('asleep', 1)
    await here.usable(of.id).catch(() => undefined)
    expect(await here.row(of.id)).toMatchObject({ status: 'active' })
  })
})

describe('ends that are missing, nought or misleading', () => {
  it('10: Zendesk names an end only to who asks for one', async () => {
    const of = await here.brought('zendesk')
    await renewed(of)
    expect(String(renewalsIn(here.sent).at(-1)!.body)).toContain('expires_in')
  })
  it('12: Salesforce names no end: a refused call has it renewed, once', async () => {
    const of = await here.brought('salesforce')
    expect(await here.grant(of.id)).toMatchObject({ access_expires_at: null, renewal: 'refresh' })
    await here.clock.advance(DAY)
    const refusedToken = await here.usable(of.id)
    const sent = here.sent.length
    const all = await Promise.all(Array.from({ length: 10 }, () => here.usable(of.id, refusedToken)))
    expect(here.sent.length - sent).toBe(1)
    expect(new Set(all.map(({ version }) => version)).size).toBe(1)
  })
  it('13: Stripe keeps the hour to itself, and rolls the refresh token', async () => {
    const of = await here.brought('stripe', 'oauth')
    const { access_expires_at: end, renewed_at: at } = await here.grant(of.id)
    expect(end! - at!).toBe(HOUR)
    await renewed(of)
    expect(of.simulator.grants.at(-1)!.refreshTokens.length).toBeGreaterThan(3)
  })
  it.each([
    ['quickbooks', 'oauth'],
    ['square', 'oauth'],
    ['strava', 'oauth'],
    ['sentry', 'oauth'],
    ['tiktok', 'oauth'],
  ])('15: %s has its own words for ends, and numbers as text', async (id, method) => {
    const of = await here.brought(id, method, { levers: { numbersAsText: true } })
    const { access_expires_at: end } = await here.grant(of.id)
    expect(end).toBeGreaterThan(here.clock.now())
    await renewed(of)
  })
})

describe('refresh tokens that rotate', () => {
  it.each([
    ['14', 'shopify', 'oauth'],
    ['16', 'jira', 'oauth'],
    ['17', 'quickbooks', 'oauth'],
    ['18', 'todoist', 'oauth'],
    ['19', 'airtable', 'oauth'],
    ['19', 'box', 'oauth'],
    ['20', 'x', 'oauth'],
    ['21', 'slack', 'oauth'],
    ['21', 'slack', 'oauth_user'],
    ['22', 'calendly', 'oauth'],
    ['23', 'microsoft_graph', 'oauth'],
    ['24', 'gmail', 'oauth'],
    ['25', 'notion', 'oauth'],
    ['25', 'linear', 'oauth'],
    ['26', 'figma', 'oauth'],
    ['26', 'cal_com', 'oauth'],
    ['35', 'twitch', 'oauth'],
  ])('%s: %s %s is renewed five times in a row, for many at once', async (_number, id, method) => {
    const of = await here.brought(id, method)
    for (let time = 0; time < 5; time++) {
      await toTheEnd(of)
      const all = await Promise.all(Array.from({ length: 5 }, () => here.usable(of.id)))
      expect(new Set(all.map(({ version }) => version)).size).toBe(1)
    }
    expect(faultsIn(of.simulator)).toEqual([])
    expect(await here.row(of.id)).toMatchObject({ status: 'active' })
  })

  it('17: QuickBooks replaces it now and then: whatever comes back is kept, and five years are the end', async () => {
    const of = await here.brought('quickbooks')
    const { granted_at: from } = await here.grant(of.id)
    for (const rotates of [false, false, true, false, true]) {
      of.simulator.levers.rotates = rotates
      await renewed(of, 1)
    }
    expect(await here.grant(of.id)).toMatchObject({ grant_ends_at: from + 157_680_000 * SECOND })
    expect(await here.row(of.id)).toMatchObject({ status: 'active', health: 'ok' })
  })
  it('17: and an end that stands still for a day, and then moves, is no end', async () => {
    const of = await here.brought('quickbooks')
    const told = here.clock.now() + 100 * DAY
    const say = (end: number, number: number) =>
      here.instead(async () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          access_token: `at-${number}`,
          refresh_token: `rt-${number}`,
          expires_in: 3600,
          x_refresh_token_expires_in: Math.round((end - here.clock.now()) / SECOND),
        }),
      }))
    for (let number = 0; number < 24; number++) {
      await toTheEnd(of)
      say(told, number)
      await here.usable(of.id)
    }
    expect((await here.grant(of.id)).grant_ends_at).toBeLessThan(told + HOUR)
    await toTheEnd(of)
    say(here.clock.now() + 100 * DAY, 25)
    await here.usable(of.id)
    expect((await here.grant(of.id)).grant_ends_at).toBeGreaterThan(told + 1000 * DAY)
  })
  it('18: Todoist ends everything of a person when a used token is shown after its minute: it is not', async () => {
    const of = await here.brought('todoist')
    await here.clock.advance(50 * MINUTE)
    of.simulator.goDown('drop', 1)
    await here.round()
    await here.pass(2 * MINUTE, 10 * SECOND)
    expect(of.simulator.grants.every(({ revoked }) => !revoked)).toBe(true)
    expect(await here.row(of.id)).toMatchObject({ status: 'active' })
  })
  it('19: Box and Airtable end what nobody used for sixty days: it is renewed before', async () => {
    const box = await here.brought('box')
    await here.pass(200 * DAY, DAY)
    await here.usable(box.id)
    expect(faultsIn(box.simulator)).toEqual([])
  })
  it('23: Microsoft ends what nobody used for ninety days: it is renewed before, and the new token kept', async () => {
    const of = await here.brought('microsoft_graph')
    await here.pass(400 * DAY, DAY)
    await here.usable(of.id)
    expect(faultsIn(of.simulator)).toEqual([])
    expect((await here.grant(of.id)).renewals).toBeGreaterThan(12)
  })
  it('24: Google sends no refresh token with a renewal: the stored one is not overwritten with nothing', async () => {
    const of = await here.brought('gmail')
    await renewed(of, 5)
    expect(of.simulator.grants.at(-1)!.refreshTokens).toHaveLength(1)
  })
  it.each(['linear', 'notion'])(
    '25: an old app of %s gets no refresh token: what it gave is used as long as it lives',
    async (id) => {
      const of = await here.brought(id, 'oauth', { levers: { givesRefreshToken: false } })
      expect(await here.grant(of.id)).toMatchObject({ renewal: 'none', due_at: null })
      const sent = here.sent.length
      await here.usable(of.id)
      expect(here.sent).toHaveLength(sent)
    },
  )
  it('26: Figma renews at another address, Cal.com with the token in a header', async () => {
    const figma = await here.brought('figma')
    await renewed(figma, 1)
    const method = figma.service.auth.oauth!.obtain as { token: string }
    expect(here.sent.some(({ url }) => url.includes('refresh') && url !== method.token)).toBe(true)
  })
  it('27: Meta has no refresh token: the access token buys the next one before it ends', async () => {
    const of = await here.brought('facebook')
    await here.pass(45 * DAY, DAY)
    expect((await here.grant(of.id)).renewals).toBeGreaterThan(1)
    expect(faultsIn(of.simulator)).toEqual([])
  })
  it('28: LinkedIn gives most apps no refresh token: its end is shown', async () => {
    const of = await here.brought('linkedin', 'oauth', { levers: { givesRefreshToken: false } })
    expect(await here.grant(of.id)).toMatchObject({ renewal: 'none' })
    const { expiresAt } = await here.client.connections.get(of.id)
    expect(new Date(expiresAt!).getTime()).toBe(here.clock.now() + 60 * DAY)
  })
  it('35: a scope that comes as a list, or with commas, is read on every renewal', async () => {
    const twitch = await here.brought('twitch', 'oauth', { levers: { scopeAsList: true } })
    await renewed(twitch, 2)
    const scopes = JSON.parse((await here.row(twitch.id)).scopes!) as string[]
    expect(scopes.length).toBeGreaterThan(0)
    expect(scopes.every((scope) => !/[,[\]" ]/.test(scope))).toBe(true)
  })
})
