import { type Client, createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { type ServerProcess, setUp, startProcess } from '../server.ts'

const SECONDS = Number(process.env.CARDEA_TEST_STORM_SECONDS ?? 2)

describe(`thirty-two clients at once on ${databaseName}`, () => {
  let database: TestDatabase
  let server: ServerProcess
  let client: Client
  beforeAll(async () => {
    database = await freshDatabase()
    server = await startProcess(database, { CARDEA_REQUESTS_PER_MINUTE: '1000000' })
    ;({ client } = await setUp(server))
  })
  afterAll(async () => {
    await server.kill()
    await database.drop()
  })

  it(
    'create and revoke keys with no unintended error and no lost update',
    async () => {
      const created = new Set<string>()
      const revoked = new Set<string>()
      const unintended: unknown[] = []
      const end = performance.now() + SECONDS * 1000

      const work = async (worker: number) => {
        while (performance.now() < end) {
          try {
            const { id, token } = await client.keys.create({ name: `worker ${worker}`, role: 'viewer' })
            created.add(id)
            const own = createClient({ url: server.url, apiKey: token })
            await own.me()
            if (Math.random() < 0.5) {
              // Two at once: one revokes, and the other is told that nothing is left to revoke, or that it is done.
              const outcomes = await Promise.allSettled([client.keys.revoke(id), client.keys.revoke(id)])
              for (const outcome of outcomes) {
                if (outcome.status === 'rejected' && outcome.reason.code !== 'key.not_found')
                  unintended.push(outcome.reason)
              }
              revoked.add(id)
              const refused = await own.me().then(
                () => 'accepted',
                (error) => error.code,
              )
              if (refused !== 'auth.rejected') unintended.push(`a revoked key was ${refused}`)
            }
          } catch (error) {
            unintended.push(error)
          }
        }
      }
      await Promise.all(Array.from({ length: 32 }, (_, worker) => work(worker)))

      expect(unintended).toEqual([])
      expect(created.size).toBeGreaterThan(32)
      const listed = new Map<string, boolean>()
      for await (const key of client.keys.list({ limit: 200 })) listed.set(key.id, Boolean(key.revokedAt))
      for (const id of created) expect(listed.get(id), id).toBe(revoked.has(id))
      expect((await verified(database)).ok).toBe(true)
    },
    (SECONDS + 60) * 1000,
  )

  async function verified(where: TestDatabase) {
    const { runCli } = await import('../server.ts')
    const { stdout } = await runCli(['audit', 'verify', '--json'], where)
    return JSON.parse(stdout) as { ok: boolean }
  }
})
