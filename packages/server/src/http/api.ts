import { Hono } from 'hono'
import type { Actor, Caller } from '../actor.ts'
import { nobody } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import { admit, arrive, carriesCredential, checkMetricsCaller } from './actor.ts'
import { readBytes } from './body.ts'
import { foundAt } from './found-at.ts'
import { addSecurityHeaders } from './headers.ts'
import type { Idempotency } from './idempotency.ts'
import type { Limiter } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { checkHost, clientAddress, ownOrigins } from './origin.ts'
import { setCookieHeaders } from './present.ts'
import { asProblem, oauthResponse, problemResponse, refusalPage } from './refusal.ts'
import { give, type Receiver, readExchange } from './reply.ts'
import type { Rooms } from './rooms.ts'
import type { Route, Surface } from './route.ts'
import type { StaticFiles } from './static.ts'

/**
 * From a request to an answer, the same steps for every route of the table. Promises: one problem for every refusal, a
 * request id on every answer, never an inner word. Refuses before it reads: strange hosts and origins, callers who ask
 * too often, whoever the table of permissions does not let pass.
 */
export interface Api {
  answer(request: Request, peer: Peer): Promise<Response>
}

/** Who is at the other end of the wire. */
export interface Peer {
  address: string
  /** Whoever reaches us through the owner's socket, or in process, is known already. */
  local?: Actor
  /** Cuts the connection: the one way to say that a stream which has begun is not whole. */
  abort?: () => void
}

export interface ApiDeps {
  rooms: Rooms
  routes: readonly Route[]
  clock: Clock
  log: Logger
  metrics: Metrics
  limiter: Limiter
  idempotency: Idempotency
  files: StaticFiles
  surface: Surface
  metricsToken?: Secret | undefined
  bodyLimit: number
  trustedProxies: number
  /** Where we are, known once the server listens. */
  here(): { publicUrl: string; isConfigured: boolean; host: string }
}

interface Visit {
  request: Request
  peer: Peer
  requestId: string
  ip: string
  log: Logger
  route?: Route
  caller?: Caller
  headers: Headers
}

type Bindings = { Bindings: { visit: Visit } }

export function createApi(deps: ApiDeps): Api {
  const { rooms, routes, clock, limiter, metrics } = deps
  const app = new Hono<Bindings>()
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(route.method, path, (context) => serve(route, context.req.param(), context.env.visit))
  }
  app.notFound((context) => nowhere(context.env.visit))
  app.onError((error) => {
    throw error
  })

  async function serve(route: Route, params: Record<string, string>, visit: Visit): Promise<Response> {
    visit.route = route
    const { request } = visit
    await enter(route, visit)
    const { handler } = route
    const caller = visit.caller!
    const takesBody = handler.body !== undefined
    const bytes = takesBody ? await readBytes(request, deps.bodyLimit) : new Uint8Array()
    const exchange = readExchange(route, request, params, bytes, {
      rooms,
      caller,
      surface: deps.surface,
      publicUrl: () => deps.here().publicUrl,
      foundAt: visit.peer.local ? undefined : foundAt(request, deps.trustedProxies),
      again: () => identifyAgain(route, visit),
    })
    const run = () => handler.run(exchange)
    const idempotencyKey = handler.creates || handler.once ? request.headers.get('idempotency-key') : null
    if (idempotencyKey === null) return give(handler, await run(), receiverOf(visit))
    return once(handler, idempotencyKey, bytes, run, visit)
  }

  async function once(
    handler: Route['handler'],
    key: string,
    body: Uint8Array,
    run: () => Promise<unknown>,
    visit: Visit,
  ): Promise<Response> {
    const { request, caller, headers } = visit
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new Problem('request.invalid', { issues: [{ path: 'idempotency-key', message: '1 to 255 characters' }] })
    }
    const { pathname } = new URL(request.url)
    const { method } = request
    const done = await deps.idempotency.run(caller!, key, { method, path: pathname, body }, async () => {
      const response = await give(handler, await run(), receiverOf(visit))
      return { status: response.status, json: await response.text() }
    })
    if (done.replayed) headers.set('idempotency-replayed', 'true')
    return new Response(done.json, { status: done.status, headers: { 'content-type': 'application/json' } })
  }

  /** Who has signed out, was removed, or holds a key that was revoked since. */
  async function identifyAgain(route: Route, { request, peer }: Visit): Promise<Actor | undefined> {
    const { publicUrl, isConfigured } = deps.here()
    const expected = { origins: ownOrigins(publicUrl, isConfigured, request), publicUrl }
    try {
      const { actor } = await arrive(rooms, request, route, expected, peer.local)
      admit(actor, route.permission)
      return actor
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return undefined
      throw error
    }
  }

  /** Everything that must be true before a body is read. */
  async function enter(route: Route, visit: Visit): Promise<void> {
    const { request, peer, requestId, ip } = visit
    const { publicUrl, isConfigured } = deps.here()
    const address = `address ${ip}`
    const isKnown = peer.local !== undefined
    const hasCredential = carriesCredential(request.headers)
    if (!isKnown && !hasCredential) spend(visit, limiter.take(address))
    if (route.handler.gate && !isKnown) {
      checkMetricsCaller(request, { ip, trustedProxies: deps.trustedProxies }, deps.metricsToken)
    }
    const expected = { origins: ownOrigins(publicUrl, isConfigured, request), publicUrl }
    let arrival: Awaited<ReturnType<typeof arrive>>
    try {
      arrival = await arrive(rooms, request, route, expected, peer.local)
    } catch (error) {
      // Guessing is paid for by the address. Who has a good credential does not suffer for a neighbour who guesses.
      if (error instanceof Problem && error.status === 401) spend(visit, limiter.take(address))
      throw error
    }
    for (const cookie of setCookieHeaders(arrival.setCookie)) visit.headers.append('set-cookie', cookie)
    visit.caller = { actor: arrival.actor, requestId, ip }
    if (!isKnown && hasCredential) spend(visit, limiter.take(subjectOf(arrival.actor, address)))
    admit(arrival.actor, route.permission)
  }

  function spend({ headers }: Visit, { allowed, limit, remaining, resetSeconds }: ReturnType<Limiter['take']>): void {
    headers.set('ratelimit-policy', `"default";q=${limit};w=60`)
    headers.set('ratelimit', `"default";r=${remaining};t=${resetSeconds}`)
    if (!allowed) throw new Problem('request.too_many', { limit, retryAfterSeconds: Math.max(1, resetSeconds) })
  }

  /** What is not in the table. Without a credential it cannot be told from what is: nobody maps the API from outside. */
  async function nowhere(visit: Visit): Promise<Response> {
    const { request } = visit
    const { pathname } = new URL(request.url)
    const isApi = /^\/(v1|api|oauth)(\/|$)/.test(pathname)
    if (!isApi) {
      const file = deps.files.answer(request)
      if (file) return file
    }
    if (/^\/v1(\/|$)/.test(pathname)) {
      await enter({ method: 'GET', path: '/v1/*', permission: 'caller', handler: UNKNOWN }, visit)
    }
    const allowed = routes.filter(({ path }) => matches(path, pathname)).map(({ method }) => method)
    if (allowed.length === 0) throw new Problem('request.not_found')
    const allow = [...new Set(allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ')
    throw new Problem('request.method_not_allowed', { method: request.method.slice(0, 20), allow })
  }

  function refuse(error: unknown, visit: Visit): Response {
    const problem = asProblem(error, visit.log)
    metrics.refused(problem.code)
    const page = visit.route?.handler.page
    if (page && visit.request.headers.get('accept')?.includes('text/html')) return refusalPage(problem, page)
    return visit.route?.handler.oauth ? oauthResponse(problem) : problemResponse(problem, visit.requestId)
  }

  return {
    answer: async (request, peer) => {
      const began = clock.monotonic()
      const requestId = newId('req')
      const ip = clientAddress(peer.address, request.headers.get('x-forwarded-for'), deps.trustedProxies)
      const visit: Visit = { request, peer, requestId, ip, log: deps.log.with({ requestId }), headers: new Headers() }
      let response: Response
      try {
        if (!peer.local) checkHost(request, deps.here())
        response = await app.fetch(request, { visit })
      } catch (error) {
        const refusal = refuse(error, visit)
        response = request.method === 'HEAD' ? new Response(null, refusal) : refusal
      }
      for (const [name, value] of visit.headers) response.headers.append(name, value)
      response.headers.set('cardea-request-id', requestId)
      addSecurityHeaders(response.headers, deps.here().publicUrl)
      report(visit, response.status, clock.monotonic() - began)
      return response
    },
  }

  function report({ route, request, caller, log, ip }: Visit, status: number, milliseconds: number): void {
    const pattern = route?.path ?? 'other'
    metrics.answered(pattern, request.method, status, milliseconds)
    // The pattern, not the path, and never the query: both can hold what is not for the log.
    const { actor = nobody } = caller ?? {}
    const who = 'userId' in actor ? actor.userId : 'keyId' in actor ? actor.keyId : actor.kind
    const fields = { method: request.method, route: pattern, status, ms: Math.round(milliseconds), actor: who, ip }
    if (QUIET.has(pattern)) log.debug('request', fields)
    else log.info('request', fields)
  }
}

/** Asked every few seconds by machines. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics', 'other'])

const UNKNOWN: Route['handler'] = { summary: '', run: async () => undefined }

function receiverOf({ request, log, peer }: Visit): Receiver {
  return { method: request.method, log, abort: peer.abort }
}

function subjectOf(actor: Actor, address: string): string {
  if ('userId' in actor) return `person ${actor.userId}`
  return actor.kind === 'key' ? `key ${actor.keyId}` : address
}

function matches(pattern: string, pathname: string): boolean {
  const parts = pattern.split('/')
  const given = pathname.split('/')
  return parts.length === given.length && parts.every((part, at) => part.startsWith('{') || part === given[at])
}
