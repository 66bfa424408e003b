import type { LookupFunction } from 'node:net'
import { buildConnector, Client } from 'undici'
import { deadline } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Guard, Pinned } from './guard.ts'
import type { Answer, Outgoing, SendHow } from './message.ts'

/** Where a call ended that had no answer: what a reader of `net.failed` branches on. */
export type FailureKind = 'dns' | 'connect' | 'tls' | 'reset' | 'timeout' | 'protocol' | 'too_large'

export interface SendLimits {
  connectMilliseconds: number
  /** Until the answer's head has come. */
  headersMilliseconds: number
  /** For everything, from DNS to the last byte: a receiver that drips keeps nobody waiting. */
  totalMilliseconds: number
  maxBytes: number
  /** What becomes of a longer answer. */
  longer: 'refuse' | 'cut'
}

const DEFAULTS: SendLimits = {
  connectMilliseconds: 5000,
  headersMilliseconds: 15_000,
  totalMilliseconds: 20_000,
  maxBytes: 1024 * 1024,
  longer: 'refuse',
}

export type GuardedSend = (request: Outgoing, options?: SendHow & { signal?: AbortSignal }) => Promise<Answer>

/**
 * One request to an address that somebody outside chose. Promises: it connects to an address that the guard has checked, verifies TLS
 * whatever the environment says, follows no redirect, goes through no proxy, and ends in time. Failures are `net.failed`, with `sent: false`
 * where not a byte of the request has left.
 */
export function createSend(guard: Guard, limits: Partial<SendLimits> = {}): GuardedSend {
  const { connectMilliseconds, headersMilliseconds, totalMilliseconds, maxBytes, longer } = { ...DEFAULTS, ...limits }

  return async ({ method, url: text, headers, body }, { signal, atLast } = {}) => {
    const url = guard.check(text)
    const timeout = deadline(totalMilliseconds)
    const ends = signal ? AbortSignal.any([signal, timeout]) : timeout
    let client: Client | undefined
    let sent = false
    try {
      const addresses = await guard.resolvePinned(url.hostname, ends, url.port)
      client = new Client(url.origin, {
        allowH2: false,
        connect: connectorOf(addresses, connectMilliseconds, () => {
          atLast?.()
          sent = true
        }),
        maxHeaderSize: 16 * 1024,
        headersTimeout: headersMilliseconds,
        bodyTimeout: totalMilliseconds,
      })
      const answer = await client.request({
        method: method as 'POST',
        path: url.pathname + url.search,
        headers,
        body: body ?? null,
        signal: ends,
      })
      const read = await readUpTo(answer.body, maxBytes)
      if (read.isLonger && longer === 'refuse')
        throw failure(url.host, 'too_large', `it sent more than ${maxBytes} bytes`)
      return { status: answer.statusCode, headers: flat(answer.headers), body: read.text }
    } catch (error) {
      signal?.throwIfAborted()
      const problem = translated(url.host, error, timeout.aborted)
      if (!sent && problem.code === 'net.failed') problem.values.sent = false
      throw problem
    } finally {
      // Not awaited: the other side may keep its end open for as long as it likes.
      client?.destroy().catch(() => undefined)
    }
  }
}

function connectorOf(addresses: readonly Pinned[], timeout: number, stands: () => void): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    lookup: lookupOf(addresses),
    timeout,
    // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
    rejectUnauthorized: true,
    autoSelectFamily: true,
  })
  return (options, done) =>
    connect(options, (...answer) => {
      const [error, socket] = answer
      if (error) return done(error, null)
      try {
        stands()
      } catch (refusal) {
        socket?.on('error', () => undefined).destroy()
        return done(refusal as Error, null)
      }
      done(...answer)
    })
}

/** Answers with what was checked, whatever is asked: there is no second look-up that could answer otherwise. */
export function lookupOf(addresses: readonly Pinned[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) callback(null, [...addresses])
    else callback(null, addresses[0]!.address, addresses[0]!.family)
  }
}

async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ text: string; isLonger: boolean }> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > maxBytes) break
  }
  return { text: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'), isLonger: bytes > maxBytes }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}

/** Why a call had no answer, in the words of `net.failed`. */
export function translated(host: string, error: unknown, isLate: boolean): Problem {
  if (error instanceof Problem) return error
  const codes = [error, (error as Error).cause, ...((error as AggregateError).errors ?? [])].flatMap((one) =>
    typeof one?.code === 'string' ? [one.code as string] : [],
  )
  const code = codes[0] ?? ''
  const kind = isLate ? 'timeout' : (error as Error).name === 'HTTPParserError' ? 'protocol' : kindOf(code)
  return failure(host, kind, `${SENTENCES[kind]}${code === '' || isLate ? '' : ` (${code})`}`, error)
}

const KINDS: readonly [RegExp, FailureKind][] = [
  [/^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/, 'timeout'],
  [/^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/, 'dns'],
  [/TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO|DEPTH_ZERO|EPROTO/, 'tls'],
  [/^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES)/, 'protocol'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM|EINVAL)$/, 'connect'],
]

function kindOf(code: string): FailureKind {
  return KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? 'reset'
}

const SENTENCES: Record<FailureKind, string> = {
  dns: 'its name was not resolved',
  connect: 'no connection was made',
  tls: 'its TLS certificate was not accepted',
  reset: 'the connection broke',
  timeout: 'it took too long',
  protocol: 'its answer is not HTTP',
  too_large: 'its answer is too large',
}

function failure(host: string, kind: FailureKind, why: string, cause?: unknown): Problem {
  return Object.assign(new Problem('net.failed', { host, kind, why }), { cause })
}
