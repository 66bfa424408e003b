import {
  faultOfLearned,
  fillEntries,
  type Learn,
  type Lookup,
  type Method,
  type Service,
  settingsOf,
  takenFrom,
  valueAt,
} from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { optionalOf, type Party, valuesOf } from './party.ts'

/** Values that only the service can tell. Every one is held against its pattern before it is used for anything. */
export interface Told {
  callback?: Readonly<Record<string, string>>
  token?: unknown
  claims?: unknown
}
export type Learned = Record<string, string>

/** From the callback, the token's answer, its claims, and the fields that people entered. Look-ups come later. */
export function learnFrom(service: Service, method: Method, told: Told, fields: Secrets): Learned {
  const learned: Learned = {}
  for (const [name, learn] of Object.entries(method.learn ?? {})) {
    if (typeof learn.from === 'object') continue
    const source = sourceOf(learn, told, fields)
    if (source === unheard) continue
    const value = accepted(service, method, name, learn, source)
    if (value !== undefined) learned[name] = value
    else if (!mayBeAbsent(service, method, name, learn)) throw new Problem('service.value_not_learned', { name })
  }
  return learned
}

const unheard = Symbol('unheard')

function sourceOf(learn: Learn, told: Told, fields: Secrets): unknown {
  switch (learn.from) {
    case 'callback':
      // Names of parameters hold dots and hyphens: they are no paths.
      return told.callback ? (Object.hasOwn(told.callback, learn.at) ? told.callback[learn.at] : undefined) : unheard
    case 'token':
      return told.token === undefined ? unheard : told.token
    case 'id_token':
      return told.claims === undefined ? unheard : told.claims
    case 'field':
      return fields[learn.at] ? partOfField(learn, fields[learn.at]!.reveal()) : undefined
    default:
      return unheard
  }
}

/** A public part of a secret: the end of a key that names a data centre, the address in a key file. */
function partOfField(learn: Learn, value: string): string | undefined {
  if (learn.member !== undefined) {
    const found = valueAt(parsed(value), learn.member)
    return typeof found === 'string' ? found : undefined
  }
  return learn.match === undefined ? undefined : (new RegExp(learn.match, 'u').exec(value)?.[1] ?? undefined)
}

function accepted(service: Service, method: Method, name: string, learn: Learn, source: unknown): string | undefined {
  const flat = learn.from === 'callback' || learn.from === 'field'
  const value = takenFrom(flat ? { ...learn, at: '' } : learn, source)
  return value !== undefined && !faultOfLearned(service, method, name, value) ? value : undefined
}

function mayBeAbsent(service: Service, method: Method, name: string, learn: Learn): boolean {
  return Boolean(learn.optional) || learn.fallback !== undefined || Object.hasOwn(settingsOf(service, method), name)
}

// ── Look-ups ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One call and every value that is read from its answer, so that they come from the same choice. */
export interface Asked {
  lookup: Lookup
  names: string[]
}
export interface Choice {
  label: string
  values: Learned
}

export function lookupsOf(method: Method): Asked[] {
  const asked = new Map<string, Asked>()
  for (const [name, { from }] of Object.entries(method.learn ?? {})) {
    if (typeof from !== 'object') continue
    const key = JSON.stringify(from)
    const same = asked.get(key)
    if (same) same.names.push(name)
    else asked.set(key, { lookup: from, names: [name] })
  }
  return [...asked.values()]
}

/** Headers of its own, such as another word in front of the token. An anonymous one has none that could tell. */
export function lookupHeaders({ lookup }: Asked, party: Party): Record<string, string> {
  const values = lookup.anonymous ? party.open : valuesOf(party)
  const { service, method } = party
  const accept = { ...service.headers, ...method.headers }.accept === undefined ? { accept: 'application/json' } : {}
  return { ...accept, ...fillEntries(lookup.headers ?? {}, values, optionalOf(party)) }
}

/** Several choices: the person picks. None, although the value is needed: a problem. */
export function choicesFrom(
  service: Service,
  method: Method,
  asked: Asked,
  answer: unknown,
  claims?: unknown,
): Choice[] {
  const { list, label, prefer } = asked.lookup
  const found = list === undefined ? [answer] : valueAt(answer, list)
  const entries = Array.isArray(found) ? found.slice(0, 500) : []
  const choices = entries.flatMap((entry): (Choice & { entry: unknown })[] => {
    const values: Learned = {}
    for (const name of asked.names) {
      const learn = method.learn![name]!
      const value = accepted(service, method, name, learn, entry)
      if (value !== undefined) values[name] = value
      else if (!mayBeAbsent(service, method, name, learn)) return []
    }
    const shown = label === undefined ? undefined : valueAt(entry, label)
    return [{ entry, values, label: typeof shown === 'string' ? shown.slice(0, 200) : Object.values(values).join(' ') }]
  })
  const preferred = choices.filter(({ entry }) => isPreferred(entry, prefer, claims))
  const left = prefer && preferred.length === 1 ? preferred : choices
  const needed = asked.names.find((name) => !mayBeAbsent(service, method, name, method.learn![name]!))
  if (left.length === 0 && needed) throw new Problem('service.value_not_learned', { name: needed })
  return left.map(({ label: shown, values }) => ({ label: shown, values }))
}

function isPreferred(entry: unknown, prefer: Lookup['prefer'], claims: unknown): boolean {
  return Object.entries(prefer ?? {}).every(([path, wanted]) => {
    const expected = wanted !== null && typeof wanted === 'object' ? valueAt(claims, wanted.claim) : wanted
    return expected !== undefined && valueAt(entry, path) === expected
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
