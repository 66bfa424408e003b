import { isIP, isIPv4 } from 'node:net'

/** Why an address that somebody outside chose is not called, in words that follow "because it is". */
export type RefusalReason =
  | 'no address'
  | 'an unspecified address'
  | 'a private address'
  | 'a loopback address'
  | 'a link-local address'
  | 'the address of a metadata service'
  | 'a shared address of a carrier'
  | 'a multicast address'
  | 'a tunnelled address'
  | 'an address for documentation'
  | 'a reserved address'

export interface Range {
  bytes: readonly number[]
  bits: number
}

/**
 * Why this address may not be called, or undefined when it is a public one. Every spelling counts: octal, decimal, hex and short
 * forms, brackets, and IPv4 within IPv6. What cannot be read as an address is refused, and so is every range that nobody listed.
 */
export function refusedAddress(text: string): RefusalReason | undefined {
  const bytes = readAddress(text)
  if (!bytes) return 'no address'
  return bytes.length === 4 ? refused(bytes, V4) : refusedV6(bytes)
}

/** 4 or 16 bytes; IPv4 in IPv6 counts as the IPv4 that it is. */
export function readAddress(text: string): readonly number[] | undefined {
  const canonical = canonicalHost(text)
  if (canonical === undefined || isIP(canonical) === 0) return undefined
  const bytes = isIPv4(canonical) ? canonical.split('.').map(Number) : bytesOfV6(canonical)
  return inRange(bytes, MAPPED) ? bytes.slice(12) : bytes
}

/** A host as every program would read it: a name in lower case, or the address that it spells. Undefined when it is neither. */
export function canonicalHost(host: string): string | undefined {
  // Zones (fe80::1%eth0) reach only what is on the link.
  if (host.length > 300 || /[\s/?#@\\%]/.test(host)) return undefined
  const url = URL.parse(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}/`)
  // biome-ignore lint/complexity/useOptionalChain: the compiler does not follow it
  if (!url || url.port !== '' || url.username !== '' || url.pathname !== '/') return undefined
  return url.hostname.replace(/^\[|\]$|\.$/g, '')
}

/** `10.0.0.0/8`, `fd00::/8` or a single address; undefined when it is none. */
export function readRange(text: string): Range | undefined {
  const [address = '', length, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const whole = family === 4 ? 32 : 128
  const bits = length === undefined ? whole : Number(length)
  if (bits > whole) return undefined
  const bytes = family === 4 ? address.split('.').map(Number) : bytesOfV6(canonicalHost(address)!)
  // The same range, where addresses are compared by the IPv4 within them.
  if (inRange(bytes, MAPPED) && bits >= 96) return { bytes: bytes.slice(12), bits: bits - 96 }
  return { bytes, bits }
}

export function inRange(bytes: readonly number[], range: Range): boolean {
  if (bytes.length !== range.bytes.length) return false
  return range.bytes.every((byte, at) => {
    const kept = Math.min(8, Math.max(0, range.bits - at * 8))
    const mask = (0xff << (8 - kept)) & 0xff
    return (bytes[at]! & mask) === (byte & mask)
  })
}

function bytesOfV6(canonical: string): number[] {
  const [head = '', tail] = canonical.split('::')
  const words = (part: string) =>
    part
      .split(':')
      .filter((word) => word !== '')
      .map((word) => Number.parseInt(word, 16))
  const first = words(head)
  const last = words(tail ?? '')
  const zeros = Array<number>(8 - first.length - last.length).fill(0)
  return [...first, ...zeros, ...last].flatMap((word) => [word >> 8, word & 0xff])
}

type Refusals = readonly (readonly [Range, RefusalReason])[]

const range = (text: string): Range => readRange(text)!
const MAPPED: Range = { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0], bits: 96 }

// IANA's registry of special-purpose addresses, and what clouds answer on. The first that fits counts.
const V4: Refusals = [
  [range('169.254.169.254'), 'the address of a metadata service'],
  [range('169.254.170.2'), 'the address of a metadata service'],
  [range('100.100.100.200'), 'the address of a metadata service'],
  [range('192.0.0.192'), 'the address of a metadata service'],
  // Azure's host answers on an address that looks public.
  [range('168.63.129.16'), 'the address of a metadata service'],
  [range('0.0.0.0/8'), 'an unspecified address'],
  [range('10.0.0.0/8'), 'a private address'],
  [range('172.16.0.0/12'), 'a private address'],
  [range('192.168.0.0/16'), 'a private address'],
  [range('127.0.0.0/8'), 'a loopback address'],
  [range('169.254.0.0/16'), 'a link-local address'],
  [range('100.64.0.0/10'), 'a shared address of a carrier'],
  [range('192.0.0.0/24'), 'a reserved address'],
  [range('192.0.2.0/24'), 'an address for documentation'],
  [range('198.51.100.0/24'), 'an address for documentation'],
  [range('203.0.113.0/24'), 'an address for documentation'],
  [range('192.31.196.0/24'), 'a reserved address'],
  [range('192.52.193.0/24'), 'a reserved address'],
  [range('192.88.99.0/24'), 'a tunnelled address'],
  [range('192.175.48.0/24'), 'a reserved address'],
  [range('198.18.0.0/15'), 'a reserved address'],
  [range('224.0.0.0/4'), 'a multicast address'],
  [range('240.0.0.0/4'), 'a reserved address'],
]

const V6: Refusals = [
  [range('::/128'), 'an unspecified address'],
  [range('::1'), 'a loopback address'],
  [range('fd00:ec2::254'), 'the address of a metadata service'],
  [range('fd20:ce::254'), 'the address of a metadata service'],
  [range('fc00::/7'), 'a private address'],
  [range('fec0::/10'), 'a private address'],
  [range('fe80::/10'), 'a link-local address'],
  [range('ff00::/8'), 'a multicast address'],
  [range('2001:db8::/32'), 'an address for documentation'],
  [range('3fff::/20'), 'an address for documentation'],
  // Teredo and 6to4 hold an IPv4 address that some relay would reach; nothing of today lives there.
  [range('2001::/32'), 'a tunnelled address'],
  [range('2002::/16'), 'a tunnelled address'],
  [range('::/96'), 'a tunnelled address'],
  [range('64:ff9b:1::/48'), 'a private address'],
  [range('2001::/23'), 'a reserved address'],
  [range('2620:4f:8000::/48'), 'a reserved address'],
]
const NAT64 = range('64:ff9b::/96')
const GLOBAL = range('2000::/3')

function refusedV6(bytes: readonly number[]): RefusalReason | undefined {
  if (inRange(bytes, NAT64)) return refused(bytes.slice(12), V4)
  const reason = refused(bytes, V6)
  if (reason) return reason
  if (!inRange(bytes, GLOBAL)) return 'a reserved address'
  // ISATAP: the last four bytes are where a router would send it.
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  return isIsatap ? 'a tunnelled address' : undefined
}

function refused(bytes: readonly number[], refusals: Refusals): RefusalReason | undefined {
  return refusals.find(([range]) => inRange(bytes, range))?.[1]
}
