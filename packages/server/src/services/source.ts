import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import { isObject, type Spot } from './shape.ts'

/**
 * A definition as somebody wrote it: plain values, and where each of them stands. What two readers could understand differently
 * (aliases, tags, merge keys, a name given twice), what poisons objects and what exhausts a reader is refused, with its line.
 */
export type Format = 'yaml' | 'json'

export interface Issue {
  /** As in the definition: `auth.oauth.obtain.token`. */
  path: string
  line?: number
  column?: number
  message: string
}

export interface Source {
  value: unknown
  issues: Issue[]
  /** The spot in the text: of the word itself, or of what it says. */
  issueAt(spot: Spot, message: string, of?: 'word' | 'value'): Issue
}

export const MOST_BYTES = 256 * 1024
export const MOST_DEPTH = 40
/** Ten times what the longest of ours has. The parser takes seconds over a hundred thousand brackets. */
const MOST_TOKENS = 15_000
const MOST_ISSUES = 20
const POISONOUS = new Set(['__proto__', 'constructor', 'prototype'])

export function readSource(given: string, format: Format): Source {
  const counter = new LineCounter()
  const issues: Issue[] = []
  const file = (offset: number, message: string, spot: Spot = []) => {
    if (issues.length < MOST_ISSUES) issues.push({ path: pathOf(spot), ...position(counter, offset), message })
  }
  const nothing: Source = { value: undefined, issues, issueAt: (spot, message) => ({ path: pathOf(spot), message }) }
  for (let at = given.indexOf('\n'); at >= 0 && at < MOST_BYTES; at = given.indexOf('\n', at + 1)) {
    counter.addNewLine(at + 1)
  }
  counter.addNewLine(0)
  counter.lineStarts.sort((a, b) => a - b)
  const fault = tooMuch(given) ?? (format === 'json' ? notJson(given) : undefined)
  if (fault) {
    file(fault.offset, fault.message)
    return nothing
  }
  // JSON has no tab within a text; between words YAML would take one for indentation.
  const text = format === 'json' ? given.replaceAll('\t', ' ') : given
  const document = parseDocument(text, {
    schema: 'core',
    merge: false,
    // Looked for below: the library compares each name with each other.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  for (const { pos, message } of [...document.errors, ...document.warnings])
    file(pos[0], `is not ${format}: ${message}`)
  if (issues.length > 0) return nothing
  const value = document.contents === null ? null : plain(document.contents as Node, [], file)
  return {
    value,
    issues,
    issueAt: (spot, message, of = 'value') => {
      return { path: pathOf(spot), ...position(counter, offsetOf(document, spot, of)), message }
    },
  }
}

/** What would keep the parser busy or overflow its stack, before it is asked. */
function tooMuch(text: string): { offset: number; message: string } | undefined {
  if (Buffer.byteLength(text) > MOST_BYTES) return { offset: 0, message: `is larger than ${MOST_BYTES / 1024} KB` }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text)
  if (control) return { offset: control.index, message: 'has a control character' }
  if (!text.isWellFormed()) return { offset: 0, message: 'is not text in UTF-8' }
  let offset = 0
  let open = 0
  let onLine = 0
  let isScalar = false
  let tokens = 0
  for (const token of new Lexer().lex(text)) {
    if (isScalar) isScalar = false
    else if (token === '\u001f') isScalar = true
    else if (token === '[' || token === '{') open++
    else if (token === ']' || token === '}') open--
    else if (open === 0 && /^[-?:]$/.test(token)) onLine++
    else if (token.includes('\n')) onLine = 0
    if (open > MOST_DEPTH || onLine > MOST_DEPTH)
      return { offset, message: `is nested deeper than ${MOST_DEPTH} levels` }
    if (token.trim() !== '' && ++tokens > MOST_TOKENS) return { offset, message: 'has too many parts' }
    if (!MARKS.has(token)) offset += token.length
  }
  return undefined
}
/** The lexer's own marks, which are not in the text. */
const MARKS = new Set(['\u0002', '\u0018', '\u001f'])

function notJson(text: string): { offset: number; message: string } | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const at = /at position (\d+)/.exec((error as Error).message)
    return { offset: at ? Number(at[1]) : text.length, message: 'is not JSON' }
  }
}

type FileIssue = (offset: number, message: string, spot: Spot) => void

function plain(node: Node | null, spot: Spot, file: FileIssue): unknown {
  if (node === null) return null
  const offset = node.range?.[0] ?? 0
  const refuse = (message: string): undefined => {
    file(offset, message, spot)
    return undefined
  }
  if (spot.length > MOST_DEPTH) return refuse(`is nested deeper than ${MOST_DEPTH} levels`)
  if (isAlias(node)) return refuse('is an alias: write it out')
  if (node.tag) return refuse('has a tag: there are none here')
  if ('anchor' in node && node.anchor) return refuse('has an anchor: there are none here')
  if (isSeq(node)) {
    return node.items.map((item, index) =>
      isPair(item) ? refuse('is not a list') : plain(item as Node, [...spot, index], file),
    )
  }
  if (isMap(node)) return plainMap(node.items, spot, file)
  return isScalar(node) ? node.value : refuse('is not a value')
}

function plainMap(items: readonly { key: unknown; value: unknown }[], spot: Spot, file: FileIssue): object {
  const value: Record<string, unknown> = {}
  for (const { key, value: inner } of items) {
    const offset = (key as Node | null)?.range?.[0] ?? 0
    const name = isScalar(key) && !key.tag && !key.anchor ? key.value : undefined
    const fault =
      typeof name !== 'string'
        ? 'is a name that is not plain text: put it in quotes'
        : name === '<<'
          ? 'is a merge key: write it out'
          : POISONOUS.has(name)
            ? 'is a name that is not allowed'
            : Object.hasOwn(value, name)
              ? 'is given twice'
              : undefined
    if (fault) file(offset, fault, [...spot, String(name ?? '?').slice(0, 100)])
    else value[name as string] = plain(inner as Node | null, [...spot, name as string], file)
  }
  return value
}

/** A spot as a rule names it (`auth.oauth.headers.x-a`), in a value whose names may hold dots. */
export function spotOf(where: string, value: unknown): Spot {
  const parts = where.split('.').filter((part) => part !== '')
  const spot: (string | number)[] = []
  let here = value
  for (let at = 0; at < parts.length; ) {
    const end = lengths(parts.length - at).find((length) => has(here, parts.slice(at, at + length).join('.')))
    if (end === undefined) break
    const name = parts.slice(at, at + end).join('.')
    here = (here as Record<string, unknown>)[name]
    spot.push(name)
    at += end
  }
  // What a method does not say itself, the service says for all of them.
  const [block, , word] = parts
  if (block === 'auth' && spot.length === 2 && word && has(value, word)) return spotOf(parts.slice(2).join('.'), value)
  return spot
}

function lengths(most: number): number[] {
  return Array.from({ length: Math.min(most, 12) }, (_, index) => Math.min(most, 12) - index)
}

function has(value: unknown, name: string): boolean {
  return (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, name)
}

/** A block is found at its name, everything else where it stands. */
function offsetOf(document: Document, spot: Spot, of: 'word' | 'value'): number {
  let node: unknown = document.contents
  let offset = 0
  for (const [index, part] of spot.entries()) {
    const isLast = index === spot.length - 1
    if (isMap(node)) {
      const found = node.items.find(({ key }) => isScalar(key) && key.value === part)
      if (!found) return offset
      const own = (found.key as Node).range?.[0] ?? offset
      node = found.value
      const isBlock = isMap(node) || isSeq(node)
      offset = (isLast && of === 'word') || isBlock ? own : ((node as Node | null)?.range?.[0] ?? own)
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = (node as Node | null | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

function position(counter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = counter.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function pathOf(spot: Spot): string {
  return spot.join('.').slice(0, 200)
}
