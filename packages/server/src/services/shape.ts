/**
 * The few pieces out of which the shape of a definition is put together. Each is tied to one type of the catalog in both directions:
 * a word added there and forgotten here does not compile, nor does the reverse.
 */
export type Spot = readonly (string | number)[]

export interface Flaw {
  at: Spot
  message: string
  /** What is wrong is the word itself, not what it says. */
  word?: true
}

/** Looks at a value that plain parsing made, and files what is wrong. `of` is never there: it keeps the type exact. */
export interface Shape<T> {
  look(value: unknown, at: Spot, flaws: Flaw[]): void
  readonly of?: (value: T) => T
}

export const MOST_ENTRIES = 200
const LONGEST_TEXT = 2000
const LONGEST_WORD = 300
const MOST_FLAWS = 50

export type NeededWords<T> = {
  readonly [K in keyof T as Record<never, never> extends Pick<T, K> ? never : K]: Shape<T[K]>
}
export type OptionalWords<T> = {
  readonly [K in keyof T as Record<never, never> extends Pick<T, K> ? K : never]-?: Shape<Exclude<T[K], undefined>>
}
type AnyShape = Pick<Shape<unknown>, 'look'>

/** An object with these words and no others. */
export function object<T extends object>(needed: NeededWords<T>, optional: OptionalWords<T>): Shape<T> {
  const words = new Map<string, AnyShape>(Object.entries({ ...needed, ...optional } as Record<string, AnyShape>))
  return {
    look(value, at, flaws) {
      if (!isObject(value)) return void file(flaws, at, `must be a block of words, not ${kindOf(value)}`)
      for (const [word, inner] of Object.entries(value)) {
        const shape = words.get(word)
        if (shape) shape.look(inner, [...at, word], flaws)
        else unknownWord(word, [...words.keys()], at, flaws)
      }
      for (const word of Object.keys(needed)) {
        if (!Object.hasOwn(value, word)) file(flaws, at, `lacks the word "${word}"`)
      }
    },
  }
}

/** Names that the author chooses, each with a value of one shape. */
export function record<T>(inner: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    look(value, at, flaws) {
      if (!isObject(value)) return void file(flaws, at, `must be a block of names, not ${kindOf(value)}`)
      const entries = Object.entries(value)
      if (entries.length > MOST_ENTRIES) return void file(flaws, at, `has more than ${MOST_ENTRIES} entries`)
      for (const [name, each] of entries) {
        if (name.length > LONGEST_WORD || isUnprintable(name)) file(flaws, [...at, name], 'is not a name', true)
        else inner.look(each, [...at, name], flaws)
      }
    },
  }
}

export function list<T>(inner: Shape<T>): Shape<readonly T[]> {
  return {
    look(value, at, flaws) {
      if (!Array.isArray(value)) return void file(flaws, at, `must be a list, not ${kindOf(value)}`)
      if (value.length > MOST_ENTRIES) return void file(flaws, at, `has more than ${MOST_ENTRIES} entries`)
      value.forEach((each, index) => {
        inner.look(each, [...at, index], flaws)
      })
    },
  }
}

export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return {
    look(value, at, flaws) {
      if (!Array.isArray(value) || value.length !== 2) return void file(flaws, at, 'must be a list of two')
      first.look(value[0], [...at, 0], flaws)
      second.look(value[1], [...at, 1], flaws)
    },
  }
}

function textThat<T extends string>(fault: (text: string) => string | undefined): Shape<T> {
  return {
    look(value, at, flaws) {
      if (typeof value !== 'string') {
        const hint = typeof value === 'number' || typeof value === 'boolean' ? ': put it in quotes' : ''
        return void file(flaws, at, `must be text, not ${kindOf(value)}${hint}`)
      }
      const says = fault(value)
      if (says) file(flaws, at, says)
    },
  }
}

const tooLong = (text: string) => (text.length > LONGEST_TEXT ? `is longer than ${LONGEST_TEXT} characters` : undefined)

/** On one line: what has a line break could begin a second header. */
export const text: Shape<string> = textThat(
  (value) => tooLong(value) ?? (isUnprintable(value) ? 'has a line break or control character' : undefined),
)
export const lines: Shape<string> = textThat(
  (value) => tooLong(value) ?? (isUnprintable(value.replaceAll(/[\n\t]/g, '')) ? 'has a control character' : undefined),
)
export const https: Shape<`https://${string}`> = textThat((value) =>
  /^https:\/\/[a-z0-9.-]+(:\d+)?(\/[\x21-\x7e]*)?$/i.test(value) ? tooLong(value) : 'must be an https address',
)
export const colour: Shape<`#${string}`> = textThat((value) =>
  /^#[0-9a-f]{6}$/i.test(value) ? undefined : 'must be a colour: #1a2b3c',
)
export function matching<T extends string>(pattern: RegExp, expected: string): Shape<T> {
  return textThat((value) => (pattern.test(value) ? tooLong(value) : `must be ${expected}`))
}

/** One of some words, all of them. */
export function word<T extends string>(all: Readonly<Record<T, true>>): Shape<T> {
  const known = Object.keys(all)
  return textThat((value) =>
    Object.hasOwn(all, value) ? undefined : `must be ${choices(known)}${suggestion(value, known)}`,
  )
}

export function exactly<const T extends string | number | boolean | null>(expected: T): Shape<T> {
  return {
    look: (value, at, flaws) => {
      if (value !== expected) file(flaws, at, `must be ${JSON.stringify(expected)}`)
    },
  }
}
export const yes: Shape<true> = exactly(true)

export const wholeNumber: Shape<number> = {
  look: (value, at, flaws) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 1e10) {
      file(flaws, at, `must be a whole number, not ${kindOf(value)}`)
    }
  },
}
export const truth: Shape<boolean> = {
  look: (value, at, flaws) => {
    if (typeof value !== 'boolean') file(flaws, at, `must be true or false, not ${kindOf(value)}`)
  },
}
/** A word that this form has no place for. */
export const absent: Shape<never> = {
  look: (_, at, flaws) => file(flaws, at, 'has no place here', true),
}
/** Any value a plain text can say, lines included. */
export const anything = <T>(): Shape<T> => ({
  look: function look(value, at, flaws) {
    if (typeof value === 'string') lines.look(value, at, flaws)
    else if (Array.isArray(value)) list({ look }).look(value, at, flaws)
    else if (isObject(value)) record({ look }).look(value, at, flaws)
    else if (typeof value === 'number' && !Number.isFinite(value)) file(flaws, at, 'is not a number JSON can say')
  },
})

// ── One of several forms: the value itself says which, so that the complaint is about that one ─────────────────────────

export function either<A, B>(first: Shape<A>, second: Shape<B>, isFirst: (value: unknown) => boolean): Shape<A | B> {
  return {
    look: (value, at, flaws) => (isFirst(value) ? first : second).look(value, at, flaws),
  }
}
export const isText = (value: unknown): boolean => typeof value === 'string'
export const isList = (value: unknown): boolean => Array.isArray(value)
export const isBlock = (value: unknown): boolean => isObject(value)
export const has =
  (name: string) =>
  (value: unknown): boolean =>
    isObject(value) && Object.hasOwn(value, name)

/** The word `tag` tells which form it is. */
export function tagged<T extends object, K extends keyof T & string>(
  tag: K,
  forms: { readonly [Tag in T[K] & string]: Shape<Extract<T, { readonly [P in K]: Tag }>> },
): Shape<T> {
  const known = new Map<string, AnyShape>(Object.entries(forms as Record<string, AnyShape>))
  return {
    look(value, at, flaws) {
      if (!isObject(value)) return void file(flaws, at, `must be a block of words, not ${kindOf(value)}`)
      if (!Object.hasOwn(value, tag)) return void file(flaws, at, `lacks the word "${tag}"`)
      const form = known.get(String(value[tag]))
      const words = [...known.keys()]
      if (form) form.look(value, at, flaws)
      else file(flaws, [...at, tag], `must be ${choices(words)}${suggestion(String(value[tag]), words)}`)
    },
  }
}

// ── How flaws are worded ─────────────────────────────────────────────────────────────────────────────────────────────

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownWord(name: string, known: readonly string[], at: Spot, flaws: Flaw[]): void {
  if (flaws.length >= MOST_FLAWS) return
  const shown = name.slice(0, 40)
  file(flaws, [...at, name], `there is no word "${shown}" here${suggestion(name, known)}`, true)
}

function file(flaws: Flaw[], at: Spot, message: string, word?: true): void {
  if (flaws.length < MOST_FLAWS) flaws.push({ at, message, ...(word ? { word } : {}) })
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a block' : typeof value === 'string' ? 'text' : `${String(value).slice(0, 30)}`
}

function choices(words: readonly string[]): string {
  return words.length > 12 ? 'a word of the list in the guide' : `one of ${words.join(', ')}`
}

function suggestion(name: string, known: readonly string[]): string {
  if (name.length > 40) return ''
  const near = known.map((other) => ({ other, steps: distance(name, other) })).sort((a, b) => a.steps - b.steps)[0]
  return near && near.steps <= Math.max(1, Math.floor(near.other.length / 3)) ? `; did you mean ${near.other}?` : ''
}

/** Edits that turn one word into the other; letters in another case count for nothing. */
function distance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()]
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

function isUnprintable(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters, and what turns text around, are what is refused
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(value) || !value.isWellFormed()
}
