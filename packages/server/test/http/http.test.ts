import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../src/http/routes.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

let app: TestApp
let ada: Browser
let apiKey: string

beforeAll(async () => {
  app = await testApp({ environment: { CARDEA_BODY_LIMIT_BYTES: '20000' } })
  ada = await app.setUp()
  apiKey = (await app.key(ada, 'admin')).token
})
afterAll(() => app?.close())

/** What a refusal says. */
async function problem(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}

/** What a server says to these very bytes. */
async function say(text: string, { end = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk
  })
  socket.on('error', () => {})
  socket.write(text)
  if (end) socket.end()
  await once(socket, 'close')
  return heard
}

const post = (path: string, body: Body, headers: Record<string, string> = {}) =>
  fetch(`${app.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
    duplex: 'half',
  } as RequestInit)

describe(`the server, on ${databaseName}`, () => {
  it('gives every answer a request id of its own, and the headers that keep browsers in bounds', async () => {
    const seen = new Set<string>()
    for (const path of ['/healthz', '/v1/me', '/docs', '/openapi.json', '/proxy/x', '/nothing']) {
      const { headers } = await fetch(`${app.url}${path}`)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('access-control-allow-origin'), path).toBeNull()
      if (path.startsWith('/proxy')) continue
      expect(headers.get('content-security-policy'), path).toContain(`default-src 'none'`)
      expect(headers.get('content-security-policy'), path).not.toContain('unsafe')
      expect(headers.get('referrer-policy'), path).toBe('no-referrer')
      expect(headers.get('strict-transport-security'), path).toBeNull()
      seen.add(headers.get('cardea-request-id')!)
    }
    expect(seen.size).toBe(5)
    expect([...seen].every((id) => /^req_\w{26}$/.test(id))).toBe(true)
  })

  it('answers what is no request with a problem and hangs up', async () => {
    const host = 'host: localhost\r\n'
    const cases: [string, number][] = [
      ['rubbish\r\n\r\n', 400],
      ['GET http://evil.example/v1/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
      ['OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n`, 400],
      [`GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`, 421],
      [`GET /\\..\\x HTTP/1.1\r\n${host}connection: close\r\n\r\n`, 400],
      [`GET /healthz HTTP/1.1\r\n${host}x-long: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
      [`GET /healthz?${'x'.repeat(40_000)} HTTP/1.1\r\n${host}\r\n`, 431],
      [`POST /v1/keys HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
      [`TRACE /v1/keys HTTP/1.1\r\n${host}connection: close\r\n\r\n`, 401],
      [`GET /socket HTTP/1.1\r\n${host}connection: upgrade\r\nupgrade: websocket\r\n\r\n`, 404],
      [`GET /proxy/x HTTP/1.1\r\n${host}connection: upgrade\r\nupgrade: websocket\r\n\r\n`, 400],
    ]
    for (const [text, status] of cases) {
      const heard = await say(text)
      expect(heard.split('\r\n')[0], text.slice(0, 60)).toContain(`HTTP/1.1 ${status}`)
      expect(heard, text.slice(0, 60)).toContain('application/problem+json')
    }
  })

  it('takes no body beyond the limit, announced or chunked, and stays usable', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(30_000), role: 'viewer' })
    const announced = await post('/v1/keys', body)
    expect([announced.status, (await problem(announced)).limit]).toEqual([413, 20_000])
    const chunked = await post('/v1/keys', new Blob([body]).stream())
    expect(chunked.status).toBe(413)
    expect((await post('/v1/keys', '{"name":"fine","role":"viewer"}')).status).toBe(201)
  })

  it('does not read the body of somebody it does not let in', async () => {
    const heard = await say(
      'POST /v1/keys HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 900000\r\n\r\n{',
    )
    expect(heard).toContain('HTTP/1.1 401')
  })

  it('makes nothing of a body whose sender hangs up half-way, and does not call that a fault of its own', async () => {
    const head = `POST /v1/keys HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${apiKey}\r\ncontent-type: application/json\r\n`
    const before = app.logged.length
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    socket.write(`${head}content-length: 100\r\n\r\n{"name":`)
    await once(socket, 'connect')
    setTimeout(() => socket.destroy(), 50)
    await expect.poll(() => app.logged.slice(before).join('')).toContain('"status":400')
    expect(app.logged.slice(before).join('')).not.toContain('a fault')
  })

  it.each([
    ['no JSON', '{', 400, 'request.not_json'],
    ['another content type', '{}', 415, 'request.wrong_type', { 'content-type': 'text/plain' }],
    ['a name given twice', '{"name":"a","name":"b","role":"viewer"}', 400, 'request.invalid'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 400, 'request.not_json'],
    ['NUL', '{"name":"a\\u0000","role":"viewer"}', 400, 'request.invalid'],
    ['a field that is not known', '{"name":"a","role":"viewer","admin":true}', 400, 'request.invalid'],
    ['an array', '[]', 400, 'request.invalid'],
    ['null', 'null', 400, 'request.invalid'],
    ['nothing at all', '', 400, 'request.invalid'],
    ['a role that is none', '{"name":"a","role":"owner"}', 400, 'request.invalid'],
  ] as [string, Body, number, string, Record<string, string>?][])(
    'refuses %s in a body, and says where',
    async (_, body, status, code, headers) => {
      const response = await post('/v1/keys', body, headers)
      expect([response.status, (await problem(response)).code]).toEqual([status, code])
    },
  )

  it('never repeats a password that was refused', async () => {
    const password = 'hunter2hunter2hunter2'
    for (const body of [`{"email":"a@b.c","password":"${password}"`, `{"email":5,"password":["${password}"]}`]) {
      const response = await post('/api/auth/sign-in/email', body, { 'x-api-key': '' })
      expect(response.status).toBe(400)
      expect(await response.text()).not.toContain(password)
    }
    expect(app.logged.join('')).not.toContain(password)
  })

  it('takes exactly one credential', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${app.url}/v1/me`, { headers }).then(async (response) => (await problem(response)).code ?? 'let in')
    const cookie = ada.cookie()
    expect(await ask({ cookie, 'cardea-workspace': ada.workspaceId })).toBe('let in')
    expect(await ask({ cookie, 'x-api-key': apiKey })).toBe('auth.ambiguous')
    expect(await ask({ 'x-api-key': apiKey, authorization: `Bearer ${apiKey}` })).toBe('auth.ambiguous')
    expect(await ask({ authorization: `Bearer ${apiKey}` })).toBe('auth.rejected')
    expect(await ask({ authorization: `Basic ${btoa(`:${apiKey}`)}` })).toBe('auth.rejected')
    expect(await ask({ authorization: 'Basic eDp5', cookie })).toBe('auth.rejected')
    expect(await ask({ 'x-api-key': `${apiKey}x` })).toBe('auth.rejected')
    expect(await ask({ cookie: 'theme=dark' })).toBe('auth.required')
  })

  it('changes nothing for a cookie that another site sent along', async () => {
    const before = (await ada.client.workspace.get()).name
    const response = await fetch(`${app.url}/v1/workspace`, {
      method: 'PATCH',
      headers: {
        cookie: ada.cookie(),
        origin: 'https://evil.example',
        'content-type': 'application/json',
        'cardea-workspace': ada.workspaceId,
      },
      body: '{"name":"taken"}',
    })
    expect((await problem(response)).code).toBe('request.foreign_origin')
    expect((await ada.client.workspace.get()).name).toBe(before)
  })

  it('answers only the three addresses of browser sign-in', async () => {
    for (const path of ['sign-up/email', 'update-user', 'list-sessions', 'reset-password', 'ok', 'error', '']) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${app.url}/api/auth/${path}`, { method, headers: { accept: 'text/html' } })
        expect(response.status, `${method} ${path}`).toBe(404)
      }
    }
  })

  it('pages through a list without losing or repeating anything, and refuses cursors it has not given out', async () => {
    const admin = await app.key(ada, 'admin')
    for (let n = 0; n < 5; n++) await admin.client.keys.create({ name: `page ${n}`, role: 'viewer' })
    const all = (await admin.client.keys.list({ limit: 200 }).page()).items.map(({ id }) => id)
    const walked: string[] = []
    for await (const { id } of admin.client.keys.list({ limit: 2 })) walked.push(id)
    expect(walked).toEqual(all)
    for (const cursor of ['x', 'e30', '../..', Buffer.from('1.key_1').toString('base64url').repeat(20)]) {
      const refused = admin.client.keys.list({ cursor }).page()
      await expect(refused).rejects.toMatchObject({ code: 'request.bad_cursor', status: 400 })
    }
    for (const limit of [0, 201, 1.5, Number.NaN]) {
      await expect(admin.client.keys.list({ limit }).page()).rejects.toMatchObject({ code: 'request.invalid' })
    }
  })

  it('exports the audit trail as it is made, in both forms, and records that it did', async () => {
    const text = await new Response(await ada.client.audit.export('ndjson')).text()
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    expect(events).toContain('key.created')
    const csv = await new Response(await ada.client.audit.export('csv', { event: 'key.created' })).text()
    expect(csv).toContain('key.created')
    expect(csv).not.toContain('member.added')
    const { items } = await ada.client.audit.list({ event: 'audit.exported' }).page()
    expect(items.map(({ detail }) => detail)).toMatchObject([
      { format: 'csv', event: 'key.created' },
      { format: 'ndjson' },
    ])
  })

  it('streams a backup to operators', async () => {
    const bytes = await new Response(await ada.client.deployment.backup()).bytes()
    expect(bytes.byteLength).toBeGreaterThan(500)
  })

  it('logs a request by its pattern, without query, token or path', async () => {
    await fetch(`${app.url}/v1/keys/key_visible?secret=visible`, { method: 'DELETE', headers: { 'x-api-key': apiKey } })
    const line = app.logged.findLast((entry) => entry.includes('"request"'))!
    expect(JSON.parse(line)).toMatchObject({ method: 'DELETE', route: '/v1/keys/{id}', status: 404, level: 'info' })
    expect(line).not.toContain('visible')
    expect(app.logged.join('')).not.toContain(apiKey)
  })

  it('counts requests by route without a label that a caller can make up', async () => {
    await fetch(`${app.url}/made-up`, { method: 'PROPFIND' })
    const text = await (await fetch(`${app.url}/metrics`)).text()
    expect(text).toContain('route="/v1/keys/{id}",method="DELETE",status="404"')
    expect(text).toContain('route="other",method="other"')
    expect(text).toContain('cardea_vault_up 1')
    expect(text).not.toMatch(/made-up|key_|usr_|ws_/)
  })

  it('has a reference without script that shows every route', async () => {
    const page = await (await fetch(`${app.url}/docs`)).text()
    expect(page).not.toMatch(/<script|style=|onload|https?:\/\/(?!127\.0\.0\.1)/)
    for (const { handler } of routes)
      expect(page).toContain(handler.summary.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`))
    expect((await fetch(`${app.url}/docs/style.css`)).headers.get('content-type')).toContain('text/css')
    expect(await (await fetch(`${app.url}/docs/problems`)).text()).toContain('id="key.not_found"')
  })
})

describe('the owner’s socket', () => {
  it('serves the same routes to the operator, without a credential', async () => {
    const path = join(app.database.folder, 'test.sock')
    const server = createServer(app.http.requestListener({ kind: 'operator' })).listen(path)
    await once(server, 'listening')
    const ask = (route: string, workspace?: string) =>
      new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
        const socket = connect(path)
        let text = ''
        const header = workspace ? `cardea-workspace: ${workspace}\r\n` : ''
        socket.write(`GET ${route} HTTP/1.0\r\n${header}\r\n`)
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.on('error', reject)
        socket.on('close', () =>
          resolve({ status: Number(text.split(' ')[1]), body: JSON.parse(text.slice(text.indexOf('{'))) }),
        )
      })
    expect(await ask('/v1/me')).toMatchObject({ status: 200, body: { kind: 'operator', operator: true } })
    expect(await ask('/v1/keys')).toMatchObject({ status: 400, body: { code: 'auth.which_workspace' } })
    expect(await ask('/v1/keys', ada.workspaceId)).toMatchObject({ status: 200 })
    expect(await ask('/v1/keys', 'ws_none')).toMatchObject({ status: 404, body: { code: 'workspace.not_found' } })
    server.close()
  })
})

describe('limits and draining', () => {
  it('tells a caller who asks too often when to come back, and serves others meanwhile', async () => {
    const strict = await testApp({ environment: { CARDEA_REQUESTS_PER_MINUTE: '20' } })
    try {
      const browser = await strict.setUp()
      const [first, second] = [await strict.key(browser, 'viewer'), await strict.key(browser, 'viewer')]
      for (let n = 0; n < 20; n++) await first.client.me()
      await expect(first.client.me()).rejects.toMatchObject({
        code: 'request.too_many',
        status: 429,
        retryAfterSeconds: expect.any(Number),
      })
      const answer = await fetch(`${strict.url}/v1/me`, { headers: { 'x-api-key': second.token } })
      expect(answer.headers.get('ratelimit')).toMatch(/^"default";r=19;t=\d+$/)
      expect(answer.headers.get('ratelimit-policy')).toBe('"default";q=20;w=60')
      const guess = () => fetch(`${strict.url}/v1/me`, { headers: { 'x-api-key': `cardea_key_${'y'.repeat(43)}` } })
      const statuses = new Set<number>()
      for (let n = 0; n < 25; n++) statuses.add((await guess()).status)
      expect(statuses).toEqual(new Set([401, 429]))
      const neighbour = await fetch(`${strict.url}/v1/me`, { headers: { 'x-api-key': second.token } })
      expect(neighbour.status).toBe(200)
    } finally {
      await strict.close()
    }
  })

  it('lets what is in flight finish, takes nothing new, and hangs up on who idles', async () => {
    const short = await testApp()
    const browser = await short.setUp()
    const stream = (await browser.client.audit.export('ndjson')).getReader()
    const idle = connect(Number(new URL(short.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const began = performance.now()
    const closed = short.http.close(20)
    await stream.read()
    while (!(await stream.read()).done);
    await closed
    expect(performance.now() - began).toBeLessThan(5000)
    await expect(fetch(short.url)).rejects.toThrow()
    idle.destroy()
    await short.close()
  })
})
