/** Shapes that services really have and the language must be able to say. Each entry compiles, and breaks no rule. */
import { describe, expect, it } from 'vitest'
import { defineService } from '../src/define.ts'
import { complaints, type Service } from '../src/index.ts'
import * as kind from '../src/kinds.ts'
import { authorize, frame, token, words } from './frame.ts'

const oddities: Record<string, Service> = {
  'client id under another name, commas, failure in a 200': defineService({
    ...frame,
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: {
          authorize: `${authorize}/`,
          token: `${token}/`,
          client: 'body',
          names: { clientId: 'client_key' },
          answer: {
            failure: { path: 'error.code', not: 'ok' },
            at: { refreshExpiresIn: 'refresh_expires_in' },
            separator: ',',
          },
        },
        scopes: { separator: ',', ask: { 'user.info.basic': 'See your name' } },
      }),
    },
  }),
  'looks like OAuth, needs no client, has no state, yields a key': defineService({
    ...frame,
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: {
          authorize,
          token,
          client: 'none',
          pkce: 'required',
          body: 'json',
          names: { clientId: null, responseType: null, grantType: null, state: null, redirectUri: 'callback_url' },
          callback: { state: 'in_redirect' },
          extra: { token: { code_challenge_method: 'S256' } },
          answer: { at: { accessToken: 'key' }, lifetime: 'never' },
          refresh: false,
        },
      }),
    },
  }),
  'zero means never, and a call tells the data centre': defineService({
    ...frame,
    baseUrl: 'https://{dc}.api.example.com/3.0',
    ownHosts: ['login.example.com'],
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: { authorize, token, answer: { zero: 'never' }, refresh: false },
        learn: {
          dc: {
            from: { get: 'https://login.example.com/metadata', headers: { authorization: 'OAuth {accessToken}' } },
            at: 'dc',
            pattern: '^us[0-9]{1,3}$',
          },
        },
      }),
      b: kind.basic({
        ...words,
        fields: { key: { label: 'API key' } },
        learn: { dc: { from: 'field', at: 'key', match: '-(us[0-9]{1,3})$', pattern: '^us[0-9]{1,3}$' } },
        user: 'anystring',
        password: '{key}',
      }),
    },
  }),
  'secret key as user, hidden hour, rolling refresh': defineService({
    ...frame,
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: {
          authorize,
          token,
          client: 'secret_as_user',
          answer: { lifetime: 3600 },
          refresh: { rotates: 'always', lapses: { idleSeconds: 31_536_000 } },
        },
      }),
    },
  }),
  'which tenant was linked is in a claim': defineService({
    ...frame,
    headers: { 'tenant-id': '{tenant}' },
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: { authorize, token, refresh: { rotates: 'always', graceSeconds: 1800 } },
        learn: {
          tenant: {
            from: {
              get: 'https://api.example.com/connections',
              list: '',
              label: 'tenantName',
              prefer: { authEventId: { claim: 'authentication_event_id' } },
            },
            at: 'tenantId',
            pattern: '^[0-9a-f-]{36}$',
          },
        },
      }),
    },
  }),
  'the answer names the host of the account': defineService({
    ...frame,
    settings: {
      environment: {
        kind: 'choice',
        label: 'Environment',
        default: 'live',
        options: {
          live: { label: 'Live', account: 'account.example.com' },
          demo: { label: 'Demo', account: 'account-d.example.com' },
        },
      },
    },
    baseUrl: 'https://{base}/restapi/v2.1/accounts/{account}',
    ownHosts: ['{environment.account}'],
    auth: {
      a: kind.oauth2({
        ...words,
        perConnection: ['environment'],
        obtain: { authorize: 'https://{environment.account}/auth', token: 'https://{environment.account}/token' },
        learn: {
          base: {
            from: { get: 'https://{environment.account}/userinfo', list: 'accounts', prefer: { is_default: true } },
            at: 'base_uri',
            take: 'host',
            pattern: '^[a-z0-9]{1,20}\\.example\\.net$',
          },
          account: {
            from: { get: 'https://{environment.account}/userinfo', list: 'accounts', prefer: { is_default: true } },
            at: 'account_id',
            pattern: '^[0-9a-f-]{36}$',
          },
        },
      }),
    },
  }),
  'refresh elsewhere, as bearer, or with the redirect address': defineService({
    ...frame,
    auth: {
      a: kind.oauth2({
        ...words,
        obtain: { authorize, token, refresh: { url: 'https://example.com/refresh', rotates: 'never' } },
      }),
      b: kind.oauth2({
        ...words,
        obtain: {
          authorize,
          token,
          refresh: { url: 'https://example.com/r', params: {}, headers: { authorization: 'Bearer {refreshToken}' } },
        },
      }),
      c: kind.oauth2({
        ...words,
        obtain: { authorize, token, refresh: { withRedirectUri: true, reuse: 'revokes_all' } },
      }),
    },
  }),
  'one resource for each access token': defineService({
    ...frame,
    hosts: ['{team}.example.net'],
    settings: { team: { kind: 'text', label: 'Team', pattern: '^[a-z0-9]+$' } },
    auth: {
      a: kind.oauth2({
        ...words,
        perConnection: ['team'],
        obtain: {
          authorize,
          token,
          refresh: { withScope: true },
          resources: { '{team}.example.net': 'https://{team}.example.net/.default' },
        },
      }),
    },
  }),
}

describe.each(Object.entries(oddities))('%s', (_, service) => {
  it('can be said', () => {
    expect(complaints('example', service)).toEqual([])
    expect(JSON.parse(JSON.stringify(service))).toEqual(service)
  })
})
