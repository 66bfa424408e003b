import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from './exchange.ts'
import type { Flights } from './flights.ts'
import { ScrubbedFrames } from './frames.ts'

/**
 * What is left of HTTP on a socket that wants another protocol: whoever refuses the change, Cardea or the service, answers as to any other
 * request, and the connection ends with that.
 */
export function answerOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
  const drained = () => response.emit('drain')
  socket.on('drain', drained)
  socket.on('error', () => socket.destroy())
  response.on('finish', () => {
    socket.off('drain', drained)
    socket.end()
  })
  return response
}

/** Both ways at once, until either side ends. What the service says is searched for the credential; what it is told cannot hold it. */
export function join(
  exchange: Exchange,
  flights: Flights,
  { socket, head, service }: { socket: Duplex; head: Buffer; service: Duplex },
  headers: readonly string[],
): void {
  exchange.response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0])
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket']
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  if (head.byteLength > 0) service.write(head)

  const frames = new ScrubbedFrames(exchange.held!.scrubber)
  let isOver = false
  const over = (error?: unknown) => {
    if (isOver) return
    isOver = true
    exchange.close(error)
    for (const end of [socket, service, frames]) end.destroy()
  }
  exchange.whenEnded(over)
  service.on('data', (chunk: Buffer) => {
    exchange.touch()
    exchange.bytesOut += chunk.byteLength
  })
  socket.on('data', exchange.touch)
  for (const end of [socket, service, frames]) {
    end.on('error', over)
    end.on('close', () => over())
    // Half an end is the end; the last words of the other side have a moment.
    end.on('end', () => flights.linger(() => isOver, over))
  }
  service.pipe(frames).pipe(socket)
  socket.pipe(service)
}
