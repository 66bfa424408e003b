import { type Service, services } from '@cardea/catalog'
import type { Client, Connection } from '@cardea/sdk'
import { SECOND } from '../../../src/clock.ts'
import { connect, createCaller, createTravelClock } from '../../../src/conformance/conformance.ts'
import type { Usable } from '../../../src/connections/connections.ts'
import type { Outgoing } from '../../../src/net/message.ts'
import { needsApp } from '../../../src/services/services.ts'
import type { Simulator, SimulatorOptions } from '../../../src/simulate/simulate.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../../src/store/schema.ts'
import type { Browser, TestAppOptions } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { typed, type World, world } from '../world.ts'

/** A Cardea in which time stands still until it is told to go on, and an administrator who brings grants that simulated services have given. */
export interface Ground extends World {
  clock: TestClock
  ada: Browser
  client: Client
  /** A service stands, somebody has consented there, and what that gave is imported. */
  brought(id: string, method?: string, options?: Bringing): Promise<Brought>
  usable(connectionId: string, rejected?: Usable): Promise<Usable>
  row(connectionId: string): Promise<ConnectionRow>
  grant(connectionId: string): Promise<ConnectionGrantRow>
  /** What the vault holds of a connection: field and version. */
  held(connectionId: string): Promise<string[]>
  eventsOf(connectionId: string): Promise<string[]>
  /** Whoever waits a moment is given the moment. */
  patiently<T>(work: Promise<T>): Promise<T>
  /** The job that renews ahead, once. */
  round(): Promise<void>
  /** Lets time pass in steps, with a round of every job in each. */
  pass(milliseconds: number, step: number): Promise<void>
}

export interface Bringing extends Partial<SimulatorOptions> {
  name?: string
  levers?: Partial<Simulator['levers']>
}

export interface Brought {
  id: string
  connection: Connection
  simulator: Simulator
  service: Service
  appId: string | undefined
}

export async function refreshGround(options: TestAppOptions = {}): Promise<Ground> {
  const clock = createTestClock(Date.UTC(2026, 0, 1))
  const quiet = { ...clock, every: () => () => {} }
  const environment = { CARDEA_SESSION_HOURS: '8760', ...options.environment }
  const here = await world({ clock: quiet, ...options, environment })
  const ada = await here.app.setUp()
  const { client } = await here.app.key(ada, 'admin')
  const { app } = here.app
  const { workspaceId } = ada
  const apps = new Map<Simulator, string>()
  const self: Ground = {
    ...here,
    clock,
    ada,
    client,
    brought: async (id, methodName, { name, levers, ...choices } = {}) => {
      const service = (services as Record<string, Service>)[id]!
      const names = Object.keys(service.auth)
      const method = methodName ?? names.find((each) => service.auth[each]!.obtain.by === 'code') ?? names[0]!
      const redirectUri = `${here.app.url}/oauth/callback`
      const simulator = here.stands(id, method, { clock, redirectUri, ...choices })
      Object.assign(simulator.levers, levers)
      const made = await bring(id, method, service, simulator, name)
      here.sent.length = 0
      return { ...made, simulator, service }
    },
    usable: (connectionId, rejected) => app.connections.usable(workspaceId, connectionId, rejected ? { rejected } : {}),
    row: (connectionId) =>
      app.store.sweep((db) =>
        db.selectFrom('connections').selectAll().where('id', '=', connectionId).executeTakeFirstOrThrow(),
      ),
    grant: (connectionId) =>
      app.store.sweep((db) =>
        db
          .selectFrom('connection_grants')
          .selectAll()
          .where('connection_id', '=', connectionId)
          .executeTakeFirstOrThrow(),
      ),
    held: async (connectionId) => {
      const rows = await app.store.within({ workspaceId }, (db) =>
        db.selectFrom('secrets').select(['field', 'version']).where('owner_id', '=', connectionId).execute(),
      )
      return rows.map(({ field, version }) => `${field} ${version}`).sort()
    },
    eventsOf: async (connectionId) => {
      const { items } = await client.events.list().page({ limit: 200 })
      return items.filter(({ subject }) => subject === connectionId).map(({ type }) => type)
    },
    patiently: async (work) => {
      let isDone = false
      const done = work.finally(() => {
        isDone = true
      })
      done.catch(() => undefined)
      while (!isDone) {
        await Promise.race([done.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 10))])
        if (!isDone) await clock.advance(SECOND / 4)
      }
      return done
    },
    round: async () => {
      while ((await app.connections.renewDue({ limit: 100, atOnce: 8, isClosing: () => false })) === 100) {}
      while ((await app.connections.tidy()).destroyed > 0) {}
    },
    pass: async (milliseconds, step) => {
      const until = clock.now() + milliseconds
      while (clock.now() < until) {
        await clock.advance(Math.min(step, until - clock.now()))
        await self.patiently(self.round())
      }
    },
  }
  return self

  async function bring(id: string, methodName: string, service: Service, simulator: Simulator, name?: string) {
    const method = service.auth[methodName]!
    const { account } = simulator
    const caller = createCaller(service, method, simulator, createTravelClock(clock))
    await connect(caller)
    const { refreshToken, accessToken } = caller.state.obtained
    const all = typed(service, method, definedOf(account.settings))
    const plan = needsApp(method)
      ? (await client.apps.plan(id)).methods.find((each) => each.id === methodName)
      : undefined
    const ofApp = (own: boolean) =>
      Object.fromEntries(Object.entries(all).filter(([each]) => (plan?.settings.includes(each) ?? false) === own))
    if (plan && !apps.has(simulator)) {
      const takesSecret = plan.clientAuth.some((auth) => auth !== 'none' && auth !== 'private_key')
      const app = await client.apps.create({
        provider: id,
        methods: [methodName],
        ...(plan.takesClient ? { clientId: account.app.clientId } : {}),
        ...(plan.takesClient && takesSecret ? { clientSecret: account.app.clientSecret } : {}),
        settings: ofApp(true),
        fields: account.app.fields as Record<string, string>,
      })
      apps.set(simulator, app.id)
    }
    const appId = apps.get(simulator)
    const life = caller.state.last?.life
    const { results } = await client.connections.import({
      connections: [
        {
          provider: id,
          method: methodName,
          name: name ?? `${id} ${methodName}`,
          settings: ofApp(false),
          credential: account.fields as Record<string, string>,
          ...(appId ? { appId } : {}),
          tokens: {
            ...(refreshToken ? { refreshToken: refreshToken.reveal() } : {}),
            ...(accessToken && !refreshToken ? { accessToken: accessToken.reveal() } : {}),
            ...(typeof life === 'object' && !refreshToken ? { expiresAt: new Date(life.expiresAt).toISOString() } : {}),
          },
        },
      ],
    })
    const [{ connection, problem } = { connection: null, problem: null }] = results
    if (!connection) throw new Error(`${id} ${methodName} was not taken over: ${JSON.stringify(problem)}`)
    return { id: connection.id, connection, appId }
  }
}

/** Presentations of what is renewed, as they left. */
export function renewalsIn(sent: readonly Outgoing[]): Outgoing[] {
  return sent.filter(({ body, url }) => /refresh_token|_exchange_token/.test(`${body ?? ''} ${url}`))
}

/** What the service found wrong with renewals; what ends grants of the test before may still be on its way. */
export function faultsIn({ calls }: Simulator): string[] {
  return calls.flatMap(({ endpoint, faults }) => (endpoint === 'refresh' ? faults : []))
}

export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (let tried = 0; tried < 2000; tried++) {
    if (await is()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('it did not come to that')
}

function definedOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
