import type { Method, Service } from '@cardea/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkCall,
  classify,
  identify,
  identityCall,
  judgeCheck,
  judgeSilence,
  readAnswer,
} from '../../src/answers/answers.ts'
import { defineHostile } from '../target/service.ts'

const now = Date.UTC(2026, 0, 1)
const { service: plain, method } = defineHostile()
const withWords = (change: Partial<Service>): Service => ({ ...plain, ...change })
const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  readAnswer({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
const page = '<!DOCTYPE html><html>Sign in</html>'

describe('without words of its own, a service means', () => {
  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [401, 'rejected'],
    [403, 'restricted'],
    [429, 'limited'],
    [410, 'retired'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [302, 'unexpected'],
    [404, 'unexpected'],
    [422, 'unexpected'],
  ])('by %i: %s', (status, expected) => {
    expect(classify(plain, answer(status), now).is).toBe(expected)
  })
})

describe('words of its own', () => {
  it('are tried in their order, before every default', () => {
    const service = withWords({
      answers: {
        limited: [{ status: 403, header: 'x-remaining', is: '0' }],
        rejected: [{ status: 403, contains: 'Invalid token' }],
        restricted: [{ status: 403, contains: 'both' }],
      },
    })
    expect(classify(service, answer(403, 'Invalid token'), now).is).toBe('rejected')
    expect(classify(service, answer(403, 'Invalid token, both'), now).is).toBe('restricted')
    expect(classify(service, answer(403, {}, { 'X-Remaining': '0' }), now).is).toBe('limited')
  })

  it('take the place of the default of their class, even when there are none', () => {
    const service = withWords({ answers: { restricted: [], rejected: [{ status: [401, 403] }], retired: [] } })
    expect(classify(service, answer(403), now).is).toBe('rejected')
    expect(classify(service, answer(410), now).is).toBe('unexpected')
  })

  it('see a failure inside a 200', () => {
    const service = withWords({ answers: { rejected: [{ path: 'error', is: 'invalid_auth' }] } })
    expect(classify(service, answer(200, { error: 'invalid_auth' }), now).is).toBe('rejected')
  })

  it('that look for a word anywhere do not count in a good answer, because it may be a stored text', () => {
    const service = withWords({
      answers: { rejected: [{ contains: 'ExpiredToken' }], unavailable: [{ contains: 'ibernating' }] },
    })
    expect(classify(service, answer(200, { note: 'ExpiredToken' }), now).is).toBe('ok')
    expect(classify(service, answer(400, { note: 'ExpiredToken' }), now).is).toBe('rejected')
    expect(classify(service, answer(200, '<html>Hibernating</html>'), now, 'json').is).toBe('unavailable')
  })
})

describe('a page where JSON is expected', () => {
  it.each([200, 203, 302, 400, 401, 403, 404])('says nothing about the credential: %i', (status) => {
    expect(classify(plain, answer(status, page, { 'content-type': 'text/html' }), now, 'json').is).toBe('unavailable')
  })

  it('is a rejection with the challenge that belongs to it, or where the definition says so', () => {
    const challenged = answer(401, page, { 'content-type': 'text/html', 'www-authenticate': 'Basic' })
    expect(classify(plain, challenged, now, 'json').is).toBe('rejected')
    const service = withWords({ answers: { rejected: [{ status: [401, 203, 302] }] } })
    expect(classify(service, answer(203, page), now, 'json').is).toBe('rejected')
  })

  it('passes through for a caller, who may have wanted a page', () => {
    expect(classify(plain, answer(200, page), now).is).toBe('ok')
  })
})

describe('when to come back', () => {
  const at = (headers: Record<string, string>, words?: NonNullable<Service['answers']>['comeBack']) => {
    const meaning = classify(withWords(words ? { answers: { comeBack: words } } : {}), answer(429, {}, headers), now)
    return 'comeBackAt' in meaning ? meaning.comeBackAt! - now : undefined
  }
  it.each<
    [string, Record<string, string>, NonNullable<Service['answers']>['comeBack'] | undefined, number | undefined]
  >([
    ['seconds', { 'retry-after': '30' }, undefined, 30_000],
    ['a date', { 'Retry-After': 'Thu, 01 Jan 2026 00:01:00 GMT' }, undefined, 60_000],
    ['a date gone by', { 'retry-after': 'Thu, 01 Jan 2015 00:01:00 GMT' }, undefined, 0],
    ['for ever', { 'retry-after': '9999999999' }, undefined, 86_400_000],
    ['nonsense', { 'retry-after': 'later' }, undefined, undefined],
    ['nothing', {}, undefined, undefined],
    [
      'its own header, as an instant',
      { 'x-reset': String(now / 1000 + 5) },
      { header: 'X-Reset', as: 'epoch_seconds' },
      5000,
    ],
    ['its own header, in milliseconds', { 'x-reset': String(now + 5) }, { header: 'x-reset', as: 'epoch_ms' }, 5],
    ['its own header, as a length', { 'x-reset': '7' }, { header: 'x-reset', as: 'seconds' }, 7000],
  ])('%s', (_, headers, words, expected) => {
    expect(at(headers, words)).toBe(expected)
  })
})

describe('a check', () => {
  const checked = (check: Service['check'], read: ReturnType<typeof answer>, more: Partial<Service> = {}) =>
    judgeCheck(withWords({ check, ...more }), method, read, now)
  const me: Service['check'] = { get: '/me', ok: { path: 'id', exists: true } }

  it('says yes three times when the member is there', () => {
    expect(checked(me, answer(200, { id: 1 }))).toMatchObject({
      reachable: true,
      accepted: true,
      sufficient: true,
      weak: false,
    })
  })

  it.each([
    ['refused', 401, {}, { reachable: true, accepted: false, sufficient: null }],
    ['not for this call', 403, {}, { reachable: true, accepted: true, sufficient: false }],
    ['too often', 429, {}, { reachable: true, accepted: null, sufficient: null }],
    ['down', 502, {}, { reachable: false, accepted: null }],
    ['a page', 200, page, { reachable: false, accepted: null }],
    ['gone', 410, {}, { reachable: true, accepted: null }],
    ['nobody', 200, { id: null }, { reachable: true, accepted: false }],
    ['another shape', 200, { user: 1 }, { reachable: true, accepted: null }],
    ['no JSON', 200, 'hello', { reachable: true, accepted: null }],
  ])('tells %s', (_, status, body, expected) => {
    expect(checked(me, answer(status, body))).toMatchObject(expected)
  })

  it('knows an anonymous account when it sees one', () => {
    const check: Service['check'] = { get: '/me', ok: { status: 200, path: 'name', not: [null, 'Anonymous'] } }
    expect(checked(check, answer(200, { name: 'Anonymous' })).accepted).toBe(false)
    expect(checked(check, answer(203, page)).accepted).toBeNull()
  })

  it('takes a refusal that proves the credential', () => {
    const check: Service['check'] = { get: '/models', alsoOk: [{ status: [401, 403], contains: 'Missing scopes' }] }
    expect(checked(check, answer(401, { error: 'Missing scopes: x' }))).toMatchObject({
      accepted: true,
      sufficient: null,
    })
    expect(checked(check, answer(401, { error: 'Wrong key' })).accepted).toBe(false)
  })

  it('passes with the status that was told, page or not', () => {
    const check: Service['check'] = { post: '', body: {}, answer: 'text', ok: { status: 400 } }
    expect(checked(check, answer(400, 'invalid_payload')).accepted).toBe(true)
    expect(checked(check, answer(404, 'no_service')).accepted).toBeNull()
  })

  it('fails on errors of GraphQL inside a 200', () => {
    const check: Service['check'] = {
      post: '/graphql',
      graphql: '{ me { id } }',
      ok: { path: 'data.me.id', exists: true },
    }
    expect(checked(check, answer(200, { data: { me: { id: 1 } }, errors: [] })).accepted).toBe(true)
    expect(checked(check, answer(200, { data: { me: { id: 1 } }, errors: [{ message: 'x' }] })).accepted).toBeNull()
  })

  it('is weak where the service says yes to anybody', () => {
    expect(checked({ get: '/x', weak: true }, answer(200)).weak).toBe(true)
  })

  it('without an answer says only that', () => {
    expect(judgeSilence()).toMatchObject({ reachable: false, accepted: null, sufficient: null })
  })

  it('is a call, a login at a mail server, or a reason why there is none', () => {
    const of = (check: Service['check']) => checkCall(withWords({ check }), method, { tenant: 'acme' }, new Set())
    expect(of({ get: '/users/{tenant}' })).toEqual({
      call: { method: 'GET', to: '/users/{tenant}', headers: { accept: 'application/json' } },
    })
    expect(of({ post: '/q', body: { a: '{tenant}', b: { c: 1 }, d: '{absent}' } })).toMatchObject({
      call: { body: '{"a":"acme","b":{"c":1}}', headers: { 'content-type': 'application/json' } },
    })
    expect(of({ post: '/q', form: { a: '{tenant}' } })).toMatchObject({ call: { body: 'a=acme' } })
    expect(of({ post: '/q', graphql: '{ me { id } }' })).toMatchObject({ call: { body: '{"query":"{ me { id } }"}' } })
    expect(of({ mail: 'login' })).toEqual({ mail: 'login' })
    expect(of({ none: 'every call posts' })).toEqual({ none: 'every call posts' })
  })

  it('never throws, whatever comes back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.json(), fc.string()),
        fc.dictionary(fc.string(), fc.string()),
        (status, body, headers) => {
          const read = readAnswer({ status, body, headers })
          expect([true, false, null]).toContain(judgeCheck(withWords({ check: me }), method, read, now).accepted)
          identify(plain, method, { check: read, values: {} })
        },
      ),
    )
  })
})

describe('the account', () => {
  const of = (identity: Service['identity'], sources: Partial<Parameters<typeof identify>[2]>) =>
    identify(withWords({ identity }), method, { values: { tenant: 'acme', 'region.api': 'x' }, ...sources })
  const check = answer(200, { team: { id: 'T1', name: 'Acme' }, id: 7, login: '', email: 'ada@example.com' })

  it('joins its paths, takes the first label that is not empty, and names the place', () => {
    expect(
      of({ id: ['team.id', 'id'], label: ['login', 'email'], team: 'team.name', at: '{tenant}' }, { check }),
    ).toEqual({
      id: 'T1:7@acme',
      label: 'ada@example.com',
      team: 'Acme',
    })
  })

  it('is not known when a part of the id is missing, empty or no name', () => {
    expect(of({ id: ['team.id', 'nothing'] }, { check })).toBeUndefined()
    expect(of({ id: 'login' }, { check })).toBeUndefined()
    expect(of({ id: 'team' }, { check })).toBeUndefined()
    expect(of({ id: 'id' }, { check: answer(401, { id: 7 }) })).toBeUndefined()
    expect(of({ none: 'nobody says' }, { check })).toBeUndefined()
  })

  it('can come from values, claims, the token answer, a header or a question of its own', () => {
    expect(of({ from: 'values', id: 'tenant', label: 'region.api' }, {})).toEqual({ id: 'acme', label: 'x' })
    expect(of({ from: 'id_token', id: 'sub' }, { claims: { sub: 's' } })?.id).toBe('s')
    expect(of({ from: 'token', id: 'user.id' }, { token: { user: { id: 'u' } } })?.id).toBe('u')
    expect(of({ id: '', header: 'X-User' }, { check: answer(200, {}, { 'x-user': 'h' }) })?.id).toBe('h')
    expect(of({ from: { get: '/me' }, id: 'id' }, { asked: check })?.id).toBe('7')
  })

  it('is asked for where the check does not say it', () => {
    const call = (identity: Service['identity']) => identityCall(withWords({ identity }), method)
    expect(call({ from: { get: '/me' }, id: 'id' })).toEqual({
      method: 'GET',
      to: '/me',
      headers: { accept: 'application/json' },
    })
    expect(call({ from: { post: '/graphql', graphql: '{ me { id } }' }, id: 'id' })?.body).toBe(
      '{"query":"{ me { id } }"}',
    )
    expect(call({ id: 'id' })).toBeUndefined()
  })

  it('is shown without line breaks and tricks of direction', () => {
    expect(of({ id: 'id', label: 'name' }, { check: answer(200, { id: 1, name: 'A\nB\u202eC' }) })?.label).toBe('A B C')
  })
})

it('a method may have a check and an identity of its own', () => {
  const own: Method = { ...method, check: { get: '/own' }, identity: { none: 'nobody says so' } }
  expect(checkCall(plain, own, {}, new Set())).toMatchObject({ call: { to: '/own' } })
  expect(identify(plain, own, { check: answer(200, { id: 1 }), values: {} })).toBeUndefined()
})
