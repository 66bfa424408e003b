import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Problem } from '../errors.ts'
import { type Asked, CHUNKED } from './request.ts'

/** A caller's body: in hand, on its way, or none. What is in hand can be sent a second time. */
export interface Body {
  bytes: Buffer | undefined
  stream: Upload | undefined
}

/** Read before the call is sent: most bodies of APIs are smaller, one write is cheaper than a stream, and a refused call can be repeated. */
export const IN_HAND = 64 * 1024
/** What is signed or changed is read whole, up to here. */
export const WHOLE = 8 * 1024 * 1024

export const NO_BODY: Body = { bytes: undefined, stream: undefined }

export function bodyOf(
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked,
  how: { whole: boolean; taken: (bytes: number) => void },
): Body | Promise<Body> {
  const { length } = asked
  if (length === 0) return NO_BODY
  if (how.whole && length > WHOLE) throw new Problem('proxy.body_too_large', { limit: WHOLE })
  if (asked.awaitsContinue) response.writeContinue()
  if (how.whole || (length !== CHUNKED && length <= IN_HAND)) return inHand(request, length, how.taken)
  return { bytes: undefined, stream: new Upload(request, how.taken) }
}

function inHand(request: IncomingMessage, length: number, taken: (bytes: number) => void): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      taken(chunk.byteLength)
      // Only a body without a length can be longer than was thought.
      if (size > WHOLE) reject(new Problem('proxy.body_too_large', { limit: WHOLE }))
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (length !== CHUNKED && size !== length) reject(new Problem('request.cut_short'))
      else resolve({ bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), stream: undefined })
    })
    request.on('error', () => reject(new Problem('request.cut_short')))
  })
}

/**
 * A body on its way. It is not the request itself that is handed on: whoever sends it destroys what they sent when the service answers
 * early, and with the request goes the socket that the answer has to take.
 */
export class Upload extends Readable {
  readonly #source: IncomingMessage
  bytesRead = 0

  constructor(source: IncomingMessage, taken: (bytes: number) => void) {
    super({ highWaterMark: 64 * 1024 })
    this.#source = source
    source.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.byteLength
      taken(chunk.byteLength)
      // After the service has answered, what still comes is thrown away.
      if (!this.destroyed && !this.push(chunk)) source.pause()
    })
    source.on('end', () => {
      if (!this.destroyed) this.push(null)
    })
    source.on('error', () => this.destroy(new Problem('request.cut_short')))
    source.pause()
  }

  override _read(): void {
    this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Read on, so that the caller comes to read the answer instead of waiting to be rid of its body.
    this.#source.resume()
    callback(error)
  }
}
