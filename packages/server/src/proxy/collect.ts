import type { Transform } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Held, Passage } from '../broker/broker.ts'
import { Problem } from '../errors.ts'
import { failureOf } from '../net/dispatch.ts'
import type { ScrubStream } from '../scrub/scrub.ts'
import { type Flight, NO_SEAT } from './flights.ts'
import { type AnswerHeaders, backwards } from './headers.ts'
import { opened } from './reply.ts'

type Controller = Dispatcher.DispatchController

/** A whole answer, searched for the credential. */
export interface Collected {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/**
 * Takes an answer whole: unpacked, searched, no longer than the limit. Its failures say with `sent` whether anything of the request had left,
 * so that whoever hears of them knows whether it may be repeated.
 */
export class Collecting implements Dispatcher.DispatchHandler, Flight {
  moved = 0
  seat = NO_SEAT
  status = 0
  bytesOut = 0
  answer: AnswerHeaders | undefined
  /** The beginning of a refusal, for whoever finds out what it means. */
  said: Buffer | undefined
  readonly done: Promise<Collected>
  readonly stands: () => boolean
  readonly #of: { held: Held; passage: Passage; limit: number; requestId: string; host: string }
  #settle!: { resolve: (collected: Collected) => void; reject: (error: unknown) => void }
  #controller: Controller | undefined
  #chunks: Uint8Array[] = []
  #size = 0
  #headers: Record<string, string> = {}
  #scrubbing: ScrubStream | undefined
  #decoder: Transform | undefined
  #hasCome = false
  #isOver = false

  constructor(
    of: { held: Held; passage: Passage; limit: number; requestId: string; host: string },
    stands: () => boolean,
  ) {
    this.#of = of
    this.stands = stands
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  waitsForCaller(): boolean {
    return false
  }

  end(): void {
    this.fail(new Problem('proxy.call_ended'))
  }

  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#scrubbing?.drop()
    this.#decoder?.destroy()
    const problem = error instanceof Problem ? error : failureOf(this.#of.host, error)
    problem.values.sent = this.#controller !== undefined
    this.#controller?.abort(new Error('the call has ended'))
    this.#settle.reject(problem)
  }

  // ── what undici tells ────────────────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: Controller): void {
    // Nothing of it has been written yet: given up while it waited for a line, it never leaves.
    if (this.#isOver) controller.abort(new Error('the call has ended'))
    else this.#controller = controller
  }

  onResponseStart(_: Controller, status: number, headers: AnswerHeaders): void {
    if (status < 200 || this.#isOver) return
    this.status = status
    this.answer = headers
    const { scrubber } = this.#of.held
    const { decoder, kept } = opened(headers, true)
    this.#headers = joined(scrubber.headers(backwards(kept, this.#of.requestId)))
    this.#scrubbing = scrubber.stream()
    if (decoder) this.#decodeBy(decoder)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#isOver) return
    this.#hasCome = true
    if (!this.#decoder) {
      this.#take(chunk)
      return
    }
    if (this.#decoder.write(chunk)) return
    controller.pause()
    this.#decoder.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    // What was announced as packed and is empty is empty.
    if (this.#decoder && this.#hasCome) this.#decoder.end()
    else this.#finish()
  }

  onResponseError(_: Controller | null, error: Error): void {
    this.fail(error)
  }

  #decodeBy(decoder: Transform): void {
    this.#decoder = decoder
    decoder.on('data', (chunk: Buffer) => this.#take(chunk))
    decoder.on('end', () => this.#finish())
    decoder.on('error', (error) => this.fail(error))
  }

  /** Counted as it is unpacked: a little that was packed may be a lot. */
  #take(chunk: Uint8Array): void {
    if (this.#isOver) return
    this.bytesOut += chunk.byteLength
    if (this.status >= 400) this.said ??= Buffer.from(chunk.subarray(0, 4096))
    const { limit, passage } = this.#of
    this.#size += chunk.byteLength
    if (this.#size > limit) this.fail(new Problem('action.answer_too_large', { limit }))
    else if (passage.takes?.(chunk.byteLength) === false) {
      this.fail(new Problem('token.over_bytes', { bytes: this.bytesOut }))
    }
    if (this.#isOver) return
    try {
      this.#chunks.push(Buffer.from(this.#scrubbing!.push(chunk)))
    } catch (error) {
      this.fail(error)
    }
  }

  #finish(): void {
    if (this.#isOver) return
    this.#chunks.push(Buffer.from(this.#scrubbing!.end()))
    this.#isOver = true
    this.#settle.resolve({ status: this.status, headers: this.#headers, body: Buffer.concat(this.#chunks) })
  }
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!
    headers[name] = headers[name] === undefined ? raw[at + 1]! : `${headers[name]}, ${raw[at + 1]}`
  }
  return headers
}
