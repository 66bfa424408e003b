/** Our side of a connection, put together from the rooms below as the real one will be: no shortcuts through the simulator. */
import { type Method, optionalNames, type ReadAnswer, type Service, type Values } from '@cardea/catalog'
import {
  type Account,
  type CheckResult,
  checkCall,
  identify,
  identityCall,
  judgeCheck,
  judgeSilence,
  readAnswer,
} from '../answers/answers.ts'
import { place } from '../inject/place.ts'
import { openedWhenNamed } from '../inject/values.ts'
import type { Answer, Send } from '../net/message.ts'
import { type Client, createOauth, type Oauth, type Obtained, type Party } from '../oauth/oauth.ts'
import { Secret } from '../secret.ts'
import type { Simulator } from '../simulate/simulate.ts'
import { createTarget, type Target } from '../target/target.ts'
import type { TravelClock } from './travel-clock.ts'

export interface Caller {
  readonly service: Service
  readonly method: Method
  readonly simulator: Simulator
  readonly oauth: Oauth
  readonly target: Target
  readonly clock: TravelClock
  /** What is known of the connection so far. */
  readonly state: CallerState
  party(): Party
  send: Send
  /** A call of ours with the credential where it belongs. */
  own(call: OwnCall): Promise<Answer>
  /** A call of whoever uses the connection. */
  use(verb: string, path: string, body?: string): Promise<Answer>
  check(): Promise<Checked>
  identify(checked: ReadAnswer | undefined): Promise<Account | undefined>
}
export interface CallerState {
  fields: Record<string, Secret | undefined>
  obtained: Record<string, Secret | undefined>
  learned: Record<string, string>
  last: Obtained | undefined
  base: number
  /** Found out from the service itself. */
  found: Discovered | undefined
}
export interface Discovered {
  readonly method: Method
  readonly client: Client
  /** None where the definition names the issuer: tokens are then bound to nothing. */
  readonly resource?: string
  readonly issuer: string
}
type OwnCall = Extract<ReturnType<typeof checkCall>, { call: unknown }>['call']
export type Checked = { result: CheckResult; answer?: ReadAnswer } | { none: string }

export function createCaller(service: Service, method: Method, simulator: Simulator, clock: TravelClock): Caller {
  const { account } = simulator
  const target = createTarget({ allowsPlainHttp: (host) => plain.has(host) })
  const plain = plainHosts(account.settings)
  const send: Send = (request) => simulator.handle(request)
  const oauth = createOauth({ clock, send, allowsPlainHttp: (host) => plain.has(host) })
  const state: CallerState = {
    fields: secretsOf({ ...account.app.fields, ...account.fields }),
    obtained: {},
    learned: {},
    last: undefined,
    base: 0,
    found: undefined,
  }
  const registered = !('clientId' in account.fields) && !('clientId' in account.settings) && needsApp(method)
  const client = {
    id: account.app.clientId,
    secret: Secret.of(account.app.clientSecret),
    key: { pem: Secret.of(account.appKey.text), alg: 'RS256' as const },
  }

  const open = (): Values => target.valuesOf(service, method, account.settings, state.learned)
  const party = (): Party => ({
    service,
    method: state.found?.method ?? method,
    open: open(),
    secrets: { ...state.fields, ...state.obtained },
    redirectUri: account.redirectUri,
    ...(state.found ? { client: state.found.client } : registered ? { client } : {}),
  })
  const values = (): Values =>
    openedWhenNamed(
      { ...open(), ...(registered ? { clientId: client.id } : {}) },
      { ...(registered ? { clientSecret: client.secret } : {}), ...state.fields, ...state.obtained },
    )
  const described = () => ({ service, method, values: open(), base: state.base })

  async function placed(
    verb: string,
    address: { base: string; path: string; query: string },
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    const request = place(
      { method: verb, ...address, headers, ...(body === undefined ? {} : { body }) },
      {
        send: method.send,
        values: values(),
        optional: optionalNames(service, method),
        defaults: { ...service.headers, ...method.headers },
        now: clock.now(),
        nonce: () => crypto.randomUUID(),
      },
    )
    if (typeof request.body === 'symbol') throw new Error('nothing is streamed here')
    const { body: own, ...rest } = request
    return send(own === undefined ? rest : { ...rest, body: own })
  }

  const own = (call: OwnCall) => placed(call.method, target.ownAddress(described(), call.to), call.headers, call.body)

  return {
    service,
    method,
    simulator,
    oauth,
    target,
    clock,
    state,
    party,
    send,
    own,
    use: (verb, path, body) => {
      const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      return placed(verb, target.address(described(), { path }), headers, body)
    },
    async check() {
      const check = checkCall(service, method, values(), optionalNames(service, method))
      if ('none' in check) return check
      if (!('call' in check)) return { none: 'this check is no call' }
      try {
        const answer = readAnswer(await own(check.call))
        return { answer, result: judgeCheck(service, method, answer, clock.now()) }
      } catch (error) {
        if (!isUnreachable(error)) throw error
        return { result: judgeSilence() }
      }
    },
    async identify(checked) {
      const call = identityCall(service, method)
      const asked = call && readAnswer(await own(call))
      return identify(service, method, {
        ...(checked ? { check: checked } : {}),
        ...(asked ? { asked } : {}),
        ...(state.last ? { token: state.last.told, claims: state.last.claims } : {}),
        values: { ...open(), ...(registered ? { clientId: client.id } : {}) },
      })
    },
  }
}

export function secretsOf(values: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Secret.of(value)]))
}

/** Where a person consents, somebody registered an app; elsewhere the method's own fields are all there is. */
function needsApp({ obtain }: Method): boolean {
  return ['code', 'device', 'oauth1', 'saml'].includes(obtain.by) || 'client' in obtain
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))
}

/** Some servers stand on the same machine, and say so in their own address. */
function plainHosts(settings: Readonly<Record<string, string>>): Set<string> {
  const addresses = Object.values(settings).filter((value) => value.startsWith('http://'))
  return new Set(addresses.map((address) => new URL(address).host))
}
