import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestApp, testApp } from '../../packages/server/test/app.ts'
import type { TestDatabase } from '../../packages/server/test/database.ts'
import { environmentFor } from '../../packages/server/test/server.ts'
import type { ChaosOptions } from './chaos.ts'
import type { TokenServer } from './token-server.ts'

export function serverEnvironment(database: TestDatabase, { url }: TokenServer, number: number): NodeJS.ProcessEnv {
  const { hostname } = new URL(url)
  return environmentFor(database, {
    CARDEA_DATA_DIR: join(database.folder, number === 0 ? 'data' : `data-${number}`),
    CARDEA_MASTER_KEY_FILE: join(database.folder, 'master.key'),
    CARDEA_ALLOWED_HOSTS: hostname,
    CARDEA_REQUESTS_PER_MINUTE: '1000000',
  })
}

/** Through the front door: an administrator registers the app and brings refresh tokens, which are taken over. */
export async function madeConnections(database: TestDatabase, server: TokenServer, options: ChaosOptions) {
  writeFileSync(join(database.folder, 'master.key'), randomBytes(32).toString('base64'), { mode: 0o600 })
  const environment = serverEnvironment(database, server, 0) as Record<string, string>
  const own = Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('CARDEA_')))
  const app: TestApp = await testApp({ database, environment: own, logLevel: 'error' })
  try {
    const { client, workspaceId } = await app.setUp()
    const { id: appId } = await client.apps.create({
      provider: 'oauth2_generic',
      methods: ['oauth'],
      clientId: 'chaos',
      clientSecret: 'secret',
      settings: { authorizeUrl: `${server.url}/authorize`, tokenUrl: `${server.url}/token` },
    })
    const ids: string[] = []
    while (ids.length < options.connections) {
      const some = Math.min(100, options.connections - ids.length)
      const connections = Array.from({ length: some }, () => {
        const isShort = server.grants.length % 3 === 0
        const lifeMilliseconds = options.lifeSeconds * (isShort ? 100 : 1000)
        const { id, refreshToken } = server.newGrant({ lifeMilliseconds, forgives: server.grants.length % 2 === 0 })
        const settings = { server: server.api }
        return {
          provider: 'oauth2_generic',
          method: 'oauth',
          name: `grant ${id}`,
          settings,
          appId,
          tokens: { refreshToken },
        }
      })
      const { results } = await client.connections.import({ connections })
      for (const { connection, problem } of results) {
        if (!connection) throw new Error(`a connection was not taken over: ${JSON.stringify(problem)}`)
        ids.push(connection.id)
      }
    }
    return { workspaceId, ids }
  } finally {
    await app.close()
  }
}
