import type { Flow, StartedFlow } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECOND } from '../../../src/clock.ts'
import { hasCheck } from '../../../src/connections/check.ts'
import type { Simulator } from '../../../src/simulate/simulate.ts'
import type { Browser } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, consent, ground, methodsByConsent } from './ground.ts'

let here: World
let clock: TestClock
let ada: Browser

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ada = await here.app.setUp()
})
afterAll(() => here?.app.close())

/** The simulated tokens name this issuer. */
const named = (id: string, name: string) =>
  id === 'oauth2_generic' && name === 'issuer' ? { settings: { issuer: 'https://issuer.example.com' } } : {}

/** Whatever the person has to do, and what came of it. */
async function through(started: StartedFlow, simulator: Simulator): Promise<Flow> {
  if (started.kind === 'browser') {
    const shown = await comeBack(at(here, ada), await consent(simulator, started.authorizeUrl!))
    const said = `${shown.text}${JSON.stringify(simulator.calls)}`
    expect([shown.status, shown.text.includes('is connected')], said).toEqual([200, true])
  }
  if (started.kind === 'device') {
    expect((await ada.client.connections.flows.get(started.id)).state).toBe('open')
    expect(simulator.answerDevice(started.device!.userCode, 'yes')).toBe(true)
    await clock.advance(started.device!.intervalSeconds * SECOND)
  }
  return ada.client.connections.flows.get(started.id)
}

/** The same, begun by a command line: by its link in a browser, and completed with what only it was given. */
async function elsewhere(started: StartedFlow, simulator: Simulator): Promise<Flow> {
  if (started.kind !== 'browser') return through(started, simulator)
  const browser = at(here, ada)
  const off = await browser.send(started.authorizeUrl!, { action: 'go' })
  const to = /content="0;url=([^"]*)"/.exec(off.text)?.[1]?.replaceAll('&#38;', '&')
  const shown = await comeBack(browser, await consent(simulator, to!))
  expect(shown.text, JSON.stringify(simulator.calls)).toContain('One more step')
  return ada.client.connections.flows.finish(started.id, { starterSecret: started.starterSecret! })
}

describe(`every method by which somebody consents, on ${databaseName}`, () => {
  it.each(methodsByConsent())(
    '$id by $name ($by) is connected with its account and its scopes, and again',
    async ({ id, name }) => {
      const { simulator, method, service, input } = await ground(here, ada.client, id, name, named(id, name))
      const begun = ada.client.connections.authorize({ ...input, bind: 'browser' })
      const closes = method.retires && (method.retires.closes ?? method.retires.on)
      if (closes && Date.parse(closes) <= clock.now()) {
        await expect(begun).rejects.toMatchObject({ code: 'connection.method_retired' })
        return
      }
      const flow = await through(await begun, simulator)
      expect(flow, JSON.stringify(simulator.calls)).toMatchObject({ state: 'done', problem: null, asks: null })
      const { connection } = flow
      const identity = method.identity ?? service.identity
      if (!('none' in identity)) expect(connection?.account, JSON.stringify(simulator.calls)).not.toBeNull()
      if (method.scopes && simulator.grants[0]) {
        const asked = Object.keys(method.scopes.ask)
        expect(flow.scopes.asked).toEqual(expect.arrayContaining(asked))
        expect(flow.scopes.missing).toEqual([])
      }
      expect(connection).toMatchObject({ status: 'active', mine: true, provider: id, method: name })
      const testable = hasCheck({ service, method, open: { ...connection!.settings } })
      const weak = 'weak' in (method.check ?? service.check)
      if (testable)
        expect([connection?.health, connection?.reason], JSON.stringify(simulator.calls)).toEqual(
          weak ? ['untested', 'accepted_unverified'] : ['ok', null],
        )
      // Where there are several addresses, those that do not know the token are part of the answer.
      const faults = simulator.calls.flatMap(({ faults }) => faults)
      expect(faults.filter((fault) => fault !== 'this address does not know the credential')).toEqual([])

      // What the service told on the way is known, as it told it.
      const row = await here.app.app.store.sweep((db) =>
        db.selectFrom('connections').selectAll().where('id', '=', connection!.id).executeTakeFirstOrThrow(),
      )
      expect(JSON.parse(row.learned)).toEqual(simulator.account.learned)

      // And anew: the same connection, with another grant.
      const credential = input.credential ? { credential: input.credential } : {}
      const again = await ada.client.connections.authorize({ connectionId: row.id, bind: 'starter', ...credential })
      const renewed = await elsewhere(again, simulator)
      expect(renewed, JSON.stringify(simulator.calls)).toMatchObject({
        purpose: 'reauthorize',
        state: 'done',
        connection: { id: row.id, status: 'active', account: connection!.account, settings: connection!.settings },
      })
    },
  )
})
