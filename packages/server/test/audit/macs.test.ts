import { createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type MacPart, macKey } from '../../src/crypto/mac.ts'
import { isPlainText, redactText } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { storable } from '../../src/store/audit-records.ts'

const KINDS = ['string', 'number', 'bytes']

/** As it is written down: a kind, a length, the bytes. */
function framed(parts: readonly MacPart[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      const bytes = part === null ? Buffer.alloc(0) : part instanceof Uint8Array ? part : Buffer.from(String(part))
      const named = part instanceof Uint8Array ? 'bytes' : typeof part === 'bigint' ? 'number' : typeof part
      const head = Buffer.alloc(5)
      head[0] = part === null ? 0 : 1 + KINDS.indexOf(named)
      head.writeUInt32BE(bytes.byteLength, 1)
      return Buffer.concat([head, bytes])
    }),
  )
}

function anyText(): string {
  const alphabet = ['a', 'Z', '0', ' ', '"', '\0', '\x7f', 'é', '€', '𝄞', '\ud800']
  const most = randomInt(10) === 0 ? 20_000 : 200
  return Array.from({ length: randomInt(most) }, () => alphabet[randomInt(randomInt(2) ? 4 : alphabet.length)]).join('')
}

function anyPart(): MacPart {
  const kinds: (() => MacPart)[] = [
    () => null,
    () => randomInt(2 ** 40),
    () => BigInt(randomInt(2 ** 40)) ** 3n,
    () => randomBytes(randomInt(200)),
    anyText,
    anyText,
  ]
  return kinds[randomInt(kinds.length)]!()
}

describe('a MAC', () => {
  it('is HMAC-SHA-256 as Node computes it, over any parts of any length', () => {
    for (let round = 0; round < 30; round++) {
      const master = randomBytes(32)
      const key = macKey(Secret.of(master), 'a purpose')
      const derived = Buffer.from(hkdfSync('sha256', master, '', 'a purpose', 32))
      for (let again = 0; again < 30; again++) {
        const parts = Array.from({ length: randomInt(30) }, anyPart)
        const expected = createHmac('sha256', derived).update(framed(parts)).digest()
        expect(key.sign(parts).equals(expected)).toBe(true)
      }
    }
  })

  it('is the same for every length around a block', () => {
    const master = Secret.of(Buffer.alloc(32, 7))
    const derived = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', 'lengths', 32))
    const key = macKey(master, 'lengths')
    for (let length = 0; length < 600; length++) {
      const parts = ['x'.repeat(length)]
      expect(key.sign(parts)).toEqual(createHmac('sha256', derived).update(framed(parts)).digest())
    }
  })
})

describe('plain text', () => {
  it('is text in which nothing would be blackened', () => {
    const pieces = [
      'cardea_',
      'cardea',
      'broker_',
      'a'.repeat(30),
      'Bearer',
      'basic',
      ' ',
      '?',
      '&',
      'token=',
      'key',
      '://',
    ]
    const more = [
      '@',
      ':',
      '/',
      '.',
      '%20',
      '-',
      '~',
      'https',
      'user',
      '\0',
      '\ud800',
      '\n',
      '=',
      '"',
      '0',
      '*',
      ',',
      '+',
    ]
    const all = [...pieces, ...more]
    let plain = 0
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: randomInt(8) }, () => all[randomInt(all.length)]).join('')
      if (!isPlainText(text)) continue
      plain++
      expect(storable(redactText(text))).toBe(text)
      expect(JSON.stringify(text)).toBe(`"${text}"`)
    }
    expect(plain).toBeGreaterThan(500)
    for (const text of ['/repos/a/b', 'conn_c8xyrtgr54y230mdas1arfjk3r', '127.0.0.1:80', '::1', 'GET']) {
      expect(isPlainText(text), text).toBe(true)
    }
  })
})
