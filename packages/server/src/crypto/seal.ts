import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * AES-256-GCM in an envelope that names its key: version, length and id of the key, nonce, ciphertext, tag. What a value
 * is sealed *for* (its additional data) is not in the envelope: whoever opens it says what they expect, so ciphertext
 * moved to another row, workspace or purpose does not open.
 */
export interface SealingKey {
  id: string
  bytes: Uint8Array
}

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const KEY_BYTES = 32

/** The envelope was altered, cut, moved, or sealed with another key. */
export class SealBroken extends Error {}

export function seal(key: SealingKey, boundTo: readonly string[], plaintext: Uint8Array): Buffer {
  const id = Buffer.from(key.id, 'utf8')
  if (id.length > 255) throw new RangeError('the id of a sealing key has at most 255 bytes')
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce)
  cipher.setAAD(encode([String(VERSION), key.id, ...boundTo]))
  return Buffer.concat([
    Buffer.of(VERSION, id.length),
    id,
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** Which key an envelope says that it was sealed with. */
export function sealedBy(envelope: Uint8Array): string {
  const length = envelope[1]
  if (envelope[0] !== VERSION || length === undefined || envelope.byteLength < 2 + length + NONCE_BYTES + TAG_BYTES) {
    throw new SealBroken('this is no sealed value')
  }
  return Buffer.from(envelope.subarray(2, 2 + length)).toString('utf8')
}

export function open(key: SealingKey, boundTo: readonly string[], envelope: Uint8Array): Buffer {
  if (sealedBy(envelope) !== key.id) throw new SealBroken('sealed with another key')
  const start = 2 + envelope[1]! + NONCE_BYTES
  const nonce = envelope.subarray(start - NONCE_BYTES, start)
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(encode([String(VERSION), key.id, ...boundTo]))
  decipher.setAuthTag(envelope.subarray(envelope.byteLength - TAG_BYTES))
  const plaintext = decipher.update(envelope.subarray(start, envelope.byteLength - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new SealBroken('altered, moved, or sealed with another key')
  }
  return plaintext
}

/** Joins parts so that no two lists give the same bytes: each part stands behind its length. */
export function encode(parts: readonly string[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}
