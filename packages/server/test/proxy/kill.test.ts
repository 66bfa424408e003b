import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@cardea/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseName, freshDatabase } from '../database.ts'
import { runCli, type ServerProcess, setUp, startProcess } from '../server.ts'

const kills = Number(process.env.CARDEA_TEST_KILLS ?? 2)
const CALLERS = 64

/** A service that remembers what has reached it. */
async function service(): Promise<{ url: string; seen: Set<string> }> {
  const seen = new Set<string>()
  const server = createServer((asked, answer) => {
    seen.add(asked.url!)
    answer.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** Callers who call again as soon as they are answered, until the server is gone. Answers how many calls were answered. */
async function callUntilKilled(server: ServerProcess, at: (call: number) => string, token: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS })
  const until = 100 + Math.floor(Math.random() * 900)
  let [next, answered] = [0, 0]
  let killed: Promise<void> | undefined
  const call = () =>
    new Promise<boolean>((resolve) => {
      const asked = request(at(next++), { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
        answer.on('error', () => resolve(false))
        answer.on('end', () => resolve(answer.statusCode === 200))
        answer.resume()
      })
      asked.on('error', () => resolve(false))
      asked.end()
    })
  const caller = async () => {
    while (!killed && (await call())) if (++answered >= until) killed ??= server.kill()
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  agent.destroy()
  expect(killed, server.output()).toBeDefined()
  await killed
  return answered
}

describe(`kill -9 while ${CALLERS} callers are calling on ${databaseName}`, () => {
  it(`leaves every call that reached the service on record, ${kills} times`, async () => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const { url, seen } = await service()
    const start = () =>
      startProcess(database, { CARDEA_ALLOWED_HOSTS: '127.0.0.1', CARDEA_REQUESTS_PER_MINUTE: '1000000' })
    let server = await start()
    onTestFinished(() => server.kill())
    const { key } = await setUp(server)
    const client = () => createClient({ url: server.url, apiKey: key })
    const { id } = await client().connections.create(
      {
        provider: 'http_bearer',
        method: 'token',
        settings: { server: url },
        credential: { token: 'a-secret-of-the-service' },
      },
      { skipTest: true },
    )
    let answered = 0
    for (let round = 0; round < kills; round++) {
      const { token } = await client().brokerTokens.create({ connections: [id], step: 'a step' })
      answered += await callUntilKilled(server, (call) => `${server.url}/proxy/${id}/${round}/${call}`, token)
      server = await start()
    }
    expect(seen.size).toBeGreaterThanOrEqual(answered)
    const recorded = new Set<string>()
    for await (const { path } of client().audit.list({ connection: id, event: 'connection.used' })) recorded.add(path!)
    expect([...seen].filter((path) => !recorded.has(path))).toEqual([])
    expect(await server.stop()).toBe(0)
    const { status, stderr } = await runCli(['audit', 'verify'], database)
    expect(status, stderr).toBe(0)
  }, 600_000)
})
