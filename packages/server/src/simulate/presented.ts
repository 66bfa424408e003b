/** Is the credential on this call, in exactly the places that `send` names? */
import type { Send } from '@cardea/catalog'
import { same } from './expected.ts'
import { faultsOfJwt, rulesOf } from './jwt.ts'
import { basicOf, jsonOf, type Received } from './received.ts'
import { faultsOfSignature } from './signature.ts'
import { filled, type Values } from './values.ts'
import type { World } from './world.ts'

export function faultsOfSend(world: World, received: Received, values: Values, base: URL): string[] {
  const { send, obtain } = world.method
  if (obtain.by === 'jwt') return faultsOfOwnJwt(world, received, values)
  return [
    ...faultsOfNamed(send.headers, (name) => received.headers.get(name.toLowerCase()), 'header', values),
    ...faultsOfNamed(send.query, (name) => only(received.url.searchParams, name), 'query parameter', values),
    ...faultsOfNamed(send.cookies, (name) => cookiesOf(received).get(name), 'cookie', values),
    ...faultsOfBody(send, received, values),
    ...faultsOfBasic(send, received, values),
    ...faultsOfPath(send, received, values, base),
    ...(send.sign ? faultsOfSignature(world, received, send.sign, values) : []),
  ]
}

function faultsOfNamed(
  entries: Send['headers'],
  get: (name: string) => string | undefined,
  what: string,
  values: Values,
): string[] {
  return Object.entries(entries ?? {}).flatMap(([key, template]) => {
    const [name, value] = [filled(key, values), filled(template, values)]
    if (name === undefined || value === undefined) return []
    const had = get(name)
    if (had === undefined) return [`${what} ${name} is missing`]
    return same(had, value) ? [] : [`${what} ${name} does not hold the credential`]
  })
}

function only(query: URLSearchParams, name: string): string | undefined {
  const all = query.getAll(name)
  return all.length === 1 ? all[0] : undefined
}

function cookiesOf(received: Received): ReadonlyMap<string, string> {
  const pairs = (received.headers.get('cookie') ?? '').split(/;\s*/).filter((pair) => pair.includes('='))
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

function faultsOfBody({ body }: Send, received: Received, values: Values): string[] {
  if (!body) return []
  const isForm = received.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const json = isForm ? Object.fromEntries(new URLSearchParams(received.text)) : jsonOf(received.text)
  const members = json !== null && typeof json === 'object' ? (json as Record<string, unknown>) : {}
  return faultsOfNamed(body, (name) => members[name] as string | undefined, 'member', values)
}

function faultsOfBasic({ basic }: Send, received: Received, values: Values): string[] {
  if (!basic) return []
  const got = basicOf(received.headers.get('authorization'))
  if (!got) return ['user and password by Basic are missing']
  const right = same(got.user, part(basic.user, values)) && same(got.password, part(basic.password, values))
  return right ? [] : ['user or password is wrong']
}

/** One half may be empty, or be words without any placeholder. */
function part(template: string, values: Values): string {
  return template === '' ? '' : (filled(template, values) ?? '')
}

function faultsOfPath({ path, url }: Send, received: Received, values: Values, base: URL): string[] {
  if (url) {
    const own = filled(url, values)
    const given = received.url.origin + received.url.pathname
    return own !== undefined && (same(received.url.href, own) || given.startsWith(own))
      ? []
      : ['the address is unknown']
  }
  return path && callerPath(path, received, values, base) === undefined ? ['the credential is not in the path'] : []
}

/** The path as the caller meant it: below the base address, without the credential. */
export function callerPath(
  template: string | undefined,
  received: Received,
  values: Values,
  base: URL,
): string | undefined {
  const prefix = base.pathname.replace(/\/$/, '')
  if (!received.url.pathname.startsWith(prefix)) return undefined
  const rest = received.url.pathname.slice(prefix.length)
  if (!template) return rest
  // Segment by segment: a value is one or a part of one, and a slash in it is encoded.
  const [left, right] = template
    .split('{path}')
    .map((half) => half.split('/').map((part) => filled(part, values) ?? '\u0000'))
  const given = rest.split('/')
  // Without a place for it the caller's own path goes nowhere.
  if (left && !right)
    return left.length === given.length && left.every((part, index) => same(decoded(given[index]!), part))
      ? ''
      : undefined
  if (!left || !right || given.length < left.length + right.length - 1) return undefined
  const end = given.length - right.length + 1
  const leads = left.every((part, index) => part === '' || same(decoded(given[index]!), part))
  const trails = right.every((part, index) => index === 0 || same(decoded(given[end + index - 1]!), part))
  return leads && trails ? `/${given.slice(Math.max(1, left.length), end).join('/')}` : undefined
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return '\u0000'
    throw error
  }
}

function faultsOfOwnJwt(world: World, received: Received, values: Values): string[] {
  const { send, obtain } = world.method
  if (obtain.by !== 'jwt') return []
  return Object.entries(send.headers ?? {}).flatMap(([name, template]) => {
    const had = received.headers.get(name)
    if (had === undefined) return [`header ${name} is missing`]
    const [before, after] = template.split('{jwt}')
    if (after === undefined) return same(had, filled(template, values)) ? [] : [`header ${name} is wrong`]
    if (!had.startsWith(before!) || !had.endsWith(after)) return [`header ${name} has other words around the JWT`]
    return faultsOfJwt(world, had.slice(before!.length, had.length - after.length), rulesOf(world, obtain.jwt, values))
  })
}
