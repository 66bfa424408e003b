import { randomBytes } from 'node:crypto'

/** What an id names, told by its prefix: a pasted id says what it is. */
export type IdKind =
  | 'ws'
  | 'usr'
  | 'inv'
  | 'key'
  | 'dev'
  | 'dk'
  | 'rot'
  | 'req'
  | 'wr'
  | 'conn'
  | 'ses'
  | 'cli'
  | 'acc'
  | 'evt'
  | 'wh'
  | 'lease'
  | 'pol'
  | 'cs'
  | 'ret'
  | 'app'
  | 'flow'
  | 'rev'
  | 'skill'
  | 'bt'

// No i, l, o, u: an id read aloud or copied by hand is not misread and spells no word.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** 128 random bits after a prefix: `ws_4t7k…`. Ids are names, never proof of anything. */
export function newId<K extends IdKind>(kind: K): `${K}_${string}` {
  const bytes = randomBytes(16)
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return `${kind}_${text}${ALPHABET[(value << (5 - bits)) & 31]}`
}
