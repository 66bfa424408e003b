/** What the placeholders of a definition stand for. Written apart from the engine's own, so that each checks the other. */
import type { Derived, Params, Settings, Template } from '@cardea/catalog'

export type Values = Readonly<Record<string, string>>
const NAME = /\{([A-Za-z][A-Za-z0-9_.]*)\}/g

/** Undefined where a name has no value: the entry is then left out. */
export function filled(template: Template, values: Values, encode = (value: string) => value): string | undefined {
  let lacking = false
  const text = template.replaceAll(NAME, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (!value) lacking = true
    return encode(value ?? '')
  })
  return lacking ? undefined : text
}

export function namesIn(template: Template): string[] {
  return [...template.matchAll(NAME)].map((match) => match[1]!)
}

/** A whole address. Values below the host are encoded, apart from an address or path that a person typed whole. */
export function addressOf(template: Template, values: Values): URL | undefined {
  const [, host = '', rest = ''] = /^((?:https?:\/\/[^/?#]*)|\{[^}]+\})(.*)$/s.exec(template) ?? []
  const start = filled(host, values)
  const path = rest.startsWith('{') ? filled(rest, values) : filled(rest, values, encodeURIComponent)
  if (start === undefined || path === undefined) return undefined
  return URL.parse(start.replace(/\/+$/, '') + path) ?? undefined
}

export function filledParams(params: Params = {}, values: Values): Map<string, string> {
  const out = new Map<string, string>()
  for (const [name, template] of Object.entries(params)) {
    const [key, value] = [filled(name, values), filled(template, values)]
    if (key !== undefined && value !== undefined) out.set(key, value)
  }
  return out
}

/** `{region.api}`: what follows from a choice. */
export function consequences(settings: Settings, chosen: Values): Values {
  const out: Record<string, string> = {}
  for (const [name, setting] of Object.entries(settings)) {
    if (setting.kind !== 'choice' || Array.isArray(setting.options)) continue
    const more = (setting.options as Record<string, Record<string, string>>)[chosen[name] ?? ''] ?? {}
    for (const [member, value] of Object.entries(more)) out[`${name}.${member}`] = value
  }
  return out
}

export function derivedValues(derive: Derived = {}, values: Values): Values {
  const out: Record<string, string> = {}
  for (const [name, { of, by }] of Object.entries(derive)) {
    const source = filled(of, values)
    if (source !== undefined) out[name] = by.reduce((text, step) => STEPS[step](text), source)
  }
  return out
}

const STEPS = {
  upper: (text: string) => text.toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
  first_label: (text: string) => text.split('.')[0]!,
  underscores_to_hyphens: (text: string) => text.replaceAll('_', '-'),
  without_trailing_slash: (text: string) => text.replace(/\/+$/, ''),
} as const
