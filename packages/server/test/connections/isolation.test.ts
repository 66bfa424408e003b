import type { Client, Connection } from '@cardea/sdk'
import { CardeaProblem } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../src/http/routes.ts'
import type { Browser } from '../app.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

/** A private connection of one member, and who sees what of it through every address. */
let here: World
let owner: Browser
let visitors: Record<string, Client>

const SECRET = 'the label that nobody else may read'

const asked = new Set<string>()

beforeAll(async () => {
  here = await world({
    onAnswer: ({ method, url }) => {
      asked.add(`${method} ${new URL(url).pathname.replace(/\/conn_[0-9a-z]+/, '/{id}')}`)
    },
  })
  const ada = await here.app.setUp()
  owner = await here.app.join(ada, 'editor')
  const neighbour = await here.app.neighbour(ada)
  visitors = {
    'its owner': owner.client,
    'another editor': (await here.app.join(ada, 'editor')).client,
    'a viewer': (await here.app.join(ada, 'viewer')).client,
    'an administrator': (await here.app.join(ada, 'admin')).client,
    'an administrator of another workspace': neighbour.client,
    'a key of an administrator': (await here.app.key(ada, 'admin')).client,
    'a key of an editor': (await here.app.key(ada, 'editor')).client,
    'a key of a viewer': (await here.app.key(ada, 'viewer')).client,
    'a key narrowed to reading': (await here.app.key(ada, 'admin', ['connection:read'])).client,
  }
})
afterAll(() => here?.app.close())

async function made(visibility: 'private' | 'workspace'): Promise<Connection> {
  const { account } = here.stands('github', 'token')
  const credential = { ...account.fields }
  return owner.client.connections.create({ provider: 'github', method: 'token', name: SECRET, credential, visibility })
}

type Expected = 'full' | 'presence' | 'not_found' | 'forbidden' | 'private' | 'owner_only'

async function outcome(call: () => Promise<unknown>): Promise<Expected | string> {
  try {
    const given = await call()
    return (given as { sight?: string } | undefined)?.sight ?? 'full'
  } catch (error) {
    if (!(error instanceof CardeaProblem)) throw error
    const words: Record<string, string> = {
      'connection.not_found': 'not_found',
      'connection.private': 'private',
      'connection.owner_only': 'owner_only',
      'auth.forbidden': 'forbidden',
    }
    return words[error.code] ?? error.code
  }
}

const calls: Record<string, (client: Client, id: string) => Promise<unknown>> = {
  read: (client, id) => client.connections.get(id),
  'see references': async (client, id) => void (await client.connections.references(id).page()),
  'register a reference': async (client, id) =>
    void (await client.connections.registerReference(id, { reference: 'x' })),
  'remove a reference': (client, id) => client.connections.removeReference(id, 'x'),
  test: (client, id) => client.connections.test(id),
  rename: (client, id) => client.connections.change(id, { name: SECRET }),
  share: (client, id) => client.connections.change(id, { visibility: 'workspace' }, { dryRun: true }),
  'make private': (client, id) => client.connections.change(id, { visibility: 'private' }, { dryRun: true }),
  replace: (client, id) => client.connections.change(id, { credential: { token: 'x' } }, { dryRun: true }),
  'pause and rename': (client, id) => client.connections.change(id, { status: 'paused', name: 'x' }, { dryRun: true }),
  resume: (client, id) => client.connections.change(id, { status: 'active' }, { dryRun: true }),
  pause: (client, id) => client.connections.change(id, { status: 'paused' }, { dryRun: true }),
  delete: async (client, id) => void (await client.connections.delete(id, { dryRun: true })),
}
const READS = ['read', 'see references']
const ADMIN_MAY = ['pause', 'delete']

function expectedOf(who: string, what: string, visibility: 'private' | 'workspace'): Expected {
  const reads = READS.includes(what)
  if (/viewer|narrowed/.test(who) && !reads) return 'forbidden'
  if (who === 'an administrator of another workspace') return 'not_found'
  if (who === 'its owner') return 'full'
  if (visibility === 'workspace') return what === 'make private' ? 'owner_only' : 'full'
  if (/administrator|narrowed/.test(who)) {
    if (what === 'read' || what === 'pause') return 'presence'
    return ADMIN_MAY.includes(what) ? 'full' : 'private'
  }
  return 'not_found'
}

const PRESENCE = {
  sight: 'presence',
  provider: 'github',
  mine: false,
  visibility: 'private',
  status: 'active',
  health: 'ok',
  reason: null,
  display: { label: 'Active', sentence: null, next: null },
  name: null,
  method: null,
  authType: null,
  account: null,
  settings: null,
  scopes: null,
  missingScopes: null,
  createdAt: null,
  updatedAt: null,
  connectedAt: null,
  lastUsedAt: null,
  lastSuccessAt: null,
  checkedAt: null,
  nextCheckAt: null,
  expiresAt: null,
  revocation: null,
}

describe(`who sees and does what with somebody's connection, on ${databaseName}`, () => {
  it.each(['private', 'workspace'] as const)('is as the matrix says when it is %s', async (visibility) => {
    const { id } = await made(visibility)
    const wrong: string[] = []
    for (const [who, client] of Object.entries(visitors)) {
      for (const [what, call] of Object.entries(calls)) {
        const found = await outcome(() => call(client, id))
        const expected = expectedOf(who, what, visibility)
        if (found !== expected) wrong.push(`${who} may ${what}: ${found}, not ${expected}`)
      }
    }
    expect(wrong).toEqual([])
    await owner.client.connections.delete(id)
  })

  it('shows administrators of a private one, field by field, that it is there and how it stands', async () => {
    const connection = await made('private')
    const { id } = await owner.client.me()
    const presence = { ...PRESENCE, id: connection.id, owner: { kind: 'person', id } }
    for (const [who, client] of Object.entries(visitors)) {
      const listed = (await client.connections.list({ status: 'active' }).page({ limit: 200 })).items.find(
        (one) => one.id === connection.id,
      )
      if (who === 'its owner') expect(listed, who).toEqual({ ...connection, duplicateOf: undefined })
      else if (/an administrator$|of an administrator|narrowed/.test(who)) {
        expect(listed, who).toEqual(presence)
        expect(await client.connections.get(connection.id), who).toEqual(presence)
      } else expect(listed, who).toBeUndefined()
    }
    await owner.client.connections.delete(connection.id)
  })

  it('is as the matrix says at every address of a connection', () => {
    const addresses = routes.filter(({ path }) => path.startsWith('/v1/connections/{id}'))
    expect(addresses.filter(({ method, path }) => !asked.has(`${method} ${path}`)).map(({ path }) => path)).toEqual([])
  })

  it('finds by words only what the words may be read of', async () => {
    const { id } = await made('private')
    for (const [who, client] of Object.entries(visitors)) {
      const found = (await client.connections.list({ search: 'nobody else' }).page()).items.map((one) => one.id)
      expect(found.includes(id), who).toBe(who === 'its owner')
    }
    await owner.client.connections.delete(id)
  })

  it('says nothing of a private one to whoever connects the same account', async () => {
    const { id } = await made('private')
    const { account } = here.stands('github', 'token')
    const again = { provider: 'github', method: 'token', credential: { ...account.fields } }
    for (const who of ['another editor', 'an administrator', 'a key of an editor']) {
      const other = await visitors[who]!.connections.create(again)
      expect(other.duplicateOf, who).toBeNull()
      await visitors[who]!.connections.delete(other.id)
    }
    expect((await owner.client.connections.create(again)).duplicateOf).toMatchObject({ id })
  })

  it('answers the same for what is foreign, deleted and made up', async () => {
    const { id } = await made('workspace')
    const gone = await made('workspace')
    await owner.client.connections.delete(gone.id)
    const answers: unknown[] = []
    for (const [client, about] of [
      [visitors['an administrator of another workspace']!, id],
      [owner.client, gone.id],
      [owner.client, 'conn_00000000000000000000000000'],
      [owner.client, 'x'],
    ] as const) {
      for (const [what, call] of Object.entries(calls)) {
        const error = await call(client, about).catch((refused: unknown) => refused as CardeaProblem)
        if (!(error instanceof CardeaProblem)) throw new Error(`${what} of ${about} was answered`)
        const { requestId: _requestId, stack: _stack, ...said } = { ...error, message: error.message }
        answers.push(said)
      }
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  it('lets a key use what it owns and what is shared, and nothing of people', async () => {
    const key = visitors['a key of an editor']!
    const { account } = here.stands('github', 'token')
    const own = await key.connections.create({ provider: 'github', method: 'token', credential: { ...account.fields } })
    expect(own).toMatchObject({ mine: true, visibility: 'private', owner: { kind: 'key' } })
    expect(await outcome(() => visitors['another editor']!.connections.get(own.id))).toBe('not_found')
    expect((await key.connections.test(own.id)).health).toBe('ok')
  })
})
