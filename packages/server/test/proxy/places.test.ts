import type { RequestListener } from 'node:http'
import { type Method, optionalNames, type Service, services } from '@cardea/catalog'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Usable } from '../../src/connections/connections.ts'
import { Problem } from '../../src/errors.ts'
import { place } from '../../src/inject/place.ts'
import { openedWhenNamed } from '../../src/inject/values.ts'
import { aimAt } from '../../src/proxy/aim.ts'
import { NO_BODY } from '../../src/proxy/body.ts'
import { outgoing } from '../../src/proxy/outgoing.ts'
import { createPlans } from '../../src/proxy/plan.ts'
import type { Asked } from '../../src/proxy/request.ts'
import { Secret } from '../../src/secret.ts'
import { createTarget } from '../../src/target/target.ts'
import { call, type ProxyWorld, proxyWorld, SECRET } from './world.ts'

/** Another way for every way in which a definition places a credential. */
const definition = JSON.stringify({
  name: 'Probe',
  docs: 'https://example.com/docs',
  category: 'generic',
  icon: { letters: 'Pr', colour: '#112233' },
  settings: { server: { kind: 'url', label: 'Base address', example: 'https://api.example.com' } },
  baseUrl: '{server}',
  auth: Object.fromEntries(
    Object.entries({
      path: { path: '/bot{token}{path}' },
      body: { body: { api_key: '{token}' } },
      cookie: { cookies: { sid: '{token}' } },
      basic: { basic: { user: 'api', password: '{token}' } },
      signed: {
        sign: { with: 'sigv4', keyId: 'AKIAEXAMPLE', secret: '{token}', service: 'thing', region: 'eu-west-1' },
      },
    }).map(([name, send]) => [
      name,
      {
        type: 'apikey',
        label: name,
        steps: ['Find the key.'],
        fields: { token: { label: 'Token' } },
        obtain: { by: 'nothing' },
        send,
      },
    ]),
  ),
  check: { none: 'it is a service of the tests, which cannot be asked' },
  identity: { none: 'it is a service of the tests, which does not say whose key it is' },
  guarded: ['POST /keys/**', 'ANY /admin/*/secret'],
  verified: { on: '2026-11-20', by: ['https://example.com/docs'] },
})

let here: ProxyWorld
const connections: Record<string, string> = {}
const echo: RequestListener = async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  seenBody = Buffer.concat(chunks).toString()
  response.end('ok')
}
let seenBody = ''

beforeAll(async () => {
  here = await proxyWorld()
  const { id: provider } = await here.admin.client.services.add({ id: 'probe', definition })
  for (const method of ['path', 'body', 'cookie', 'basic', 'signed'])
    connections[method] = await here.connect({ provider, method })
  here.service.answer(echo)
})
afterAll(() => here?.close())

function ask(
  method: string,
  path: string,
  more: Parameters<typeof call>[1] = {},
  token = here.token(connections[method]!),
) {
  const own = `/proxy/${connections[method]}${path}`.replaceAll('TOKEN', token)
  const headers = path.includes('TOKEN') || more.headers?.cookie ? {} : { authorization: `Bearer ${token}` }
  return call(here.url + own, { ...more, headers: { ...headers, ...more.headers } })
}
const seen = () => here.service.seen.at(-1)!

describe('a credential', () => {
  it('is placed in the path, from bearer or from where the service wants it', async () => {
    for (const path of ['/sendMessage?a=1', '/botTOKEN/sendMessage?a=1']) {
      const got = await ask('path', path)
      expect(got.status, got.body.toString()).toBe(200)
      expect(seen().url).toBe(`/bot${SECRET}/sendMessage?a=1`)
    }
    for (const path of ['/nobotTOKEN/sendMessage', '/a/botTOKEN/sendMessage', '/botTOKENx/sendMessage'])
      expect((await ask('path', path)).headers['cardea-error'], path).toBe('proxy.token_misplaced')
  })

  it('is placed in a body of JSON or a form, which is read whole for that', async () => {
    const json = { 'content-type': 'application/json' }
    expect((await ask('body', '/x', { method: 'POST', headers: json, body: '{"a":1,"api_key":"mine"}' })).status).toBe(
      200,
    )
    expect(JSON.parse(seenBody)).toEqual({ a: 1, api_key: SECRET })
    const chunked = { ...json, 'transfer-encoding': 'chunked' }
    expect((await ask('body', '/x', { method: 'POST', headers: chunked, body: '{"b":2}' })).status).toBe(200)
    expect(JSON.parse(seenBody)).toEqual({ b: 2, api_key: SECRET })
    const large = await ask('body', '/x', { method: 'POST', headers: json, body: Buffer.alloc(9 * 1024 * 1024, 0x20) })
    expect(large.headers['cardea-error']).toBe('proxy.body_too_large')
    const text = await ask('body', '/x', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'a' })
    expect(text.headers['cardea-error']).toBe('service.body_not_object')
  })

  it('is placed in a cookie and in basic', async () => {
    const token = here.token(connections.cookie!)
    expect((await ask('cookie', '/x', { headers: { cookie: `a=b; sid=${token}` } })).status).toBe(200)
    expect(seen().headers.cookie).toBe(`sid=${SECRET}`)
    expect((await ask('cookie', '/x', { headers: { cookie: `other=${token}` } })).headers['cardea-error']).toBe(
      'proxy.token_misplaced',
    )
    expect((await ask('basic', '/x')).status).toBe(200)
    expect(seen().headers.authorization).toBe(`Basic ${Buffer.from(`api:${SECRET}`).toString('base64')}`)
  })

  it('that only signs lets ranges and encodings pass, and signs small bodies and streams alike', async () => {
    await ask('signed', '/x', { headers: { range: 'bytes=0-3', 'accept-encoding': 'gzip' } })
    expect(seen().headers).toMatchObject({ range: 'bytes=0-3', 'accept-encoding': 'gzip' })
    expect(seen().headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\//)
    expect((await ask('signed', '/x', { method: 'PUT', body: 'abc' })).status).toBe(200)
    const large = await ask('signed', '/x', { method: 'PUT', body: Buffer.alloc(9 * 1024 * 1024) })
    expect(large.headers['cardea-error']).toBe('service.body_not_whole')
  })

  it.each([
    ['POST', '/keys'],
    ['POST', '/keys/1'],
    ['POST', '/KEYS/1'],
    ['POST', '/keys/'],
    ['POST', '//keys'],
    ['POST', '/%6Beys'],
    ['POST', '/keys;a=b'],
    ['GET', '/admin/7/secret'],
    ['DELETE', '/admin/7/Secret/'],
  ])('does not reach %s %s, where credentials are made', async (method, path) => {
    const before = here.service.seen.length
    const got = await ask('basic', path, { method })
    expect([403, 400]).toContain(got.status)
    expect(['proxy.path_guarded', 'service.path_refused']).toContain(got.headers['cardea-error'])
    expect(here.service.seen.length).toBe(before)
  })

  it('reaches what only looks like that', async () => {
    for (const path of ['/keys', '/keysmith', '/admin/7/8/secret'])
      expect((await ask('basic', path)).status, path).toBe(200)
    expect((await ask('basic', '/keysmith', { method: 'POST' })).status).toBe(200)
  })
})

describe('a refused credential', () => {
  const fresh = Secret.of('the-credential-after-renewal-55')

  it('is renewed once, and the call made again with the other', async () => {
    const id = await here.connect()
    const asked: string[] = []
    here.service.answer(async (request, response) => {
      for await (const chunk of request) asked.push(`${request.headers.authorization} ${chunk}`)
      if (request.headers.authorization?.includes(SECRET)) response.writeHead(401).end('old')
      else response.end('new')
    })
    const { credential } = here.broker
    here.broker.credential = async (passage, how = {}) => {
      const held = await credential(passage)
      if (!how.rejected) return held
      return { ...held, usable: { ...held.usable, version: held.usable.version + 1, values: { token: fresh } } }
    }
    try {
      const token = here.token(id)
      const url = `${here.url}/proxy/${id}/x`
      const headers = { authorization: `Bearer ${token}` }
      const small = await call(url, { method: 'POST', headers, body: 'abc' })
      expect([small.status, small.body.toString()]).toEqual([200, 'new'])
      expect(asked).toEqual([`Bearer ${SECRET} abc`, `Bearer ${fresh.reveal()} abc`])
      // What has passed through cannot be sent again.
      const streamed = await call(url, { method: 'POST', headers, body: Buffer.alloc(100_000) })
      expect([streamed.status, streamed.body.toString()]).toEqual([401, 'old'])
    } finally {
      here.broker.credential = credential
      here.service.answer(echo)
    }
    await expect.poll(() => here.broker.lent()).toBe(0)
    const { items } = await here.app.app.audit.list(here.admin.workspaceId, { limit: 20, connection: id })
    const versions = items.filter(({ event }) => event === 'connection.used').map((item) => item.credentialVersion)
    expect(new Set(versions).size).toBe(2)
  })

  it('for which there is no other lets the refusal through', async () => {
    const id = await here.connect()
    let asked = 0
    here.service.answer((_, response) => {
      asked++
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('no')
    })
    const got = await call(`${here.url}/proxy/${id}/x`, { headers: { authorization: `Bearer ${here.token(id)}` } })
    expect([got.status, got.body.toString(), got.headers['cardea-error']]).toEqual([401, 'no', undefined])
    expect(asked).toBe(1)
    here.service.answer(echo)
  })
})

describe('what is quick', () => {
  const target = createTarget()
  const plans = createPlans(target)
  const all = Object.entries(services as Record<string, Service>).flatMap(([id, service]) =>
    Object.entries(service.auth).map(([name, method]) => ({ id, name, service, method })),
  )
  const usables = all.flatMap(({ id, name, service, method }) => {
    const usable = usableOf(service, method)
    return usable ? [{ id: `${id} ${name}`, usable }] : []
  })
  const quick = usables.filter(({ usable }) => plans(usable).quick && plans(usable).base)

  it('is most of what there is', () => {
    expect(usables.length).toBeGreaterThan(100)
    expect(quick.length).toBeGreaterThan(usables.length / 2)
  })

  const segment = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}$/)
  const query = fc.stringMatching(/^[A-Za-z0-9_.~&=%+,:;@!$()*?/-]{0,20}$/)

  it('says what the careful way says, of paths, queries and headers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...quick),
        fc.array(segment, { maxLength: 5 }),
        fc.boolean(),
        query,
        fc.constantFrom('GET', 'POST', 'DELETE'),
        ({ usable }, segments, slash, query, method) => {
          const path = segments.map((one) => `/${one}`).join('') + (slash ? '/' : '')
          compare(usable, askedFor(method, path, query))
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('says what the careful way says of every guarded path of the catalog', () => {
    for (const { usable } of quick) {
      for (const entry of usable.service.guarded ?? []) {
        const [verb = '', pattern = ''] = entry.split(' ')
        for (const path of [
          pattern,
          pattern.toUpperCase(),
          `${pattern}/`,
          `${pattern}x`,
          `/x${pattern}`,
          pattern.replace('/**', ''),
        ]) {
          const plain = path.replaceAll('**', 'a/b').replaceAll('*', 'c')
          for (const method of ['GET', 'POST', verb === 'ANY' ? 'PUT' : verb])
            compare(usable, askedFor(method, plain, ''))
        }
      }
    }
  })

  function compare(usable: Usable, asked: Asked): void {
    const plan = plans(usable)
    const aim = aimAt(target, plan, asked)
    const address = target.address(plan.of, { path: asked.path, query: asked.query })
    expect(aim.isGuarded, `${asked.method} ${asked.path}`).toBe(target.guards(plan.of, asked.method, address))
    const made = outgoing({ target, clock: systemClock }, plan, asked, aim, NO_BODY)
    const careful = place(
      { method: asked.method, ...address, headers: { 'x-own': '1', accept: 'own' } },
      { ...plan.placing, now: 0, nonce: () => '' },
    )
    const url = made.origin + made.path
    expect(new URL(url).href).toBe(new URL(careful.url).href)
    const headers: Record<string, string> = {}
    for (let at = 0; at < made.headers.length; at += 2) headers[made.headers[at]!] = made.headers[at + 1]!
    expect(headers).toEqual({ ...careful.headers, 'accept-encoding': 'identity' })
  }

  function askedFor(method: string, path: string, query: string): Asked {
    return {
      ...{ connectionId: 'conn_x', method, path, query, host: undefined, token: Secret.of('x'), proof: undefined },
      place: { in: 'authorization' },
      headers: ['x-own', '1', 'accept', 'own'],
      ...{ length: 0, awaitsContinue: false, range: undefined, acceptEncoding: undefined, onUnavailable: undefined },
    }
  }

  function usableOf(service: Service, method: Method): Usable | undefined {
    const settings: Record<string, string> = {}
    for (const [name, setting] of Object.entries({ ...service.settings, ...method.settings })) {
      if (setting.kind === 'choice')
        settings[name] = Array.isArray(setting.options) ? setting.options[0]! : Object.keys(setting.options)[0]!
      else if (setting.kind === 'url') settings[name] = 'https://api.example.com/v1'
      else if ('default' in setting && setting.default !== undefined) settings[name] = setting.default
      else if ('example' in setting && setting.example !== undefined) settings[name] = setting.example
    }
    try {
      const open = target.valuesOf(service, method, settings)
      const names = Object.keys({ ...method.fields, accessToken: 1, token: 1 })
      const values = Object.fromEntries(names.map((name) => [name, Secret.of(`secret-of-${name}`)]))
      const usable = { service, method, settings, learned: {}, open, values, version: 1 } as unknown as Usable
      place(
        { method: 'GET', base: 'https://x', path: '', query: '', headers: {} },
        {
          send: method.send,
          values: openedWhenNamed(open, values),
          optional: optionalNames(service, method),
          now: 0,
          nonce: () => '',
        },
      )
      plans(usable)
      return usable
    } catch (error) {
      // Lacks a value that only its owner knows.
      if (error instanceof Problem) return undefined
      throw error
    }
  }
})
