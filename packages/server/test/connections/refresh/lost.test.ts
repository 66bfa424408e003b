import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import { Problem } from '../../../src/errors.ts'
import type { Vault } from '../../../src/vault/vault.ts'
import { databaseName } from '../../database.ts'
import { faultsIn, type Ground, refreshGround, renewalsIn, until } from './ground.ts'

/** Answers that never came, servers that died in the middle, vaults that did not answer: what is left is found, tried once, or said. */
let here: Ground
let put: Vault['put']
beforeAll(async () => {
  here = await refreshGround()
  put = here.app.app.vault.put
})
beforeEach(() => {
  here.instead()
  here.app.app.vault.put = put
})
afterEach(async () => {
  here.app.app.vault.put = put
  for await (const { id, status } of here.client.connections.list())
    if (status !== 'revoked') await here.client.connections.delete(id)
})
afterAll(() => here?.app.close())

const accessOf = async (id: string) => (await here.usable(id)).values.accessToken!.reveal()
/** As callers do who are told to come again. */
const persistently = async (id: string): Promise<string> => {
  for (;;) {
    try {
      return await accessOf(id)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'connection.renewal_slow')) throw error
    }
  }
}
const toTheEnd = async (id: string) => {
  const { access_expires_at: end } = await here.grant(id)
  await here.clock.advance(end! - here.clock.now())
}
const patiently = <T>(work: Promise<T>) => here.patiently(work)

describe(`an answer that was lost, on ${databaseName}`, () => {
  it('is asked for once more within the grace of the service, and the connection goes on', async () => {
    const { id, simulator } = await here.brought('linear')
    await toTheEnd(id)
    simulator.goDown('drop', 1)
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.renewal_failed' })
    expect(await here.grant(id)).toMatchObject({ presenting: expect.any(Number), renewals: 1 })
    await here.clock.advance(30 * SECOND)
    const token = await patiently(persistently(id))
    expect(token).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(renewalsIn(here.sent)).toHaveLength(2)
    expect(await here.grant(id)).toMatchObject({ presenting: null, unanswered: 0, failures: 0 })
    await here.pass(3 * HOUR, 10 * MINUTE)
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('is asked for once where there is no grace; then the owner is needed, and told why', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    simulator.goDown('drop', 1)
    await here.usable(id).catch(() => undefined)
    await here.clock.advance(30 * SECOND)
    await expect(patiently(persistently(id))).rejects.toMatchObject({ code: 'connection.not_usable' })
    expect(renewalsIn(here.sent)).toHaveLength(2)
    expect(await here.row(id)).toMatchObject({ status: 'error', health: 'needs_reauth' })
    const { items } = await here.client.audit.list({ connection: id }).page({ limit: 50 })
    expect(JSON.stringify(items)).toContain('an answer of the service was lost')
    await here.pass(DAY, HOUR)
    expect(renewalsIn(here.sent)).toHaveLength(2)
  })

  it('was perhaps never asked for: the one try brings the new token', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    simulator.goDown('reset', 1)
    await here.usable(id).catch(() => undefined)
    await here.clock.advance(30 * SECOND)
    await patiently(persistently(id))
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('is not asked for before the token that lives has been used up, where a used one may end everything', async () => {
    const { id, simulator } = await here.brought('airtable')
    const token = await accessOf(id)
    await here.clock.advance(50 * MINUTE)
    simulator.goDown('drop', 1)
    await here.round()
    expect(renewalsIn(here.sent)).toHaveLength(1)
    while (here.clock.now() < (await here.grant(id)).access_expires_at! - 30 * SECOND) {
      expect(await accessOf(id)).toBe(token)
      await here.pass(20 * SECOND, 20 * SECOND)
    }
    expect(renewalsIn(here.sent)).toHaveLength(1)
    await here.pass(2 * MINUTE, 10 * SECOND)
    expect(renewalsIn(here.sent)).toHaveLength(2)
  })

  it('is asked for at once when the token that seems to live is refused', async () => {
    const { id, simulator } = await here.brought('airtable')
    await here.clock.advance(50 * MINUTE)
    const usable = await here.usable(id)
    await until(async () => (await here.grant(id)).renewals === 2)
    await here.clock.advance(50 * MINUTE)
    const current = await here.usable(id)
    expect(current.version).toBeGreaterThan(usable.version)
    await until(async () => (await here.grant(id)).renewals === 3)
    simulator.goDown('reset', 1)
    await here.clock.advance(MINUTE)
    const newest = await here.usable(id)
    await here.usable(id, newest).catch(() => undefined)
    await here.clock.advance(30 * SECOND)
    await patiently(here.usable(id, newest))
    expect((await here.grant(id)).renewals).toBe(4)
  })
})

describe('a server that died', () => {
  /** Stands for kill -9: what is being done is not finished, and nobody hears of it. */
  function diesAt(where: 'after the exchange' | 'after the vault') {
    here.app.app.vault.put = async (ref, value) => {
      if (where === 'after the vault') await put(ref, value)
      if (ref.field === 'credential') throw new Error('killed')
    }
  }

  it('after the vault and before the row, has lost nothing: what it had stored is found, and no used token is shown', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    diesAt('after the vault')
    await here.usable(id).catch(() => undefined)
    here.app.app.vault.put = put
    expect(await here.row(id)).toMatchObject({ credential_version: 2 })
    const token = await accessOf(id)
    expect(token).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(faultsIn(simulator)).toEqual([])
    expect(await here.row(id)).toMatchObject({ status: 'active', credential_version: 4 })
    await here.pass(3 * HOUR, 10 * MINUTE)
    expect(faultsIn(simulator)).toEqual([])
    expect(await here.held(id)).toHaveLength(2)
  })

  it('after the exchange, has lost the answer: the old token is shown once', async () => {
    const { id, simulator } = await here.brought('linear')
    await toTheEnd(id)
    diesAt('after the exchange')
    await here.usable(id).catch(() => undefined)
    here.app.app.vault.put = put
    const token = await patiently(persistently(id))
    expect(token).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(renewalsIn(here.sent)).toHaveLength(2)
    expect(simulator.grants.at(-1)!.revoked).toBe(false)
  })
})

describe('a vault that does not answer', () => {
  it('is asked until it does: what came back is the only copy there is', async () => {
    const { id, simulator } = await here.brought('airtable')
    await toTheEnd(id)
    let refusals = 0
    here.app.app.vault.put = async (ref, value) => {
      if (refusals++ < 40) throw new Problem('vault.unavailable')
      return put(ref, value)
    }
    expect(await patiently(here.usable(id).catch((error: unknown) => error))).toMatchObject({
      code: 'connection.renewal_slow',
    })
    await patiently(until(async () => (await here.grant(id)).renewals === 2))
    expect(await accessOf(id)).toBe(simulator.grants.at(-1)!.issued.at(-1)!.values.accessToken)
    expect(renewalsIn(here.sent)).toHaveLength(1)
    expect(refusals).toBeGreaterThan(40)
  })
})
