import type { CardeaProblem, Client, CreateConnection } from '@cardea/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Outgoing } from '../../src/net/message.ts'
import type { Browser } from '../app.ts'
import { databaseName } from '../database.ts'
import { spoil } from '../services/sample.ts'
import { type World, world } from './world.ts'

/** Accounts that reach several places: whoever enters the credential says which, and nobody guesses. */
let here: World
let ada: Browser
let client: Client
/** The places that each token reaches. */
let places: Record<string, string[]>

const tea = (char: string) => `tea_${char.repeat(24)}`
const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

function teapot({ url, headers }: Outgoing): Answer {
  const reached = places[String(headers.authorization).replace('Bearer ', '')]
  if (!reached) return json(401, { message: 'no' })
  if (new URL(url).pathname !== '/v1/places') return json(200, { id: 'me', email: 'me@example.com' })
  return json(200, { places: reached.map((name) => ({ id: name.toLowerCase(), name })) })
}

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
  client = ada.client
  const { text } = spoil(
    '        authorization: Bearer {token}\n',
    `        authorization: Bearer {token}
    learn:
      place:
        from:
          get: /v1/places
          list: places
          label: name
        at: id
        pattern: ^[a-z]{1,20}$
`,
  )
  const definition = text.replace('get: /v1/me', 'get: /v1/{place}/me')
  await client.services.add({ id: 'own_teapot', definition })
})
beforeEach(() => {
  places = { [tea('a')]: ['Kitchen', 'Garden'], [tea('b')]: ['Kitchen', 'Attic'], [tea('c')]: ['Cellar'] }
  here.instead(async (request) => teapot(request))
})
afterAll(() => here?.app.close())

const input = (char: string, more: Partial<CreateConnection> = {}): CreateConnection => ({
  provider: 'own_teapot',
  method: 'token',
  settings: { kitchen: 'east' },
  credential: { token: tea(char) },
  ...more,
})
const needed = (...choices: string[]) => ({ code: 'connection.choice_needed', status: 409, values: { choices } })
const usable = (id: string) => here.app.app.connections.usable(ada.workspaceId, id)
const placeOf = async (id: string) => (await usable(id)).learned.place
const secretsOf = (id: string) =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('secrets').select('version').where('owner_id', '=', id).where('field', '=', 'credential').execute(),
  )
const eventsOf = async (connection: string) =>
  (await client.audit.list({ connection, event: 'connection.updated' }).page()).items.length

describe(`one of several places, on ${databaseName}`, () => {
  it('is asked for when connecting, with the places to choose from, and nothing is stored until then', async () => {
    await expect(client.connections.create(input('a'))).rejects.toMatchObject(needed('Kitchen', 'Garden'))
    await expect(client.connections.create(input('a', { choice: 'Attic' }))).rejects.toMatchObject(
      needed('Kitchen', 'Garden'),
    )
    expect((await client.connections.list({ provider: 'own_teapot' }).page()).items).toEqual([])
    const made = await client.connections.create(input('a', { choice: 'Garden' }))
    expect(made).toMatchObject({ status: 'active', health: 'ok' })
    expect(await placeOf(made.id)).toBe('garden')
  })

  it('is asked for when the credential is replaced, before anything is overwritten', async () => {
    const made = await client.connections.create(input('a', { choice: 'Garden' }))
    const held = await usable(made.id)
    const before = await eventsOf(made.id)
    for (const choice of [undefined, 'Garden']) {
      const change = { credential: { token: tea('b') }, ...(choice ? { choice } : {}) }
      await expect(client.connections.change(made.id, change)).rejects.toMatchObject(needed('Kitchen', 'Attic'))
    }
    expect(await client.connections.get(made.id)).toMatchObject({ status: 'active', health: 'ok', reason: null })
    expect(here.app.app.connections.epochs.isCurrent(made.id, held.epoch)).toBe(true)
    expect(await secretsOf(made.id)).toEqual([{ version: 1 }])
    expect(await eventsOf(made.id)).toBe(before)
    const { values, version } = await usable(made.id)
    expect([values.token!.reveal(), version, await placeOf(made.id)]).toEqual([tea('a'), 1, 'garden'])

    const changed = await client.connections.change(made.id, { credential: { token: tea('b') }, choice: 'Attic' })
    expect(changed).toMatchObject({ id: made.id, status: 'active', health: 'ok', account: { id: 'me' } })
    expect([(await usable(made.id)).values.token!.reveal(), await placeOf(made.id)]).toEqual([tea('b'), 'attic'])
    expect(await secretsOf(made.id)).toHaveLength(1)
    await client.connections.change(made.id, { credential: { token: tea('c') } })
    expect(await placeOf(made.id)).toBe('cellar')
  })

  it('is asked of the service once for each replacement', async () => {
    const made = await client.connections.create(input('a', { choice: 'Garden' }))
    here.sent.length = 0
    await client.connections.change(made.id, { credential: { token: tea('b') }, choice: 'Attic' })
    expect(here.sent.map(({ url }) => new URL(url).pathname)).toEqual(['/v1/places', '/v1/attic/me'])
  })

  it('does not stand in the way of a credential that the service refuses, or cannot be asked about', async () => {
    const made = await client.connections.create(input('a', { choice: 'Garden' }))
    expect(await client.connections.change(made.id, { credential: { token: tea('x') } })).toMatchObject({
      status: 'error',
      health: 'rejected',
    })
    here.instead(async () => json(503, {}))
    expect(await client.connections.change(made.id, { credential: { token: tea('a') } })).toMatchObject({
      status: 'active',
      health: 'unreachable',
    })
    here.instead(async (request) => teapot(request))
    await expect(client.connections.change(made.id, { status: 'active', choice: 'x' })).rejects.toMatchObject(
      needed('Kitchen', 'Garden'),
    )
    expect(await client.connections.change(made.id, { status: 'active', choice: 'Kitchen' })).toMatchObject({
      health: 'ok',
    })
    expect(await placeOf(made.id)).toBe('kitchen')
  })

  it('is asked for when a connection that was stored untried is resumed, which stays paused until then', async () => {
    const made = await client.connections.create(input('a'), { skipTest: true })
    await client.connections.change(made.id, { status: 'paused' })
    const before = await eventsOf(made.id)
    await expect(client.connections.change(made.id, { status: 'active' })).rejects.toMatchObject(
      needed('Kitchen', 'Garden'),
    )
    expect(await client.connections.get(made.id)).toMatchObject({ status: 'paused', reason: 'paused' })
    expect(await eventsOf(made.id)).toBe(before)
    expect(await client.connections.change(made.id, { status: 'active', choice: 'Kitchen' })).toMatchObject({
      status: 'active',
      health: 'ok',
    })
    expect(await placeOf(made.id)).toBe('kitchen')
  })

  it('is chosen for one that is active and was stored untried', async () => {
    const made = await client.connections.create(input('a'), { skipTest: true })
    const failed = (await client.connections.test(made.id).catch((error: unknown) => error)) as CardeaProblem
    expect(failed).toMatchObject({ status: 424, values: { reason: 'cannot_be_sent' } })
    expect(await client.connections.change(made.id, { status: 'active', choice: 'Garden' })).toMatchObject({
      status: 'active',
      health: 'ok',
    })
    expect(await placeOf(made.id)).toBe('garden')
    const { items } = await client.audit.list({ connection: made.id, event: 'connection.updated' }).page()
    expect(items.map(({ detail }) => detail)).toEqual([{ fields: ['choice'] }])
    // Once it is known, no other is chosen without the credential.
    await client.connections.change(made.id, { status: 'active', choice: 'Kitchen' })
    expect(await placeOf(made.id)).toBe('garden')
  })

  it('is asked for where the credential buys a token first', async () => {
    const simulator = here.stands('docusign', 'jwt')
    const accounts = ['One', 'Two'].map((account_name, at) => ({
      account_name,
      account_id: `0000000${at}-0000-4000-8000-000000000000`,
      base_uri: `https://na${at}.docusign.net`,
      is_default: false,
    }))
    here.instead(async ({ method, url, headers, body }) => {
      if (url.includes('/oauth/userinfo')) return json(200, { sub: 'me', email: 'me@example.com', accounts })
      return simulator.handle({ method, url, headers, ...(body ? { body: Buffer.from(body as string) } : {}) })
    })
    const { settings, fields } = simulator.account
    const credential = { ...fields }
    const given = { provider: 'docusign', method: 'jwt', settings: { ...settings }, credential }
    await expect(client.connections.create(given)).rejects.toMatchObject(needed('One', 'Two'))
    const made = await client.connections.create({ ...given, choice: 'One' })
    expect((await usable(made.id)).learned.base).toBe('na0.docusign.net')
    await expect(client.connections.change(made.id, { credential })).rejects.toMatchObject(needed('One', 'Two'))
    const bought = () => simulator.calls.filter(({ endpoint }) => endpoint === 'token').length
    const before = bought()
    expect(await client.connections.change(made.id, { credential, choice: 'Two' })).toMatchObject({ health: 'ok' })
    const held = await usable(made.id)
    expect([held.learned.base, held.values.accessToken !== undefined]).toEqual(['na1.docusign.net', true])
    // The token that was bought to look is the one that is used.
    expect(bought() - before).toBe(1)
  })
})
