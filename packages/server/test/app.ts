import { type Client, createClient } from '@cardea/sdk'
import type { Role } from '../src/actor.ts'
import { type App, type AppOptions, createApp } from '../src/app.ts'
import { type Clock, systemClock } from '../src/clock.ts'
import { loadConfig } from '../src/config/config.ts'
import { createHttp, type Http } from '../src/http/http.ts'
import { createLogger, type LogLevel } from '../src/log.ts'
import { freshDatabase, type TestDatabase } from './database.ts'
import { environmentFor } from './server.ts'

/** A whole server inside the test's process: real rooms, real database, real HTTP. */
export interface TestApp {
  app: App
  http: Http
  url: string
  database: TestDatabase
  /** Every line that was logged. */
  logged: string[]
  /** Nobody: no credential, no cookies. */
  stranger: Client
  /** Completes the first run; the browser of the first administrator, who is the operator. */
  setUp(): Promise<Browser>
  /** Invites somebody and accepts; their browser. */
  join(admin: Browser, role: Role, email?: string): Promise<Browser>
  /** A second workspace with its own administrator. */
  neighbour(operator: Browser): Promise<Browser>
  /** An API key of the workspace, and a client that uses it. */
  key(admin: Browser, role: Role, permissions?: string[]): Promise<{ client: Client; token: string; id: string }>
  close(): Promise<void>
}

/** A client that keeps cookies and says where it comes from, as a browser does. */
export interface Browser {
  client: Client
  cookie(): string
  workspaceId: string
  email: string
}

export interface TestAppOptions {
  clock?: Clock
  environment?: Record<string, string>
  logLevel?: LogLevel
  /** The name of loopback that browsers use: 127.0.0.1 unless told. To them `localhost` is another site. */
  host?: 'localhost'
  /** A simulated service instead of the network. */
  outside?: AppOptions['outside']
  /** A database of another test app, to be its replica. */
  database?: TestDatabase
  /** Sees every answer that a client of this app gets. */
  onAnswer?: (request: Request, answer: Response) => void
}

export const PASSWORD = 'a long enough password'

export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { clock = systemClock, logLevel = 'debug', onAnswer } = options
  const database = options.database ?? (await freshDatabase())
  const environment = environmentFor(database, { CARDEA_REQUESTS_PER_MINUTE: '1000000', ...options.environment })
  const logged: string[] = []
  const log = createLogger({ level: logLevel, format: 'json', clock, write: (line) => logged.push(line) })
  const { config } = loadConfig(environment, database.folder)
  let url = 'http://127.0.0.1'
  const app = await createApp({
    config,
    clock,
    log,
    version: 'test',
    publicUrl: () => url,
    ...(options.outside ? { outside: options.outside } : {}),
  })
  const http = createHttp({ ...app, dashboardFolder: database.folder })
  ;({ url } = await http.listen(options.host ?? '127.0.0.1', 0))

  const watched: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const answer = await fetch(request.clone())
    onAnswer?.(request, answer.clone())
    return answer
  }

  function browser(): { client: (workspace?: string) => Client; cookie: () => string } {
    const jar = new Map<string, string>()
    const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const send: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('origin', url)
      if (jar.size > 0) headers.set('cookie', cookie())
      const answer = await watched(input, { ...init, headers })
      for (const line of answer.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        const [name = '', ...value] = pair.split('=')
        if (value.join('=') === '' || /max-age=0/i.test(line)) jar.delete(name)
        else jar.set(name, value.join('='))
      }
      return answer
    }
    return { client: (workspace) => createClient({ url, fetch: send, ...(workspace ? { workspace } : {}) }), cookie }
  }

  let people = 0
  const self: TestApp = {
    app,
    http,
    url,
    database,
    logged,
    stranger: createClient({ url, fetch: watched }),
    setUp: async () => {
      const link = await app.accounts.setup.link()
      const { client, cookie } = browser()
      const email = 'ada@example.com'
      const person = { name: 'Ada Admin', email, password: PASSWORD, workspace: 'Example' }
      const { workspaceId } = await client().setup.complete({
        token: link!.reveal().split('#token=')[1]!,
        ...person,
      })
      return { client: client(workspaceId), cookie, workspaceId, email }
    },
    join: async (admin, role, email = `person${++people}@example.com`) => {
      const { token } = await admin.client.invitations.create({ email, role })
      const { client, cookie } = browser()
      await client().invitations.accept({ token, name: `Person ${email}`, password: PASSWORD })
      return { client: client(admin.workspaceId), cookie, workspaceId: admin.workspaceId, email }
    },
    neighbour: async (operator) => {
      const { id } = await operator.client.workspaces.create({ name: 'Neighbour' })
      const there = {
        client: createClient({ url, workspace: id, fetch: fetchAs(operator) }),
        cookie: operator.cookie,
        workspaceId: id,
        email: '',
      }
      return self.join(there, 'admin')
    },
    key: async (admin, role, permissions) => {
      const { id, token } = await admin.client.keys.create({
        name: `${role} key`,
        role,
        ...(permissions ? { permissions } : {}),
      })
      return { client: createClient({ url, apiKey: token, fetch: watched }), token, id }
    },
    close: async () => {
      app.events.endStreams()
      await http.close(0)
      await app.close()
      if (!options.database) await database.drop()
    },
  }
  return self

  function fetchAs({ cookie }: Browser): typeof fetch {
    return (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('origin', url)
      headers.set('cookie', cookie())
      return watched(input, { ...init, headers })
    }
  }
}
