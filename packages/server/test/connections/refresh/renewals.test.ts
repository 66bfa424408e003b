import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import { createRenewals, type RenewalsDeps } from '../../../src/connections/refresh/renew.ts'
import { Problem } from '../../../src/errors.ts'
import { createLogger } from '../../../src/log.ts'
import type { Send } from '../../../src/net/message.ts'
import type { Outage, Simulator } from '../../../src/simulate/simulate.ts'
import { openOwnership } from '../../../src/store/ownership.ts'
import { databaseName } from '../../database.ts'
import { faultsIn, type Ground, refreshGround, renewalsIn, until } from './ground.ts'

/** What is promised about renewals, each by the real path: an imported grant, the API, a simulated service. Time stands still until it is told. */
let here: Ground
beforeAll(async () => {
  here = await refreshGround()
})
beforeEach(() => here.instead())
afterEach(async () => {
  for await (const { id, status } of here.client.connections.list())
    if (status !== 'revoked') await here.client.connections.delete(id)
})
afterAll(() => here?.app.close())

const passing =
  (simulator: Simulator): Send =>
  ({ method, url, headers, body }) =>
    simulator.handle({ method, url, headers, ...(body === undefined ? {} : { body: Buffer.from(body as string) }) })

/** Calls of the token endpoint wait until they are let through. */
function held(simulator: Simulator) {
  const { promise, resolve } = Promise.withResolvers<Send>()
  let calls = 0
  here.instead(async (request) => {
    calls++
    return (await promise)(request)
  })
  return { calls: () => calls, release: (send: Send = passing(simulator)) => resolve(send) }
}

const json = { 'content-type': 'application/json' }
const page = '<html><title>Attention Required!</title></html>'

const accessOf = async (id: string) => (await here.usable(id)).values.accessToken!.reveal()
const toTheEnd = async (id: string) => {
  const { access_expires_at: end } = await here.grant(id)
  await here.clock.advance(end! - here.clock.now())
}

describe(`a token that has expired, on ${databaseName}`, () => {
  it('is renewed once for fifty callers, and all of them get the new one', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    const before = simulator.grants.at(-1)!.refreshes
    const tokens = await Promise.all(Array.from({ length: 50 }, () => accessOf(id)))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(simulator.grants.at(-1)!.refreshes - before).toBe(1)
  })

  it('is renewed once after a refusal, however many were refused with it, and not again within half a minute', async () => {
    const { id, simulator } = await here.brought('airtable')
    await here.clock.advance(MINUTE)
    const refused = await here.usable(id)
    const fresh = await Promise.all(Array.from({ length: 20 }, () => here.usable(id, refused)))
    expect(new Set(fresh.map(({ version }) => version)).size).toBe(1)
    expect(fresh[0]!.version).toBeGreaterThan(refused.version)
    expect(renewalsIn(here.sent)).toHaveLength(1)
    await here.usable(id, fresh[0])
    expect(renewalsIn(here.sent)).toHaveLength(1)
    await here.clock.advance(30 * SECOND)
    await here.usable(id, fresh[0])
    expect(renewalsIn(here.sent)).toHaveLength(2)
    expect(faultsIn(simulator)).toEqual([])
  })

  it('is renewed although whoever asked has gone', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    const gate = held(simulator)
    const gone = new AbortController()
    const asked = here.client.connections.test(id, { signal: gone.signal })
    await until(() => gate.calls() === 1)
    gone.abort()
    await expect(asked).rejects.toThrow()
    gate.release()
    await until(async () => (await here.grant(id)).renewals === 2)
    expect(await accessOf(id)).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
  })

  it('keeps a caller waiting for 25 seconds at most, and is renewed all the same', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    const gate = held(simulator)
    const asked = here.usable(id).catch((error: unknown) => error)
    await until(() => gate.calls() === 1)
    await here.clock.advance(25 * SECOND)
    expect(await asked).toMatchObject({ code: 'connection.renewal_slow', status: 503 })
    gate.release()
    await until(async () => (await here.grant(id)).renewals === 2)
  })

  it('keeps a thousand waiting at most', async () => {
    const { store } = here.app.app
    const log = createLogger({ level: 'error', format: 'json', clock: here.clock, write: () => undefined })
    const ownership = openOwnership({ dialect: 'sqlite', clock: here.clock, log })
    const { promise: never } = Promise.withResolvers<void>()
    ownership.own('renewal conn_busy', () => never)
    // While somebody else owns it nothing else is asked.
    const renewals = createRenewals({ store, clock: here.clock, ownership } as unknown as RenewalsDeps)
    const of = { workspaceId: here.ada.workspaceId, connectionId: 'conn_busy' }
    const came: unknown[] = []
    for (let caller = 0; caller < 1001; caller++) renewals.renew(of, 1).catch((error: unknown) => came.push(error))
    await until(() => came.length > 0)
    expect(came).toEqual([expect.objectContaining({ code: 'connection.renewal_slow' })])
    await here.clock.advance(25 * SECOND)
    await until(() => came.length === 1001)
    await renewals.close()
  })

  it('is not renewed by the job while somebody renews it, and not by anybody after the job did', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    await Promise.all([here.round(), here.usable(id), here.round(), here.usable(id)])
    expect(renewalsIn(here.sent)).toHaveLength(1)
    expect(simulator.grants.at(-1)!.revoked).toBe(false)
  })
})

describe('while the service fails', () => {
  it('a token that lives is served, and nobody is troubled before it ends', async () => {
    const { id, simulator } = await here.brought('airtable')
    const token = await accessOf(id)
    simulator.goDown('error')
    await here.pass(59 * MINUTE, MINUTE)
    expect(await accessOf(id)).toBe(token)
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok', trouble: null })
    expect((await here.grant(id)).failures).toBeGreaterThan(2)
    await here.pass(2 * MINUTE, MINUTE)
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.renewal_failed', status: 503 })
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'unreachable' })
    simulator.recover()
    await here.pass(16 * MINUTE, MINUTE)
    expect(await accessOf(id)).not.toBe(token)
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok', trouble: null })
    expect(await here.eventsOf(id)).not.toContain('connection.needs_reauth')
  })

  it('it is asked again later and later, by callers no oftener than by the job', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    simulator.goDown('error')
    for (let second = 0; second < 600; second += 2) {
      await here.usable(id).catch(() => undefined)
      await here.round()
      await here.clock.advance(2 * SECOND)
    }
    expect(renewalsIn(here.sent).length).toBeGreaterThan(5)
    expect(renewalsIn(here.sent).length).toBeLessThan(11)
  })

  it('a clock that was set back makes nobody wait for what was said by the clock before', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    simulator.goDown('error')
    await here.patiently(here.usable(id).catch(() => undefined))
    simulator.recover()
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connection_grants')
        .set((eb) => ({ failed_at: eb('failed_at', '+', HOUR), wait_until: eb('wait_until', '+', HOUR) }))
        .where('connection_id', '=', id)
        .execute(),
    )
    await here.usable(id)
  })

  it('a caller is told when to come again, by what the service said', async () => {
    const { id } = await here.brought('airtable')
    await toTheEnd(id)
    here.instead(async () => ({ status: 429, headers: { 'retry-after': '90' }, body: '' }))
    const problem = await here.usable(id).catch((error: Problem) => error)
    expect(problem).toMatchObject({ code: 'connection.renewal_failed', values: { retryAfterSeconds: 90 } })
    here.instead()
    await here.clock.advance(80 * SECOND)
    await expect(here.usable(id)).rejects.toMatchObject({ values: { retryAfterSeconds: 10 } })
    await here.clock.advance(10 * SECOND)
    await here.usable(id)
  })

  const down =
    (how: Outage) =>
    (simulator: Simulator): void =>
      simulator.goDown(how)
  const says = (send: Send) => (): void => here.instead(send)
  it.each<[string, (simulator: Simulator) => void]>([
    ['500', says(async () => ({ status: 500, headers: json, body: '{}' }))],
    ['502 from a gateway', says(async () => ({ status: 502, headers: {}, body: page }))],
    ['503', says(async () => ({ status: 503, headers: json, body: '{"error":"temporarily_unavailable"}' }))],
    ['429', says(async () => ({ status: 429, headers: json, body: '{"error":"rate_limited"}' }))],
    [
      'the page of a firewall',
      says(async () => ({ status: 403, headers: { 'content-type': 'text/html' }, body: page })),
    ],
    ['a page with 200', says(async () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: page }))],
    ['silence', down('timeout')],
    ['a line that breaks', down('reset')],
    [
      'no line at all',
      says(async () => {
        throw new Problem('net.failed', { host: 'x', kind: 'connect', why: 'no connection was made' })
      }),
    ],
    ['a wrong client', says(async () => ({ status: 401, headers: json, body: '{"error":"invalid_client"}' }))],
    [
      'a client that may not',
      says(async () => ({ status: 400, headers: json, body: '{"error":"unauthorized_client"}' })),
    ],
  ])('%s for a day never makes a connection need its owner', async (_what, fails) => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    fails(simulator)
    for (let hour = 0; hour < 24; hour++) {
      await here.patiently(here.usable(id).catch(() => undefined))
      await here.pass(HOUR, 10 * MINUTE)
      expect(await here.row(id)).toMatchObject({ status: 'active', verdict: 'accepted' })
    }
    here.instead()
    simulator.recover()
    await here.pass(61 * MINUTE, MINUTE)
    await here.usable(id)
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
    expect(await here.eventsOf(id)).not.toContain('connection.needs_reauth')
  })

  it.each([-3 * HOUR, -30 * MINUTE, 30 * MINUTE, 3 * HOUR])(
    'a clock of the service that is wrong by %i ms does not either, and does not make it be asked all the time',
    async (skew) => {
      const { id, simulator } = await here.brought('airtable', 'oauth', { levers: { skewSeconds: skew / SECOND } })
      for (let hour = 0; hour < 6; hour++) {
        for (let call = 0; call < 6; call++) {
          await here.usable(id)
          await here.pass(10 * MINUTE, 5 * MINUTE)
        }
      }
      expect(await here.row(id)).toMatchObject({ status: 'active' })
      expect(renewalsIn(here.sent).length).toBeLessThanOrEqual(10)
      expect(faultsIn(simulator)).toEqual([])
    },
  )

  it('says that an app is refused to its administrators, and takes it back', async () => {
    const { id, appId } = await here.brought('airtable')
    await toTheEnd(id)
    here.instead(async () => ({ status: 401, headers: json, body: '{"error":"invalid_client"}' }))
    await expect(here.usable(id)).rejects.toMatchObject({
      code: 'connection.renewal_failed',
      values: { reason: 'app_misconfigured' },
    })
    expect(await here.eventsOf(appId!)).toContain('oauth_app.refused')
    expect(await here.client.apps.get(appId!)).toMatchObject({ trouble: { error: 'invalid_client' } })
    here.instead()
    await here.pass(2 * MINUTE, MINUTE)
    expect(await here.client.apps.get(appId!)).toMatchObject({ trouble: null })
    await here.usable(id)
  })
})

describe('an answer that means the end', () => {
  it('makes the connection need its owner at once, everywhere', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    simulator.revokeGrant()
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.not_usable' })
    expect(await here.row(id)).toMatchObject({ status: 'error', health: 'needs_reauth', reason: 'grant_ended' })
    expect(await here.eventsOf(id)).toContain('connection.needs_reauth')
    expect(await here.grant(id)).toMatchObject({ due_at: null })
    const sent = here.sent.length
    await here.pass(HOUR, MINUTE)
    await here.usable(id).catch(() => undefined)
    expect(here.sent).toHaveLength(sent)
  })

  it('says nothing about what somebody has granted anew meanwhile, and whoever waits gets that', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    const gate = held(simulator)
    const asked = accessOf(id)
    await until(() => gate.calls() === 1)
    await grantedAnew(id)
    gate.release(async () => ({ status: 400, headers: json, body: '{"error":"invalid_grant"}' }))
    await until(
      async () => (await here.clock.advance(200)) === undefined && (await Promise.race([asked, false])) !== false,
    )
    expect(await asked).toBe('at-anew')
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
    expect(await here.eventsOf(id)).not.toContain('connection.needs_reauth')
  })

  it('is not one that comes too late: what was granted anew is not overwritten by what was renewed before', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    const gate = held(simulator)
    const asked = accessOf(id)
    await until(() => gate.calls() === 1)
    await grantedAnew(id)
    gate.release()
    expect(await asked).toBe('at-anew')
    expect(await here.held(id)).not.toContain('credential 3')
    expect(await here.grant(id)).toMatchObject({ renewals: 1, renewed_at: null })
  })

  const strange: Send = async () => ({ status: 418, headers: json, body: '{"error":"teapot"}' })
  it('is not one that nobody knows, unless it stays for an hour and five times', async () => {
    const { id } = await here.brought('airtable')
    await toTheEnd(id)
    here.instead(strange)
    await here.pass(59 * MINUTE, MINUTE)
    expect((await here.grant(id)).failures).toBeGreaterThan(5)
    expect(await here.row(id)).toMatchObject({ status: 'active' })
    await here.pass(20 * MINUTE, MINUTE)
    expect(await here.row(id)).toMatchObject({ status: 'error', health: 'needs_reauth' })
  })
  it('is not one that nobody knows, when it comes between answers of other kinds', async () => {
    const { id } = await here.brought('airtable')
    await toTheEnd(id)
    let calls = 0
    here.instead((request) =>
      calls++ % 3 === 2 ? Promise.resolve({ status: 503, headers: json, body: '{}' }) : strange(request),
    )
    await here.pass(12 * HOUR, 5 * MINUTE)
    expect(calls).toBeGreaterThan(20)
    expect(await here.row(id)).toMatchObject({ status: 'active' })
  })

  /** As another consent leaves it. */
  async function grantedAnew(id: string): Promise<void> {
    const { app } = here.app
    const { createKeep } = await import('../../../src/connections/keep.ts')
    const { changeConnection } = await import('../../../src/store/connections.ts')
    const { putGrant } = await import('../../../src/store/connection-grants.ts')
    const { Secret } = await import('../../../src/secret.ts')
    const row = await here.row(id)
    const grant = await here.grant(id)
    const { workspace_id: workspaceId } = row
    const secrets = { refreshToken: Secret.of('rt-anew') }
    const version = await createKeep(app).put(workspaceId, id, secrets, { accessToken: Secret.of('at-anew') })
    const now = here.clock.now()
    const fresh = { presenting: null, presented_at: null, storing: null, granted_at: now, renewed_at: null }
    await app.store.within({ workspaceId }, async (db) => {
      await changeConnection(db, row, { credential_version: version })
      await putGrant(db, { ...grant, ...fresh, has_access: 1, access_expires_at: now + HOUR })
    })
  }
})
