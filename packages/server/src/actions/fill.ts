import { type Json, placeholders, strayBraces, type Values } from '@cardea/catalog'

/**
 * Puts input into the templates of an action. A value is never searched for placeholders, and knows nothing of the credential: whatever
 * somebody writes into an input, no secret is pulled into a request with it.
 */
export interface Known {
  /** By its name; undefined where there is none. */
  find(name: string): Json | undefined
}

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)?)\}/g

/** What was made goes before what was given, and that before what the connection says of itself. */
export function known(made: Readonly<Record<string, Json | undefined>>, input: typeof made, open: Values): Known {
  const all = [made, input, open]
  return {
    find: (name) => {
      for (const values of all) if (Object.hasOwn(values, name) && values[name] !== undefined) return values[name]
      return undefined
    },
  }
}

/** As text; undefined where one of its values is absent. */
export function filledText(
  template: string,
  { find }: Known,
  encode: (text: string, name: string) => string = (text) => text,
): string | undefined {
  if (strayBraces(template)) throw new Error(`${template} has a brace that belongs to no placeholder`)
  const names = placeholders(template)
  if (names.some((name) => find(name) === undefined)) return undefined
  return template.replaceAll(PLACEHOLDER, (_, name: string) => encode(textOf(find(name)!), name))
}

/** The value itself where the template is nothing but its name. */
export function filledValue(template: string, values: Known): Json | undefined {
  const [name, ...others] = placeholders(template)
  const isAlone = name !== undefined && others.length === 0 && template === `{${name}}`
  return isAlone ? values.find(name) : filledText(template, values)
}

/** A member whose value is absent is left out, and with it what then holds nothing any more. */
export function filledJson(template: Json, values: Known): Json | undefined {
  if (typeof template === 'string') return filledValue(template, values)
  if (template === null || typeof template !== 'object') return template
  if (Array.isArray(template)) {
    const filled = template.flatMap((each) => {
      const value = filledJson(each as Json, values)
      return value === undefined ? [] : [value]
    })
    return filled.length === 0 && template.length > 0 ? undefined : filled
  }
  const filled: Record<string, Json> = {}
  const members = Object.entries(template as Readonly<Record<string, Json>>)
  for (const [name, each] of members) {
    const value = filledJson(each, values)
    if (value !== undefined) filled[name] = value
  }
  return Object.keys(filled).length === 0 && members.length > 0 ? undefined : filled
}

export function textOf(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map((each) => textOf(each as Json)).join(',')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
