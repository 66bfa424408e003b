import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A service on loopback that knows its accounts by their tokens, says back what it was told, and never ends unless it is asked to. */
export interface HopService {
  url: string
  host: string
  /** A token that it takes, of that account. */
  token(account: string): string
  /** No longer takes it. */
  refuse(token: string): void
  seen: { method: string; url: string; authorization: string | undefined; isKnown: boolean }[]
  /** Streams that stand open. */
  open(): number
  /** For Cardea: the definition, as JSON. */
  definition: string
  close(): void
}

export async function hopService(): Promise<HopService> {
  const accounts = new Map<string, string>()
  const seen: HopService['seen'] = []
  const streams = new Set<ServerResponse | Socket>()
  const accountOf = ({ headers }: IncomingMessage) =>
    accounts.get((headers.authorization ?? '').replace(/^Bearer /, ''))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const account = accountOf(request)
    seen.push({ method, url, authorization: headers.authorization, isKnown: account !== undefined })
    const [path = ''] = url.split('?')
    const say = (status: number, body: object, more: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body))
    if (account === undefined) return void say(401, { error: `"${headers.authorization}" is not known here` })
    let body = ''
    for await (const chunk of request) body += chunk
    if (path === '/me') return void say(200, { id: account, email: `${account}@notes.example` })
    if (path === '/echo') return void say(200, { url, headers, body }, { 'x-echo': String(headers.authorization) })
    if (path === '/broken') return void response.socket!.destroy()
    if (path.startsWith('/fail/')) return void say(Number(path.slice(6)), { error: `for ${headers.authorization}` })
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return going(response, () => `data: ${Date.now()} for ${headers.authorization}\n\n`, 20)
    }
    if (path === '/download') {
      const block = Buffer.alloc(256 * 1024, 'a line of a large file\n')
      response.writeHead(200, { 'content-length': String(block.byteLength * 100_000) })
      return going(response, () => block, 5)
    }
    say(200, { method, url, account })
  }

  function going(response: ServerResponse, next: () => string | Buffer, every: number): void {
    streams.add(response)
    const timer = setInterval(() => response.writableNeedDrain || response.write(next()), every)
    response.on('close', () => {
      clearInterval(timer)
      streams.delete(response)
    })
  }

  const server: Server = createServer((request, response) => void answer(request, response))
  server.on('upgrade', (request, socket: Socket) => {
    seen.push({
      method: 'UPGRADE',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      isKnown: accountOf(request) !== undefined,
    })
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nx-echo: ${request.headers.authorization}\r\n\r\n`,
    )
    streams.add(socket)
    const text = Buffer.from(`you are ${request.headers.authorization}`)
    const timer = setInterval(() => socket.write(Buffer.concat([Buffer.from([0x81, text.byteLength]), text])), 20)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearInterval(timer)
      streams.delete(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  let made = 0
  return {
    url: `http://${host}`,
    host,
    seen,
    open: () => streams.size,
    token: (account) => {
      // Nothing in it that a percent or a form would spell otherwise, so that one search finds it.
      const token = `notes_${++made}_${createHash('sha256').update(`${account}${made}${Math.random()}`).digest('hex')}`
      accounts.set(token, account)
      return token
    },
    refuse: (token) => accounts.delete(token),
    definition: JSON.stringify(definition),
    close: () => {
      server.closeAllConnections()
      for (const stream of streams) stream.destroy()
      server.close()
    },
  }
}

const definition = {
  name: 'Notes',
  docs: 'https://notes.example/docs',
  category: 'developer',
  icon: { letters: 'No', colour: '#475569' },
  settings: { server: { kind: 'url', label: 'Base address', example: 'https://api.notes.example' } },
  baseUrl: '{server}',
  auth: {
    token: {
      type: 'apikey',
      label: 'Token',
      steps: ['Make a token in the settings of your account.'],
      obtain: { by: 'nothing' },
      fields: { token: { label: 'Token', pattern: '^notes_[0-9a-f_]+$' } },
      send: { headers: { authorization: 'Bearer {token}' } },
    },
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  identity: { from: 'check', id: 'id', label: 'email' },
  guarded: ['POST /keys', 'ANY /admin/**'],
  verified: { on: '2026-11-20', by: ['https://notes.example/docs'] },
}
