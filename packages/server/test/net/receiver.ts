import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A real server on loopback that stands for somebody else's. */
export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** How it answers from now on. */
  answer: (request: Received, response: ServerResponse) => void
  /** Resolves when so many requests have come. */
  until(count: number): Promise<void>
  close(): Promise<void>
}

export interface Received {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export async function openReceiver(): Promise<Receiver> {
  const waiting: { count: number; done: () => void }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const received = { method, path, headers, body: Buffer.concat(chunks).toString() }
      self.received.push(received)
      self.answer(received, response)
      for (const { count, done } of waiting) if (self.received.length >= count) done()
    })
  })
  const port = await listen(server)
  const self: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received: [],
    answer: (_request, response) => response.end('ok'),
    until: (count) =>
      self.received.length >= count
        ? Promise.resolve()
        : new Promise((done) => {
            waiting.push({ count, done })
          }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  onTestFinished(() => self.close())
  return self
}

/** A server that speaks something else than HTTP, or nothing. */
export async function openSocketServer(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    talk(socket)
  })
  const port = await listen(server as Server)
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return port
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
