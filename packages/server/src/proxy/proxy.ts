import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Asks, Broker, Held, Passage } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Dispatch } from '../net/dispatch.ts'
import type { Call } from '../policy/policy.ts'
import type { Target } from '../target/target.ts'
import { type Aim, aimAt, checkPlace, refuseGuarded } from './aim.ts'
import { bodyOf, WHOLE } from './body.ts'
import { type Around, Exchange } from './exchange.ts'
import { createFlights } from './flights.ts'
import { isWhole, outgoing } from './outgoing.ts'
import { createPlans, type Plan } from './plan.ts'
import { type Describe, refuse } from './refuse.ts'
import { type Asked, readRequest } from './request.ts'
import { createRequestIds } from './request-ids.ts'
import { createTold } from './told.ts'
import { answerOn, join } from './upgrade.ts'

export { type CallHow, type Calls, createCalls, type Wanted } from './call.ts'
export type { Collected } from './collect.ts'

/**
 * Where calls leave with a credential in them. Promises: a credential goes only where its definition says, after the use was recorded, and
 * is taken out of what comes back; bodies pass both ways as they are, at the pace of whoever reads them; who may no longer call is cut off in
 * the middle. Refuses what two readers could read in two ways, any token of Cardea in the wrong place, and calls that make credentials.
 */
export interface Proxy {
  handle(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends what is under way. */
  close(): void
}

export interface ProxyDeps {
  broker: Pick<Broker, 'redeem' | 'credential' | 'stands' | 'confirm' | 'goesOn' | 'use' | 'ended' | 'limited'>
  connections: Pick<Connections, 'used' | 'hasCheck'>
  target: Target
  dispatch: Dispatch
  clock: Clock
  log: Logger
  describe: Describe
  /** What administrators allow: throws the refusal, and counts the call. Without it, guarded calls alone are refused. */
  mayReach?: (passage: Passage, call: Call) => void | Promise<void>
  /** The address of this server as its callers see it, for proofs of possession and for links. */
  publicUrl: () => string
  /** Who calls, behind the proxies that the operator trusts. */
  addressOf?: (request: IncomingMessage) => string
  idleSeconds?: number
}

export function createProxy(deps: ProxyDeps): Proxy {
  const { broker, target, dispatch, clock, log } = deps
  const flights = createFlights({ clock, idleSeconds: deps.idleSeconds ?? 900 })
  const planFor = createPlans(target)
  const requestId = createRequestIds()
  const told = createTold({ clock, broker, connections: deps.connections })
  const addressOf = deps.addressOf ?? ((request) => request.socket.remoteAddress ?? '')
  const mayReach = deps.mayReach ?? ((_, call) => (call.isGuarded ? refuseGuarded(call) : undefined))

  /** One call, from its first line to its first byte on the way. */
  async function forward(exchange: Exchange, upgrading: boolean): Promise<void> {
    const { request, response } = exchange
    const asked = readRequest(request, upgrading)
    exchange.asked = asked
    const passage = await broker.redeem(asked.token, asksOf(exchange, asked))
    if (exchange.isOver) return
    exchange.passage = passage
    flights.add(exchange)
    const held = await broker.credential(passage, waitingFor(exchange, passage))
    exchange.held = held
    // The caller may have gone meanwhile, and nobody gives back after the end.
    if (exchange.isOver) return held.release()
    const plan = planFor(held.usable)
    exchange.plan = plan
    checkPlace(asked.place, plan)
    const aim = aimAt(target, plan, asked)
    exchange.aim = aim
    if (plan.ownTokens?.has(aim.host)) await changeToken(exchange, passage, aim.host)
    if (exchange.isOver) return
    const { method, path, host } = asked
    const call = { method, path, host: aim.host, namesHost: host !== undefined, isGuarded: aim.isGuarded }
    const allowed = mayReach(passage, upgrading ? { ...call, upgrades: true } : call)
    if (allowed) await allowed
    const body = bodyOf(request, response, asked, {
      whole: isWhole(exchange.plan, asked, WHOLE),
      taken: exchange.taken,
    })
    exchange.body = body instanceof Promise ? await body : body
    if (exchange.isOver) return
    exchange.canRepeat = exchange.body.stream === undefined && !upgrading
    await send(exchange, upgrading)
  }

  /** The token of the first host is refused by the others, and none of their business. */
  async function changeToken(exchange: Exchange, passage: Passage, host: string): Promise<void> {
    const own = await broker.credential(passage, { ...waitingFor(exchange, passage), host })
    if (exchange.isOver) return own.release()
    exchange.held!.release()
    exchange.held = own
    exchange.plan = planFor(own.usable)
  }

  /** Placed, recorded, and gone: in this order, each time a credential leaves. */
  async function send(exchange: Exchange, upgrading: boolean): Promise<void> {
    const { asked, passage, held, plan, aim, body } = exchange as Ready
    const call = outgoing({ target, clock }, plan, asked, aim, body)
    const going = { version: held.usable.version, host: aim.host, method: asked.method, path: asked.path }
    exchange.going = asked.length > 0 ? { ...going, bytes: asked.length } : going
    await broker.use(passage, exchange.going)
    if (exchange.isOver) return
    // A while has passed: what was true when it was asked may no longer be.
    if (!broker.stands(passage)) await broker.confirm(passage)
    if (exchange.isOver) return
    dispatch.send(
      { ...call, party: passage.workspaceId, ...(upgrading ? { upgrade: 'websocket' as const } : {}) },
      exchange,
    )
  }

  const around: Around = {
    flights,
    stands: (passage) => broker.goesOn(passage),
    publicUrl: deps.publicUrl,
    refuse: (exchange, error) => {
      const problem = error instanceof Problem ? error : new Problem('server.fault')
      if (problem !== error) log.error('a fault', { error })
      refuse(exchange.response, problem, exchange.requestId, deps.describe)
    },
    again: async (exchange) => {
      const { passage, held } = exchange as Ready
      const { host } = held.usable
      const fresh = await broker.credential(passage, { rejected: held.usable, ...(host === undefined ? {} : { host }) })
      const { version, purchase } = fresh.usable
      if (exchange.isOver || (version === held.usable.version && purchase === held.usable.purchase)) {
        fresh.release()
        return false
      }
      held.release()
      exchange.held = fresh
      exchange.plan = planFor(fresh.usable)
      exchange.forgetAttempt()
      await send(exchange, false)
      return true
    },
    changed: () => {
      throw new Error('no change of protocol was asked for')
    },
    over: (exchange, failure) => {
      const { passage, going, status, bytesIn, bytesOut } = exchange
      if (!passage || !going) return
      const durationMs = clock.monotonic() - exchange.startedAt
      broker.ended(passage, going, { bytesIn, bytesOut, durationMs, ...(status === 0 ? {} : { status }) })
      told(exchange, failure)?.catch((error: unknown) =>
        log.error('what a call has shown of its connection was not noted', { error, call: exchange.requestId }),
      )
    },
  }

  function begin(exchange: Exchange, upgrading: boolean): void {
    forward(exchange, upgrading).catch((error: unknown) => exchange.fail(error))
  }

  function asksOf({ request, requestId }: Exchange, asked: Asked): Asks {
    const { connectionId, method, path, host, proof, length, onUnavailable } = asked
    const asks: Asks = { connectionId, method, path, requestId, ip: addressOf(request) }
    if (host !== undefined) asks.host = host
    if (proof !== undefined) asks.proof = { header: proof, url: `${deps.publicUrl()}/proxy/${connectionId}${path}` }
    if (length > 0) asks.bytes = length
    if (onUnavailable !== undefined) asks.onUnavailable = onUnavailable
    return asks
  }

  return {
    handle: (request, response) => {
      begin(new Exchange(around, request, response, requestId(), clock.monotonic()), false)
    },
    upgrade: (request, socket, head) => {
      const changing: Around = {
        ...around,
        changed: (exchange, headers, service) => join(exchange, flights, { socket, head, service }, headers),
      }
      begin(new Exchange(changing, request, answerOn(request, socket), requestId(), clock.monotonic()), true)
    },
    close: () => flights.close(),
  }
}

type Ready = Exchange & { asked: Asked; passage: Passage; held: Held; plan: Plan; aim: Aim }

/** Who waits for somebody to re-authorise, and goes away, is no longer waited for. */
function waitingFor({ response }: Exchange, { onUnavailable }: Passage): { signal?: AbortSignal } {
  if (onUnavailable === undefined) return {}
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return { signal: gone.signal }
}
