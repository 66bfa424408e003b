import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Adapter, Client, Provider } from 'oidc-provider'
import { systemClock } from '../src/clock.ts'
import { definitionOf } from '../src/sandbox/definition.ts'
import { createDoor } from '../src/sandbox/door.ts'
import { createLevers } from '../src/sandbox/levers.ts'
import { createMemory } from '../src/sandbox/memory.ts'
import { close, listen } from '../src/sandbox/open.ts'
import { makeUpPeople } from '../src/sandbox/people.ts'
import { clientOf } from '../src/sandbox/provider.ts'
import { heldBack, replayed, wholeBody, withoutIssuer } from './sandbox/held-back.ts'
import { consentAt, enterCode, type Says, type Seen } from './sandbox/visitor.ts'

/**
 * The authorization server of the sandbox for other tests: the same library and pages, with rules that can be changed, a hand on every
 * token answer, and a record of what was presented. Exchanges of one refresh token are done one after the other, as a database would.
 */
export interface OauthServerOptions {
  /** By default a free one. */
  port?: number
  /** Exact. By default `http://127.0.0.1:4780/oauth/callback`; asked with every request. */
  redirectUris?: () => readonly string[]
  client?: { id: string; secret: string }
  /** 60 by default. */
  accessTokenSeconds?: number
  /** 14 days by default. */
  refreshTokenSeconds?: number
  /** Whether a refresh brings a new refresh token and spends the old one. Default: yes. */
  rotates?: boolean
  /** What a spent refresh token does: end the whole grant (default), or be refused by itself. */
  reuse?: 'ends_grant' | 'refused'
  /** So long after it was spent, a refresh token still works. Default: 0. */
  graceSeconds?: number
  /** Whether there are pushed authorization requests, and the metadata says so. Default: yes. */
  pushed?: boolean
  /** Whether returns carry `iss`, and the metadata says so. Default: yes. */
  namesIssuer?: boolean
  twist?: TwistHook
  /** For the grace alone: lifetimes are the library's, which reads the clock of the machine. */
  now?: () => number
}

/** Asked about every call of the token endpoint, before anything is done. */
export type TwistHook = (call: TokenCall) => Twist | undefined | Promise<Twist | undefined>
export interface TokenCall {
  /** Counts from 1. */
  number: number
  grantType: string
  clientId: string | undefined
  refreshToken: string | undefined
  grantId: string | undefined
}
export interface Twist {
  /** Before anything is done. */
  waitMilliseconds?: number
  /** Nothing is done, and this is the answer. */
  instead?: { status: number; headers?: Record<string, string>; body?: string }
  /** The connection breaks: before anything is done, or when all is done and nobody hears of it. */
  drop?: 'request' | 'answer'
  /** After everything is done. */
  answerWaitMilliseconds?: number
}

/** One presentation of a refresh token. */
export interface Presentation {
  number: number
  at: number
  token: string
  grantId: string | undefined
  /** It had been exchanged before. */
  used: boolean
  /** The answer to the exchange that spent it never reached anybody: the one try that is allowed. */
  afterLoss: boolean
  outcome: 'exchanged' | 'lost' | 'refused' | 'untouched'
  error?: string
}

export interface Counts {
  /** Refresh tokens presented, whatever came of it. */
  presented: number
  /** Of these, ones that had been exchanged before. */
  used: number
  /** Of the used, those whose first answer was lost on the wire. */
  usedAfterLoss: number
  /** Refreshes carried out, their answer lost or not. */
  exchanges: number
  /** Carried out, and the answer dropped or its caller gone. */
  lost: number
  /** Codes and device codes turned into tokens. */
  codes: number
  grantsAlive: number
}

export interface OauthServer {
  issuer: string
  client: { id: string; secret: string }
  /** A definition of this server in JSON, with its address as a setting of kind url, for the folder or the API of services. */
  definition: string
  levers: { accessTokenSeconds: number }
  /** May be replaced while it runs. */
  twist: TwistHook | undefined
  counts(): Counts
  readonly presentations: readonly Presentation[]
  /** Which grant a refresh or access token came from, also when it is spent or has ended. */
  grantOf(token: string): string | undefined
  isAlive(grantId: string): Promise<boolean>
  /** As the person would in the settings of the service. Without an id, all of them. */
  endGrant(grantId?: string): Promise<void>
  /** A grant as if somebody had just consented, without any page. */
  mint(of?: { person?: string; scopes?: readonly string[] }): Promise<Minted>
  consent(address: string, how?: Says): Promise<URL>
  enterCode(userCode: string, how?: Says): Promise<Seen>
  close(): Promise<void>
}
export interface Minted {
  grantId: string
  accessToken: string
  refreshToken: string
  expiresIn: number
  scopes: readonly string[]
}

const SCOPES = ['notes:read', 'notes:write', 'offline_access']
const PLENTY = 2_000_000
const OF_GRANTS = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']

export async function startOauthServer(options: OauthServerOptions = {}): Promise<OauthServer> {
  const { rotates = true, reuse = 'ends_grant', graceSeconds = 0, pushed = true, namesIssuer = true } = options
  const now = options.now ?? systemClock.now
  const client = options.client ?? { id: 'cardea', secret: 'a-made-up-secret-of-a-made-up-app' }
  const redirectUris = options.redirectUris ?? (() => ['http://127.0.0.1:4780/oauth/callback'])
  const server = createServer()
  const issuer = await listen(server, options.port ?? 0)
  const memory = createMemory({
    most: PLENTY,
    client: (id) =>
      id === client.id
        ? clientOf({ id, name: 'Cardea', secret: client.secret, redirectUris: redirectUris() })
        : undefined,
  })
  const people = makeUpPeople()
  const levers = createLevers(memory)
  // Below what the page of the sandbox lets people set, too.
  const life = { accessTokenSeconds: options.accessTokenSeconds ?? 60 }
  const lives = {
    accessToken: () => life.accessTokenSeconds,
    refreshToken: () => options.refreshTokenSeconds ?? 14 * 86_400,
  }
  const grants = new Map<string, string>()
  const spent = new Map<string, { at: number; lost: boolean }>()
  const { provider, handle } = createDoor({
    issuer,
    memory: (kind) => watched(kind, memory.of(kind)),
    lives,
    people,
    levers,
    rotates,
    pushed,
    clock: systemClock,
    log: console,
  })

  /** Remembers whose each token was, and what becomes of a spent one. */
  function watched(kind: string, kept: Adapter): Adapter {
    if (kind !== 'RefreshToken' && kind !== 'AccessToken') return kept
    const inGrace = new Set<string>()
    const spend = (id: string) => (reuse === 'ends_grant' ? kept.consume(id) : kept.destroy(id))
    return {
      ...kept,
      upsert: async (id, payload, expiresIn) => {
        if (payload.grantId) grants.set(id, payload.grantId)
        await kept.upsert(id, payload, expiresIn)
      },
      consume: async (id) => {
        if (graceSeconds > 0) inGrace.add(id)
        else await spend(id)
      },
      find: async (id) => {
        const since = spent.get(id)?.at ?? Number.POSITIVE_INFINITY
        if (now() - since >= graceSeconds * 1000 && inGrace.delete(id)) await spend(id)
        return kept.find(id)
      },
    }
  }

  const presentations: Presentation[] = []
  const tally = { exchanges: 0, lost: 0, codes: 0, used: 0, usedAfterLoss: 0 }
  const turns = new Map<string, Promise<unknown>>()
  let calls = 0

  async function inTurn(token: string | undefined, work: () => Promise<void>): Promise<void> {
    if (token === undefined) return work()
    const mine = (turns.get(token) ?? Promise.resolve()).then(work, work)
    turns.set(token, mine)
    await mine.finally(() => {
      if (turns.get(token) === mine) turns.delete(token)
    })
  }

  async function tokenCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await wholeBody(request)
    const form = new URLSearchParams(body.toString())
    const refreshToken = form.get('refresh_token') ?? undefined
    const call: TokenCall = {
      number: ++calls,
      grantType: form.get('grant_type') ?? '',
      clientId: form.get('client_id') ?? userOf(request.headers.authorization),
      refreshToken,
      grantId: refreshToken === undefined ? undefined : grants.get(refreshToken),
    }
    const seen = refreshToken === undefined ? undefined : present(call, refreshToken)
    const twist = (await self.twist?.(call)) ?? {}
    if (twist.waitMilliseconds) await systemClock.sleep(twist.waitMilliseconds)
    if (twist.drop === 'request') return void request.socket.destroy()
    if (twist.instead) {
      const { status, headers = {}, body: text = '' } = twist.instead
      return void response.writeHead(status, headers).end(text)
    }
    await inTurn(refreshToken, () => carryOut(twist, seen, replayed(request, body), response))
  }

  function present({ number, grantId }: TokenCall, token: string): Presentation {
    const seen: Presentation = {
      number,
      at: now(),
      token,
      grantId,
      used: false,
      afterLoss: false,
      outcome: 'untouched',
    }
    presentations.push(seen)
    markUsed(seen)
    return seen
  }

  /** When it comes, and again when its turn comes: another may have spent it in between. */
  function markUsed(seen: Presentation): void {
    const before = spent.get(seen.token)
    if (!before || seen.used) return
    seen.used = true
    seen.afterLoss = before.lost
    tally.used++
    if (before.lost) tally.usedAfterLoss++
  }

  async function carryOut(
    twist: Twist,
    seen: Presentation | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (seen) markUsed(seen)
    const held = heldBack(request)
    handle(request, held.response)
    const { status, headers, body } = await held.answer
    const granted = status === 200
    const isLost = twist.drop === 'answer' || response.destroyed
    if (!seen) tally.codes += granted ? 1 : 0
    else if (granted) {
      tally.exchanges++
      if (rotates && !seen.used) spent.set(seen.token, { at: now(), lost: false })
      seen.outcome = 'exchanged'
      if (isLost) lose(seen)
    } else {
      seen.outcome = 'refused'
      seen.error = (JSON.parse(body) as { error: string }).error
    }
    // Others go on: the exchange is over, whoever still waits for its answer.
    void deliver()

    async function deliver(): Promise<void> {
      if (twist.answerWaitMilliseconds) await systemClock.sleep(twist.answerWaitMilliseconds)
      if (response.destroyed && granted && seen) lose(seen)
      if (twist.drop === 'answer') response.destroy()
      else if (!response.destroyed) response.writeHead(status, headers).end(body)
    }
  }

  function lose(seen: Presentation): void {
    if (seen.outcome === 'lost') return
    seen.outcome = 'lost'
    tally.lost++
    const since = spent.get(seen.token)
    if (since) since.lost = true
  }

  server.on('request', (request, response) => {
    if (!namesIssuer) withoutIssuer(response)
    if (request.method !== 'POST' || request.url !== '/token') return handle(request, response)
    tokenCall(request, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })

  const self: OauthServer = {
    issuer,
    client,
    definition: JSON.stringify(definitionWithSetting(issuer), null, 2),
    levers: life,
    twist: options.twist,
    presentations,
    counts: () => ({ presented: presentations.length, ...tally, grantsAlive: memory.count('Grant') }),
    grantOf: (token) => grants.get(token),
    isAlive: async (grantId) => (await memory.of('Grant').find(grantId)) !== undefined,
    endGrant: async (grantId) => {
      if (grantId === undefined) memory.endGrants()
      else {
        for (const kind of OF_GRANTS) await memory.of(kind).revokeByGrantId(grantId)
        await memory.of('Grant').destroy(grantId)
      }
    },
    mint: async ({ person = 'ada@sandbox.example', scopes = SCOPES } = {}) =>
      mint(provider, client.id, people.find(({ email }) => email === person)!.id, scopes),
    consent: (address, how) => consentAt(address, how),
    enterCode: (userCode, how) => enterCode(issuer, userCode, how),
    close: () => close(server),
  }
  return self
}

interface Model {
  readonly expiration: number
  save(): Promise<string>
}
type Models = Record<'AccessToken' | 'RefreshToken', new (of: object) => Model>

async function mint(
  provider: Provider,
  clientId: string,
  accountId: string,
  scopes: readonly string[],
): Promise<Minted> {
  const client: Client | undefined = await provider.Client.find(clientId)
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(scopes.join(' '))
  const grantId = await grant.save()
  const of = {
    accountId,
    client,
    grantId,
    gty: 'authorization_code',
    scope: scopes.join(' '),
    expiresWithSession: false,
  }
  const { AccessToken, RefreshToken } = provider as unknown as Models
  const [access, refresh] = [new AccessToken(of), new RefreshToken(of)]
  const [accessToken, refreshToken] = [await access.save(), await refresh.save()]
  return { grantId, accessToken, refreshToken, expiresIn: access.expiration, scopes }
}

/** As somebody outside would describe it: a definition may not say plain http, the value of a setting may. */
function definitionWithSetting(issuer: string): object {
  const source = JSON.stringify(definitionOf('{server}')).replace(
    '"{server}/"',
    '"https://www.rfc-editor.org/rfc/rfc6749"',
  )
  const setting = { kind: 'url', label: 'Server', default: issuer }
  return { ...(JSON.parse(source) as object), name: 'OAuth server', settings: { server: setting } }
}

function userOf(authorization = ''): string | undefined {
  const [, text] = /^Basic (.+)$/i.exec(authorization) ?? []
  return text && decodeURIComponent(Buffer.from(text, 'base64').toString().split(':')[0] ?? '')
}
