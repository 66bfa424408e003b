import type { Broker, Going, Held, Passage } from '../broker/broker.ts'
import { type Clock, SECOND } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Dispatch } from '../net/dispatch.ts'
import type { Call } from '../policy/policy.ts'
import { Secret } from '../secret.ts'
import type { Described, Target } from '../target/target.ts'
import { aimAt } from './aim.ts'
import { NO_BODY } from './body.ts'
import { type Collected, Collecting } from './collect.ts'
import { createFlights } from './flights.ts'
import { outgoing } from './outgoing.ts'
import { createPlans } from './plan.ts'
import type { Asked } from './request.ts'
import { createRequestIds } from './request-ids.ts'
import { createTold } from './told.ts'

/**
 * One call whose body is in hand and whose answer is wanted whole, the same way that streaming calls go: target, policies, placing, the
 * record, sending, one renewal, searching the answer. Whoever asks has a passage already.
 */
export interface Calls {
  /** `make` is asked with the connection as it is when its credential is in hand. What is thrown says with `sent` whether it had left. */
  call(passage: Passage, make: (of: Described) => Wanted, how: CallHow): Promise<Collected>
  close(): void
}

/** A call, before the credential is in it. */
export interface Wanted {
  method: string
  /** Below the base address; the whole path where a host is named. */
  path: string
  /** Without `?`. */
  query: string
  host?: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body?: Buffer
}

export interface CallHow {
  /** Of the answer, in bytes. */
  limit: number
  /** For everything after the record, in seconds. */
  seconds: number
  /** Whoever asks has gone: nothing leaves from then on. What has left is heard to its end. */
  signal?: AbortSignal | undefined
}

export interface CallDeps {
  broker: Pick<Broker, 'credential' | 'stands' | 'confirm' | 'goesOn' | 'use' | 'ended' | 'limited'>
  connections: Pick<Connections, 'used' | 'hasCheck'>
  target: Target
  dispatch: Dispatch
  clock: Clock
  log: Logger
  /** What administrators allow: throws the refusal, and counts the call. */
  mayReach: (passage: Passage, call: Call) => void | Promise<void>
}

/** No token was presented: the passage is there already. */
const NO_TOKEN: Pick<Asked, 'token' | 'place' | 'proof' | 'awaitsContinue' | 'range' | 'acceptEncoding'> = {
  token: Secret.of(''),
  place: { in: 'authorization' },
  proof: undefined,
  awaitsContinue: false,
  range: undefined,
  acceptEncoding: undefined,
}

export function createCalls(deps: CallDeps): Calls {
  const { broker, target, dispatch, clock, log, mayReach } = deps
  const planFor = createPlans(target)
  const requestId = createRequestIds()
  const told = createTold({ clock, broker, connections: deps.connections })
  // Nobody here waits for a caller: only what has ended is looked for.
  const flights = createFlights({ clock, idleSeconds: 3600 })

  /** Placed, recorded, and gone: in this order, each time a credential leaves. */
  async function send(
    passage: Passage,
    under: Under,
    make: (of: Described) => Wanted,
    how: CallHow,
  ): Promise<Collected> {
    const { held } = under
    const plan = planFor(held.usable)
    const wanted = make(plan.of)
    const { method, path, host, body } = wanted
    const asked = askedFor(passage, wanted)
    const aim = aimAt(target, plan, asked)
    if (!under.going) {
      const { host: found, isGuarded } = aim
      await mayReach(passage, { method, path, host: found, namesHost: host !== undefined, isGuarded })
    }
    const call = outgoing({ target, clock }, plan, asked, aim, body ? { bytes: body, stream: undefined } : NO_BODY)
    const going = { version: held.usable.version, host: aim.host, method, path }
    refuseGone(how.signal)
    const recorded = body ? { ...going, bytes: body.byteLength } : going
    await broker.use(passage, recorded)
    under.going = recorded
    // A while has passed: what was true when it was asked may no longer be.
    refuseGone(how.signal)
    if (!broker.stands(passage)) await broker.confirm(passage)
    refuseGone(how.signal)
    const collecting = new Collecting({ held, passage, limit: how.limit, requestId: requestId(), host: aim.host }, () =>
      broker.goesOn(passage),
    )
    under.collecting = collecting
    flights.add(collecting)
    const stop = new AbortController()
    clock.sleep(how.seconds * SECOND, stop.signal).then(
      () => collecting.fail(new Problem('proxy.no_answer', { host: aim.host })),
      () => undefined,
    )
    try {
      dispatch.send({ ...call, party: passage.workspaceId }, collecting)
      return await collecting.done
    } finally {
      stop.abort()
      flights.remove(collecting)
    }
  }

  async function again(passage: Passage, under: Under): Promise<boolean> {
    const { held } = under
    const fresh = await broker.credential(passage, { rejected: held.usable })
    const { version, purchase } = fresh.usable
    if (version === held.usable.version && purchase === held.usable.purchase) {
      fresh.release()
      return false
    }
    held.release()
    under.held = fresh
    return true
  }

  function over(passage: Passage, { held, going, collecting }: Under, startedAt: number, failure: unknown): void {
    if (going) {
      const { status = 0, bytesOut = 0 } = collecting ?? {}
      const durationMs = clock.monotonic() - startedAt
      const ending = { bytesIn: going.bytes ?? 0, bytesOut, durationMs, ...(status === 0 ? {} : { status }) }
      broker.ended(passage, going, ending)
      const { answer, said } = collecting ?? { answer: undefined, said: undefined }
      told({ held, status, answer, said }, failure)?.catch((error: unknown) =>
        log.error('what a call has shown of its connection was not noted', { error }),
      )
    }
    held.release()
  }

  return {
    call: async (passage, make, how) => {
      const startedAt = clock.monotonic()
      const held = await broker.credential(passage, how.signal ? { signal: how.signal } : {})
      const under: Under = { held, going: undefined, collecting: undefined }
      let failure: unknown
      try {
        const first = await send(passage, under, make, how)
        return first.status === 401 && (await again(passage, under)) ? await send(passage, under, make, how) : first
      } catch (error) {
        failure = error
        throw error
      } finally {
        over(passage, under, startedAt, failure)
      }
    },
    close: () => flights.close(),
  }
}

interface Under {
  held: Held
  /** As it was recorded. */
  going: Going | undefined
  collecting: Collecting | undefined
}

function askedFor({ connectionId }: Passage, { method, path, query, host, headers, body }: Wanted): Asked {
  return {
    ...NO_TOKEN,
    connectionId,
    method,
    path,
    query,
    host,
    headers: Object.entries(headers).flat(),
    length: body?.byteLength ?? 0,
    onUnavailable: undefined,
  }
}

function refuseGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Problem('request.cut_short')
}
