/** Words of the language that few services use, or none yet: each still means the same on both sides. */
import type { Service } from '@cardea/catalog'
import * as kind from '@cardea/catalog/kinds'
import { describe, expect, it } from 'vitest'
import { checkService } from '../../src/conformance/conformance.ts'
import { connected, expectNoFaults, known, outcome } from './quirk.ts'
import { live, trial } from './tampering.ts'

const words = { label: 'Connect', steps: ['Do this, then that.'] } as const
const authorize = 'https://example.com/authorize'
const token = 'https://example.com/token'
const frame = {
  name: 'Example',
  docs: 'https://example.com/docs',
  category: 'developer',
  icon: { letters: 'Ex', colour: '#123456' },
  baseUrl: 'https://api.example.com/v1',
  check: { get: '/me' },
  identity: { id: 'id' },
  verified: { on: '2026-11-20', by: ['https://example.com'] },
} as const

const oauth = (obtain: object) => kind.oauth2({ ...words, obtain: { authorize, token, ...obtain } } as never)
const account = { account: { kind: 'text', label: 'Account', pattern: '^[a-z]{6}$' } } as const
const jwt = (alg: string, shape: object) =>
  kind.jwtAssertion({
    ...words,
    settings: account,
    fields: { key: { label: 'Key', ...shape } },
    obtain: {
      as: 'grant',
      token,
      client: 'none',
      jwt: { alg, key: { field: 'key' }, claims: { iss: '{account}' }, lifeSeconds: 60, jti: true },
    },
  } as never)

const methods: Record<string, Record<string, object>> = {
  'ways to authenticate the client': {
    key: oauth({ client: ['private_key', 'basic'] }),
    user: oauth({ client: 'secret_as_user' }),
    public: oauth({ client: 'none', pkce: 'required' }),
  },
  'forms of the token call': {
    json: oauth({ body: 'json' }),
    query: oauth({ body: 'query', client: 'body' }),
    renamed: oauth({
      client: 'body',
      names: {
        clientId: 'app_id',
        clientSecret: 'app_secret',
        code: 'ticket',
        redirectUri: 'back',
        grantType: 'kind',
        scope: 'permissions',
        state: 'state',
      },
    }),
    headers: oauth({ headers: { 'x-version': '3', accept: 'application/json' } }),
  },
  'ways to refresh': {
    elsewhere: oauth({ refresh: { url: 'https://example.com/refresh', rotates: 'never' } }),
    bearer: oauth({
      refresh: {
        url: 'https://example.com/again',
        params: {},
        client: 'none',
        headers: { authorization: 'Bearer {refreshToken}' },
        rotates: 'always',
      },
    }),
    redirect: oauth({ refresh: { withRedirectUri: true, reuse: 'revokes_all', rotates: 'always' } }),
    own: oauth({
      client: 'body',
      refresh: { params: { refresh_token: '{refreshToken}', what: 'renewal' }, rotates: 'sometimes' },
    }),
    itself: oauth({
      refresh: { presents: 'access_token', method: 'GET', client: 'none', params: { token: '{accessToken}' } },
    }),
  },
  'ways to end': {
    json: oauth({ revoke: { url: 'https://example.com/end', body: 'json', params: { token: '{refreshToken}' } } }),
    header: oauth({
      revoke: {
        url: 'https://api.example.com/v1/grant',
        method: 'DELETE',
        body: 'empty',
        client: 'none',
        headers: { authorization: 'Bearer {accessToken}' },
      },
    }),
    plain: oauth({ revoke: { url: 'https://example.com/end', ok: { path: 'done', is: true } } }),
  },
  'answers of the token endpoint': {
    zero: oauth({ answer: { zero: 'never' }, refresh: false }),
    dated: oauth({ answer: { at: { expiresAt: 'data.until', accessToken: 'data.key' } } }),
    inside: oauth({ answer: { within: ['result', ''], failure: { path: 'result.ok', is: false } } }),
  },
  'signed tokens': {
    rsa: jwt('RS256', { shape: 'pem' }),
    curve: jwt('ES256', { shape: 'pem' }),
    mac: jwt('HS256', {}),
  },
  'places of a credential': {
    cookie: kind.keys({
      ...words,
      fields: { key: { label: 'Key', pattern: '^[a-z0-9]{20}$' } },
      send: { cookies: { session: '{key}' } },
    }),
    query: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { query: { api_key: '{key}' } } }),
    before: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { path: '/bot{key}{path}' } }),
    behind: kind.keys({ ...words, fields: { key: { label: 'Key' } }, send: { path: '{path}/with/key/{key}' } }),
    several: kind.keys({
      ...words,
      fields: { one: { label: 'One' }, two: { label: 'Two', optional: true } },
      send: { headers: { 'x-one': '{one}', 'x-two': '{two}' } },
    }),
  },
}

describe.each(Object.entries(methods))('%s', (_, auth) => {
  it.each(Object.keys(auth))('%s', async (method) => {
    const service = { ...frame, auth: { [method]: auth[method] } } as unknown as Service
    const report = await checkService('example', service)
    expect(report.complaints).toEqual([])
    expect(report.methods.flatMap(({ steps }) => steps.filter(({ is }) => is === 'failed'))).toEqual([])
    expectNoFaults(await lived(service, method))
  })
})

async function lived(service: Service, method: string) {
  const caller = trial('example', service, method)
  await live(caller)
  return caller
}

describe('a definition that contradicts itself', () => {
  const report = async (more: object) => {
    const service = {
      ...frame,
      auth: { key: kind.bearer({ ...words, token: { label: 'Token' } }) },
      ...more,
    } as unknown as Service
    const {
      methods: [only],
      passed,
    } = await checkService('example', service)
    expect(passed).toBe(false)
    return only!.steps.filter(({ is }) => is === 'failed').map(({ name, where }) => `${name} @ ${where}`)
  }

  it('is told which failure passes its check', async () => {
    expect(await report({ check: { get: '/me', ok: { status: 403 } } })).toContain(
      'restricted as 403 @ answers.restricted',
    )
  })
  it('is told when success reads like a refusal', async () => {
    const contradiction = {
      check: { get: '/me', ok: { path: 'ok', is: true } },
      answers: { rejected: [{ path: 'ok', is: true }] },
    }
    expect(await report(contradiction)).toContain('wrong key @ auth.key.check')
  })
  it('is told when one failure cannot be told from another', async () => {
    const same = { answers: { restricted: [{ status: 401 }], rejected: [{ status: 401 }] } }
    expect(await report(same)).toContain('rejected as 401 @ answers.rejected')
  })
})

it('says of a service without a mistake that an old refresh token is dead', async () => {
  const caller = await connected('box', 'oauth')
  const before = caller.party()
  await caller.oauth.refresh(before)
  expect(await outcome(caller.oauth.refresh(before))).toBe('grant_dead')
  expect(Object.keys(known).length).toBeGreaterThan(100)
})
