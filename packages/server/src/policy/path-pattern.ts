/**
 * Paths in the words of policies: whole segments, `*` for one of them, `**` for any number and for none. A pattern that begins with a slash
 * speaks of calls below the base address; with a host before it, of calls that name this host, and of their whole path.
 *
 * Services, the proxies before them and the frameworks within decode once or twice, before or after they split, drop what is behind a
 * semicolon, fold doubled slashes: against paths that are one thing here and another there, a path fits only if every reading of it does. What
 * `target` refuses has no reading that fits: a test holds the two against each other.
 */
export const PATTERN =
  /^((\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:\d{1,5})?)?(\/|(\/(\*\*?|[\w~!$&'()+,=:@-][\w.~!$&'()+,=:@-]*|\.[\w~!$&'()+,=:@-][\w.~!$&'()+,=:@-]*))+\/?)$/

const LONGEST = 16_384
/** Deeper than any honest client encodes. */
const DEPTH = 5

export interface Pattern {
  /** Of calls that name a host. */
  host: HostPattern | undefined
  segments: readonly string[]
}

export type HostPattern = (host: string) => boolean

/** `*.` stands for one or more labels, never for none. A port is part of the host. */
export function hostPattern(pattern: string): HostPattern {
  if (!pattern.startsWith('*.')) return (host) => host === pattern
  const suffix = pattern.slice(1)
  return (host) => host.length > suffix.length && host.endsWith(suffix)
}

export function pathPattern(pattern: string): Pattern {
  const slash = pattern.indexOf('/')
  const segments = pattern.slice(slash + 1).split('/')
  if (segments.at(-1) === '') segments.pop()
  return { host: slash > 0 ? hostPattern(pattern.slice(0, slash)) : undefined, segments }
}

/** A path as its caller wrote it, read only when somebody asks. */
export class AskedPath {
  readonly text: string
  /** Named by the caller; the path is then the whole path on it. */
  readonly host: string | undefined
  #readings: readonly Segments[] | undefined

  constructor(text: string, host?: string) {
    this.text = text
    this.host = host
  }

  /** None where no two readers need agree. */
  get readings(): readonly Segments[] {
    this.#readings ??= readingsOf(this.text)
    return this.#readings
  }

  fits(patterns: readonly Pattern[]): boolean {
    const { readings, host } = this
    if (readings.length === 0) return false
    for (const reading of readings) {
      if (!patterns.some((pattern) => isOn(pattern, host) && covers(pattern.segments, reading))) return false
    }
    return true
  }
}

type Segments = readonly string[]

function isOn({ host }: Pattern, named: string | undefined): boolean {
  if (named === undefined) return host === undefined
  return host?.(named) ?? false
}

/** Goes back to the last `**` only, which is enough, so that no path takes longer than its length times that of the pattern. */
function covers(pattern: Segments, path: Segments): boolean {
  let own = 0
  let at = 0
  let rest = -1
  let restAt = 0
  while (at < path.length) {
    const wanted = pattern[own]
    if (wanted === '**') {
      rest = own++
      restAt = at
    } else if (wanted !== undefined && (wanted === '*' ? path[at] !== '' : wanted === path[at])) {
      own++
      at++
    } else if (rest >= 0) {
      own = rest + 1
      at = ++restAt
    } else return false
  }
  while (pattern[own] === '**') own++
  return own === pattern.length
}

// No escape, no parameter, no empty segment, none that begins with a dot: one thing to every reader.
const PLAIN = /^(?:\/[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*)*\/?$/
const NONE: readonly Segments[] = []

function readingsOf(path: string): readonly Segments[] {
  if (path.length > LONGEST) return NONE
  if (PLAIN.test(path)) return [segmentsOf(path)]
  if (!path.startsWith('/') || !/^[\x21-\x7e]+$/.test(path) || /[?#]/.test(path)) return NONE
  if (/^\/[/\\]/.test(path) || /^\/%(25)*(2f|5c)/i.test(path) || /%(?![0-9a-f]{2})/i.test(path)) return NONE
  const found: Segments[] = []
  let text = path
  for (let depth = 0; depth <= DEPTH; depth++) {
    const next = isDoubtful(text) ? undefined : decodedOnce(text)
    if (next === undefined) return NONE
    found.push(...readingsAsWritten(text))
    if (next === text) return withFolded(text, found)
    text = next
  }
  return NONE
}

/** Some readers take characters of other scripts for the ones they look like: two fullwidth dots must not lead up. */
function withFolded(text: string, found: Segments[]): readonly Segments[] {
  const folded = text.normalize('NFKC')
  if (folded === text) return found
  return isDoubtful(folded) ? NONE : [...found, ...readingsAsWritten(folded)]
}

function readingsAsWritten(text: string): Segments[] {
  // Split first and decoded afterwards, as routers do. What is decoded first is the reading of the next depth.
  const segments = segmentsOf(text).map((segment) => decodedOnce(segment) ?? segment)
  // With doubled slashes folded it fits whatever it fits as it stands: `*` takes no empty segment, and `**` takes none as well as one.
  const found = [segments]
  if (/[;?#]/.test(text)) {
    const bare = segmentsOf(text).map((segment) => decodedOnce(segment.replace(/;.*/, '')) ?? segment)
    found.push(bare.filter(isNotEmpty), segmentsOf(text.replace(/[;?#].*/s, '')))
  }
  return found
}

/** A slash at the end says nothing. */
function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  segments.shift()
  if (segments.at(-1) === '') segments.pop()
  return segments
}

const isNotEmpty = (segment: string) => segment !== ''

function isDoubtful(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(path)) return true
  return path.split('/').some((segment) => {
    const name = segment.split(/[;?#]/, 1)[0]!.trim()
    return name === '.' || name === '..'
  })
}

function decodedOnce(text: string): string | undefined {
  if (!text.includes('%')) return text
  // Overlong UTF-8 (%c0%ae) is malformed too.
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    // A lone percent sign that came out of an escape is a character like any other.
    return /%[0-9a-f]{2}/i.test(text) ? undefined : text
  }
}
