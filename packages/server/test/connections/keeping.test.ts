import type { Client } from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/clock.ts'
import type { Outcome } from '../../src/connections/connections.ts'
import { createProbe } from '../../src/jobs/jobs.ts'
import { createLogger } from '../../src/log.ts'
import type { Answer } from '../../src/net/message.ts'
import type { Browser } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

/** What happens to a connection while nobody looks at it. Time stands still here until it is told to go on. */
let here: World
let clock: TestClock
let ada: Browser
let client: Client

const no: Answer = {
  status: 401,
  headers: { 'content-type': 'application/json' },
  body: '{"message":"Bad credentials"}',
}
const down: Answer = { status: 503, headers: { 'content-type': 'application/json' }, body: '{}' }

beforeAll(async () => {
  clock = createTestClock(Date.now())
  // What goes on by itself is left to the tests.
  here = await world({ clock: { ...clock, every: () => () => {} }, environment: { CARDEA_SESSION_HOURS: '8760' } })
  ada = await here.app.setUp()
  client = ada.client
})
beforeEach(() => here.instead())
afterEach(async () => {
  for await (const { id, status } of client.connections.list())
    if (status !== 'revoked') await client.connections.delete(id)
})
afterAll(() => here?.app.close())

async function connected(visibility: 'private' | 'workspace' = 'workspace') {
  const { account } = here.stands('github', 'token')
  const made = await client.connections.create({
    provider: 'github',
    method: 'token',
    credential: { ...account.fields },
    visibility,
  })
  here.sent.length = 0
  return made
}
const look = (id: string) => client.connections.get(id)
const eventsOf = async (id: string) => {
  const { items } = await client.events.list().page({ limit: 200 })
  return items.filter(({ subject }) => subject === id).map(({ type }) => type)
}
const probe = () =>
  createProbe({
    connections: here.app.app.connections,
    clock: { ...clock, every: () => () => {} },
    log: createLogger({ level: 'error', format: 'json', clock, write: () => {} }),
  })
const used = (id: string, outcome: Omit<Outcome, 'from'>, version = 1) =>
  here.app.app.connections.used({
    workspaceId: ada.workspaceId,
    connectionId: id,
    version,
    outcome: { from: 'call', ...outcome },
    hasCheck: true,
  })

describe(`while nobody looks, on ${databaseName}`, () => {
  it('buys a short-lived token once, however many ask, and again before it ends', async () => {
    const simulator = here.stands('paypal', 'client_credentials')
    const { settings, fields } = simulator.account
    const made = await client.connections.create({
      provider: 'paypal',
      method: 'client_credentials',
      settings: { ...settings },
      credential: { ...fields },
    })
    const bought = () => simulator.calls.filter(({ endpoint }) => endpoint === 'token').length
    const { connections } = here.app.app
    const before = bought()
    const held = await Promise.all(Array.from({ length: 50 }, () => connections.usable(ada.workspaceId, made.id)))
    expect(bought() - before).toBeLessThanOrEqual(1)
    expect(new Set(held.map(({ values }) => values.accessToken!.reveal())).size).toBe(1)
    const { expiresAt } = held[0]!
    expect(expiresAt).toBeGreaterThan(clock.now())
    const count = bought()
    await clock.advance(expiresAt! - clock.now())
    const [later] = await Promise.all(Array.from({ length: 50 }, () => connections.usable(ada.workspaceId, made.id)))
    expect(bought()).toBe(count + 1)
    // After a refusal a fresh one is bought, too: one, however many were refused with it.
    for (let time = 0; time < 3; time++) await connections.usable(ada.workspaceId, made.id, { rejected: later! })
    expect(bought()).toBe(count + 2)
    expect(JSON.stringify(held)).not.toContain(held[0]!.values.accessToken!.reveal())
  })

  it('says that it is broken when what is stored buys nothing any more', async () => {
    const simulator = here.stands('paypal', 'client_credentials')
    const { settings, fields } = simulator.account
    const made = await client.connections.create({
      provider: 'paypal',
      method: 'client_credentials',
      settings: { ...settings },
      credential: { ...fields },
    })
    await clock.advance(DAY / 2)
    here.instead(async () => ({ ...no, body: '{"error":"invalid_client"}' }))
    await expect(here.app.app.connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({
      code: 'oauth.client_misconfigured',
    })
    expect(await look(made.id)).toMatchObject({ status: 'error', health: 'rejected' })
    await expect(here.app.app.connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({
      code: 'connection.not_usable',
    })
  })

  it('looks at each connection about once a day, and at no other', async () => {
    const made = await connected()
    const paused = await connected()
    await client.connections.change(paused.id, { status: 'paused' })
    here.sent.length = 0
    const job = probe()
    await job.round()
    const asked = () => here.sent.length
    expect(asked()).toBe(0)
    await clock.advance(1.2 * DAY)
    await job.round()
    expect(asked()).toBeGreaterThan(0)
    expect(Date.parse((await look(made.id)).checkedAt!)).toBe(clock.now())
    expect((await look(paused.id)).checkedAt).not.toBe((await look(made.id)).checkedAt)
    here.sent.length = 0
    await job.round()
    expect(asked()).toBe(0)
  })

  it('tells once that it broke and once that it works again', async () => {
    const made = await connected()
    const job = probe()
    const daily = async () => {
      await clock.advance(1.2 * DAY)
      await job.round()
    }
    here.instead(async () => no)
    await daily()
    await daily()
    expect(await look(made.id)).toMatchObject({ status: 'error', health: 'rejected' })
    expect(await eventsOf(made.id)).toEqual(['connection.created', 'connection.needs_reauth'])
    here.instead()
    await daily()
    await daily()
    expect(await look(made.id)).toMatchObject({ status: 'active', health: 'ok' })
    expect(await eventsOf(made.id)).toEqual(['connection.created', 'connection.needs_reauth', 'connection.recovered'])
  })

  it('says nothing of outages, and asks more rarely the longer they last', async () => {
    const made = await connected()
    const job = probe()
    here.instead(async () => down)
    await clock.advance(1.2 * DAY)
    const waits: number[] = []
    for (let round = 0; round < 4; round++) {
      await job.round()
      const { nextCheckAt, health, status } = await look(made.id)
      expect([status, health]).toEqual(['active', 'unreachable'])
      waits.push(Date.parse(nextCheckAt!) - clock.now())
      await clock.advance(Date.parse(nextCheckAt!) - clock.now())
    }
    for (let at = 1; at < waits.length; at++) expect(waits[at]).toBeGreaterThan(waits[at - 1]! * 1.5)
    expect(await eventsOf(made.id)).toEqual(['connection.created'])
    here.instead()
    await job.round()
    expect(await look(made.id)).toMatchObject({ health: 'ok' })
  })

  it('is not ended by a call that somebody had refused, but by the check that follows', async () => {
    const made = await connected()
    await clock.advance(HOUR)
    await used(made.id, { is: 'rejected' })
    await expect.poll(() => here.sent.length).toBe(1)
    expect(await look(made.id)).toMatchObject({ status: 'active', health: 'ok' })
    here.instead(async () => no)
    // Whoever has calls refused in a row does not have the service asked in a row.
    await clock.advance(2 * MINUTE)
    await used(made.id, { is: 'rejected' })
    expect(here.sent.length).toBe(1)
    await clock.advance(10 * MINUTE)
    await used(made.id, { is: 'rejected' })
    await expect.poll(async () => (await look(made.id)).status).toBe('error')
    expect(here.sent.length).toBe(2)
  })

  it('hears nothing of a credential that has been replaced meanwhile', async () => {
    const made = await connected()
    const { account } = here.stands('github', 'token')
    await client.connections.change(made.id, { credential: { ...account.fields } })
    await here.app.app.connections.observed({
      workspaceId: ada.workspaceId,
      connectionId: made.id,
      version: 1,
      outcome: { from: 'check', is: 'rejected' },
      hasCheck: true,
    })
    expect(await look(made.id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('is remembered as used, at most once a minute, and then needs no check', async () => {
    const made = await connected()
    const before = Date.parse(made.nextCheckAt!)
    await clock.advance(6 * HOUR)
    await used(made.id, { is: 'accepted' })
    const first = await look(made.id)
    expect(Date.parse(first.lastUsedAt!)).toBe(clock.now())
    expect(Date.parse(first.nextCheckAt!)).toBeGreaterThan(before + 5 * HOUR)
    await clock.advance(MINUTE / 2)
    await used(made.id, { is: 'accepted' })
    expect((await look(made.id)).lastUsedAt).toBe(first.lastUsedAt)
  })

  it('expires when its time has come, whoever looks or does not', async () => {
    const made = await connected()
    const at = clock.now() + 20 * DAY
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connections')
        .set({ expires_at: at, next_check_at: at - 14 * DAY })
        .where('id', '=', made.id)
        .execute(),
    )
    const job = probe()
    await clock.advance(7 * DAY)
    await job.round()
    expect(await look(made.id)).toMatchObject({ status: 'active', health: 'expiring' })
    await clock.advance(14 * DAY)
    expect(await look(made.id)).toMatchObject({ status: 'error', health: 'expired' })
    await expect(here.app.app.connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({
      code: 'connection.not_usable',
    })
    await job.round()
    expect(await eventsOf(made.id)).toEqual(['connection.created', 'connection.needs_reauth'])
  })

  it('shows events of a private connection to its owner, and to administrators that it exists', async () => {
    const made = await connected('private')
    const { items } = await client.events.list().page({ limit: 200 })
    expect(items.at(-1)).toMatchObject({ subject: made.id, data: { name: made.name, account: made.account!.label } })
    const admin = await here.app.join(ada, 'admin')
    const seen = (await admin.client.events.list().page({ limit: 200 })).items.find(
      ({ subject }) => subject === made.id,
    )!
    expect(JSON.stringify(seen)).not.toContain(made.account!.label)
  })
})
