// A service that costs next to nothing: it looks for the end of each request's head and answers from memory.
import { createServer } from 'node:net'

const head = (type: string, length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\ndate: Mon, 01 Jan 2026 00:00:00 GMT\r\netag: "6f1a"\r\nx-request-id: 0b9f7c52\r\nconnection: keep-alive\r\n\r\n`
const json = JSON.stringify({
  items: Array.from({ length: 14 }, (_, id) => ({ id, name: `item number ${id}`, url: `https://example.com/${id}` })),
})
  .padEnd(1024, ' ')
  .slice(0, 1024)
const small = Buffer.from(head('application/json', 1024) + json)
const megabyte = Buffer.concat([Buffer.from(head('application/json', 1 << 20)), Buffer.from(json.repeat(1024))])
const events = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n10\r\ndata: {"a": 1}\n\n\r\n',
)
const lastEvent = Buffer.from('10\r\ndata: {"a": 2}\n\n\r\n0\r\n\r\n')

createServer((socket) => {
  socket.setNoDelay(true)
  let rest = ''
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1')
    for (;;) {
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) return
      const request = rest.slice(0, end)
      rest = rest.slice(end + 4)
      if (request.startsWith('GET /events')) {
        socket.write(events)
        setTimeout(() => socket.write(lastEvent), 20)
      } else socket.write(request.startsWith('GET /megabyte') ? megabyte : small)
    }
  })
  socket.on('error', () => socket.destroy())
}).listen(0, '127.0.0.1', function (this: { address(): unknown }) {
  process.send!(this.address())
})
process.on('disconnect', () => process.exit())
