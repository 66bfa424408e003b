import { expect } from 'vitest'
import { connect } from '../../src/conformance/conformance.ts'
import {
  accepted,
  connected,
  DAY,
  expectNoFaults,
  known,
  outcome,
  type Quirks,
  refresh,
  resultOf,
  sentTo,
  start,
} from './quirk.ts'
import { trial } from './tampering.ts'

/** 1 to 15: answers that lie about success or failure, and about how long something lives. */
export const ofAnswers: Quirks = {
  1: {
    about: 'failure comes with 200, and the token may lie under authed_user only',
    shown: async () => {
      const user = await connected('slack', 'oauth', { within: 1 })
      expect(await accepted(user)).toBe(true)
      const bot = await connected('slack', 'oauth')
      bot.simulator.revokeGrant()
      expect(await outcome(bot.oauth.refresh(bot.party()))).toBe('grant_dead')
      expect(bot.simulator.calls.at(-1)?.status).toBe(200)
      expect(await accepted(bot)).toBe(false)
    },
  },
  2: {
    about: 'errors come with 200, answers are forms unless JSON is asked for, scopes come back with commas',
    shown: async () => {
      const caller = await connected('github', 'oauth', { failsInside200: true, ticked: ['read:user', 'repo'] })
      expect(sentTo(caller, 'token').headers.accept).toBe('application/json')
      expect(caller.state.last?.scopes).toEqual(['read:user', 'repo'])
      const { accept: _, ...headers } = sentTo(caller, 'token').headers
      const unasked = trial('github', known.github!, 'oauth', (request) =>
        request.headers.accept === 'application/json' && request.method === 'POST' ? { ...request, headers } : request,
      )
      await connect(unasked)
      expect(unasked.state.obtained.accessToken).toBeTruthy()
      const failing = start('github', 'oauth', { failsInside200: true })
      failing.simulator.levers.instead = (endpoint) =>
        endpoint === 'token'
          ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{"error":"bad_verification_code"}' }
          : undefined
      expect(await outcome(connect(failing))).toBe('grant_dead')
    },
  },
  3: {
    about: 'client_key in place of client_id at every step, commas, errors in 200, slashes at the end',
    shown: async () => {
      const caller = await connected('tiktok', 'oauth', {
        failsInside200: true,
        ticked: ['user.info.basic', 'video.list'],
      })
      await refresh(caller)
      for (const endpoint of ['authorize', 'token', 'refresh'] as const) {
        const { params, url } = sentTo(caller, endpoint)
        expect(params).toHaveProperty('client_key')
        expect(params).not.toHaveProperty('client_id')
        expect(new URL(url).pathname).toMatch(/\/$/)
      }
      expect(caller.state.last?.scopes).toEqual(['user.info.basic', 'video.list'])
      expect((await caller.oauth.revoke(caller.party())).outcome).toBe('ended')
      expect(sentTo(caller, 'revoke').params).toHaveProperty('client_key')
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
    },
  },
  4: {
    about: 'the data centre named on the way back is where code, refresh and calls go; errors come with 200',
    shown: async () => {
      const caller = await connected('zoho', 'oauth', { failsInside200: true })
      const { accounts, api } = caller.simulator.account.learned
      expect(new URL(sentTo(caller, 'authorize').url).host).toBe('accounts.zoho.com')
      expect(new URL(sentTo(caller, 'token').url).host).toBe(accounts)
      await refresh(caller)
      expect(new URL(sentTo(caller, 'refresh').url).host).toBe(accounts)
      await caller.use('GET', '/crm/v8/users')
      expect(new URL(sentTo(caller, 'api').url).host).toBe(api)
      expect(sentTo(caller, 'api').headers.authorization).toMatch(/^Zoho-oauthtoken /)
      expectNoFaults(caller)
      caller.simulator.revokeGrant()
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
    },
  },
  5: {
    about: 'a dead token gets 203 and a page, and base64 must be canonical',
    shown: async () => {
      const caller = await connected('azure_devops', 'token')
      caller.simulator.revokeGrant()
      const checked = await caller.check()
      expect(resultOf(checked)).toMatchObject({ accepted: false, meaning: { is: 'rejected' } })
      expect('answer' in checked && checked.answer?.status).toBe(203)
      const again = await connected('azure_devops', 'token')
      await again.check()
      const sent = sentTo(again, 'api')
      const stray = { ...sent, headers: { ...sent.headers, authorization: `${sent.headers.authorization}=` } }
      expect((await again.simulator.handle(stray)).status).toBe(203)
    },
  },
  6: {
    about: 'an instance asleep answers with a page and 200, which says nothing about the credential',
    shown: async () => {
      const caller = await connected('servicenow', 'service_account')
      caller.simulator.goDown('asleep')
      expect(resultOf(await caller.check())).toMatchObject({ reachable: false, accepted: null })
      caller.simulator.recover()
      caller.simulator.fail('unavailable')
      expect(resultOf(await caller.check())).toMatchObject({ reachable: false, accepted: null })
    },
  },
  7: {
    about: 'a refused credential need not be a 401',
    shown: async () => {
      const services = [
        ['gemini', 'api_key'],
        ['brave_search', 'token'],
        ['datadog', 'keys'],
        ['figma', 'token'],
        ['facebook', 'oauth'],
      ] as const
      for (const [id, method] of services) {
        const caller = await connected(id, method)
        caller.simulator.revokeGrant()
        const checked = await caller.check()
        expect('answer' in checked && checked.answer?.status, id).not.toBe(401)
        expect(resultOf(checked).accepted, id).toBe(false)
      }
    },
  },
  8: {
    about: 'a good credential may look refused when it is only restricted',
    shown: async () => {
      for (const [id, method] of [
        ['openai', 'api_key'],
        ['resend', 'api_key'],
        ['gitlab', 'token'],
        ['stripe', 'api_key'],
      ] as const) {
        const caller = await connected(id, method)
        const shapes = caller.simulator.shapes.filter(({ of }) => of === 'restricted')
        for (const index of shapes.keys()) {
          caller.simulator.fail('restricted', index)
          expect(resultOf(await caller.check()).accepted, `${id} ${index}`).toBe(true)
        }
      }
    },
  },
  9: {
    about: 'a yes to anybody proves nothing',
    shown: async () => {
      const caller = await connected('zendesk', 'api_token')
      caller.simulator.levers.instead = () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"user":{"id":null,"name":"Anonymous user"}}',
      })
      expect(await accepted(caller)).toBe(false)
      expect(await (await connected('zapier', 'webhook')).check()).toHaveProperty('none')
      const open = await connected('ollama', 'none')
      expect(resultOf(await open.check()).weak).toBe(true)
    },
  },
  10: {
    about: 'no life is named unless one is asked for, on code and refresh alike',
    shown: async () => {
      const caller = await connected('zendesk', 'oauth')
      await refresh(caller)
      expect(sentTo(caller, 'token').params.expires_in).toBe('172800')
      expect(sentTo(caller, 'refresh').params.expires_in).toBe('172800')
      expectNoFaults(caller)
      caller.clock.pass(31 * DAY)
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
    },
  },
  11: {
    about: 'zero seconds means for ever, and a look-up with a word of its own tells the data centre',
    shown: async () => {
      const caller = await connected('mailchimp', 'oauth')
      expect(caller.state.last?.life).toBe('never')
      expect(sentTo(caller, 'lookup').headers.authorization).toMatch(/^OAuth /)
      await caller.check()
      expect(new URL(sentTo(caller, 'api').url).host).toContain(caller.simulator.account.learned.dc)
      expectNoFaults(caller)
    },
  },
  12: {
    about:
      'no life is ever named: a 401 ends it; the refresh goes to the login host, and a new refresh token is kept when it comes',
    shown: async () => {
      const caller = await connected('salesforce', 'oauth', { rotates: true })
      expect(caller.state.last?.life).toBe('unknown')
      caller.simulator.expireAccessTokens()
      expect(await accepted(caller)).toBe(false)
      const before = caller.state.obtained.refreshToken
      await refresh(caller)
      expect(caller.state.obtained.refreshToken).not.toBe(before)
      expect(new URL(sentTo(caller, 'refresh').url).host).toBe('login.salesforce.com')
      expect(await accepted(caller)).toBe(true)
      expect(new URL(sentTo(caller, 'api').url).host).toBe(caller.simulator.account.learned.instance)
    },
  },
  13: {
    about: 'an hour that nobody names, and the secret key as user of Basic',
    shown: async () => {
      const caller = await connected('stripe', 'oauth', { namesLife: false })
      const life = caller.state.last?.life as { expiresAt: number }
      expect(Math.round((life.expiresAt - caller.clock.now()) / 1000)).toBe(3600)
      await refresh(caller)
      const basic = Buffer.from(sentTo(caller, 'refresh').headers.authorization!.slice(6), 'base64').toString()
      expect(basic).toBe(`${caller.simulator.account.app.clientSecret}:`)
    },
  },
  14: {
    about: 'tokens that expire have to be asked for, rotate, and the other kind is retired and not refused',
    shown: async () => {
      const caller = await connected('shopify', 'oauth')
      expect(sentTo(caller, 'token').params.expiring).toBe('1')
      expect(caller.state.last?.life).toHaveProperty('expiresAt')
      const before = caller.state.obtained.refreshToken
      await refresh(caller)
      expect(caller.state.obtained.refreshToken).not.toBe(before)
      caller.simulator.fail('retired')
      expect(resultOf(await caller.check())).toMatchObject({ accepted: null, meaning: { is: 'retired' } })
    },
  },
  15: {
    about: 'lives have many names and forms: other members, dates, numbers as text, status 201',
    shown: async () => {
      const quickbooks = await connected('quickbooks', 'oauth', { numbersAsText: true })
      expect(quickbooks.state.last?.refreshExpiresAt).toBeGreaterThan(quickbooks.clock.now() + 90 * DAY * 1000)
      expect(quickbooks.state.last?.life).toHaveProperty('expiresAt')
      const strava = await connected('strava', 'oauth')
      expect(strava.state.last?.life).toHaveProperty('expiresAt')
      const installation = start('sentry', 'installation')
      installation.simulator.levers.instead = (endpoint) =>
        endpoint === 'token'
          ? {
              status: 201,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ token: 'one', refreshToken: 'two', expiresAt: '2030-01-01T00:00:00Z' }),
            }
          : undefined
      await connect(installation)
      expect(installation.state.last?.life).toEqual({ expiresAt: Date.UTC(2030, 0, 1) })
    },
  },
}
