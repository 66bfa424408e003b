import { BYTE, DEPTH, Escapes, MORE, NONE, POINT } from './escapes.ts'
import { type Form, symbolOf } from './forms.ts'
import type { Needles } from './needles.ts'
import { FORMS } from './openings.ts'

const SKIPPED = -1

/** Reads bytes as what they may stand for, when more than one thing is possible. */
export class Reading {
  readonly #needles: Needles
  readonly #escapes = new Escapes()
  /** Used again and again, so that ordinary escapes leave no garbage. */
  readonly #ways: number[] = []
  /** Nothing follows: what looks like half an escape is what it looks like. */
  isLast = false

  constructor(needles: Needles) {
    this.#needles = needles
  }

  of(bytes: Uint8Array, end: number): void {
    this.#escapes.bytes = bytes
    this.#escapes.end = end
  }

  /** The forms that may begin with what is escaped here. */
  openedAt(at: number): number {
    const { openings } = this.#needles
    const escapes = this.#escapes
    let open = 0
    for (let depth = 1; depth <= DEPTH; depth++) {
      const next = escapes.read(at, depth)
      if (next === MORE) return FORMS
      const isLast = depth === 1 && !escapes.isDeeper
      if (next !== NONE) {
        const { value, kind } = escapes
        if (value < 0x80 || kind !== POINT) open |= openings.withFirst(value)
        if (value >= 0x80 && kind !== BYTE) open |= openings.withFirst(utf8(value, 0))
      }
      if (isLast) break
    }
    return open
  }

  /**
   * How a byte that begins an escape can be read, so many bytes into what may be a secret: pairs of symbols had and place gone to.
   * Undefined: only what follows can tell.
   */
  waysAt(form: Form, symbols: number, at: number, isPlain: boolean, length: number): readonly number[] | undefined {
    const ways = this.#ways
    ways.length = 0
    if (isPlain) ways.push(symbols + 1, at + 1)
    for (let depth = 1; depth <= DEPTH; depth++) {
      const next = this.#escapes.read(at, depth)
      const isLast = depth === 1 && !this.#escapes.isDeeper
      if (next === MORE && !this.isLast) return undefined
      const had = next < 0 ? 0 : this.#had(form, symbols, length)
      if (had !== 0) ways.push(symbols + Math.max(had, 0), next)
      if (isLast) break
    }
    return ways
  }

  /** How many symbols the character that was just read stands for, if they are the ones wanted. */
  #had(form: Form, symbols: number, length: number): number {
    const { value, kind } = this.#escapes
    const { bytes } = this.#needles
    const wanted = symbolOf(bytes, form, symbols)
    if (value < 0x80) {
      if (form.alphabet[value] === wanted) return 1
      return isSkipped(form, symbols, value, wanted, length) ? SKIPPED : 0
    }
    if (form.width !== 8) return 0
    if (kind !== BYTE) {
      const size = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4
      let had = 0
      while (had < size && symbols + had < form.length && symbolOf(bytes, form, symbols + had) === utf8(value, had))
        had++
      if (had === size) return size
    }
    return kind !== POINT && value === wanted ? 1 : 0
  }
}

/**
 * Lines of base64 may be broken and indented, and a text may have either kind of line ends. But not without measure: a stream of blanks
 * would be held back for ever.
 */
export function isSkipped(form: Form, symbols: number, byte: number, wanted: number, length: number): boolean {
  if (symbols === 0 || length > 128 + symbols * 64) return false
  if (form.width === 6) return byte === 10 || byte === 13 || byte === 0x20 || byte === 9
  return form.width === 8 && byte === 13 && wanted === 10
}

/** One byte of a code point beyond ASCII. */
function utf8(point: number, index: number): number {
  if (point < 0x800) return index === 0 ? 0xc0 | (point >>> 6) : 0x80 | (point & 0x3f)
  const tail = point < 0x10000 ? 2 : 3
  if (index === 0) return tail === 2 ? 0xe0 | (point >>> 12) : 0xf0 | (point >>> 18)
  return 0x80 | ((point >>> (6 * (tail - index))) & 0x3f)
}
