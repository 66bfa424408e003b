/**
 * What is looked for. A value is kept once, in a buffer outside the JavaScript heap, and read in symbols of 8 bits (as it is), 6 (base64,
 * at each of its three alignments) or 4 (hexadecimal): so no encoded copy of it exists, and all of it goes with one `wipe`.
 */
export interface Form {
  /** Where its first symbol begins, in bits. */
  from: number
  width: 8 | 6 | 4
  /** In symbols. */
  length: number
  /** Which symbol a byte of the answer is. */
  alphabet: Uint8Array
  /** The bytes that are a symbol. */
  spelt: readonly (readonly number[])[]
  /** Its bit among the openings; several forms may share one. */
  bit: number
}

interface Alphabet {
  symbols: Uint8Array
  spelt: readonly (readonly number[])[]
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const SIXTY_FOUR = alphabetOf([`${LETTERS}+/`, `${LETTERS}-_`])
const SIXTEEN = alphabetOf(['0123456789abcdef', '0123456789ABCDEF'])
const ITSELF: Alphabet = {
  symbols: Uint8Array.from(BYTES),
  spelt: BYTES.map((byte) => [byte]),
}

function alphabetOf(spellings: readonly string[]): Alphabet {
  // What is not in it is no symbol that could be wanted.
  const symbols = new Uint8Array(256).fill(255)
  for (const spelling of spellings) {
    for (let symbol = 0; symbol < spelling.length; symbol++) symbols[spelling.charCodeAt(symbol)] = symbol
  }
  const spelt = Array.from(spellings[0]!, (_, symbol) => BYTES.filter((byte) => symbols[byte] === symbol))
  return { symbols, spelt }
}

/** The forms of so many bytes from a place on. */
export function formsOf(at: number, length: number): Form[] {
  return [
    asItIs(at, length),
    // With none, one or two bytes before it, the first whole symbol begins so many bits in.
    ...[0, 4, 2].map((skipped) => formOf(at, length, 6, skipped, SIXTY_FOUR)),
    formOf(at, length, 4, 0, SIXTEEN),
  ]
}

export function asItIs(at: number, length: number): Form {
  return formOf(at, length, 8, 0, ITSELF)
}

function formOf(at: number, length: number, width: Form['width'], skipped: number, alphabet: Alphabet): Form {
  const symbols = Math.floor((length * 8 - skipped) / width)
  return { from: at * 8 + skipped, width, length: symbols, alphabet: alphabet.symbols, spelt: alphabet.spelt, bit: 0 }
}

export function symbolOf(bytes: Uint8Array, form: Form, index: number): number {
  if (form.width === 8) return bytes[(form.from >>> 3) + index]!
  const bit = form.from + index * form.width
  const two = (bytes[bit >>> 3]! << 8) | bytes[(bit >>> 3) + 1]!
  return (two >>> (16 - form.width - (bit & 7))) & ((1 << form.width) - 1)
}
