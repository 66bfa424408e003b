/**
 * Where a token may go, in words that software writes down: hosts, methods, paths. Each only takes away. What is narrowed gets bounds
 * beside those that hold already and never in their place, so that no mistake in comparing two patterns could widen a token.
 */
export interface Bounds {
  /** `api.example.com`, `*.example.com`; with a port where the service has one. */
  hosts?: readonly string[]
  methods?: readonly string[]
  /** `/repos/*` for one segment, `/repos/**` for that and everything below. */
  paths?: readonly string[]
}

export const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](:\d{1,5})?$/
export const METHOD = /^[A-Z]{1,20}$/
/** Whole segments, a star for one of them, two stars at the end. No escapes: a pattern says what is meant. */
export const PATH = /^(\/(\*|(?!\.{1,2}(\/|$))[A-Za-z0-9._~!$&'()+,=:@-]+))*(\/|\/\*\*)?$/

export function hostFits(bounds: Bounds, host: string): boolean {
  if (!bounds.hosts) return true
  const asked = host.toLowerCase()
  return bounds.hosts.some((pattern) => hostCovers(pattern, asked))
}

export function methodFits(bounds: Bounds, method: string): boolean {
  return !bounds.methods || bounds.methods.includes(method)
}

export function pathFits(bounds: Bounds, path: string): boolean {
  if (!bounds.paths) return true
  const segments = segmentsOf(path)
  return segments !== undefined && bounds.paths.some((pattern) => covers(split(pattern), segments))
}

/**
 * A path as every reader reads it; undefined where two could read it differently. Proxies and servers decode a slash, drop what is behind
 * a semicolon, fold `..` and `//`: a path that fits a pattern must still fit when they have done so.
 */
function segmentsOf(path: string): string[] | undefined {
  if (path === '') return ['']
  if (!path.startsWith('/')) return undefined
  const segments: string[] = []
  for (const segment of path.slice(1).split('/')) {
    const decoded = decodedWhole(segment)
    if (decoded === undefined || /[/\\;?#%*\p{Cc}]/u.test(decoded)) return undefined
    if (decoded.trim() === '.' || decoded.trim() === '..') return undefined
    segments.push(decoded)
  }
  // An empty segment is the slash at the end, and nothing else.
  return segments.slice(0, -1).includes('') ? undefined : segments
}

function decodedWhole(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

const split = (pattern: string): string[] => pattern.split('/').slice(1)

/** Segments of a path, or of a pattern: whatever the second lets through, the first does too. */
function covers(pattern: readonly string[], other: readonly string[]): boolean {
  for (let at = 0; at < pattern.length; at++) {
    const own = pattern[at]!
    // This and everything below: `/a/**` covers `/a` as well.
    if (own === '**' && at === pattern.length - 1) return true
    const theirs = other[at]
    if (theirs === undefined || theirs === '**') return false
    if (own === '*' ? theirs === '' : own !== theirs) return false
  }
  return other.length === pattern.length
}

function hostCovers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const [name, port = ''] = withPort(pattern.slice(2))
  const [asked, askedPort = ''] = withPort(host.startsWith('*.') ? host.slice(2) : host)
  if (port !== askedPort) return false
  return asked.endsWith(`.${name}`) || (host.startsWith('*.') && asked === name)
}

function withPort(host: string): [string, string?] {
  const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(host)!
  return port === undefined ? [name!] : [name!, port]
}

/** What of the second is not within the first; undefined where all of it is. Refuses in doubt. */
export function beyond(outer: Bounds, inner: Bounds): string | undefined {
  const host = outer.hosts && inner.hosts?.find((each) => !outer.hosts!.some((pattern) => hostCovers(pattern, each)))
  if (host !== undefined) return `the host ${host}`
  const method = outer.methods && inner.methods?.find((each) => !outer.methods!.includes(each))
  if (method !== undefined) return `the method ${method}`
  const path = outer.paths && inner.paths?.find((each) => !outer.paths!.some((own) => covers(split(own), split(each))))
  return path === undefined ? undefined : `the path ${path}`
}

/** Nothing that would say nothing. */
export function boundsOf({ hosts, methods, paths }: Bounds): Bounds {
  return { ...(hosts ? { hosts } : {}), ...(methods ? { methods } : {}), ...(paths ? { paths } : {}) }
}
