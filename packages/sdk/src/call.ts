import { CardeaProblem, clientProblem, readProblem } from './problem.ts'
import type { Page, PageQuery } from './wire.ts'

/** How the client reaches the server: one function that sends a request and gives the answer or throws a CardeaProblem. */
export interface ClientOptions {
  /** Where the server is: `https://cardea.example.com`. */
  url: string
  /** A workspace API key … */
  apiKey?: string
  /** … or a command line's token, or a JWT of a configured issuer. With neither, a browser's session cookie speaks. */
  token?: string
  /** Which workspace requests are about; needed by who belongs to several. */
  workspace?: string
  fetch?: typeof globalThis.fetch
  /** How long one request may take; 30 by default. Streams are timed until their answer begins. */
  timeoutSeconds?: number
}

export interface CallOptions {
  signal?: AbortSignal
  timeoutSeconds?: number
  workspace?: string
}

export interface CreateOptions extends CallOptions {
  /** The same key again gives the same answer instead of a second one of it; kept for 24 hours. */
  idempotencyKey?: string
}

type Query = { readonly [name: string]: string | number | undefined }

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: Query
  body?: unknown
  form?: Record<string, string>
  options?: CreateOptions | undefined
}

export interface Call {
  json<Reply>(request: Request): Promise<Reply>
  stream(request: Request): Promise<ReadableStream<Uint8Array>>
  list<Item>(path: string, query: object, options?: CallOptions): Listing<Item>
}

/** A list to walk through with `for await`, or to take page by page. */
export interface Listing<Item> extends AsyncIterable<Item> {
  page(query?: PageQuery): Promise<Page<Item>>
}

const RETRIES = 2
const RETRY_PAUSE_MILLISECONDS = 250
const LONGEST_PAUSE_MILLISECONDS = 5000

export function createCall(client: ClientOptions): Call {
  const base = new URL(client.url.endsWith('/') ? client.url : `${client.url}/`)
  const send = client.fetch ?? globalThis.fetch
  if (client.apiKey && client.token) throw new TypeError('createClient takes an apiKey or a token, not both')
  // Said without the value, which the platform's own error would quote.
  if (!/^[\x21-\x7e]*$/.test(client.apiKey ?? client.token ?? '')) {
    throw new TypeError('the apiKey or token holds characters that no header can carry')
  }

  const once = async <Reply>(request: Request, read: (response: Response) => Promise<Reply>): Promise<Reply> => {
    const { method, path, query = {}, body, form, options = {} } = request
    const url = new URL(path.slice(1), base)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const headers = new Headers({ accept: 'application/json' })
    if (client.apiKey) headers.set('x-api-key', client.apiKey)
    if (client.token) headers.set('authorization', `Bearer ${client.token}`)
    const workspace = options.workspace ?? client.workspace
    if (workspace) headers.set('cardea-workspace', workspace)
    if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey)
    if (body !== undefined) headers.set('content-type', 'application/json')
    const seconds = options.timeoutSeconds ?? client.timeoutSeconds ?? 30
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(), seconds * 1000)
    try {
      const response = await send(url, {
        method,
        headers,
        // A redirect would carry the credential to wherever it points.
        redirect: 'error',
        signal: options.signal ? AbortSignal.any([options.signal, timer.signal]) : timer.signal,
        ...(form ? { body: new URLSearchParams(form) } : body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw await readProblem(response)
      return await read(response)
    } catch (error) {
      if (error instanceof CardeaProblem) throw error
      options.signal?.throwIfAborted()
      if (timer.signal.aborted) {
        throw clientProblem('client.timeout', `No answer within ${seconds} seconds.`, 'Try again, or allow more time.')
      }
      // What fetch says may quote the request; only the name of the failure is passed on.
      throw clientProblem(
        'client.unreachable',
        `The server at ${base.origin} could not be reached${reasonOf(error)}.`,
        'Check that it runs, and the address.',
      )
    } finally {
      clearTimeout(timeout)
    }
  }

  const attempt = async <Reply>(request: Request, read: (response: Response) => Promise<Reply>): Promise<Reply> => {
    for (let retry = 0; ; retry++) {
      try {
        return await once(request, read)
      } catch (error) {
        if (!(error instanceof CardeaProblem)) throw error
        // Only what changes nothing is asked again by itself.
        const mayPass = error.status === 503 || error.code === 'client.unreachable'
        if (request.method !== 'GET' || !mayPass || retry >= RETRIES) throw error
        await pause(error.retryAfterSeconds, retry, request.options?.signal)
      }
    }
  }

  const json = <Reply>(request: Request): Promise<Reply> =>
    attempt(request, async (response) => {
      if (response.status === 204) return undefined as Reply
      const text = await response.text()
      try {
        return JSON.parse(text) as Reply
      } catch {
        throw clientProblem(
          'client.unreadable',
          'The answer is not JSON.',
          'Check that the address is the one of a Cardea server.',
          response.status,
        )
      }
    })

  return {
    json,
    stream: (request) =>
      attempt(
        request,
        async ({ body }) => body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
      ),
    list: <Item>(path: string, query: object, options?: CallOptions): Listing<Item> => {
      const page = (at: PageQuery = {}) =>
        json<Page<Item>>({ method: 'GET', path, query: { ...query, ...at } as Query, options })
      return {
        page,
        async *[Symbol.asyncIterator]() {
          let cursor: string | null | undefined
          do {
            const { items, nextCursor }: Page<Item> = await page(cursor ? { cursor } : {})
            yield* items
            cursor = nextCursor
          } while (cursor)
        },
      }
    },
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : ''
}

async function pause(askedSeconds: number | undefined, retry: number, signal: AbortSignal | undefined): Promise<void> {
  // Spread out, so that many clients that failed together do not come back together.
  const own = RETRY_PAUSE_MILLISECONDS * 2 ** retry * (0.5 + Math.random())
  const milliseconds = Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(own, (askedSeconds ?? 0) * 1000))
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  signal?.throwIfAborted()
}
