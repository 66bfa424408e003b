import type { Send } from '@cardea/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem, Problem } from '../../src/errors.ts'
import { type Call, place, streamed } from '../../src/inject/place.ts'
import { openedWhenNamed } from '../../src/inject/values.ts'
import { Secret } from '../../src/secret.ts'

const call: Call = { method: 'GET', base: 'https://api.example.com/v1', path: '/things', query: 'a=1', headers: {} }
const signing = { now: 0, nonce: () => 'n' }

function put(send: Send, secrets: Record<string, string>, change: Partial<Call> = {}, optional: string[] = []) {
  const held = Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, Secret.of(value)]))
  const values = openedWhenNamed({ region: 'eu' }, held)
  return place({ ...call, ...change }, { send, values, optional: new Set(optional), ...signing })
}

describe('the place of a credential', () => {
  it('is a header, and the caller cannot set it', () => {
    const placed = put({ headers: { 'x-api-key': '{key}' } }, { key: 'k' }, { headers: { 'X-Api-Key': 'mine' } })
    expect(placed.headers).toEqual({ 'x-api-key': 'k' })
  })

  it('is a query parameter, and the caller cannot repeat it in any spelling', () => {
    const placed = put(
      { query: { api_key: '{key}' } },
      { key: 'k&v=1' },
      { query: 'a=1&api_key=x&API%5Fkey=y&api_key' },
    )
    expect(placed.url).toBe('https://api.example.com/v1/things?a=1&api_key=k%26v%3D1')
  })

  it('is a cookie, whose value cannot start another', () => {
    expect(put({ cookies: { session: '{key}' } }, { key: 'k' }).headers.cookie).toBe('session=k')
    expect(() => put({ cookies: { session: '{key}' } }, { key: 'k; admin=1' })).toThrow(/cookie cannot carry/)
  })

  it('is a part of the path, before or behind', () => {
    expect(put({ path: '/bot{token}{path}' }, { token: '12:A/b' }).url).toBe(
      'https://api.example.com/v1/bot12:A%2Fb/things?a=1',
    )
    expect(put({ path: '{path}/with/key/{key}' }, { key: 'k' }).url).toBe(
      'https://api.example.com/v1/things/with/key/k?a=1',
    )
  })

  it('cannot be a dot segment', () => {
    expect(() => put({ path: '/{token}{path}' }, { token: '..' })).toThrow(/climb out/)
  })

  it('is a member of a JSON body, whose numbers keep their digits', () => {
    const send = { body: { routing_key: '{key}' } }
    const json = { 'content-type': 'application/json' }
    const placed = put(
      send,
      { key: 'k' },
      { method: 'POST', headers: json, body: '{"id":12345678901234567890,"routing_key":"x"}' },
    )
    expect(placed.body).toBe('{"id":12345678901234567890,"routing_key":"k"}')
    expect(put(send, { key: 'k' }, { method: 'POST' }).body).toBe('{"routing_key":"k"}')
  })

  it('is a member of a form', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const placed = put({ body: { key: '{key}' } }, { key: 'k' }, { method: 'POST', headers, body: 'a=1&key=x' })
    expect(placed.body).toBe('a=1&key=k')
  })

  it.each([
    ['a list', '[1]', 'application/json'],
    ['text', 'hello', 'application/json'],
    ['another type', '<a/>', 'application/xml'],
  ])('is refused in %s', (_, body, type) => {
    const attempt = () =>
      put({ body: { key: '{key}' } }, { key: 'k' }, { method: 'POST', headers: { 'content-type': type }, body })
    expect(attempt).toThrow(/JSON object or a form/)
  })

  it('is refused where there is no body', () => {
    expect(() => put({ body: { key: '{key}' } }, { key: 'k' })).toThrow(/JSON object or a form/)
  })

  it('is refused in a body that streams through', () => {
    expect(() => put({ body: { key: '{key}' } }, { key: 'k' }, { method: 'POST', body: streamed })).toThrow(
      /read whole/,
    )
  })

  it('is user and password, and the user has no colon', () => {
    const send = { basic: { user: '{user}/token', password: '{key}' } }
    const placed = put(send, { user: 'ada@example.com', key: 'k' })
    expect(placed.headers.authorization).toBe(`Basic ${Buffer.from('ada@example.com/token:k').toString('base64')}`)
    expect(() => put(send, { user: 'a:b', key: 'k' })).toThrow(/colon/)
  })

  it('is the whole address, below which the caller may go on', () => {
    const send = { url: '{url}' }
    const url = 'https://hooks.example.com/a/b?sig=s'
    expect(put(send, { url }, { path: '', query: '' }).url).toBe(url)
    expect(put(send, { url }, { path: '/messages/1', query: 'wait=1&sig=mine' }).url).toBe(
      'https://hooks.example.com/a/b/messages/1?sig=s&wait=1',
    )
    expect(() => put(send, { url: 'http://hooks.example.com/' })).toThrow(/https/)
    expect(() => put(send, { url: 'https://u:p@hooks.example.com/' })).toThrow(/https/)
  })

  it('leaves an entry out when its optional value is empty, and refuses when it is not optional', () => {
    const send = { headers: { authorization: 'Bearer {key}', 'x-team': '{team}' } }
    expect(put(send, { key: 'k' }, {}, ['team']).headers).toEqual({ authorization: 'Bearer k' })
    expect(() => put(send, { key: 'k' })).toThrow(/no value for \{team\}/)
  })

  it('may have a name that a person chose, in any case, unless it is the business of the wire', () => {
    const send = { headers: { '{name}': '{key}' } }
    const named = (name: string) => put(send, { key: 'k', name }, { headers: { 'x-own': 'mine' } })
    expect(named('X-Own').headers).toEqual({ 'x-own': 'k' })
    for (const name of [
      'Host',
      'content-length',
      'Transfer-Encoding',
      'proxy-authorization',
      'x own',
      'x:',
      'x\r\ny',
    ]) {
      expect(() => named(name)).toThrow(Problem)
    }
  })

  it('is left out together with a name that is empty, in every place', () => {
    const entries = { '{first}': '{key}', '{second}': '{other}', third: '{key}' }
    const send = { query: entries, cookies: entries, body: entries }
    const placed = put(send, { key: 'k', first: 'a' }, { method: 'POST', query: '' }, ['second', 'other'])
    expect(placed).toMatchObject({
      url: 'https://api.example.com/v1/things?a=k&third=k',
      headers: { cookie: 'a=k; third=k' },
      body: '{"a":"k","third":"k"}',
    })
    expect(() => put({ cookies: entries }, { key: 'k', first: 'a b' }, {}, ['second', 'other'])).toThrow(/name/)
  })

  it('is not there for mail servers', () => {
    const mail = { smtp: { host: 'h', port: '25', security: 'tls' }, user: 'u' }
    expect(() => put({ mail }, {})).toThrow(/mail servers/)
  })

  it('opens only the secrets that a template names', () => {
    let opened = 0
    const counted = Secret.of('k')
    const spied = Object.create(counted, {
      reveal: {
        value: () => {
          opened++
          return 'k'
        },
      },
    }) as Secret
    const values = openedWhenNamed({}, { key: Secret.of('k'), other: spied })
    place(call, { send: { headers: { a: '{key}' } }, values, optional: new Set(), ...signing })
    expect(opened).toBe(0)
  })
})

describe('whatever the secret is', () => {
  const secret = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
  const sends: [string, Send][] = [
    ['header', { headers: { 'x-key': '{key}' } }],
    ['query', { query: { key: '{key}' } }],
    ['cookie', { cookies: { key: '{key}' } }],
    ['path', { path: '/{key}{path}' }],
    ['body', { body: { key: '{key}' } }],
    ['basic', { basic: { user: 'u', password: '{key}' } }],
    ['address', { url: '{key}' }],
  ]

  it.each(sends)('as %s it never changes the host, starts a header, or breaks anything but a rule', (where, send) => {
    fc.assert(
      fc.property(secret, (value) => {
        let placed: ReturnType<typeof put>
        try {
          placed = put(send, { key: value }, { method: 'POST' })
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
          expect(isProblem(error, 'service.cannot_place')).toBe(true)
          if (value.length > 8) expect((error as Error).message).not.toContain(value)
          return
        }
        if (where !== 'address') expect(new URL(placed.url).host).toBe('api.example.com')
        for (const text of Object.values(placed.headers)) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
        expect(placed.url).toMatch(/^https:\/\/[\x21-\x7e]+$/)
      }),
      { numRuns: 300 },
    )
  })

  it.each(sends.filter(([where]) => where !== 'header' && where !== 'address'))(
    'as %s it stands in no other place',
    (where, send) => {
      const plain = fc.stringMatching(/^[a-z0-9]{24,40}$/)
      fc.assert(
        fc.property(plain, (value) => {
          const placed = put(send, { key: value }, { method: 'POST' })
          const spots = {
            query: new URL(placed.url).search.includes(value),
            path: new URL(placed.url).pathname.includes(value),
            cookie: placed.headers.cookie?.includes(value) ?? false,
            body: String(placed.body ?? '').includes(value),
            basic: Buffer.from((placed.headers.authorization ?? '').slice(6), 'base64')
              .toString()
              .includes(value),
          }
          expect(Object.entries(spots).flatMap(([spot, found]) => (found ? [spot] : []))).toEqual([where])
        }),
        { numRuns: 50 },
      )
    },
  )
})
