/** Public values of a connection: what may be entered or learned, what follows from it, and what may stay empty. */
import { valueAt } from './conditions.ts'
import { fill, missing, placeholders, type Values } from './fill.ts'
import type { ChoiceSetting, Derived, Learn, Method, Service, Setting, Settings, Transform } from './types.ts'

export interface ValueFault {
  readonly name: string
  readonly says: string
}

const LONGEST = 2048
const HOST = /^(?=.{1,253}(:|$))(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*(:[0-9]{1,5})?$/
const PATH = /^\/(?!\/)[\x21-\x7e]*$/
const GENERATED = /^[A-Za-z0-9_.:-]{1,128}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character in a public value is always an attack
const CONTROL = /[\u0000-\u001f\u007f]/

export function settingsOf(service: Service, method: Method): Settings {
  return { ...service.settings, ...method.settings }
}

/** Why a setting does not take a value; undefined when it does. */
export function faultOfSetting(setting: Setting, value: string): string | undefined {
  if (value.length > LONGEST) return 'is too long'
  if (CONTROL.test(value)) return 'has a line break or control character'
  switch (setting.kind) {
    case 'choice':
      return optionsOf(setting).includes(value) ? undefined : `is none of ${optionsOf(setting).join(', ')}`
    case 'text':
      return matches(setting.pattern, value) ? undefined : 'does not have the expected form'
    case 'host':
      if (!HOST.test(value)) return 'is not a host name'
      return !setting.pattern || matches(setting.pattern, value) ? undefined : 'is not a host of this service'
    case 'url':
      return faultOfUrl(value)
    case 'path':
      return PATH.test(value) && !/(^|\/)\.\.?([/?#]|$)/.test(value) ? undefined : 'is not a path'
    case 'generated':
      return GENERATED.test(value) ? undefined : 'is not one that was generated'
  }
}

/** Plain http is left to whoever opens the connection, who knows which hosts the operator allowed. */
function faultOfUrl(value: string): string | undefined {
  const url = URL.parse(value)
  if (!url || !/^https?:\/\//i.test(value)) return 'is not an https address'
  if (url.username || url.password || /[?#\\]/.test(value))
    return 'must be a plain address without user, query or fragment'
  return /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(value.slice(8)) || !HOST.test(url.host)
    ? 'is not a plain address'
    : undefined
}

/** Why a learned value may not be used. One named like a setting must be a value that the setting takes. */
export function faultOfLearned(service: Service, method: Method, name: string, value: string): string | undefined {
  const learn = own(method.learn ?? {}, name)
  if (!learn) return 'is not learned by this method'
  if (value === '' || value.length > LONGEST || CONTROL.test(value)) return 'does not have the expected form'
  const setting = own(settingsOf(service, method), name)
  if (setting) {
    const fault = faultOfSetting(setting, value)
    if (fault) return fault
  } else if (!learn.pattern) return 'has no pattern to be held against'
  return !learn.pattern || matches(learn.pattern, value) ? undefined : 'does not have the expected form'
}

/**
 * Every public value of a connection by name, checked: entered settings over their defaults, learned values over both, what follows
 * from a choice (`region.api`), and what is derived. Nothing that breaks its pattern comes through.
 */
export function publicValues(
  service: Service,
  method: Method,
  given: Values,
  learned: Values = {},
): { values: Values; faults: ValueFault[] } {
  const values: Record<string, string | undefined> = Object.create(null)
  const faults: ValueFault[] = []
  const settings = settingsOf(service, method)
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) faults.push({ name, says: 'is no setting of this method' })
  }
  for (const [name, setting] of Object.entries(settings)) {
    const value = own(given, name) || ('default' in setting ? setting.default : undefined)
    if (!value) {
      if (!setting.optional && !method.learn?.[name]) faults.push({ name, says: 'is missing' })
      continue
    }
    const says = faultOfSetting(setting, value)
    if (says) faults.push({ name, says })
    else values[name] = value
  }
  for (const [name, value] of Object.entries(learned)) {
    if (!value) continue
    const says = faultOfLearned(service, method, name, value)
    if (says) faults.push({ name, says })
    else values[name] = value
  }
  addConsequences(settings, values)
  addFallbacks(service, method, values)
  addConsequences(settings, values)
  addDerived({ ...service.derive, ...method.derive }, values)
  return { values, faults }
}

function addConsequences(settings: Settings, values: Record<string, string | undefined>): void {
  for (const [name, setting] of Object.entries(settings)) {
    const value = values[name]
    if (setting.kind !== 'choice' || Array.isArray(setting.options) || value === undefined) continue
    const consequences = own(setting.options as Readonly<Record<string, Readonly<Record<string, string>>>>, value)
    for (const [member, follows] of Object.entries(consequences ?? {})) values[`${name}.${member}`] = follows
  }
}

function addFallbacks(service: Service, method: Method, values: Record<string, string | undefined>): void {
  for (const [name, learn] of Object.entries(method.learn ?? {})) {
    if (values[name] !== undefined || !learn.fallback || missing(learn.fallback, values).length > 0) continue
    const value = fill(learn.fallback, values)
    if (!faultOfLearned(service, method, name, value)) values[name] = value
  }
}

function addDerived(derived: Derived, values: Record<string, string | undefined>): void {
  for (const [name, { of, by }] of Object.entries(derived)) {
    if (missing(of, values).length === 0) values[name] = by.reduce(transform, fill(of, values))
  }
}

function transform(value: string, by: Transform): string {
  switch (by) {
    case 'upper':
      return value.toUpperCase()
    case 'lower':
      return value.toLowerCase()
    case 'first_label':
      return value.split('.')[0]!
    case 'underscores_to_hyphens':
      return value.replaceAll('_', '-')
    case 'without_trailing_slash':
      return value.replace(/\/+$/, '')
  }
}

/** Names that may be empty: an entry that lacks nothing else is left out whole. */
export function optionalNames(service: Service, method: Method): ReadonlySet<string> {
  const blocks = [settingsOf(service, method), method.fields, method.app?.fields, method.learn]
  const optional = blocks.flatMap((block) =>
    Object.entries(block ?? {}).flatMap(([name, words]) => ('optional' in words && words.optional ? [name] : [])),
  )
  const derived = Object.entries({ ...service.derive, ...method.derive }).flatMap(([name, { of }]) =>
    placeholders(of).some((inner) => optional.includes(inner)) ? [name] : [],
  )
  return new Set([...optional, ...derived])
}

/** A value as it lies in an answer, cut to what the definition keeps of it. Numbers count as their digits. */
export function takenFrom(learn: Learn, source: unknown): string | undefined {
  const found = valueAt(source, learn.at)
  const text = typeof found === 'number' || typeof found === 'boolean' ? String(found) : found
  if (typeof text !== 'string' || text.length > LONGEST) return undefined
  if (learn.take === 'host') {
    // Some services name the address, some the bare host.
    const url = URL.parse(text) ?? URL.parse(`https://${text}`)
    return url && (url.protocol === 'https:' || !text.includes('://')) ? url.host : undefined
  }
  return text
}

function optionsOf({ options }: ChoiceSetting): readonly string[] {
  return Array.isArray(options) ? (options as readonly string[]) : Object.keys(options)
}

/** Unicode mode, as the rule for patterns has tried it; `$` never stands before a final line break here. */
function matches(pattern: string, value: string): boolean {
  return new RegExp(pattern, 'u').test(value)
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
