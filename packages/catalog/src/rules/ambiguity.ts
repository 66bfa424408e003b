/**
 * Whether a regular expression can keep a backtracking matcher busy. Each character of the pattern is a place; an arrow leads from a
 * place to each that may follow it. Where two arrows fit the same character, the matcher guesses. Guessing again at every turn of a
 * loop takes exponential time, and so does guessing often outside of one; two loops that can share their characters take square
 * time, which is borne.
 */
type Characters = bigint

interface Part {
  nullable: boolean
  first: number[]
  last: number[]
}

const EVERY: Characters = (1n << 129n) - 1n
const MOST_PLACES = 400
const MOST_GUESSES = 1000
const MOST_STEPS = 10_000

export function faultOfAmbiguity(pattern: string): string | undefined {
  const reader = createReader(pattern)
  const fault = reader.read()
  if (fault) return fault
  const { places, arrows, first } = reader
  let guesses = 1
  for (const targets of [first, ...arrows]) {
    guesses *= mostAtOnce(targets, places)
    if (guesses > MOST_GUESSES) return 'leaves too many choices open: it could run for ever'
  }
  return faultOfLoops(places, arrows)
}

function createReader(pattern: string) {
  const places: Characters[] = []
  const arrows: number[][] = []
  const first: number[] = []
  let at = 0
  let fault: string | undefined

  const join = (from: readonly number[], to: readonly number[], isLoop: boolean) => {
    for (const place of from) {
      for (const next of to) {
        if (arrows[place]!.includes(next) && isLoop) fault ??= 'repeats a group that repeats inside'
        else arrows[place]!.push(next)
      }
    }
  }
  const place = (characters: Characters): Part => {
    places.push(characters)
    arrows.push([])
    if (places.length > MOST_PLACES) fault ??= 'has too many parts'
    return { nullable: false, first: [places.length - 1], last: [places.length - 1] }
  }

  const alternatives = (): Part => {
    const found = [sequence()]
    while (pattern[at] === '|' && at++ >= 0) found.push(sequence())
    return {
      nullable: found.some(({ nullable }) => nullable),
      first: found.flatMap((part) => part.first),
      last: found.flatMap((part) => part.last),
    }
  }
  const sequence = (): Part => {
    const whole: Part = { nullable: true, first: [], last: [] }
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const part = repeated(piece())
      join(whole.last, part.first, false)
      if (whole.nullable) whole.first.push(...part.first)
      whole.last = part.nullable ? [...whole.last, ...part.last] : part.last
      whole.nullable &&= part.nullable
    }
    return whole
  }
  const piece = (): Part => {
    const character = pattern[at]!
    if (character === '^' || character === '$') {
      at++
      return { nullable: true, first: [], last: [] }
    }
    if (character === '(') {
      at += pattern.startsWith('(?:', at) ? 3 : 1
      const inside = alternatives()
      at++
      return inside
    }
    const end = character === '[' ? endOfClass(pattern, at) : character === '\\' ? at + 2 : at + 1
    const source = pattern.slice(at, end)
    at = end
    return place(charactersOf(source))
  }
  const repeated = (part: Part): Part => {
    const counted = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(pattern.slice(at))
    if (!counted) return part
    at += counted[0].length
    if (pattern[at] === '?') at++
    const least = counted[0] === '+' ? 1 : Number(counted[1] ?? 0)
    const isOnce = counted[0] === '?' || /^\{[01]?,?1\}$/.test(counted[0])
    if (!isOnce) {
      if (part.nullable) fault ??= 'repeats something that may be empty'
      join(part.last, part.first, true)
    }
    return { ...part, nullable: part.nullable || least === 0 }
  }

  return {
    places,
    arrows,
    first,
    read: () => {
      first.push(...alternatives().first)
      return fault
    },
  }
}

/** How many of these places take one and the same character, at most. */
function mostAtOnce(targets: readonly number[], places: readonly Characters[]): number {
  let most = 1
  for (const target of targets) {
    const rivals = targets.filter((other) => (places[other]! & places[target]!) !== 0n)
    most = Math.max(most, rivals.length)
  }
  return most
}

function faultOfLoops(places: readonly Characters[], arrows: readonly (readonly number[])[]): string | undefined {
  let steps = 0
  const loops = places.map((_, place) => place).filter((place) => reaches([place], [place]) === true)
  // Two ways round the same loop with the same characters.
  for (const place of loops) {
    const twice = reaches([place, place], [place, place], ([a, b]) => a !== b)
    if (twice === undefined) return 'is too intricate to be sure that it ends'
    if (twice) return 'has a repeated part that fits in two ways: it could run for ever'
  }
  // Loops that share their characters, one after the other: each more multiplies the time by the length of the text.
  const shares = new Map<number, number[]>()
  for (const from of loops) {
    const after: number[] = []
    for (const to of loops) {
      if (from === to) continue
      const shared = reaches([from, from, to], [from, to, to])
      if (shared === undefined) return 'is too intricate to be sure that it ends'
      if (shared) after.push(to)
    }
    shares.set(from, after)
  }
  const chained = loops.some((one) => shares.get(one)!.some((two) => shares.get(two)!.some((three) => three !== one)))
  return chained ? 'has three repeats in a row that fit the same text: it could run for too long' : undefined

  /** Whether walkers who read the same text can get from these places to those; undefined when that takes too long to tell. */
  function reaches(
    from: readonly number[],
    to: readonly number[],
    via: (walkers: readonly number[]) => boolean = () => true,
  ): boolean | undefined {
    const seen = new Set<string>()
    const queue: { walkers: readonly number[]; been: boolean }[] = [{ walkers: from, been: from.length !== 2 }]
    for (let next = queue.pop(); next; next = queue.pop()) {
      for (const walkers of together(next.walkers)) {
        if (++steps > MOST_STEPS) return undefined
        const been = next.been || via(walkers)
        if (been && walkers.every((walker, index) => walker === to[index])) return true
        const key = `${walkers.join()} ${been}`
        if (seen.has(key)) continue
        seen.add(key)
        queue.push({ walkers, been })
      }
    }
    return false
  }

  function* together(walkers: readonly number[], taken: number[] = [], common = EVERY): Generator<number[]> {
    if (taken.length === walkers.length) return yield taken
    for (const next of arrows[walkers[taken.length]!]!) {
      const shared = common & places[next]!
      if (shared !== 0n) yield* together(walkers, [...taken, next], shared)
    }
  }
}

/** Which ASCII characters one place takes; all others are one character more. */
function charactersOf(source: string): Characters {
  const expression = new RegExp(`^${source}$`, 'u')
  let found = 0n
  for (let code = 0; code < 128; code++) if (expression.test(String.fromCharCode(code))) found |= 1n << BigInt(code)
  // Which ones beyond ASCII is not asked: rather too many than too few.
  const takesOthers = /\\s|[^\0-\x7f]/.test(source) || expression.test('é')
  return takesOthers ? found | (1n << 128n) : found
}

export function endOfClass(pattern: string, at: number): number {
  for (let end = at + 1; end < pattern.length; end++) {
    if (pattern[end] === '\\') end++
    else if (pattern[end] === ']') return end + 1
  }
  return pattern.length
}
