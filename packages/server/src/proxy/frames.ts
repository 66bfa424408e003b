import { Transform, type TransformCallback } from 'node:stream'
import type { Scrubber, ScrubStream } from '../scrub/scrub.ts'

const NOTHING = Buffer.alloc(0)
const LONGEST_HEAD = 14

/**
 * Scrubs what a service says over a WebSocket, message by message: the bytes of a message are searched across its frames, and its end lets go of
 * what might have begun a secret, so that no message waits for the next one. Frames keep their lengths, and heads pass as they are.
 */
export class ScrubbedFrames extends Transform {
  readonly #scrubber: Scrubber
  #message: ScrubStream | undefined
  /** A head that has not come whole. */
  #head: Buffer = NOTHING
  #left = 0
  #isControl = false
  #isFinal = false
  /** Payload that is held back, and heads of later frames that wait behind it. */
  #held = 0
  #waiting: { behind: number; head: Buffer }[] = []

  constructor(scrubber: Scrubber) {
    super()
    this.#scrubber = scrubber
  }

  override _transform(chunk: Buffer, _: BufferEncoding, callback: TransformCallback): void {
    try {
      let at = 0
      while (at < chunk.byteLength) {
        if (this.#left > 0) {
          const part = chunk.subarray(at, at + this.#left)
          at += part.byteLength
          this.#left -= part.byteLength
          if (this.#isControl) this.push(part)
          else this.#payload(part)
          continue
        }
        const whole =
          this.#head.byteLength === 0
            ? chunk.subarray(at)
            : Buffer.concat([this.#head, chunk.subarray(at, at + LONGEST_HEAD)])
        const length = headLength(whole)
        if (length === undefined || whole.byteLength < length) {
          this.#head = Buffer.from(whole.subarray(0, LONGEST_HEAD))
          break
        }
        at += length - this.#head.byteLength
        this.#head = NOTHING
        this.#begin(whole.subarray(0, length))
      }
      callback()
    } catch (error) {
      callback(error as Error)
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#message?.drop()
    callback(error)
  }

  override _flush(callback: TransformCallback): void {
    this.#message?.drop()
    callback()
  }

  #begin(head: Buffer): void {
    const short = head[1]! & 0x7f
    this.#left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
    // Four bytes of mask, which no service sends, would make its payload unreadable: they were counted into the head.
    this.#isControl = (head[0]! & 8) !== 0
    if (this.#isControl) {
      // Between two frames of a message it may overtake what is held back of it.
      if (this.#held > 0) this.#settle()
      this.push(Buffer.from(head))
      return
    }
    this.#isFinal = (head[0]! & 0x80) !== 0
    this.#message ??= this.#scrubber.stream()
    if (this.#held > 0) this.#waiting.push({ behind: this.#held, head: Buffer.from(head) })
    else this.push(Buffer.from(head))
    if (this.#left === 0) this.#payload(NOTHING)
  }

  #payload(part: Uint8Array): void {
    this.#held += part.byteLength
    this.#release(this.#message!.push(part))
    if (this.#left === 0 && this.#isFinal) this.#settle()
  }

  /** The message is over, or has to be taken for it. */
  #settle(): void {
    this.#release(this.#message!.end())
    for (const { head } of this.#waiting.splice(0)) this.push(head)
    this.#message = undefined
  }

  #release(bytes: Uint8Array): void {
    let from = 0
    while (this.#waiting.length > 0 && this.#waiting[0]!.behind <= bytes.byteLength - from) {
      const { behind, head } = this.#waiting.shift()!
      this.push(bytes.subarray(from, from + behind))
      from += behind
      this.push(head)
      for (const one of this.#waiting) one.behind -= behind
    }
    const rest = bytes.byteLength - from
    if (rest === 0) {
      this.#held -= bytes.byteLength
      return
    }
    this.push(bytes.subarray(from))
    for (const one of this.#waiting) one.behind -= rest
    this.#held -= bytes.byteLength
  }
}

/** Undefined while it cannot be told. */
function headLength(bytes: Buffer): number | undefined {
  if (bytes.byteLength < 2) return undefined
  const short = bytes[1]! & 0x7f
  const mask = (bytes[1]! & 0x80) === 0 ? 0 : 4
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + mask
}
