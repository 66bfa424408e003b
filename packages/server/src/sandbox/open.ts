import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Service } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Secret } from '../secret.ts'
import { definitionOf } from './definition.ts'
import { createDoor } from './door.ts'
import { createLevers, type Levers } from './levers.ts'
import { createMemory } from './memory.ts'
import { makeUpPeople } from './people.ts'
import { clientOf } from './provider.ts'

/** Loaded only where the sandbox is wanted: it brings the library of the authorization server. */
export interface Open {
  /** `http://127.0.0.1:port`: the issuer, and where its pages and API are. */
  issuer: string
  /** What this server is to the sandbox, and by which methods: a new secret with every start. */
  app: { clientId: string; clientSecret: Secret; methods: readonly string[] }
  definition: Service
  levers: Levers
  close(): Promise<void>
}

export interface SandboxDeps {
  clock: Clock
  log: Logger
  /** 0 takes a free one. */
  port: number
  /** Where the browser comes back to, asked with every sign-in: the server may not know its own address yet. */
  redirectUris: () => readonly string[]
}

const CLIENT = { id: 'cardea', name: 'Cardea' }
const REFRESH_TOKEN_SECONDS = 14 * 86_400
const MOST_OF_A_KIND = 10_000

export async function openSandbox({ clock, log, port, redirectUris }: SandboxDeps): Promise<Open> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 })
  const issuer = await listen(server, port)
  const secret = randomBytes(32).toString('base64url')
  const memory = createMemory({
    most: MOST_OF_A_KIND,
    client: (id) => (id === CLIENT.id ? clientOf({ ...CLIENT, secret, redirectUris: redirectUris() }) : undefined),
  })
  const levers = createLevers(memory)
  const lives = { accessToken: () => levers.accessTokenSeconds, refreshToken: () => REFRESH_TOKEN_SECONDS }
  const door = createDoor({ issuer, memory: memory.of, lives, people: makeUpPeople(), levers, clock, log })
  server.on('request', door.handle)
  return {
    issuer,
    app: { clientId: CLIENT.id, clientSecret: Secret.of(secret), methods: ['oauth', 'device'] },
    definition: definitionOf(issuer),
    levers,
    close: () => close(server),
  }
}

/** Loopback and nothing else, whatever the server beside it listens on. */
export async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    throw new Problem('sandbox.port_taken', { address: `127.0.0.1:${port}`, why: error.code ?? 'unknown' })
  })
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
