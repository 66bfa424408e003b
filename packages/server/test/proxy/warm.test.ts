import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'

/** The whole server, with the statements of every transaction counted. Its clock stands still: nothing but calls happens. */
let here: TestApp
let call: (path: string) => Promise<number>
let close: () => void
const counted = { transactions: 0, statements: 0 }

beforeAll(async () => {
  const service = createServer((_, answer) => answer.end('ok'))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  close = () => {
    service.closeAllConnections()
    service.close()
  }
  const environment = { CARDEA_ALLOWED_HOSTS: '127.0.0.1' }
  here = await testApp({ clock: createTestClock(Date.now()), logLevel: 'error', environment })
  const { client } = await here.setUp()
  const { id } = await client.connections.create(
    {
      provider: 'http_bearer',
      method: 'token',
      settings: { server: `http://127.0.0.1:${(service.address() as AddressInfo).port}` },
      credential: { token: 'a-secret-of-the-service' },
    },
    { skipTest: true },
  )
  const { token } = await client.brokerTokens.create({ connections: [id], run: 'run 1', step: 'a step' })
  call = async (path) => {
    const answer = await fetch(`${here.url}/proxy/${id}${path}`, { headers: { authorization: `Bearer ${token}` } })
    await answer.text()
    return answer.status
  }
  count(here.app.store)
})
afterAll(async () => {
  await here?.close()
  close?.()
})

function count(store: Store): void {
  const counts: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      counted.statements++
      return result
    },
  }
  const { within, sweep, snapshot } = store
  store.within = (scope, work) => {
    counted.transactions++
    return within(scope, (db) => work(db.withPlugin(counts)))
  }
  store.sweep = (work) => {
    counted.transactions++
    return sweep((db) => work(db.withPlugin(counts)))
  }
  store.snapshot = (work) => {
    counted.transactions++
    return snapshot((db) => work(db.withPlugin(counts)))
  }
}

const written = () => ({ ...here.app.audit.stats(), ...counted })

describe(`a warm call on ${databaseName}`, () => {
  it('runs no SQL but the batch of audit records', async () => {
    // What is learned once is learned: token, connection, credential, step, and that the credential is good.
    for (let round = 0; round < 3; round++) expect(await call(`/first/${round}`)).toBe(200)
    await settled()
    const before = written()
    for (let round = 0; round < 10; round++) {
      const codes = await Promise.all(Array.from({ length: 30 }, (_, at) => call(`/${round}/${at}`)))
      expect(codes).toEqual(Array(30).fill(200))
    }
    const after = written()
    const commits = after.commits - before.commits
    // One record for each call, and one for how the first 256 ended.
    expect(after.records - before.records).toBe(301)
    expect(commits).toBeLessThan(301)
    expect(after.transactions - before.transactions).toBe(commits)
    // The chain is locked, the records are added, the chain is signed.
    expect(after.statements - before.statements).toBe(3 * commits)
  })
})

/** Until a while has passed in which nothing more was written. */
async function settled(): Promise<void> {
  for (let before = -1; before !== counted.statements; ) {
    before = counted.statements
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
