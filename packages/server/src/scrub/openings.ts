import { AFTER_BACKSLASH, AMPERSAND, BACKSLASH, isBlank, PERCENT, PLUS, STARTS, U } from './escapes.ts'
import { type Form, symbolOf } from './forms.ts'

/**
 * Tells by two bytes in a row, and a third, whether a secret may begin: 98 bytes of 100 cost one look at a table. The tables say something of
 * the secrets, so that they are wiped with them.
 */
export class Openings {
  /** For each byte, in the high half the bits of the forms that may begin with it, in the low half of those that may have it second. */
  readonly #pairs = new Uint32Array(256)
  /** For each byte the bits of the forms that may have it third. */
  readonly #thirds = new Uint32Array(256)

  constructor(forms: readonly Form[], bytes: Uint8Array) {
    if (forms.length === 0) return
    /** What it is of use to find escaped: hexadecimal digits never are. */
    const mayBegin = new Set<number>([PERCENT, BACKSLASH, AMPERSAND])
    for (const form of forms) {
      for (const byte of form.spelt[symbolOf(bytes, form, 0)]!) {
        this.#pairs[byte]! |= form.bit << 16
        if (form.width !== 4) mayBegin.add(byte)
      }
      for (const byte of following(form, symbolOf(bytes, form, 1))) this.#pairs[byte]! |= form.bit
      for (const byte of following(form, symbolOf(bytes, form, 2))) this.#thirds[byte]! |= form.bit
    }
    this.#fillEscapes(mayBegin)
  }

  /** What may stand behind the byte that an escape begins with, for the escape to mean something that begins a secret. */
  #fillEscapes(mayBegin: ReadonlySet<number>): void {
    const pairs = this.#pairs
    pairs[PERCENT]! |= PERCENT_BIT << 16
    pairs[BACKSLASH]! |= BACKSLASH_BIT << 16
    pairs[AMPERSAND]! |= ENTITY_BIT << 16
    const goesOn = (letters: string, bit: number) => {
      for (const letter of letters) pairs[letter.charCodeAt(0)]! |= bit
    }
    for (const byte of mayBegin) {
      const digit = (byte >>> 4).toString(16)
      goesOn(digit + digit.toUpperCase(), PERCENT_BIT)
    }
    for (let byte = 0; byte < 128; byte++) {
      if (mayBegin.has(AFTER_BACKSLASH[byte]!)) pairs[byte]! |= BACKSLASH_BIT
    }
    goesOn('u&\\', PERCENT_BIT)
    goesOn('ux&%', BACKSLASH_BIT)
    goesOn('#algq%\\', ENTITY_BIT)
    // After `\u`: most of what is escaped so (Chinese, Korean, pictures) begins with another digit than the secret does.
    const isBeyondAscii = [...mayBegin].some((byte) => byte >= 0x80)
    for (let byte = 0; byte < 256; byte++) {
      if (isBeyondAscii || byte === 0x30 || byte === 0x7b || STARTS[byte] === 1) this.#thirds[byte]! |= BACKSLASH_BIT
    }
  }

  /** The bits of what may begin here. */
  at(bytes: Uint8Array, at: number, end: number): number {
    const bits = this.#pairs[bytes[at]!]! >>> 16
    if (at + 1 >= end) return bits
    const second = bytes[at + 1]!
    const both = bits & this.#pairs[second]!
    if (at + 2 >= end || isBlank(second)) return both
    const third = this.#thirds[bytes[at + 2]!]!
    if (STARTS[second] === 1) return both
    if (both >>> 13 === BACKSLASH_BIT >>> 13 && second === U) return both & third
    return (both & third) | (both & ~FORMS)
  }

  /** The forms that may begin with this byte, if it came out of an escape. */
  withFirst(byte: number): number {
    return (this.#pairs[byte]! >>> 16) & FORMS
  }

  /**
   * The next place where two bytes in a row may begin a secret, `end` if there is none. Four at a time, and without a call: 0.5 ns a byte,
   * where one at a time costs 1.3, and calling from within the loop 0.9.
   */
  next(bytes: Uint8Array, from: number, end: number): number {
    if (from + 1 >= end) return end
    const pairs = this.#pairs
    let at = from + 1
    let before = pairs[bytes[from]!]! >>> 16
    for (; at + 4 <= end; at += 4) {
      const one = pairs[bytes[at]!]!
      const two = pairs[bytes[at + 1]!]!
      const three = pairs[bytes[at + 2]!]!
      const four = pairs[bytes[at + 3]!]!
      if (((before & one) | ((one >>> 16) & two) | ((two >>> 16) & three) | ((three >>> 16) & four)) !== 0) {
        if ((before & one) !== 0) return at - 1
        if (((one >>> 16) & two) !== 0) return at
        return ((two >>> 16) & three) !== 0 ? at + 1 : at + 2
      }
      before = four >>> 16
    }
    for (; at < end; at++) {
      const next = pairs[bytes[at]!]!
      if ((before & next) !== 0) return at - 1
      before = next >>> 16
    }
    return end
  }

  wipe(): void {
    this.#pairs.fill(0)
    this.#thirds.fill(0)
  }
}

export const FORM_BITS = 13
export const FORMS = (1 << FORM_BITS) - 1
const PERCENT_BIT = 1 << 13
const BACKSLASH_BIT = 1 << 14
const ENTITY_BIT = 1 << 15

/** The bytes that a form may go on with: its symbol, what begins an escape of it, or a line break that says nothing. */
function following(form: Form, wanted: number): number[] {
  const bytes = [...form.spelt[wanted]!]
  if (form.width === 4) return bytes
  bytes.push(PERCENT, BACKSLASH, AMPERSAND)
  if (form.width === 6) bytes.push(10, 13)
  else if (wanted === 0x20) bytes.push(PLUS)
  else if (wanted === 10) bytes.push(13)
  return bytes
}
