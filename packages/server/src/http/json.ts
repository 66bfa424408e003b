import { Problem } from '../errors.ts'

/**
 * JSON as strictly as it is meant: one meaning a text. What two readers could understand differently (a name given
 * twice), what poisons objects (`__proto__`), what exhausts the reader (deep nesting) and what PostgreSQL cannot keep
 * (NUL, half a surrogate pair) is refused before anything looks at it.
 */
const MAX_DEPTH = 32
const POISONOUS = new Set(['__proto__', 'constructor', 'prototype'])

export function parseJson(text: string): unknown {
  refuseAmbiguous(text)
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words quote the body, which may hold a password.
    throw new Problem('request.not_json')
  }
}

/** Bytes as text, or a refusal: a decoder that replaces what it cannot read would change a password. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('request.not_json')
  }
}

/** Whether PostgreSQL and SQLite keep a text exactly as it is. */
export function isKeepable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** One pass over the tokens. It need not know the grammar: what is not JSON at all, JSON.parse refuses afterwards. */
function refuseAmbiguous(text: string): void {
  const open: (Set<string> | null)[] = []
  let at = 0
  let expectsName = false
  while (at < text.length) {
    const character = text[at]!
    if (character === '"') {
      const end = endOfString(text, at)
      const raw = text.slice(at, end)
      if (raw.includes('\\')) refuseUnkeepable(raw)
      const names = open.at(-1)
      if (expectsName && names) {
        const name = readString(raw)
        if (POISONOUS.has(name) || names.has(name)) throw invalidName(name)
        names.add(name)
        expectsName = false
      }
      at = end
      continue
    }
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null)
      if (open.length > MAX_DEPTH)
        throw new Problem('request.invalid', { issues: [{ path: '', message: 'nested too deeply' }] })
      expectsName = character === '{'
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ',') {
      expectsName = open.at(-1) != null
    }
    at++
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function readString(raw: string): string {
  try {
    return JSON.parse(raw)
  } catch {
    throw new Problem('request.not_json')
  }
}

function refuseUnkeepable(raw: string): void {
  if (isKeepable(readString(raw))) return
  throw new Problem('request.invalid', { issues: [{ path: '', message: 'text holds a NUL or half a surrogate pair' }] })
}

function invalidName(name: string): Problem {
  const message = POISONOUS.has(name) ? 'this name is not allowed' : 'this name is given twice'
  return new Problem('request.invalid', { issues: [{ path: name.slice(0, 100), message }] })
}
