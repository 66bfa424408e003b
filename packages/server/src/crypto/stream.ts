import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { SealBroken } from './seal.ts'

/**
 * AES-256-GCM for what is too long for one envelope: chunks of 64 KiB, each under a nonce that holds its number and
 * whether it is the last (the STREAM construction). Chunks that were altered, exchanged, left out, added or taken from
 * another file do not open, and neither does a file that ends too early. A key seals one file only.
 */
const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16

/** `boundTo` is whatever stands beside the ciphertext and must be unchanged too. */
export function sealStream(key: Uint8Array, boundTo: Uint8Array): Transform {
  const secret = createSecretKey(key)
  return inChunks(CHUNK_BYTES, (chunk, nonce) => {
    const cipher = createCipheriv('aes-256-gcm', secret, nonce)
    cipher.setAAD(boundTo)
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
  })
}

/** Gives out only what has been proven, but does so before the end has been seen: do not act on it before then. */
export function openStream(key: Uint8Array, boundTo: Uint8Array): Transform {
  const secret = createSecretKey(key)
  return inChunks(CHUNK_BYTES + TAG_BYTES, (chunk, nonce) => openChunk(secret, boundTo, chunk, nonce))
}

function openChunk(secret: KeyObject, boundTo: Uint8Array, chunk: Buffer, nonce: Buffer): Buffer {
  if (chunk.byteLength < TAG_BYTES) throw new SealBroken('cut short')
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo)
  decipher.setAuthTag(chunk.subarray(chunk.byteLength - TAG_BYTES))
  const plaintext = decipher.update(chunk.subarray(0, chunk.byteLength - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new SealBroken('altered, cut short, or sealed with another key')
  }
  return plaintext
}

/** Calls `work` for every `size` bytes, and for what is left at the end, if only nothing. */
function inChunks(size: number, work: (chunk: Buffer, nonce: Buffer) => Buffer): Transform {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let count = 0

  function nonce(isLast: boolean): Buffer {
    const bytes = Buffer.alloc(12)
    bytes.writeUIntBE(count++, 5, 6)
    bytes.writeUInt8(isLast ? 1 : 0, 11)
    return bytes
  }

  return new Transform({
    transform(input: Buffer, _encoding, done: TransformCallback) {
      pending.push(input)
      pendingBytes += input.byteLength
      // Not at exactly `size`: that chunk may turn out to be the last.
      if (pendingBytes <= size) return done()
      let bytes = Buffer.concat(pending)
      try {
        for (; bytes.byteLength > size; bytes = bytes.subarray(size))
          this.push(work(bytes.subarray(0, size), nonce(false)))
      } catch (error) {
        return done(error as Error)
      }
      pending = [bytes]
      pendingBytes = bytes.byteLength
      done()
    },
    flush(done: TransformCallback) {
      try {
        this.push(work(Buffer.concat(pending), nonce(true)))
      } catch (error) {
        return done(error as Error)
      }
      done()
    },
  })
}
