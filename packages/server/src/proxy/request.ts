import type { IncomingMessage } from 'node:http'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { DROPPED, ONCE, PASSED, READ, ruleOf } from './headers.ts'
import { type Found, inAuthorization, inHeader, inPath, inQuery, isMarked, misplaced, type Place } from './token.ts'

/**
 * A request as it was really written, read once and strictly. Refuses whatever two readers could read in two ways: where the body ends,
 * which host or path is meant, who asks. Node's parser has refused before what is no HTTP at all.
 */
export interface Asked {
  connectionId: string
  method: string
  /** As written, without the token where that stood in it. */
  path: string
  /** As written, without `?`. */
  query: string
  /** Another host of the service. */
  host: string | undefined
  token: Secret
  place: Place
  /** Of the token's key, RFC 9449. */
  proof: string | undefined
  /** What may travel on, names in lower case and values in turn. Not yet without the places of the credential. */
  headers: string[]
  /** Of the body; CHUNKED where it ends by itself, 0 where there is none. */
  length: number
  /** The caller waits to be told before it sends its body. */
  awaitsContinue: boolean
  range: string | undefined
  acceptEncoding: string | undefined
  onUnavailable: 'wait' | undefined
}

export const CHUNKED = -1

const PREFIX = '/proxy/'
const ID = /^conn_[0-9a-z]{26}$/
const NEVER = new Set(['CONNECT', 'TRACE', 'TRACK', 'PRI'])

/** What is read off single headers on the way. */
interface Noted {
  found: Found | undefined
  lengths: string | undefined
  coding: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  host: string | undefined
  proof: string | undefined
  range: string | undefined
  acceptEncoding: string | undefined
  expect: string | undefined
  onUnavailable: string | undefined
}

export function readRequest(request: IncomingMessage, upgrading: boolean): Asked {
  const { rawHeaders: raw, url = '', method = '' } = request
  if (NEVER.has(method)) throw new Problem('proxy.method_refused', { method })
  const headers: string[] = []
  const noted: Noted = {
    found: undefined,
    lengths: undefined,
    coding: undefined,
    connection: undefined,
    upgrade: undefined,
    host: undefined,
    proof: undefined,
    range: undefined,
    acceptEncoding: undefined,
    expect: undefined,
    onUnavailable: undefined,
  }
  let seen = 0
  for (let at = 0; at < raw.length; at += 2) {
    const value = raw[at + 1]!
    const { name, rule, bit } = ruleOf(raw[at]!)
    if (bit !== 0) {
      if ((seen & bit) !== 0) throw new Problem('proxy.header_repeated', { name })
      seen |= bit
    }
    if (rule === READ) note(noted, name, value)
    else if (isMarked(value)) take(noted, inHeader(name, value), `the header ${name}`)
    else if (rule === PASSED || rule === ONCE) headers.push(name, value)
    else if (rule !== DROPPED) throw new Problem('service.header_refused', { name })
  }
  const { connection } = noted
  if (connection !== undefined) checkConnection(connection, headers)
  if (upgrading ? !isWebSocket(method, noted) : noted.upgrade !== undefined) throw new Problem('proxy.upgrade_refused')
  const { connectionId, path, query } = readAddress(url, noted)
  if (!noted.found) throw new Problem('proxy.token_missing')
  return {
    connectionId,
    method,
    path,
    query,
    host: noted.host,
    token: noted.found.token,
    place: noted.found.place,
    proof: noted.proof,
    headers,
    length: lengthOf(noted, request.httpVersionMinor === 0),
    awaitsContinue: noted.expect !== undefined,
    range: noted.range,
    acceptEncoding: noted.acceptEncoding,
    onUnavailable: noted.onUnavailable === 'wait' ? 'wait' : undefined,
  }
}

function take(noted: Noted, found: Found | undefined, place: string): void {
  if (!found) return
  if (noted.found) throw misplaced(place)
  noted.found = found
}

function note(noted: Noted, name: string, value: string): void {
  switch (name) {
    case 'authorization':
      take(noted, inAuthorization(value), 'the authorization')
      return
    case 'content-length':
      noted.lengths = value
      return
    case 'transfer-encoding':
      noted.coding = value
      return
    case 'connection':
      noted.connection = noted.connection === undefined ? value : `${noted.connection},${value}`
      return
    case 'upgrade':
      noted.upgrade = value
      return
    case 'http2-settings':
      throw new Problem('proxy.upgrade_refused')
    case 'trailer':
      throw new Problem('proxy.trailers_refused', { name })
    case 'te':
      if (!/^\s*(trailers)?\s*$/i.test(value)) throw new Problem('proxy.trailers_refused', { name })
      return
    case 'expect':
      noted.expect = value
      return
    case 'dpop':
      noted.proof = value
      return
    case 'range':
      noted.range = value
      return
    case 'accept-encoding':
      noted.acceptEncoding = value
      return
    case 'cardea-host':
      noted.host = value
      return
    case 'cardea-on-unavailable':
      noted.onUnavailable = value
      return
    case 'sec-fetch-mode':
      // A page of a service would run at our address, with the session of whoever opened it.
      if (value === 'navigate') throw new Problem('proxy.browser_refused')
      return
  }
}

/** What it names concerns this hop alone; whoever names the framing wants two readers to disagree about it. */
function checkConnection(connection: string, headers: string[]): void {
  for (const token of connection.toLowerCase().split(',')) {
    const name = token.trim()
    if (name === '' || name === 'keep-alive' || name === 'close' || name === 'upgrade' || name === 'te') continue
    if (name === 'host' || name === 'content-length' || name === 'transfer-encoding' || name === 'authorization')
      throw new Problem('service.header_refused', { name: 'connection' })
    for (let at = headers.length - 2; at >= 0; at -= 2) if (headers[at] === name) headers.splice(at, 2)
  }
}

function isWebSocket(method: string, { upgrade, connection, lengths, coding }: Noted): boolean {
  if (method !== 'GET' || upgrade?.toLowerCase() !== 'websocket') return false
  if (!/(^|,)\s*upgrade\s*(,|$)/i.test(connection ?? '')) return false
  return coding === undefined && (lengths === undefined || lengths === '0')
}

function readAddress(url: string, noted: Noted): { connectionId: string; path: string; query: string } {
  if (!url.startsWith(PREFIX)) throw new Problem('proxy.address_refused', { why: 'it does not begin with /proxy/' })
  if (url.includes('#')) throw new Problem('proxy.address_refused', { why: 'it has a fragment' })
  const mark = url.indexOf('?')
  const whole = mark < 0 ? url.slice(PREFIX.length) : url.slice(PREFIX.length, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const slash = whole.indexOf('/')
  const connectionId = slash < 0 ? whole : whole.slice(0, slash)
  if (!ID.test(connectionId)) throw new Problem('proxy.address_refused', { why: 'it names no connection' })
  let path = slash < 0 ? '' : whole.slice(slash)
  if (isMarked(query)) take(noted, inQuery(query), 'the query')
  if (isMarked(path)) {
    const found = inPath(path)
    take(noted, found, 'the path')
    path = found.path
  }
  return { connectionId, path, query }
}

/** Two lengths, or a length beside chunks, mean two readers see two different bodies: the second could be a request of its own. */
function lengthOf({ lengths, coding }: Noted, isOld: boolean): number {
  if (coding !== undefined) {
    if (lengths !== undefined) throw unclear('it has a Content-Length beside a Transfer-Encoding')
    if (isOld) throw unclear('HTTP/1.0 knows no Transfer-Encoding')
    if (coding.toLowerCase() !== 'chunked') throw unclear('its Transfer-Encoding is not "chunked" alone')
    return CHUNKED
  }
  if (lengths === undefined) return 0
  if (!/^[0-9]{1,15}$/.test(lengths)) throw unclear('its Content-Length is no number')
  return Number(lengths)
}

function unclear(why: string): Problem {
  return new Problem('proxy.framing_refused', { why })
}
