import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Going, Held, Passage } from '../broker/broker.ts'
import { Problem } from '../errors.ts'
import { failureOf } from '../net/dispatch.ts'
import type { Aim } from './aim.ts'
import { type Body, NO_BODY } from './body.ts'
import { type Flight, type Flights, NO_SEAT } from './flights.ts'
import { guide } from './guide.ts'
import { type AnswerHeaders, backwards, pushBudget } from './headers.ts'
import type { Plan } from './plan.ts'
import { type Answering, opened, Reply } from './reply.ts'
import type { Asked } from './request.ts'

type Controller = Dispatcher.DispatchController

/** What an exchange needs of the house, and tells it. */
export interface Around {
  flights: Flights
  stands(passage: Passage): boolean
  refuse(exchange: Exchange, error: unknown): void
  publicUrl(): string
  /** A refused credential: answers true when another one has been sent. */
  again(exchange: Exchange): Promise<boolean>
  /** The protocol has changed: both sockets are the caller's to use. */
  changed(exchange: Exchange, headers: string[], socket: Duplex): void
  /** Once, when everything has ended, however it did. */
  over(exchange: Exchange, failure: unknown): void
}

/**
 * One call: the caller's two streams on this side, the service's on the other. Promises: nothing is held but what a secret may have begun in,
 * who does not read is not sent more, and the end of either side is the end of the other.
 */
export class Exchange implements Flight, Answering, Dispatcher.DispatchHandler {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly startedAt: number
  readonly #around: Around
  asked: Asked | undefined
  passage: Passage | undefined
  held: Held | undefined
  plan: Plan | undefined
  aim: Aim | undefined
  /** As it was recorded; nothing has left before. */
  going: Going | undefined
  body: Body = NO_BODY
  moved: number
  seat = NO_SEAT
  status = 0
  bytesOut = 0
  answer: AnswerHeaders | undefined
  /** The beginning of a refusal, for whoever finds out what it means. */
  said: Buffer | undefined
  isOver = false
  canRepeat = true
  #controller: Controller | undefined
  #reply: Reply | undefined
  #whenEnded: (() => void) | undefined

  constructor(around: Around, request: IncomingMessage, response: ServerResponse, requestId: string, now: number) {
    this.#around = around
    this.request = request
    this.response = response
    this.requestId = requestId
    this.startedAt = now
    this.moved = around.flights.tick
    response.on('close', this.#onClose)
  }

  /** What has not left may wait for its credential; it is held against token and connection before it leaves. */
  stands(): boolean {
    return this.going === undefined || this.#around.stands(this.passage!)
  }

  waitsForCaller(): boolean {
    return this.#reply?.isPaused === true || (!this.request.complete && this.asked?.length !== 0)
  }

  end(why: 'ended' | 'idle'): void {
    this.#fail(new Problem(why === 'ended' ? 'proxy.call_ended' : 'request.too_slow'))
  }

  get bytesIn(): number {
    return this.body.stream?.bytesRead ?? this.body.bytes?.byteLength ?? 0
  }

  touch = (): void => {
    this.moved = this.#around.flights.tick
  }

  /** A piece of the caller's body. */
  taken = (bytes: number): void => {
    this.moved = this.#around.flights.tick
    // What was announced was counted before.
    const isCounted = this.asked!.length >= 0 || this.passage!.takes?.(bytes) !== false
    if (!isCounted) this.#fail(new Problem('token.over_bytes', { bytes }))
  }

  /** The caller is gone, or has everything. */
  #onClose = (): void => {
    if (!this.isOver) this.#fail(undefined)
  }

  // ── what undici tells ────────────────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.isOver) controller.abort(new Error('the caller is gone'))
  }

  onResponseStart(controller: Controller, status: number, headers: AnswerHeaders): void {
    if (status < 200 || controller !== this.#controller || this.isOver) return
    if (status !== 401 || !this.canRepeat) {
      this.#begin(status, headers)
      return
    }
    this.canRepeat = false
    controller.pause()
    this.#around.again(this).then(
      (isSentAgain) => {
        if (isSentAgain) controller.abort(new Error('sent again'))
        else if (!this.isOver) {
          this.#begin(status, headers)
          controller.resume()
        }
      },
      (error) => this.#fail(error),
    )
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (controller !== this.#controller || this.isOver) return
    this.touch()
    this.#reply!.take(chunk)
  }

  onResponseEnd(controller: Controller, trailers: AnswerHeaders): void {
    if (controller !== this.#controller || this.isOver) return
    this.#reply!.finish(trailers)
  }

  onResponseError(controller: Controller | null, error: Error): void {
    if (this.isOver || (controller && controller !== this.#controller)) return
    this.#fail(error)
  }

  onRequestUpgrade(_: Controller, status: number, headers: AnswerHeaders, socket: Duplex): void {
    if (this.isOver) {
      socket.destroy()
      return
    }
    this.status = status
    const raw = this.held!.scrubber.headers(backwards(headers, this.requestId))
    this.#around.changed(this, raw, socket)
  }

  /** What follows is another attempt's: the one before is no longer heard. */
  forgetAttempt(): void {
    this.#controller = undefined
  }

  // ── towards the caller ───────────────────────────────────────────────────────────────────────────────────────────────

  #begin(status: number, headers: AnswerHeaders): void {
    this.status = status
    this.answer = headers
    this.touch()
    const [{ scrubber }, { connectionId, rateLimit }] = [this.held!, this.passage!]
    const isBare = this.request.method === 'HEAD' || status === 204 || status === 304
    const { decoder, kept } = opened(headers, !isBare && this.plan!.travels)
    const guided = { connectionId, plan: this.plan!, publicUrl: this.#around.publicUrl }
    const raw = scrubber.headers(guide(backwards(kept, this.requestId), status, headers, guided))
    if (rateLimit) pushBudget(raw, rateLimit, headers)
    const reply = new Reply(this.response, scrubber, this, this.#controller!)
    this.#reply = reply
    const length = headers['content-length']
    if (isBare) reply.beginBare(status, raw)
    else reply.begin(status, raw, { length: typeof length === 'string' ? length : undefined, decoder })
  }

  counts(chunk: Uint8Array): boolean {
    if (this.isOver) return false
    if (this.status >= 400 && !this.said) this.said = Buffer.from(chunk.subarray(0, 4096))
    this.bytesOut += chunk.byteLength
    if (this.passage!.takes?.(chunk.byteLength) !== false) return true
    this.#fail(new Problem('token.over_bytes', { bytes: this.bytesOut }))
    return false
  }

  replied(): void {
    this.close(undefined)
  }

  brokeOff(error: unknown): void {
    this.#fail(error)
  }

  /** `undefined`: the caller is gone, and nobody is left to be told. */
  #fail(error: unknown): void {
    if (this.isOver) return
    if (this.#whenEnded) {
      this.#whenEnded()
      return
    }
    const { response } = this
    const told = error === undefined || error instanceof Problem ? error : failureOf(this.aim?.host ?? '', error)
    const controller = this.#controller
    this.close(told ?? new Error('the caller is gone'))
    controller?.abort(new Error('the call has ended'))
    this.body.stream?.destroy()
    if (told === undefined) return
    if (!response.headersSent) this.#around.refuse(this, told)
    // Cut off, so that nobody takes half an answer for a whole one.
    else if (!response.writableEnded) response.destroy()
  }

  fail(error: unknown): void {
    // A fault of ours is not one of the network, and is not told as one.
    if (!this.isOver && !(error instanceof Problem)) {
      this.close(error)
      if (!this.response.headersSent) this.#around.refuse(this, error)
      else this.response.destroy()
    } else this.#fail(error)
  }

  /** Who holds both sockets hears of the end in their own way. */
  whenEnded(over: () => void): void {
    this.#whenEnded = over
  }

  /** Everything is over; what was lent is given back. */
  close(failure: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.#reply?.drop()
    this.#around.flights.remove(this)
    this.#around.over(this, failure)
    this.held?.release()
    const { request } = this
    if (request.complete || request.destroyed) return
    request.resume()
    this.#around.flights.linger(
      () => request.complete || request.destroyed,
      () => request.socket.destroy(),
    )
  }
}
