/**
 * A service from its definition: every address that the definition names, answering as it says, oddities included. Promises: a
 * caller who does anything else than the definition asks for (another client authentication, a header left out, a refresh token
 * used twice) is refused as the real one would, and `calls` says why. Refuses to guess: an address that the service does not have
 * is unreachable. Mail protocols are not simulated. For tests and for `service check` only: its secrets are made up.
 */
import type { Service } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { type Account, type AccountChoices, makeAccount } from './account.ts'
import { api, failureOf, isOurHost } from './api.ts'
import type { Found } from './authorize.ts'
import type { DeviceWaits } from './device.ts'
import { same } from './expected.ts'
import { type AnswerClass, type Endpoint, freshLevers, type Levers, type Outage } from './levers.ts'
import { type Listening, listen } from './listen.ts'
import { outageAnswer, Unreachable } from './outage.ts'
import type { Random } from './pattern.ts'
import { jsonAnswer, type PlainAnswer, type PlainRequest, type Received, receive } from './received.ts'
import { hostsOf, routeLookup, routeObtain } from './route.ts'
import { type FailureShape, failureShapes } from './shapes.ts'
import type { RequestTokens } from './three-legged.ts'
import { allIssued, type Grant, issue, newGrant, type World } from './world.ts'

export { Unreachable } from './outage.ts'
export type {
  Account,
  AnswerClass,
  Endpoint,
  FailureShape,
  Grant,
  Levers,
  Listening,
  Outage,
  PlainAnswer,
  PlainRequest,
}

export interface SimulatorOptions extends AccountChoices {
  readonly clock: Clock
  /** Between 0 and 1. The same every time unless told. */
  readonly random?: Random
}

/** One call, and what it did wrong. */
export interface Call {
  readonly endpoint: Endpoint | 'nowhere'
  readonly method: string
  /** Without its query, which may hold secrets. */
  readonly address: string
  readonly status: number | undefined
  readonly faults: readonly string[]
}

export interface Simulator {
  readonly account: Account
  readonly levers: Levers
  readonly calls: readonly Call[]
  readonly grants: readonly Grant[]
  /** Every way in which the API of this service fails. */
  readonly shapes: readonly FailureShape[]
  /** Throws `Unreachable` where a connection would fail. */
  handle(request: PlainRequest): Promise<PlainAnswer>
  listen(): Promise<Listening>
  expireAccessTokens(): void
  revokeGrant(): void
  /** Gone for so many calls, or until `recover`. */
  goDown(how: Outage, calls?: number): void
  /** The API answers every call with this failure until `recover`. */
  fail(of: AnswerClass, index?: number): FailureShape | undefined
  recover(): void
  /** The person types the code on the other device, and agrees or not. */
  answerDevice(userCode: string, says: 'yes' | 'no'): boolean
}

export function createSimulator(
  id: string,
  service: Service,
  methodName: string,
  options: SimulatorOptions,
): Simulator {
  const method = Object.hasOwn(service.auth, methodName) ? service.auth[methodName] : undefined
  if (!method) throw new Error(`${id} has no method ${methodName}`)
  const random = options.random ?? repeatable(`${id}.${methodName}`)
  const account = makeAccount(service, method, options, random)
  const levers = freshLevers()
  const now = () => options.clock.now() + levers.skewSeconds * 1000
  const world: World = { service, method, account, levers, random, codes: new Map(), grants: [], spent: new Set(), now }
  const waits: DeviceWaits = new Map()
  const pending: RequestTokens = new Map()
  const calls: Call[] = []
  const state: { failing: FailureShape | undefined } = { failing: undefined }
  let outage: { how: Outage; calls: number } | undefined
  if (method.obtain.by === 'nothing' || method.obtain.by === 'jwt') issue(world, newGrant(world, []), {}, undefined)

  async function handle(request: PlainRequest): Promise<PlainAnswer> {
    const received = receive(request)
    const found = route(world, received)
    const log = (status: number | undefined, faults: readonly string[]) => {
      const address = received.url.origin + received.url.pathname
      calls.push({ endpoint: found?.endpoint ?? 'nowhere', method: received.method, address, status, faults })
    }
    if (!found) {
      log(undefined, [`${received.url.host}${received.url.pathname} is no address of this service`])
      throw new Unreachable('ENOTFOUND', `${received.url.host} cannot be reached`)
    }
    const down = takeOutage()
    if (down && down !== 'drop') {
      log(undefined, [])
      return outageAnswer(down)
    }
    const instead = levers.instead?.(found.endpoint, request)
    const { answer, faults } =
      instead !== undefined
        ? { answer: instead, faults: [] }
        : received.faults.length > 0
          ? { answer: jsonAnswer(400, { error: 'invalid_request' }), faults: received.faults }
          : found.answer()
    log(answer.status, faults)
    if (down === 'drop') return outageAnswer('drop')
    return answer
  }

  function takeOutage(): Outage | undefined {
    if (!outage || outage.calls <= 0) return undefined
    outage.calls--
    return outage.how
  }

  function route(own: World, received: Received): Found | undefined {
    return (
      routeObtain(own, received, { waits, pending }) ??
      routeLookup(own, received) ??
      (isOurHost(own, received.url.host) ? { endpoint: 'api', answer: () => api(own, received, state) } : undefined)
    )
  }

  return {
    account,
    levers,
    calls,
    grants: world.grants,
    shapes: failureShapes(service),
    handle,
    listen: () => listen(handle, (host) => isOurHost(world, host) || hostsOf(world).has(host)),
    expireAccessTokens: () => {
      for (const issued of allIssued(world)) if (Object.keys(issued.values).length > 0) issued.expiresAt = now()
    },
    revokeGrant: () => {
      for (const grant of world.grants) grant.revoked = true
    },
    goDown: (how, times = Number.POSITIVE_INFINITY) => {
      outage = { how, calls: times }
    },
    fail: (of, index = 0) => {
      state.failing = failureOf(world, of, index)
      return state.failing
    },
    recover: () => {
      outage = undefined
      state.failing = undefined
    },
    answerDevice: (userCode, says) => {
      const wait = [...waits.values()].find((each) => same(each.userCode, userCode))
      if (wait) wait.said = says
      return wait !== undefined
    },
  }
}

/** The same sequence for the same name, so that what fails once fails again. */
function repeatable(name: string): Random {
  let seed = [...name].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), 2_166_136_261)
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
