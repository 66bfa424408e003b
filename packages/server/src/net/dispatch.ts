import type { LookupFunction } from 'node:net'
import { type Dispatcher, Pool } from 'undici'
import { type Clock, MINUTE, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Guard } from './guard.ts'
import { lookupOf, translated } from './send.ts'

/**
 * The one way out for requests that stream. Promises: a connection is made to an address that the guard has checked, TLS is verified
 * whatever the environment says, no redirect is followed, nothing is decompressed, nothing is sent twice. Connections are kept per origin
 * and party: what one workspace does to a connection (a smuggled request, a poisoned answer) meets nobody else's call.
 */
export interface Dispatch {
  send(request: Departing, handler: Dispatcher.DispatchHandler): void
  /** Origins that are kept, and requests that are under way. */
  stats(): { pools: number; running: number }
  close(): Promise<void>
}

export interface Departing {
  /** Whose connections these are. */
  party: string
  origin: string
  method: string
  /** With the query. */
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: Dispatcher.DispatchOptions['body']
  upgrade?: 'websocket'
}

export interface DispatchOptions {
  guard: Guard
  clock: Clock
  connectSeconds?: number
  /** Until the head of the answer has come. */
  answerSeconds?: number
  /** Between two pieces of a body. */
  idleSeconds?: number
  /** Of a connection that nobody uses, unless the service names less. */
  keepAliveSeconds?: number
  /** Origins that are kept at once. */
  pools?: number
  /** Connections to one origin; streams that stand open hold one each. */
  connections?: number
  http2?: boolean
}

interface Kept {
  pool: Pool
  usedAt: number
}

export function createDispatch(options: DispatchOptions): Dispatch {
  const { guard, clock, pools: most = 512 } = options
  const kept = new Map<string, Kept>()
  const leaving = new Set<Promise<unknown>>()
  const unused = (options.keepAliveSeconds ?? 10) * SECOND + MINUTE
  let closed = false

  function letGo(key: string, { pool }: Kept): void {
    kept.delete(key)
    // Ends when what it carries has ended.
    const ended = pool.close().finally(() => leaving.delete(ended))
    leaving.add(ended)
  }

  const stop = clock.every(MINUTE, () => {
    const now = clock.monotonic()
    for (const [key, entry] of kept) {
      if (now - entry.usedAt > unused && entry.pool.stats.size === 0) letGo(key, entry)
    }
  })

  function poolOf(party: string, origin: string, upgrade: boolean): Pool {
    // What is to become another protocol begins as HTTP/1.1.
    const key = upgrade ? `${party} ${origin} upgrade` : `${party} ${origin}`
    const found = kept.get(key)
    if (found) {
      found.usedAt = clock.monotonic()
      return found.pool
    }
    if (closed) throw new Problem('server.unavailable')
    // An address that is written as one is never looked up: it is judged here.
    const url = guard.check(origin)
    if (kept.size >= most) {
      let oldest: [string, Kept] | undefined
      for (const entry of kept) if (!oldest || entry[1].usedAt < oldest[1].usedAt) oldest = entry
      letGo(...oldest!)
    }
    const pool = new Pool(url.origin, poolOptions(options, upgrade, pinned(guard, url.port)))
    kept.set(key, { pool, usedAt: clock.monotonic() })
    return pool
  }

  return {
    send: ({ party, origin, method, path, headers, body, upgrade }, handler) => {
      poolOf(party, origin, upgrade !== undefined).dispatch(
        { method: method as 'GET', path, headers, body: body ?? null, upgrade: upgrade ?? null },
        handler,
      )
    },
    stats: () => {
      let running = 0
      for (const { pool } of kept.values()) running += pool.stats.running + pool.stats.queued
      return { pools: kept.size, running }
    },
    close: async () => {
      closed = true
      stop()
      const ending = [...kept.values()].map(({ pool }) => pool.destroy())
      kept.clear()
      await Promise.all(ending)
    },
  }
}

function poolOptions(
  { connectSeconds = 10, answerSeconds = 600, idleSeconds = 900, keepAliveSeconds = 10, ...rest }: DispatchOptions,
  upgrade: boolean,
  lookup: LookupFunction,
): Pool.Options {
  return {
    connect: {
      lookup,
      timeout: connectSeconds * SECOND,
      // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
      rejectUnauthorized: true,
      autoSelectFamily: true,
    },
    // 36 µs a call against 37 over HTTP/1.1, and a line for a hundred calls instead of one each.
    allowH2: !upgrade && (rest.http2 ?? true),
    connections: rest.connections ?? 2048,
    pipelining: 1,
    headersTimeout: answerSeconds * SECOND,
    bodyTimeout: idleSeconds * SECOND,
    keepAliveTimeout: keepAliveSeconds * SECOND,
    keepAliveMaxTimeout: keepAliveSeconds * SECOND,
    maxHeaderSize: 64 * 1024,
  }
}

/** Every connection is made to what the guard has just checked, and the name is looked up nowhere else. */
function pinned(guard: Guard, port: string): LookupFunction {
  return (hostname, options, callback) => {
    guard.resolvePinned(hostname, undefined, port).then(
      (addresses) => lookupOf(addresses)(hostname, options, callback),
      (error) => callback(error, []),
    )
  }
}

/** What went wrong on the way, as it is told to callers. */
export function failureOf(host: string, error: unknown): Problem {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new Problem('proxy.no_answer', { host })
  return translated(host, error, false)
}
