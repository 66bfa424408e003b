import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createChecks } from '../../src/connections/check.ts'
import { createKeep } from '../../src/connections/keep.ts'
import { createRevocations } from '../../src/connections/revoke.ts'
import type { Answer, Outgoing } from '../../src/net/message.ts'
import { createOauth } from '../../src/oauth/oauth.ts'
import type { Simulator } from '../../src/simulate/simulate.ts'
import { getConnection } from '../../src/store/connections.ts'
import type { RevocationRow } from '../../src/store/schema.ts'
import { createTarget } from '../../src/target/target.ts'
import type { Browser } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { connected, ground } from './authorize/ground.ts'
import { type World, world } from './world.ts'

/** Grants of servers that were found by their address, and that know their clients by a secret. */
let here: World
let ada: Browser

beforeAll(async () => {
  const clock = { ...createTestClock(Date.now()), every: () => () => {} }
  here = await world({ clock })
  ada = await here.app.setUp()
})
beforeEach(() => here.instead())
afterEach(() => here.app.app.store.sweep((db) => db.deleteFrom('revocations').execute()))
afterAll(() => here?.app.close())

const REVOKE = 'https://as.example.com/revoke'
const INTROSPECT = 'https://as.example.com/introspect'
const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

interface Server {
  /** What came to its two addresses. */
  asked: { url: string; params: URLSearchParams }[]
  /** Living tokens, by the hint without which it does not find them. */
  living: Map<string, 'access_token' | 'refresh_token'>
}

/** As real ones do it: the client proves itself by its secret, and a refresh token is looked for only where it is called one. */
function confidential(simulator: Simulator, ends: boolean): Server {
  const { clientId, clientSecret } = simulator.account.app
  const encoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
  const basic = `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')}`
  const server: Server = { asked: [], living: new Map() }
  const answered = ({ url, headers, body }: Outgoing): Answer => {
    const params = new URLSearchParams(String(body))
    server.asked.push({ url, params })
    if (headers.authorization !== basic) return json({ error: 'invalid_client' }, 401)
    const token = params.get('token')!
    if (url === REVOKE) {
      if (ends) server.living.clear()
      return json({})
    }
    const hint = params.get('token_type_hint') ?? 'access_token'
    return json({ active: server.living.get(token) === hint })
  }
  here.instead(async (request) => {
    if (request.url === REVOKE || request.url === INTROSPECT) return answered(request)
    const { authorization, ...headers } = request.headers
    const isClient = authorization === basic
    // The simulated server knows public clients only.
    const body = isClient ? `${request.body}&client_id=${clientId}` : request.body
    const answer = await simulator.handle({
      ...request,
      headers: isClient ? headers : request.headers,
      ...(body === undefined ? {} : { body: Buffer.from(body as string) }),
    })
    if (!answer.body.includes('"authorization_endpoint"')) return answer
    const more = { revocation_endpoint: REVOKE, introspection_endpoint: INTROSPECT }
    return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...more }) }
  })
  return server
}

async function granted({ ends = true, refreshToken = true } = {}): Promise<{ id: string; server: Server }> {
  const mcp = await ground(here, ada.client, 'mcp', 'oauth')
  mcp.simulator.levers.givesRefreshToken = refreshToken
  for await (const { id } of ada.client.apps.list()) await ada.client.apps.remove(id)
  const { clientId, clientSecret } = mcp.simulator.account.app
  const { id: appId } = await ada.client.apps.create({
    provider: 'mcp',
    methods: ['oauth'],
    clientId,
    clientSecret,
    clientAuth: 'basic',
    settings: { server: mcp.simulator.account.settings.server! },
  })
  const server = confidential(mcp.simulator, ends)
  const { flow } = await connected(here, ada, mcp, { appId })
  if (!flow.connection) throw new Error(JSON.stringify([flow.problem, mcp.simulator.calls]))
  const { id } = flow.connection
  const { values } = await here.app.app.connections.usable(ada.workspaceId, id)
  for (const name of ['refreshToken', 'accessToken'] as const) {
    const token = values[name]?.reveal()
    if (token) server.living.set(token, name === 'refreshToken' ? 'refresh_token' : 'access_token')
  }
  return { id, server }
}

async function ended(id: string): Promise<RevocationRow> {
  await ada.client.connections.delete(id)
  for (let tried = 0; tried < 1000; tried++) {
    const [row] = await rowsOf(id)
    if (row && (row.state !== 'pending' || row.last_failure !== null)) return row
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('nobody tried')
}
const rowsOf = (id: string) =>
  here.app.app.store.sweep((db) => db.selectFrom('revocations').selectAll().where('connection_id', '=', id).execute())

describe(`a grant of a server that nobody described, on ${databaseName}`, () => {
  it('is ended with the secret of the app that an administrator registered there', async () => {
    const { id, server } = await granted()
    const row = await ended(id)
    expect(row, JSON.stringify(server.asked.map(({ url, params }) => [url, [...params.keys()]]))).toMatchObject({
      state: 'done',
      attempts: 1,
    })
    expect(server.living.size).toBe(0)
  })

  it('is said to have ended for certain when its server does not know the refresh token any more', async () => {
    const { id, server } = await granted()
    expect(await ended(id)).toMatchObject({ state: 'done', confirmed: 1 })
    const [, asked] = server.asked
    expect([asked!.url, asked!.params.get('token_type_hint')]).toEqual([INTROSPECT, 'refresh_token'])
  })

  it('is not said to have ended for certain while its server still knows the refresh token', async () => {
    const { id, server } = await granted({ ends: false })
    expect(await ended(id)).toMatchObject({ state: 'done', confirmed: 0 })
    expect(server.asked.map(({ url }) => url)).toEqual([REVOKE, INTROSPECT])
  })

  it('is asked about by the token that was shown, where there is only an access token', async () => {
    const { id, server } = await granted({ refreshToken: false })
    expect(await ended(id)).toMatchObject({ state: 'done', confirmed: 1 })
    expect(server.asked.at(-1)!.params.get('token_type_hint')).toBe('access_token')
  })
})

describe(`what is to be ended, on ${databaseName}`, () => {
  it('is told of again once it is sealed: whoever looked while that was written has passed over it', async () => {
    const { id } = await granted()
    const { app } = here.app
    const told: string[] = []
    const send = () => Promise.reject(new Error('nothing is sent from here'))
    const target = createTarget()
    const room = createRevocations({
      ...app,
      target,
      oauth: createOauth({ clock: app.clock, send }),
      checks: createChecks({ clock: app.clock, target, send, mail: here.mail }),
      keep: createKeep(app),
      signals: {
        send: async (_db, channel, text) => {
          told.push(`${channel} ${text}`)
        },
        subscribe: () => () => true,
      },
    })
    const within = { workspaceId: ada.workspaceId }
    const row = await app.store.within(within, (db) => getConnection(db, ada.workspaceId, id))
    await app.store.within(within, (db) => room.begin(db, row, 'deleted'))
    const [begun] = await rowsOf(id)
    expect(told).toEqual([`cardea_revocations ${begun!.id}`])
    await room.secure(row)
    expect((await rowsOf(id))[0]!.sealed).not.toBeNull()
    expect(told).toEqual([`cardea_revocations ${begun!.id}`, `cardea_revocations ${begun!.id}`])
    // Once, however often it is looked after.
    await room.secure(row)
    expect(told).toHaveLength(2)
  })
})
