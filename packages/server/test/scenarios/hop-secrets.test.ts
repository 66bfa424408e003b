import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Client, createClient } from '@cardea/sdk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { type ServerProcess, setUp, startProcess } from '../server.ts'
import { spellings } from './hop-ground.ts'
import { type HopService, hopService } from './hop-service.ts'

const METRICS = 'a-token-for-metrics-0'

/**
 * Two credentials and several tokens are used in every way that can make them show, against a service that says back whatever it is told; then
 * every place that somebody else may read is searched for them.
 */
describe(`what is used at the door, on ${databaseName}`, () => {
  let database: TestDatabase
  let server: ServerProcess
  let service: HopService
  let client: Client
  const credentials: string[] = []
  const tokens: string[] = []
  /** By where it was found. */
  const read = new Map<string, string>()

  beforeAll(async () => {
    database = await freshDatabase()
    service = await hopService()
    const environment = {
      CARDEA_ALLOWED_HOSTS: '127.0.0.1',
      CARDEA_LOG_LEVEL: 'debug',
      CARDEA_METRICS_TOKEN: METRICS,
    }
    server = await startProcess(database, environment)
    const { key } = await setUp(server)
    client = createClient({ url: server.url, apiKey: key, fetch: noting })
    await client.services.add({ id: 'notes', definition: service.definition })
    const id = await used()
    await looked(id)
    read.set('the database', await databaseText())
    read.set('the output of the server', server.output())
  }, 120_000)
  afterAll(async () => {
    await server?.kill()
    service?.close()
    await database?.drop()
  })

  const credential = () => {
    credentials.push(service.token('planted'))
    return { token: credentials.at(-1)! }
  }
  const mint = async (connection: string, more = {}) => {
    // Not through what is noted: here it is shown, once.
    const { token } = await createClient({ url: server.url, apiKey: keyOf(client) }).brokerTokens.create({
      connections: [connection],
      ...more,
    })
    tokens.push(token)
    return token
  }
  let apiKey = ''
  const keyOf = (_: Client) => apiKey
  const noting: typeof fetch = async (input, init) => {
    apiKey = new Headers(init?.headers).get('x-api-key') ?? apiKey
    const answer = await fetch(input, init)
    note(
      `the answer to ${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`,
      answer,
      await answer.clone().text(),
    )
    return answer
  }
  function note(what: string, answer: Pick<Response, 'headers'> | undefined, text: string): void {
    const headers = answer ? JSON.stringify([...answer.headers]) : ''
    read.set(`${what} (${read.size})`, `${headers}\n${text}`)
  }

  /** Every way to call: good, refused, broken off, never answered well, with the token in each wrong place. */
  async function used(): Promise<string> {
    const { id } = await client.connections.create({
      provider: 'notes',
      method: 'token',
      settings: { server: service.url },
      credential: credential(),
    })
    const at = (path: string) => `${server.url}/proxy/${id}${path}`
    const call = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(at(path), init)
      note(`the answer at ${path.split('?')[0]!.slice(0, 30)}`, answer, await answer.text())
    }
    const token = await mint(id)
    const bearer = { authorization: `Bearer ${token}` }
    const basic = { authorization: `Basic ${Buffer.from(`git:${token}`).toString('base64')}` }
    await call('/echo?a=1', { headers: bearer })
    await call('/echo', { headers: basic })
    await call('/echo', { method: 'POST', headers: bearer, body: 'some words' })
    for (const status of [400, 401, 403, 404, 429, 500, 503]) {
      await call(`/fail/${status}`, { headers: bearer })
      if (status === 429 || status === 503) await call('/echo', { headers: bearer })
    }
    await call('/broken', { headers: bearer }).catch((error: unknown) =>
      note('a broken call', undefined, String(error)),
    )
    await call(`/${token}`, { headers: bearer })
    await call(`/x?token=${token}`)
    await call('/x', { headers: { 'x-my-token': token } })
    await call('/x', { headers: { authorization: `Bearer ${token}x` } })
    await call('/keys', { method: 'POST', headers: bearer })
    await call('/../x', { headers: bearer })
    const once = await mint(id, { uses: 1, toolCall: 'call_1' })
    for (let use = 0; use < 2; use++) await call('/echo', { headers: { authorization: `Bearer ${once}` } })
    const narrowed = await fetch(`${server.url}/v1/broker-tokens/narrow`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, paths: ['/echo'] }),
    })
    tokens.push(((await narrowed.json()) as { token: string }).token)
    await call('/echo', { headers: { authorization: `Bearer ${tokens.at(-1)}` } })
    await call('/other', { headers: { authorization: `Bearer ${tokens.at(-1)}` } })
    await events(at('/events'), bearer)
    await webSocket(id, token)

    await client.connections.change(id, { credential: credential() })
    await call('/echo', { headers: bearer })
    service.refuse(credentials.at(-1)!)
    await call('/echo', { headers: bearer })
    await client.connections.test(id).catch(() => {})
    await call('/echo', { headers: bearer })
    return id
  }

  async function events(url: string, headers: Record<string, string>): Promise<void> {
    const gone = new AbortController()
    const answer = await fetch(url, { headers, signal: gone.signal })
    let text = ''
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString()
      if (text.length > 2000) break
    }
    gone.abort()
    expect(text).toContain('for Bearer ****')
    note('events', answer, text)
  }

  async function webSocket(id: string, token: string): Promise<void> {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /proxy/${id}/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    let text = ''
    for await (const chunk of socket) {
      text += chunk.toString('latin1')
      if (text.length > 2000) break
    }
    socket.destroy()
    expect(text).toContain('101 Switching')
    expect(text).toContain('you are Bearer ****')
    note('a WebSocket', undefined, text)
  }

  /** Everything of the API that has to do with it. */
  async function looked(id: string): Promise<void> {
    await client.connections.get(id)
    for await (const _ of client.connections.list());
    for await (const _ of client.brokerTokens.list());
    for await (const _ of client.audit.list());
    for (const format of ['ndjson', 'csv'] as const) {
      note(`the audit trail as ${format}`, undefined, await new Response(await client.audit.export(format)).text())
    }
    const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${METRICS}` } })
    expect(metrics.status).toBe(200)
    note('the metrics', metrics, await metrics.text())
  }

  async function databaseText(): Promise<string> {
    if (!database.url) {
      const data = join(database.folder, 'data')
      const files = readdirSync(data).map((name) => join(data, name))
      return files
        .filter((file) => statSync(file).isFile())
        .map((file) => readFileSync(file, 'latin1'))
        .join('\n')
    }
    const sql = new pg.Client({ connectionString: database.url })
    await sql.connect()
    const { rows } = await sql.query(`select tablename from pg_tables where schemaname = 'public'`)
    const dumps: string[] = []
    for (const { tablename } of rows) {
      dumps.push(JSON.stringify((await sql.query(`select t::text from ${tablename} t`)).rows))
    }
    await sql.end()
    return dumps.join('\n')
  }

  const found = (secrets: readonly string[]) =>
    [...read].flatMap(([where, text]) =>
      secrets.flatMap((secret, number) =>
        spellings(secret).some((spelling) => text.includes(spelling)) ? [`number ${number + 1} in ${where}`] : [],
      ),
    )

  it('was really used, and would be found where it is', () => {
    expect(service.seen.filter(({ isKnown }) => isKnown).length).toBeGreaterThan(15)
    expect(service.seen.some(({ authorization }) => authorization === `Bearer ${credentials[1]}`)).toBe(true)
    expect(read.size).toBeGreaterThan(30)
    expect([...read.values()].join('').length).toBeGreaterThan(50_000)
    for (const spelling of spellings(credentials[0]!)) expect(spelling.length).toBeGreaterThan(30)
    read.set('a test', `x${Buffer.from(`a:${credentials[0]}`).toString('base64')}x`)
    expect(found(credentials)).toEqual(['number 1 in a test'])
    read.delete('a test')
  })

  it('shows a credential nowhere', () => {
    expect(found(credentials)).toEqual([])
  })

  it('shows a broker token nowhere but where it was made', () => {
    expect(found(tokens)).toEqual([])
  })

  it('tells the service no token of Cardea', () => {
    expect(JSON.stringify(service.seen)).not.toContain('cardea_')
  })
})
