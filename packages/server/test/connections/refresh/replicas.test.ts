import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { SECOND, systemClock } from '../../../src/clock.ts'
import { type TestApp, testApp } from '../../app.ts'
import { databaseName } from '../../database.ts'
import { type FreshTokens, startFreshTokens } from './fresh-tokens.ts'

/** Servers on one database, with the real clock: whoever asks where, the token is renewed once. */
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function servers(count: number, tokens: FreshTokens) {
  const environment = { CARDEA_ALLOWED_HOSTS: '127.0.0.1' }
  const first = await testApp({ logLevel: 'error', environment })
  closing.push(() => first.close())
  const { folder } = first.database
  const all: TestApp[] = [first]
  for (let number = 1; number < count; number++) {
    const own = {
      ...environment,
      CARDEA_DATA_DIR: join(folder, `other-${number}`),
      CARDEA_MASTER_KEY_FILE: join(folder, 'data', 'master.key'),
    }
    const other = await testApp({ logLevel: 'error', database: first.database, environment: own })
    closing.push(() => other.close())
    all.push(other)
  }
  const { client, workspaceId } = await first.setUp()
  const { id: appId } = await client.apps.create({
    provider: 'oauth2_generic',
    methods: ['oauth'],
    clientId: 'client',
    clientSecret: 'secret',
    settings: { authorizeUrl: `${tokens.url}/authorize`, tokenUrl: `${tokens.url}/token` },
  })
  const { results } = await client.connections.import({
    connections: [
      {
        provider: 'oauth2_generic',
        method: 'oauth',
        settings: { server: tokens.url },
        appId,
        tokens: { refreshToken: tokens.first() },
      },
    ],
  })
  const { id } = results[0]!.connection!
  /** As if it had been bought that long ago. Nothing is due, so that no job is quicker than the test. */
  const later = (milliseconds: number) =>
    first.app.store.sweep((db) =>
      db
        .updateTable('connection_grants')
        .set((eb) => ({
          renewed_at: eb('renewed_at', '-', milliseconds),
          access_expires_at: eb('access_expires_at', '-', milliseconds),
          due_at: null,
        }))
        .where('connection_id', '=', id)
        .execute(),
    )
  return { all, id, later, usable: (of: TestApp) => of.app.connections.usable(workspaceId, id) }
}

describe.skipIf(databaseName === 'SQLite')('two servers (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  it('and fifty calls on an expired token: one exchange, no failed call', async () => {
    for (const slow of [0, 300]) {
      const tokens = await startFreshTokens({ lifeSeconds: 600 })
      closing.push(() => tokens.close())
      const { all, usable, later } = await servers(2, tokens)
      await later(600 * SECOND)
      tokens.slow = slow
      const before = tokens.exchanges
      const given = await Promise.all(Array.from({ length: 50 }, (_, call) => usable(all[call % 2]!)))
      const values = new Set(given.map(({ values }) => values.accessToken!.reveal()))
      expect(values).toEqual(new Set([tokens.newest()]))
      expect(tokens.exchanges - before).toBe(1)
      expect(tokens.used).toBe(0)
    }
  })

  it('and fifty calls that were refused with the same token: one exchange', async () => {
    const tokens = await startFreshTokens({ lifeSeconds: 600 })
    closing.push(() => tokens.close())
    const { all, usable, later } = await servers(2, tokens)
    const refused = await usable(all[0]!)
    // What is new is not asked for again.
    await later(40 * SECOND)
    const before = tokens.exchanges
    const given = await Promise.all(
      Array.from({ length: 50 }, (_, call) => {
        const { connections } = all[call % 2]!.app
        return connections.usable(refused.workspaceId, refused.connectionId, { rejected: refused })
      }),
    )
    expect(new Set(given.map(({ version }) => version)).size).toBe(1)
    expect(tokens.exchanges - before).toBe(1)
    expect(tokens.used).toBe(0)
  })
})

describe(`one server, on ${databaseName}`, () => {
  it('finishes the exchange that is under way before it closes, and the next one uses what it brought', async () => {
    const tokens = await startFreshTokens({ lifeSeconds: 600 })
    closing.push(() => tokens.close())
    const { all, usable, later } = await servers(1, tokens)
    await later(600 * SECOND)
    tokens.slow = 500
    const asked = usable(all[0]!).catch(() => undefined)
    while (tokens.underWay === 0) await systemClock.sleep(5)
    await all[0]!.app.connections.close()
    expect(tokens.underWay).toBe(0)
    await asked
    const row = await all[0]!.app.store.sweep((db) =>
      db.selectFrom('connection_grants').selectAll().executeTakeFirstOrThrow(),
    )
    expect(row).toMatchObject({ presenting: null, renewals: tokens.exchanges })
  })
})
