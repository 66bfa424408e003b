import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/clock.ts'
import { Problem, problems } from '../../src/errors.ts'
import { checkMetricsCaller } from '../../src/http/actor.ts'
import { createLimiter } from '../../src/http/limits.ts'
import { checkHost, checkOrigin, clientAddress } from '../../src/http/origin.ts'
import { oauthResponse, problemResponse } from '../../src/http/refusal.ts'
import { routes } from '../../src/http/routes.ts'
import { createStaticFiles } from '../../src/http/static.ts'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Problem ? error.code : String(error)
  }
  return 'nothing'
}

describe('the limit of requests', () => {
  it('gives a minute’s worth at once, then as many as time brings', () => {
    const clock = createTestClock()
    const limiter = createLimiter(clock, 60)
    for (let n = 0; n < 60; n++) expect(limiter.take('a').allowed).toBe(true)
    expect(limiter.take('a')).toMatchObject({ allowed: false, remaining: 0, resetSeconds: 1 })
    expect(limiter.take('b').allowed).toBe(true)
    clock.advance(2 * SECOND)
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a')].map(({ allowed }) => allowed)).toEqual([
      true,
      true,
      false,
    ])
    clock.advance(10 * MINUTE)
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 59 })
  })

  it('remembers no more callers than it has room for, and forgets the longest silent first', () => {
    const limiter = createLimiter(createTestClock(), 1, 3)
    for (const caller of ['a', 'b', 'c', 'a', 'd']) limiter.take(caller)
    expect(limiter.take('a').allowed).toBe(false)
    expect(limiter.take('b').allowed).toBe(true)
  })
})

describe('where a request comes from', () => {
  it('is the peer, unless trusted proxies say otherwise', () => {
    expect(clientAddress('::ffff:10.0.0.1', '6.6.6.6', 0)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', '6.6.6.6, 1.2.3.4', 1)).toBe('1.2.3.4')
    expect(clientAddress('10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', 2)).toBe('1.2.3.4')
    expect(clientAddress('10.0.0.1', '[2001:db8::1]:443', 1)).toBe('2001:db8::1')
    expect(clientAddress('10.0.0.1', 'unknown', 1)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', null, 3)).toBe('10.0.0.1')
  })

  it('must be addressed to a name of ours, so that a rebound name does not reach us', () => {
    const ours = { publicUrl: 'https://cardea.example.com', host: '0.0.0.0' }
    const ask = (url: string) => refusal(() => checkHost(new Request(url), ours))
    for (const url of [
      'http://localhost:1/',
      'http://127.0.0.1/',
      'http://[::1]:4780/',
      'https://CARDEA.example.com/',
    ]) {
      expect(ask(url)).toBe('nothing')
    }
    for (const url of ['http://evil.example/', 'http://localhost.evil.example/', 'http://cardea.example.com.evil/']) {
      expect(ask(url)).toBe('request.wrong_host')
    }
  })

  it('must be our own page when a cookie comes along, and must not be a foreign one otherwise', () => {
    const expected = { origins: ['http://localhost:4780'], publicUrl: 'http://localhost:4780' }
    const ask = (method: string, headers: Record<string, string>) =>
      refusal(() => checkOrigin(new Request('http://localhost:4780/', { method, headers }), expected))
    const cookie = 'a=b'
    const foreign = 'request.foreign_origin'
    expect(ask('POST', { cookie, origin: 'http://localhost:4780' })).toBe('nothing')
    expect(ask('POST', { cookie, 'sec-fetch-site': 'same-origin' })).toBe('nothing')
    expect(ask('POST', { cookie })).toBe(foreign)
    expect(ask('POST', { cookie, origin: 'null' })).toBe(foreign)
    expect(ask('DELETE', { cookie, origin: 'http://localhost:4781' })).toBe(foreign)
    expect(ask('POST', { cookie, 'sec-fetch-site': 'same-site' })).toBe(foreign)
    expect(ask('POST', { cookie, 'sec-fetch-site': 'none', origin: 'https://evil.example' })).toBe(foreign)
    expect(ask('POST', { origin: 'https://evil.example' })).toBe(foreign)
    expect(ask('POST', {})).toBe('nothing')
    expect(ask('GET', { cookie, origin: 'https://evil.example' })).toBe('nothing')
    expect(ask('POST', { 'x-api-key': 'k', origin: 'https://evil.example' })).toBe('nothing')
  })
})

describe('metrics', () => {
  const ask = (ip: string, headers: Record<string, string> = {}, token?: string, trustedProxies = 0) =>
    refusal(() =>
      checkMetricsCaller(
        new Request('http://localhost/metrics', { headers }),
        { ip, trustedProxies },
        token ? Secret.of(token) : undefined,
      ),
    )

  it('are for this machine, which a forwarded request is not', () => {
    expect(ask('127.0.0.1')).toBe('nothing')
    expect(ask('10.0.0.1')).toBe('auth.required')
    expect(ask('127.0.0.1', { 'x-forwarded-for': '6.6.6.6' })).toBe('auth.required')
    expect(ask('6.6.6.6', { 'x-forwarded-for': '6.6.6.6' }, undefined, 1)).toBe('auth.required')
  })

  it('are for whoever holds the token', () => {
    const token = 'a-token-of-some-length'
    expect(ask('10.0.0.1', { authorization: `Bearer ${token}` }, token)).toBe('nothing')
    expect(ask('10.0.0.1', { authorization: `Bearer ${token}x` }, token)).toBe('auth.rejected')
    expect(ask('127.0.0.1', { authorization: 'Bearer wrong' }, token)).toBe('auth.rejected')
    expect(ask('10.0.0.1', {}, token)).toBe('auth.required')
  })
})

describe('refusals', () => {
  it('say what happened, what to do, and under which request', async () => {
    const response = problemResponse(new Problem('request.too_many', { limit: 5, retryAfterSeconds: 3 }), 'req_1')
    expect(response.status).toBe(429)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('3')
    expect(await response.json()).toEqual({
      type: '/docs/problems#request.too_many',
      title: 'Too many requests',
      status: 429,
      detail: 'The limit of 5 requests a minute is used up.',
      code: 'request.too_many',
      next: expect.any(String),
      requestId: 'req_1',
      limit: 5,
      retryAfterSeconds: 3,
    })
  })

  it('cannot be made to say something else by the values they carry', async () => {
    const problem = new Problem('request.invalid', { status: 200, code: 'fine', requestId: 'x', detail: 'all well' })
    expect(await problemResponse(problem, 'req_1').json()).toMatchObject({
      status: 400,
      code: 'request.invalid',
      requestId: 'req_1',
    })
  })

  it('take the form that OAuth prescribes where OAuth is spoken', async () => {
    const pending = oauthResponse(new Problem('device.refused', { oauth: 'authorization_pending' }))
    expect(pending.status).toBe(400)
    expect(await pending.json()).toMatchObject({ error: 'authorization_pending' })
    const invalid = oauthResponse(
      new Problem('request.invalid', { issues: [{ path: 'body.client_id', message: 'm' }] }),
    )
    expect(await invalid.json()).toEqual({ error: 'invalid_request', error_description: 'body.client_id: m' })
  })
})

describe('what refusals advise', () => {
  it('names only addresses that there are', () => {
    const served = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    const advised = Object.values(problems).flatMap(
      ({ next }) => next.match(/\b(GET|POST|PATCH|DELETE) \/[\w/{}-]+/g) ?? [],
    )
    expect(advised.length).toBeGreaterThan(5)
    expect(advised.filter((address) => !served.has(address))).toEqual([])
  })
})

describe('static files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-static-'))
  const outside = join(folder, 'secret.txt')
  const dist = join(folder, 'dist')
  mkdirSync(join(dist, 'assets'), { recursive: true })
  writeFileSync(outside, 'secret')
  writeFileSync(join(dist, 'index.html'), '<p>dashboard')
  writeFileSync(join(dist, 'assets', 'index-D3adB33f.js'), 'code')
  writeFileSync(join(dist, 'favicon.svg'), '<svg/>')
  writeFileSync(join(dist, 'notes.md'), 'not for the web')
  symlinkSync(outside, join(dist, 'link.txt'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const files = createStaticFiles(dist)
  const page = { headers: { accept: 'text/html,*/*' } }
  const ask = (path: string, init?: RequestInit) => files.answer(new Request(`http://localhost${path}`, init))

  it('are kept for ever where their name changes with their content, and asked about again elsewhere', async () => {
    const script = ask('/assets/index-D3adB33f.js')!
    expect(await script.text()).toBe('code')
    expect(script.headers.get('cache-control')).toContain('immutable')
    const icon = ask('/favicon.svg')!
    expect(icon.headers.get('cache-control')).toBe('no-cache')
    const again = ask('/favicon.svg', { headers: { 'if-none-match': `W/"x", ${icon.headers.get('etag')}` } })!
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('are sent compressed to who takes that, and mean the same', async () => {
    const plain = ask('/assets/index-D3adB33f.js')!
    const zipped = ask('/assets/index-D3adB33f.js', { headers: { 'accept-encoding': 'br, gzip' } })!
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(await zipped.bytes()).toString()).toBe(await plain.text())
    expect(zipped.headers.get('etag')).toBe(plain.headers.get('etag'))
  })

  it('are the dashboard for every address of its own, asked for as a page', async () => {
    for (const path of ['/', '/settings/connections', '/index']) {
      expect(await ask(path, page)!.text()).toBe('<p>dashboard')
    }
    expect(ask('/settings', { headers: { accept: 'application/json' } })).toBeUndefined()
    expect(ask('/missing.js', page)).toBeUndefined()
    expect(ask('/settings', { method: 'POST', ...page })).toBeUndefined()
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/link.txt',
    '/notes.md',
    '//etc/passwd.txt',
    '/%00.txt',
  ])('are nothing but what was built: %s', (path) => {
    expect(ask(path, page)).toBeUndefined()
  })

  it('say how to build them when they are missing', async () => {
    const answer = createStaticFiles(join(folder, 'nothing')).answer(new Request('http://localhost/', page))!
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('npm run build')
  })
})
