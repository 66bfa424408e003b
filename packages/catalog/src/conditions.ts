/** Conditions on answers, decided: what `Condition` says in words, and nothing that an answer can turn into code. */
import type { Condition } from './answers.ts'
import type { Path, Scalar } from './types.ts'

/** An answer as conditions see it. Header names in lower case; `json` is undefined where the body is none. */
export interface ReadAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly json?: unknown
}

/** The value at a path; own members only, so that `constructor` and `__proto__` lead nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  if (path === '') return value
  let here = value
  for (const step of path.split('.')) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined
    here = (here as Record<string, unknown>)[step]
  }
  return here
}

/** A condition without any part holds never: it would hold for everything. */
export function holds(condition: Condition, answer: ReadAnswer): boolean {
  const { status, path, header, is, not, exists, contains } = condition
  if (status === undefined && path === undefined && header === undefined && contains === undefined) return false
  if (status !== undefined && ![status].flat().includes(answer.status)) return false
  if (path === undefined && header === undefined) return contains === undefined || answer.body.includes(contains)
  return [
    ...(path === undefined ? [] : [{ value: valueAt(answer.json, path), same: sameValue }]),
    ...(header === undefined ? [] : [{ value: headerOf(answer, header), same: sameText }]),
  ].every(({ value, same }) => {
    const there = value !== undefined && value !== null
    // Saying nothing beside a path means: it is there.
    const bare = is === undefined && not === undefined && exists === undefined && contains === undefined
    if (bare && !there) return false
    if (exists !== undefined && exists !== there) return false
    if (is !== undefined && !listOf(is).some((expected) => same(value, expected))) return false
    // What is not there is not "something else".
    if (not !== undefined && (value === undefined || listOf(not).some((refused) => same(value, refused)))) return false
    return contains === undefined || textOf(value).includes(contains)
  })
}

export function headerOf(answer: ReadAnswer, name: string): string | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(answer.headers, key) ? answer.headers[key] : undefined
}

function listOf(value: Scalar | readonly Scalar[]): readonly Scalar[] {
  return (Array.isArray(value) ? value : [value]) as readonly Scalar[]
}

function sameValue(value: unknown, expected: Scalar): boolean {
  return value === expected
}

function sameText(value: unknown, expected: Scalar): boolean {
  return value === String(expected)
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
