import { type Action, type Service, services, settingsOf } from '@cardea/catalog'
import type { CardeaProblem, Client } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTravelClock } from '../../src/conformance/conformance.ts'
import type { Simulator } from '../../src/simulate/simulate.ts'
import type { Browser } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { grantedConnection } from '../connections/granted.ts'
import { typed, type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { sampleInput } from './sample-input.ts'

/** Every action of every service, by every method that it works with, at the service that the definition makes. */
const BY_ITSELF = ['nothing', 'client_credentials', 'assertion', 'jwt', 'login']
const methods = Object.entries(services as Record<string, Service>).flatMap(([id, service]) =>
  Object.entries(service.auth).flatMap(([name, method]) => {
    const actions = Object.entries(service.actions ?? {}).filter(([, action]) => action.methods?.includes(name) ?? true)
    const isMail = actions.every(([, action]) => action.mail !== undefined)
    return actions.length === 0 || isMail ? [] : [{ id, name, service, method, actions: Object.fromEntries(actions) }]
  }),
)

let here: World
let client: Client
let ada: Browser
const clock = createTestClock(Date.now())
const travel = createTravelClock(clock)
beforeAll(async () => {
  // Nothing goes on by itself: every call that a service sees is an action's.
  const quiet = { ...clock, every: () => () => {} }
  here = await world({ clock: quiet, environment: { CARDEA_ALLOWED_HOSTS: 'localhost' } })
  ada = await here.app.setUp()
  client = (await here.app.key(ada, 'admin')).client
})
afterAll(() => here?.app.close())

async function connected({ id, name, service, method }: (typeof methods)[number]): Promise<[string, Simulator]> {
  if (!BY_ITSELF.includes(method.obtain.by) || method.app) {
    const simulator = here.stands(id, name, { redirectUri: `${here.app.url}/oauth/callback`, clock: travel })
    // What a check would have found out.
    simulator.levers.base = 0
    const { row } = await grantedConnection(here, ada, simulator, service, [id, name], { clock: travel })
    return [row.id, simulator]
  }
  const simulator = here.stands(id, name)
  const makes = Object.values(settingsOf(service, method)).some(({ kind }) => kind === 'generated')
  const settings = typed(service, method, simulator.account.settings)
  const credential = { ...simulator.account.fields } as Record<string, string>
  const made = await client.connections.create(
    { provider: id, method: name, settings, credential },
    { skipTest: makes },
  )
  if (!makes) return [made.id, simulator]
  return [made.id, here.stands(id, name, { settings: made.settings!, fields: credential })]
}

const arrived = { dryRun: false, status: 400, encoding: 'json' }

describe(`the actions on ${databaseName}`, () => {
  it.each(methods)('of $id by $name arrive as their definition says', async (of) => {
    const closes = of.method.retires && (of.method.retires.closes ?? of.method.retires.on)
    if (closes && Date.parse(closes) <= clock.now()) return
    const [connectionId, simulator] = await connected(of)
    const check = of.method.check ?? of.service.check
    const passes = 'ok' in check ? check.ok?.status : undefined
    for (const [name, action] of Object.entries(of.actions) as [string, Action][]) {
      if (action.mail) continue
      for (const all of [true, false]) {
        const before = simulator.calls.length
        here.sent.length = 0
        const input = sampleInput(action, all)
        const asked = { actionIdentifier: `${of.id}.${name}`, connectionId, input }
        const preview = await client.actions.preview(asked)
        expect(simulator.calls, 'a dry run calls nobody').toHaveLength(before)
        const done = await client.actions.execute(asked).catch((error: CardeaProblem) => {
          // A service that is asked by its own check answers as to that: some say 400 to whoever is let in.
          const { code, values } = error
          if (code === 'action.refused_by_service' && [passes].flat().includes(values.serviceStatus as number))
            return arrived
          throw new Error(`${name}: ${JSON.stringify({ error, calls: simulator.calls.slice(before) })}`, {
            cause: error,
          })
        })
        const what = `${name}: ${JSON.stringify({ done, calls: simulator.calls.slice(before) })}`
        expect(done, what).toMatchObject({ dryRun: false, status: expect.any(Number), encoding: 'json' })
        const calls = simulator.calls.slice(before).filter(({ endpoint }) => endpoint === 'api')
        expect(
          calls.flatMap(({ faults }) => faults),
          what,
        ).toEqual([])
        expect(calls, what).toHaveLength(1)
        // What was shown beforehand is what was sent.
        const sent = here.sent.at(-1)!
        expect([preview.method, preview.body], what).toEqual([sent.method, sent.body ? preview.body : null])
        if (preview.address !== null && !of.method.send.path) {
          const shown = new URL(preview.address)
          const left = new URL(sent.url)
          expect([left.origin, left.pathname], what).toEqual([shown.origin, shown.pathname])
        }
        // Nothing that was written into it is lost or left as a placeholder.
        const text = `${decodeURIComponent(sent.url.replaceAll('+', ' '))} ${sent.body ?? ''}`
        if (!JSON.stringify(input).includes('{')) expect(text, what).not.toMatch(/\{[a-z][A-Za-z]*\}/)
      }
    }
  })
})
