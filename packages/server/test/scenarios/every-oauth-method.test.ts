import type { Service } from '@cardea/catalog'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DAY, SECOND } from '../../src/clock.ts'
import { hasCheck } from '../../src/connections/check.ts'
import { methodsByConsent } from '../connections/authorize/ground.ts'
import { methodsWithoutBrowser, typed } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { isLive, type Journey, journey } from './granted-journey.ts'

let life: Journey

beforeAll(async () => {
  life = await journey()
})
afterEach(() => life.forget())
afterAll(() => life?.close())

/** The simulated tokens name this issuer. */
const named = (id: string, name: string) =>
  id === 'oauth2_generic' && name === 'issuer' ? { settings: { issuer: 'https://issuer.example.com' } } : {}
const wayToEnd = (obtain: Service['auth'][string]['obtain']) => ('revoke' in obtain ? obtain.revoke : undefined)

/** Where there are several addresses, those that do not know the token are part of the answer. */
const EXPECTED = new Set(['this address does not know the credential'])

describe(`every method by which somebody consents, from connect to revoke, on ${databaseName}`, () => {
  it.each(methodsByConsent())('$id by $name ($by)', async ({ id, name }) => {
    const there = await life.ground(id, name, {
      ...named(id, name),
      optional: id === 'oauth2_generic' && name !== 'issuer',
    })
    const { simulator, method, service } = there
    const client = life.client()
    const told = () => JSON.stringify(simulator.calls.slice(-6))
    const closes = method.retires && (method.retires.closes ?? method.retires.on)
    if (closes && Date.parse(closes) <= life.clock.now()) {
      expect(await life.refused(life.agreed(there))).toBe('connection.method_retired')
      return
    }

    // Connected, and used.
    const conn = await life.connected(there, { visibility: 'workspace' })
    const first = await life.usable(conn)
    expect(isLive(simulator, first, life.clock.now()), told()).toBe(true)
    const testable = hasCheck({ service, method, open: { ...first.settings } })
    const tested = async () => {
      if (testable) expect(await client.connections.test(conn), told()).toMatchObject({ status: 'active' })
    }
    await tested()
    const account = (await client.connections.get(conn)).account

    // Expired, and renewed, if there is a way.
    const grant = await life.grant(conn)
    const end = grant.access_expires_at
    if (grant.renewal === 'access_token')
      await life.clock.advance(Math.max(grant.due_at ?? 0, grant.not_before ?? 0) - life.clock.now() + DAY)
    else if (end !== null) await life.clock.advance(end - life.clock.now() + SECOND)
    else {
      await life.clock.advance(31 * SECOND)
      simulator.expireAccessTokens()
    }
    if (grant.renewal === 'none') {
      const dead = end !== null
      expect(await life.refused(life.usable(conn, { rejected: first }))).toBe(
        dead ? 'connection.not_usable' : undefined,
      )
    } else {
      if (grant.renewal === 'access_token') await life.renewDue()
      const second = await life.usable(conn, end === null ? { rejected: first } : {})
      expect(second.version, told()).toBeGreaterThan(first.version)
      expect(isLive(simulator, second, life.clock.now()), told()).toBe(true)
      expect(second.values.accessToken?.reveal()).not.toBe(first.values.accessToken?.reveal())
      await tested()
      expect(await life.grant(conn)).toMatchObject({ renewals: 1, failures: 0, presenting: null })
    }

    // Authorized again.
    const before = await life.row(conn)
    const flow = await life.again(there, conn)
    expect(flow, told()).toMatchObject({
      purpose: 'reauthorize',
      state: 'done',
      problem: null,
      connection: { id: conn, status: 'active' },
    })
    expect((await life.row(conn)).credential_version).toBeGreaterThan(before.credential_version)
    expect((await client.connections.get(conn)).account).toEqual(account)
    expect(isLive(simulator, await life.usable(conn), life.clock.now()), told()).toBe(true)
    await tested()

    const faults = simulator.calls.flatMap(({ faults }) => faults)
    expect(faults.filter((fault) => !EXPECTED.has(fault))).toEqual([])

    // Ended, here and there.
    const last = simulator.grants.at(-1)!
    const receipt = await client.connections.delete(conn)
    expect(receipt).toMatchObject({ credential: 'done' })
    expect(await life.refused(life.usable(conn))).toBe('connection.not_found')
    const ended = await life.revocation(conn)
    const words = wayToEnd(method.obtain)
    const expected =
      method.obtain.by === 'discovery' ? 'done' : !words ? 'not_offered' : 'none' in words ? 'by_hand' : 'done'
    expect(ended?.state, told()).toBe(expected)
    if (expected === 'done') expect(last.revoked, told()).toBe(true)
  })
})

const bought = methodsWithoutBrowser().filter(
  ({ method: { obtain, app } }) => (obtain.by === 'client_credentials' || obtain.by === 'assertion') && !app,
)

describe(`every method by which a token is bought with what was entered, on ${databaseName}`, () => {
  it.each(bought)('$id by $name', async ({ id, name, service, method }) => {
    const client = life.client()
    const simulator = life.here.stands(id, name)
    const told = () => JSON.stringify(simulator.calls.slice(-6))
    const credential = { ...simulator.account.fields }
    const settings = typed(service, method, simulator.account.settings)
    const conn = (await client.connections.create({ provider: id, method: name, settings, credential })).id
    const first = await life.usable(conn)
    expect(isLive(simulator, first, life.clock.now()), told()).toBe(true)
    expect((await life.usable(conn)).values.accessToken?.reveal()).toBe(first.values.accessToken?.reveal())

    if (first.expiresAt === undefined) simulator.expireAccessTokens()
    else await life.clock.advance(first.expiresAt - life.clock.now() + SECOND)
    const second = await life.usable(conn, first.expiresAt === undefined ? { rejected: first } : {})
    expect(isLive(simulator, second, life.clock.now()), told()).toBe(true)
    expect(second.values.accessToken?.reveal()).not.toBe(first.values.accessToken?.reveal())

    await client.connections.change(conn, { credential })
    expect(isLive(simulator, await life.usable(conn), life.clock.now()), told()).toBe(true)
    expect(simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
    expect(await client.connections.delete(conn)).toMatchObject({ credential: 'done' })
    expect(await life.refused(life.usable(conn))).toBe('connection.not_found')
  })
})
