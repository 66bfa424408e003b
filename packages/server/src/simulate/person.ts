/** Who the account is: answers that hold what the check looks for, what identity reads and what look-ups learn. */
import type { CheckCall, Identity, Learn, Lookup } from '@cardea/catalog'
import { type Answered, getAt, putAt } from './path.ts'
import { checkCallOf, wanted } from './shapes.ts'
import { addressOf, filled } from './values.ts'
import { valuesFor, type World } from './world.ts'

/** What the account is called at a path of an answer. Numbers now and then, for ids often are. */
export function sayingAt(path: string): Answered {
  return /(^|[._])id$/i.test(path) ? 4_711_000 + path.length : `said ${path}`
}

export function identityOf({ service, method }: World): Identity {
  return method.identity ?? service.identity
}

function identityPaths(world: World, identity: Identity): [string, Answered][] {
  if (!('id' in identity)) return []
  const labels = [identity.label ?? []].flat()
  const ids = [identity.id].flat()
  const hidden = world.levers.namesPerson || labels.length < 2 ? [] : labels.slice(0, 1)
  return [...ids, ...labels, ...(identity.team ? [identity.team] : [])]
    .filter((path) => ids.includes(path) || !hidden.includes(path))
    .map((path): [string, Answered] => [path, sayingAt(path)])
}

/** What a call says about the account: to the check what it looks for, to the identity's call who it is, to a look-up what it learns. */
export function accountAnswer(
  world: World,
  call: { readonly check: boolean; readonly identity: boolean; readonly lookups: readonly NamedLookup[] },
): Answered {
  const identity = identityOf(world)
  const own = !('from' in identity) || identity.from === undefined || identity.from === 'check'
  let body: Answered = {}
  if (call.identity || (call.check && own))
    for (const [path, value] of identityPaths(world, identity)) if (path !== '') body = putAt(body, path, value)
  const ok = call.check ? checkCallOf(world.service, world.method)?.ok : undefined
  if (ok?.path !== undefined && ok.path !== '' && ok.exists !== false && !(holds(body, ok) && has(body, ok.path)))
    body = putAt(body, ok.path, wanted(ok))
  if (call.lookups.length === 0) return body
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0
  return isEmpty ? lookupAnswer(world, call.lookups) : mergeLookups(world, call.lookups, body)
}

function has(body: Answered, path: string): boolean {
  return getAt(body, path) !== undefined
}

function holds(body: Answered, ok: NonNullable<CheckCall['ok']>): boolean {
  const value = getAt(body, ok.path!)
  return ok.is === undefined || [ok.is].flat().includes(value as string)
}

export interface NamedLookup {
  readonly name: string
  readonly learn: Learn
  readonly lookup: Lookup
}

export function lookupsOf({ method }: World): NamedLookup[] {
  return Object.entries(method.learn ?? {}).flatMap(([name, learn]) =>
    typeof learn.from === 'object' ? [{ name, learn, lookup: learn.from }] : [],
  )
}

export function lookupAnswer(world: World, same: readonly NamedLookup[]): Answered {
  const list = same[0]?.lookup.list
  const empty: Answered = list === '' ? [] : {}
  if (!world.levers.tells) return list ? putAt({}, list, []) : empty
  return mergeLookups(world, same, empty)
}

function mergeLookups(world: World, same: readonly NamedLookup[], empty: Answered): Answered {
  return same.reduce<Answered>((body, each) => mergeLookup(world, each, body), empty)
}

function mergeLookup(world: World, { name, learn, lookup }: NamedLookup, body: Answered): Answered {
  const value = world.account.learned[name]
  if (value === undefined) return body
  const said = learn.take === 'host' ? `https://${value}/` : value
  if (lookup.list === undefined) return putAt(body, learn.at, said)
  const list = [...((getAt(body, lookup.list) as Answered[] | undefined) ?? [])]
  const decoys = lookup.prefer || world.levers.choices > 1 ? Math.max(1, world.levers.choices - 1) : 0
  for (let index = 0; index < decoys; index++) list[index] = decoyOf(list[index], learn, lookup, said)
  let right: Answered = list[decoys] ?? {}
  right = putAt(right, learn.at, said)
  if (lookup.label) right = putAt(right, lookup.label, 'The right one')
  for (const [path, preferred] of Object.entries(lookup.prefer ?? {}))
    right = putAt(right, path, typeof preferred === 'object' && preferred ? `event ${preferred.claim}` : preferred)
  list[decoys] = right
  return putAt(body, lookup.list, list)
}

/** Looks like a choice and is another: the right value with its last letter or digit changed. */
function decoyOf(known: Answered | undefined, learn: Learn, lookup: Lookup, said: string): Answered {
  const other = said.replace(/([0-9a-z])(?=[^0-9a-z]*$)/i, (char) => (char === '1' ? '2' : '1'))
  const inHost = said.replace(/^https:\/\/([a-z0-9])/, (_, char) => `https://${char === 'a' ? 'b' : 'a'}`)
  let entry: Answered = known ?? {}
  entry = putAt(entry, learn.at, learn.take === 'host' ? inHost : other)
  if (lookup.label) entry = putAt(entry, lookup.label, 'Another one')
  for (const path of Object.keys(lookup.prefer ?? {})) entry = putAt(entry, path, false)
  return entry
}

/** What `{name}` in an anonymous look-up or a path is worth once the person signed in. */
export function ownAddress(world: World, template: string, base: URL): URL | undefined {
  const values = valuesFor(world)
  if (template.startsWith('https:') || template.startsWith('{')) {
    const whole = addressOf(template, values)
    if (whole) return whole
  }
  const path = template.startsWith('{') ? filled(template, values) : filled(template, values, encodeURIComponent)
  return path === undefined ? undefined : (URL.parse(base.href.replace(/\/$/, '') + path) ?? undefined)
}
