import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, SECOND } from '../clock.ts'

/**
 * The connections of a server, so that it can end with grace: who is being answered may finish, who merely keeps a line
 * open is hung up on. Node's own count of idle connections leaves out those that have never asked anything.
 */
export interface Connections {
  busy(socket: Duplex, response: ServerResponse): void
  drain(seconds: number): Promise<void>
}

export function watchConnections(server: Server, clock: Clock): Connections {
  const open = new Set<Duplex>()
  const answering = new Map<Duplex, number>()
  let closing = false
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.on('upgrade', (_request, socket) => {
    answering.set(socket, 1)
    socket.on('close', () => answering.delete(socket))
  })

  return {
    busy: (socket, response) => {
      answering.set(socket, (answering.get(socket) ?? 0) + 1)
      response.on('close', () => {
        const left = answering.get(socket)! - 1
        if (left > 0) answering.set(socket, left)
        else answering.delete(socket)
        if (closing && left <= 0) socket.end()
      })
    },
    drain: async (seconds) => {
      closing = true
      const drained = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) if (!answering.has(socket)) socket.destroy()
      const patience = new AbortController()
      const late = clock.sleep(seconds * SECOND, patience.signal).then(
        () => {
          for (const socket of open) socket.destroy()
        },
        () => {},
      )
      await drained
      patience.abort()
      await late
    },
  }
}
