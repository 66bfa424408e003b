/**
 * Reads one escaped character, wherever it begins: `%2F`, `\/`, `\n`, `\u002f`, `\x2f`, `&#47;`, `&#x2F;`, `&amp;`, and `+` for a space.
 * Escapes may be escaped again (`\\u002f`, `%252F`, `\u0026amp;`), as JSON in JSON and addresses in HTML are.
 */
export const NONE = -1
/** It begins like an escape, and the bytes end before it does. */
export const MORE = -2
/** How often something is escaped over: two more than once. */
export const DEPTH = 3

/** What the character is: a byte, a code point, or (`\xE9` means either, depending on the language) one of both. */
export const BYTE = 1
export const POINT = 2
export const EITHER = 3

export const PERCENT = 0x25
export const AMPERSAND = 0x26
export const PLUS = 0x2b
export const BACKSLASH = 0x5c
const SEMICOLON = 0x3b
const HASH = 0x23
const BRACE = 0x7b
const CLOSING_BRACE = 0x7d
export const U = 0x75
const X = 0x78

/** 1 for the bytes that an escape begins with. */
export const STARTS = new Uint8Array(256)
for (const start of [PERCENT, AMPERSAND, PLUS, BACKSLASH]) STARTS[start] = 1

const HEX = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** What a backslash and this byte stand for, or -1: control characters by letter, punctuation for itself. */
export const AFTER_BACKSLASH = new Int16Array(256).fill(-1)
for (let mark = 0x20; mark < 0x7f; mark++) {
  if (!/[A-Za-z0-9]/.test(String.fromCharCode(mark))) AFTER_BACKSLASH[mark] = mark
}
for (const [letter, stands] of Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, 0: 0 })) {
  AFTER_BACKSLASH[letter.charCodeAt(0)] = stands
}

const NAMES = { amp: 0x26, lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27 }
/** By letters so far, five bits each. A name that is not finished has no character yet. */
const NAMED = new Map<number, number>()
for (const [name, stands] of Object.entries(NAMES)) {
  let word = 0
  for (const letter of name) {
    word = word * 32 + (letter.charCodeAt(0) - 96)
    if (!NAMED.has(word)) NAMED.set(word, -1)
  }
  NAMED.set(word, stands)
}

/** White space of ASCII. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13)
}

export const NO_BYTES = new Uint8Array(0)

/** Longest run of digits that an entity is read to, leading zeros included. */
const MAX_DIGITS = 8

export class Escapes {
  bytes: Uint8Array = NO_BYTES
  end = 0
  /** What was read last, when the answer was a place and not NONE or MORE. */
  value = 0
  kind = BYTE
  /** The character that was taken last, or the number that several made. */
  #taken = 0
  /** After a plain escape was read, or was none: whether there may be something to read at a greater depth. */
  isDeeper = false

  /** Answers where the escape ends. `depth` 1 is a plain escape, 2 an escape that was escaped itself, or in part, and so on. */
  read(at: number, depth: number): number {
    const next = this.#take(at, depth - 1)
    if (next < 0) return next
    this.isDeeper = false
    switch (this.#taken) {
      case PERCENT:
        return this.#percent(next, depth - 1)
      case BACKSLASH:
        return this.#backslash(next, depth - 1)
      case AMPERSAND:
        return this.#entity(next, depth - 1)
      case PLUS:
        return this.#is(0x20, BYTE, next)
      default:
        return NONE
    }
  }

  #is(value: number, kind: number, next: number): number {
    this.value = value
    this.kind = kind
    if (value < 256 && STARTS[value] === 1) this.isDeeper = true
    return next
  }

  /** One character of what lies beneath: itself escaped, or as it stands. */
  #take(at: number, depth: number): number {
    if (at >= this.end) return MORE
    const byte = this.bytes[at]!
    if (STARTS[byte] === 1 && byte !== PLUS) {
      if (depth === 0) this.isDeeper = true
      else {
        const next = this.read(at, depth)
        if (next === NONE) return this.#take(at, depth - 1)
        this.#taken = this.value
        return next
      }
    }
    this.#taken = byte
    return at + 1
  }

  /** Exactly so many hexadecimal digits; the number is what was taken. */
  #hex(at: number, digits: number, depth: number): number {
    let number = 0
    let next = at
    for (let count = 0; count < digits; count++) {
      let digit = next < this.end ? HEX[this.bytes[next]!]! : -1
      if (digit >= 0) next++
      else {
        next = this.#take(next, depth)
        if (next < 0) return next
        digit = this.#taken < 256 ? HEX[this.#taken]! : -1
        if (digit < 0) return NONE
      }
      number = number * 16 + digit
    }
    this.#taken = number
    return next
  }

  /** Digits up to the byte that closes them. */
  #number(at: number, radix: number, close: number, depth: number): number {
    let number = 0
    let next = at
    for (let count = 0; count <= MAX_DIGITS; count++) {
      next = this.#take(next, depth)
      if (next < 0) return next
      if (this.#taken === close) {
        if (count === 0 || number > 0x10ffff) return NONE
        this.#taken = number
        return next
      }
      const digit = this.#taken < 256 ? HEX[this.#taken]! : -1
      if (digit < 0 || digit >= radix) return NONE
      number = number * radix + digit
    }
    return NONE
  }

  #percent(at: number, depth: number): number {
    const next = this.#hex(at, 2, depth)
    if (next !== NONE) return next < 0 ? next : this.#is(this.#taken, BYTE, next)
    // What `escape()` of old made of anything beyond Latin-1.
    const first = this.#take(at, depth)
    return first < 0 || this.#taken !== U ? NONE : this.#unit(first, PERCENT, depth)
  }

  #backslash(at: number, depth: number): number {
    const next = this.#take(at, depth)
    if (next < 0) return next
    const letter = this.#taken
    if (letter === X) {
      const end = this.#hex(next, 2, depth)
      return end < 0 ? end : this.#is(this.#taken, EITHER, end)
    }
    if (letter === U) {
      const brace = this.#take(next, depth)
      if (brace < 0) return brace
      if (this.#taken !== BRACE) return this.#unit(next, BACKSLASH, depth)
      const end = this.#number(brace, 16, CLOSING_BRACE, depth)
      return end < 0 ? end : this.#is(this.#taken, POINT, end)
    }
    const stands = letter < 256 ? AFTER_BACKSLASH[letter]! : -1
    return stands < 0 ? NONE : this.#is(stands, POINT, next)
  }

  /** Four digits, or twice four where they are the halves of one character. */
  #unit(at: number, start: number, depth: number): number {
    let next = this.#hex(at, 4, depth)
    if (next < 0) return next
    const high = this.#taken
    if (high < 0xd800 || high > 0xdfff) return this.#is(high, POINT, next)
    if (high > 0xdbff) return NONE
    for (const sign of [start, U]) {
      next = this.#take(next, depth)
      if (next < 0) return next
      if (this.#taken !== sign) return NONE
    }
    next = this.#hex(next, 4, depth)
    if (next < 0) return next
    const low = this.#taken
    if (low < 0xdc00 || low > 0xdfff) return NONE
    return this.#is(0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00), POINT, next)
  }

  #entity(at: number, depth: number): number {
    let next = this.#take(at, depth)
    if (next < 0) return next
    const first: number = this.#taken
    if (first === HASH) {
      const sign = this.#take(next, depth)
      if (sign < 0) return sign
      const letter: number = this.#taken
      const hexadecimal = letter === X || letter === 0x58
      const end = this.#number(hexadecimal ? sign : next, hexadecimal ? 16 : 10, SEMICOLON, depth)
      return end < 0 ? end : this.#is(this.#taken, POINT, end)
    }
    let word = 0
    for (;;) {
      if (this.#taken === SEMICOLON) {
        const stands = NAMED.get(word) ?? -1
        return stands < 0 ? NONE : this.#is(stands, POINT, next)
      }
      if (this.#taken < 0x61 || this.#taken > 0x7a) return NONE
      word = word * 32 + (this.#taken - 96)
      if (!NAMED.has(word)) return NONE
      next = this.#take(next, depth)
      if (next < 0) return next
    }
  }
}
