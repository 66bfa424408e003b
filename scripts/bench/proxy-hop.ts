// One hop, in a process of its own on a core of its own: `node proxy-hop.ts cardea|unaudited|bare <port of the upstream>`. Says its address, and at
// each message how much CPU it has used.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const [kind = 'bare', upstream = ''] = process.argv.slice(2)

const { port, path, authorization } = kind === 'bare' ? await bare() : await cardea()
process.send!({ port, path, authorization })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!({ cpu: user + system, rss: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())

/** What any proxy in Node costs at least: both bodies streamed, hop-by-hop headers off, one header on. */
async function bare() {
  const pool = new Pool(`http://127.0.0.1:${upstream}`, { connections: 256 })
  const hop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'authorization'])
  const server = createServer((request, response) => {
    const headers: string[] = []
    const { rawHeaders: raw } = request
    for (let at = 0; at < raw.length; at += 2)
      if (!hop.has(raw[at]!.toLowerCase())) headers.push(raw[at]!, raw[at + 1]!)
    headers.push('authorization', 'Bearer a-secret')
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
    pool.dispatch(
      { method: request.method as 'GET', path: request.url!, headers, body: hasBody ? request : null },
      {
        onRequestStart: (controller) => {
          response.on('close', () => response.writableFinished || controller.abort(new Error('gone')))
        },
        onResponseStart: (_, status, answer) => {
          const out: string[] = []
          for (const name in answer) if (!hop.has(name)) out.push(name, String(answer[name]))
          response.writeHead(status, out)
        },
        onResponseData: (controller, chunk) => {
          if (response.write(chunk)) return
          controller.pause()
          response.once('drain', () => controller.resume())
        },
        onResponseEnd: () => {
          response.end()
        },
        onResponseError: () => {
          response.destroy()
        },
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, path: '', authorization: 'Bearer whatever' }
}

/** The whole server, as it is started. What the records cost is told apart from what the rest costs. */
async function cardea() {
  const { testApp } = await import('../../packages/server/test/app.ts')
  const { createHttp } = await import('../../packages/server/src/http/http.ts')
  const { app, setUp, database } = await testApp({
    logLevel: 'error',
    environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1' },
  })
  const { client } = await setUp()
  const { id } = await client.connections.create(
    {
      provider: 'http_bearer',
      method: 'token',
      settings: { server: `http://127.0.0.1:${upstream}` },
      credential: { token: 'a-secret-of-the-service-7Qx9' },
    },
    { skipTest: true },
  )
  const { token } = await client.brokerTokens.create({
    connections: [id],
    toolCall: 'call_1',
    run: 'run_1',
    step: 'step_1',
    lifeSeconds: 900,
  })
  const unrecorded = { use: async () => {}, ended: () => {} }
  const broker = kind === 'unaudited' ? { ...app.broker, ...unrecorded } : app.broker
  const http = createHttp({ ...app, broker, dashboardFolder: database.folder })
  const { port } = await http.listen('127.0.0.1', 0)
  return { port, path: `/proxy/${id}`, authorization: `Bearer ${token}` }
}
