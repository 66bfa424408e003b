import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, MINUTE, SECOND } from '../../../src/clock.ts'
import type { Levers } from '../../../src/simulate/simulate.ts'
import { databaseName } from '../../database.ts'
import { type Ground, refreshGround } from './ground.ts'

/** Grants that came without anything to renew them by: their access token is all there is, until it has expired. */
let here: Ground
beforeAll(async () => {
  here = await refreshGround()
})
beforeEach(() => here.instead())
afterAll(() => here?.app.close())

const LIFE = 60 * DAY
const brought = (of = here, more: Partial<Levers> = {}) =>
  of.brought('linkedin', 'oauth', {
    levers: { givesRefreshToken: false, namesLife: true, lifeSeconds: LIFE / SECOND, ...more },
  })
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code: string; status?: number; reason?: string; health?: string; values?: Record<string, unknown> }) => {
      const { reason, health } = { ...error.values, ...error }
      return { code: error.code, status: error.status, reason, health }
    },
  )

describe(`a token that nothing renews, on ${databaseName}`, () => {
  it('lies apart from what is lasting, and is destroyed soon after it has expired', async () => {
    const { id } = await brought()
    expect(await here.grant(id)).toMatchObject({ renewal: 'none', has_access: 1 })
    expect(await here.held(id)).toEqual(['access 1', 'credential 1'])
    const { values } = await here.usable(id)
    expect(values.accessToken?.byteLength).toBeGreaterThan(0)
    await here.pass(LIFE + 50 * SECOND, 10 * DAY)
    expect(await here.held(id)).toEqual(['access 1', 'credential 1'])
    await here.pass(30 * SECOND, 10 * SECOND)
    expect(await here.held(id)).toEqual(['credential 1'])
    expect(await here.grant(id)).toMatchObject({ has_access: 0, tidy_at: null })
  })

  it.each([
    ['a moment ago', SECOND],
    ['long enough to be destroyed', 5 * MINUTE],
  ])('and has expired %s is said to have expired, by whoever asks, without asking the service', async (_, since) => {
    const { id } = await brought()
    await here.pass(LIFE, 20 * DAY)
    await here.pass(since, since / 5)
    const { workspaceId } = here.ada
    const sent = here.sent.length
    const expired = { status: 'error', health: 'expired', reason: 'expired' }
    expect(await here.client.connections.get(id)).toMatchObject(expired)
    const refused = await refusal(here.client.connections.test(id))
    expect(refused).toMatchObject({ code: 'connection.test_refused', status: 422, reason: 'expired' })
    expect(await refusal(here.usable(id))).toMatchObject({ code: 'connection.not_usable', health: 'expired' })
    await here.app.app.connections.probe(workspaceId, id)
    expect(await here.row(id)).toMatchObject(expired)
    expect(here.sent).toHaveLength(sent)
    // Nor can it be resumed.
    await here.client.connections.change(id, { status: 'paused' })
    const resumed = await refusal(here.client.connections.change(id, { status: 'active' }))
    expect(resumed).toMatchObject({ code: 'connection.test_refused', reason: 'expired' })
  })

  it('and never ends lies where it lasts, for as long as the connection stands', async () => {
    const levers = { givesRefreshToken: false, namesLife: false }
    const { id } = await here.brought('todoist', 'oauth', { levers })
    await here.pass(400 * DAY, 40 * DAY)
    expect(await here.held(id)).toEqual(['credential 1'])
    expect((await here.usable(id)).values.accessToken?.byteLength).toBeGreaterThan(0)
  })

  it('tells one connection from another where nobody knows whose they are', async () => {
    // Its API is down, so that it cannot be asked.
    const instead: Levers['instead'] = (endpoint) =>
      endpoint === 'api' ? { status: 503, headers: {}, body: '' } : undefined
    const { appId } = await brought(here, { instead })
    const expiresAt = new Date(here.clock.now() + LIFE).toISOString()
    const { results } = await here.client.connections.import({
      connections: ['one', 'other'].map((accessToken) => ({
        provider: 'linkedin',
        method: 'oauth',
        ...(appId ? { appId } : {}),
        tokens: { accessToken, expiresAt },
      })),
    })
    const rows = await Promise.all(results.map(({ connection }) => here.row(connection!.id)))
    const [one, other] = rows as [(typeof rows)[0], (typeof rows)[0]]
    expect([one.account_id, other.account_id]).toEqual([null, null])
    expect(one.account_key).not.toBeNull()
    expect(one.account_key).not.toBe(other.account_key)
  })

  it('is sealed even where access tokens are kept in memory: nobody could buy it again after a restart', async () => {
    const alone = await refreshGround({ environment: { CARDEA_ACCESS_TOKENS: 'memory' } })
    try {
      const { id } = await brought(alone)
      expect(await alone.held(id)).toEqual(['access 1', 'credential 1'])
      expect((await alone.usable(id)).values.accessToken?.byteLength).toBeGreaterThan(0)
      await alone.pass(LIFE, 20 * DAY)
      await alone.pass(2 * MINUTE, 30 * SECOND)
      expect(await alone.held(id)).toEqual(['credential 1'])
    } finally {
      await alone.app.close()
    }
  })
})
