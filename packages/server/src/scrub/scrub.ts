import { inspect } from 'node:util'
import type { Secrets } from '../inject/values.ts'
import { type Needles, needlesFor, type Pair } from './needles.ts'
import { BodyStream, type ScrubStream } from './stream.ts'

export type { Pair } from './needles.ts'
export type { ScrubStream } from './stream.ts'

/**
 * Takes credentials out of answers. Promises: every secret of a connection, as it is, in base64, in hexadecimal, or with any of its characters
 * escaped for JSON, addresses, forms or HTML, whatever the chunks, becomes as many `*`, so that lengths stay true; every other byte passes
 * unchanged, and at once unless a secret may have begun with it. Refuses to search at any price: an answer made to cost too much is broken off.
 * Cannot find what is compressed, encrypted, hashed, reversed, quoted-printable, UTF-16, encoded as bytes twice, nor a part of a secret: it is
 * the second line, behind not asking services for credentials. Of base64, up to four bits of the first and of the last byte stay.
 */
export interface Scrubber {
  /** For one body, or for one direction of an upgraded connection. */
  stream(): ScrubStream
  /** Names and values in turn, as Node's `rawHeaders`: one character a byte. Trailers too. The same array if nothing had to change. */
  headers(raw: string[]): string[]
  /** What is said about a call: the message of an error, an address, a reason phrase. */
  text(value: string): string
  /** No new streams from now on. The secrets are gone when the last stream is over, which is now if there is none. */
  wipe(): void
  /** The secrets that are too short to be looked for, by name. */
  readonly tooShort: readonly string[]
}

/**
 * Made once for a credential version, and kept as long as its plaintext may be. The values are copied: their `Secret`s may be wiped.
 * `pairs`: what a connection sends as basic, so that even a short password is found in `base64(user:password)`.
 */
export function createScrubber(secrets: Secrets, { pairs = [] }: { pairs?: readonly Pair[] } = {}): Scrubber {
  return new Compiled(needlesFor(secrets, pairs))
}

const FIRST_ROOM = 4096

class Compiled implements Scrubber {
  readonly #needles: Needles
  readonly tooShort: readonly string[]
  #streams = 0
  #isWiped = false
  /** Where texts are laid out as bytes, outside the JavaScript heap. */
  #room: Buffer | undefined

  constructor(needles: Needles) {
    this.#needles = needles
    this.tooShort = needles.tooShort
  }

  stream(): ScrubStream {
    if (this.#isWiped) throw new Error('the scrubber has been wiped')
    this.#streams++
    return new BodyStream(this.#needles, () => {
      this.#streams--
      this.#wipeWhenIdle()
    })
  }

  headers(raw: string[]): string[] {
    // A header cannot hold a NUL, so that nothing is found across two of them that is not there.
    const together = raw.join('\0')
    if (this.#scrubbed(together, 'latin1') === together) return raw
    return raw.map((each) => this.#scrubbed(each, 'latin1'))
  }

  text(value: string): string {
    return this.#scrubbed(value, 'utf8')
  }

  wipe(): void {
    this.#isWiped = true
    this.#wipeWhenIdle()
  }

  #scrubbed(value: string, encoding: 'latin1' | 'utf8'): string {
    const stream = this.stream()
    try {
      const needed = encoding === 'utf8' ? Buffer.byteLength(value) : value.length
      if (!this.#room || this.#room.byteLength < needed) {
        this.#room?.fill(0)
        this.#room = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, needed * 2))
      }
      const bytes = this.#room.subarray(0, this.#room.write(value, encoding))
      const begun = stream.push(bytes)
      const rest = stream.end()
      // Nothing had to change: not even what this encoding could not have carried.
      if (begun === bytes) return value
      const out = Buffer.concat([begun, rest])
      if (out.equals(bytes)) return value
      bytes.fill(0)
      return out.toString(encoding)
    } finally {
      stream.drop()
    }
  }

  #wipeWhenIdle(): void {
    if (!this.#isWiped || this.#streams > 0) return
    this.#needles.wipe()
    this.#room?.fill(0)
    this.#room = undefined
  }

  toJSON(): string {
    return '[scrubber]'
  }

  [inspect.custom](): string {
    return '[scrubber]'
  }
}
