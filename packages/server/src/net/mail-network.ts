import { isIP } from 'node:net'
import { type ConnectionOptions, getCACertificates } from 'node:tls'
import { isProblem } from '../errors.ts'
import { canonicalHost } from './address.ts'
import type { Pinned } from './guard.ts'
import { type MailOptions, type MailServer, type MailStep, MailTrouble, unreachable } from './mail-words.ts'

/** A good-bye is waited for out of politeness only. */
export const LEAVE_MILLISECONDS = 2000
const STEP_MILLISECONDS = 15_000
const TOTAL_MILLISECONDS = 60_000

/** The name is verified, whatever address it was pinned to; an address only against the addresses of a certificate. */
export function tlsOptions(server: MailServer, extraCa: readonly string[] = []): ConnectionOptions {
  const host = canonicalHost(server.host) ?? server.host
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(extraCa.length > 0 ? { ca: [...getCACertificates('default'), ...extraCa] } : {}),
  }
}

/** Every further address costs a wait. */
const MAX_ADDRESSES = 3

/** Tries the addresses of a host in turn; a server that has answered at one of them has answered. */
export async function atFirstAddress<T>(
  server: MailServer,
  options: MailOptions,
  deadline: Deadline,
  attempt: (pinned: Pinned) => Promise<T>,
): Promise<T> {
  const addresses = await deadline.step('resolve', addressesOf(server, options))
  let silent: MailTrouble = unreachable('dns', 'resolve')
  for (const pinned of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      return await attempt(pinned)
    } catch (error) {
      if (!(error instanceof MailTrouble) || error.step !== 'connect') throw error
      silent = error
    }
  }
  throw silent
}

async function addressesOf(server: MailServer, options: MailOptions): Promise<readonly Pinned[]> {
  try {
    return await options.guard.resolvePinned(server.host, options.signal)
  } catch (error) {
    // A refused address is not the mail server's doing and keeps its own words.
    if (isProblem(error, 'net.failed') && error.values.kind === 'dns') throw unreachable('dns', 'resolve')
    throw error
  }
}

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/
const TLS = /^(ERR_SSL|ERR_TLS|EPROTO)/
const NO_ROUTE = /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)$/

/** What an error of socket or TLS means. Its own text goes no further: it may hold what the server sent. */
export function socketTrouble(error: unknown, step: MailStep): MailTrouble {
  const code = codeOf(error)
  if (CERTIFICATE.test(code)) return unreachable('tls_invalid', 'tls')
  if (TLS.test(code)) return unreachable('tls_failed', 'tls')
  if (code === 'ECONNREFUSED') return unreachable('connection_refused', step)
  if (code === 'ETIMEDOUT') return unreachable('timed_out', step)
  if (NO_ROUTE.test(code)) return unreachable('no_route', step)
  return unreachable('connection_lost', step)
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** One clock for a whole conversation: a limit for every step, a limit for all of them, and the caller's own signal. */
export class Deadline {
  readonly #options: MailOptions
  readonly #endsAt: number

  constructor(options: MailOptions) {
    options.signal?.throwIfAborted()
    this.#options = options
    this.#endsAt = options.clock.monotonic() + (options.totalMilliseconds ?? TOTAL_MILLISECONDS)
  }

  get leftMilliseconds(): number {
    return this.#endsAt - this.#options.clock.monotonic()
  }

  get stepMilliseconds(): number {
    return Math.max(1, Math.min(this.#options.stepMilliseconds ?? STEP_MILLISECONDS, this.leftMilliseconds))
  }

  step<T>(step: MailStep, work: Promise<T>, mostMilliseconds = Number.POSITIVE_INFINITY): Promise<T> {
    return this.#within(step, Math.min(mostMilliseconds, this.stepMilliseconds), work)
  }

  whole<T>(step: MailStep, work: Promise<T>): Promise<T> {
    return this.#within(step, Math.max(1, this.leftMilliseconds), work)
  }

  async #within<T>(step: MailStep, milliseconds: number, work: Promise<T>): Promise<T> {
    const { clock, signal } = this.#options
    const stop = new AbortController()
    const late = clock.sleep(milliseconds, stop.signal).then(() => Promise.reject(unreachable('timed_out', step)))
    const aborted = new Promise<never>((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: stop.signal })
    })
    try {
      return await Promise.race([work, late, aborted])
    } finally {
      stop.abort()
    }
  }
}
