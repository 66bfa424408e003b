import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Secret } from '../secret.ts'

/**
 * HMAC-SHA-256 over a list of values. Every part stands behind its kind and length, so that no two lists give the same
 * bytes and null is not the empty text. Numbers are whole and count as their digits.
 */
export type MacPart = string | number | bigint | null | Uint8Array

export interface MacKey {
  sign(parts: readonly MacPart[]): Buffer
}

/** A key for one purpose: what is signed for one cannot be presented as signed for another. */
export function macKey(master: Secret, purpose: string): MacKey {
  const derived = Buffer.from(hkdfSync('sha256', master.revealBytes(), '', purpose, 32))
  const key: KeyObject = createSecretKey(derived)
  derived.fill(0)
  return { sign: (parts) => createHmac('sha256', key).update(frame(parts)).digest() }
}

const KIND = { null: 0, text: 1, number: 2, bytes: 3 } as const

function frame(parts: readonly MacPart[]): Buffer {
  const values = parts.map((part) => (typeof part === 'number' || typeof part === 'bigint' ? String(part) : part))
  let size = 0
  for (const value of values) {
    size += 5 + (value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength)
  }
  const framed = Buffer.allocUnsafe(size)
  let at = 0
  for (const [index, value] of values.entries()) {
    const kind =
      value === null
        ? KIND.null
        : typeof value !== 'string'
          ? KIND.bytes
          : typeof parts[index] === 'string'
            ? KIND.text
            : KIND.number
    const length =
      value === null ? 0 : typeof value === 'string' ? framed.write(value, at + 5) : copy(value, framed, at + 5)
    framed.writeUInt8(kind, at)
    framed.writeUInt32BE(length, at + 1)
    at += 5 + length
  }
  return framed
}

function copy(bytes: Uint8Array, into: Buffer, at: number): number {
  into.set(bytes, at)
  return bytes.byteLength
}
