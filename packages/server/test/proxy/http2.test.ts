import { once } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authority, localhostCertificate } from '../net/certificates.ts'
import { call, type ProxyWorld, proxyWorld, SECRET } from './world.ts'

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void

let here: ProxyWorld
let id: string
let bearer: Record<string, string>
let listener: Listener = () => {}
const trusted = getCACertificates('default')
const server = createSecureServer({ ...localhostCertificate, allowHTTP1: true }, (request, response) =>
  listener(request, response),
)

beforeAll(async () => {
  setDefaultCACertificates([...trusted, authority])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  here = await proxyWorld({ dispatch: { answerSeconds: 2 } })
  id = await here.connect({ settings: { server: `https://localhost:${(server.address() as AddressInfo).port}` } })
  bearer = { authorization: `Bearer ${here.token(id)}` }
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await here?.close()
  server.close()
})
afterEach(() => expect.poll(() => here.broker.lent(), { timeout: 5000 }).toBe(0))

const at = (path: string) => `${here.url}/proxy/${id}${path}`

describe('a service that speaks HTTP/2', () => {
  it('is spoken to in it, with the credential, and its answer is scrubbed', async () => {
    listener = (request, response) => {
      response.setHeader('x-version', request.httpVersion)
      response.setHeader('x-echo', request.headers.authorization!)
      response.end(`${request.url} ${request.headers.authorization}`)
    }
    const got = await call(at('/a?b=c'), { headers: bearer })
    expect([got.status, got.headers['x-version']], got.body.toString()).toEqual([200, '2.0'])
    expect(got.body.toString()).toBe(`/a?b=c Bearer ${'*'.repeat(SECRET.length)}`)
    expect(got.headers['x-echo']).not.toContain(SECRET)
  })

  it.each([0, 10, 300_000])('takes a body of %i bytes and gives it back', async (size) => {
    listener = (request, response) => void request.pipe(response)
    const body = Buffer.alloc(size, 'some bytes')
    for (const framing of [{ 'content-length': String(size) }, { 'transfer-encoding': 'chunked' }]) {
      const got = await call(at('/echo'), { method: 'POST', headers: { ...bearer, ...framing } as never, body })
      expect(got.body.equals(body)).toBe(true)
    }
  })

  it('sends events as they come, and hears that the caller is gone', async () => {
    const gone = new Promise<void>((resolve) => {
      listener = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: 1\n\n')
        response.stream.on('close', () => resolve())
      }
    })
    const controller = new AbortController()
    const answer = await fetch(at('/events'), { headers: bearer, signal: controller.signal })
    const first = await answer.body!.getReader().read()
    expect(Buffer.from(first.value!).toString()).toBe('data: 1\n\n')
    controller.abort()
    await gone
  })

  it('is not sent faster than its caller reads', async () => {
    let sent = 0
    listener = (_request, response) => {
      const block = Buffer.alloc(64 * 1024)
      const more = () => {
        while (!response.destroyed && response.write(block)) sent += block.byteLength
        sent += block.byteLength
      }
      response.on('drain', more)
      more()
    }
    const controller = new AbortController()
    await fetch(at('/endless'), { headers: bearer, signal: controller.signal })
    let before = -1
    await expect
      .poll(
        () => {
          const isStill = before === sent
          before = sent
          return isStill
        },
        { timeout: 8000, interval: 400 },
      )
      .toBe(true)
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    controller.abort()
  })

  it('that answers early, or never, is told apart', async () => {
    listener = (_request, response) => {
      response.writeHead(413).end('too much!\n')
    }
    const early = await call(at('/early'), { method: 'POST', headers: bearer, body: Buffer.alloc(500_000) })
    expect([early.status, early.body.toString()]).toEqual([413, 'too much!\n'])
    listener = () => {}
    const never = await call(at('/never'), { headers: bearer })
    expect(never.headers['cardea-error']).toBe('proxy.no_answer')
    listener = (_request, response) => response.stream.close(2)
    const reset = await call(at('/reset'), { headers: bearer })
    expect(reset.headers['cardea-error']).toBe('net.failed')
  })
})
