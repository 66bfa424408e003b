import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import { databaseName } from '../../database.ts'
import { faultsIn, type Ground, refreshGround, renewalsIn } from './ground.ts'

/** What lies in the vault and for how long, and what is kept alive while nobody looks. */
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

const accessOf = async (id: string) => (await here.usable(id)).values.accessToken!.reveal()
const toTheEnd = async (id: string) => {
  const { access_expires_at: end } = await here.grant(id)
  await here.clock.advance(end! - here.clock.now())
}

describe(`in the vault, on ${databaseName}`, () => {
  it('an access token lies beside what is lasting, and is destroyed a minute after it has expired', async () => {
    const { id } = await here.brought('airtable')
    await here.pass(2 * MINUTE, MINUTE)
    expect(await here.held(id)).toEqual(['access 2', 'credential 2'])
    await here.client.connections.change(id, { status: 'paused' })
    await toTheEnd(id)
    await here.pass(50 * SECOND, 10 * SECOND)
    expect(await here.held(id)).toEqual(['access 2', 'credential 2'])
    await here.pass(20 * SECOND, 10 * SECOND)
    expect(await here.held(id)).toEqual(['credential 2'])
    expect(await here.grant(id)).toMatchObject({ has_access: 0, tidy_at: null })
    await here.client.connections.change(id, { status: 'active' })
    await here.usable(id)
  })

  it('what was renewed is destroyed, also where it is renewed faster than anybody tidies', async () => {
    const { id } = await here.brought('oauth2_generic', 'oauth', { levers: { lifeSeconds: 50, namesLife: true } })
    for (let minute = 0; minute < 30; minute++) {
      await here.pass(MINUTE, 5 * SECOND)
      await here.usable(id)
      expect((await here.held(id)).filter((name) => name.startsWith('credential')).length).toBeLessThanOrEqual(4)
    }
    expect((await here.grant(id)).renewals).toBeGreaterThan(30)
  })

  it('nothing is left of what was deleted, and no job goes on about it', async () => {
    const { id } = await here.brought('airtable')
    await toTheEnd(id)
    await here.usable(id)
    await here.client.connections.delete(id)
    const sent = here.sent.length
    await here.pass(3 * HOUR, 30 * MINUTE)
    expect(await here.held(id)).toEqual([])
    expect(renewalsIn(here.sent.slice(sent))).toEqual([])
    expect(await here.grant(id)).toMatchObject({ due_at: null, tidy_at: null })
  })

  it('an id token is kept no longer than the access token', async () => {
    const { id } = await here.brought('okta')
    await here.client.connections.change(id, { status: 'paused' })
    await here.pass(3 * HOUR, 30 * MINUTE)
    expect((await here.held(id)).filter((name) => name.startsWith('access'))).toEqual([])
  })
})

describe('what is kept alive', () => {
  it('is what is in use, ahead of its end: no caller ever waits', async () => {
    const { id } = await here.brought('airtable')
    for (let hour = 0; hour < 12; hour++) {
      await here.pass(HOUR, 5 * MINUTE)
      const sent = here.sent.length
      await here.usable(id)
      expect(here.sent).toHaveLength(sent)
    }
    const { renewals } = await here.grant(id)
    expect(renewals).toBeGreaterThanOrEqual(13)
    expect(renewals).toBeLessThanOrEqual(18)
  })

  it('is not what nobody uses, until somebody does', async () => {
    const { id, simulator } = await here.brought('linear')
    await here.pass(8 * DAY, 30 * MINUTE)
    const before = await here.grant(id)
    await here.pass(5 * DAY, 6 * HOUR)
    expect((await here.grant(id)).renewals).toBe(before.renewals)
    expect((await here.grant(id)).due_at).toBeNull()
    expect(await accessOf(id)).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
  })

  it('is what would lapse when idle, often enough and no oftener, also while it is paused', async () => {
    const { id, simulator } = await here.brought('airtable')
    await here.client.connections.change(id, { status: 'paused' })
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.paused' })
    const { renewals } = await here.grant(id)
    await here.pass(365 * DAY, 12 * HOUR)
    const after = (await here.grant(id)).renewals - renewals
    expect(after).toBeGreaterThanOrEqual(12)
    expect(after).toBeLessThanOrEqual(16)
    await here.client.connections.change(id, { status: 'active' })
    expect(await accessOf(id)).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(faultsIn(simulator)).toEqual([])
  })

  it('is shown to end where it ends whatever is done, a fortnight before', async () => {
    const { id } = await here.brought('linkedin')
    const { granted_at: from } = await here.grant(id)
    await here.pass(340 * DAY, DAY)
    expect(await here.client.connections.get(id)).toMatchObject({ status: 'active', health: 'ok' })
    expect(new Date((await here.client.connections.get(id)).expiresAt!).getTime()).toBe(from + 365 * DAY)
    await here.pass(12 * DAY, DAY)
    expect(await here.client.connections.get(id)).toMatchObject({ status: 'active', health: 'expiring' })
    await here.pass(14 * DAY, DAY)
    expect((await here.client.connections.get(id)).status).toBe('error')
  })

  it('is not shown to have ended when it goes on: what the definition said was not so', async () => {
    const { id } = await here.brought('linkedin')
    const { connections } = here.app.app
    const { workspaceId } = here.ada
    here.instead(async () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: `at-${here.clock.now()}`, expires_in: DAY / SECOND }),
    }))
    for (let day = 0; day < 364; day += 4) {
      const { version } = await here.usable(id)
      await connections.used({
        workspaceId,
        connectionId: id,
        version,
        outcome: { from: 'call', is: 'accepted' },
        hasCheck: true,
      })
      await here.pass(4 * DAY, 12 * HOUR)
    }
    expect(await here.client.connections.get(id)).toMatchObject({ status: 'active', health: 'expiring' })
    await here.pass(3 * DAY, 12 * HOUR)
    expect(await here.client.connections.get(id)).toMatchObject({ status: 'active', health: 'ok', expiresAt: null })
    await here.usable(id)
  })

  it('is a token that renews itself: half way to its end, never too early, and never after it', async () => {
    const { id, simulator } = await here.brought('instagram')
    const first = await here.grant(id)
    expect(first).toMatchObject({ renewal: 'access_token', renewals: 0, has_access: 0 })
    expect(await here.held(id)).toEqual(['credential 1'])
    await here.pass(14 * DAY, DAY)
    expect((await here.grant(id)).renewals).toBe(0)
    await here.pass(17 * DAY, DAY)
    expect((await here.grant(id)).renewals).toBeGreaterThan(0)
    expect(await accessOf(id)).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    await here.pass(400 * DAY, DAY)
    expect((await here.grant(id)).renewals).toBeGreaterThan(10)
    expect(await here.row(id)).toMatchObject({ status: 'active' })
    expect(faultsIn(simulator)).toEqual([])
    simulator.goDown('error')
    await here.pass(70 * DAY, DAY)
    simulator.recover()
    await here.pass(2 * HOUR, 10 * MINUTE)
    expect(await here.row(id)).toMatchObject({ status: 'error', health: 'needs_reauth' })
  })

  it('is not shown to another app than the one that it was granted to', async () => {
    const { id, appId } = await here.brought('airtable')
    const { app } = here.app
    await app.store.within({ workspaceId: here.ada.workspaceId }, (db) =>
      db
        .updateTable('oauth_apps')
        .set((eb) => ({ generation: eb('generation', '+', 1) }))
        .where('workspace_id', '=', here.ada.workspaceId)
        .where('id', '=', appId!)
        .execute(),
    )
    await toTheEnd(id)
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.not_usable' })
    expect(renewalsIn(here.sent)).toEqual([])
  })
})

describe('in memory alone', () => {
  it('access tokens are never written down, and are bought again by a server that does not have them', async () => {
    const alone = await refreshGround({ environment: { CARDEA_ACCESS_TOKENS: 'memory' } })
    try {
      const { id, simulator } = await alone.brought('airtable')
      await alone.usable(id)
      expect((await alone.held(id)).filter((name) => name.startsWith('access'))).toEqual([])
      expect(renewalsIn(alone.sent)).toHaveLength(0)
      const { access_expires_at: end } = await alone.grant(id)
      await alone.clock.advance(end! - alone.clock.now())
      const token = (await alone.usable(id)).values.accessToken!.reveal()
      expect(token).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
      expect((await alone.held(id)).filter((name) => name.startsWith('access'))).toEqual([])
    } finally {
      await alone.app.close()
    }
  })
})
