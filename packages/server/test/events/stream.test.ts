import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import type { EventType } from '../../src/events/events.ts'
import { HEARTBEAT, MOST_STREAMS } from '../../src/events/stream.ts'
import { type Browser, type TestApp, type TestAppOptions, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { connection } from './house.ts'

async function start(options: TestAppOptions = {}): Promise<{ app: TestApp; ada: Browser }> {
  const app = await testApp({ logLevel: 'warn', ...options })
  onTestFinished(() => app.close())
  return { app, ada: await app.setUp() }
}

async function emit(
  { app: { store, events } }: TestApp,
  workspaceId: string,
  subject: string,
  { audience = 'workspace', type = 'connection.created' }: { audience?: string; type?: EventType } = {},
): Promise<void> {
  await store.within({ workspaceId }, (db) =>
    events.emit(db, { workspaceId, type, subject, audience, data: connection(subject) }),
  )
}

interface Reading {
  answer: Response
  /** Everything that has come. */
  text(): string
  /** Subjects of the events that have come. */
  subjects(): string[]
  ids(): string[]
  until(holds: () => boolean, what?: string): Promise<void>
  ended: Promise<void>
  stop(): Promise<void>
}

/** Reads a stream as a browser does. */
async function read(
  app: TestApp,
  who: Browser | string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Reading> {
  const credential: Record<string, string> =
    typeof who === 'string'
      ? { 'x-api-key': who }
      : { cookie: who.cookie(), origin: app.url, 'cardea-workspace': who.workspaceId }
  const stop = new AbortController()
  const answer = await fetch(`${app.url}/v1/events/stream${query}`, {
    headers: { ...credential, ...headers },
    signal: stop.signal,
  })
  let text = ''
  const body = answer.body!.pipeThrough(new TextDecoderStream())
  const ended = (async () => {
    for await (const chunk of body) text += chunk
  })().catch(() => {})
  const find = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!)
  const self: Reading = {
    answer,
    text: () => text,
    subjects: () => find(/"subject":"([^"]+)"/g),
    ids: () => find(/^id: (.+)$/gm),
    until: async (holds, what = 'it') => {
      for (let turn = 0; turn < 500; turn++) {
        if (holds()) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`${what} did not come: ${text.slice(-2000)}`)
    },
    ended,
    stop: async () => {
      stop.abort()
      await ended
    },
  }
  onTestFinished(() => self.stop())
  await self.until(() => answer.status !== 200 || text.includes('the stream begins'))
  return self
}

describe(`a stream of events on ${databaseName}`, () => {
  it('gives what happens as it happens', async () => {
    const { app, ada } = await start()
    await emit(app, ada.workspaceId, 'before')
    const stream = await read(app, ada)
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.answer.headers.get('cache-control')).toContain('no-store')
    await emit(app, ada.workspaceId, 'one')
    await emit(app, ada.workspaceId, 'two', { type: 'connection.paused' })
    await stream.until(() => stream.subjects().length === 2)
    expect(stream.subjects()).toEqual(['one', 'two'])
    expect(stream.text()).toMatch(/id: evt_\w+\nevent: connection\.paused\ndata: \{"id":"evt_/)
  })

  it('goes on behind the last id without losing or repeating one', async () => {
    const { app, ada } = await start()
    const first = await read(app, ada)
    for (let n = 0; n < 5; n++) await emit(app, ada.workspaceId, `early ${n}`)
    await first.until(() => first.ids().length === 5)
    await first.stop()
    for (let n = 0; n < 250; n++) await emit(app, ada.workspaceId, `later ${n}`)
    const second = await read(app, ada, '', { 'last-event-id': first.ids()[2]! })
    await second.until(() => second.ids().length === 252)
    expect(second.subjects().slice(0, 3)).toEqual(['early 3', 'early 4', 'later 0'])
    expect(second.subjects().at(-1)).toBe('later 249')
    const third = await read(app, ada, `?after=${second.ids().at(-1)}&types=connection.paused`)
    await emit(app, ada.workspaceId, 'not asked for')
    await emit(app, ada.workspaceId, 'asked for', { type: 'connection.paused' })
    await third.until(() => third.ids().length === 1)
    expect(third.subjects()).toEqual(['asked for'])
  })

  it('refuses an id that is not kept here rather than leaving a gap', async () => {
    const { app, ada } = await start()
    const neighbour = await app.neighbour(ada)
    await emit(app, neighbour.workspaceId, 'theirs')
    const [theirs] = (await neighbour.client.events.list().page()).items
    for (const id of ['evt_unknown', theirs!.id, '\u00ff', 'x'.repeat(1000)]) {
      const stream = await read(app, ada, '', { 'last-event-id': id })
      expect(stream.answer.status).toBe(410)
      await stream.ended
      expect(JSON.parse(stream.text()).code).toBe('event.not_kept')
    }
  })

  it('shows each what is theirs to see', async () => {
    const { app, ada } = await start()
    const bob = await app.join(ada, 'editor')
    const eve = await app.join(ada, 'viewer')
    const neighbour = await app.neighbour(ada)
    const { id } = await bob.client.me()
    const streams = {
      ada: await read(app, ada),
      bob: await read(app, bob),
      eve: await read(app, eve),
      neighbour: await read(app, neighbour),
      adminKey: await read(app, (await app.key(ada, 'admin')).token),
      narrowKey: await read(app, (await app.key(ada, 'admin', ['connection:read'])).token),
    }
    await emit(app, ada.workspaceId, 'private', { audience: id })
    await emit(app, ada.workspaceId, 'shared')
    const { ada: admin, bob: owner, eve: other, neighbour: foreign, adminKey, narrowKey } = streams
    for (const stream of [admin, owner, other, adminKey, narrowKey]) {
      await stream.until(() => stream.subjects().includes('shared'))
    }
    expect(owner.subjects()).toEqual(['private', 'shared'])
    expect(owner.text().match(/ada@example\.com/g)).toHaveLength(2)
    for (const stream of [admin, adminKey]) {
      expect(stream.subjects()).toEqual(['private', 'shared'])
      expect(stream.text().match(/ada@example\.com/g)).toHaveLength(1)
    }
    for (const stream of [other, narrowKey]) expect(stream.subjects()).toEqual(['shared'])
    expect(foreign.subjects()).toEqual([])
  })

  it('ends for a key that was revoked and a member who was removed, before they see more', async () => {
    const { app, ada } = await start()
    const bob = await app.join(ada, 'editor')
    const key = await app.key(ada, 'viewer')
    const streams = [await read(app, bob), await read(app, key.token)]
    await ada.client.keys.revoke(key.id)
    await ada.client.members.remove((await bob.client.me()).id)
    await emit(app, ada.workspaceId, 'not for them')
    for (const stream of streams) {
      await stream.ended
      expect(stream.subjects()).toEqual([])
    }
  })

  it('says now and then that it is still there', async () => {
    const clock = createTestClock()
    const { app, ada } = await start({ clock })
    const stream = await read(app, ada)
    const beats = () => stream.text().split(': still here').length - 1
    for (const count of [1, 2]) {
      for (let turn = 0; beats() < count && turn < 200; turn++) {
        await clock.advance(HEARTBEAT / 2)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      expect(beats()).toBeGreaterThanOrEqual(count)
    }
  })

  it('keeps nothing in memory for a reader that does not read', async () => {
    const { app, ada } = await start()
    const stop = new AbortController()
    const answer = await fetch(`${app.url}/v1/events/stream`, {
      headers: { cookie: ada.cookie(), origin: app.url, 'cardea-workspace': ada.workspaceId },
      signal: stop.signal,
    })
    for (let n = 0; n < 300; n++) await emit(app, ada.workspaceId, `conn_${n}`)
    let text = ''
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes('"conn_299"')) break
    }
    stop.abort()
    expect([...text.matchAll(/"subject":"conn_(\d+)"/g)].map((match) => Number(match[1]))).toEqual(
      Array.from({ length: 300 }, (_, n) => n),
    )
  })

  it(`is one of ${MOST_STREAMS} at most, and gives its place back`, async () => {
    const { app, ada } = await start()
    const streams = await Promise.all(Array.from({ length: MOST_STREAMS }, () => read(app, ada)))
    const more = await read(app, ada)
    expect(more.answer.status).toBe(429)
    await Promise.all(streams.slice(0, 10).map((stream) => stream.stop()))
    let again = await read(app, ada)
    for (let turn = 0; again.answer.status === 429 && turn < 100; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      again = await read(app, ada)
    }
    expect(again.answer.status).toBe(200)
  })

  it('may be left at any moment, which is no fault of anybody', async () => {
    const { app, ada } = await start({ logLevel: 'warn' })
    for (let n = 0; n < 20; n++) {
      const stream = await read(app, ada)
      if (n % 2) await emit(app, ada.workspaceId, `conn_${n}`)
      await stream.stop()
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(app.logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  it('does not hold up a server that stops', async () => {
    const app = await testApp({ logLevel: 'warn' })
    const ada = await app.setUp()
    const stream = await read(app, ada)
    const began = Date.now()
    await app.http.close(30)
    await stream.ended
    expect(Date.now() - began).toBeLessThan(5000)
    await app.close()
  })

  it('comes back by itself in the SDK, and stops when it is told to', async () => {
    const { app, ada } = await start()
    const stop = new AbortController()
    const found: string[] = []
    const following = (async () => {
      for await (const { subject } of ada.client.events.follow({}, { signal: stop.signal })) {
        found.push(subject)
        if (subject === 'one') app.app.events.endStreams()
        if (subject === 'two') stop.abort()
      }
    })()
    for (let turn = 0; found.length < 2 && turn < 100; turn++) {
      await emit(app, ada.workspaceId, found.length === 0 ? 'one' : 'two')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await following
    expect(found[0]).toBe('one')
    expect(found.at(-1)).toBe('two')
    await expect(app.stranger.events.follow().next()).rejects.toMatchObject({ code: 'auth.required' })
  })
})

describe.skipIf(!postgresUrl)('streams at several servers (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  const replicas = async () => {
    const { app, ada } = await start()
    const other = await testApp({
      logLevel: 'warn',
      database: { ...app.database, folder: `${app.database.folder}-other` },
      environment: { CARDEA_MASTER_KEY_FILE: `${app.database.folder}/data/master.key` },
    })
    onTestFinished(() => other.close())
    const { token } = await app.key(ada, 'viewer')
    return { app, other, ada, token }
  }

  it('give what another server has written', async () => {
    const { app, other, ada, token } = await replicas()
    const stream = await read(other, token)
    const began = Date.now()
    await emit(app, ada.workspaceId, 'written there')
    await stream.until(() => stream.subjects().length === 1)
    expect(Date.now() - began).toBeLessThan(800)
  })

  it('give it within a second or so when the listening connection is cut', async () => {
    const { app, other, ada, token } = await replicas()
    const stream = await read(other, token)
    const admin = new pg.Client({ connectionString: app.database.url })
    await admin.connect()
    const cut = async () =>
      (
        await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'`)
      ).rowCount
    expect(await cut()).toBeGreaterThanOrEqual(2)
    const began = Date.now()
    await emit(app, ada.workspaceId, 'while deaf')
    await stream.until(() => stream.subjects().length === 1)
    expect(Date.now() - began).toBeLessThan(2 * SECOND)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    // It listens again.
    expect(await cut()).toBeGreaterThanOrEqual(2)
    await admin.end()
  })
})
