/** Makes text that an anchored pattern takes: the same small language that definitions may use, run backwards. */
export type Random = () => number

type Part =
  | { readonly is: 'class'; readonly chars: string }
  | { readonly is: 'group'; readonly choices: readonly (readonly Repeated[])[] }
interface Repeated {
  readonly part: Part
  readonly least: number
  readonly most: number
}

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('')
const CLASSES: Readonly<Record<string, string>> = {
  d: '0123456789',
  w: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_',
  s: ' ',
  S: PRINTABLE,
  D: 'abcdefghijklmnopqrstuvwxyz',
  W: '-./',
}

/** `plain` keeps to letters and digits where the pattern leaves the choice: for what becomes part of an address. */
export function sampleOf(pattern: string, random: Random, plain = false): string {
  const expression = new RegExp(pattern)
  const parts = parse(pattern)
  for (let attempt = 0; attempt < 50; attempt++) {
    const sample = generate(parts, random, plain)
    if (expression.test(sample)) return sample
  }
  throw new Error(`no sample could be made for the pattern ${pattern}`)
}

function generate(choices: readonly (readonly Repeated[])[], random: Random, plain: boolean): string {
  return pick(choices, random)
    .map(({ part, least, most }) => {
      const times = Math.max(least, Math.min(most, 8))
      return Array.from({ length: times }, () =>
        part.is === 'group' ? generate(part.choices, random, plain) : oneOf(part.chars, random, plain),
      ).join('')
    })
    .join('')
}

function oneOf(chars: string, random: Random, plain: boolean): string {
  const simple = chars.replace(/[^a-z0-9]/g, '') || chars.replace(/[^A-Za-z0-9]/g, '')
  return pick([...((plain && simple) || chars)], random)
}

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.min(list.length - 1, Math.floor(random() * list.length))]!
}

function parse(pattern: string): (readonly Repeated[])[] {
  let at = 0
  const choices = (): (readonly Repeated[])[] => {
    const all: Repeated[][] = [[]]
    while (at < pattern.length && pattern[at] !== ')') {
      if (pattern[at] === '|') {
        all.push([])
        at++
      } else if (pattern[at] === '^' || pattern[at] === '$') at++
      else {
        const part = one()
        all.at(-1)!.push({ part, ...quantity() })
      }
    }
    return all
  }
  const one = (): Part => {
    const char = pattern[at++]!
    if (char === '[') return { is: 'class', chars: readClass() }
    if (char === '.') return { is: 'class', chars: PRINTABLE }
    if (char === '\\') return { is: 'class', chars: escaped(pattern[at++]!) }
    if (char !== '(') return { is: 'class', chars: char }
    if (pattern.startsWith('?:', at)) at += 2
    const group: Part = { is: 'group', choices: choices() }
    at++
    return group
  }
  const readClass = (): string => {
    const negated = pattern[at] === '^'
    if (negated) at++
    let chars = ''
    while (pattern[at] !== ']') {
      let from = pattern[at++]!
      if (from === '\\') {
        const kind = pattern[at++]!
        if (kind in CLASSES) {
          chars += CLASSES[kind]
          continue
        }
        from = escaped(kind)
      }
      if (pattern[at] === '-' && pattern[at + 1] !== ']') {
        const to = pattern[at + 1]!
        at += 2
        for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) chars += String.fromCharCode(code)
      } else chars += from
    }
    at++
    return negated ? [...PRINTABLE].filter((char) => !chars.includes(char)).join('') : chars
  }
  const quantity = () => {
    const char = pattern[at]
    if (char === '*' || char === '+' || char === '?') at++
    if (char === '*') return { least: 0, most: 4 }
    if (char === '+') return { least: 1, most: 8 }
    if (char === '?') return { least: 0, most: 0 }
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(pattern.slice(at))
    if (!counted) return { least: 1, most: 1 }
    at += counted[0].length
    const least = Number(counted[1])
    return { least, most: counted[2] ? (counted[3] ? Number(counted[3]) : least + 4) : least }
  }
  return choices()
}

function escaped(kind: string): string {
  return CLASSES[kind] ?? { n: '\n', t: '\t', r: '\r' }[kind] ?? kind
}
