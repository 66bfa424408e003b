import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { call, type ProxyWorld, proxyWorld } from './world.ts'

/** Large bodies and many callers. `CARDEA_TEST_HEAVY=1`: 2 GB each way, 1,000 slow callers. */
const isHeavy = process.env.CARDEA_TEST_HEAVY === '1'
const SIZE = isHeavy ? 2 * 1024 ** 3 : 64 * 1024 ** 2
const CALLERS = isHeavy ? 1000 : 100
const PATIENCE = isHeavy ? 600_000 : 60_000
/** Caller, proxy and service share this process: buffers of three, and what the collector leaves for later. */
const FLAT = (isHeavy ? 160 : 96) * 1024 ** 2

let here: ProxyWorld
let id: string
let bearer: Record<string, string>
const block = Buffer.alloc(64 * 1024, 'every line is like the one before and none of them is a secret\n')

beforeAll(async () => {
  here = await proxyWorld()
  id = await here.connect()
  bearer = { authorization: `Bearer ${here.token(id)}` }
})
afterAll(() => here?.close())
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await expect.poll(() => here.broker.lent(), { timeout: 5000 }).toBe(0)
})

const at = (path: string) => `${here.url}/proxy/${id}${path}`

function* blocks() {
  for (let sent = 0; sent < SIZE; sent += block.byteLength) yield block
}

/** The most memory that is in use while something is done, above what was in use before. */
async function growth(work: () => Promise<void>): Promise<number> {
  await call(at('/warm'), { headers: bearer })
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  try {
    await work()
  } finally {
    clearInterval(watch)
  }
  if (isHeavy) console.log(`at most ${Math.round((most - before) / 1024 ** 2)} MB more than before`)
  return most - before
}

async function digest(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha1')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

const whole = () => {
  const hash = createHash('sha1')
  for (const each of blocks()) hash.update(each)
  return hash.digest('hex')
}

describe(`a body of ${SIZE / 1024 ** 2} MB`, () => {
  it.each([
    ['with its length', { 'content-length': String(SIZE) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])(
    'goes up %s, byte for byte and with memory flat',
    async (_, headers) => {
      here.service.answer(async (request, response) => response.end(await digest(request)))
      let answer = ''
      const grown = await growth(async () => {
        const outgoing = httpRequest(at('/up'), { method: 'PUT', headers: { ...bearer, ...headers }, agent: false })
        const answered = once(outgoing, 'response')
        await pipeline(blocks, outgoing)
        for await (const chunk of (await answered)[0] as IncomingMessage) answer += chunk
      })
      expect(answer).toBe(whole())
      expect(grown).toBeLessThan(FLAT)
    },
    PATIENCE,
  )

  it.each([
    ['with its length', { 'content-length': String(SIZE) }],
    ['in chunks', {}],
  ])(
    'comes down %s, byte for byte and with memory flat',
    async (_, headers) => {
      here.service.answer((_request, response) => {
        response.writeHead(200, headers)
        void pipeline(blocks, response)
      })
      let got = ''
      const grown = await growth(async () => {
        const outgoing = httpRequest(at('/down'), { headers: bearer, agent: false })
        outgoing.end()
        const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
        got = await digest(answer)
      })
      expect(got).toBe(whole())
      expect(grown).toBeLessThan(FLAT)
    },
    PATIENCE,
  )
})

describe(`${CALLERS} slow callers`, () => {
  it(
    'hold up nobody, and hold no more than a little each',
    async () => {
      let sent = 0
      here.service.answer((request, response) => {
        if (request.url !== '/slow') {
          response.end('quick')
          return
        }
        response.writeHead(200, { 'content-length': String(SIZE) })
        const more = () => {
          while (!response.destroyed) {
            sent += block.byteLength
            if (!response.write(block)) break
          }
        }
        response.on('drain', more)
        more()
      })
      const grown = await growth(async () => {
        for (let caller = 0; caller < CALLERS; caller++) {
          const socket = connect(here.port, '127.0.0.1')
          socket.on('error', () => {})
          socket.pause()
          socket.write(`GET /proxy/${id}/slow HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\n\r\n`)
          sockets.push(socket)
        }
        // Nobody reads, so that soon nobody sends.
        let before = -1
        await expect
          .poll(
            () => {
              const isStill = before === sent && sent > 0
              before = sent
              return isStill && here.broker.lent() === CALLERS
            },
            { timeout: isHeavy ? 300_000 : 30_000, interval: 500 },
          )
          .toBe(true)
        const began = performance.now()
        expect((await call(at('/quick'), { headers: bearer })).body.toString()).toBe('quick')
        expect(performance.now() - began).toBeLessThan(2000)
      })
      // What the systems' own buffers hold of each line is not ours.
      expect(grown / CALLERS).toBeLessThan(1024 ** 2)
    },
    PATIENCE,
  )
})
