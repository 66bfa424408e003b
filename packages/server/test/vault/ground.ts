import { join } from 'node:path'
import type { Logger } from '../../src/log.ts'
import { createLogger } from '../../src/log.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { RotationDeps, RotationEvent } from '../../src/vault/rotate.ts'
import {
  createRotations,
  type MasterKeyConfig,
  openMasterKey,
  openVault,
  type Rotations,
} from '../../src/vault/vault.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

export type OpenedVault = Awaited<ReturnType<typeof openVault>>

export interface Server {
  clock: TestClock
  log: Logger
  lines: string[]
  store: Store
  masterKey: Awaited<ReturnType<typeof openMasterKey>>
  vault: OpenedVault
  events: RotationEvent[]
  rotations(more?: Partial<RotationDeps>): Rotations
  stop(): Promise<void>
}

export interface Ground extends TestDatabase {
  keyFile: string
  start(config?: Partial<MasterKeyConfig>): Promise<Server>
  /** A second server; on SQLite, where there is one server, a second vault over the same store. */
  beside(server: Server, config?: Partial<MasterKeyConfig>): Promise<Server>
  /** Stops what still runs and removes everything. */
  clear(): Promise<void>
}

export const A = 'ws_a'
export const B = 'ws_b'

/** A database of its own with two workspaces, on which servers can be started. */
export async function freshGround(): Promise<Ground> {
  const database = await freshDatabase()
  const clock = createTestClock()
  const running: Server[] = []
  const begin = async (config?: Partial<MasterKeyConfig>, store?: Store) => {
    const server = await start(database, clock, config, store)
    running.unshift(server)
    return server
  }
  return {
    ...database,
    keyFile: join(database.folder, 'master.key'),
    start: (config) => begin(config),
    beside: (server, config) => begin(config, database.url ? undefined : server.store),
    clear: async () => {
      for (const server of running) await server.stop()
      await database.drop()
    },
  }
}

async function start(
  database: TestDatabase,
  clock: TestClock,
  config: Partial<MasterKeyConfig> = {},
  shared?: Store,
): Promise<Server> {
  const lines: string[] = []
  const log = createLogger({ level: 'debug', format: 'json', clock, write: (line) => lines.push(line) })
  const masterKey = await openMasterKey({ dataDir: database.folder, keychain: 'off', ...config }, log)
  const store =
    shared ??
    (await openStore({
      file: database.file,
      ...(database.url ? { url: database.url } : {}),
      beforeMigrating: (active) => masterKey.preflight(active),
    }))
  const vault = await openVault({ store, clock, log, masterKey }).catch(async (error) => {
    await store.close()
    throw error
  })
  for (const id of [A, B]) {
    await store.sweep((db) =>
      db
        .insertInto('workspaces')
        .values({ id, name: id, created_at: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    )
  }
  const events: RotationEvent[] = []
  let stopped = false
  return {
    clock,
    log,
    lines,
    store,
    masterKey,
    vault,
    events,
    rotations: (more = {}) =>
      createRotations({
        store,
        vault,
        masterKey,
        clock,
        log,
        record: async (_db, event) => void events.push(event),
        ...more,
      }),
    stop: async () => {
      if (stopped) return
      stopped = true
      vault.close()
      masterKey.close()
      if (!shared) await store.close()
    },
  }
}

/** The code of the problem that a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'no problem'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
