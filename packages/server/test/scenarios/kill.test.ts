import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { runCli, type ServerProcess, setUp, startProcess } from '../server.ts'

const KILLS = Number(process.env.CARDEA_TEST_KILLS ?? 2)

describe(`kill -9 on ${databaseName}`, () => {
  let database: TestDatabase
  let server: ServerProcess
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    await server.kill()
    await database.drop()
  })

  it(
    'during 200 writes loses nothing that was acknowledged',
    async () => {
      server = await startProcess(database)
      const { client, key } = await setUp(server)
      const acknowledged = new Set<string>()
      let current = client
      for (let round = 0; round < KILLS; round++) {
        const killAfter = 1 + Math.floor(Math.random() * 199)
        let killed: Promise<void> | undefined
        const create = async (write: number) => {
          if (write === killAfter) killed = server.kill()
          await current.keys
            .create({ name: `${round}-${write}`, role: 'viewer' })
            .then(({ id }) => acknowledged.add(id))
            .catch((error) => {
              if (error.code !== 'client.unreachable' && error.code !== 'client.unreadable') throw error
            })
        }
        // Eight at a time, so that some are always under way.
        const writes = Array.from({ length: 200 }, (_, write) => write)
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            for (let write = writes.shift(); write !== undefined; write = writes.shift()) await create(write)
          }),
        )
        await killed
        server = await startProcess(database)
        const { createClient } = await import('@cardea/sdk')
        current = createClient({ url: server.url, apiKey: key })
        const listed = new Set<string>()
        for await (const { id } of current.keys.list({ limit: 200 })) listed.add(id)
        expect([...acknowledged].filter((id) => !listed.has(id))).toEqual([])
        const verified = await runCli(['audit', 'verify', '--json'], database)
        expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
      }
      expect(acknowledged.size).toBeGreaterThan(0)
    },
    60_000 + KILLS * 30_000,
  )
})
