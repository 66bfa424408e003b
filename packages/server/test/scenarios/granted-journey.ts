import type { Client, Flow } from '@cardea/sdk'
import { DAY, SECOND } from '../../src/clock.ts'
import type { Usable } from '../../src/connections/connections.ts'
import type { Outgoing } from '../../src/net/message.ts'
import type { PlainRequest, Simulator } from '../../src/simulate/simulate.ts'
import type { ConnectionGrantRow, ConnectionRow, RevocationRow } from '../../src/store/schema.ts'
import { type Browser, PASSWORD } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { at, comeBack, consent, type Ground, ground } from '../connections/authorize/ground.ts'
import { type World, world } from '../connections/world.ts'

/** The life of a connection that somebody consents to, through the doors that members and callers use, at a clock that a test moves. */
export interface Journey {
  here: World
  /** Whoever consents. */
  client(): Client
  browser(): Browser
  clock: TestClock
  /** The service stands, and an app for it is registered. */
  ground(id: string, name: string, ...more: Rest<typeof ground>): Promise<Ground>
  /** Begins, agrees at the service with whatever it has there, and comes back. */
  agreed(ground: Ground, more?: Record<string, unknown>): Promise<Flow>
  /** The same, of which a connection comes; its id. */
  connected(ground: Ground, more?: Record<string, unknown>): Promise<string>
  again(ground: Ground, id: string): Promise<Flow>
  usable(id: string, how?: { rejected?: Usable; host?: string }): Promise<Usable>
  /** Time passes until its token has ended, as the service said or as a call finds out; then it is asked for. */
  renewed(ground: Ground, id: string): Promise<Usable>
  /** As if the schedule had run all that time. */
  pass(milliseconds: number): Promise<void>
  /** Time goes on while somebody waits. */
  patiently<T>(work: Promise<T>): Promise<T>
  /** What becomes of asking for it: its code, or undefined. */
  refused(work: Promise<unknown>): Promise<string | undefined>
  row(id: string): Promise<ConnectionRow>
  grant(id: string): Promise<ConnectionGrantRow>
  /** As the schedule does it, for what is due now. */
  renewDue(): Promise<number>
  /** Once the service has answered for the last time. */
  revocation(id: string): Promise<RevocationRow | undefined>
  /** The last request to an endpoint, and what it said in query and body. */
  sentTo(simulator: Simulator, endpoint: string): PlainRequest & { params: Record<string, string> }
  /** No service of another test stands any more, so that nothing may be due there. */
  forget(): Promise<void>
  close(): Promise<void>
}
type Rest<F> = F extends (here: never, admin: never, id: never, name: never, ...rest: infer R) => unknown ? R : never

export async function journey(): Promise<Journey> {
  const clock = createTestClock(Date.now())
  // Nothing goes on by itself: a year passes in one step.
  const here = await world({
    clock: { ...clock, every: () => () => {} },
    environment: { CARDEA_SESSION_HOURS: '8760', CARDEA_ALLOWED_HOSTS: 'localhost' },
  })
  const ada = await here.app.setUp()
  const { connections, store } = here.app.app
  const { workspaceId } = ada
  const member = ada

  const renewDue = () => connections.renewDue({ limit: 50, atOnce: 1, isClosing: () => false })
  const grantOf = (id: string) =>
    store.sweep((db) =>
      db.selectFrom('connection_grants').selectAll().where('connection_id', '=', id).executeTakeFirstOrThrow(),
    )

  async function agreed({ simulator, input }: Ground, more: Record<string, unknown> = {}): Promise<Flow> {
    const { client } = member
    const started = await client.connections.authorize({ ...input, bind: 'browser', ...more } as never)
    if (started.kind === 'browser') await comeBack(at(here, member), await consent(simulator, started.authorizeUrl!))
    if (started.kind === 'device') {
      simulator.answerDevice(started.device!.userCode, 'yes')
      await clock.advance(started.device!.intervalSeconds * SECOND)
    }
    return client.connections.flows.get(started.id)
  }

  return {
    here,
    client: () => member.client,
    browser: () => member,
    clock,
    agreed,
    ground: async (id, name, ...more) => {
      const { client } = member
      await client.me().catch(() => client.session.signIn({ email: member.email, password: PASSWORD }))
      for await (const app of client.apps.list({ provider: id })) {
        if (app.methods.includes(name)) await client.apps.remove(app.id)
      }
      return ground(here, client, id, name, ...more)
    },
    connected: async (of, more) => {
      const flow = await agreed(of, more)
      if (!flow.connection) throw new Error(JSON.stringify([flow.problem, flow.asks, of.simulator.calls]))
      return flow.connection.id
    },
    again: (of, id) => {
      const { credential } = of.input
      const input = { connectionId: id, ...(credential ? { credential } : {}) }
      return agreed({ ...of, input: input as never })
    },
    usable: (id, how) => connections.usable(workspaceId, id, how),
    renewed: async ({ simulator }, id) => {
      const before = await connections.usable(workspaceId, id)
      const { access_expires_at: end } = await grantOf(id)
      await clock.advance(end === null ? 31 * SECOND : Math.max(end - clock.now() + SECOND, 0))
      if (end === null) simulator.expireAccessTokens()
      return connections.usable(workspaceId, id, end === null ? { rejected: before } : {})
    },
    pass: async (milliseconds) => {
      for (let left = milliseconds; left > 0; left -= DAY) {
        await clock.advance(Math.min(left, DAY))
        await renewDue()
      }
      // Whoever looks on stays signed in.
      await member.client.me()
    },
    patiently: async (work) => {
      let settled = false
      const done = () => {
        settled = true
      }
      work.then(done, done)
      for (let second = 0; !settled && second < 120; second++) {
        await clock.advance(SECOND)
        for (let tick = 0; !settled && tick < 20; tick++) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return work
    },
    refused: (work) =>
      work.then(
        () => undefined,
        (error: { code?: string }) => error.code ?? String(error),
      ),
    row: (id) =>
      store.sweep((db) => db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()),
    grant: grantOf,
    renewDue,
    revocation: async (id) => {
      const read = () =>
        store.sweep((db) => db.selectFrom('revocations').selectAll().where('connection_id', '=', id).executeTakeFirst())
      // The attempt that the end has woken runs beside the test.
      for (let tried = 0; tried < 2000; tried++) {
        const found = await read()
        if (found?.state !== 'pending' || found.last_failure !== null) return found
        await new Promise((resolve) => setTimeout(resolve, 5))
        // As each minute does: at the moment of the call the row may have been written to.
        if (tried % 100 === 99)
          for (const row of await connections.revocations.claimDue(16)) await connections.revocations.attempt(row)
      }
      return read()
    },
    sentTo: (simulator, endpoint) => {
      const index = simulator.calls.findLastIndex((call) => call.endpoint === endpoint)
      const { method, address } = simulator.calls[index] ?? {}
      const last = here.sent.findLast((each) => each.method === method && addressOf(each) === address)
      if (!last) throw new Error(`nothing was sent to ${endpoint}: ${JSON.stringify(simulator.calls)}`)
      return { ...last, body: last.body as string, params: paramsOf(last) }
    },
    forget: () =>
      store.sweep(async (db) => {
        await db.deleteFrom('revocations').execute()
        await db.deleteFrom('connections').execute()
      }),
    close: () => here.app.close(),
  }
}

function addressOf({ url }: Outgoing): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

export function paramsOf({ url, body }: Pick<Outgoing, 'url' | 'body'>): Record<string, string> {
  const text = String(body ?? '')
  const inBody: Record<string, string> = text.startsWith('{')
    ? JSON.parse(text)
    : Object.fromEntries(new URLSearchParams(text))
  return { ...Object.fromEntries(new URL(url).searchParams), ...inBody }
}

/** Whether what a caller is given is a credential that the service has issued and takes now. */
export function isLive({ grants }: Simulator, { values }: Usable, now: number): boolean {
  return grants.some(
    ({ revoked, issued }) =>
      !revoked &&
      issued.some(
        (each) =>
          Object.keys(each.values).length > 0 &&
          (each.expiresAt === undefined || each.expiresAt > now) &&
          Object.entries(each.values).every(([name, text]) => values[name]?.reveal() === text),
      ),
  )
}
