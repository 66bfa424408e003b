import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A token server as strict as they come, and unwell: refresh tokens are good for one use, a used one that is presented again ends the whole
 * grant, and answers come late, wrong or not at all. It writes down what was presented, and whether the answer before had been lost.
 */
export interface TokenServer {
  url: string
  /** Where access tokens are used; always well. */
  api: string
  counts: Counts
  grants: readonly Grant[]
  newGrant(how: { lifeMilliseconds: number; forgives: boolean }): { id: number; refreshToken: string }
  faults: Faults
  /** Nothing listens for so long. */
  refuse(milliseconds: number): Promise<void>
  close(): Promise<void>
}

export interface Counts {
  exchanges: number
  lostOnTheWire: number
  /** Used tokens that were presented, by why that was allowed; `beyond` is what nothing excuses. */
  used: Record<Lost | 'beyond', number>
  faults: Record<string, number>
  beyond: string[]
}

/** How an answer that was given never came to be used. */
export type Lost = 'on the wire' | 'with a killed server' | 'in a stopped server'

export interface Grant {
  id: number
  /** The one refresh token that is good. */
  current: number
  alive: boolean
  lifeMilliseconds: number
  /** Answers the last used token once more with the same new one, as some services do. */
  forgives: boolean
  /** Access tokens up to this one are refused. */
  refusedUpTo: number
  exchangedAt: number
  answer: GivenAnswer | undefined
}

export interface GivenAnswer {
  by: string
  at: number
  /** The refresh token in it, where it is one that was just made. */
  gave: number
  isLost: boolean
  /** It has arrived: what was in it was stored, or used. */
  isSeen: boolean
}

/** The odds of each, for one call of the token endpoint. */
export interface Faults {
  slow: number
  error: number
  limited: number
  page: number
  /** Everything is done, and the answer is lost. */
  dropped: number
  /** The line breaks before anything is done. */
  reset: number
  /** While it is set, the client is refused. */
  refusesClient: boolean
  /** An access token that is refused before its time, for one call of the API. */
  revoked: number
}

export const WELL: Faults = {
  slow: 0,
  error: 0,
  limited: 0,
  page: 0,
  dropped: 0,
  reset: 0,
  refusesClient: false,
  revoked: 0,
}

const CLIENT = `Basic ${Buffer.from('chaos:secret').toString('base64')}`
const OLD_ENOUGH = 31_000

export async function startTokenServer(how: {
  random: () => number
  /** Whether an answer that was given cannot have been kept by whoever was given it. */
  lostWith: (answer: GivenAnswer) => Lost | undefined
}): Promise<TokenServer> {
  const { random, lostWith } = how
  const grants: Grant[] = []
  const counts: Counts = {
    exchanges: 0,
    lostOnTheWire: 0,
    used: { 'on the wire': 0, 'with a killed server': 0, 'in a stopped server': 0, beyond: 0 },
    faults: {},
    beyond: [],
  }
  const faults: Faults = { ...WELL }
  const happens = (name: keyof Faults) => {
    const odds = faults[name]
    const does = typeof odds === 'boolean' ? odds : random() < odds
    if (does) counts.faults[name] = (counts.faults[name] ?? 0) + 1
    return does
  }

  const token = createServer((request, response) => {
    exchange(request, response).catch((error: unknown) => {
      console.error('the token server failed', error)
      response.destroy()
    })
  })
  const api = createServer((request, response) => {
    const found = /^Bearer at-(\d+)-(\d+)-(\d+)$/.exec(request.headers.authorization ?? '')
    const [id, number, end] = (found ?? []).slice(1).map(Number)
    const grant = id === undefined ? undefined : grants[id]
    let works = grant?.alive === true && number! > grant.refusedUpTo && end! > Date.now()
    if (works && grant && Date.now() - grant.exchangedAt > OLD_ENOUGH && happens('revoked')) {
      grant.refusedUpTo = number!
      works = false
    }
    if (works && grant?.answer && grant.answer.gave === number) grant.answer.isSeen = true
    response.writeHead(works ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
  })

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const by = String(request.headers['x-server'] ?? '')
    const params = new URLSearchParams(await textOf(request))
    const say = (status: number, body: object | string, headers: Record<string, string> = {}) => {
      const type = typeof body === 'string' ? 'text/html' : 'application/json'
      response.writeHead(status, { 'content-type': type, ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (happens('reset')) return void response.socket?.resetAndDestroy()
    if (happens('error')) return say(random() < 0.5 ? 500 : 503, { error_description: 'not now' })
    if (happens('limited')) return say(429, { error: 'slow_down' }, { 'retry-after': '1' })
    if (happens('page')) return say(random() < 0.5 ? 403 : 502, '<html><title>Just a moment…</title></html>')
    if (request.headers.authorization !== CLIENT || happens('refusesClient'))
      return say(401, { error: 'invalid_client' })
    const slow = happens('slow') ? 500 + random() * 2500 : 0
    if (slow > 0 && random() < 0.5) await sleep(slow)
    if (response.destroyed) return
    const [status, body, grant] = answerTo(params.get('refresh_token') ?? '', by)
    if (grant) watch(response, grant)
    if (slow > 0) await sleep(slow / 2)
    if (grant && happens('dropped')) return void response.socket?.resetAndDestroy()
    say(status, body)
  }

  /** Whatever is done is done at once: two that come together are one after the other. */
  function answerTo(presented: string, by: string): [number, object, Grant | undefined] {
    const found = /^rt-(\d+)-(\d+)$/.exec(presented)
    const grant = found ? grants[Number(found[1])] : undefined
    const number = Number(found?.[2])
    if (!grant || number > grant.current) return [400, { error: 'invalid_grant' }, undefined]
    const before = grant.answer
    if (number < grant.current) {
      const lost = number === grant.current - 1 && before && !before.isSeen ? wasLost(before) : undefined
      counts.used[lost ?? 'beyond']++
      if (!lost)
        counts.beyond.push(`grant ${grant.id}: ${number} of ${grant.current}, by ${by}, before by ${before?.by}`)
      const forgiven = lost !== undefined && grant.forgives && grant.alive
      if (!forgiven) grant.alive = false
    } else if (grant.alive) {
      grant.current++
      counts.exchanges++
      grant.exchangedAt = Date.now()
    }
    grant.answer = { by, at: Date.now(), gave: grant.alive ? grant.current : -1, isLost: false, isSeen: false }
    if (!grant.alive) return [400, { error: 'invalid_grant' }, grant]
    const end = Date.now() + grant.lifeMilliseconds
    const tokens = {
      access_token: `at-${grant.id}-${grant.current}-${end}`,
      token_type: 'Bearer',
      expires_in: Math.ceil(grant.lifeMilliseconds / 1000),
      refresh_token: `rt-${grant.id}-${grant.current}`,
    }
    return [200, tokens, grant]
  }

  function wasLost(answer: GivenAnswer): Lost | undefined {
    return answer.isLost ? 'on the wire' : lostWith(answer)
  }

  function watch(response: ServerResponse, { answer }: Grant): void {
    response.once('close', () => {
      if (response.writableFinished || !answer) return
      answer.isLost = true
      counts.lostOnTheWire++
    })
  }

  const port = await listen(token, 0)
  const apiPort = await listen(api, 0)
  return {
    url: `http://127.0.0.1:${port}`,
    api: `http://127.0.0.1:${apiPort}`,
    counts,
    grants,
    faults,
    newGrant: ({ lifeMilliseconds, forgives }) => {
      const id = grants.length
      grants.push({
        id,
        current: 0,
        alive: true,
        lifeMilliseconds,
        forgives,
        refusedUpTo: -1,
        exchangedAt: 0,
        answer: undefined,
      })
      return { id, refreshToken: `rt-${id}-0` }
    },
    refuse: async (milliseconds) => {
      counts.faults.refused = (counts.faults.refused ?? 0) + 1
      await close(token)
      await sleep(milliseconds)
      await listen(token, port)
    },
    close: async () => {
      await Promise.all([close(token), close(api)])
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
