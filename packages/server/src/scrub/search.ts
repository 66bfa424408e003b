import { Problem } from '../errors.ts'
import { NO_BYTES, STARTS } from './escapes.ts'
import { type Form, symbolOf } from './forms.ts'
import type { Needles } from './needles.ts'
import { FORMS } from './openings.ts'
import { isSkipped, Reading } from './reading.ts'

/** A place where a secret may have begun, and how far it has come. Places are counted from the beginning of the stream. */
interface Thread {
  form: Form
  symbols: number
  at: number
  start: number
}

/** Steps that a stream may cost: some, and so many a byte. Ordinary answers cost less than one. */
const STEPS = 1 << 20
const STEPS_PER_BYTE = 128

/** Symbols of wrapped base64 that are let go at the end of a line that the stream pauses after. */
const LET_GO = 4

/**
 * Finds where secrets stand, in one pass over bytes that come in pieces. Every place where one may begin is followed until it proves to be
 * one or not; what the next piece has to decide is kept as a thread, so that no byte is read twice however small the pieces are.
 */
export class Search {
  readonly #needles: Needles
  readonly #reading: Reading
  #threads: Thread[] = []
  #bytes: Uint8Array = NO_BYTES
  #end = 0
  /** The place in the stream of the first byte in hand. */
  #base = 0
  #allowed = STEPS
  #steps = 0
  /** From and to, in turn; neighbours that overlap are one. */
  readonly found: number[] = []

  constructor(needles: Needles) {
    this.#needles = needles
    this.#reading = new Reading(needles)
  }

  /** `bytes` up to `end`, of which those from `fresh` on are new; `base` is the place of its first byte in the stream. */
  over(bytes: Uint8Array, fresh: number, end: number, base: number): void {
    this.#take(bytes, end, base)
    this.#allowed += (end - fresh) * STEPS_PER_BYTE
    this.#resume()
    this.#sweep(fresh)
  }

  /** Nothing follows: what looked like half an escape is what it looks like. */
  finish(bytes: Uint8Array, end: number, base: number): void {
    this.#take(bytes, end, base)
    this.#reading.isLast = true
    this.#resume()
  }

  /** From where on bytes may belong to a secret that has not ended. */
  undecidedFrom(): number {
    const end = this.#base + this.#end
    let from = end
    for (const thread of this.#threads) {
      // A line that happens to end in the first letters of wrapped base64 is not kept waiting for the next one. Should it go on as a
      // secret after all, the rest is found, and at most three symbols of it have passed.
      if (
        thread.form.width === 6 &&
        thread.symbols < LET_GO &&
        thread.at === end &&
        this.#bytes[this.#end - 1] === 10
      ) {
        thread.start = end
      }
      if (thread.start < from) from = thread.start
    }
    return from
  }

  #take(bytes: Uint8Array, end: number, base: number): void {
    this.#bytes = bytes
    this.#end = end
    this.#base = base
    this.#reading.of(bytes, end)
  }

  #resume(): void {
    if (this.#threads.length === 0) return
    const threads = this.#threads
    this.#threads = []
    for (const { form, symbols, at, start } of threads) this.#follow(form, symbols, at - this.#base, start)
  }

  #sweep(fresh: number): void {
    const { openings } = this.#needles
    const bytes = this.#bytes
    const end = this.#end
    for (let at = openings.next(bytes, fresh, end); at < end; at = openings.next(bytes, at + 1, end)) {
      this.#tryAt(at, openings.at(bytes, at, end))
    }
    // The last byte may begin what the next chunk goes on with.
    if (end > fresh) this.#tryAt(end - 1, openings.at(bytes, end - 1, end))
  }

  #tryAt(at: number, bits: number): void {
    let open = bits & FORMS
    if (bits > FORMS) open |= this.#reading.openedAt(at)
    while (open !== 0) {
      const index = 31 - Math.clz32(open)
      open ^= 1 << index
      const forms = this.#needles.byBit[index]!
      for (let which = 0; which < forms.length; which++) this.#follow(forms[which]!, 0, at, this.#base + at)
    }
  }

  /** Follows one form from one place until it ends, fails or runs out of bytes. Where the bytes can be read in two ways, both are followed. */
  #follow(form: Form, fromSymbol: number, fromAt: number, start: number): void {
    const { length, alphabet } = form
    const { bytes: secret } = this.#needles
    const bytes = this.#bytes
    const end = this.#end
    let branches: number[] | undefined
    let seen: Set<number> | undefined
    let symbols = fromSymbol
    let at = fromAt
    for (;;) {
      while (symbols < length) {
        if (++this.#steps > this.#allowed) throw new Problem('answer.cannot_be_scrubbed')
        if (at >= end) {
          this.#wait(form, symbols, at, start)
          break
        }
        const byte = bytes[at]!
        const wanted = symbolOf(secret, form, symbols)
        const plain = alphabet[byte] === wanted
        if (STARTS[byte] === 0 || form.width === 4) {
          if (plain) symbols++
          else if (!isSkipped(form, symbols, byte, wanted, at + this.#base - start)) break
          at++
          continue
        }
        const ways = this.#reading.waysAt(form, symbols, at, plain, at + this.#base - start)
        if (ways === undefined) {
          this.#wait(form, symbols, at, start)
          break
        }
        if (ways.length === 0) break
        if (ways.length > 2) {
          // Two readings of many bytes could otherwise be followed in every combination.
          const state = symbols * 2 ** 30 + (at + this.#base - start)
          seen ??= new Set()
          if (seen.has(state)) break
          seen.add(state)
          branches ??= []
          for (let way = 2; way < ways.length; way++) branches.push(ways[way]!)
        }
        symbols = ways[0]!
        at = ways[1]!
      }
      if (symbols === length) this.#report(start, this.#base + at)
      if (!branches || branches.length === 0) return
      at = branches.pop()!
      symbols = branches.pop()!
    }
  }

  #wait(form: Form, symbols: number, at: number, start: number): void {
    if (this.#reading.isLast) return
    const place = at + this.#base
    const isKnown = (thread: Thread) =>
      thread.form === form && thread.start === start && thread.symbols === symbols && thread.at === place
    for (let last = this.#threads.length - 1; last >= 0 && this.#threads[last]!.form === form; last--) {
      if (isKnown(this.#threads[last]!)) return
      if (this.#threads[last]!.start !== start) break
    }
    this.#threads.push({ form, symbols, at: place, start })
  }

  #report(from: number, to: number): void {
    const { found } = this
    const last = found.length - 2
    if (last >= 0 && from >= found[last]! && from <= found[last + 1]!) {
      if (to > found[last + 1]!) found[last + 1] = to
    } else found.push(from, to)
  }
}
