import { Problem } from '../errors.ts'

/** Deeper than any honest client encodes. */
const DEPTH = 5

/**
 * A caller's path, refused where two readers could see two different ones. Services, proxies before them and parsers in between decode
 * once or twice, take a backslash for a slash, cut at a NUL or a semicolon: whatever any of them could turn into another path is out.
 */
export function checkedPath(path: string): string {
  if (path === '') return ''
  if (path.length > 16_384) refuse('it is too long')
  if (!path.startsWith('/')) refuse('it does not begin with a slash')
  if (/^\/[/\\]/.test(path) || /^\/%(25)*(2f|5c)/i.test(path)) refuse('it begins like a host')
  if (!/^[\x21-\x7e]+$/.test(path)) refuse('it has a character that a path cannot carry')
  if (/[?#]/.test(path)) refuse('it has a query or a fragment')
  if (/%(?![0-9a-f]{2})/i.test(path)) refuse('it has a malformed escape')
  let read = path
  for (let depth = 0; depth <= DEPTH; depth++) {
    refuseDoubtful(read)
    const next = decodedOnce(read)
    if (next === read) return escaped(path)
    read = next
  }
  return refuse('it is encoded too often')
}

/** As written, a path may hold characters that must be escaped on the wire. */
function escaped(path: string): string {
  return path.replaceAll(/["<>^`{|}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function refuseDoubtful(path: string): void {
  if (path.includes('\\')) refuse('it has a backslash')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) refuse('it has a control character')
  for (const segment of path.split('/')) {
    const name = segment.split(/[;?#]/, 1)[0]!.trim()
    if (name === '.' || name === '..') refuse('it has a dot segment')
  }
}

function decodedOnce(path: string): string {
  // Overlong UTF-8 (%c0%ae) is malformed too.
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    // A lone percent sign that came out of an escape is a character like any other.
    return path.includes('%') && !/%[0-9a-f]{2}/i.test(path) ? path : refuse('it has a malformed escape')
  }
}

export function checkedQuery(query: string): string {
  if (query.length > 16_384) refuse('its query is too long')
  if (!/^[\x21-\x7e]*$/.test(query) || query.includes('#')) refuse('its query has a character that it cannot carry')
  return query.replaceAll(/["'<>]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The part of a path below the path of a base address; undefined if it is not below. */
export function trimmedOfBase(basePath: string, path: string): string | undefined {
  const base = basePath.replace(/\/+$/, '')
  if (base === '') return path
  return path === base || path.startsWith(`${base}/`) ? path.slice(base.length) : undefined
}

function refuse(why: string): never {
  throw new Problem('service.path_refused', { why })
}
