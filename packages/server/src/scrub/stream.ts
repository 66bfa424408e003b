import { NO_BYTES } from './escapes.ts'
import type { Needles } from './needles.ts'
import { Search } from './search.ts'

/** One body on its way. `end` or `drop` must be called, unless `push` has thrown: only then is what is searched for wiped. */
export interface ScrubStream {
  /** What may go on now: the very chunk it was given, wherever nothing in it had to change or to wait. */
  push(chunk: Uint8Array): Uint8Array
  /** The body is whole; answers the rest. */
  end(): Uint8Array
  /** The body is given up. */
  drop(): void
}

const STAR = 0x2a

export class BodyStream implements ScrubStream {
  readonly #search: Search
  readonly #whenOver: () => void
  readonly #isIdle: boolean
  /** What waits for its end, from `#from` on; outside the JavaScript heap, and wiped. */
  #held: Buffer | undefined
  #from = 0
  #length = 0
  /** How much of the body has gone on. */
  #sent = 0
  #isOver = false

  constructor(needles: Needles, whenOver: () => void) {
    this.#search = new Search(needles)
    this.#whenOver = whenOver
    this.#isIdle = needles.forms.length === 0
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#isOver) throw new Error('this stream is over')
    if (this.#isIdle || chunk.byteLength === 0) return chunk
    try {
      return this.#searched(chunk)
    } catch (error) {
      this.drop()
      throw error
    }
  }

  #searched(chunk: Uint8Array): Uint8Array {
    const search = this.#search
    if (this.#length === 0) {
      search.over(chunk, 0, chunk.byteLength, this.#sent)
      const decided = search.undecidedFrom() - this.#sent
      const passed = decided === chunk.byteLength ? chunk : chunk.subarray(0, decided)
      const out = this.#masked(passed, false)
      this.#keep(chunk.subarray(decided))
      this.#sent += decided
      return out
    }
    const fresh = this.#length
    this.#keep(chunk)
    search.over(this.#waiting(), fresh, this.#length, this.#sent)
    return this.#release(search.undecidedFrom() - this.#sent)
  }

  end(): Uint8Array {
    if (this.#isOver) throw new Error('this stream is over')
    try {
      if (this.#length === 0) return NO_BYTES
      this.#search.finish(this.#waiting(), this.#length, this.#sent)
      return this.#release(this.#length)
    } finally {
      this.drop()
    }
  }

  drop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#held?.fill(0)
    this.#held = undefined
    this.#whenOver()
  }

  #waiting(): Buffer {
    return this.#held!.subarray(this.#from, this.#from + this.#length)
  }

  /** Behind what waits already; moved or given twice the room when there is none left, so that single bytes cost little. */
  #keep(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return
    const whole = this.#length + bytes.byteLength
    const held = this.#held
    if (!held || this.#from + whole > held.byteLength) {
      if (held && whole <= held.byteLength / 2) held.copyWithin(0, this.#from, this.#from + this.#length)
      else {
        const larger = Buffer.allocUnsafeSlow(Math.max(256, whole * 2))
        if (held) {
          larger.set(this.#waiting())
          held.fill(0)
        }
        this.#held = larger
      }
      this.#from = 0
    }
    this.#held!.set(bytes, this.#from + this.#length)
    this.#length = whole
  }

  #release(length: number): Uint8Array {
    if (length === 0) return NO_BYTES
    const out = this.#masked(this.#waiting().subarray(0, length), true)
    this.#from += length
    this.#length -= length
    this.#sent += length
    if (this.#length === 0) this.#from = 0
    return out
  }

  /** The bytes that go on next, with stars where a secret stands; a copy if they are ours or have to change. */
  #masked(bytes: Uint8Array, areOurs: boolean): Uint8Array {
    const { found } = this.#search
    const begin = this.#sent
    const end = begin + bytes.byteLength
    if (found.length === 0) return areOurs ? new Uint8Array(bytes) : bytes
    const out = new Uint8Array(bytes)
    const later: number[] = []
    for (let index = 0; index < found.length; index += 2) {
      const from = Math.max(found[index]!, begin)
      const to = found[index + 1]!
      if (from < end) out.fill(STAR, from - begin, Math.min(to, end) - begin)
      if (to > end) later.push(Math.max(from, end), to)
    }
    found.length = 0
    found.push(...later)
    return out
  }
}
