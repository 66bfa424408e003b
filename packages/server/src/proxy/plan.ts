import { fillHost, missing, optionalNames, placeholders, type Values } from '@cardea/catalog'
import type { Usable } from '../connections/connections.ts'
import { needsWholeBody, type Placing, place } from '../inject/place.ts'
import { placesOf } from '../inject/strip.ts'
import { openedWhenNamed } from '../inject/values.ts'
import type { Described, Target } from '../target/target.ts'

/**
 * What follows from a definition and a connection for each call of it, worked out once for a credential and not at each call: target and
 * inject alone would cost as much as the rest of the hop. Holds no plaintext: templates, and where their values are. What is quick here
 * is what is plain; anything else goes through the rooms that decide it, each time.
 */
export interface Plan {
  of: Described
  placing: Omit<Placing, 'now' | 'nonce'>
  /** Hosts of this service that want a token of their own. */
  ownTokens: ReadonlySet<string> | undefined
  /** Headers that the credential takes: a caller's own are not sent beside it. */
  taken: ReadonlySet<string>
  /** Where plain paths go, if the base address is all there is to it. */
  base: PlainBase | undefined
  /** Headers that the credential consists of, if that is all it takes. */
  quick: readonly Template[] | undefined
  /** Sent unless the caller sends its own; only where `quick` is. */
  defaults: readonly (readonly [string, string])[]
  /** Whether the secret itself goes out with each call, and not only what it has signed. */
  travels: boolean
  /** Whether a body is read whole: it is signed or changed. */
  whole: 'never' | 'always' | 'signed'
}

export interface PlainBase {
  origin: string
  host: string
  /** Without trailing slash. */
  path: string
  /** Guarded calls begin with one of these: only such are looked at further. In lower case. */
  guarded: readonly string[]
}

export interface Template {
  name: string
  /** Text and the names of values, in turn. */
  parts: readonly string[]
}

export function createPlans(target: Target): (usable: Usable) => Plan {
  const known = new WeakMap<Usable, Plan>()
  return (usable) => {
    let plan = known.get(usable)
    if (!plan) {
      plan = planFor(target, usable)
      known.set(usable, plan)
    }
    return plan
  }
}

function planFor(target: Target, usable: Usable): Plan {
  const { service, method, open, base } = usable
  const of: Described = { service, method, values: open, ...(base === undefined ? {} : { base }) }
  const { send } = method
  const values = openedWhenNamed(open, usable.values)
  const placing = {
    send,
    values,
    optional: optionalNames(service, method),
    defaults: { ...service.headers, ...method.headers },
  }
  const quick = quickHeaders(placing, usable)
  return {
    of,
    placing,
    taken: new Set(placesOf(send, open)),
    ownTokens: ownTokens(usable),
    base: plainBase(target, of),
    quick,
    defaults: quick ? publicDefaults(placing) : [],
    travels: send.sign === undefined || Object.keys(send).some((place) => place !== 'sign' && place !== 'mail'),
    whole: needsWholeBody(send) ? 'always' : send.sign ? 'signed' : 'never',
  }
}

function ownTokens({ method: { obtain }, open }: Usable): ReadonlySet<string> | undefined {
  const named = 'resources' in obtain ? Object.keys(obtain.resources ?? {}) : []
  const resources = named.filter((template) => missing(template, open).length === 0)
  return resources.length === 0 ? undefined : new Set(resources.map((template) => fillHost(template, open)))
}

function plainBase(target: Target, of: Described): PlainBase | undefined {
  const { service, method, values } = of
  if (method.send.url !== undefined || method.send.path !== undefined) return undefined
  const bases = target.bases(service, method, values)
  if (bases.length !== 1 || (of.base ?? 0) !== 0) return undefined
  const url = new URL(bases[0]!)
  const path = url.pathname.replace(/\/$/, '')
  if (`${url.origin}${path}` !== bases[0]) return undefined
  const guarded = (service.guarded ?? []).map((entry) => {
    const pattern = entry.slice(entry.indexOf(' ') + 1).toLowerCase()
    const star = pattern.indexOf('*')
    return (star < 0 ? pattern : pattern.slice(0, star)).replace(/\/$/, '')
  })
  return { origin: url.origin, host: url.host, path, guarded }
}

const ONLY_HEADERS = (place: string) => place === 'headers'

function quickHeaders(placing: Plan['placing'], usable: Usable): Template[] | undefined {
  const { send, values, defaults = {} } = placing
  if (!Object.keys(send).every(ONLY_HEADERS)) return undefined
  const texts = [...Object.entries(send.headers ?? {}).flat(), ...Object.entries(defaults).flat()]
  if (texts.some((text) => missing(text, values).length > 0)) return undefined
  // A secret in a default would have to be looked up each time.
  const isSecret = (text: string) => placeholders(text).some((name) => Object.hasOwn(usable.values, name))
  if (Object.entries(defaults).flat().some(isSecret) || Object.keys(send.headers ?? {}).some(isSecret)) return undefined
  // What can be placed now can be placed each time: neither templates nor values change.
  place({ method: 'GET', base: 'https://x', path: '', query: '', headers: {} }, { ...placing, now: 0, nonce: () => '' })
  return Object.entries(send.headers ?? {}).map(([name, text]) => ({
    name: filled(partsOf(name), values).toLowerCase(),
    parts: partsOf(text),
  }))
}

function publicDefaults({ defaults = {}, values }: Plan['placing']): [string, string][] {
  return Object.entries(defaults).map(([name, text]) => [
    filled(partsOf(name), values).toLowerCase(),
    filled(partsOf(text), values),
  ])
}

function partsOf(text: string): string[] {
  return text.split(/\{([^}]*)\}/)
}

export function filled(parts: readonly string[], values: Values): string {
  let text = parts[0]!
  for (let at = 1; at < parts.length; at += 2) text += values[parts[at]!]! + parts[at + 1]!
  return text
}
