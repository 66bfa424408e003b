import { type Method, type Service, services } from '@cardea/catalog'
import type { Client, Flow, StartedFlow } from '@cardea/sdk'
import type { Simulator, SimulatorOptions } from '../../../src/simulate/simulate.ts'
import type { Browser } from '../../app.ts'
import { type Shown, type Visitor, visitor } from '../../connect-page/visitor.ts'
import { typed, type World } from '../world.ts'

/** Everything that a consent needs: a service that stands, an app that is registered there, and somebody at a browser. */
export interface Ground {
  simulator: Simulator
  service: Service
  method: Method
  /** What a member sends to begin. */
  input: { provider: string; method: string; settings?: Record<string, string>; credential?: Record<string, string> }
  appId: string | undefined
}

const BY_CONSENT = ['code', 'device', 'oauth1', 'fragment', 'discovery', 'saml']

export function methodsByConsent(): { id: string; name: string; by: string }[] {
  return Object.entries(services as Record<string, Service>).flatMap(([id, service]) =>
    Object.entries(service.auth).flatMap(([name, { obtain }]) =>
      BY_CONSENT.includes(obtain.by) ? [{ id, name, by: obtain.by }] : [],
    ),
  )
}

export async function ground(
  here: World,
  admin: Client,
  id: string,
  name: string,
  options: Partial<SimulatorOptions> = {},
  more: { extraScopes?: string[]; registers?: boolean } = {},
): Promise<Ground> {
  const redirectUri = `${here.app.url}/oauth/callback`
  const simulator = here.stands(id, name, { redirectUri, ...options })
  const service = (services as Record<string, Service>)[id]!
  const method = service.auth[name]!
  if ('mcp' in (method.check ?? service.check)) speakMcp(simulator)
  const all = typed(service, method, simulator.account.settings)
  const plan = (await admin.apps.plan(id)).methods.find((each) => each.id === name)
  const registers = plan && (more.registers ?? method.obtain.by !== 'discovery')
  if (!registers) {
    return { simulator, service, method, appId: undefined, input: { provider: id, method: name, settings: all } }
  }
  const pick = (own: boolean) =>
    Object.fromEntries(Object.entries(all).filter(([each]) => plan.settings.includes(each) === own))
  const { clientId, clientSecret, fields } = simulator.account.app
  const app = await admin.apps.create({
    provider: id,
    methods: [name],
    ...(plan.takesClient ? { clientId } : {}),
    ...(plan.takesClient && plan.clientAuth.some((auth) => auth !== 'none' && auth !== 'private_key')
      ? { clientSecret }
      : {}),
    settings: pick(true),
    fields,
    ...(more.extraScopes ? { extraScopes: more.extraScopes } : {}),
  })
  return {
    simulator,
    service,
    method,
    appId: app.id,
    input: {
      provider: id,
      method: name,
      settings: pick(false),
      ...(method.fields ? { credential: { ...simulator.account.fields } } : {}),
    },
  }
}

/** Where the service sends the browser back to, after the person has done what they do there. */
export async function consent(simulator: Simulator, authorizeUrl: string): Promise<string> {
  const page = await simulator.handle({ method: 'GET', url: authorizeUrl, headers: {} })
  const { location } = page.headers
  if (page.status !== 302 || !location) {
    throw new Error(`the consent page answers ${page.status}: ${JSON.stringify(simulator.calls.at(-1))}`)
  }
  return location
}

/** A browser that is signed in as somebody, and was there when the flow began. */
export function at(here: World, person: Browser): Visitor {
  return visitor(here.app.url, person)
}

/** Comes back as a browser does: what stands behind the `#` is handed in by our page. */
export async function comeBack(browser: Visitor, location: string): Promise<Shown> {
  const [address = '', hash] = location.split('#')
  const shown = await browser.open(address)
  if (hash === undefined || !shown.text.includes('id="hand-in"')) return shown
  const state = /name="state" value="([^"]*)"/.exec(shown.text)?.[1] ?? ''
  const origin = new URL(address).origin
  return browser.send(`${origin}/oauth/callback`, { state, ...Object.fromEntries(new URLSearchParams(hash)) })
}

/** From the first request to a connection, in one browser. */
export async function connected(
  here: World,
  person: Browser,
  ground: Pick<Ground, 'simulator' | 'input'>,
  more: Record<string, unknown> = {},
): Promise<{ flow: Flow; started: StartedFlow; shown: Shown }> {
  const started = await person.client.connections.authorize({ ...ground.input, bind: 'browser', ...more } as never)
  const browser = at(here, person)
  const location = await consent(ground.simulator, started.authorizeUrl!)
  const shown = await comeBack(browser, location)
  return { started, shown, flow: await person.client.connections.flows.get(started.id) }
}

function speakMcp(simulator: Simulator): void {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-06-18' } })
  simulator.levers.instead = (endpoint, request) => {
    const asks = endpoint === 'api' && request.method === 'POST'
    return asks ? { status: 200, headers: { 'content-type': 'application/json' }, body } : undefined
  }
}
