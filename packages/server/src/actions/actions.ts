import type { Caller } from '../actor.ts'
import type { Broker, Passage } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Dispatch } from '../net/dispatch.ts'
import type { Call, Policies } from '../policy/policy.ts'
import { createCalls, type Wanted } from '../proxy/proxy.ts'
import type { Services } from '../services/services.ts'
import type { Store } from '../store/store.ts'
import type { Target } from '../target/target.ts'
import { type Output, outputOf } from './answer.ts'
import { type ActionQuery, createCatalogue, type SeenAction } from './catalogue.ts'
import { callOf, composed } from './compose.ts'
import { asFailure, scopeMissing } from './failure.ts'
import { type AskedAction, createFinder, type Found } from './found.ts'
import { checkedInput, type Given } from './input.ts'
import { createMailCall } from './mail.ts'
import { type Mailbox, mailAct } from './mailbox.ts'
import { type Previewed, previewOf } from './preview.ts'

/**
 * Named calls of services. Promises: an action takes the path of any call (a broker token of one use for whoever asks, policies, the record,
 * placing, searching the answer), sends what its definition says with what was given in it, and says of every failure whether the service may
 * have done it. Refuses input that it did not ask for, a connection that lacks the scope, and to open anything for a dry run.
 */
export interface Actions {
  list(caller: Caller, query: ActionQuery): ReturnType<ReturnType<typeof createCatalogue>['list']>
  get(caller: Caller, identifier: string): Promise<SeenAction>
  /** `signal`: whoever asks has gone. What has left by then is heard to its end. */
  execute(caller: Caller, asked: AskedAction, signal?: AbortSignal): Promise<Executed>
  /** What would be sent and what policies say, without opening the credential, without sending, without a record. */
  preview(caller: Caller, asked: AskedAction): Promise<Previewed>
  close(): void
}

export type Executed = Output

export { createMailbox } from './mailbox.ts'
export type { ActionQuery, AskedAction, Mailbox, Output, Previewed, SeenAction }

export interface ActionsDeps {
  store: Store
  clock: Clock
  log: Logger
  services: Pick<Services, 'list' | 'get' | 'definition'>
  connections: Pick<Connections, 'used' | 'hasCheck'>
  broker: Pick<
    Broker,
    | 'mint'
    | 'redeem'
    | 'credential'
    | 'stands'
    | 'confirm'
    | 'goesOn'
    | 'use'
    | 'ended'
    | 'limited'
    | 'factsOf'
    | 'spend'
    | 'skills'
  >
  policies: Pick<Policies, 'explain' | 'mayReach'>
  target: Target
  dispatch: Dispatch
  mailbox: Mailbox
  publicUrl: () => string
  /** Of an answer, in bytes. */
  answerLimit?: number
}

const ANSWER_LIMIT = 10 * 1024 * 1024
/** Less than an idempotency key waits for. */
const ANSWER_SECONDS = 120

export function createActions(deps: ActionsDeps): Actions {
  const { broker, clock, policies, publicUrl, answerLimit: limit = ANSWER_LIMIT } = deps
  /** What administrators allow: throws the refusal, and counts the call. */
  const mayReach = async (passage: Passage, call: Call) => {
    const { budgets } = await policies.mayReach(broker.factsOf(passage), call)
    broker.spend(passage, budgets)
  }
  const find = createFinder(deps)
  const calls = createCalls({ ...deps, mayReach })
  const mail = createMailCall({ ...deps, mayReach })
  const catalogue = createCatalogue(deps.services)

  /** A token of one use, which never leaves this room: what holds for a token holds for an action. */
  async function enter(
    caller: Caller,
    asked: AskedAction,
    { connectionId }: Found,
    wanted: Entering,
  ): Promise<Passage> {
    const { skill, toolCall, run, step, onBehalfOf, onUnavailable, identifier: action } = asked
    const given = { skill, toolCall, run, step, onBehalfOf, onUnavailable }
    const { token } = await broker.mint(caller, { ...given, connections: [connectionId], uses: 1 })
    const { requestId, ip } = caller
    try {
      return await broker.redeem(token, { ...wanted, connectionId, action, requestId, ip })
    } finally {
      token.wipe()
    }
  }

  async function carriedOut(passage: Passage, found: Found, input: Given, signal?: AbortSignal): Promise<Output> {
    const { identifier, action } = found
    if (action.mail) return mail(passage, found, input, signal)
    let described = found.described
    const make = (of: Found['described']): Wanted => {
      described = of
      return composed(identifier, action, of, input)
    }
    const collected = await calls.call(passage, make, { limit, seconds: ANSWER_SECONDS, signal })
    return outputOf(clock, { identifier, action, described }, collected)
  }

  return {
    ...catalogue,

    execute: async (caller, asked, signal) => {
      const found = await find(caller, asked.identifier, asked.connectionId)
      const input = checkedInput(found.action, asked.input)
      const wanted = enteringOf(found, input)
      if (found.lacks?.length) throw scopeMissing(found, found.lacks, publicUrl())
      try {
        const passage = await enter(caller, asked, found, wanted)
        return await carriedOut(passage, found, input, signal)
      } catch (error) {
        // Gone while somebody was waited for: nothing has left.
        if (signal?.aborted && error === signal.reason) throw new Problem('request.cut_short')
        throw asFailure(error, found, publicUrl())
      }
    },

    preview: async (caller, asked) => {
      const found = await find(caller, asked.identifier, asked.connectionId)
      const input = checkedInput(found.action, asked.input)
      return previewOf(deps, caller, asked, found, input)
    },

    close: () => calls.close(),
  }
}

type Entering = Pick<Wanted, 'method' | 'path'> & { host?: string; bytes?: number }

/** What a token is held against. Everything that input can be wrong in shows here, before anything is made or opened. */
function enteringOf({ identifier, action, described }: Found, input: Given): Entering {
  if (action.mail) {
    mailAct(action.mail, described, input)
    const [method, path] = callOf(action)
    return { method, path }
  }
  const { method, path, host, body } = composed(identifier, action, described, input)
  return { method, path, ...(host === undefined ? {} : { host }), ...(body ? { bytes: body.byteLength } : {}) }
}
