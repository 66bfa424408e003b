import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import {
  createDispatch,
  type Departing,
  type Dispatch,
  type DispatchOptions,
  failureOf,
} from '../../src/net/dispatch.ts'
import { createGuard } from '../../src/net/guard.ts'
import { createTestClock } from '../clock.ts'
import { authority, expiredCertificate, localhostCertificate } from './certificates.ts'

const servers: { close(): unknown; closeAllConnections?(): void }[] = []
const dispatches: Dispatch[] = []
afterEach(async () => {
  for (const one of dispatches.splice(0)) await one.close()
})
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections?.()
    server.close()
  }
})

async function listening(
  server: Server | ReturnType<typeof createTls> | ReturnType<typeof createSecureServer>,
): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function out(options: Partial<DispatchOptions> = {}): Dispatch {
  const made = createDispatch({
    guard: createGuard({ allowed: ['127.0.0.1', 'localhost'] }),
    clock: createTestClock(),
    ...options,
  })
  dispatches.push(made)
  return made
}

function ask(
  dispatch: Dispatch,
  origin: string,
  more: Partial<Departing> = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const answer = { status: 0, body: '', headers: {} as Record<string, unknown> }
    dispatch.send(
      { party: 'ws_1', origin, method: 'GET', path: '/', headers: [], body: null, ...more },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, headers) => {
          answer.status = status
          answer.headers = headers
        },
        onResponseData: (_controller, chunk) => {
          answer.body += chunk
        },
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}

/** A line is taken again when the loop has turned. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))

const hello: RequestListener = (_, response) => response.end('hello')

describe('the way out', () => {
  it('looks a name up for each connection, and connects to nothing but what it was told', async () => {
    const port = await listening(createServer(hello))
    let asked = 0
    const guard = createGuard({
      allowed: ['service.example'],
      resolve: async () => {
        asked++
        // The second answer is what an attacker would like to be connected to.
        return asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']
      },
    })
    const dispatch = out({ guard })
    const origin = `http://service.example:${port}`
    expect((await ask(dispatch, origin)).body).toBe('hello')
    await turn()
    await ask(dispatch, origin, { headers: ['connection', 'close'] })
    await turn()
    expect(asked).toBe(1)
    const error = await ask(dispatch, origin).catch((error: unknown) => error)
    expect(isProblem(error, 'net.host_refused')).toBe(true)
    expect(asked).toBe(2)
  })

  it('verifies TLS whatever the environment says', async () => {
    const port = await listening(createTls(localhostCertificate, hello))
    const expired = await listening(createTls(expiredCertificate, hello))
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      for (const each of [port, expired]) {
        const error = await ask(out(), `https://localhost:${each}`).catch((error: unknown) =>
          failureOf('localhost', error),
        )
        expect(error).toMatchObject({ code: 'net.failed', values: { kind: 'tls' } })
      }
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    }
  })

  it('follows no redirect and opens no encoding', async () => {
    let asked = 0
    const port = await listening(
      createServer((_, response) => {
        asked++
        response.writeHead(302, { location: '/elsewhere', 'content-encoding': 'gzip' }).end('not gzip')
      }),
    )
    const answer = await ask(out(), `http://127.0.0.1:${port}`)
    expect([answer.status, answer.body, asked]).toEqual([302, 'not gzip', 1])
  })

  it('sends nothing twice, though the connection broke', async () => {
    let asked = 0
    const port = await listening(
      createServer((request) => {
        asked++
        request.socket.destroy()
      }),
    )
    for (const method of ['GET', 'POST'])
      await expect(ask(out(), `http://127.0.0.1:${port}`, { method })).rejects.toThrow()
    expect(asked).toBe(2)
  })

  it('keeps connections of one party from another', async () => {
    const sockets = new Set<unknown>()
    const port = await listening(
      createServer((request, response) => {
        sockets.add(request.socket)
        response.end('hello')
      }),
    )
    const dispatch = out()
    const origin = `http://127.0.0.1:${port}`
    await ask(dispatch, origin)
    await turn()
    await ask(dispatch, origin)
    await turn()
    expect(sockets.size).toBe(1)
    await ask(dispatch, origin, { party: 'ws_2' })
    expect(sockets.size).toBe(2)
  })

  it('keeps no more origins than it should, and none for longer than they are used', async () => {
    const ports = await Promise.all([1, 2, 3].map(() => listening(createServer(hello))))
    const clock = createTestClock()
    const dispatch = out({ pools: 2, clock })
    for (const port of ports) {
      await clock.advance(10)
      expect((await ask(dispatch, `http://127.0.0.1:${port}`)).body).toBe('hello')
    }
    expect(dispatch.stats().pools).toBe(2)
    await clock.advance(5 * 60_000)
    expect(dispatch.stats().pools).toBe(0)
    expect((await ask(dispatch, `http://127.0.0.1:${ports[0]}`)).body).toBe('hello')
  })

  it('speaks HTTP/2 where it may and the service does, and passes what is said', async () => {
    const server = createSecureServer({ ...localhostCertificate, allowHTTP1: true }, (request, response) => {
      response.setHeader('x-version', request.httpVersion)
      response.end('hello')
    })
    const port = await listening(server)
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, authority])
    try {
      for (const [http2, version] of [
        [true, '2.0'],
        [false, '1.1'],
      ] as const) {
        const dispatch = out({ http2 })
        const answer = await ask(dispatch, `https://localhost:${port}`, { headers: ['x-own', '1'] })
        expect([answer.status, answer.body, answer.headers['x-version']]).toEqual([200, 'hello', version])
      }
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  it('ends what waits when it is closed', async () => {
    const port = await listening(createServer(() => {}))
    const dispatch = out()
    const waiting = ask(dispatch, `http://127.0.0.1:${port}`)
    const ended = expect(waiting).rejects.toThrow()
    await dispatch.close()
    await ended
    expect(() =>
      dispatch.send(
        { party: 'x', origin: `http://127.0.0.1:${port}`, method: 'GET', path: '/', headers: [], body: null },
        {},
      ),
    ).toThrow()
  })
})
