import { type Action, fillAddress, type Json, placeholders, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Wanted } from '../proxy/proxy.ts'
import type { Described } from '../target/target.ts'
import { filledJson, filledText, type Known, known } from './fill.ts'
import { type Given, invalidInput } from './input.ts'
import { madeOf } from './make.ts'

/**
 * The request of an action, before the credential is in it. An input never shapes a host, is one segment of a path and encoded as such, and
 * fits on the line of a header: what it would climb out of is refused by its name.
 */
export function composed(identifier: string, action: Action, of: Described, input: Given): Wanted {
  const values = known(madeOf(action, input, of.values), input, of.values)
  const [method, template] = callOf(action)
  const { host, path, query } = translated(identifier, () => addressOf(template, values, of.values))
  const more = entriesOf(action.query, values).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  const body = translated(identifier, () => bodyOf(action, values))
  return {
    method,
    path,
    query: [query, ...more].filter((part) => part !== '').join('&'),
    ...(host === undefined ? {} : { host }),
    headers: headersOf(action, of, values, body?.type),
    ...(body ? { body: body.bytes } : {}),
  }
}

/** How it is called. Sending mail writes, and the other protocol reads. */
export function callOf(action: Action): [method: string, address: string] {
  for (const verb of ['get', 'post', 'put', 'patch', 'delete'] as const) {
    const address = action[verb]
    if (address !== undefined) return [verb.toUpperCase(), address]
  }
  return action.mail === 'send' ? ['POST', '/mail/send'] : ['GET', `/mail/${action.mail ?? ''}`]
}

const LONGEST_PART = 2000

function addressOf(
  template: string,
  values: Known,
  open: Values,
): { host: string | undefined; path: string; query: string } {
  const { host, rest } = hostOf(template, open)
  if (rest !== '' && !/^[/?]/.test(rest)) throw new Error(`${template} is no address`)
  const mark = rest.indexOf('?')
  const [path, query] = mark < 0 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)]
  return { host, path: pathOf(path, values, open), query: filledText(query, values, encoded) ?? '' }
}

/** What stands before the path, which only the definition and the settings of the connection can say. */
function hostOf(template: string, open: Values): { host: string | undefined; rest: string } {
  const absolute = /^(https:\/\/[^/?#]*)(.*)$/s.exec(template)
  if (absolute) return { host: new URL(fillAddress(absolute[1]!, open)).host, rest: absolute[2]! }
  const opening = /^\{([^}]*)\}(.*)$/s.exec(template)
  if (!opening) return { host: undefined, rest: template }
  const value = Object.hasOwn(open, opening[1]!) ? open[opening[1]!] : undefined
  if (!value) throw new Error(`{${opening[1]}} is not set`)
  if (value.startsWith('/')) return { host: undefined, rest: value.replace(/\/+$/, '') + opening[2]! }
  const url = new URL(value)
  return { host: url.host, rest: url.pathname.replace(/\/+$/, '') + opening[2]! }
}

function pathOf(template: string, values: Known, open: Values): string {
  const path = filledText(template, values, (text, name) => {
    const isOwn = Object.hasOwn(open, name) && open[name] === text
    const fault = isOwn ? undefined : faultInPath(text)
    if (fault) throw invalidInput(name, fault)
    return encoded(text)
  })
  if (path === undefined) {
    const lacking = placeholders(template).find((name) => values.find(name) === undefined)
    throw invalidInput(lacking!, 'is missing')
  }
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new Problem('request.invalid', { issues: [{ path: 'input', message: 'would climb out of its path' }] })
  }
  return path
}

function faultInPath(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.length > LONGEST_PART) return `is longer than ${LONGEST_PART} characters`
  if (/[\p{Cc}\\]/u.test(text)) return 'has a character that a path cannot carry'
  return /^\.{1,2}$/.test(text) ? 'would climb out of its path' : undefined
}

function entriesOf(entries: Readonly<Record<string, string>> = {}, values: Known): [string, string][] {
  return Object.entries(entries).flatMap(([name, template]) => {
    const value = filledText(template, values)
    return value === undefined ? [] : [[name, value] as [string, string]]
  })
}

function bodyOf(action: Action, values: Known): { bytes: Buffer; type: string } | undefined {
  if (action.graphql !== undefined) {
    const variables = action.variables === undefined ? undefined : (filledJson(action.variables, values) ?? {})
    return json({ query: action.graphql, ...(variables === undefined ? {} : { variables }) })
  }
  if (action.form) {
    const text = entriesOf(action.form, values).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    return { bytes: Buffer.from(text.join('&')), type: 'application/x-www-form-urlencoded' }
  }
  return action.body === undefined ? undefined : json(filledJson(action.body, values) ?? {})
}

function json(value: Json): { bytes: Buffer; type: string } {
  return { bytes: Buffer.from(JSON.stringify(value)), type: 'application/json' }
}

function headersOf(
  action: Action,
  { service, method }: Described,
  values: Known,
  type: string | undefined,
): Record<string, string> {
  // What a definition sends with every call is better than what we would say.
  const usual = new Set(Object.keys({ ...service.headers, ...method.headers }).map((name) => name.toLowerCase()))
  const headers: Record<string, string> = Object.create(null)
  if (!usual.has('accept')) headers.accept = 'application/json'
  if (!usual.has('user-agent')) headers['user-agent'] = 'Cardea'
  if (type !== undefined) headers['content-type'] = type
  for (const [given, template] of Object.entries(action.headers ?? {})) {
    const value = filledText(template, values, (text, name) => {
      if (text.length <= LONGEST_PART && /^[\x20-\x7e]*$/.test(text)) return text
      throw invalidInput(name, 'has a character that a header cannot carry, or is too long')
    })
    if (value !== undefined) headers[given.toLowerCase()] = value
  }
  return { ...headers }
}

/** As RFC 3986 has it: what signers hash is what others read. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What only a mistake in the definition, or a setting that is not there, can bring about. */
function translated<T>(identifier: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Problem) throw error
    throw Object.assign(
      new Problem('action.cannot_be_made', { action: identifier, why: (error as Error).message.slice(0, 300) }),
      { cause: error },
    )
  }
}
