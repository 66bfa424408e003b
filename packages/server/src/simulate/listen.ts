/** The simulator on a loopback port, for what must travel by HTTP. Hosts are told apart by the host header or a path prefix. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Unreachable } from './outage.ts'
import type { PlainAnswer, PlainRequest } from './received.ts'

export interface Listening {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** Sends a request to the port although its address is that of the real service. */
  send(request: PlainRequest): Promise<PlainAnswer>
  /** The same place as seen by whoever cannot choose the host header, a browser say. */
  local(url: string): string
  close(): Promise<void>
}

type Handle = (request: PlainRequest) => Promise<PlainAnswer>
const PREFIX = /^\/__\/([a-z0-9.:-]+)(\/.*|\?.*|)$/i

export async function listen(handle: Handle, isOurs: (host: string) => boolean): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    answer(handle, incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    send: (request) => send(port, request, isOurs),
    local: (url) => {
      const { host, pathname, search } = new URL(url)
      return `${origin}/__/${host}${pathname}${search}`
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(handle: Handle, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const prefixed = PREFIX.exec(incoming.url ?? '/')
  const host = prefixed?.[1] ?? incoming.headers.host ?? ''
  const path = prefixed ? prefixed[2] || '/' : incoming.url
  const headers = Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  )
  for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) delete headers[name]
  const request = {
    method: incoming.method ?? 'GET',
    url: `https://${host}${path}`,
    headers,
    body: Buffer.concat(chunks),
  }
  try {
    const { status, headers: own, body } = await handle(request)
    outgoing.writeHead(status, { ...own }).end(body)
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    // Who times out is left waiting; the others see the connection break.
    if (error.code !== 'ETIMEDOUT') outgoing.destroy()
  }
}

async function send(port: number, request: PlainRequest, isOurs: (host: string) => boolean): Promise<PlainAnswer> {
  const url = new URL(request.url)
  if (!isOurs(url.host)) throw new Unreachable('ENOTFOUND', `${url.host} cannot be reached`)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: request.method,
        path: url.pathname + url.search,
        headers: { ...request.headers, host: url.host },
        // Nobody waits for a service that was told not to answer.
        timeout: 5000,
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const headers = Object.fromEntries(
            Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
          )
          resolve({ status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') })
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Unreachable('ETIMEDOUT', 'no answer came in time')))
    outgoing.on('error', reject)
    outgoing.end(request.body)
  })
}
