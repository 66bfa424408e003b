import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ScrubbedFrames } from '../../src/proxy/frames.ts'
import { createScrubber } from '../../src/scrub/scrub.ts'
import { Secret } from '../../src/secret.ts'
import { type ProxyWorld, proxyWorld, raw, SECRET } from './world.ts'

let here: ProxyWorld
let id: string
let token: string
let lastHeaders: Record<string, string | string[] | undefined> = {}
let serviceSocket: Duplex | undefined

beforeAll(async () => {
  here = await proxyWorld()
  id = await here.connect()
  token = here.token(id)
  // A service that says back whatever it is told, in frames of its own.
  here.service.server.on('test-upgrade', (request, socket: Duplex) => {
    lastHeaders = request.headers
    serviceSocket = socket
    if (request.url === '/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\nx-own: 1\r\n\r\nnot me')
      return
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nx-echo: ${request.headers.authorization}\r\n\r\n`,
    )
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => {
      const text = unmasked(chunk)
      if (text === 'who') socket.write(frame(`you are Bearer ${SECRET}!`))
      else if (text === 'bye') socket.end()
      else socket.write(frame(text))
    })
  })
})
afterAll(() => here?.close())

const handshake = (path: string, auth: string, ...more: string[]) =>
  [
    `GET /proxy/${id}${path} HTTP/1.1`,
    'Host: x',
    `Authorization: ${auth}`,
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Extensions: permessage-deflate',
    ...more,
    '',
    '',
  ].join('\r\n')

async function opened(
  path = '/ws',
  auth = `Bearer ${token}`,
): Promise<{ socket: Socket; head: string; read(): Promise<string> }> {
  const socket = connect(here.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(handshake(path, auth))
  const [first] = (await once(socket, 'data')) as [Buffer]
  return {
    socket,
    head: first.toString('latin1'),
    read: async () => {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      return chunk.subarray(2).toString()
    },
  }
}

describe('a WebSocket through the proxy', () => {
  afterEach(() => expect.poll(() => here.broker.lent(), { timeout: 5000 }).toBe(0))

  it('carries the credential in its handshake, and messages both ways', async () => {
    const { socket, head, read } = await opened()
    expect(head).toMatch(/^HTTP\/1.1 101 /)
    expect(head.toLowerCase()).toContain('sec-websocket-accept')
    expect(head).not.toContain(SECRET)
    expect(lastHeaders.authorization).toBe(`Bearer ${SECRET}`)
    expect(lastHeaders['sec-websocket-extensions']).toBeUndefined()
    for (const text of ['hello', 'a', 'ends in the first letter of the secret: a']) {
      socket.write(frame(text, true))
      expect(await read()).toBe(text)
    }
    socket.write(frame('who', true))
    expect(await read()).toBe(`you are Bearer ${'*'.repeat(SECRET.length)}!`)
    socket.write(frame('bye', true))
    await once(socket, 'close')
  })

  it('ends at the service when the caller goes away', async () => {
    const { socket } = await opened()
    const gone = once(serviceSocket!, 'close')
    socket.destroy()
    await gone
  })

  it('ends on both sides when the token ends', async () => {
    const own = here.token(id)
    const { socket } = await opened('/ws', `Bearer ${own}`)
    const both = Promise.all([once(socket, 'close'), once(serviceSocket!, 'close')])
    here.broker.end(own)
    await both
  })

  it('passes the refusal of the service on as it is', async () => {
    const answer = await raw(here.port, handshake('/refused', `Bearer ${token}`), /not me/)
    expect(answer).toMatch(/^HTTP\/1.1 403/)
    expect(answer).toContain('x-own: 1')
  })

  it('refuses without a token, and without telling the service', async () => {
    const before = lastHeaders
    const answer = await raw(here.port, handshake('/ws', 'Bearer nobody'), /token_missing"/)
    expect(answer).toMatch(/^HTTP\/1.1 401/)
    expect(lastHeaders).toBe(before)
  })

  it('is recorded like any call', async () => {
    const { socket, head } = await opened('/recorded')
    const requestId = /cardea-request-id: (\S+)/i.exec(head)![1]
    socket.destroy()
    const records = async (event: string) =>
      (await here.app.app.audit.list(here.admin.workspaceId, { limit: 10, event })).items
    expect((await records('connection.used')).map((item) => item.requestId)).toContain(requestId)
    const ends = async () => (await records('connection.answered')).flatMap(({ detail }) => detail!.calls as object[])
    await expect.poll(ends, { timeout: 5000 }).toContainEqual(expect.objectContaining({ call: requestId, status: 101 }))
  })
})

describe('frames', () => {
  const scrubber = createScrubber({ token: Secret.of(SECRET) })

  async function through(frames: Buffer[], cut: number): Promise<Buffer> {
    const stream = new ScrubbedFrames(scrubber)
    const out: Buffer[] = []
    stream.on('data', (chunk) => out.push(chunk))
    const all = Buffer.concat(frames)
    for (let at = 0; at < all.byteLength; at += cut) stream.write(all.subarray(at, at + cut))
    await new Promise((resolve) => setImmediate(resolve))
    // What is whole has gone on before the end.
    const whole = Buffer.concat(out)
    stream.destroy()
    return whole
  }

  it.each([1, 2, 3, 7, 16, 100_000])('lose the secret and nothing else, cut into pieces of %i', async (cut) => {
    const half = Math.floor(SECRET.length / 2)
    const stars = '*'.repeat(SECRET.length)
    const sent = [
      frame('plain'),
      frame(`begins ${SECRET.slice(0, half)}`, false, { final: false }),
      frame(`${SECRET.slice(half)} ends`, false, { opcode: 0 }),
      frame('a'.repeat(300)),
      frame('a'.repeat(70_000)),
      frame('ping', false, { opcode: 9 }),
      frame(''),
      frame(`ends in ${SECRET.slice(0, 5)}`),
    ]
    const expected = [
      frame('plain'),
      frame(`begins ${stars.slice(0, half)}`, false, { final: false }),
      frame(`${stars.slice(half)} ends`, false, { opcode: 0 }),
      ...sent.slice(3),
    ]
    const got = await through(sent, cut)
    expect(got.equals(Buffer.concat(expected))).toBe(true)
  })

  it('let a ping pass that stands between two frames of a message', async () => {
    const sent = [
      frame(`x ${SECRET.slice(0, 8)}`, false, { final: false }),
      frame('ping', false, { opcode: 9 }),
      frame('and no secret', false, { opcode: 0 }),
    ]
    expect((await through(sent, 5)).equals(Buffer.concat(sent))).toBe(true)
  })
})

function frame(text: string, masked = false, { opcode = 1, final = true } = {}): Buffer {
  const payload = Buffer.from(text)
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const size = payload.byteLength
  const length =
    size < 126
      ? Buffer.from([size])
      : size < 65_536
        ? Buffer.from([126, size >> 8, size & 255])
        : Buffer.concat([Buffer.from([127]), bigLength(size)])
  if (masked) {
    length[0]! |= 0x80
    for (let at = 0; at < size; at++) payload[at]! ^= mask[at & 3]!
  }
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), length, mask, payload])
}

function bigLength(size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return bytes
}

function unmasked(chunk: Buffer): string {
  const mask = chunk.subarray(2, 6)
  return Buffer.from(chunk.subarray(6).map((byte, at) => byte ^ mask[at & 3]!)).toString()
}
