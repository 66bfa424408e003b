import { fill, fillEntries, fillHeader, missing, type Send, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { placeInBody } from './body.ts'
import { withMembers, withoutNames } from './query.ts'
import { type Signing, sign } from './sign.ts'

/**
 * Puts a credential into a request, at the places that its definition names and at no other. Promises: no value can start a second
 * header, climb out of its path segment, or become part of a host. Whoever sends the result asks the target room once more where it goes.
 */
export interface Call {
  method: string
  /** Without trailing slash. Empty where the address itself is the credential. */
  base: string
  /** As the caller gave it; with its leading slash, or empty. */
  path: string
  /** Without `?`. */
  query: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | Streamed
}
/** A body that passes through while it is sent: it cannot be read, and not be hashed. */
export const streamed = Symbol('streamed')
export type Streamed = typeof streamed

export interface Placed {
  method: string
  url: string
  headers: Record<string, string>
  body?: string | Uint8Array | Streamed
}

export interface Placing extends Signing {
  send: Send
  /** From `openedWhenNamed`. */
  values: Values
  optional: ReadonlySet<string>
  /** Sent unless the caller sends its own. */
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
  const headers: Record<string, string> = { ...fillEntries(defaults, values, optional), ...lowerCased(call.headers) }
  Object.assign(headers, fillEntries(send.headers ?? {}, values, optional))
  if (send.basic) headers.authorization = basic(send.basic, values)
  const cookies = Object.entries(send.cookies ?? {}).flatMap(([name, template]) =>
    isLeftOut(template, values, optional) ? [] : [`${fillHeader(name, values)}=${cookieValue(template, values)}`],
  )
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  for (const value of Object.values(headers)) refuseUnsendable(value)

  const query = Object.entries(send.query ?? {}).flatMap(([name, template]) =>
    isLeftOut(template, values, optional) ? [] : [[fill(name, values), fill(template, values)] as const],
  )
  const own = withMembers(
    withoutNames(
      call.query,
      Object.keys(send.query ?? {}).map((name) => fill(name, values)),
    ),
    query,
  )
  const request: Placed = { method: call.method, url: address(call, send, values, own), headers }
  const members = Object.entries(send.body ?? {}).flatMap(([name, template]) =>
    isLeftOut(template, values, optional) ? [] : [[name, fill(template, values)] as const],
  )
  const body = members.length > 0 ? placeInBody(call.body, headers, members) : call.body
  if (body !== undefined) request.body = body
  return send.sign ? sign(send.sign, values, request, placing) : request
}

/** Whether a caller's body must be read whole before it can be sent. */
export function needsWholeBody(send: Send): boolean {
  return send.body !== undefined || send.sign?.with === 'oauth1'
}

function address(call: Call, send: Send, values: Values, query: string): string {
  if (send.url !== undefined) return wholeAddress(fill(send.url, values), call.path, query)
  const path = send.path === undefined ? call.path : placeInPath(send.path, call.path, values)
  return `${call.base}${path}${query === '' ? '' : `?${query}`}`
}

/** The caller may go further below the address and add to its query, not replace either. */
function wholeAddress(secret: string, path: string, query: string): string {
  const url = URL.parse(secret)
  if (!url || url.protocol !== 'https:' || url.username || url.password || url.hash) {
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

function cookieValue(template: string, values: Values): string {
  const value = fill(template, values)
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    throw new Error(`${template} has a character that a cookie cannot carry`)
  }
  return value
}

/** An entry whose optional value is empty is left out whole; what is missing and not optional is an error when it is filled. */
export function isLeftOut(template: string, values: Values, optional: ReadonlySet<string>): boolean {
  const lacking = missing(template, values)
  return lacking.length > 0 && lacking.every((name) => optional.has(name))
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function refuseUnsendable(value: string): void {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error('a header has a character that it cannot carry')
}
