/** Which regular expressions a definition may hold: anchored, and unable to run away on a hostile value. */
import { endOfClass, faultOfAmbiguity } from './ambiguity.ts'

export function faultOfPattern(pattern: string): string | undefined {
  if (pattern.length > 400) return 'is longer than 400 characters'
  if (!pattern.startsWith('^') || !pattern.endsWith('$') || pattern.endsWith('\\$')) return 'must be anchored: ^…$'
  if (/\\[1-9]|\(\?(?!:)/.test(pattern)) return 'may use neither back-references nor look-around'
  if (pattern.replaceAll(/\\[dDwWsSntr^$\\.*+?()[\]{}|/-]/g, '').includes('\\'))
    return 'may escape with d, w, s and signs only'
  try {
    new RegExp(pattern, 'u')
  } catch {
    return 'is not a regular expression'
  }
  return walk(pattern) ?? faultOfAmbiguity(pattern)
}

/** A repeated group that repeats inside can take exponential time; an `|` outside every group would escape the anchors. */
function walk(pattern: string): string | undefined {
  const repeatsInside: boolean[] = [false]
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!
    if (char === '\\') at++
    else if (char === '[') at = endOfClass(pattern, at) - 1
    else if (char === '(') repeatsInside.push(false)
    else if (char === '|' && repeatsInside.length === 1) return 'needs its alternatives in a group: ^(a|b)$'
    else if (char === ')') {
      const inside = repeatsInside.pop()
      if (inside && isUnbounded(pattern, at + 1)) return 'repeats a group that repeats inside'
      if (inside || isUnbounded(pattern, at + 1)) repeatsInside[repeatsInside.length - 1] = true
    } else if (char === '*' || char === '+' || (char === '{' && isUnbounded(pattern, at))) {
      repeatsInside[repeatsInside.length - 1] = true
    }
  }
  return undefined
}

/** A handful of repetitions is counted as bounded. */
function isUnbounded(pattern: string, at: number): boolean {
  if (pattern[at] === '*' || pattern[at] === '+') return true
  const counted = /^\{\d*(,?)(\d*)\}/.exec(pattern.slice(at))
  if (!counted) return false
  const most = counted[1] ? counted[2] : counted[0].slice(1, -1)
  return most === '' || Number(most) > 8
}

const NOT_A_LABEL = ['', 'a/b', 'a@b', 'a?b', 'a#b', 'a:1', 'a b', 'a\\b', 'a%2eb', '..', 'a..b', '/', 'a\nb', 'ａ']
const DOTTED = ['evil.com', 'a.evil.com', '127.0.0.1', 'metadata.google.internal']

/** What a value of this pattern could do to `…{value}.example.com`, found by trying. */
export function canLeaveLabel(pattern: string, dots: 'allowed' | 'refused'): boolean {
  const expression = new RegExp(pattern)
  return [...NOT_A_LABEL, ...(dots === 'refused' ? DOTTED : [])].some((value) => expression.test(value))
}

/** Whether a pattern for whole host names keeps strangers out. */
export function isOpenHost(pattern: string): boolean {
  return canLeaveLabel(pattern, 'refused') || new RegExp(pattern).test('localhost')
}
