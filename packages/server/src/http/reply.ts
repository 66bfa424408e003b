import type { Logger } from '../log.ts'
import { Secret } from '../secret.ts'
import { readForm, readJson, readPairs } from './body.ts'
import { pageHeaders } from './headers.ts'
import { setCookieHeaders } from './present.ts'
import { asProblem, invalid } from './refusal.ts'
import { type Content, type Exchange, type Handler, Page, type Route, WithCookies } from './route.ts'

/** The two ends of a handler: what was sent, in the declared shape; and what it gave, as a response. */
export function readExchange(
  { handler }: Route,
  request: Request,
  params: Record<string, string>,
  bytes: Uint8Array,
  {
    rooms,
    caller,
    surface,
    publicUrl,
    foundAt,
    again,
  }: Pick<Exchange, 'rooms' | 'caller' | 'surface' | 'publicUrl' | 'foundAt' | 'again'>,
): Exchange {
  const parts = { path: params, query: readPairs(new URL(request.url).searchParams), body: {} as unknown }
  const contentType = request.headers.get('content-type')
  if (handler.body) {
    parts.body = handler.oauth || handler.page ? readForm(bytes, contentType) : readJson(bytes, contentType)
  }
  const read = (part: keyof typeof parts, schema: Handler['body']): unknown => {
    if (!schema) return undefined
    const parsed = schema.safeParse(parts[part])
    if (!parsed.success) throw invalid(part, parsed.error)
    return parsed.data
  }
  return {
    rooms,
    caller,
    surface,
    publicUrl,
    foundAt,
    params: read('path', handler.params),
    query: read('query', handler.query ?? undefined),
    body: read('body', handler.body),
    userAgent: request.headers.get('user-agent')?.slice(0, 300),
    cookie: (name) => cookieOf(request.headers.get('cookie'), name),
    cookiesNamed: (prefix) => cookiesNamed(request.headers.get('cookie'), prefix),
    dpop: request.headers.get('dpop')?.slice(0, 10_000),
    gone: request.signal,
    lastEventId: request.headers.get('last-event-id')?.slice(0, 300),
    again,
  }
}

/** Where an answer goes. */
export interface Receiver {
  method: string
  log: Logger
  /** Cuts the connection: the one way to say that a stream which has begun is not whole. */
  abort?: (() => void) | undefined
}

export async function give(handler: Handler, outcome: unknown, receiver: Receiver): Promise<Response> {
  if (outcome instanceof Page) return givePage(outcome)
  const { body, setCookie } =
    outcome instanceof WithCookies ? outcome : { body: outcome, setCookie: [] as WithCookies<unknown>['setCookie'] }
  const response = handler.gives ? await giveContent(body as Content, receiver) : giveJson(handler, body)
  for (const cookie of setCookieHeaders(setCookie)) response.headers.append('set-cookie', cookie)
  return response
}

function givePage({ html, manners }: Page): Response {
  const { seeOther, status = 200, setCookie = [] } = manners
  const response = seeOther
    ? new Response(null, { status: 303, headers: { location: seeOther } })
    : new Response(html, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
  for (const [name, value] of Object.entries(pageHeaders(manners))) response.headers.set(name, value)
  for (const cookie of setCookieHeaders(setCookie)) response.headers.append('set-cookie', cookie)
  return response
}

function cookieOf(header: string | null, name: string): Secret | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('=', 2))
  const [, value] = pairs.find(([own]) => own === name) ?? []
  return value ? Secret.of(value) : undefined
}

function cookiesNamed(header: string | null, prefix: string): string[] {
  const names = (header ?? '').split(';').map((pair) => pair.trim().split('=', 1)[0] ?? '')
  return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
}

function giveJson(handler: Handler, body: unknown): Response {
  if (!handler.reply) return new Response(null, { status: 204 })
  const status = handler.unavailable?.(body) ? 503 : handler.creates ? 201 : 200
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

async function giveContent({ type, content, fileName, keepSeconds }: Content, receiver: Receiver): Promise<Response> {
  const headers = {
    'content-type': type,
    // A proxy that collects an answer before it passes it on would hold up every event.
    ...(type === 'text/event-stream' ? { 'x-accel-buffering': 'no' } : {}),
    ...(fileName ? { 'content-disposition': `attachment; filename="${fileName}"` } : {}),
    ...(keepSeconds ? { 'cache-control': `private, max-age=${keepSeconds}` } : {}),
  }
  if (typeof content === 'string') return new Response(content, { headers })
  return new Response(await streamOf(content, receiver), { headers })
}

/** Pulled, never pushed: a slow reader slows the writer, and nothing is made for a reader that has gone. */
async function streamOf(
  content: AsyncIterable<Uint8Array | string>,
  { method, log, abort }: Receiver,
): Promise<ReadableStream<Uint8Array> | null> {
  const iterator = content[Symbol.asyncIterator]()
  // The first piece before the status is sent: what fails at once is refused like everything else.
  let next: IteratorResult<Uint8Array | string> | undefined = await iterator.next()
  if (method === 'HEAD') {
    await iterator.return?.()
    return null
  }
  const encoder = new TextEncoder()
  let isGone = false
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = next ?? (await iterator.next())
          next = undefined
          // Nobody is there to be told any more; the stream has been closed for us.
          if (isGone) return
          if (done) controller.close()
          else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
        } catch (error) {
          const problem = asProblem(error, log)
          // The status has been sent; a reader must still be able to tell a part from the whole.
          if (!abort) throw problem
          abort()
          controller.close()
        }
      },
      cancel: async () => {
        isGone = true
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
