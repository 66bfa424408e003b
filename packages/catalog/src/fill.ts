/**
 * Puts values into templates. There is no language here: `{name}` is replaced by the value of that name, once, and any other
 * brace is an error. A value is never searched for placeholders, so nothing a person types can pull in a second secret.
 */
export type Values = Readonly<Record<string, string | undefined>>

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)?)\}/g
const HOST_LABELS = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/
const HOST_WITH_PORT = /^[A-Za-z0-9.-]+(?::[0-9]{1,5})?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be kept out of a header
const CONTROL = /[\u0000-\u001f\u007f]/

export function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1]!)
}

/** Braces that are no placeholder: a spelling mistake that would otherwise be sent as it stands. */
export function strayBraces(template: string): boolean {
  return /[{}]/.test(template.replaceAll(PLACEHOLDER, ''))
}

/** The names without a value. Inherited properties are no values: `{constructor}` is missing. */
export function missing(template: string, values: Values): string[] {
  return placeholders(template).filter((name) => lookUp(name, values) === undefined)
}

/** As it is, for bodies and for strings that are encoded later. */
export function fill(template: string, values: Values): string {
  return replace(template, values, (value) => value)
}

/** Refuses what would start a second header. */
export function fillHeader(template: string, values: Values): string {
  return replace(template, values, (value, name) => {
    if (CONTROL.test(value))
      throw new Error(`{${name}} has a line break or control character, which a header cannot carry`)
    return value
  })
}

/**
 * Every value is one segment, or a part of one: a slash in it is encoded, and a dot segment is refused. Only a name that begins the
 * template may stand for a whole path.
 */
export function fillPath(template: string, values: Values): string {
  const opening = /^\{([^}]*)\}/.exec(template)
  const whole = opening ? lookUp(opening[1]!, values) : undefined
  const rest = whole?.startsWith('/') ? template.slice(opening![0].length) : template
  if (rest !== template && !/^\/(?!\/)[\x21-\x7e]*$/.test(whole!)) throw new Error(`{${opening![1]}} is not a path`)
  const filled = (rest === template ? '' : whole!) + replace(rest, values, encodeURIComponent)
  if (filled.split(/[/?#]/).some((part) => part === '.' || part === '..')) {
    throw new Error(`${template} would climb out of its path`)
  }
  return filled
}

/** A value in the host can be host labels only; in the path and the query it is encoded. A template may begin with a whole address. */
export function fillAddress(template: string, values: Values): string {
  const opening = /^\{([^}]*)\}/.exec(template)
  if (opening) return wholeAddress(opening[1]!, values) + fillPath(template.slice(opening[0].length), values)
  const parts = /^(https?:\/\/)([^/?#]*)(.*)$/s.exec(template)
  if (!parts) throw new Error(`${template} is not an http address`)
  return parts[1]! + fillHost(parts[2]!, values) + fillPath(parts[3]!, values)
}

export function fillHost(template: string, values: Values): string {
  const host = replace(template, values, (value, name) => {
    if (!HOST_LABELS.test(value) && !(template === `{${name}}` && HOST_WITH_PORT.test(value))) {
      throw new Error(`{${name}} cannot be part of a host name`)
    }
    return value.toLowerCase()
  })
  if (!HOST_WITH_PORT.test(host)) throw new Error(`${template} does not make a host name`)
  return host
}

/** Entries whose optional value is empty are left out whole: no header with an empty key is ever sent. */
export function fillEntries(
  entries: Readonly<Record<string, string>>,
  values: Values,
  optional: ReadonlySet<string>,
): Record<string, string> {
  const filled: Record<string, string> = Object.create(null)
  for (const [key, template] of Object.entries(entries)) {
    const lacking = missing(template, values)
    if (lacking.length > 0 && lacking.every((name) => optional.has(name))) continue
    filled[fillHeader(key, values)] = fillHeader(template, values)
  }
  return filled
}

function replace(template: string, values: Values, encode: (value: string, name: string) => string): string {
  if (strayBraces(template)) throw new Error(`${template} has a brace that belongs to no placeholder`)
  const lacking = missing(template, values)
  if (lacking.length > 0) throw new Error(`no value for ${lacking.map((name) => `{${name}}`).join(', ')}`)
  return template.replaceAll(PLACEHOLDER, (_, name: string) => encode(lookUp(name, values)!, name))
}

function wholeAddress(name: string, values: Values): string {
  const value = lookUp(name, values)
  if (value === undefined) throw new Error(`no value for {${name}}`)
  const address = URL.parse(value)
  if (
    !address ||
    !/^https?:$/.test(address.protocol) ||
    address.username ||
    address.password ||
    address.search ||
    address.hash
  ) {
    throw new Error(`{${name}} must be a plain http address without user, query or fragment`)
  }
  return address.href.replace(/\/+$/, '')
}

function lookUp(name: string, values: Values): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}
