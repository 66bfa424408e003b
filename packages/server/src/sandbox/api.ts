import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import { failure, isFailure } from './failures.ts'
import { addNote, type People, type Person } from './people.ts'
import { answerJson, bodyOf } from './wire.ts'

/** The API of the sandbox, below `/api`: for access tokens as bearer, and for API keys in `x-api-key`. */
interface Visitor {
  person: Person
  may(scope: string): boolean
}
interface Call {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  by: Visitor
}
interface Route {
  scope?: string
  run(call: Call): Promise<void> | void
}

export interface ApiDeps {
  provider: Provider
  people: People
  clock: Clock
}

const MOST_EVENTS = 600

export function createApi({ provider, people, clock }: ApiDeps) {
  async function visitorOf({ headers }: IncomingMessage): Promise<Visitor | undefined> {
    const key = headers['x-api-key']
    if (typeof key === 'string') {
      const person = people.find(({ apiKey }) => apiKey === key)
      return person && { person, may: () => true }
    }
    const [, value] = /^Bearer ([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? []
    const token = value === undefined ? undefined : await provider.AccessToken.find(value)
    const person = people.find(({ id }) => id === token?.accountId)
    return token && person && { person, may: (scope) => token.scopes.has(scope) }
  }

  const routes: Readonly<Record<string, Route>> = {
    'GET /me': {
      run: ({ response, by: { person } }) => {
        const { id, name, email, team } = person
        answerJson(response, 200, { id, name, email, team })
      },
    },
    'GET /notes': {
      scope: 'notes:read',
      run: ({ response, by }) => answerJson(response, 200, { notes: by.person.notes }),
    },
    'POST /notes': {
      scope: 'notes:write',
      run: async ({ request, response, by }) => {
        const text = textIn(await bodyOf(request))
        if (text === undefined)
          return answerJson(response, 422, wrong('invalid', 'Send {"text": "…"}, up to 2000 characters.'))
        return answerJson(response, 201, addNote(by.person, text, clock.now()))
      },
    },
    'DELETE /notes': {
      scope: 'notes:delete',
      run: ({ response, by: { person } }) => {
        person.notes.length = 0
        response.writeHead(204).end()
      },
    },
    'GET /stream': { run: stream },
  }

  /** Everything that came, so that it can be seen what was sent and what is scrubbed on the way back. */
  async function echo({ request, response, url }: Call): Promise<void> {
    const { method, headers } = request
    const query = Object.fromEntries(url.searchParams)
    answerJson(response, 200, { method, path: url.pathname, query, headers, body: await bodyOf(request) })
  }

  /** Server-sent events: `events` of them, one every `every` milliseconds. */
  async function stream({ response, url, by }: Call): Promise<void> {
    const events = numberIn(url, 'events', 10, MOST_EVENTS)
    const every = numberIn(url, 'every', 1000, 60_000)
    const left = leaving(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let at = 1; at <= events && !left.aborted; at++) {
      response.write(
        `id: ${at}\nevent: tick\ndata: ${JSON.stringify({ tick: at, of: events, for: by.person.email })}\n\n`,
      )
      if (at < events) await slept(every, left)
    }
    response.end()
  }

  async function slept(milliseconds: number, left: AbortSignal): Promise<void> {
    await clock.sleep(milliseconds, left).catch((error: unknown) => {
      if (!left.aborted) throw error
    })
  }

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice('/api'.length)
    const by = await visitorOf(request)
    if (!by) {
      const challenge = request.headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer'
      return answerJson(response, 401, wrong('unauthorized', 'The token or key is not known, or has ended.'), {
        'www-authenticate': challenge,
      })
    }
    const call = { request, response, url, by }
    if (path === '/echo' || path.startsWith('/echo/')) return echo(call)
    if (isFailure(path)) {
      // Longer than anybody waits.
      if (path === '/fail/timeout') return slept(300_000, leaving(response)).then(() => void response.destroy())
      return failure(path, response)
    }
    const route = routes[`${request.method} ${path}`]
    if (!route) return answerJson(response, 404, wrong('not_found', 'There is nothing at this address.'))
    if (route.scope && !by.may(route.scope)) {
      return answerJson(response, 403, wrong('insufficient_scope', `This needs the scope ${route.scope}.`), {
        'www-authenticate': `Bearer error="insufficient_scope", scope="${route.scope}"`,
      })
    }
    return route.run(call)
  }
}

export function wrong(code: string, message: string) {
  return { error: { code, message } }
}

function leaving(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  response.once('close', () => left.abort())
  return left.signal
}

function textIn(body: string): string | undefined {
  let text: unknown
  try {
    text = (JSON.parse(body) as { text?: unknown } | null)?.text
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return typeof text === 'string' && text !== '' && text.length <= 2000 ? text : undefined
}

function numberIn(url: URL, name: string, usual: number, most: number): number {
  const given = url.searchParams.get(name) ?? ''
  return /^\d{1,6}$/.test(given) ? Math.min(Math.max(Number(given), 1), most) : usual
}
