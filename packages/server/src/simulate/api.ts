/** The API behind the credential: demands it on every call, answers the check and the identity call, and fails in the declared ways. */
import type { Template } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { isAt } from './expected.ts'
import type { AnswerClass } from './levers.ts'
import type { Answered } from './path.ts'
import { putAt } from './path.ts'
import { accountAnswer, identityOf, lookupsOf, ownAddress } from './person.ts'
import { callerPath, faultsOfSend } from './presented.ts'
import { jsonAnswer, jsonOf, type PlainAnswer, type Received } from './received.ts'
import { answerOf, checkCallOf, type FailureShape, shapesOf, wanted } from './shapes.ts'
import { addressOf, filled } from './values.ts'
import { allIssued, type Issued, standingOf, valuesFor, type World } from './world.ts'

/** The base addresses of the API, in the order of the definition. */
export function basesOf(world: World, values = valuesFor(world)): URL[] {
  const { method, service, account } = world
  const templates = [method.baseUrl ?? service.baseUrl ?? []].flat()
  const bases = templates.map((template) => addressOf(template, values)).filter((base) => base !== undefined)
  const webhook = method.send.url && filled(method.send.url, { ...account.after, ...account.fields })
  return webhook ? [new URL(new URL(webhook).origin)] : bases
}

/** Hosts where a credential may turn up. `*.` is one or more labels. */
export function isOurHost(world: World, host: string): boolean {
  const { service, method } = world
  const values = valuesFor(world)
  const named: Template[] = [...(service.hosts ?? []), ...(method.hosts ?? []), ...(service.ownHosts ?? [])]
  const hosts = [...basesOf(world).map((base) => base.host), ...named.map((template) => filled(template, values))]
  return hosts.some((own) => own !== undefined && (own.startsWith('*.') ? host.endsWith(own.slice(1)) : own === host))
}

export function api(world: World, received: Received, state: { failing: FailureShape | undefined }): Outcome {
  const bases = basesOf(world)
  const chosen = bases.at(world.levers.base) ?? bases.at(-1)
  const base = bases.find((each) => isBelow(received, each)) ?? new URL(received.url.origin)
  if (state.failing) return { answer: failure(world, state.failing), faults: [] }
  const missing = missingHeaders(world, received)
  if (missing.length > 0) return { answer: jsonAnswer(400, { message: missing[0] }), faults: missing }
  const faults = credentialFaults(world, received, base)
  // A credential of another address looks like a wrong one.
  if (chosen && bases.length > 1 && base.href !== chosen.href && bases.some((each) => each.href === base.href))
    faults.push('this address does not know the credential')
  if (faults.length > 0) return { answer: failure(world, shapesOf(world.service, 'rejected')[0]!), faults }
  return { answer: answerTo(world, received, base), faults: [] }
}

function isBelow(received: Received, base: URL): boolean {
  const path = base.pathname.replace(/\/$/, '')
  return received.url.host === base.host && `${received.url.pathname}/`.startsWith(`${path}/`)
}

/** What every call of this service must bring along, in whatever value. */
function missingHeaders(world: World, received: Received): string[] {
  const values: Record<string, string> = { ...valuesFor(world) }
  // Who is looking a value up cannot bring it along.
  const lookups = lookupsOf(world)
  const looking = lookups.some(({ lookup }) => isAt(received, addressOf(lookup.get, valuesFor(world))))
  if (looking) for (const { name } of lookups) delete values[name]
  const own = { ...world.service.headers, ...world.method.headers }
  return Object.entries(own).flatMap(([name, template]) =>
    filled(template, values) === undefined || received.headers.has(name) ? [] : [`header ${name} is missing`],
  )
}

/** Empty when some credential that was given out, and still works, is there. */
function credentialFaults(world: World, received: Received, base: URL): string[] {
  const candidates = allIssued(world).reverse()
  if (candidates.length === 0)
    return faultsOfSend(world, received, valuesFor(world), base).concat('nothing was given out')
  let closest: string[] | undefined
  for (const issued of candidates) {
    const faults = faultsOfSend(world, received, valuesFor(world, issued), base)
    if (faults.length === 0) faults.push(...faultsOfStanding(world, issued, received))
    if (faults.length === 0) return []
    if (!closest || faults.length < closest.length || /revoked|expired|another host/.test(faults[0]!)) closest = faults
  }
  return closest!
}

function faultsOfStanding(world: World, issued: Issued, received: Received): string[] {
  const standing = standingOf(world, issued)
  if (standing !== 'live') return [`the credential is ${standing}`]
  const resources = 'resources' in world.method.obtain ? Object.keys(world.method.obtain.resources ?? {}) : []
  const values = valuesFor(world)
  const apart = resources.map((template) => filled(template, values)).find((host) => host === received.url.host)
  return issued.resource === apart ? [] : ['the token is for another host']
}

function failure(world: World, shape: FailureShape): PlainAnswer {
  const passes = checkCallOf(world.service, world.method)?.ok
  return answerOf(shape, world.service, { passes, now: world.now() })
}

export function failureOf(world: World, of: AnswerClass, index: number): FailureShape | undefined {
  return shapesOf(world.service, of)[index]
}

function answerTo(world: World, received: Received, base: URL): PlainAnswer {
  const values = valuesFor(world)
  const check = checkCallOf(world.service, world.method)
  const identity = identityOf(world)
  const asked = 'from' in identity && typeof identity.from === 'object' ? identity.from : undefined
  const get = asked && 'get' in asked ? asked.get : undefined
  const [post, graphql] = asked && 'post' in asked ? [asked.post, asked.graphql] : []
  const call = {
    check: Boolean(check && isCall(world, received, check.get, check.post, base, check.graphql)),
    identity: isCall(world, received, get, post, base, graphql),
    lookups: lookupsOf(world).filter(({ lookup }) => isAt(received, addressOf(lookup.get, values))),
  }
  if (call.check) return passed(world, accountAnswer(world, call))
  if (call.identity || call.lookups.length > 0) return jsonAnswer(200, accountAnswer(world, call))
  return jsonAnswer(200, { simulated: true, method: received.method, path: pathOf(world, received, base) })
}

function isCall(
  world: World,
  received: Received,
  get: Template | undefined,
  post: Template | undefined,
  base: URL,
  graphql?: string,
): boolean {
  const template = get ?? post
  if (template === undefined || received.method !== (get !== undefined ? 'GET' : 'POST')) return false
  if (graphql !== undefined && (jsonOf(received.text) as { query?: string } | undefined)?.query !== graphql)
    return false
  if (world.method.send.url) return true
  const wantedAddress = ownAddress(world, template, base)
  if (!wantedAddress) return false
  const path = wantedAddress.host === base.host ? pathOf(world, received, base) : undefined
  if (path === undefined) return isAt(received, wantedAddress)
  const own = { ...received, url: new URL(base.origin + base.pathname.replace(/\/$/, '') + path + received.url.search) }
  return isAt(own, wantedAddress) || (!world.method.send.path && isAt(received, wantedAddress))
}

function pathOf(world: World, received: Received, base: URL): string {
  const candidates = [undefined, ...allIssued(world)]
  for (const issued of candidates) {
    const path = callerPath(world.method.send.path, received, valuesFor(world, issued), base)
    if (path !== undefined) return path
  }
  return '/'
}

function passed(world: World, account: Answered): PlainAnswer {
  const { ok, answer } = checkCallOf(world.service, world.method)!
  const status = ok?.status === undefined ? 200 : [ok.status].flat()[0]!
  const headers: Record<string, string> = ok?.header ? { [ok.header]: String(wanted(ok)) } : {}
  const words = ok?.path === undefined ? ok?.contains : undefined
  if (answer !== 'text') return jsonAnswer(status, words ? putAt(account, 'message', words) : account, headers)
  return { status, headers: { ...headers, 'content-type': 'text/plain' }, body: words ?? 'fine' }
}
