import type { TokenAnswer } from '@cardea/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instantOf, isFailure, parsedBody, readTokens, scopesOf } from '../../src/oauth/answer.ts'
import { missingScopes } from '../../src/oauth/scopes.ts'
import { json, now, partyOf } from './party.ts'

const read = (body: unknown, words: TokenAnswer = {}) => readTokens(body, words, now)
const opened = (body: unknown, words?: TokenAnswer) =>
  Object.fromEntries(Object.entries(read(body, words)?.secrets ?? {}).map(([name, secret]) => [name, secret.reveal()]))

describe('tokens', () => {
  it('lie where the standard says', () => {
    const body = {
      access_token: 'a',
      refresh_token: 'r',
      id_token: 'x.e30.y',
      token_type: 'bearer',
      expires_in: 60,
      scope: 'b c',
    }
    expect(opened(body)).toEqual({ accessToken: 'a', refreshToken: 'r', idToken: 'x.e30.y' })
    expect(read(body)).toMatchObject({ life: { expiresAt: now + 60_000 }, scopes: ['b', 'c'] })
  })

  it('lie in the first object that holds one, and so does all the rest', () => {
    const words: TokenAnswer = { within: ['', 'authed_user', 'data.0'] }
    const body = { ok: true, refresh_token: 'of another', authed_user: { access_token: 'u', expires_in: 5 } }
    expect(opened(body, words)).toEqual({ accessToken: 'u' })
    expect(opened({ data: [{ access_token: 'd' }] }, words)).toEqual({ accessToken: 'd' })
  })

  it('have other names', () => {
    const words: TokenAnswer = { at: { accessToken: 'token', refreshToken: 'refreshToken', expiresAt: 'expiresAt' } }
    expect(read({ token: 't', refreshToken: 'r', expiresAt: '2026-01-01T01:00:00.000000Z' }, words)).toMatchObject({
      life: { expiresAt: now + 3_600_000 },
    })
  })

  it.each<[unknown, string]>([
    [{}, 'nothing'],
    [{ access_token: '' }, 'an empty text'],
    [{ access_token: 1 }, 'a number'],
    [{ access_token: { a: 1 } }, 'an object'],
    [{ access_token: 'a\r\nx: y' }, 'a line break'],
    [null, 'null'],
    [[], 'a list'],
    ['text', 'text'],
  ])('are not %j, which is %s', (body, _) => {
    expect(read(body)).toBeUndefined()
  })
})

describe('the life of a token', () => {
  it.each<[string, unknown, TokenAnswer, unknown]>([
    ['seconds', { expires_in: 60 }, {}, { expiresAt: now + 60_000 }],
    ['seconds as text', { expires_in: '60' }, {}, { expiresAt: now + 60_000 }],
    ['a fraction', { expires_in: 59.9 }, {}, { expiresAt: now + 59_000 }],
    ['zero, which means never', { expires_in: 0 }, { zero: 'never' }, 'never'],
    ['zero, which means nothing', { expires_in: 0 }, {}, 'unknown'],
    ['zero beside what the definition knows', { expires_in: 0 }, { lifetime: 10 }, { expiresAt: now + 10_000 }],
    ['null', { expires_in: null }, { lifetime: 'never' }, 'never'],
    ['below zero', { expires_in: -1 }, {}, 'unknown'],
    ['beyond all measure', { expires_in: 1e12 }, {}, 'never'],
    ['nonsense', { expires_in: 'soon' }, {}, 'unknown'],
    ['absent', {}, {}, 'unknown'],
    ['absent, but known', {}, { lifetime: 3600 }, { expiresAt: now + 3_600_000 }],
    ['absent, never ending', {}, { lifetime: 'never' }, 'never'],
    ['another name', { expires: 5 }, { at: { expiresIn: 'expires' } }, { expiresAt: now + 5000 }],
    ['an instant in seconds', { at: now / 1000 + 5 }, { at: { expiresAt: 'at' } }, { expiresAt: now + 5000 }],
    [
      'an instant in milliseconds, as text',
      { at: String(now + 5000) },
      { at: { expiresAt: 'at' } },
      { expiresAt: now + 5000 },
    ],
    ['a date', { at: '2026-01-01T00:00:05Z' }, { at: { expiresAt: 'at' } }, { expiresAt: now + 5000 }],
    [
      'a date of another zone',
      { at: '2026-01-01T02:00:05+02:00' },
      { at: { expiresAt: 'at' } },
      { expiresAt: now + 5000 },
    ],
    ['a date without a zone', { at: '2026-01-01 00:00:05' }, { at: { expiresAt: 'at' } }, { expiresAt: now + 5000 }],
    [
      'a date that is none, beside seconds',
      { at: 'x', expires_in: 5 },
      { at: { expiresAt: 'at' } },
      { expiresAt: now + 5000 },
    ],
  ])('%s', (_, body, words, life) => {
    expect(read({ access_token: 'a', ...(body as object) }, words)?.life).toEqual(life)
  })

  it('is told of the refresh token too', () => {
    expect(read({ access_token: 'a', refresh_token_expires_in: 9 })?.refreshExpiresAt).toBe(now + 9000)
    const words: TokenAnswer = { at: { refreshExpiresIn: 'x_refresh_token_expires_in' } }
    expect(read({ access_token: 'a', x_refresh_token_expires_in: '9' }, words)?.refreshExpiresAt).toBe(now + 9000)
    expect(read({ access_token: 'a' })?.refreshExpiresAt).toBeUndefined()
  })

  it('is no instant when it is a length', () => {
    expect(instantOf(3600)).toBeUndefined()
    expect(instantOf(1e20)).toBeUndefined()
  })
})

describe('scopes', () => {
  it.each<[unknown, ' ' | ',' | undefined, string[] | undefined]>([
    ['a b', undefined, ['a', 'b']],
    ['a,b', undefined, ['a', 'b']],
    ['a, b', ',', ['a', 'b']],
    ['a,b', ' ', ['a,b']],
    [['a', 'b', 1], undefined, ['a', 'b']],
    ['', undefined, []],
    [null, undefined, undefined],
    [undefined, undefined, undefined],
    [{ a: 1 }, undefined, []],
  ])('%j by %j', (value, separator, expected) => {
    expect(scopesOf(value, separator)).toEqual(expected)
  })

  it('are missing when they were asked for and not granted, unless another brings them or none is ever named', () => {
    const { method } = partyOf(
      { by: 'nothing' },
      {
        scopes: {
          ask: {},
          implies: [
            ['write_', 'read_'],
            ['api', 'read_api'],
            ['read_api', 'read_user'],
          ],
          unlisted: ['offline'],
        },
      },
    )
    const missing = (asked: string[], granted?: string[]) => missingScopes(method, asked, granted)
    expect(missing(['read_products', 'offline'], ['write_products'])).toEqual([])
    expect(missing(['read_user'], ['api'])).toEqual([])
    expect(missing(['read_orders'], ['write_products'])).toEqual(['read_orders'])
    expect(missing(['anything'])).toEqual([])
  })
})

describe('a failure', () => {
  it.each<[string, number, unknown, TokenAnswer, boolean]>([
    ['by status', 400, {}, {}, true],
    ['by a member, although 200', 200, { error: 'bad_verification_code' }, {}, true],
    ['by an object', 200, { error: { message: 'x' } }, {}, true],
    ['by a condition', 200, { ok: false }, { failure: { path: 'ok', is: false } }, true],
    ['not by null', 200, { error: null, access_token: 'a' }, {}, false],
    ['not by an empty text', 200, { error: '' }, {}, false],
    [
      'not where the definition reads the member itself',
      200,
      { error: { code: 'ok' } },
      { failure: { path: 'error.code', not: 'ok' } },
      false,
    ],
    [
      'but by what it finds there',
      200,
      { error: { code: 'no' } },
      { failure: { path: 'error.code', not: 'ok' } },
      true,
    ],
    ['not by 201', 201, { token: 't' }, {}, false],
  ])('is seen %s', (_, status, body, words, expected) => {
    expect(isFailure(json(body, status), body, words)).toBe(expected)
  })
})

describe('a body', () => {
  it('is read as a form where it is one', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    expect(parsedBody({ status: 200, headers, body: 'access_token=a&scope=b%2Cc' })).toEqual({
      access_token: 'a',
      scope: 'b,c',
    })
    expect(parsedBody({ status: 200, headers: {}, body: '<html>' })).toBeUndefined()
    expect(parsedBody({ status: 200, headers: {}, body: '{"a":' })).toBeUndefined()
  })
})

describe('what is told of the answer', () => {
  it('holds no token, wherever it stands and whatever it is called', () => {
    const body = {
      access_token: 'at-123456',
      refresh_token: 'rt-123456',
      team: { id: 'T', bot_token: 'xoxb-1', note: 'your token is at-123456' },
      list: [{ client_secret: 's' }],
      instance_url: 'https://a.example.com',
    }
    const told = read(body)?.told
    expect(JSON.stringify(told)).not.toMatch(/at-123456|rt-123456|xoxb|client_secret/)
    expect(told).toMatchObject({ team: { id: 'T' }, instance_url: 'https://a.example.com' })
  })
})

it('an answer of any shape is read or not, and never breaks anything', () => {
  const words = fc.constantFrom<TokenAnswer>(
    {},
    { within: ['data.0', ''], at: { accessToken: 'token', expiresAt: 'at', scope: 'permissions' }, zero: 'never' },
    { failure: { path: 'error.code', not: 'ok' }, lifetime: 'never', separator: ',' },
  )
  const member = fc.constantFrom(
    'access_token',
    'token',
    'data',
    'error',
    'expires_in',
    'at',
    'scope',
    '__proto__',
    'id_token',
  )
  const body = fc.oneof(
    fc.anything(),
    fc.dictionary(member, fc.anything()),
    fc.array(fc.dictionary(member, fc.anything())),
  )
  fc.assert(
    fc.property(body, words, (value, how) => {
      const text = JSON.stringify(value) ?? ''
      const parsed = parsedBody({ status: 200, headers: {}, body: text })
      isFailure(json(parsed), parsed, how)
      const obtained = readTokens(parsed, how, now)
      if (obtained) expect(obtained.secrets.accessToken?.byteLength).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})
