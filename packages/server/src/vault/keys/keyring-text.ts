import { KEY_BYTES } from '../../crypto/seal.ts'
import type { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'

/**
 * A keyring as text: a 32-byte key in base64 on each line, the current one first; empty lines and lines that begin with #
 * are skipped. Read and written byte by byte: a string of it would stay in the JavaScript heap until some collection.
 */
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 0x3d
const TEXT_BYTES = Math.ceil(KEY_BYTES / 3) * 4
export const MOST_KEYS = 20

export function readKeyring(text: Buffer, unusable: (why: string) => Problem): Secret[] {
  const secrets: Secret[] = []
  let start = 0
  for (let number = 1; start < text.length; number++) {
    const newline = text.indexOf(0x0a, start)
    const end = newline < 0 ? text.length : newline
    const line = trim(text.subarray(start, end))
    start = end + 1
    if (line.length === 0 || line[0] === 0x23) continue
    const bytes = decode(line)
    if (!bytes) throw unusable(`does not have 32 bytes in base64 on line ${number}`)
    secrets.push(Secret.of(bytes))
    bytes.fill(0)
  }
  if (secrets.length === 0) throw unusable('holds no key')
  if (secrets.length > MOST_KEYS) throw unusable(`holds more than ${MOST_KEYS} keys`)
  return secrets
}

export function writeKeyring(secrets: readonly Secret[]): Buffer {
  const text = Buffer.allocUnsafeSlow(secrets.length * (TEXT_BYTES + 1))
  secrets.forEach((secret, index) => {
    const offset = index * (TEXT_BYTES + 1)
    encode(secret.revealBytes(), text.subarray(offset, offset + TEXT_BYTES))
    text[offset + TEXT_BYTES] = 0x0a
  })
  return text
}

function trim(line: Buffer): Buffer {
  const blank = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0d
  let start = 0
  let end = line.length
  while (start < end && blank(line[start])) start++
  while (end > start && blank(line[end - 1])) end--
  return line.subarray(start, end)
}

function encode(bytes: Buffer, text: Buffer): void {
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const value = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    for (let place = 0; place < 4; place++) {
      const beyond = from + place > bytes.length
      text[to + place] = beyond ? PADDING : ALPHABET[(value >>> (18 - 6 * place)) & 63]!
    }
  }
}

/** Undefined unless the text is exactly one key, in the one way of writing it. */
function decode(text: Buffer): Buffer | undefined {
  if (text.length !== TEXT_BYTES || text[TEXT_BYTES - 1] !== PADDING) return undefined
  const bytes = Buffer.allocUnsafeSlow(KEY_BYTES)
  let value = 0
  let bits = 0
  let length = 0
  for (const character of text.subarray(0, TEXT_BYTES - 1)) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) return undefined
    value = (value << 6) | digit
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = value >>> bits
      value &= (1 << bits) - 1
    }
  }
  return value === 0 ? bytes : undefined
}
