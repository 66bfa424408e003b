import type { Secrets } from '../inject/values.ts'
import type { Secret } from '../secret.ts'
import { isBlank } from './escapes.ts'
import { asItIs, type Form, formsOf } from './forms.ts'
import { FORM_BITS, Openings } from './openings.ts'

export interface Needles {
  bytes: Buffer
  forms: readonly Form[]
  byBit: readonly (readonly Form[])[]
  openings: Openings
  /** Too short to be looked for, by name. */
  tooShort: readonly string[]
  wipe(): void
}

/** Shorter values stand in too many innocent answers: a PIN in prices, a word in prose. They are found only in what a pair makes of them. */
export const SHORTEST = 8
/** What follows a scheme (`Token …`) or a host is looked for alone as well, if it is at least so long. */
const SHORTEST_PART = 16

/** RFC 6749, 2.2: the client identifier is not a secret. Services list it beside whatever the app made. */
const PUBLIC = new Set(['clientId'])

export interface Pair {
  user: Secret
  password: Secret
}

/**
 * Every value of the vault counts, whatever its name, but for the client identifier. What is public is a setting and never comes here; one
 * that somebody entered as a secret is treated as one.
 */
export function needlesFor(secrets: Secrets, pairs: readonly Pair[]): Needles {
  const tooShort: string[] = []
  const values: Spelling[] = []
  for (const [name, secret] of Object.entries(secrets)) {
    if (!secret || PUBLIC.has(name)) continue
    const value = trimmed(secret.revealBytes())
    if (value.byteLength < SHORTEST) tooShort.push(name)
    else values.push(...spellings(value))
  }
  for (const { user, password } of pairs) {
    const value = Buffer.concat([user.revealBytes(), Buffer.from(':'), password.revealBytes()])
    if (value.byteLength >= SHORTEST) values.push({ value, isCopy: true })
  }

  const bytes = Buffer.allocUnsafeSlow(values.reduce((total, { value }) => total + value.byteLength + 1, 0)).fill(0)
  const forms: Form[] = []
  let at = 0
  for (const { value, rawOnly } of values) {
    bytes.set(value, at)
    forms.push(...(rawOnly ? [asItIs(at, value.byteLength)] : formsOf(at, value.byteLength)))
    // One byte of nothing, so that the last symbol can be read from two.
    at += value.byteLength + 1
  }
  for (const [index, form] of forms.entries()) form.bit = 1 << (index % FORM_BITS)
  for (const { value, isCopy } of values) if (isCopy) value.fill(0)
  const openings = new Openings(forms, bytes)
  return {
    bytes,
    forms,
    byBit: Array.from({ length: FORM_BITS }, (_, index) => forms.filter(({ bit }) => bit === 1 << index)),
    openings,
    tooShort,
    wipe: () => {
      bytes.fill(0)
      openings.wipe()
    },
  }
}

interface Spelling {
  value: Uint8Array
  /** Looked for as it is, not encoded. */
  rawOnly?: true
  /** Made here, to be wiped here. */
  isCopy?: true
}

/** A value, and how else it may stand in an answer without being escaped. */
function spellings(value: Buffer): Spelling[] {
  const found: Spelling[] = [{ value }]
  if (value.includes('\r\n')) {
    const unix = value.filter((byte, at) => byte !== 13 || value[at + 1] !== 10)
    if (unix.byteLength >= SHORTEST) found.push({ value: unix, rawOnly: true, isCopy: true })
  }
  const part = secretPart(value)
  if (part.byteLength >= SHORTEST_PART && part.byteLength < value.byteLength) found.push({ value: part })
  const latin = value.some((byte) => byte >= 0x80) ? latin1(value) : undefined
  if (latin && latin.byteLength >= SHORTEST) found.push({ value: latin, isCopy: true })
  return found
}

/** Of `Token abc` the last word; of an address that is itself the secret, what stands behind its host. */
function secretPart(text: Buffer): Buffer {
  const space = text.indexOf(0x20)
  if (space > 0 && space === text.lastIndexOf(0x20) && !text.includes(10)) return text.subarray(space + 1)
  if (text.indexOf('https://') !== 0) return text
  const slash = text.indexOf(0x2f, 'https://'.length)
  return slash < 0 ? text : text.subarray(slash + 1)
}

/** A header carries é as one byte; undefined where it cannot carry the value at all. */
function latin1(text: Buffer): Buffer | undefined {
  const out = Buffer.allocUnsafeSlow(text.byteLength)
  let length = 0
  for (let at = 0; at < text.byteLength; at++) {
    const byte = text[at]!
    if (byte < 0x80) out[length++] = byte
    else if ((byte === 0xc2 || byte === 0xc3) && at + 1 < text.byteLength)
      out[length++] = ((byte & 3) << 6) | (text[++at]! & 0x3f)
    else {
      out.fill(0)
      return undefined
    }
  }
  return out.subarray(0, length)
}

function trimmed(bytes: Buffer): Buffer {
  let from = 0
  let to = bytes.byteLength
  while (from < to && isBlank(bytes[from]!)) from++
  while (to > from && isBlank(bytes[to - 1]!)) to--
  return bytes.subarray(from, to)
}
