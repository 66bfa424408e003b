import { isIP } from 'node:net'
import { Problem } from '../errors.ts'

/** Where a request really comes from, and whether it was really meant for this server. */

/**
 * The caller's address. Each trusted proxy appends whom it saw, so the entry that many from the right is the last one
 * that somebody trusted wrote; everything to its left the caller may have made up.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trustedProxies: number): string {
  if (trustedProxies === 0 || !forwardedFor) return plainAddress(peer)
  const entries = forwardedFor.split(',').map((entry) => entry.trim())
  const seen = entries[Math.max(0, entries.length - trustedProxies)] ?? ''
  const address = plainAddress(seen)
  return isIP(address) ? address : plainAddress(peer)
}

/** `[::1]:80`, `1.2.3.4:80` and `::ffff:1.2.3.4` as the bare address. */
function plainAddress(text: string): string {
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(text)
  const bare = bracketed ? bracketed[1]! : /^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.replace(/:\d+$/, '') : text
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}

export function isLoopback(address: string): boolean {
  const bare = plainAddress(address)
  return bare === '::1' || /^127\.\d+\.\d+\.\d+$/.test(bare)
}

/** The origins whose pages are ours: the public address, and, where none is set, whichever of our names was used. */
export function ownOrigins(publicUrl: string, isConfigured: boolean, request: Request): string[] {
  const configured = new URL(publicUrl).origin
  return isConfigured ? [configured] : [configured, new URL(request.url).origin]
}

/**
 * Refuses a host name that is not ours. A page on the internet whose name resolves to 127.0.0.1 (DNS rebinding) reaches
 * this server in its reader's browser, but still says its own name. A bare address cannot be rebound.
 */
export function checkHost(request: Request, { publicUrl, host }: { publicUrl: string; host: string }): void {
  const { hostname } = new URL(request.url)
  if (hostname === 'localhost' || hostname === new URL(publicUrl).hostname || hostname === host.toLowerCase()) return
  if (isIP(hostname.replace(/^\[|\]$/g, ''))) return
  throw new Problem('request.wrong_host', { expected: publicUrl })
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a change that another site makes a browser ask for. Only cookies travel by themselves: with one, the request
 * must prove that our own page sent it; without one, it must not say that another did (or it could sign its reader in
 * as somebody else). What scripts and command lines send carries neither.
 */
export function checkOrigin(
  { method, headers }: Request,
  expected: { origins: readonly string[]; publicUrl: string },
): void {
  if (SAFE_METHODS.has(method) || headers.has('authorization') || headers.has('x-api-key')) return
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isSilent = origin === null && site === null
  if (isSilent && !headers.has('cookie')) return
  const isOurs = origin === null ? site === 'same-origin' || site === 'none' : expected.origins.includes(origin)
  if (!isOurs) throw new Problem('request.foreign_origin', { expected: expected.publicUrl })
}
