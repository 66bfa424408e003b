import { join } from 'node:path'
import type { Client, CreatePolicy } from '@cardea/sdk'
import { CompiledQuery, sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/clock.ts'
import { createTimeLimits } from '../../src/jobs/jobs.ts'
import { createLogger } from '../../src/log.ts'
import { listBegun, type Since } from '../../src/store/connection-limits.ts'
import { type Browser, testApp } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'

let here: World
let clock: TestClock
let ada: Browser
/** A key, whose access does not end while years go by. */
let client: Client

const lines: string[] = []
const quiet = (of: TestClock) => ({ ...of, every: () => () => {} })

beforeAll(async () => {
  clock = createTestClock(Date.now())
  // What goes on by itself is left to the tests.
  here = await world({ clock: quiet(clock), environment: { CARDEA_SESSION_HOURS: '8760' } })
  ada = await here.app.setUp()
  client = (await here.app.key(ada, 'admin')).client
})
beforeEach(() => {
  here.instead()
  lines.length = 0
})
afterEach(async () => {
  for await (const { id } of client.policies.list()) await client.policies.remove(id)
  for await (const { id, status } of client.connections.list())
    if (status !== 'revoked') await client.connections.delete(id)
})
afterAll(() => here?.app.close())

type Rooms = Parameters<typeof createTimeLimits>[0]
function server({ connections, policies }: Pick<Rooms, 'connections' | 'policies'> = here.app.app) {
  const log = createLogger({ level: 'warn', format: 'json', clock, write: (line) => lines.push(line) })
  return createTimeLimits({ connections, policies, clock: quiet(clock), log })
}
/** A server that does something between reading what is due and carrying it out. */
function interrupted(meanwhile: () => Promise<unknown>) {
  const { policies, connections } = here.app.app
  const begun: Rooms['connections']['limits']['begun'] = async (...given) => {
    const page = await connections.limits.begun(...given)
    await meanwhile()
    return page
  }
  return server({ policies, connections: { limits: { ...connections.limits, begun } } })
}
function counting() {
  const { policies, connections } = here.app.app
  const read = { rows: 0 }
  const begun: Rooms['connections']['limits']['begun'] = async (...given) => {
    const page = await connections.limits.begun(...given)
    read.rows += page.length
    return page
  }
  return { read, sweep: server({ policies, connections: { limits: { ...connections.limits, begun } } }) }
}
const seconds = (milliseconds: number) => milliseconds / SECOND
const idle = (length: number) => ({ pauseAfterIdleSeconds: seconds(length) })
const life = (length: number) => ({ reauthorizeAfterSeconds: seconds(length) })
const rule = (limits: CreatePolicy['limits'], more: Partial<CreatePolicy> = {}) =>
  client.policies.create({ name: 'House rule', limits, ...more })
const credentialOf = () => ({ ...here.stands('github', 'token').account.fields })
const connect = (by = client, skipTest = false) =>
  by.connections.create(
    { provider: 'github', method: 'token', credential: credentialOf(), visibility: 'workspace' },
    { skipTest },
  )
const look = (id: string) => client.connections.get(id)
const usable = (id: string) => here.app.app.connections.usable(ada.workspaceId, id)
async function use(id: string) {
  const { version } = await usable(id)
  const outcome = { from: 'call', is: 'accepted' } as const
  await here.app.app.connections.used({
    workspaceId: ada.workspaceId,
    connectionId: id,
    version,
    outcome,
    hasCheck: true,
  })
}
async function eventsOf(id: string) {
  const types: string[] = []
  for await (const { subject, type } of client.events.list()) if (subject === id) types.push(type)
  return types.map((type) => type.replace('connection.', ''))
}
async function audited(id: string, event = 'connection.updated') {
  const records = []
  for await (const record of client.audit.list())
    if (record.subject === id && record.event === event) records.push(record)
  return records
}

describe(`the limits of time, on ${databaseName}`, () => {
  it('pause with the name of the policy, and what to do', async () => {
    const made = await connect()
    await rule(idle(HOUR), { name: 'Nothing lies about' })
    await clock.advance(HOUR)
    expect(await server().round()).toBe(1)
    const { status, reason, display } = await look(made.id)
    expect({ status, reason, label: display.label }).toEqual({
      status: 'paused',
      reason: 'paused_idle',
      label: 'Paused',
    })
    expect(display.sentence).toContain('"Nothing lies about". It pauses a connection that was not used for 1 hour.')
    expect(display.next).toContain('Resume it')
    await expect(usable(made.id)).rejects.toMatchObject({
      code: 'connection.paused',
      message: expect.stringContaining('Nothing lies about'),
    })
    const events = []
    for await (const event of client.events.list()) if (event.subject === made.id) events.push(event)
    const event = events.at(-1)
    expect(event).toMatchObject({ subject: made.id, data: { status: 'paused', reason: 'paused_idle' } })
  })

  it('do not pause at once what was just resumed, and say of a pause by hand who it was', async () => {
    const made = await connect()
    await rule(idle(DAY))
    await clock.advance(DAY)
    const sweep = server()
    await sweep.round()
    expect((await client.connections.change(made.id, { status: 'active' })).status).toBe('active')
    expect(await sweep.round()).toBe(0)
    await clock.advance(DAY - MINUTE)
    expect(await sweep.round()).toBe(0)
    await clock.advance(MINUTE)
    expect(await sweep.round()).toBe(1)
    expect(await eventsOf(made.id)).toEqual(['created', 'paused', 'resumed', 'paused'])
    await client.connections.change(made.id, { status: 'active' })
    await client.connections.change(made.id, { status: 'paused' })
    expect((await look(made.id)).reason).toBe('paused')
  })

  it('want a credential anew: until it is entered nothing helps, and then it begins another life', async () => {
    const made = await connect()
    const one = await rule(life(DAY), { name: 'Daily' })
    const sweep = server()
    await clock.advance(DAY - SECOND)
    expect(await sweep.round()).toBe(0)
    await clock.advance(SECOND)
    expect(await sweep.round()).toBe(1)
    const { status, health, reason, display } = await look(made.id)
    expect([status, health, reason]).toEqual(['error', 'needs_reauth', 'life_ended'])
    expect(display).toMatchObject({
      label: 'Needs re-auth',
      next: expect.stringContaining('Enter the credential again'),
    })
    const refused = {
      code: 'connection.not_usable',
      values: expect.objectContaining({ policyId: one.id, policy: 'Daily' }),
    }
    await expect(usable(made.id)).rejects.toMatchObject(refused)
    await expect(client.connections.change(made.id, { status: 'active' })).rejects.toMatchObject({
      code: 'connection.not_usable',
    })
    expect((await client.connections.test(made.id)).status).toBe('error')
    expect(await sweep.round()).toBe(0)
    const entered = await client.connections.change(made.id, { credential: credentialOf() })
    expect([entered.status, entered.health, entered.reason]).toEqual(['active', 'ok', null])
    expect((await usable(made.id)).connectionId).toBe(made.id)
    expect(await sweep.round()).toBe(0)
    expect(await eventsOf(made.id)).toEqual(['created', 'needs_reauth', 'credential_replaced', 'recovered'])
    await clock.advance(DAY)
    expect(await sweep.round()).toBe(1)
  })

  it('hold for what is paused too, which cannot be resumed then', async () => {
    const made = await connect()
    await client.connections.change(made.id, { status: 'paused' })
    await rule(life(DAY))
    await clock.advance(DAY)
    expect(await server().round()).toBe(1)
    expect(await look(made.id)).toMatchObject({ status: 'paused', health: 'needs_reauth', reason: 'life_ended' })
    const resume = () => client.connections.change(made.id, { status: 'active' })
    await expect(resume()).rejects.toMatchObject({ code: 'connection.not_usable' })
    await client.connections.change(made.id, { credential: credentialOf() })
    expect((await resume()).status).toBe('active')
  })

  it('leave alone what is dead, deleted, unbound, or somewhere else', async () => {
    const [dead, gone, bound] = [await connect(), await connect(), await connect()]
    const { client: eve } = await here.app.neighbour(ada)
    const elsewhere = await connect(eve)
    await here.app.app.connections.observed({
      workspaceId: ada.workspaceId,
      connectionId: dead.id,
      version: 1,
      outcome: { from: 'check', is: 'rejected' },
      hasCheck: true,
    })
    await client.connections.delete(gone.id)
    const one = await rule(idle(HOUR), { applies: { services: ['slack'] } })
    await clock.advance(DAY)
    const sweep = server()
    expect(await sweep.round()).toBe(0)
    await client.policies.change(one.id, { applies: { services: ['github'] } })
    expect(await sweep.round()).toBe(1)
    expect((await look(bound.id)).status).toBe('paused')
    expect(await look(dead.id)).toMatchObject({ status: 'error', reason: 'credential_rejected' })
    expect((await eve.connections.get(elsewhere.id)).status).toBe('active')
    // Come back to life, it is as idle as it was.
    await client.connections.test(dead.id)
    await clock.advance(HOUR)
    expect(await sweep.round()).toBe(1)
    expect((await look(dead.id)).reason).toBe('paused_idle')
  })

  it('bind by the role that the owner has now', async () => {
    const bea = await here.app.join(ada, 'editor')
    const made = await connect(bea.client)
    await rule(idle(HOUR), { applies: { roles: ['admin'] } })
    const sweep = server()
    await clock.advance(HOUR)
    expect(await sweep.round()).toBe(0)
    await ada.client.members.changeRole((await bea.client.me()).id, 'admin')
    await clock.advance(HOUR)
    expect(await sweep.round()).toBe(1)
    expect((await look(made.id)).status).toBe('paused')
  })

  it('do nothing that is not due any more when it comes to it', async () => {
    const made = await connect()
    const one = await rule(idle(DAY))
    const two = await rule(life(DAY))
    await clock.advance(DAY)
    expect(await interrupted(() => use(made.id).catch(() => {})).round()).toBe(1)
    expect((await look(made.id)).reason).toBe('life_ended')
    await client.connections.change(made.id, { credential: credentialOf() })
    await clock.advance(DAY)
    const disabled = interrupted(async () => {
      await client.policies.change(one.id, { enabled: false })
      await client.policies.change(two.id, { limits: life(30 * DAY) })
    })
    expect(await disabled.round()).toBe(0)
    const deleted = await connect()
    await client.policies.change(one.id, { enabled: true })
    await clock.advance(DAY)
    expect(await interrupted(() => client.connections.delete(deleted.id).catch(() => {})).round()).toBe(1)
    expect((await look(made.id)).reason).toBe('paused_idle')
    expect(lines).toEqual([])
  })

  it('let live on what a policy had ended that is lifted; a pause stays until somebody resumes', async () => {
    const [ended, paused] = [await connect(), await connect()]
    const one = await rule({ ...life(DAY) })
    await clock.advance(DAY)
    const sweep = server()
    expect(await sweep.round()).toBe(2)
    await client.connections.change(paused.id, { credential: credentialOf() })
    await client.policies.change(one.id, { limits: life(2 * DAY) })
    const two = await rule(idle(HOUR))
    expect(await sweep.round()).toBe(1)
    expect(await look(ended.id)).toMatchObject({ status: 'active', health: 'ok' })
    expect(await eventsOf(ended.id)).toEqual(['created', 'needs_reauth', 'recovered'])
    await clock.advance(HOUR)
    await sweep.round()
    await client.policies.remove(two.id)
    await client.policies.remove(one.id)
    await sweep.round()
    expect((await look(paused.id)).status).toBe('paused')
    // Also by a server that has just started, and never saw the policy.
    await rule(life(HOUR))
    await client.connections.change(paused.id, { status: 'active' })
    await clock.advance(HOUR)
    await sweep.round()
    expect((await look(paused.id)).status).toBe('error')
    for await (const { id } of client.policies.list()) await client.policies.remove(id)
    expect(await server().round()).toBe(2)
    expect((await look(paused.id)).status).toBe('active')
  })

  it('are carried out once by several servers together, page by page', async () => {
    const made = await connect()
    await rule(idle(DAY))
    const { store } = here.app.app
    const ids = Array.from({ length: 450 }, (_, at) => `conn_many${String(at).padStart(4, '0')}`)
    await store.sweep(async (db) => {
      const row = await db.selectFrom('connections').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow()
      for (let at = 0; at < ids.length; at += 50) {
        const values = ids.slice(at, at + 50).map((id) => ({ ...row, id }))
        await db.insertInto('connections').values(values).execute()
      }
    })
    await clock.advance(DAY)
    const counts = await Promise.all([server(), server(), server()].map((sweep) => sweep.round()))
    expect(counts.reduce((sum, count) => sum + count)).toBe(451)
    const paused = await store.sweep((db) =>
      db
        .selectFrom('events')
        .select('subject')
        .where('type', '=', 'connection.paused')
        .where('subject', 'in', ids)
        .execute(),
    )
    expect(paused).toHaveLength(450)
    await store.sweep((db) => db.deleteFrom('connections').where('id', 'in', ids).execute())
    expect(lines).toEqual([])
  })

  it('are not looked for again where nothing has come due', async () => {
    await Promise.all([connect(), connect(), connect()])
    await rule({ ...idle(HOUR), ...life(HOUR) }, { applies: { services: ['slack'] } })
    const { read, sweep } = counting()
    await clock.advance(HOUR)
    await sweep.round()
    expect(read.rows).toBe(6)
    await clock.advance(20 * MINUTE)
    await sweep.round()
    read.rows = 0
    await clock.advance(20 * MINUTE)
    await sweep.round()
    expect(read.rows).toBe(0)
  })

  it('are found by their index', async () => {
    const plan = (column: Since) =>
      here.app.app.store.sweep(async (db) => {
        const postgres = databaseName === 'PostgreSQL'
        // Of so few rows it would rather read them all.
        if (postgres) await sql`set local enable_seqscan = off`.execute(db)
        const asked: string[] = []
        const explained = db.withPlugin({
          transformQuery: ({ node, queryId }) => {
            const { sql: text } = db.getExecutor().compileQuery(node, queryId)
            asked.push(text)
            return node
          },
          transformResult: async ({ result }) => result,
        })
        await listBegun(explained, ada.workspaceId, column, { from: 0, upTo: 1, limit: 1 })
        const parameters = [ada.workspaceId, 0, 1, 1]
        const { rows } = await db.executeQuery(
          CompiledQuery.raw(`explain ${postgres ? '' : 'query plan '}${asked[0]}`, parameters),
        )
        return JSON.stringify(rows)
      })
    expect(await plan('idle_since')).toContain('connections_idle')
    expect(await plan('connected_at')).toContain('connections_life')
  })

  it('go on with the others when one cannot be written, and try it again', async () => {
    const [one, two] = [await connect(), await connect()]
    await rule(idle(HOUR))
    await clock.advance(HOUR)
    const { policies, connections } = here.app.app
    let broken = true
    const enforce: Rooms['connections']['limits']['enforce'] = (workspaceId, id, what) =>
      broken && id === one.id ? Promise.reject(new Error('busy')) : connections.limits.enforce(workspaceId, id, what)
    const sweep = server({ policies, connections: { limits: { ...connections.limits, enforce } } })
    expect(await sweep.round()).toBe(1)
    expect((await look(two.id)).status).toBe('paused')
    expect(lines.join()).toContain(one.id)
    broken = false
    await clock.advance(MINUTE)
    expect(await sweep.round()).toBe(1)
    expect((await look(one.id)).status).toBe('paused')
  })
})

describe(`a credential that no test has accepted, on ${databaseName}`, () => {
  const down = async () => ({ status: 503, headers: { 'content-type': 'application/json' }, body: '{}' })

  it('is not used where a policy wants the test first, until one has succeeded', async () => {
    const credential = credentialOf()
    const one = await rule({ testFirst: true }, { name: 'Tried first' })
    here.instead(down)
    const made = await client.connections.create({ provider: 'github', method: 'token', credential })
    expect([made.status, made.health]).toEqual(['active', 'unreachable'])
    const refused = { code: 'policy.refused', values: expect.objectContaining({ policyId: one.id, rule: 'testFirst' }) }
    await expect(usable(made.id)).rejects.toMatchObject(refused)
    here.instead()
    await client.connections.test(made.id)
    expect((await usable(made.id)).connectionId).toBe(made.id)
    // Once accepted it is used, also while the service is down.
    here.instead(down)
    await client.connections.test(made.id).catch(() => {})
    expect((await usable(made.id)).connectionId).toBe(made.id)
  })

  it('is used where no policy says otherwise, and not any more from when one does', async () => {
    const made = await connect(client, true)
    expect((await usable(made.id)).connectionId).toBe(made.id)
    const elsewhere = await rule({ testFirst: true }, { applies: { services: ['slack'] } })
    expect((await usable(made.id)).connectionId).toBe(made.id)
    await client.policies.change(elsewhere.id, { applies: { services: ['github'] } })
    await expect(usable(made.id)).rejects.toMatchObject({ code: 'policy.refused' })
    await client.policies.change(elsewhere.id, { enabled: false })
    expect((await usable(made.id)).connectionId).toBe(made.id)
  })

  it('is another one when it was replaced while the service was down', async () => {
    const made = await connect()
    await rule({ testFirst: true })
    expect((await usable(made.id)).connectionId).toBe(made.id)
    const credential = credentialOf()
    here.instead(down)
    await client.connections.change(made.id, { credential })
    await expect(usable(made.id)).rejects.toMatchObject({ code: 'policy.refused' })
  })
})

describe.skipIf(databaseName === 'SQLite')(
  'two servers on one database (needs PostgreSQL: CARDEA_TEST_POSTGRES)',
  () => {
    it('end what is due once, and both obey', async () => {
      const { database } = here.app
      const environment = {
        CARDEA_DATA_DIR: join(database.folder, 'other'),
        CARDEA_MASTER_KEY_FILE: join(database.folder, 'data', 'master.key'),
      }
      const other = await testApp({ clock: quiet(clock), logLevel: 'error', database, environment })
      const made = await Promise.all(Array.from({ length: 12 }, () => connect()))
      await rule(idle(HOUR))
      await clock.advance(HOUR)
      const counts = await Promise.all([server().round(), server(other.app).round()])
      expect(counts[0]! + counts[1]!).toBe(12)
      for (const { id } of made) {
        expect(await eventsOf(id)).toEqual(['created', 'paused'])
        await expect(other.app.connections.usable(ada.workspaceId, id)).rejects.toMatchObject({
          code: 'connection.paused',
        })
      }
      await other.close()
    })
  },
)

// The last, because sessions do not outlive it.
describe(`a year with limits of time, on ${databaseName}`, () => {
  it('goes by: what is used goes on, what is idle is paused, what has lived too long is wanted anew', async () => {
    const [busy, still] = [await connect(), await connect()]
    const month = await rule(idle(30 * DAY))
    const spring = await rule(life(90 * DAY), { name: 'Every quarter' })
    const sweep = server()
    const happened: [string, number][] = []
    for (let day = 1; day <= 365; day++) {
      await clock.advance(DAY)
      if (day % 7 === 0) await use(busy.id)
      if ((await sweep.round()) > 0) happened.push([(await look(busy.id)).reason ?? 'well', day])
      if ((await look(busy.id)).status === 'error') {
        await client.connections.change(busy.id, { credential: credentialOf() })
      }
    }
    // The idle one on the 30th day and again, by its age, on the 90th; the busy one every 90 days.
    expect(happened).toEqual([
      ['well', 30],
      ['life_ended', 90],
      ['life_ended', 180],
      ['life_ended', 270],
      ['life_ended', 360],
    ])
    expect((await look(busy.id)).status).toBe('active')
    expect(await eventsOf(still.id)).toEqual(['created', 'paused'])
    const quarter = ['needs_reauth', 'credential_replaced', 'recovered']
    expect(await eventsOf(busy.id)).toEqual(['created', ...quarter, ...quarter, ...quarter, ...quarter])
    const by = (await audited(still.id)).map(({ actor, detail }) => [
      actor.kind,
      (detail as { policyId?: string })?.policyId,
    ])
    expect(by.sort()).toEqual(
      [
        ['system', month.id],
        ['system', spring.id],
      ].sort(),
    )
  }, 60_000)
})
