import { expect } from 'vitest'
import { connect } from '../../src/conformance/conformance.ts'
import { choicesFrom, lookupsOf, readCallback, renewalOf } from '../../src/oauth/oauth.ts'
import { Secret } from '../../src/secret.ts'
import {
  accepted,
  connected,
  expectNoFaults,
  known,
  outcome,
  type Quirks,
  refresh,
  resultOf,
  sentTo,
  start,
} from './quirk.ts'

/** 29 to 40: what comes with the redirect, which host and which header, and what is about to change. */
export const ofRequests: Quirks = {
  29: {
    about: 'something is glued to the end of code and state',
    shown: async () => {
      const caller = await connected('instagram', 'oauth')
      expect(sentTo(caller, 'token').params.code).not.toContain('#')
      expectNoFaults(caller)
    },
  },
  30: {
    about: 'the account is named on the redirect alone, and believed only when it fits its pattern and its signature',
    shown: async () => {
      const quickbooks = await connected('quickbooks', 'oauth')
      await quickbooks.check()
      expect(sentTo(quickbooks, 'api').url).toContain(`/v3/company/${quickbooks.simulator.account.learned.realmId}/`)
      expect(await outcome(connect(start('quickbooks', 'oauth', { tells: false })))).toBe('service.value_not_learned')
      const strava = await connected('strava', 'oauth', { ticked: ['read'] })
      expect(strava.state.last?.scopes).toEqual(['read'])
      const shopify = start('shopify', 'oauth')
      const begun = await shopify.oauth.begin(shopify.party())
      const page = await shopify.simulator.handle({ method: 'GET', url: begun.address, headers: {} })
      const query = new URL(page.headers.location!).searchParams
      const obtain = known.shopify!.auth.oauth!.obtain
      if (obtain.by !== 'code') throw new Error('another way')
      const expected = {
        state: begun.ticket.state,
        clientSecret: Secret.of(shopify.simulator.account.app.clientSecret),
      }
      expect(readCallback(obtain, query, expected).code).toBeTruthy()
      query.set('shop', 'evil.myshopify.com')
      expect(() => readCallback(obtain, query, expected)).toThrow()
    },
  },
  31: {
    about: 'three ways that only look like OAuth 2: a token behind the #, OAuth 1.0a, and a key for a code',
    shown: async () => {
      const fragment = await connected('trello', 'authorize')
      expect(sentTo(fragment, 'authorize').params.return_url).toMatch(/[?&]state=/)
      expect(await accepted(fragment)).toBe(true)
      expect(await accepted(await connected('trello', 'oauth'))).toBe(true)
      const router = await connected('openrouter', 'oauth')
      expect(sentTo(router, 'authorize').params.callback_url).toMatch(/[?&]state=/)
      expect(router.state.last?.life).toBe('never')
      expect(await accepted(router)).toBe(true)
    },
  },
  32: {
    about: 'a second call tells the tenant or the host; with several the person chooses, unless one is preferred',
    shown: async () => {
      for (const [id, learned] of [
        ['jira', 'cloudId'],
        ['xero', 'tenant'],
        ['docusign', 'base'],
        ['mailchimp', 'dc'],
        ['salesforce', 'instance'],
        ['pipedrive', 'host'],
      ] as const) {
        const caller = await connected(id, 'oauth')
        expect(caller.state.learned[learned], id).toBe(caller.simulator.account.learned[learned])
        expect(await accepted(caller), id).toBe(true)
      }
      const { service, method, simulator, state, ...jira } = await connected('jira', 'oauth', { choices: 3 })
      const asked = lookupsOf(method)[0]!
      const answer = await jira.own({ method: 'GET', to: asked.lookup.get, headers: {} })
      const choices = choicesFrom(service, method, asked, JSON.parse(answer.body))
      expect(choices.map(({ label }) => label)).toEqual(['Another one', 'Another one', 'The right one'])
      expect(simulator.account.learned).toMatchObject(choices.at(-1)!.values)
      const xero = await connected('xero', 'oauth', { choices: 3 })
      expect(xero.state.learned.tenant).toBe(xero.simulator.account.learned.tenant)
      expect(state.learned.cloudId).toBeTruthy()
    },
  },
  33: {
    about: 'one access token for each resource, from the same refresh token',
    shown: async () => {
      const account = { settings: { name: 'contoso' } }
      const caller = start('sharepoint', 'oauth', {}, account)
      await connect(caller)
      const resourceHost = 'contoso.sharepoint.com'
      const call = async (accessToken: Secret | undefined, url: string) => {
        const own = { ...caller.state.obtained }
        caller.state.obtained = { ...own, accessToken }
        const answer = await caller.own({ method: 'GET', to: url, headers: {} })
        caller.state.obtained = own
        return answer.status
      }
      const graph = caller.state.obtained.accessToken
      const { secrets } = await caller.oauth.refresh(caller.party(), { resourceHost })
      expect(sentTo(caller, 'refresh').params.scope).toBe(`https://${resourceHost}/.default`)
      expect(await call(graph, `https://${resourceHost}/_api/web`)).toBe(401)
      expect(await call(secrets.accessToken, `https://${resourceHost}/_api/web`)).toBe(200)
      expect(await call(secrets.accessToken, 'https://graph.microsoft.com/v1.0/me')).toBe(401)
      expect(await call(graph, 'https://graph.microsoft.com/v1.0/me')).toBe(200)
    },
  },
  34: {
    about: 'tokens with scopes are refused at the site and work at the gateway, which an anonymous look-up names',
    shown: async () => {
      for (const [base, works] of [
        [0, [true, false]],
        [1, [false, true]],
      ] as const) {
        const caller = await connected('jira', 'api_token', { base })
        expect(sentTo(caller, 'lookup').headers).not.toHaveProperty('authorization')
        for (const at of [0, 1]) {
          caller.state.base = at
          expect(await accepted(caller)).toBe(works[at])
        }
      }
    },
  },
  35: {
    about: 'the words before a credential belong to the method, not to the service; scopes may be a list',
    shown: async () => {
      const words: [string, string, string, RegExp][] = [
        ['linear', 'api_key', 'authorization', /^lin_api_/],
        ['linear', 'oauth', 'authorization', /^Bearer /],
        ['clickup', 'token', 'authorization', /^pk_/],
        ['clickup', 'oauth', 'authorization', /^Bearer /],
        ['monday', 'api_token', 'authorization', /^[^ ]+$/],
        ['pagerduty', 'api_key', 'authorization', /^Token token=/],
        ['okta', 'api_token', 'authorization', /^SSWS /],
        ['snyk', 'api_token', 'authorization', /^token /],
        ['deepgram', 'api_key', 'authorization', /^Token /],
        ['opsgenie', 'api_key', 'authorization', /^GenieKey /],
        ['discord', 'bot_token', 'authorization', /^Bot /],
        ['klaviyo', 'api_key', 'authorization', /^Klaviyo-API-Key /],
        ['figma', 'token', 'x-figma-token', /^figd_/],
        ['bitbucket', 'api_token', 'authorization', /^Basic /],
        ['bitbucket', 'token', 'authorization', /^Bearer /],
        ['twitch', 'oauth', 'client-id', /^client-/],
      ]
      for (const [id, method, header, form] of words) {
        const caller = await connected(id, method)
        expect(await accepted(caller), `${id}.${method}`).toBe(true)
        expect(sentTo(caller, 'api').headers[header], `${id}.${method}`).toMatch(form)
      }
      const twitch = await connected('twitch', 'oauth', { scopeAsList: true })
      expect(twitch.state.last?.scopes).toEqual(['user:read:email'])
      expect((await refresh(twitch)).scopes).toEqual(['user:read:email'])
    },
  },
  36: {
    about: 'the claim wants capitals and no region, the host keeps it, and a header names the kind of token',
    shown: async () => {
      const settings = { account: 'my_org-acct.eu-west-1.aws', user: 'svc_user' }
      const caller = start('snowflake', 'key_pair', {}, { settings })
      await connect(caller)
      expect(await accepted(caller)).toBe(true)
      const { url, headers } = sentTo(caller, 'api')
      expect(new URL(url).host).toBe('my-org-acct.eu-west-1.aws.snowflakecomputing.com')
      expect(headers['x-snowflake-authorization-token-type']).toBe('KEYPAIR_JWT')
      const claims = JSON.parse(Buffer.from(headers.authorization!.split('.')[1]!, 'base64url').toString())
      expect(claims.sub).toBe('MY_ORG-ACCT.SVC_USER')
      expect(claims.iss).toMatch(/^MY_ORG-ACCT\.SVC_USER\.SHA256:[A-Za-z0-9+/]{43}=$/)
      expect(claims.exp - claims.iat).toBeLessThanOrEqual(3600)
      for (const [method, kind] of [
        ['token', 'PROGRAMMATIC_ACCESS_TOKEN'],
        ['oauth', 'OAUTH'],
      ] as const) {
        const other = await connected('snowflake', method)
        await other.check()
        expect(sentTo(other, 'api').headers['x-snowflake-authorization-token-type']).toBe(kind)
      }
    },
  },
  37: {
    about: 'two kinds of token in two headers, and a version that looks like a bad key when it is missing',
    shown: async () => {
      const key = await connected('anthropic', 'api_key')
      expect(await accepted(key)).toBe(true)
      expect(sentTo(key, 'api').headers['x-api-key']).toMatch(/^sk-ant-api/)
      expect(sentTo(key, 'api').headers).not.toHaveProperty('authorization')
      const cli = await connected('anthropic', 'cli')
      expect(await accepted(cli)).toBe(true)
      expect(sentTo(cli, 'api').headers).toMatchObject({
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'oauth-2025-04-20',
      })
      const { 'anthropic-version': _, ...headers } = sentTo(key, 'api').headers
      expect((await key.simulator.handle({ ...sentTo(key, 'api'), headers })).status).toBe(400)
    },
  },
  38: {
    about:
      'methods end on a day that is written down, and 410 means that the definition is old, never that the token is bad',
    shown: async () => {
      expect(known.zendesk!.auth.api_token!.retires).toMatchObject({ on: '2027-04-30', use: 'oauth' })
      for (const [id, method] of [
        ['todoist', 'token'],
        ['hubspot', 'oauth'],
        ['bitbucket', 'token'],
      ] as const) {
        const caller = await connected(id, method)
        caller.simulator.fail('retired')
        expect(resultOf(await caller.check()), id).toMatchObject({ accepted: null, meaning: { is: 'retired' } })
      }
      expect(JSON.stringify(known.hubspot!.auth.oauth!.obtain)).not.toContain('/oauth/v1/')
      expect(known.bitbucket!.auth).not.toHaveProperty('app_password')
    },
  },
  39: {
    about:
      'a server that nobody described announces itself in many ways, and is not believed when it speaks of another',
    shown: async () => {
      for (const announces of ['challenge', 'well_known', 'well_known_root', 'own_issuer', 'openid_only'] as const) {
        const caller = await connected('mcp', 'oauth', { announces, registersScope: false })
        expectNoFaults(caller)
        expect((await caller.use('GET', '')).status, announces).toBe(200)
        const { resource } = caller.state.found!
        expect(sentTo(caller, 'authorize').params.resource).toBe(resource)
        expect(sentTo(caller, 'token').params.resource).toBe(resource)
        expect(renewalOf(caller.party())).toBe('refresh')
      }
      expect(await outcome(connected('mcp', 'oauth', { announces: 'wrong_resource' }))).toBe('oauth.discovery_failed')
    },
  },
}
