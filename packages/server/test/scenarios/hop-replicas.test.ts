import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Client } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, postgresUrl, type TestDatabase } from '../database.ts'
import { type ServerProcess, setUp, startProcess } from '../server.ts'
import { type HopService, hopService } from './hop-service.ts'

/** What is stopped on one server ends on the other: two processes that share a database and nothing else. */
describe.skipIf(!postgresUrl)('two servers (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  let database: TestDatabase
  let service: HopService
  let here: ServerProcess
  let there: ServerProcess
  let client: Client
  const measured: string[] = []

  beforeAll(async () => {
    database = await freshDatabase()
    service = await hopService()
    const environment = { CARDEA_ALLOWED_HOSTS: '127.0.0.1', CARDEA_REQUESTS_PER_MINUTE: '1000000' }
    here = await startProcess(database, environment)
    ;({ client } = await setUp(here))
    there = await startProcess(database, {
      ...environment,
      CARDEA_DATA_DIR: join(database.folder, 'there'),
      CARDEA_MASTER_KEY_FILE: join(database.folder, 'data', 'master.key'),
    })
    await client.services.add({ id: 'notes', definition: service.definition })
  }, 60_000)
  afterAll(async () => {
    // Behind the names of the tests, where somebody looks.
    console.log(measured.join('\n'))
    await Promise.all([here?.kill(), there?.kill()])
    service?.close()
    await database?.drop()
  })

  /** A stream that stands open: answers when it ends. */
  interface Open {
    ended: Promise<number>
    bytes(): number
  }
  type Opens = (id: string, token: string) => Promise<Open>

  const read: (path: string) => Opens = (path) => async (id, token) => {
    const answer = await fetch(`${there.url}/proxy/${id}${path}`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    let bytes = 0
    const all = async () => {
      for await (const chunk of answer.body!) bytes += chunk.byteLength
    }
    // Cut off, and not ended: nobody takes half of it for the whole.
    const ended = all().then(
      () => Promise.reject(new Error('ended as if it were whole')),
      () => performance.now(),
    )
    return { ended, bytes: () => bytes }
  }
  const webSocket: Opens = async (id, token) => {
    const { hostname, port } = new URL(there.url)
    const socket = connect(Number(port), hostname)
    const key = randomBytes(16).toString('base64')
    socket.write(
      `GET /proxy/${id}/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    )
    let bytes = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      bytes += chunk.byteLength
    })
    const ended = new Promise<number>((resolve) => socket.on('close', () => resolve(performance.now())))
    return { ended, bytes: () => bytes }
  }
  /** New calls, one after the other, until one is refused. */
  const calls: Opens = async (id, token) => {
    let bytes = 0
    const all = async () => {
      for (;;) {
        const answer = await fetch(`${there.url}/proxy/${id}/notes`, { headers: { authorization: `Bearer ${token}` } })
        bytes += (await answer.text()).length
        if (answer.status !== 200) return performance.now()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    return { ended: all(), bytes: () => bytes }
  }

  const kinds: [string, Opens][] = [
    ['new calls', calls],
    ['a stream of events', read('/events')],
    ['a large download', read('/download')],
    ['a WebSocket', webSocket],
  ]
  const stops: [string, (id: string, token: { id: string }) => Promise<unknown>][] = [
    ['pausing', (id) => client.connections.change(id, { status: 'paused' })],
    ['deleting', (id) => client.connections.delete(id)],
    ['making private', (id) => client.connections.change(id, { visibility: 'private' })],
    ['revoking the token', (_, token) => client.brokerTokens.revoke(token.id)],
  ]

  it.each(stops)('obey within a second what the other says: %s', async (what, stop) => {
    const { id } = await client.connections.create({
      provider: 'notes',
      method: 'token',
      settings: { server: service.url },
      credential: { token: service.token('shared') },
      visibility: 'workspace',
    })
    const minted = await client.brokerTokens.create({ connections: [id] })
    const opened = await Promise.all(kinds.map(async ([name, open]) => ({ name, ...(await open(id, minted.token)) })))
    for (const { name, bytes } of opened)
      await expect.poll(bytes, { timeout: 5000, message: name }).toBeGreaterThan(100)
    const asked = performance.now()
    await stop(id, minted)
    const answered = performance.now()
    for (const { name, ended } of opened) {
      const at = await ended
      measured.push(
        `${what}: ${name} ended ${Math.round(at - asked)} ms after it was asked for, ${Math.round(at - answered)} ms after the answer`,
      )
      expect(at - answered, name).toBeLessThan(1000)
    }
    await expect.poll(() => service.open(), { timeout: 2000 }).toBe(0)
  })

  it('let go on what a new name, or another credential of the same account, changes nothing about', async () => {
    const { id } = await client.connections.create({
      provider: 'notes',
      method: 'token',
      settings: { server: service.url },
      credential: { token: service.token('kept') },
    })
    const { token } = await client.brokerTokens.create({ connections: [id] })
    const opened = await Promise.all(kinds.slice(1).map(async ([, open]) => open(id, token)))
    let isOver = false
    for (const { ended } of opened) {
      ended.then(
        () => {
          isOver = true
        },
        () => {
          isOver = true
        },
      )
    }
    await client.connections.change(id, { name: 'Another name' })
    await client.connections.change(id, { credential: { token: service.token('kept') } })
    // Twice as long as what ends may take.
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(isOver).toBe(false)
    const before = opened.map(({ bytes }) => bytes())
    await expect.poll(() => opened.every(({ bytes }, at) => bytes() > before[at]!)).toBe(true)
    await client.connections.delete(id)
    await Promise.all(opened.map(({ ended }) => ended))
  })
})
