import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createHttp, type Http } from '../../src/http/http.ts'
import { problemDetails } from '../../src/http/refusal.ts'
import { createDispatch, type Dispatch, type DispatchOptions } from '../../src/net/dispatch.ts'
import { createGuard } from '../../src/net/guard.ts'
import { type Proxy as CardeaProxy, createProxy, type ProxyDeps } from '../../src/proxy/proxy.ts'
import { createTarget } from '../../src/target/target.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { type SmallBroker, smallBroker } from './port.ts'

/** A Cardea with its proxy, and a service on loopback that does what the test says. */
export interface ProxyWorld {
  app: TestApp
  admin: Browser
  broker: SmallBroker
  proxy: CardeaProxy
  dispatch: Dispatch
  http: Http
  url: string
  port: number
  service: { port: number; server: Server; answer(listener: RequestListener): void; seen: Seen[] }
  /** A connection to the service, as `http_bearer` unless said otherwise. */
  connect(more?: Partial<NewConnection>): Promise<string>
  token(connectionId: string): string
  close(): Promise<void>
}

interface NewConnection {
  provider: string
  method: string
  settings: Record<string, string>
  credential: Record<string, string>
  path: string
}

export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  rawHeaders: string[]
}

export const SECRET = 'a-secret-of-the-service-7Qx9'

export interface WorldOptions {
  proxy?: Partial<ProxyDeps>
  dispatch?: Partial<DispatchOptions>
}

export async function proxyWorld(options: WorldOptions = {}): Promise<ProxyWorld> {
  const app = await testApp({ logLevel: 'error', environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1,localhost' } })
  const admin = await app.setUp()
  const seen: Seen[] = []
  let listener: RequestListener = (_, response) => response.end('ok')
  const server = createServer((request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    seen.push({ method, url, headers, rawHeaders })
    listener(request, response)
  })
  server.on('upgrade', (request, socket, head) => server.emit('test-upgrade', request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const servicePort = (server.address() as AddressInfo).port

  const { clock, log, connections, audit } = app.app
  const guard = createGuard({ allowed: ['127.0.0.1', 'localhost'] })
  const target = createTarget({ allowsPlainHttp: guard.allowsPlainHttp })
  const dispatch = createDispatch({ guard, clock, ...options.dispatch })
  const broker = smallBroker({ connections, audit })
  let publicUrl = ''
  const proxy = createProxy({
    broker,
    connections,
    target,
    dispatch,
    clock,
    log,
    describe: problemDetails,
    publicUrl: () => publicUrl,
    ...options.proxy,
  })
  const http = createHttp({
    ...app.app,
    dashboardFolder: app.database.folder,
    proxy: { request: proxy.handle, upgrade: proxy.upgrade },
  })
  const listening = await http.listen('127.0.0.1', 0)
  publicUrl = listening.url

  return {
    app,
    admin,
    broker,
    proxy,
    dispatch,
    http,
    url: listening.url,
    port: listening.port,
    service: {
      port: servicePort,
      server,
      seen,
      answer: (next) => {
        listener = next
      },
    },
    connect: async ({ provider = 'http_bearer', method = 'token', settings, credential, path = '' } = {}) => {
      const { id } = await admin.client.connections.create(
        {
          provider,
          method,
          settings: { server: `http://127.0.0.1:${servicePort}${path}`, ...settings },
          credential: credential ?? { token: SECRET },
        },
        { skipTest: true },
      )
      return id
    },
    token: (connectionId) => broker.token(admin.workspaceId, connectionId),
    close: async () => {
      proxy.close()
      await http.close(0)
      await dispatch.close()
      server.closeAllConnections()
      server.close()
      await app.close()
    },
  }
}

/** Bytes as they are, and what comes back until the other side ends or `until` is there. */
export function raw(port: number, bytes: string | Buffer, until?: RegExp, patience = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1')
    let text = ''
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    const timer = setTimeout(done, patience)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (until?.test(text)) done()
    })
    socket.on('error', done)
    socket.on('close', done)
    socket.write(bytes)
  })
}

export interface Got {
  status: number
  headers: IncomingMessage['headers']
  trailers: IncomingMessage['trailers']
  body: Buffer
}

/** One request through node:http, which changes nothing. */
export function call(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          trailers: answer.trailers,
          body: Buffer.concat(chunks),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
