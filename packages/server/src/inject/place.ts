import { fill, fillEntries, missing, type Send, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { placeInBody } from './body.ts'
import type { Call, Placed, Signing } from './call.ts'
import { withMembers, withoutNames } from './query.ts'
import { sign } from './sign.ts'
import { isLeftOut } from './values.ts'

export { type Call, type Placed, type Signing, type Streamed, streamed } from './call.ts'

/**
 * Puts a credential into a request, at the places that its definition names and at no other. Promises: no value can start a second
 * header, climb out of its path segment, or become part of a host. Whoever sends the result asks the target room once more where it goes.
 */
export interface Placing extends Signing {
  send: Send
  /** From `openedWhenNamed`. */
  values: Values
  optional: ReadonlySet<string>
  /** Sent unless the caller sends its own, or what they name is not known yet. */
  defaults?: Readonly<Record<string, string>>
}

export function place(call: Call, placing: Placing): Placed {
  try {
    return placed(call, placing)
  } catch (error) {
    if (error instanceof Problem) throw error
    // Templates complain by name, never by value.
    throw new Problem('service.cannot_place', { why: (error as Error).message })
  }
}

function placed(call: Call, placing: Placing): Placed {
  const { send, values, optional, defaults = {} } = placing
  if (send.mail) throw new Error('the credential is for mail servers')
  const headers: Record<string, string> = {
    ...lowerCased(fillEntries(known(defaults, values), values, optional)),
    ...lowerCased(call.headers),
    ...lowerCased(fillEntries(send.headers ?? {}, values, optional)),
  }
  if (send.basic) headers.authorization = basic(send.basic, values)
  const cookies = named(send.cookies, placing).map(
    ([name, template]) => `${cookieName(name)}=${cookieValue(template, values)}`,
  )
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  for (const value of Object.values(headers)) refuseUnsendable(value)

  const query = named(send.query, placing).map(([name, template]) => [name, fill(template, values)] as const)
  const names = query.map(([name]) => name)
  const own = withMembers(withoutNames(call.query, names), query)
  const request: Placed = { method: call.method, url: address(call, send, values, own), headers }
  const members = named(send.body, placing).map(([name, template]) => [name, fill(template, values)] as const)
  if (members.length > 0 && /^(GET|HEAD)$/i.test(call.method)) throw new Problem('service.body_not_object')
  const body = members.length > 0 ? placeInBody(call.body, headers, members) : call.body
  if (body !== undefined) request.body = body
  return send.sign ? sign(send.sign, values, request, placing) : request
}

/** Whether a caller's body must be read whole before it can be sent. */
export function needsWholeBody(send: Send): boolean {
  return send.body !== undefined || send.sign?.with === 'oauth1'
}

function known(headers: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, template]) => missing(template, values).length === 0))
}

function address(call: Call, send: Send, values: Values, query: string): string {
  if (send.url !== undefined) return wholeAddress(fill(send.url, values), call.path, query)
  const path = send.path === undefined ? call.path : placeInPath(send.path, call.path, values)
  return `${call.base}${path}${query === '' ? '' : `?${query}`}`
}

/** The caller may go further below the address and add to its query, not replace either. */
function wholeAddress(secret: string, path: string, query: string): string {
  const url = URL.parse(secret)
  if (url?.protocol !== 'https:' || url.username || url.password || url.hash) {
    throw new Error('the address is not a plain https address')
  }
  const below = path === '/' ? '' : path
  const joined = [url.search.slice(1), withoutNames(query, [...url.searchParams.keys()])].filter(Boolean).join('&')
  return `${url.origin}${below === '' ? url.pathname : url.pathname.replace(/\/$/, '') + below}${joined ? `?${joined}` : ''}`
}

/** Values are one segment or a part of one; the caller's path was looked at by whoever made the call. */
function placeInPath(template: string, path: string, values: Values): string {
  const parts = template.split('{path}')
  const filled = parts.map((part) =>
    part.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
      const value = fill(`{${name}}`, values)
      if (value === '.' || value === '..') throw new Error(`{${name}} would climb out of the path`)
      return encodeURIComponent(value).replaceAll(/%(3A|40|24|26|2B|2C|3D)/g, decodeURIComponent)
    }),
  )
  return filled.join(path)
}

function basic({ user, password }: { user: string; password: string }, values: Values): string {
  const name = fill(user, values)
  // Everything behind the first colon would become part of the password.
  if (name.includes(':')) throw new Error('the user name has a colon')
  return `Basic ${Buffer.from(`${name}:${fill(password, values)}`).toString('base64')}`
}

/** Entries that have a value. Their names may be settings too; one that is empty takes its entry with it. */
function named(entries: Readonly<Record<string, string>> = {}, { values, optional }: Placing): [string, string][] {
  return Object.entries(entries).flatMap(([name, template]) =>
    isLeftOut(`${name} ${template}`, values, optional) ? [] : [[fill(name, values), template]],
  )
}

function cookieName(name: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw new Error('a cookie has a name that it cannot carry')
  return name
}

function cookieValue(template: string, values: Values): string {
  const value = fill(template, values)
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    throw new Error(`${template} has a character that a cookie cannot carry`)
  }
  return value
}

/** The wire's own. A person who names a header in a setting cannot name one of these. */
const OF_THE_WIRE = /^(host|content-length|connection|transfer-encoding|upgrade|te|trailer|expect|proxy-.*)$/

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([given, value]) => {
      const name = given.toLowerCase()
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || OF_THE_WIRE.test(name))
        throw new Error(`${name} is no header to set`)
      return [name, value]
    }),
  )
}

function refuseUnsendable(value: string): void {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error('a header has a character that it cannot carry')
}
