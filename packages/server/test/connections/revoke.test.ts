import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Method, type Service, services } from '@cardea/catalog'
import type { Client } from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/clock.ts'
import { createTravelClock, type TravelClock } from '../../src/conformance/conformance.ts'
import { createChecks } from '../../src/connections/check.ts'
import { createKeep } from '../../src/connections/keep.ts'
import { createRevocations } from '../../src/connections/revoke.ts'
import { createRevoke } from '../../src/jobs/jobs.ts'
import { createLogger } from '../../src/log.ts'
import { createGuard } from '../../src/net/guard.ts'
import { createSend } from '../../src/net/send.ts'
import { createOauth } from '../../src/oauth/oauth.ts'
import type { Secret } from '../../src/secret.ts'
import type { RevocationRow } from '../../src/store/schema.ts'
import { createTarget } from '../../src/target/target.ts'
import type { Browser } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type GrantedOptions, grantedConnection } from './granted.ts'
import { type World, world } from './world.ts'

let here: World
let clock: TestClock
let travel: TravelClock
let ada: Browser
let client: Client
const quiet = (of: TestClock) => ({ ...of, every: () => () => {} })
const catalog = services as Record<string, Service>

beforeAll(async () => {
  clock = createTestClock(Date.now())
  travel = createTravelClock(clock)
  here = await world({ clock: quiet(clock), environment: { CARDEA_ALLOWED_HOSTS: 'localhost' }, logLevel: 'debug' })
  ada = await here.app.setUp()
  client = (await here.app.key(ada, 'admin')).client
})
beforeEach(() => here.instead())
/** Nobody shares an app or an account with the test before. */
afterEach(() =>
  here.app.app.store.sweep(async (db) => {
    await db.deleteFrom('revocations').execute()
    await db.deleteFrom('connections').execute()
  }),
)
afterAll(() => here?.app.close())

const stands = (id: string, name: string, options = {}) =>
  here.stands(id, name, { redirectUri: `${here.app.url}/oauth/callback`, clock: travel, ...options })
const granted = (
  simulator: ReturnType<typeof stands>,
  id: string,
  name: string,
  options: Partial<GrantedOptions> = {},
) => grantedConnection(here, ada, simulator, catalog[id]!, [id, name], { clock: travel, ...options })

/** What goes on by itself, when a test says so. */
function server() {
  const { connections } = here.app.app
  const log = createLogger({ level: 'debug', format: 'json', clock, write: (line) => here.app.logged.push(line) })
  return createRevoke({ connections, signals: { subscribe: () => () => true }, clock: quiet(clock), log })
}
const rowsOf = (connectionId: string): Promise<RevocationRow[]> =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('revocations').selectAll().where('connection_id', '=', connectionId).execute(),
  )
/** Until nobody is at it: the attempt that the end has woken runs beside the test. */
async function attempted(connectionId: string, attempts = 1): Promise<RevocationRow> {
  for (let tried = 0; tried < 2000; tried++) {
    const [row] = await rowsOf(connectionId)
    const isSaid = row && (row.state !== 'pending' || (row.attempts >= attempts && row.last_failure !== null))
    if (isSaid) return row
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`nobody tried: ${JSON.stringify(await rowsOf(connectionId))} ${here.app.logged.slice(-5).join('')}`)
}
const tombstone = async (id: string) =>
  (await client.connections.list({ status: 'revoked' }).page({ limit: 200 })).items.find((each) => each.id === id)!
const secretsLeft = (ownerId: string) =>
  here.app.app.store.sweep((db) => db.selectFrom('secrets').select('field').where('owner_id', '=', ownerId).execute())

const methods = Object.entries(catalog).flatMap(([id, service]) =>
  Object.entries(service.auth as Record<string, Method>).flatMap(([name, method]) => {
    const words = 'revoke' in method.obtain ? method.obtain.revoke : undefined
    return words ? [{ id, name, service, method, words }] : []
  }),
)
const called = methods.flatMap(({ words, ...rest }) => ('url' in words ? [{ ...rest, words }] : []))
const byHand = methods.flatMap(({ words, ...rest }) => ('none' in words ? [{ ...rest, how: words.none }] : []))

describe(`a grant that ends at its service, on ${databaseName}`, () => {
  it.each(called)(
    'is ended for $id by $name, and nothing of it is left',
    async ({ id, name, service, method, words }) => {
      const simulator = stands(id, name, { optional: /^\{/.test(words.url) })
      const { row, secrets } = await granted(simulator, id, name)
      const dry = await client.connections.delete(row.id, { dryRun: true })
      expect(dry).toMatchObject({ credential: 'kept', revocation: { state: 'pending' } })
      expect(await rowsOf(row.id)).toEqual([])

      const receipt = await client.connections.delete(row.id)
      expect(receipt).toMatchObject({ credential: 'done', revocation: { state: 'pending', where: null } })
      const ended = await attempted(row.id)
      expect(ended.state, JSON.stringify(simulator.calls.slice(-4))).toBe('done')
      expect(ended).toMatchObject({ sealed: null, next_try_at: null, attempts: 1, account_id: null })
      expect(simulator.grants.every(({ revoked }) => revoked)).toBe(true)
      expect(await secretsLeft(row.id)).toEqual([])
      const check = method.check ?? service.check
      const tells = ('get' in check || 'post' in check) && !('weak' in check) && !method.send.mail
      if (tells) expect(ended.confirmed, JSON.stringify(simulator.calls.slice(-4))).toBe(1)
      expect((await tombstone(row.id)).revocation).toMatchObject({ state: 'done', attempts: 1, confirmed: tells })
      const lines = here.app.logged.join('')
      for (const secret of secrets) expect(lines).not.toContain(secret)
    },
  )

  it.each(called.filter(({ words }) => JSON.stringify(words).includes('{accessToken}')))(
    'is ended for $id by $name with a fresh access token, where the one that is there has expired',
    async ({ id, name, words }) => {
      const simulator = stands(id, name, { optional: /^\{/.test(words.url) })
      const { row } = await granted(simulator, id, name)
      const [grant] = await here.app.app.store.sweep((db) =>
        db.selectFrom('connection_grants').selectAll().where('connection_id', '=', row.id).execute(),
      )
      if (grant!.renewal !== 'refresh') return
      simulator.expireAccessTokens()
      await here.app.app.store.sweep((db) =>
        db
          .updateTable('connection_grants')
          .set({ access_expires_at: clock.now() - 1 })
          .where('connection_id', '=', row.id)
          .execute(),
      )
      await client.connections.delete(row.id)
      expect((await attempted(row.id)).state, JSON.stringify(simulator.calls.slice(-4))).toBe('done')
      expect(simulator.grants.every(({ revoked }) => revoked)).toBe(true)
    },
  )

  it.each(byHand)(
    'is left to people for $id by $name, who are told where',
    async ({ id, name, service, method, how }) => {
      const simulator = stands(id, name)
      const { row } = await granted(simulator, id, name)
      const before = here.sent.length
      const receipt = await client.connections.delete(row.id)
      const where = method.docs ?? service.docs
      expect(receipt.revocation).toEqual({ state: 'by_hand', sentence: expect.stringContaining(how), where })
      expect((await attempted(row.id)).state).toBe('by_hand')
      expect((await tombstone(row.id)).revocation).toMatchObject({ state: 'by_hand', where })
      expect(here.sent.slice(before).filter(({ method: verb }) => verb !== 'GET')).toEqual([])
      expect(await secretsLeft(row.id)).toEqual([])
    },
  )

  it('is recorded and told when it is settled', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    await client.connections.delete(row.id)
    await attempted(row.id)
    const { items } = await client.audit.list({ connection: row.id }).page()
    expect(items[0]).toMatchObject({
      event: 'connection.revocation_finished',
      detail: { state: 'done', attempts: 1, confirmed: true, because: 'deleted' },
    })
    const events = (await client.events.list().page({ limit: 200 })).items.filter(({ subject }) => subject === row.id)
    expect(events.at(-1)).toMatchObject({ type: 'connection.revocation_finished', data: { revocation: 'done' } })
  })
})

const json = (body: unknown, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const of = (kind: string, simulator: ReturnType<typeof stands>) =>
  simulator.calls.filter(({ endpoint }) => endpoint === kind).length

describe(`a service that does not do it at once, on ${databaseName}`, () => {
  it('is asked again, later and later, and never knows that it was not the first time', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.goDown('error')
    await client.connections.delete(row.id)
    let last = await attempted(row.id)
    expect(last).toMatchObject({ state: 'pending', attempts: 1, last_failure: 'service_down' })
    expect(last.sealed).not.toBeNull()
    expect((await tombstone(row.id)).revocation).toMatchObject({
      state: 'pending',
      attempts: 1,
      sentence: expect.stringContaining('asked again'),
    })
    const pauses: number[] = []
    const job = server()
    for (let round = 2; round <= 5; round++) {
      pauses.push(last.next_try_at! - clock.now())
      await clock.advance(last.next_try_at! - clock.now() - 1)
      expect(await job.round()).toBe(0)
      await clock.advance(1)
      expect(await job.round()).toBe(1)
      last = (await rowsOf(row.id))[0]!
      expect(last.attempts).toBe(round)
    }
    for (const [at, pause] of [MINUTE, 4 * MINUTE, 16 * MINUTE, 64 * MINUTE].entries()) {
      expect(pauses[at]).toBeGreaterThanOrEqual(pause)
      expect(pauses[at]).toBeLessThanOrEqual(pause * 1.2)
    }
    simulator.recover()
    await clock.advance(last.next_try_at! - clock.now())
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'done', attempts: 6, sealed: null, last_failure: null })
    await job.close()
  })

  it('is given up after some three days, and what had to be shown goes with the last attempt', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.goDown('timeout')
    await client.connections.delete(row.id)
    let last = await attempted(row.id)
    const began = clock.now()
    const job = server()
    while (last.state === 'pending') {
      await clock.advance(last.next_try_at! - clock.now())
      await job.round()
      last = (await rowsOf(row.id))[0]!
    }
    expect(last).toMatchObject({ state: 'failed', attempts: 11, sealed: null, next_try_at: null, account_label: null })
    expect(clock.now() - began).toBeGreaterThan(2.5 * DAY)
    expect(clock.now() - began).toBeLessThan(3.5 * DAY)
    const { revocation } = await tombstone(row.id)
    expect(revocation).toMatchObject({ state: 'failed', sentence: expect.stringContaining('by hand') })
    expect(revocation!.where).toMatch(/^https:/)
    await job.close()
  })

  it('says when it wants to be asked again, and is not asked before', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    const busy = json({}, 429)
    simulator.levers.instead = (endpoint) =>
      endpoint === 'revoke' ? { ...busy, headers: { ...busy.headers, 'retry-after': '1800' } } : undefined
    await client.connections.delete(row.id)
    const last = await attempted(row.id)
    expect(last).toMatchObject({ state: 'pending', last_failure: 'rate_limited' })
    expect(last.next_try_at! - clock.now()).toBeGreaterThanOrEqual(30 * MINUTE - SECOND)
  })

  it('is not told twice by two servers, and the slower one writes nothing over', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.goDown('error', 2)
    await client.connections.delete(row.id)
    await attempted(row.id)
    await clock.advance(2 * MINUTE)
    const { revocations } = here.app.app.connections
    const claims = await Promise.all([revocations.claimDue(10), revocations.claimDue(10), revocations.claimDue(10)])
    expect(claims.flat().map(({ connection_id }) => connection_id)).toEqual([row.id])
    // Its server sleeps for longer than any attempt may take, and another goes on.
    const slow = claims.flat()[0]!
    const job = server()
    await job.round()
    await clock.advance(6 * MINUTE)
    expect(await job.round()).toBe(1)
    const [newer] = await rowsOf(row.id)
    expect(newer).toMatchObject({ state: 'pending', attempts: 3, last_failure: 'service_down' })
    simulator.levers.instead = (endpoint) => (endpoint === 'revoke' ? json({}, 429) : undefined)
    await revocations.attempt(slow)
    expect((await rowsOf(row.id))[0]).toEqual(newer)
    simulator.levers.instead = undefined
    await clock.advance(newer!.next_try_at! - clock.now())
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'done', attempts: 4 })
    await job.close()
  })

  it('is asked again by whoever lives, after a server was killed between asking and hearing', async () => {
    const simulator = stands('xero', 'oauth')
    const { row } = await granted(simulator, 'xero', 'oauth')
    simulator.goDown('drop', 1)
    await client.connections.delete(row.id)
    // It has done as it was asked, and nobody heard.
    expect(await attempted(row.id)).toMatchObject({ state: 'pending', attempts: 1 })
    expect(simulator.grants[0]!.revoked).toBe(true)
    await clock.advance(2 * MINUTE)
    const [claimed] = await here.app.app.connections.revocations.claimDue(10)
    expect(claimed).toMatchObject({ attempts: 2 })
    // Killed here. Nothing is due before its claim has run out.
    const job = server()
    expect(await job.round()).toBe(0)
    await clock.advance(5 * MINUTE)
    expect(await job.round()).toBe(1)
    const [last] = await rowsOf(row.id)
    expect(last!.attempts).toBe(3)
    expect(['done', 'gone']).toContain(last!.state)
    await job.close()
  })

  it('that kills whoever asks does so no more often than anybody else is asked', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.goDown('error')
    await client.connections.delete(row.id)
    await attempted(row.id)
    for (let killed = 0; killed < 10; killed++) {
      await clock.advance(HOUR)
      await here.app.app.connections.revocations.claimDue(10)
    }
    await clock.advance(HOUR)
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'failed', attempts: 12, sealed: null })
    await job.close()
  })

  it('does not know the token any more, which is what was wanted', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.levers.instead = (endpoint) => (endpoint === 'revoke' ? json({ error: 'invalid_token' }, 400) : undefined)
    simulator.revokeGrant()
    await client.connections.delete(row.id)
    expect(await attempted(row.id)).toMatchObject({ state: 'gone', confirmed: 1 })
  })

  it('is not believed when it knows no such token, and goes on taking it', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.levers.instead = (endpoint) => (endpoint === 'revoke' ? json({ error: 'not found' }, 404) : undefined)
    await client.connections.delete(row.id)
    expect(await attempted(row.id)).toMatchObject({ state: 'pending', last_failure: 'still_accepted' })
    simulator.levers.instead = undefined
    await clock.advance(2 * MINUTE)
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'done', confirmed: 1 })
    await job.close()
  })

  it('takes no such token to be ended, so that people have to', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    simulator.levers.instead = (endpoint) =>
      endpoint === 'revoke' ? json({ error: 'unsupported_token_type' }, 400) : undefined
    await client.connections.delete(row.id)
    expect(await attempted(row.id)).toMatchObject({ state: 'by_hand', last_failure: 'not_taken' })
    expect((await tombstone(row.id)).revocation!.sentence).toContain('does not take such a token')
  })
})

describe(`the app that a grant was made to, on ${databaseName}`, () => {
  const operator = () => ({
    actor: { kind: 'operator' as const, workspaceId: ada.workspaceId },
    requestId: 'req_test',
    ip: '',
  })

  const troubleOf = async (appId: string) => {
    const [app] = await here.app.app.store.sweep((db) =>
      db.selectFrom('oauth_apps').select('trouble').where('id', '=', appId).execute(),
    )
    return app!.trouble
  }

  it('that the service refuses is reported to its administrators, and asked again once it is mended', async () => {
    const simulator = stands('asana', 'oauth')
    const { row, appId } = await granted(simulator, 'asana', 'oauth')
    const refusal = json({ error: 'invalid_client', error_description: 'unknown client' }, 401)
    simulator.levers.instead = (endpoint) => (endpoint === 'revoke' ? refusal : undefined)
    await client.connections.delete(row.id)
    expect(await attempted(row.id)).toMatchObject({ state: 'pending', last_failure: 'app_misconfigured' })
    expect(await troubleOf(appId!)).toContain('invalid_client')
    simulator.levers.instead = undefined
    await clock.advance(2 * MINUTE)
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'done' })
    expect(await troubleOf(appId!)).toBeNull()
    await job.close()
  })

  it('is never shown a token once its client is another', async () => {
    const simulator = stands('asana', 'oauth')
    const { row, appId } = await granted(simulator, 'asana', 'oauth')
    simulator.goDown('error')
    await client.connections.delete(row.id)
    await attempted(row.id)
    simulator.recover()
    await here.app.app.apps.change(
      operator(),
      appId!,
      { clientId: 'another-client', clientSecret: 'another secret' },
      { dryRun: false },
    )
    const before = here.sent.length
    await clock.advance(2 * MINUTE)
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'by_hand', last_failure: 'app_changed', sealed: null })
    expect(here.sent.length).toBe(before)
    expect((await tombstone(row.id)).revocation!.sentence).toContain('another one now')
    await job.close()
  })

  it('that is gone leaves it to people, unless the service wants the token alone', async () => {
    const rows: string[] = []
    for (const id of ['asana', 'dropbox'] as const) {
      const simulator = stands(id, 'oauth')
      const { row, appId } = await granted(simulator, id, 'oauth')
      simulator.goDown('error')
      await client.connections.delete(row.id)
      await attempted(row.id)
      simulator.recover()
      await here.app.app.apps.remove(operator(), appId!, { dryRun: false })
      await clock.advance(2 * MINUTE)
      const job = server()
      await job.round()
      await job.close()
      rows.push(row.id)
    }
    expect((await rowsOf(rows[0]!))[0]).toMatchObject({ state: 'by_hand', last_failure: 'app_gone' })
    expect((await rowsOf(rows[1]!))[0]).toMatchObject({ state: 'done', confirmed: 1 })
  })
})

describe(`others who live by the same grant, on ${databaseName}`, () => {
  it('keep it: nobody is asked to end what another connection needs, and the last of them ends it', async () => {
    const simulator = stands('discord', 'oauth')
    const first = await granted(simulator, 'discord', 'oauth')
    const second = await granted(simulator, 'discord', 'oauth', { appId: first.appId! })
    const dry = await client.connections.delete(first.row.id, { dryRun: true })
    expect(dry.revocation).toMatchObject({
      state: 'kept_for_others',
      sentence: expect.stringContaining('last of them'),
    })
    await client.connections.delete(first.row.id)
    expect(await attempted(first.row.id)).toMatchObject({ state: 'kept_for_others', sealed: null })
    expect(of('revoke', simulator)).toBe(0)
    expect(simulator.grants.some(({ revoked }) => revoked)).toBe(false)
    await client.connections.delete(second.row.id)
    expect(await attempted(second.row.id)).toMatchObject({ state: 'done', confirmed: 1 })
    expect(simulator.grants.every(({ revoked }) => revoked)).toBe(true)
  })

  it('are looked for again before each attempt: whoever connects meanwhile keeps what they have', async () => {
    const simulator = stands('discord', 'oauth')
    const first = await granted(simulator, 'discord', 'oauth')
    simulator.goDown('error')
    await client.connections.delete(first.row.id)
    await attempted(first.row.id)
    simulator.recover()
    await granted(simulator, 'discord', 'oauth', { appId: first.appId! })
    await clock.advance(2 * MINUTE)
    const job = server()
    await job.round()
    expect((await rowsOf(first.row.id))[0]).toMatchObject({ state: 'kept_for_others' })
    expect(simulator.grants.some(({ revoked }) => revoked)).toBe(false)
    await job.close()
  })

  it('may be in another workspace, by an app of the deployment, and are neither harmed nor named', async () => {
    const simulator = stands('discord', 'oauth')
    const mine = await granted(simulator, 'discord', 'oauth', { shared: true })
    const there = await here.app.neighbour(ada)
    const theirs = await grantedConnection(here, there, simulator, catalog.discord!, ['discord', 'oauth'], {
      clock: travel,
      appId: mine.appId!,
    })
    await client.connections.delete(mine.row.id)
    expect(await attempted(mine.row.id)).toMatchObject({ state: 'kept_for_others' })
    expect(simulator.grants.some(({ revoked }) => revoked)).toBe(false)
    const said = JSON.stringify(await tombstone(mine.row.id))
    expect(said).not.toContain(theirs.row.id)
    expect(said).not.toContain(there.workspaceId)
  })

  it('of another account are none of its business', async () => {
    const simulator = stands('discord', 'oauth')
    const first = await granted(simulator, 'discord', 'oauth')
    await granted(simulator, 'discord', 'oauth', { appId: first.appId!, account: { account_id: 'account-2' } })
    await client.connections.delete(first.row.id)
    expect(await attempted(first.row.id)).toMatchObject({ state: 'done' })
  })

  it('are taken for the same where nobody knows whose account it is', async () => {
    const simulator = stands('discord', 'oauth')
    const first = await granted(simulator, 'discord', 'oauth')
    await granted(simulator, 'discord', 'oauth', { appId: first.appId!, account: { account_id: null } })
    await client.connections.delete(first.row.id)
    expect(await attempted(first.row.id)).toMatchObject({ state: 'kept_for_others' })
  })

  it('do not matter where only the one token ends', async () => {
    const simulator = stands('github', 'oauth')
    const first = await granted(simulator, 'github', 'oauth')
    await granted(simulator, 'github', 'oauth', { appId: first.appId! })
    await client.connections.delete(first.row.id)
    expect(await attempted(first.row.id)).toMatchObject({ state: 'done' })
    expect(simulator.grants.map(({ revoked }) => revoked)).toEqual([true, false])
  })
})

describe(`ends that nobody asked for by name, on ${databaseName}`, () => {
  const neighbourhood = async () => {
    const there = await here.app.neighbour(ada)
    return { there, admin: there.client }
  }
  /** As the rooms beside have it. */
  const room = () => {
    const { app } = here.app
    const target = createTarget()
    const send = () => Promise.reject(new Error('nothing is sent from here'))
    const oauth = createOauth({ clock, send })
    const checks = createChecks({ clock, target, send, mail: here.mail })
    return createRevocations({ ...app, target, oauth, checks, keep: createKeep(app) })
  }
  const carriedOut = async () => {
    const job = server()
    await job.round()
    await job.close()
  }
  const withoutJob = (connectionId: string) =>
    here.app.app.store.sweep((db) =>
      db.updateTable('revocations').set({ next_try_at: null }).where('connection_id', '=', connectionId).execute(),
    )

  it('of a member who is removed: written in that transaction, before anything was taken from the vault', async () => {
    const bert = await here.app.join(ada, 'editor')
    const members = (await client.members.list().page({ limit: 100 })).items
    const { userId } = members.find(({ email }) => email === bert.email)!
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth', { visibility: 'private', ownerId: userId })
    await client.members.remove(userId)
    expect((await rowsOf(row.id))[0]).toMatchObject({ because: 'member_removed' })
    expect(await attempted(row.id)).toMatchObject({ state: 'done' })
    await here.app.app.connections.prune()
    expect(await secretsLeft(row.id)).toEqual([])
  })

  it('that a server did not live to carry out are carried out by the next one', async () => {
    const bert = await here.app.join(ada, 'editor')
    const members = (await client.members.list().page({ limit: 100 })).items
    const { userId } = members.find(({ email }) => email === bert.email)!
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth', { visibility: 'private', ownerId: userId })
    simulator.goDown('error')
    await client.members.remove(userId)
    await attempted(row.id)
    // As it stands after a kill right behind the commit: nothing is sealed, and the vault has it all.
    await here.app.app.store.sweep((db) =>
      db.updateTable('revocations').set({ sealed: null, attempts: 0 }).where('connection_id', '=', row.id).execute(),
    )
    await withoutJob(row.id)
    await here.app.app.connections.prune()
    expect(await secretsLeft(row.id)).toEqual([])
    expect((await rowsOf(row.id))[0]!.sealed).not.toBeNull()
    simulator.recover()
    await here.app.app.store.sweep((db) =>
      db.updateTable('revocations').set({ next_try_at: clock.now() }).where('connection_id', '=', row.id).execute(),
    )
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'done' })
    await job.close()
  })

  it('of one that was begun and never finished, whose tokens nobody ever had', async () => {
    const simulator = stands('gmail', 'oauth')
    const { row } = await granted(simulator, 'gmail', 'oauth')
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connections')
        .set({ credential_version: 0, purge_at: clock.now() - 1 })
        .where('id', '=', row.id)
        .execute(),
    )
    await here.app.app.connections.prune()
    expect(await secretsLeft(row.id)).toEqual([])
    expect(await attempted(row.id)).toMatchObject({ because: 'discarded', state: 'done' })
    expect(simulator.grants[0]!.revoked).toBe(true)
  })

  it('of an account that another took the place of, while the connection lives on', async () => {
    const simulator = stands('discord', 'oauth')
    const { row } = await granted(simulator, 'discord', 'oauth')
    const { store } = here.app.app
    const revocations = room()
    await store.within({ workspaceId: ada.workspaceId }, async (db) => {
      await revocations.begin(db, row, 'replaced')
      await db.updateTable('connections').set({ account_id: 'account-2' }).where('id', '=', row.id).execute()
    })
    await revocations.secure(row)
    await carriedOut()
    expect(await attempted(row.id)).toMatchObject({ because: 'replaced', state: 'done' })
    expect((await client.connections.get(row.id)).revocation).toBeNull()
  })

  it('are not those of the same account that has consented anew', async () => {
    const simulator = stands('discord', 'oauth')
    const { row } = await granted(simulator, 'discord', 'oauth')
    await here.app.app.store.within({ workspaceId: ada.workspaceId }, (db) => room().begin(db, row, 'replaced'))
    await carriedOut()
    expect(await attempted(row.id)).toMatchObject({ state: 'kept_for_others' })
    expect(simulator.grants[0]!.revoked).toBe(false)
  })

  it('of tokens that came when the connection had ended already', async () => {
    const simulator = stands('asana', 'oauth')
    const { row } = await granted(simulator, 'asana', 'oauth')
    const secrets = await createKeep(here.app.app).get(ada.workspaceId, row.id, row.credential_version)
    await room().unkept(row, secrets)
    await carriedOut()
    expect(await attempted(row.id)).toMatchObject({ because: 'unkept', state: 'done', credential_version: null })
  })

  it('take along what a renewal had brought, when its server died before the row named it', async () => {
    const simulator = stands('asana', 'oauth')
    const { row } = await granted(simulator, 'asana', 'oauth')
    const keep = createKeep(here.app.app)
    const stored = (await keep.get(ada.workspaceId, row.id, 1)) as Record<string, Secret>
    const newer = await keep.put(ada.workspaceId, row.id, { ...stored })
    await here.app.app.store.sweep((db) =>
      db.updateTable('connection_grants').set({ storing: newer }).where('connection_id', '=', row.id).execute(),
    )
    await client.connections.delete(row.id)
    await attempted(row.id)
    await carriedOut()
    const ended = (await rowsOf(row.id)).sort((a, b) => a.credential_version! - b.credential_version!)
    expect(ended).toMatchObject([
      { because: 'deleted', state: 'done', credential_version: 1 },
      { because: 'unkept', credential_version: newer, sealed: null },
    ])
    expect((await tombstone(row.id)).revocation).toMatchObject({ state: 'done' })
  })

  it('look for it in vain where the renewal never came to anything', async () => {
    const simulator = stands('asana', 'oauth')
    const { row } = await granted(simulator, 'asana', 'oauth')
    await here.app.app.store.sweep((db) =>
      db.updateTable('connection_grants').set({ storing: 7 }).where('connection_id', '=', row.id).execute(),
    )
    await client.connections.delete(row.id)
    await attempted(row.id)
    await carriedOut()
    expect(await rowsOf(row.id)).toMatchObject([{ because: 'deleted', state: 'done' }])
  })

  it('of a workspace that is deleted, with its keys, its apps and its definitions gone', async () => {
    const { there, admin } = await neighbourhood()
    const simulator = stands('asana', 'oauth')
    const { row, appId, secrets } = await grantedConnection(
      here,
      there,
      simulator,
      catalog.asana!,
      ['asana', 'oauth'],
      {
        clock: travel,
      },
    )
    await admin.workspace.delete()
    expect(await here.app.app.apps.find(there.workspaceId, appId!)).toBeUndefined()
    const ended = await attempted(row.id)
    expect(ended, JSON.stringify(simulator.calls.slice(-3))).toMatchObject({
      state: 'done',
      workspace_id: 'deployment',
      of_workspace: there.workspaceId,
      sealed: null,
    })
    expect(simulator.grants[0]!.revoked).toBe(true)
    const lines = here.app.logged.join('')
    for (const secret of secrets) expect(lines).not.toContain(secret)
  })

  it('of a workspace that was not deleted after all are forgotten, and harm nobody', async () => {
    const { there } = await neighbourhood()
    const simulator = stands('asana', 'oauth')
    const { row } = await grantedConnection(here, there, simulator, catalog.asana!, ['asana', 'oauth'], {
      clock: travel,
    })
    await here.app.app.connections.workspaceLeaves(there.workspaceId)
    expect((await rowsOf(row.id))[0]!.sealed).not.toBeNull()
    const job = server()
    await job.round()
    expect((await rowsOf(row.id))[0]).toMatchObject({ state: 'pending', attempts: 0 })
    await clock.advance(2 * HOUR)
    await job.round()
    expect(await rowsOf(row.id)).toEqual([])
    expect(of('revoke', simulator)).toBe(0)
    await job.close()
  })
})

describe(`a hostile service, on ${databaseName}`, () => {
  const lines = () => here.app.logged.join('')

  it.each([
    ['quotes the token where a word of the protocol belongs', (token: string) => json({ error: token }, 400)],
    [
      'quotes it in a description',
      (token: string) => json({ error: 'nope', error_description: `what is ${token}?` }, 400),
    ],
    [
      'refuses the client and quotes it',
      (token: string) => json({ error: 'invalid_client', error_description: token }, 401),
    ],
    [
      'sends it on to somewhere else',
      (token: string) => ({ status: 302, headers: { location: `https://evil.example/?${token}` }, body: '' }),
    ],
    ['answers with a page', (token: string) => ({ status: 200, headers: {}, body: `<html>${token}` })],
  ])('that %s learns nothing and leaves nothing', async (_, answer) => {
    const simulator = stands('slack', 'oauth')
    const { row, secrets } = await granted(simulator, 'slack', 'oauth')
    const before = here.sent.length
    simulator.levers.instead = (endpoint) => (endpoint === 'revoke' ? answer(secrets.at(-1)!) : undefined)
    await client.connections.delete(row.id)
    const last = await attempted(row.id)
    expect(last.state).toBe('pending')
    expect(here.sent.slice(before).some(({ url }) => url.includes('evil.example'))).toBe(false)
    const { sealed: _sealed, ...kept } = last
    const told = [
      JSON.stringify(kept),
      JSON.stringify(await tombstone(row.id)),
      JSON.stringify((await client.audit.list({ connection: row.id }).page()).items),
      JSON.stringify((await client.events.list().page({ limit: 200 })).items),
      lines(),
    ]
      .join('')
      .toLowerCase()
    for (const secret of secrets) {
      expect(told).not.toContain(secret.toLowerCase())
      expect(Buffer.from(last.sealed!).includes(secret)).toBe(false)
    }
  })

  it.each([
    ['that says too much', 'unexpected_answer', { bytes: 3_000_000 }],
    ['that never comes to an end', 'timed_out', { drips: true }],
    ['that sends it on', 'unexpected_answer', { redirects: true }],
  ])('%s is heard no longer than needed, and asked again', async (_, failure, answer) => {
    const reached: string[] = []
    const elsewhere = createServer((request, reply) => {
      reached.push(`elsewhere ${request.url}`)
      reply.end()
    })
    const hostile = createServer((request, reply) => {
      reached.push(String(request.url))
      if ('redirects' in answer) reply.writeHead(307, { location: `http://localhost:${portOf(elsewhere)}/` }).end()
      else if ('bytes' in answer) reply.end(Buffer.alloc(answer.bytes, 'a'))
      else reply.writeHead(200).write('{')
    })
    try {
      await Promise.all([listening(elsewhere), listening(hostile)])
      const row = await endsAt(`http://localhost:${portOf(hostile)}/revoke`, ['localhost'])
      expect(await attempted(row.id)).toMatchObject({ state: 'pending', last_failure: failure })
      expect(reached).toEqual(['/revoke'])
    } finally {
      for (const each of [elsewhere, hostile]) {
        each.closeAllConnections()
        each.close()
      }
    }
  })

  it.each([
    'https://10.1.2.3/revoke',
    'https://169.254.169.254/latest/meta-data',
    'https://127.0.0.1/revoke',
    'http://somewhere.example/revoke',
  ])('at %s is not asked at all', async (address) => {
    const row = await endsAt(address, [])
    expect(await attempted(row.id)).toMatchObject({ state: 'pending', last_failure: 'address_not_allowed' })
    expect((await tombstone(row.id)).revocation!.state).toBe('pending')
  })

  const portOf = (of: Server) => (of.address() as AddressInfo).port
  const listening = (of: Server) => new Promise<void>((resolve) => of.listen(0, 'localhost', resolve))
  /** By the real network, with little patience. */
  async function endsAt(revokeUrl: string, allowed: string[]) {
    const simulator = stands('oauth2_generic', 'oauth', { optional: true })
    const { row } = await granted(simulator, 'oauth2_generic', 'oauth')
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connections')
        .set({ settings: JSON.stringify({ ...JSON.parse(row.settings), revokeUrl }) })
        .where('id', '=', row.id)
        .execute(),
    )
    here.instead(createSend(createGuard({ allowed }), { totalMilliseconds: 500 }))
    await client.connections.delete(row.id)
    return row
  }

  it('cannot be told with what was sealed for another revocation or workspace', async () => {
    const rows: RevocationRow[] = []
    for (const id of ['gmail', 'asana']) {
      const simulator = stands(id, 'oauth')
      const { row } = await granted(simulator, id, 'oauth')
      simulator.goDown('error')
      await client.connections.delete(row.id)
      rows.push(await attempted(row.id))
    }
    const [victim, thief] = rows as [RevocationRow, RevocationRow]
    await here.app.app.store.sweep((db) =>
      db.updateTable('revocations').set({ sealed: victim.sealed }).where('id', '=', thief.id).execute(),
    )
    const before = here.sent.length
    await clock.advance(2 * MINUTE)
    const [claimed] = (await here.app.app.connections.revocations.claimDue(10)).filter(({ id }) => id === thief.id)
    await here.app.app.connections.revocations.attempt(claimed!)
    expect(here.sent.length).toBe(before)
    expect((await rowsOf(thief.connection_id))[0]).toMatchObject({ last_failure: 'nothing_to_show', state: 'by_hand' })
  })
})
