import type { KyselyPlugin } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { HOUR, SECOND } from '../../src/clock.ts'
import { createLogger } from '../../src/log.ts'
import { createInForce } from '../../src/policy/in-force.ts'
import type { PolicyChangeRow } from '../../src/store/schema.ts'
import type { Db } from '../../src/store/store.ts'
import type { ChangeSource } from '../../src/store/watch.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName, postgresUrl } from '../database.ts'

let app: TestApp
let ada: Browser
let eve: Browser
let owner: string

beforeAll(async () => {
  app = await testApp({ logLevel: 'error' })
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
  owner = (await eve.client.me()).id
})
afterEach(async () => {
  for await (const { id } of ada.client.policies.list()) await ada.client.policies.remove(id)
})
afterAll(() => app?.close())

/** Counts what is asked of the database through it. */
function counting(db: Db): { db: Db; statements: () => number } {
  let statements = 0
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      statements++
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { db: db.withPlugin(plugin), statements: () => statements }
}

/** Whether an untested connection may be used, and what it cost to find out. */
async function asked(at: TestApp, workspaceId = ada.workspaceId): Promise<{ allowed: boolean; statements: number }> {
  return at.app.store.within({ workspaceId }, async (given) => {
    const { db, statements } = counting(given)
    const using = { workspaceId, provider: 'github', method: 'token', owner, tested: false }
    const refusal = await at.app.policies.mayUse(db, using).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    )
    if (refusal !== undefined) expect(refusal).toBe('policy.refused')
    return { allowed: refusal === undefined, statements: statements() }
  })
}
/** Also the server that made a change sees it once more among everybody's. */
const warms = (at: TestApp, allowed: boolean) =>
  expect.poll(() => asked(at), { interval: 20 }).toEqual({ allowed, statements: 0 })
const rule = (more: object = {}) =>
  ada.client.policies.create({ name: 'Test first', limits: { testFirst: true }, ...more })

describe(`the policies that every call asks, on ${databaseName}`, () => {
  it('are read once, and then answer without the database', async () => {
    // Without a policy nothing is looked up either.
    await warms(app, true)
    const one = await rule()
    expect(await asked(app)).toEqual({ allowed: false, statements: 1 })
    await warms(app, false)
    await ada.client.policies.change(one.id, { enabled: false })
    expect(await asked(app)).toEqual({ allowed: true, statements: 1 })
    await warms(app, true)
    await ada.client.policies.change(one.id, { enabled: true, applies: { services: ['slack'] } })
    await asked(app)
    await warms(app, true)
    await ada.client.policies.change(one.id, { applies: {} })
    expect((await asked(app)).allowed).toBe(false)
    await ada.client.policies.remove(one.id)
    expect((await asked(app)).allowed).toBe(true)
    await warms(app, true)
  })

  it('ask for a role only where one matters', async () => {
    const one = await rule({ applies: { roles: ['viewer'] } })
    await expect.poll(() => asked(app), { interval: 20 }).toEqual({ allowed: true, statements: 1 })
    await ada.client.policies.change(one.id, { applies: { members: [owner] } })
    await asked(app)
    await warms(app, false)
    await ada.client.policies.remove(one.id)
  })

  it('are those of the workspace alone', async () => {
    const neighbour = await app.neighbour(ada)
    await asked(app, neighbour.workspaceId)
    const one = await rule()
    expect((await asked(app)).allowed).toBe(false)
    expect((await asked(app, neighbour.workspaceId)).allowed).toBe(true)
    expect((await app.app.policies.inForce(ada.workspaceId)).map(({ id }) => id)).toEqual([one.id])
    expect(await app.app.policies.inForce(neighbour.workspaceId)).toEqual([])
    await ada.client.policies.remove(one.id)
    expect(await app.app.policies.inForce(ada.workspaceId)).toEqual([])
  })

  it('are not held when they change while they are read', async () => {
    const { store } = app.app
    const clock = createTestClock()
    const log = createLogger({ level: 'error', format: 'json', clock, write: () => {} })
    const inForce = await createInForce({ store, clock, log, source: { newest: async () => 0, since: async () => [] } })
    onTestFinished(() => inForce.close())
    const { workspaceId } = ada
    await store.within({ workspaceId }, async (given) => {
      const { db, statements } = counting(given)
      const reading = inForce.of(db, workspaceId)
      inForce.changed(workspaceId)
      await reading
      await inForce.of(db, workspaceId)
      expect(statements()).toBe(2)
      await inForce.of(db, workspaceId)
      expect(statements()).toBe(2)
    })
  })
})

describe('a server that may not be the only one', () => {
  async function another() {
    const clock = createTestClock()
    const lines: string[] = []
    const log = createLogger({ level: 'error', format: 'json', clock, write: (line) => lines.push(line) })
    const rows: PolicyChangeRow[] = []
    const state = { cut: false }
    const source: ChangeSource<PolicyChangeRow> = {
      newest: async () => rows.length,
      since: async (change) => {
        if (state.cut) throw new Error('cut')
        return rows.filter((row) => row.change > change)
      },
    }
    const inForce = await createInForce({ store: app.app.store, clock, log, source })
    onTestFinished(() => inForce.close())
    const { workspaceId } = ada
    const cost = () =>
      app.app.store.within({ workspaceId }, async (given) => {
        const { db, statements } = counting(given)
        await inForce.of(db, workspaceId)
        return statements()
      })
    const changes = () => rows.push({ workspace_id: workspaceId, change: rows.length + 1 })
    return { clock, lines, state, cost, changes }
  }

  it('lets go half a second after another one has changed them', async () => {
    const { clock, cost, changes } = await another()
    expect([await cost(), await cost()]).toEqual([1, 0])
    changes()
    await clock.advance(SECOND / 2)
    expect([await cost(), await cost()]).toEqual([1, 0])
  })

  it('reads them each time while it cannot see what others change, and says so once', async () => {
    const { clock, lines, state, cost } = await another()
    await cost()
    state.cut = true
    await clock.advance(SECOND / 2)
    expect(await cost()).toBe(0)
    await clock.advance(SECOND / 2 + 1)
    expect([await cost(), await cost()]).toEqual([1, 1])
    await clock.advance(SECOND)
    expect(lines.filter((line) => line.includes('cannot be seen'))).toHaveLength(1)
    state.cut = false
    await clock.advance(SECOND / 2)
    expect(await cost()).toBe(0)
  })

  it('holds none for longer than an hour', async () => {
    const { clock, cost } = await another()
    await cost()
    for (let at = 0; at <= HOUR; at += HOUR / 4) await clock.advance(HOUR / 4)
    await clock.advance(0)
    await clock.advance(SECOND / 2)
    expect([await cost(), await cost()]).toEqual([1, 0])
  })
})

describe.skipIf(!postgresUrl)('two servers on one database (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  async function replica(): Promise<TestApp> {
    const { folder } = app.database
    const other = await testApp({
      logLevel: 'error',
      database: { ...app.database, folder: `${folder}-${Math.random().toString(36).slice(2)}` },
      environment: { CARDEA_MASTER_KEY_FILE: `${folder}/data/master.key` },
    })
    onTestFinished(() => other.close())
    return other
  }
  async function obeyed(at: TestApp, allowed: boolean, within: number): Promise<void> {
    const began = performance.now()
    while ((await asked(at)).allowed !== allowed) {
      expect(performance.now() - began).toBeLessThan(within)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  it('obey what the other has made, changed and deleted within a second, and ask nothing in between', async () => {
    const there = await replica()
    await asked(there)
    await warms(there, true)
    const one = await rule()
    await obeyed(there, false, SECOND)
    await warms(there, false)
    await ada.client.policies.change(one.id, { applies: { services: ['slack'] } })
    await obeyed(there, true, SECOND)
    await ada.client.policies.change(one.id, { applies: {} })
    await obeyed(there, false, SECOND)
    await ada.client.policies.remove(one.id)
    await obeyed(there, true, SECOND)
    await warms(there, true)
  })

  it('read them anew when looks and signals are cut', async () => {
    const there = await replica()
    await asked(there)
    await warms(there, true)
    const { sweep } = there.app.store
    there.app.store.sweep = async () => {
      throw new Error('cut')
    }
    onTestFinished(() => {
      there.app.store.sweep = sweep
    })
    const one = await rule()
    await obeyed(there, false, 1.2 * SECOND)
    expect((await asked(there)).statements).toBe(1)
    await ada.client.policies.remove(one.id)
    expect(await asked(there)).toEqual({ allowed: true, statements: 1 })
  })
})
