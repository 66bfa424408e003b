import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, createServer as createTcp } from 'node:net'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../src/errors.ts'
import { databaseName } from '../database.ts'
import { call, type ProxyWorld, proxyWorld, raw, SECRET } from './world.ts'

let here: ProxyWorld
let id: string
let token: string
let bearer: Record<string, string>

beforeAll(async () => {
  here = await proxyWorld({
    dispatch: { answerSeconds: 2, idleSeconds: 2 },
    proxy: { idleSeconds: 2 },
  })
  id = await here.connect()
  token = here.token(id)
  bearer = { authorization: `Bearer ${token}` }
})
afterAll(() => here?.close())
afterEach(async () => {
  await expect.poll(() => here.broker.lent(), { timeout: 4000 }).toBe(0)
})

const at = (path: string, connection = id) => `${here.url}/proxy/${connection}${path}`
const lines = (path: string, ...more: string[]) =>
  [`GET /proxy/${id}${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n')

describe(`a call through the proxy on ${databaseName}`, () => {
  it('carries the credential where the definition wants it, and the token nowhere', async () => {
    here.service.answer((_, response) => response.setHeader('x-own', 'a').end('ok'))
    const got = await call(at('/items/1?a=b&c=%20d'), { headers: { ...bearer, 'x-thing': '1', accept: 'text/plain' } })
    expect(got.status, got.body.toString()).toBe(200)
    expect(got.headers).toMatchObject({
      'x-own': 'a',
      'content-security-policy': 'sandbox',
    })
    expect(got.headers['cardea-error']).toBeUndefined()
    const seen = here.service.seen.at(-1)!
    expect(seen.url).toBe('/items/1?a=b&c=%20d')
    expect(seen.headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(seen.headers).toMatchObject({ 'x-thing': '1', accept: 'text/plain', 'accept-encoding': 'identity' })
    expect(JSON.stringify(seen.rawHeaders)).not.toContain('cardea')
  })

  it.each([
    ['/a%2Fb', '/a%2Fb'],
    ['/a//b', '/a//b'],
    ['/a/', '/a/'],
    ['', '/'],
    ['/', '/'],
    ['?q', '/?q'],
    ['/a?b=%C3%A9&c=%zz&&=', '/a?b=%C3%A9&c=%zz&&='],
    ['/a:b@c,d;e=1(x)', '/a:b@c,d;e=1(x)'],
    ['/%7Euser/$metadata!', '/%7Euser/$metadata!'],
  ])('keeps the address %s byte for byte', async (path, expected) => {
    here.service.answer((_, response) => response.end('ok'))
    expect((await call(at(path), { headers: bearer })).status).toBe(200)
    expect(here.service.seen.at(-1)!.url).toBe(expected)
  })

  it('strips what concerns one hop, who is asking, and what would speak for another', async () => {
    here.service.answer((_, response) => response.end('ok'))
    await raw(
      here.port,
      lines(
        '/strip',
        'Connection: close, X-Hop, Keep-Alive',
        'X-Hop: 1',
        'Keep-Alive: timeout=1',
        'Proxy-Authorization: Basic eA==',
        'X-Forwarded-For: 10.0.0.1',
        'Forwarded: for=10.0.0.1',
        'X-HTTP-Method-Override: DELETE',
        'X-Original-URL: /admin',
        'Cookie: session=1',
        'Cardea-Other: 1',
        'TE: trailers',
        'Sec-Fetch-Site: cross-site',
        'Accept: a/b',
        'Accept: c/d',
      ),
    )
    const { headers, rawHeaders } = here.service.seen.at(-1)!
    expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'authorization', 'connection', 'host'])
    expect(rawHeaders.filter((_, index) => rawHeaders[index - 1] === 'accept')).toEqual(['a/b', 'c/d'])
    expect(headers.host).toBe(`127.0.0.1:${here.service.port}`)
  })

  it('gives back nothing that speaks for the origin of Cardea or for this hop', async () => {
    here.service.answer((_, response) => {
      response.writeHead(200, [
        ...[
          'set-cookie',
          'a=b',
          'set-cookie',
          'c=d',
          'strict-transport-security',
          'max-age=1',
          'clear-site-data',
          '"*"',
        ],
        ...['x-hop', '1', 'connection', 'close, x-hop', 'cardea-error', 'token.forged', 'proxy-authenticate', 'Basic'],
        ...[
          'content-security-policy',
          "default-src 'self'",
          'service-worker-allowed',
          '/',
          'x-fine',
          'yes',
          'link',
          'a',
          'link',
          'b',
        ],
      ])
      response.end('<script>1</script>')
    })
    const { headers } = await call(at('/page'), { headers: bearer })
    expect(headers).toMatchObject({
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'x-fine': 'yes',
      link: 'a, b',
    })
    for (const name of [
      'set-cookie',
      'strict-transport-security',
      'clear-site-data',
      'x-hop',
      'cardea-error',
      'proxy-authenticate',
      'service-worker-allowed',
    ])
      expect(headers[name], name).toBeUndefined()
  })

  it('takes the credential out of headers, bodies and trailers, however they are cut', async () => {
    here.service.answer((_, response) => {
      response.writeHead(200, { 'x-echo': `Bearer ${SECRET}`, trailer: 'x-last' })
      const text = `{"token":"${SECRET}","b":"${Buffer.from(SECRET).toString('base64')}"}`
      for (const char of text) response.write(char)
      response.addTrailers({ 'x-last': SECRET })
      response.end()
    })
    const got = await call(at('/echo'), { headers: bearer })
    expect(JSON.stringify(got.headers) + JSON.stringify(got.trailers) + got.body).not.toContain(SECRET)
    expect(got.body.toString()).not.toContain(Buffer.from(SECRET).toString('base64'))
    expect(got.trailers['x-last']).toMatch(/^\*+$/)
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('opens %s that nobody asked for, since nothing is found in what is compressed', async (coding, compress) => {
    const text = `${'x'.repeat(100_000)} ${SECRET} ${'y'.repeat(100_000)}`
    here.service.answer((_, response) => {
      const body = compress(Buffer.from(text))
      response.writeHead(200, { 'content-encoding': coding, 'content-length': body.byteLength }).end(body)
    })
    const got = await call(at('/compressed'), { headers: { ...bearer, 'accept-encoding': coding } })
    expect(got.headers['content-encoding']).toBeUndefined()
    expect(got.body.toString()).toBe(text.replace(SECRET, '*'.repeat(SECRET.length)))
  })

  it('cuts off an answer that says it is compressed and is not', async () => {
    here.service.answer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all'))
    await expect(call(at('/broken'), { headers: bearer })).rejects.toThrow()
  })

  it('asks for the whole, whatever range the caller wants', async () => {
    here.service.answer((_, response) => response.end('whole'))
    await call(at('/range'), { headers: { ...bearer, range: 'bytes=3-', 'if-range': '"x"' } })
    expect(here.service.seen.at(-1)!.headers.range).toBeUndefined()
    expect(here.service.seen.at(-1)!.headers['if-range']).toBeUndefined()
  })

  it.each([
    ['GET', 200],
    ['POST', 201],
    ['PUT', 200],
    ['PATCH', 200],
    ['DELETE', 200],
    ['OPTIONS', 200],
    ['PROPFIND', 207],
    ['REPORT', 200],
  ])('passes a body with %s as it is', async (method, status) => {
    const body = randomBytes(3000)
    here.service.answer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.writeHead(status, { 'content-type': 'application/octet-stream' }).end(Buffer.concat(chunks))
    })
    for (const size of [0, 1, 3000]) {
      const sent = body.subarray(0, size)
      const got = await call(at('/body'), {
        method,
        headers: { ...bearer, 'content-length': String(size) },
        body: sent,
      })
      expect(got.status).toBe(status)
      expect(got.body.equals(sent), `${size}`).toBe(true)
      expect(Number(here.service.seen.at(-1)!.headers['content-length'] ?? 0)).toBe(size)
    }
    const chunked = await call(at('/body'), { method, headers: { ...bearer, 'transfer-encoding': 'chunked' }, body })
    expect(chunked.body.equals(body)).toBe(true)
  })

  it.each([204, 304])('passes %i without a body', async (status) => {
    here.service.answer((_, response) => response.writeHead(status, { etag: '"a"' }).end())
    const got = await call(at('/none'), { headers: { ...bearer, 'if-none-match': '"a"' } })
    expect(got.status).toBe(status)
    expect(got.headers.etag).toBe('"a"')
    expect(got.body.byteLength).toBe(0)
  })

  it('passes HEAD with the length that GET would have', async () => {
    here.service.answer((_, response) => response.writeHead(200, { 'content-length': 1234 }).end())
    const got = await call(at('/head'), { method: 'HEAD', headers: bearer })
    expect(got.headers['content-length']).toBe('1234')
    expect(
      (await call(at('/head'), { headers: { ...bearer, authorization: 'Bearer none' }, method: 'HEAD' })).status,
    ).toBe(401)
  })

  it('follows no redirect, and gives it back', async () => {
    here.service.answer((_, response) => response.writeHead(307, { location: 'http://evil.example/' }).end())
    const before = here.service.seen.length
    const got = await call(at('/moved'), { method: 'POST', headers: bearer, body: 'x' })
    expect([got.status, got.headers.location]).toEqual([307, 'http://evil.example/'])
    expect(here.service.seen.length).toBe(before + 1)
  })

  it.each(['120', 'Fri, 20 Nov 2026 10:00:00 GMT'])('gives back when to come again as it is: %s', async (when) => {
    here.service.answer((_, response) => response.writeHead(429, { 'retry-after': when }).end('slow down'))
    const got = await call(at('/limited'), { headers: bearer })
    expect([got.status, got.headers['retry-after'], got.body.toString()]).toEqual([429, when, 'slow down'])
  })

  it('tells its own refusals from those of the service', async () => {
    here.service.answer((_, response) =>
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end('{}'),
    )
    expect((await call(at('/x'), { headers: bearer })).headers['cardea-error']).toBeUndefined()
    const own = await call(at('/../x'), { headers: bearer })
    expect(own.headers['content-type']).toBe('application/problem+json')
    const none = await call(at('/x'))
    expect([none.status, none.headers['cardea-error']]).toEqual([401, 'proxy.token_missing'])
    expect(none.headers['www-authenticate']).toContain('Basic')
  })

  it('answers 100-continue only when the call may be made', async () => {
    here.service.answer((request, response) => request.resume().on('end', () => response.end('thanks')))
    const head = (path: string, auth: string) =>
      `POST /proxy/${id}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${auth}\r\nExpect: 100-continue\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n`
    const refused = await raw(here.port, head('/up', 'Bearer nobody'), /token_missing/)
    expect(refused).toMatch(/^HTTP\/1.1 401/)
    const socket = connectTcp(here.port, '127.0.0.1')
    socket.write(head('/up', `Bearer ${token}`))
    let text = ''
    for await (const chunk of socket) {
      text += chunk
      if (text.endsWith('100 Continue\r\n\r\n')) socket.write(Buffer.alloc(200_000))
    }
    expect(text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/)
  })

  it('lets the first event through at once', async () => {
    let finish = () => {}
    here.service.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      finish = () => response.end('data: 2\n\n')
      setTimeout(() => response.write('data: 1\n\n'), 100)
    })
    const answer = await fetch(at('/events'), { headers: bearer })
    const reader = answer.body!.getReader()
    const first = await reader.read()
    expect(Buffer.from(first.value!).toString()).toBe('data: 1\n\n')
    finish()
    const second = await reader.read()
    expect(Buffer.from(second.value!).toString()).toBe('data: 2\n\n')
    expect((await reader.read()).done).toBe(true)
  })
})

describe('the end of one side', () => {
  it('reaches the service when the caller goes away', async () => {
    const gone = new Promise<void>((resolve) => {
      here.service.answer((request, response) => {
        response.writeHead(200).write('begun')
        request.on('close', () => resolve())
      })
    })
    const controller = new AbortController()
    const answer = await fetch(at('/long'), { headers: bearer, signal: controller.signal })
    await answer.body!.getReader().read()
    controller.abort()
    await gone
  })

  it('reaches the service when the caller vanishes in the middle of its body', async () => {
    const gone = new Promise<boolean>((resolve) => {
      here.service.answer((request) => {
        request.resume().on('aborted', () => resolve(request.complete))
      })
    })
    const socket = connectTcp(here.port, '127.0.0.1')
    socket.write(
      `POST /proxy/${id}/up HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 9999999\r\n\r\n`,
    )
    socket.write(Buffer.alloc(300_000))
    setTimeout(() => socket.destroy(), 200)
    expect(await gone).toBe(false)
  })

  it('never sends a small body that has not come whole', async () => {
    const before = here.service.seen.length
    const socket = connectTcp(here.port, '127.0.0.1')
    socket.write(
      `POST /proxy/${id}/up HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\nhalf`,
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
    await expect.poll(() => here.broker.lent()).toBe(0)
    expect(here.service.seen.length).toBe(before)
  })

  it('passes an early answer on while the caller still sends', async () => {
    // Whoever answers and hangs up without reading has their answer lost by the network itself.
    here.service.answer((request, response) => {
      request.resume()
      response.writeHead(413).end('too much!\n')
    })
    const socket = connectTcp(here.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST /proxy/${id}/up HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 50000000\r\n\r\n`,
    )
    const sending = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 5)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await expect.poll(() => text, { timeout: 4000 }).toContain('too much!')
    expect(text).toMatch(/^HTTP\/1.1 413/)
    // And is hung up on in the end, since nobody reads the rest.
    await once(socket, 'close')
    clearInterval(sending)
  })

  it('tells that the service does not answer in time', async () => {
    here.service.answer(() => {})
    const got = await call(at('/never'), { headers: bearer })
    expect([got.status, got.headers['cardea-error']]).toEqual([504, 'proxy.no_answer'])
  })

  it('gives up on a body that stands still', async () => {
    here.service.answer((_, response) => response.writeHead(200, { 'content-length': 100 }).write('half'))
    await expect(call(at('/still'), { headers: bearer })).rejects.toThrow()
  })

  it('gives up on a caller that does not go on sending', async () => {
    here.service.answer((request) => request.resume())
    const answer = await raw(
      here.port,
      `POST /proxy/${id}/up HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100000\r\n\r\nx`,
      /too_slow/,
      6000,
    )
    expect(answer).toContain('request.too_slow')
  })

  it.each([
    ['resets before it answers', 'net.failed', ''],
    ['speaks no HTTP', 'net.failed', 'SSH-2.0-OpenSSH\r\n'],
    ['sends a head that does not end', 'net.failed', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(80_000)}`],
    ['answers with two lengths', 'net.failed', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'answers with a length beside chunks',
      'net.failed',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n',
    ],
    [
      'changes the protocol unasked',
      'net.failed',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
  ])('tells that the service %s', async (_, code, bytes) => {
    const { connection, close } = await tcpService((socket) => {
      if (bytes === '') socket.resetAndDestroy()
      else socket.end(bytes)
    })
    const got = await call(at('/', connection), { headers: { authorization: `Bearer ${here.token(connection)}` } })
    expect([got.status, got.headers['cardea-error']], got.body.toString()).toEqual([502, code])
    expect(got.body.toString()).not.toContain(SECRET)
    close()
  })

  it.each([
    ['promises more than it sends', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['breaks off its chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['sends a chunk that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n'],
  ])('does not let half an answer pass for a whole one when the service %s', async (_, bytes) => {
    const { connection, close } = await tcpService((socket) => socket.end(bytes))
    await expect(
      call(at('/', connection), { headers: { authorization: `Bearer ${here.token(connection)}` } }),
    ).rejects.toThrow()
    close()
  })

  it('sends no more to the caller than the service promised', async () => {
    const { connection, close } = await tcpService((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhalfHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison'),
    )
    const auth = { authorization: `Bearer ${here.token(connection)}` }
    expect((await call(at('/1', connection), { headers: auth })).body.toString()).toBe('half')
    expect((await call(at('/2', connection), { headers: auth })).body.toString()).toBe('half')
    close()
  })

  it('ends what is under way when the token ends', async () => {
    here.service.answer((_, response) => {
      response.writeHead(200).write('begun')
    })
    const own = here.token(id)
    const answer = await fetch(at('/stream'), { headers: { authorization: `Bearer ${own}` } })
    const reader = answer.body!.getReader()
    await reader.read()
    here.broker.end(own)
    const began = performance.now()
    await expect(reader.read()).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('ends what is under way when the connection is paused', async () => {
    const other = await here.connect()
    here.service.answer((_, response) => {
      response.writeHead(200).write('begun')
    })
    const answer = await fetch(at('/stream', other), { headers: { authorization: `Bearer ${here.token(other)}` } })
    const reader = answer.body!.getReader()
    await reader.read()
    await here.admin.client.connections.change(other, { status: 'paused' })
    const began = performance.now()
    await expect(reader.read()).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(1500)
    const next = await call(at('/', other), { headers: { authorization: `Bearer ${here.token(other)}` } })
    expect(next.headers['cardea-error']).toBe('connection.paused')
  })
})

describe('where the token may stand', () => {
  it.each([
    ['bearer', () => `Bearer ${token}`],
    ['bearer in small letters', () => `bearer ${token}`],
    ['another scheme', () => `token ${token}`],
    ['the password of basic', () => `Basic ${Buffer.from(`x:${token}`).toString('base64')}`],
    ['the user of basic', () => `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
  ])('%s', async (_, authorization) => {
    here.service.answer((_request, response) => response.end('ok'))
    expect((await call(at('/'), { headers: { authorization: authorization() } })).status).toBe(200)
    expect(here.service.seen.at(-1)!.headers.authorization).toBe(`Bearer ${SECRET}`)
  })

  it('is where the definition puts the credential: header, query, cookie and path', async () => {
    here.service.answer((_request, response) => response.end('ok'))
    const header = await here.connect({
      provider: 'http_custom',
      method: 'several_headers',
      settings: { firstHeader: 'X-Api-Key', secondHeader: 'X-App' },
      credential: { first: SECRET, second: 'another-secret-0' },
    })
    const inHeader = await call(at('/h', header), { headers: { 'x-api-key': here.token(header) } })
    expect(inHeader.status, inHeader.body.toString()).toBe(200)
    expect(here.service.seen.at(-1)!.headers).toMatchObject({ 'x-api-key': SECRET, 'x-app': 'another-secret-0' })

    const query = await here.connect({
      provider: 'http_custom',
      method: 'several_parameters',
      settings: { firstParameter: 'key', secondParameter: 'app' },
      credential: { first: SECRET, second: 'another-secret-0' },
    })
    const inQuery = await call(`${at('/q', query)}?a=1&key=${here.token(query)}&b=2`)
    expect(inQuery.status, inQuery.body.toString()).toBe(200)
    expect(here.service.seen.at(-1)!.url).toBe(`/q?a=1&b=2&key=${SECRET}&app=another-secret-0`)

    const elsewhere = await call(`${at('/q', query)}?other=${here.token(query)}`)
    expect(elsewhere.headers['cardea-error']).toBe('proxy.token_misplaced')
    const wrongHeader = await call(at('/h', header), { headers: { 'x-other': here.token(header) } })
    expect(wrongHeader.headers['cardea-error']).toBe('proxy.token_misplaced')
  })
})

describe('what is recorded', () => {
  it('is the use before it leaves, and how it ended', async () => {
    here.service.answer((_, response) => response.writeHead(201).end('12345'))
    const got = await call(at('/recorded?secret=1'), { method: 'POST', headers: bearer, body: 'abc' })
    const requestId = got.headers['cardea-request-id']
    const [used] = await records(String(requestId))
    expect(used).toMatchObject({
      event: 'connection.used',
      method: 'POST',
      path: '/recorded',
      host: `127.0.0.1:${here.service.port}`,
      connectionId: id,
    })
    const answered = async () => {
      const { items } = await here.app.app.audit.list(here.admin.workspaceId, {
        limit: 50,
        event: 'connection.answered',
      })
      return items.flatMap(({ detail }) => detail!.calls as object[])
    }
    await expect
      .poll(answered, { timeout: 5000 })
      .toContainEqual({ call: requestId, status: 201, bytesIn: 3, bytesOut: 5, durationMs: expect.any(Number) })
  })

  it('does not leave without its record', async () => {
    const strict = await proxyWorld()
    strict.broker.use = async () => {
      throw new Problem('store.unavailable')
    }
    try {
      const connection = await strict.connect()
      const got = await call(`${strict.url}/proxy/${connection}/`, {
        headers: { authorization: `Bearer ${strict.token(connection)}` },
      })
      expect([got.status, got.headers['cardea-error']]).toEqual([503, 'store.unavailable'])
      expect(strict.service.seen.length).toBe(0)
    } finally {
      await strict.close()
    }
  })

  async function records(requestId: string) {
    const { items } = await here.app.app.audit.list(here.admin.workspaceId, { limit: 20 })
    return items.filter((item) => item.requestId === requestId)
  }
})

async function tcpService(answer: (socket: import('node:net').Socket) => void) {
  const server = createTcp((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const connection = await here.connect({ settings: { server: `http://127.0.0.1:${port}` } })
  return { connection, close: () => server.close() }
}
