import { inspect } from 'node:util'

/**
 * A value that cannot be printed by accident. Its bytes live in a buffer outside the JavaScript heap, so that they are
 * in no heap snapshot, and every way in which JavaScript turns a value into text answers `[secret]`.
 * The files that may call `reveal` are listed in architecture.test.ts.
 */
export class Secret {
  readonly #bytes: Buffer

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  static of(value: string | Uint8Array): Secret {
    // allocUnsafeSlow: small buffers otherwise share a pool whose bytes another buffer may be given later.
    const source = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
    const bytes = Buffer.allocUnsafeSlow(source.byteLength)
    bytes.set(source)
    return new Secret(bytes)
  }

  /** The value as text. */
  reveal(): string {
    return this.#bytes.toString('utf8')
  }

  /** The value itself, not a copy: it turns to zeros when the secret is wiped. */
  revealBytes(): Buffer {
    return this.#bytes
  }

  get byteLength(): number {
    return this.#bytes.byteLength
  }

  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.toPrimitive](): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
