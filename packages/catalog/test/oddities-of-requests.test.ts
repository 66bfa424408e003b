/** Shapes that services really have and the language must be able to say. Each entry compiles, and breaks no rule. */
import { describe, expect, it } from 'vitest'
import { defineService } from '../src/define.ts'
import { complaints, type Service } from '../src/index.ts'
import * as kind from '../src/kinds.ts'
import { authorize, frame, token, words } from './frame.ts'

const oddities: Record<string, Service> = {
  'the credential in the path, before or behind': defineService({
    ...frame,
    auth: {
      a: kind.keys({ ...words, fields: { token: { label: 'Token' } }, send: { path: '/bot{token}{path}' } }),
      b: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { path: '{path}/with/key/{key}' } }),
    },
    check: { get: '/getMe', ok: { path: 'ok', is: true } },
  }),
  'cookie, body, several keys, client id beside the token': defineService({
    ...frame,
    auth: {
      a: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { cookies: { session: '{key}' } } }),
      b: kind.keys({ ...words, fields: { key: { label: 'Routing key' } }, send: { body: { routing_key: '{key}' } } }),
      c: kind.keys({
        ...words,
        fields: { key: { label: 'Key' } },
        send: { headers: { apikey: '{key}', authorization: 'Bearer {key}' } },
      }),
      d: kind.oauth2({
        ...words,
        obtain: { authorize, token },
        send: { headers: { authorization: 'Bearer {accessToken}', 'client-id': '{clientId}' } },
      }),
      e: kind.apiKey('authorization', { ...words, key: { label: 'Key' } }, 'Token token={key}'),
    },
  }),
  'anything, by address': defineService({
    ...frame,
    settings: {
      server: { kind: 'url', label: 'Address' },
      test: { kind: 'path', label: 'Path to try', optional: true },
      header: { kind: 'text', label: 'Header', default: 'X-API-Key', pattern: '^[A-Za-z0-9-]{1,60}$' },
    },
    baseUrl: '{server}',
    auth: {
      header: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { headers: { '{header}': '{key}' } } }),
      query: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { query: { '{header}': '{key}' } } }),
      oauth: kind.oauth2({
        ...words,
        settings: { authorizeUrl: { kind: 'url', label: 'Authorize' }, tokenUrl: { kind: 'url', label: 'Token' } },
        obtain: { authorize: '{authorizeUrl}', token: '{tokenUrl}', client: ['basic', 'body', 'private_key', 'none'] },
      }),
      found: kind.discovered({ ...words, obtain: { resource: '{server}', register: ['document', 'dynamic', 'app'] } }),
      open: kind.none(words),
    },
    check: { get: '{test}' },
  }),
  'a token behind the #, OAuth 1.0a, a login in two steps': defineService({
    ...frame,
    auth: {
      a: kind.fragment({
        ...words,
        app: { fields: { key: { label: 'Key' } } },
        obtain: { authorize, params: { key: '{key}', response_type: 'token' }, returnsTo: 'return_url', at: 'token' },
        send: { query: { key: '{key}', token: '{accessToken}' } },
      }),
      b: kind.oauth1({
        ...words,
        obtain: { request: 'https://example.com/request', authorize, token },
        send: { sign: { with: 'oauth1', method: 'HMAC-SHA1', token: '{accessToken}', tokenSecret: '{tokenSecret}' } },
      }),
      c: kind.twoStep({
        ...words,
        settings: { user: { kind: 'text', label: 'User', pattern: '^\\S+$' } },
        fields: { secret: { label: 'Secret' } },
        obtain: {
          url: 'https://api.example.com/auth',
          json: { identifier: '{user}', secret: '{secret}' },
          gives: { accessToken: 'access_token' },
          answer: { lifetime: 600 },
        },
      }),
    },
  }),
  'grants of other names, swapped tokens, scopes told on the way back': defineService({
    ...frame,
    auth: {
      a: kind.clientCredentials({
        ...words,
        settings: { account: { kind: 'text', label: 'Account', pattern: '^\\S+$' } },
        fields: { clientId: { label: 'Id' }, clientSecret: { label: 'Secret' } },
        obtain: { token, grant: 'account_credentials', extra: { token: { account_id: '{account}' } } },
      }),
      b: kind.oauth2({
        ...words,
        obtain: {
          authorize,
          token,
          callback: { scope: 'scope' },
          exchange: { url: token, method: 'GET', params: { fb_exchange_token: '{accessToken}' } },
          refresh: { presents: 'access_token', method: 'GET', params: { fb_exchange_token: '{accessToken}' } },
        },
      }),
    },
  }),
  'webhooks on many hosts, and one that says yes to anything': defineService({
    ...frame,
    hosts: ['*.webhook.example.com', 'hook.eu1.example.com', 'hook.us1.example.com'],
    auth: {
      a: kind.webhook({
        ...words,
        url: { label: 'Address', pattern: '^https://[a-z0-9-]+\\.webhook\\.example\\.com/[A-Za-z0-9/-]+$' },
        check: { post: '', body: { test: true }, weak: true, answer: 'any' },
      }),
      b: kind.webhook({
        ...words,
        url: { label: 'Address', pattern: '^https://hook\\.(eu1|us1)\\.example\\.com/[a-z0-9]+$' },
      }),
    },
  }),
  'genuine although refused, and asleep although answering': defineService({
    ...frame,
    auth: { a: kind.bearer({ ...words, token: { label: 'Token' } }) },
    check: { get: '/models', alsoOk: [{ status: [401, 403], contains: 'Missing scopes' }], ok: { status: 200 } },
    answers: {
      restricted: [{ status: 401, path: 'name', is: 'restricted_api_key' }],
      rejected: [{ status: 400, contains: 'API_KEY_INVALID' }, { status: 422 }, { status: 203 }],
      unavailable: [{ contains: 'hibernating' }],
      retired: [{ status: 410 }],
    },
  }),
}

describe.each(Object.entries(oddities))('%s', (_, service) => {
  it('can be said', () => {
    expect(complaints('example', service)).toEqual([])
    expect(JSON.parse(JSON.stringify(service))).toEqual(service)
  })
})
