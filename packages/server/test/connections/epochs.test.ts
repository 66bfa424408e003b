import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { createEpochs, type EpochSource } from '../../src/connections/epochs.ts'
import { createLogger } from '../../src/log.ts'
import type { Store } from '../../src/store/store.ts'
import { testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

describe('what caches obey', () => {
  const clock = createTestClock()
  const lines: string[] = []
  const log = createLogger({ level: 'info', format: 'json', clock, write: (line) => lines.push(line) })
  const store = { dialect: 'postgres' } as Store

  function sourceOf() {
    const rows: { connection_id: string; epoch: number; change: number }[] = []
    const state = { cut: false, asked: 0 }
    const source: EpochSource = {
      newest: async () => rows.length,
      since: async (change) => {
        state.asked++
        if (state.cut) throw new Error('cut')
        return rows.filter((row) => row.change > change)
      },
    }
    return {
      source,
      state,
      add: (id: string, epoch: number) => rows.push({ connection_id: id, epoch, change: rows.length + 1 }),
    }
  }

  it('is a change that another server has made, half a second later', async () => {
    const { source, add } = sourceOf()
    const epochs = await createEpochs({ store, clock, log, source })
    expect(epochs.isCurrent('conn_a', 1)).toBe(true)
    add('conn_a', 2)
    await clock.advance(SECOND / 2)
    expect(epochs.isCurrent('conn_a', 1)).toBe(false)
    expect(epochs.isCurrent('conn_a', 2)).toBe(true)
    expect(epochs.isCurrent('conn_b', 1)).toBe(true)
    await epochs.close()
  })

  it('is nothing at all while changes cannot be seen, and everything again afterwards', async () => {
    const { source, state, add } = sourceOf()
    const epochs = await createEpochs({ store, clock, log, source })
    state.cut = true
    add('conn_a', 2)
    await clock.advance(SECOND / 2)
    await clock.advance(SECOND / 2 + 1)
    expect(epochs.isCurrent('conn_b', 1)).toBe(false)
    expect(lines.filter((line) => line.includes('cannot be seen'))).toHaveLength(1)
    state.cut = false
    await clock.advance(SECOND / 2)
    expect(epochs.isCurrent('conn_b', 1)).toBe(true)
    expect(epochs.isCurrent('conn_a', 1)).toBe(false)
    await epochs.close()
  })

  it('is not trusted while an answer is late, however many are on their way', async () => {
    const { source, state } = sourceOf()
    let answer = () => {}
    const slow: EpochSource = {
      ...source,
      since: (change) => new Promise((resolve) => (answer = () => resolve(source.since(change)))),
    }
    const epochs = await createEpochs({ store, clock, log, source: slow })
    await clock.advance(SECOND / 2)
    await clock.advance(SECOND + 1)
    expect(epochs.isCurrent('conn_a', 1)).toBe(false)
    answer()
    await clock.advance(0)
    // What it says was true a second ago.
    expect(epochs.isCurrent('conn_a', 1)).toBe(false)
    expect(state.asked).toBeLessThanOrEqual(2)
    answer()
    await clock.advance(0)
    answer()
    await epochs.close()
  })

  it('is also what this very server has done, at once', async () => {
    const { source } = sourceOf()
    const epochs = await createEpochs({ store, clock, log, source })
    epochs.changed('conn_a', 2)
    expect(epochs.isCurrent('conn_a', 1)).toBe(false)
    await epochs.close()
  })
})

describe.skipIf(databaseName === 'SQLite')(
  'two servers on one database (needs PostgreSQL: CARDEA_TEST_POSTGRES)',
  () => {
    let here: World
    let closing: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const close of closing.reverse()) await close()
      closing = []
    })

    /** A second server, and a connection that it holds. */
    async function replicas() {
      here = await world()
      closing.push(() => here.app.close())
      const ada = await here.app.setUp()
      const { folder } = here.app.database
      const environment = {
        CARDEA_DATA_DIR: join(folder, 'other'),
        CARDEA_MASTER_KEY_FILE: join(folder, 'data', 'master.key'),
      }
      const other = await testApp({ logLevel: 'error', database: here.app.database, environment })
      closing.push(() => other.close())
      const { account } = here.stands('github', 'token')
      const credential = { ...account.fields }
      const made = await ada.client.connections.create({ provider: 'github', method: 'token', credential })
      const there = other.app.connections
      const hold = () => there.usable(ada.workspaceId, made.id)
      const gone = async (epoch: number) => {
        const began = performance.now()
        while (there.epochs.isCurrent(made.id, epoch)) {
          expect(performance.now() - began).toBeLessThan(1000)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      return { ada, other, credential, made, there, hold, gone }
    }

    it('obey a pause, a replacement and a deletion of each other within a second', async () => {
      const { ada, credential, made, there, hold, gone } = await replicas()
      let held = await hold()
      expect(there.epochs.isCurrent(made.id, held.epoch)).toBe(true)
      await ada.client.connections.change(made.id, { status: 'paused' })
      await gone(held.epoch)
      await expect(hold()).rejects.toMatchObject({ code: 'connection.paused' })
      await ada.client.connections.change(made.id, { status: 'active' })
      held = await hold()
      await ada.client.connections.change(made.id, { credential })
      await gone(held.epoch)
      held = await hold()
      expect(held.version).toBe(2)
      await ada.client.connections.delete(made.id)
      await gone(held.epoch)
      await expect(hold()).rejects.toMatchObject({ code: 'connection.not_found' })
    })

    it('obey a pause within a second when the line by which they hear of it is cut', async () => {
      const { ada, other, made, there, hold, gone } = await replicas()
      const held = await hold()
      expect(await cutListeners(other.database.url!)).toBeGreaterThan(0)
      expect(there.epochs.isCurrent(made.id, held.epoch)).toBe(true)
      await ada.client.connections.change(made.id, { status: 'paused' })
      await gone(held.epoch)
      await expect(hold()).rejects.toMatchObject({ code: 'connection.paused' })
    })

    it('refuse within a second when they can neither hear nor look, and what they ask anew is the truth', async () => {
      const { ada, other, made, there, hold, gone } = await replicas()
      const held = await hold()
      await cutListeners(other.database.url!)
      const { sweep } = other.app.store
      other.app.store.sweep = async () => {
        throw new Error('cut')
      }
      closing.push(async () => {
        other.app.store.sweep = sweep
      })
      await ada.client.connections.change(made.id, { status: 'paused' })
      await gone(held.epoch)
      await expect(hold()).rejects.toMatchObject({ code: 'connection.paused' })
      await ada.client.connections.change(made.id, { status: 'active' })
      // Usable again, and trusted by nobody for longer than the call that asked.
      const again = await hold()
      expect(there.epochs.isCurrent(made.id, again.epoch)).toBe(false)
    })

    it('trust nothing that they hold when the database no longer answers them', async () => {
      here = await world()
      closing.push(() => here.app.close())
      const { connections, store } = here.app.app
      expect(connections.epochs.isCurrent('conn_a', 1)).toBe(true)
      // The server's own pools are shut under it: neither signals nor looks come through.
      await store.close()
      closing = [async () => here.app.close().catch(() => {}), () => here.app.database.drop()]
      const began = performance.now()
      while (connections.epochs.isCurrent('conn_a', 1)) {
        expect(performance.now() - began).toBeLessThan(1200)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
  },
)

/** Ends the connections to PostgreSQL on which servers listen for each other; they are made again within two seconds. */
async function cutListeners(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
    )
    return rowCount ?? 0
  } finally {
    await client.end()
  }
}
