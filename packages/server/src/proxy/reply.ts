import type { ServerResponse } from 'node:http'
import type { Transform } from 'node:stream'
import type { Scrubber, ScrubStream } from '../scrub/scrub.ts'
import { decoderFor } from './decode.ts'
import { type AnswerHeaders, trailing } from './headers.ts'

/** The service's side of an answer: made to wait while the caller does not read. */
export interface Tap {
  pause(): void
  resume(): void
}

/** Whose answer it is. */
export interface Answering {
  /** A piece of the body, before it is searched. Answers whether it may pass. */
  counts(chunk: Uint8Array): boolean
  touch(): void
  /** Everything has been handed to the caller. */
  replied(): void
  brokeOff(error: unknown): void
}

/**
 * An answer on its way to the caller: searched, at the pace of whoever reads it, as long as it was. A body whose length is known ends with
 * its last byte, in one write; one without begins at once, since it may be a stream of events.
 */
export class Reply {
  readonly #response: ServerResponse
  readonly #scrubber: Scrubber
  readonly #owner: Answering
  readonly #tap: Tap
  #stream: ScrubStream | undefined
  #decoder: Transform | undefined
  /** Of the body as it was announced, less what has come. Negative: not known. */
  #left = -1
  #isEnded = false
  #hasWritten = false
  #waitsForDrain = false
  isPaused = false

  constructor(response: ServerResponse, scrubber: Scrubber, owner: Answering, tap: Tap) {
    this.#response = response
    this.#scrubber = scrubber
    this.#owner = owner
    this.#tap = tap
  }

  begin(
    status: number,
    raw: string[],
    { length, decoder }: { length: string | undefined; decoder: Transform | undefined },
  ): void {
    this.#response.writeHead(status, raw)
    this.#stream = this.#scrubber.stream()
    if (decoder) this.#decodeBy(decoder)
    else if (length !== undefined) this.#left = Number(length)
    if (this.#left < 0) process.nextTick(flushUnlessWritten, this)
  }

  /** Without a body: to HEAD, 204, 304. */
  beginBare(status: number, raw: string[]): void {
    this.#response.writeHead(status, raw)
  }

  flush(): void {
    if (!this.#hasWritten && !this.#isEnded && this.#stream) this.#response.flushHeaders()
  }

  take(chunk: Buffer): void {
    if (this.#decoder) {
      if (this.#decoder.write(chunk)) return
      this.#tap.pause()
      this.#decoder.once('drain', () => this.#tap.resume())
      return
    }
    if (this.#left > 0) this.#left -= chunk.byteLength
    this.#pass(chunk, this.#left === 0)
  }

  finish(trailers: AnswerHeaders): void {
    if (this.#decoder) this.#decoder.end()
    else this.#end(trailers)
  }

  drop(): void {
    this.#isEnded = true
    this.#stream?.drop()
    this.#stream = undefined
    this.#decoder?.destroy()
  }

  #decodeBy(decoder: Transform): void {
    this.#decoder = decoder
    decoder.on('data', (chunk: Buffer) => this.#pass(chunk, false))
    decoder.on('end', () => this.#end({}))
    decoder.on('error', (error) => this.#owner.brokeOff(error))
  }

  #pass(chunk: Uint8Array, isLast: boolean): void {
    if (this.#isEnded || !this.#owner.counts(chunk)) return
    let out: Uint8Array
    try {
      out = this.#stream!.push(chunk)
    } catch (error) {
      this.#owner.brokeOff(error)
      return
    }
    const response = this.#response
    this.#hasWritten = true
    if (isLast) {
      const rest = this.#stream!.end()
      this.#isEnded = true
      if (rest.byteLength > 0 && out.byteLength > 0) response.write(out)
      response.end(rest.byteLength > 0 ? rest : out)
      return
    }
    if (out.byteLength === 0 || response.write(out)) return
    this.isPaused = true
    if (this.#decoder) this.#decoder.pause()
    else this.#tap.pause()
    if (this.#waitsForDrain) return
    this.#waitsForDrain = true
    response.on('drain', this.#onDrain)
  }

  #onDrain = (): void => {
    this.isPaused = false
    this.#owner.touch()
    if (this.#decoder) this.#decoder.resume()
    else this.#tap.resume()
  }

  #end(trailers: AnswerHeaders): void {
    const response = this.#response
    if (!this.#isEnded) {
      const rest = this.#stream?.end()
      const fields = response.chunkedEncoding ? trailing(trailers) : []
      if (fields.length > 0) response.addTrailers(pairs(this.#scrubber.headers(fields)))
      this.#isEnded = true
      response.end(rest && rest.byteLength > 0 ? rest : undefined)
    }
    this.#owner.replied()
  }
}

function flushUnlessWritten(reply: Reply): void {
  reply.flush()
}

/** What to open an answer with that has to be opened, and its headers as they then are. */
export function opened(
  headers: AnswerHeaders,
  travels: boolean,
): { decoder: Transform | undefined; kept: AnswerHeaders } {
  const coding = headers['content-encoding']
  const decoder = coding === undefined || !travels ? undefined : decoderFor(coding)
  return {
    decoder,
    kept: decoder ? { ...headers, 'content-encoding': undefined, 'content-length': undefined } : headers,
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = []
  for (let at = 0; at < raw.length; at += 2) found.push([raw[at]!, raw[at + 1]!])
  return found
}
