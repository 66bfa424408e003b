import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/clock.ts'
import { at, comeBack, consent } from '../connections/authorize/ground.ts'
import { databaseName } from '../database.ts'
import { isLive, type Journey, journey } from './granted-journey.ts'

/** Oddities 29 to 39 of the list of forty that touch OAuth: what comes with a return, which host, which header, what is about to change. */
let life: Journey
beforeAll(async () => {
  life = await journey()
})
afterEach(() => life.forget())
afterAll(() => life?.close())

const lives = async (there: Awaited<ReturnType<Journey['ground']>>, id: string) =>
  isLive(there.simulator, await life.usable(id), life.clock.now())
const tested = (id: string) => life.client().connections.test(id)

describe(`returns and requests, on ${databaseName}`, () => {
  it('29: what is glued to the end of code and state is taken off', async () => {
    const there = await life.ground('instagram', 'oauth')
    const id = await life.connected(there)
    expect(life.sentTo(there.simulator, 'token').params.code).not.toMatch(/#/)
    expect(await lives(there, id)).toBe(true)
  })

  it('30: the company is named on the return alone, and nothing is connected without it', async () => {
    const there = await life.ground('quickbooks', 'oauth')
    const id = await life.connected(there)
    await tested(id)
    const { realmId } = there.simulator.account.learned
    expect(life.sentTo(there.simulator, 'api').url).toContain(`/v3/company/${realmId}/`)
    there.simulator.levers.tells = false
    expect(await life.agreed(there)).toMatchObject({ state: 'failed', problem: { code: 'service.value_not_learned' } })
    const strava = await life.ground('strava', 'oauth')
    strava.simulator.levers.ticked = ['read']
    expect((await life.client().connections.get(await life.connected(strava))).scopes).toEqual(['read'])
  })

  it('30: a shop is believed only with its signature', async () => {
    const there = await life.ground('shopify', 'oauth')
    const client = life.client()
    const started = await client.connections.authorize({ ...there.input, bind: 'browser' })
    const location = new URL(await consent(there.simulator, started.authorizeUrl!))
    location.searchParams.set('shop', 'evil.myshopify.com')
    const calls = there.simulator.calls.length
    const shown = await comeBack(at(life.here, life.browser()), location.href)
    expect(shown.status).toBeGreaterThanOrEqual(400)
    expect(await client.connections.flows.get(started.id)).toMatchObject({ state: 'failed', connection: null })
    expect(there.simulator.calls.length).toBe(calls)
  })

  it('31: a token behind the #, OAuth 1.0a, and a key for a code', async () => {
    for (const [service, method] of [
      ['trello', 'authorize'],
      ['trello', 'oauth'],
      ['x', 'oauth1'],
      ['openrouter', 'oauth'],
    ] as const) {
      const there = await life.ground(service, method)
      const id = await life.connected(there)
      expect(await lives(there, id), `${service}.${method}`).toBe(true)
      await tested(id)
      await life.clock.advance(30 * DAY)
      expect(await lives(there, id), `${service}.${method}`).toBe(true)
      expect((await life.grant(id)).renewal).toBe('none')
    }
  })

  it.each([
    ['jira', 'cloudId'],
    ['xero', 'tenant'],
    ['docusign', 'base'],
    ['mailchimp', 'dc'],
    ['salesforce', 'instance'],
    ['pipedrive', 'host'],
  ])('32: a second call of %s tells %s, and calls go there', async (service, name) => {
    const there = await life.ground(service, 'oauth')
    const id = await life.connected(there)
    expect((await life.usable(id)).learned[name]).toBe(there.simulator.account.learned[name])
    expect(await tested(id)).toMatchObject({ status: 'active' })
  })

  it('32: with several a person chooses, and the choice stays when it is authorized again', async () => {
    const there = await life.ground('jira', 'oauth')
    there.simulator.levers.choices = 3
    const client = life.client()
    const started = await client.connections.authorize({ ...there.input, bind: 'browser' })
    const browser = at(life.here, life.browser())
    const shown = await comeBack(browser, await consent(there.simulator, started.authorizeUrl!))
    const { asks } = await client.connections.flows.get(started.id)
    expect(asks?.choices).toHaveLength(3)
    await browser.send(shown.url, { action: 'answer', choice: asks!.choices.at(-1)! })
    const { id } = (await client.connections.flows.get(started.id)).connection!
    const { cloudId } = (await life.usable(id)).learned
    expect(cloudId).toBe(there.simulator.account.learned.cloudId)
    expect(await life.again(there, id)).toMatchObject({ state: 'done' })
    expect((await life.usable(id)).learned.cloudId).toBe(cloudId)
  })

  it('33: each host has a token of its own from the same refresh token, and none is given to the other', async () => {
    const there = await life.ground('sharepoint', 'oauth', { settings: { name: 'contoso' } })
    const id = await life.connected(there)
    const first = await life.usable(id)
    const other = await life.usable(id, { host: 'contoso.sharepoint.com' })
    expect(life.sentTo(there.simulator, 'token').params).toMatchObject({
      grant_type: 'refresh_token',
      scope: 'https://contoso.sharepoint.com/.default',
    })
    const token = (of: typeof first) => of.values.accessToken!.reveal()
    expect(token(other)).not.toBe(token(first))
    expect(other.host).toBe('contoso.sharepoint.com')
    // Asked again, neither is bought again; and the first is what it was.
    const calls = there.simulator.calls.length
    expect(token(await life.usable(id, { host: 'contoso.sharepoint.com' }))).toBe(token(other))
    expect(token(await life.usable(id))).toBe(token(first))
    expect(there.simulator.calls.length).toBe(calls)
    // Refused there, another one is bought, and only there.
    const next = await life.usable(id, { host: 'contoso.sharepoint.com', rejected: other })
    expect(token(next)).not.toBe(token(other))
    expect(token(await life.usable(id))).toBe(token(first))
    expect(await lives(there, id)).toBe(true)
  })

  it('35: the word before a token belongs to the method, a header beside it too, and scopes may be a list', async () => {
    for (const [service, header, form] of [
      ['linear', 'authorization', /^Bearer /],
      ['clickup', 'authorization', /^Bearer /],
      ['twitch', 'client-id', /^client-/],
    ] as const) {
      const there = await life.ground(service, 'oauth')
      if (service === 'twitch') there.simulator.levers.scopeAsList = true
      const id = await life.connected(there)
      await tested(id)
      expect(life.sentTo(there.simulator, 'api').headers[header], service).toMatch(form)
      if (service !== 'twitch') continue
      const { scopes } = await life.client().connections.get(id)
      expect(scopes).toEqual(['user:read:email'])
      await life.renewed(there, id)
      expect((await life.client().connections.get(id)).scopes).toEqual(scopes)
    }
  })

  it('36: a header names the kind of token', async () => {
    const there = await life.ground('snowflake', 'oauth')
    await tested(await life.connected(there))
    expect(life.sentTo(there.simulator, 'api').headers['x-snowflake-authorization-token-type']).toBe('OAUTH')
  })

  it('38: 410 means that a definition is old, and ends nothing', async () => {
    const there = await life.ground('hubspot', 'oauth')
    const id = await life.connected(there)
    expect(life.sentTo(there.simulator, 'token').url).not.toContain('/oauth/v1/')
    there.simulator.fail('retired')
    await life.refused(tested(id))
    expect(await life.client().connections.get(id)).toMatchObject({ status: 'active', reason: 'api_retired' })
    there.simulator.recover()
    await tested(id)
    expect(await life.client().connections.get(id)).toMatchObject({ status: 'active', health: 'ok', reason: null })
  })

  it.each(['challenge', 'well_known', 'well_known_root', 'own_issuer', 'openid_only'] as const)(
    '39: a server that nobody described is found by %s, and knows us without a scope in the registration',
    async (announces) => {
      const there = await life.ground('mcp', 'oauth')
      Object.assign(there.simulator.levers, { announces, registersScope: false })
      const id = await life.connected(there)
      expect(await lives(there, id)).toBe(true)
      await life.renewed(there, id)
      expect(life.sentTo(there.simulator, 'token').params.resource).toBeTruthy()
      expect(life.sentTo(there.simulator, 'refresh').params.resource).toBe(
        life.sentTo(there.simulator, 'token').params.resource,
      )
      expect(await lives(there, id)).toBe(true)
    },
  )

  it('39: one that describes another resource is not believed', async () => {
    const there = await life.ground('mcp', 'oauth')
    there.simulator.levers.announces = 'wrong_resource'
    const begun = life.client().connections.authorize({ ...there.input, bind: 'browser' })
    expect(await life.refused(begun)).toBe('oauth.discovery_failed')
  })
})
