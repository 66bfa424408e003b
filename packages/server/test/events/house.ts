import { onTestFinished } from 'vitest'
import type { Caller } from '../../src/actor.ts'
import { createEvents, type Events, type EventType } from '../../src/events/events.ts'
import { createDeliver, type Deliver } from '../../src/jobs/jobs.ts'
import { createGuard } from '../../src/net/guard.ts'
import { createSend, type SendLimits } from '../../src/net/send.ts'
import { openSignals, type Signals } from '../../src/store/signals.ts'
import type { TestClock } from '../clock.ts'
import { A, freshGround, type Ground, type Server } from '../vault/ground.ts'

/** The events room of one server over a real store, a real vault and real sockets. */
export interface House {
  ground: Ground
  server: Server
  clock: TestClock
  signals: Signals
  events: Events
  /** What was recorded in the audit trail, by name. */
  recorded: string[]
  /** Starts the loop that delivers. */
  deliver(): Deliver
  /** Another server over the same database. */
  beside(): Promise<House>
  emit(subject: string, more?: Emitted): Promise<void>
  /** A webhook to this address. */
  webhook(url: string, types?: EventType[]): Promise<{ id: string; secret: string }>
  /** What was sent to it, newest first. */
  log(id: string): Promise<Logged[]>
}

export interface Emitted {
  type?: EventType
  audience?: string
  workspaceId?: string
  data?: Record<string, unknown>
}

export interface Logged {
  state: string
  errors: (string | null)[]
  statuses: (number | null)[]
  answers: (string | null)[]
}

export const admin: Caller = {
  actor: { kind: 'person', userId: 'usr_ada', loginId: 'ses_1', operator: false, workspaceId: A, role: 'admin' },
  requestId: 'req_1',
  ip: '192.0.2.1',
}

export interface HouseOptions {
  allowed?: string[]
  limits?: Partial<SendLimits>
  random?: () => number
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const ground = await freshGround()
  onTestFinished(() => ground.clear())
  return house(ground, await ground.start(), options)
}

async function house(ground: Ground, server: Server, options: HouseOptions): Promise<House> {
  const { allowed = ['127.0.0.1'], limits = {}, random = () => 0 } = options
  const { store, vault, clock, log } = server
  const signals = openSignals({ dialect: store.dialect, clock, log, ...(ground.url ? { url: ground.url } : {}) })
  onTestFinished(() => signals.close())
  await untilHeard(server, signals)
  const guard = createGuard({ allowed })
  const recorded: string[] = []
  const events = createEvents({
    store,
    signals,
    vault,
    clock,
    log,
    record: async (_db, { event }) => void recorded.push(event),
    administers: (actor) => 'role' in actor && actor.role === 'admin',
    check: guard.check,
    send: createSend(guard, { maxBytes: 4096, longer: 'cut', ...limits }),
    keptDays: 30,
    random,
  })
  onTestFinished(() => events.close())
  return {
    ground,
    server,
    clock,
    signals,
    events,
    recorded,
    deliver: () => {
      const deliver = createDeliver({ store, signals, clock, log, attempts: events.attempts })
      onTestFinished(() => deliver.close())
      return deliver
    },
    beside: async () => house(ground, await ground.beside(server), options),
    emit: (subject, { type = 'connection.created', audience = 'workspace', workspaceId = A, data = {} } = {}) =>
      store.within({ workspaceId }, (db) =>
        events.emit(db, { workspaceId, type, subject, audience, data: { ...connection(subject), ...data } }),
      ),
    webhook: async (url, types) => {
      const made = await events.webhooks.create(admin, { url, ...(types ? { types } : {}) })
      return { id: made.webhook.id, secret: made.secret.reveal() }
    },
    log: async (id) => {
      const { items } = await events.webhooks.deliveries(admin, id, undefined, { limit: 200 })
      return items.map(({ state, log }) => ({
        state,
        errors: log.map(({ error }) => error),
        statuses: log.map(({ status }) => status),
        answers: log.map(({ answer }) => answer),
      }))
    },
  }
}

/** The line on which PostgreSQL tells is made in the background; a clock that stands still would not notice what it missed. */
async function untilHeard({ store }: Server, signals: Signals): Promise<void> {
  let isHeard = false
  const stop = signals.subscribe('cardea_events', () => {
    isHeard = true
  })
  await eventually(async () => {
    await store.within({}, (db) => signals.send(db, 'cardea_events', 'is anybody there'))
    return isHeard
  })
  stop()
}

export const connection = (connectionId: string) => ({
  connectionId,
  provider: 'somewhere',
  owner: 'usr_ada',
  visibility: 'workspace' as const,
  status: 'active',
  health: 'ok',
  reason: null,
  name: 'work mail',
  account: 'ada@example.com',
})

/** Waits for what happens by itself on real sockets. */
export async function eventually(holds: () => unknown, what = 'it'): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${what} did not come to be`)
}

/** Lets the clock go on in steps, as it does, until this holds. */
export async function passing(
  clock: TestClock,
  step: number,
  holds: () => unknown,
  most = 2000,
  pauseMilliseconds = 2,
): Promise<void> {
  for (let turn = 0; turn < most; turn++) {
    if (await holds()) return
    await clock.advance(step)
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
  }
  throw new Error('it did not come to be')
}
