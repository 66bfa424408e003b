import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Actor } from '../actor.ts'
import { type Clock, HOUR, MINUTE, SECOND } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import { pruneIdempotency } from '../store/idempotency.ts'
import { createApi } from './api.ts'
import { type Connections, watchConnections } from './connections.ts'
import { createIdempotency, KEPT_MILLISECONDS } from './idempotency.ts'
import { createLimiter } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { createProxied, type Hop, type RawHandler } from './proxied.ts'
import { answerRaw, refuseSocket } from './raw.ts'
import { problemResponse } from './refusal.ts'
import type { Rooms } from './rooms.ts'
import { routes } from './routes.ts'
import { createStaticFiles } from './static.ts'
import { createSurface } from './surface.ts'
import { isWell } from './wellness.ts'

/**
 * One node:http server for everything. Promises: each request ends in an answer, a slow client in none; the paths under
 * `/proxy` reach the raw handler byte for byte; closing lets what is in flight finish. Refuses requests that no single
 * reading fits: absolute targets, names of other hosts, heads that are too large or come too slowly.
 */
export interface Http {
  /** Resolves with the address once it is taken. */
  listen(host: string, port: number): Promise<{ url: string; port: number }>
  /** For callers in this process. Without an actor the headers say who asks, as from outside. */
  handle(request: Request, options?: { actor?: Actor; address?: string }): Promise<Response>
  /** For another server, such as the owner's socket: whoever gets through to that is this actor. */
  requestListener(actor?: Actor): (request: IncomingMessage, response: ServerResponse) => void
  /** The address of the server as browsers see it. */
  readonly publicUrl: string
  close(drainSeconds: number): Promise<void>
}

export interface HttpDeps extends Omit<Rooms, 'broker'>, Hop {
  config: Config
  log: Logger
  version: string
  /** The dashboard's built files. */
  dashboardFolder: string
  /** Instead of the one that is made of the rooms. */
  proxy?: RawHandler
}

const LIMITS = {
  headersTimeout: 15 * SECOND,
  // Not for all: what goes through the proxy takes as long as it moves. Bodies of the API have BODY_TIME.
  requestTimeout: 0,
  keepAliveTimeout: 65 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
  maxHeaderSize: 16 * 1024,
} as const
const BODY_TIME = 2 * MINUTE

export function createHttp(deps: HttpDeps): Http {
  const { config, clock, log } = deps
  let connections: Connections | undefined
  let listening: { host: string; port: number } | undefined
  let closing = false

  const here = () => {
    const { host, port } = listening ?? config
    const publicUrl = config.publicUrl ?? `http://${urlHost(host)}:${port}`
    return { publicUrl, isConfigured: config.publicUrl !== undefined, host, port }
  }
  const proxied = deps.proxy ? { ...deps.proxy, close: () => undefined } : createProxied(deps, () => here().publicUrl)
  const metrics = createMetrics({
    audit: () => deps.audit.stats(),
    vaultIsWell: async () => (await isWell(deps.vault)).ok,
    rotation: async () => {
      const newest = await deps.rotations.newest()
      return newest?.state === 'running' ? newest : undefined
    },
  })
  const api = createApi({
    rooms: deps,
    routes,
    clock,
    log,
    metrics,
    limiter: createLimiter(clock, config.requestsPerMinute),
    idempotency: createIdempotency(deps),
    files: createStaticFiles(deps.dashboardFolder),
    surface: createSurface({
      routes,
      metrics,
      version: deps.version,
      standing: () => ({ ...here(), trustedProxies: config.trustedProxies, servicesDir: config.servicesDir }),
    }),
    metricsToken: config.metricsToken,
    bodyLimit: config.bodyLimitBytes,
    trustedProxies: config.trustedProxies,
    here,
  })
  const stopPruning = clock.every(HOUR, () => {
    deps.store
      .sweep((db) => pruneIdempotency(db, clock.now() - KEPT_MILLISECONDS))
      .catch((error) => log.warn('old idempotency keys could not be removed', { error }))
  })

  const listenerFor = (local: Actor | undefined) => {
    const listener = getRequestListener(
      (request, env) => {
        const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse }
        const address = incoming.socket.remoteAddress ?? ''
        return api.answer(request, { address, ...(local ? { local } : {}), abort: () => outgoing.destroy() })
      },
      { overrideGlobalObjects: false, hostname: 'localhost', errorHandler: (error) => lastRefusal(error, log) },
    )
    return (request: IncomingMessage, response: ServerResponse): void => {
      if (!local) connections?.busy(request.socket, response)
      if (closing) response.setHeader('connection', 'close')
      const target = request.url ?? ''
      // The one way a target may look. `GET http://elsewhere/` would be read as another host than the header names.
      if (!target.startsWith('/')) answerRaw(response, new Problem('request.invalid'))
      else if (!isProxied(target)) {
        hurry(request, clock)
        void listener(request, response)
      } else if (!local) proxied.request(request, response)
      else answerRaw(response, new Problem('request.not_found'))
    }
  }

  const prepare = (server: Server): Server => {
    connections = watchConnections(server, clock)
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseSocket(socket, error.code))
    server.on('checkContinue', (request, response) => {
      // The proxy lets a body come only when the call may be made.
      if (!isProxied(request.url ?? '')) response.writeContinue()
      server.emit('request', request, response)
    })
    server.on('upgrade', (request, socket, head) => {
      if (!closing && isProxied(request.url ?? '')) proxied.upgrade(request, socket, head)
      else refuseSocket(socket, 'UPGRADE')
    })
    return server
  }

  return {
    get publicUrl() {
      return here().publicUrl
    },
    listen: async (host, port) => {
      const server = prepare(createServer(LIMITS, listenerFor(undefined)))
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          resolve()
        })
      })
      const taken = (server.address() as AddressInfo).port
      listening = { host, port: taken }
      return { url: `http://${urlHost(host)}:${taken}`, port: taken }
    },
    handle: (request, { actor, address = '127.0.0.1' } = {}) =>
      api.answer(request, { address, ...(actor ? { local: actor } : {}) }),
    requestListener: (actor) => listenerFor(actor),
    close: async (drainSeconds) => {
      closing = true
      stopPruning()
      // Their readers come back by themselves; waiting for them would take all the time there is.
      deps.events.endStreams()
      await connections?.drain(drainSeconds)
      proxied.close()
    },
  }
}

function isProxied(target: string): boolean {
  return /^\/proxy(?=[/?]|$)/.test(target)
}

/** Whoever sends a body a byte at a time holds a line of the API no longer than this. */
function hurry(request: IncomingMessage, clock: Clock): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return
  const whole = new AbortController()
  request.on('close', () => whole.abort())
  clock.sleep(BODY_TIME, whole.signal).then(
    () => request.complete || refuseSocket(request.socket, 'ERR_HTTP_REQUEST_TIMEOUT'),
    () => undefined,
  )
}

function urlHost(host: string): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return reachable.includes(':') ? `[${reachable}]` : reachable
}

/** For what is refused before there is a request: a target or a host that is no address. */
function lastRefusal(error: unknown, log: Logger): Response {
  if (!(error instanceof RequestError)) log.error('a fault', { error })
  const problem = new Problem(error instanceof RequestError ? 'request.invalid' : 'server.fault')
  const response = problemResponse(problem, newId('req'))
  response.headers.set('connection', 'close')
  return response
}
