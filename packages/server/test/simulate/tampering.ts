import type { Method, Service } from '@cardea/catalog'
import { type Caller, connect, createCaller, createTravelClock, take } from '../../src/conformance/conformance.ts'
import { renewalOf } from '../../src/oauth/oauth.ts'
import {
  type Call,
  createSimulator,
  type PlainRequest,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulate/simulate.ts'

/** One way to get a request wrong. */
export interface Mistake {
  readonly name: string
  readonly made: PlainRequest
}

export interface Trial extends Caller {
  /** Requests as they went out, one for each entry of `simulator.calls`. */
  readonly sent: readonly PlainRequest[]
}

/** A connection whose requests pass through `tamper` on their way. */
export function trial(
  id: string,
  service: Service,
  method: string,
  tamper: (request: PlainRequest, index: number) => PlainRequest = (request) => request,
  account: Omit<SimulatorOptions, 'clock'> = {},
): Trial {
  const clock = createTravelClock()
  const simulator = createSimulator(id, service, method, { ...account, clock })
  simulator.levers.base = 0
  const sent: PlainRequest[] = []
  const handle: Simulator['handle'] = (request) => {
    const changed = tamper(request, sent.length)
    sent.push(changed)
    return simulator.handle(changed)
  }
  return { ...createCaller(service, service.auth[method]!, { ...simulator, handle }, clock), sent }
}

/** The calls of a whole life. What fails on the way ends it. */
export async function live(caller: Caller): Promise<readonly Call[]> {
  try {
    await connect(caller)
    await caller.check()
    if (renewalOf(caller.party()) === 'refresh') {
      const { obtain } = caller.method
      const words = 'refresh' in obtain && obtain.refresh ? obtain.refresh : {}
      caller.clock.pass((words.notBeforeSeconds ?? 0) + 1)
      const how = caller.state.found?.resource ? { resource: caller.state.found.resource } : {}
      take(caller, await caller.oauth.refresh(caller.party(), how))
    }
    await caller.oauth.revoke(caller.party())
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
  return caller.simulator.calls
}

export function mistakesIn(request: PlainRequest, call: Call, method: Method): Mistake[] {
  if (call.endpoint === 'lookup' || call.endpoint === 'metadata' || call.endpoint === 'register') return []
  return [...inHeaders(request, call, method), ...inParams(request, call), ...inForm(request, call)]
}

function inHeaders(request: PlainRequest, call: Call, { send, obtain }: Method): Mistake[] {
  const declared = 'headers' in obtain ? Object.keys(obtain.headers ?? {}) : []
  const places = [...Object.keys(send.headers ?? {}), ...(send.sign || send.basic ? ['authorization'] : [])]
  const matters = call.endpoint === 'api' ? places : ['authorization', ...declared.filter((name) => name !== 'accept')]
  return Object.keys(request.headers)
    .filter((name) => matters.includes(name))
    .flatMap((name) => {
      const { [name]: value, ...others } = request.headers
      return [
        { name: `without header ${name}`, made: { ...request, headers: others } },
        { name: `header ${name} altered`, made: { ...request, headers: { ...others, [name]: `${value}x` } } },
      ]
    })
}

/** What may be left out or said otherwise without a refusal at that very call, and why. */
const FREE = [
  // Opaque to the service.
  'authorize state',
  // Of a client that asks for nothing a service gives what it has.
  'token scope',
  'device scope',
]

function inParams(request: PlainRequest, call: Call): Mistake[] {
  if (call.endpoint === 'api') return []
  const isJson = request.headers['content-type'] === 'application/json'
  const url = new URL(request.url)
  const text = String(request.body ?? '')
  const pairs = isJson ? Object.entries(JSON.parse(text) as Record<string, string>) : [...new URLSearchParams(text)]
  const written = (all: [string, string][]) =>
    isJson ? JSON.stringify(Object.fromEntries(all)) : new URLSearchParams(all).toString()
  const asked = (all: [string, string][]) => `${url.origin}${url.pathname}?${new URLSearchParams(all)}`
  const twice = (all: [string, string][]) =>
    all.flatMap(([name, value]) => [{ name: `${name} twice`, all: [...all, [name, value] as [string, string]] }])
  const unproved: Mistake[] =
    call.endpoint === 'authorize' &&
    url.searchParams.get('response_type') === 'code' &&
    !url.searchParams.has('code_challenge')
      ? [{ name: 'PKCE where it is refused', made: { ...request, url: asked([...url.searchParams, ...PROOF]) } }]
      : []
  return [
    ...[...changes(pairs, call), ...(isJson ? [] : twice(pairs))].map(({ name, all }) => ({
      name,
      made: { ...request, body: written(all) },
    })),
    ...[...changes([...url.searchParams], call), ...twice([...url.searchParams])].map(({ name, all }) => ({
      name,
      made: { ...request, url: asked(all) },
    })),
    ...unproved,
  ]
}

const PROOF: [string, string][] = [
  ['code_challenge', 'c'.repeat(43)],
  ['code_challenge_method', 'S256'],
]

function changes(pairs: [string, string][], { endpoint }: Call): { name: string; all: [string, string][] }[] {
  return pairs
    .filter(([name]) => !FREE.includes(`${endpoint} ${name}`))
    .flatMap(([name, value]) => [
      { name: `without ${name}`, all: pairs.filter(([other]) => other !== name) },
      {
        name: `${name} altered`,
        all: pairs.map(([other, own]): [string, string] => [other, other === name ? `x${value}` : own]),
      },
      {
        name: `${name} misspelt`,
        all: pairs.map(([other, own]): [string, string] => [other === name ? `${name}_` : other, own]),
      },
    ])
}

function inForm(request: PlainRequest, call: Call): Mistake[] {
  if (call.endpoint === 'api' || call.endpoint === 'authorize') return []
  const text = String(request.body ?? '')
  const mistakes: Mistake[] = [
    { name: 'another verb', made: { ...request, method: request.method === 'PUT' ? 'POST' : 'PUT' } },
  ]
  const type = request.headers['content-type']
  if (type === 'application/json') {
    const body = new URLSearchParams(JSON.parse(text) as Record<string, string>).toString()
    mistakes.push({
      name: 'a form',
      made: { ...request, headers: { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' }, body },
    })
  } else if (text !== '' && type) {
    const body = JSON.stringify(Object.fromEntries(new URLSearchParams(text)))
    mistakes.push({
      name: 'JSON',
      made: { ...request, headers: { ...request.headers, 'content-type': 'application/json' }, body },
    })
  }
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (basic && type === 'application/x-www-form-urlencoded') {
    const { authorization: _, ...headers } = request.headers
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':')
    const body = `${text}&${new URLSearchParams({ client_id: id, client_secret: secret })}`
    mistakes.push({ name: 'client in the body', made: { ...request, headers, body } })
  }
  const params = new URLSearchParams(text)
  const [id, secret] = [params.get('client_id'), params.get('client_secret')]
  if (id && secret) {
    params.delete('client_id')
    params.delete('client_secret')
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    mistakes.push({
      name: 'client by Basic',
      made: { ...request, headers: { ...request.headers, authorization }, body: params.toString() },
    })
  }
  return mistakes
}
