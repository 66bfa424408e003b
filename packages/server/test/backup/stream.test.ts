import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { SealBroken } from '../../src/crypto/seal.ts'
import { openStream, sealStream } from '../../src/crypto/stream.ts'

const CHUNK = 64 * 1024
const SEALED = CHUNK + 16
const key = randomBytes(32)
const header = Buffer.from('header')

const pieces = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
const sealed = (plain: Buffer, size = 10_000) =>
  buffer(Readable.from(pieces(plain, size)).compose(sealStream(key, header)))
const opened = (file: Buffer, { by = key, boundTo = header, size = 7001 } = {}) =>
  buffer(Readable.from(pieces(file, size)).compose(openStream(by, boundTo)))

describe('a sealed stream', () => {
  it('opens to what it was, whatever its length and however it arrives', async () => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]) {
      const plain = randomBytes(length)
      for (const size of [999, CHUNK, SEALED, 10 * CHUNK]) {
        const file = await sealed(plain, size)
        expect(file.length).toBe(length + 16 * Math.max(1, Math.ceil(length / CHUNK)))
        expect((await opened(file, { size })).equals(plain), `${length} in ${size}`).toBe(true)
      }
    }
  })

  it('never gives two chunks the same nonce', async () => {
    const file = await sealed(Buffer.alloc(3 * CHUNK))
    const chunks = pieces(file, SEALED).map((chunk) => chunk.toString('base64'))
    expect(new Set(chunks).size).toBe(3)
  })

  it('is refused in every form that it did not leave in', async () => {
    const file = await sealed(randomBytes(3 * CHUNK))
    const [one, two, three] = pieces(file, SEALED) as [Buffer, Buffer, Buffer]
    const flipped = Buffer.from(file)
    flipped[SEALED + 5]! ^= 1
    const spoilt = {
      'cut between chunks': Buffer.concat([one, two]),
      'cut to one chunk': one,
      'cut to nothing': Buffer.alloc(0),
      'cut in a chunk': file.subarray(0, 2 * SEALED + 100),
      'cut in a tag': file.subarray(0, -3),
      exchanged: Buffer.concat([two, one, three]),
      'left out': Buffer.concat([one, three]),
      repeated: Buffer.concat([one, one, two, three]),
      'extended by a chunk': Buffer.concat([one, two, three, three]),
      'extended by a byte': Buffer.concat([file, Buffer.of(0)]),
      flipped,
    }
    for (const [name, bytes] of Object.entries(spoilt)) await expect(opened(bytes), name).rejects.toThrow(SealBroken)
    await expect(opened(file, { by: randomBytes(32) })).rejects.toThrow(SealBroken)
    await expect(opened(file, { boundTo: Buffer.from('another') })).rejects.toThrow(SealBroken)
  })
})
