import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Broker } from '../broker/broker.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../log.ts'
import type { Dispatch } from '../net/dispatch.ts'
import { createProxy } from '../proxy/proxy.ts'
import type { Target } from '../target/target.ts'
import { clientAddress } from './origin.ts'
import { problemDetails } from './refusal.ts'
import type { Rooms } from './rooms.ts'

/** What takes the paths under /proxy and every upgrade, without a Request or Response in between. */
export interface RawHandler {
  request(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** What only the hop needs of the rooms. */
export interface Hop {
  broker: Broker
  target: Target
  dispatch: Dispatch
}

/** The paths under /proxy: the one part of the door that is neither Hono nor JSON. Policies decide and count before anything leaves. */
export function createProxied(
  deps: Omit<Rooms, 'broker'> & Hop & { config: Config; log: Logger },
  publicUrl: () => string,
): RawHandler & { close(): void } {
  const { broker, connections, policies, target, dispatch, clock, log, config } = deps
  const proxy = createProxy({
    broker,
    connections,
    target,
    dispatch,
    clock,
    log,
    describe: problemDetails,
    publicUrl,
    idleSeconds: config.proxyIdleSeconds,
    addressOf: ({ socket, headers }) => {
      const forwarded = headers['x-forwarded-for']
      return clientAddress(
        socket.remoteAddress ?? '',
        forwarded === undefined ? null : String(forwarded),
        config.trustedProxies,
      )
    },
    mayReach: (passage, call) => {
      const allowed = policies.mayReach(broker.factsOf(passage), call)
      if (!(allowed instanceof Promise)) return broker.spend(passage, allowed.budgets)
      return allowed.then(({ budgets }) => broker.spend(passage, budgets))
    },
  })
  return { request: proxy.handle, upgrade: proxy.upgrade, close: proxy.close }
}
