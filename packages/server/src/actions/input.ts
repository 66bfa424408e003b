import type { Action, Input, Json } from '@cardea/catalog'
import { Problem } from '../errors.ts'

/** What a caller gave, held against what the action asks for: every name known, every value of its kind, nothing too large. */
export type Given = Readonly<Record<string, Json | undefined>>

/** Of a text, in characters; the whole request is limited besides. */
export const LONGEST_TEXT = 200_000
export const LONGEST_ADDRESS = 2048
export const MOST_ENTRIES = 1000
const MOST_ISSUES = 20

// Characters that end an address in a header or a command are in no address.
export const EMAIL =
  '^[^\\s@<>(),;:\\\\"\\[\\]\\u0000-\\u001f\\u007f]{1,64}@[^\\s@<>(),;:\\\\"\\[\\]\\u0000-\\u001f\\u007f]{1,253}$'
export const DATE = '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$'
export const TIME =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)?$'

const email = new RegExp(EMAIL, 'u')
const date = new RegExp(DATE)
const time = new RegExp(TIME)

export function checkedInput(action: Action, given: Readonly<Record<string, unknown>>): Given {
  const issues: { path: string; message: string }[] = []
  const wrong = (name: string, message: string) => issues.push({ path: `input.${name}`.slice(0, 200), message })
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(action.input, name)) wrong(name, 'is nothing that this action asks for')
    if (issues.length >= MOST_ISSUES) break
  }
  const input: Record<string, Json | undefined> = Object.create(null)
  for (const [name, asked] of Object.entries(action.input)) {
    // What software leaves open it often writes as null.
    const value = Object.hasOwn(given, name) ? (given[name] ?? undefined) : undefined
    if (value === undefined) {
      if (asked.default !== undefined) input[name] = asked.default
      else if (!asked.optional) wrong(name, 'is missing')
      continue
    }
    const fault = faultOf(asked, value)
    if (fault) wrong(name, fault)
    else input[name] = value as Json
  }
  if (issues.length > 0) throw new Problem('request.invalid', { issues: issues.slice(0, MOST_ISSUES) })
  return input
}

export function invalidInput(name: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path: `input.${name}`, message }] })
}

function faultOf(asked: Input, value: unknown): string | undefined {
  if (!asked.many) return faultOfOne(asked, value)
  if (!Array.isArray(value)) return 'must be a list'
  if (value.length === 0 && !asked.optional) return 'is empty'
  if (value.length > MOST_ENTRIES) return `has more than ${MOST_ENTRIES} entries`
  for (const [at, each] of value.entries()) {
    const fault = faultOfOne(asked, each)
    if (fault) return `${at}: ${fault}`
  }
  return undefined
}

function faultOfOne({ is, options, optional, default: usual }: Input, value: unknown): string | undefined {
  switch (is) {
    case 'json':
      return undefined
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a number'
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number'
  }
  if (typeof value !== 'string') return 'must be text'
  if (value.length > LONGEST_TEXT) return `is longer than ${LONGEST_TEXT} characters`
  if (value.includes('\0') || !value.isWellFormed()) return 'holds a NUL or half a surrogate pair'
  if (options && !options.includes(value)) return `is none of ${options.join(', ')}`
  switch (is) {
    case 'email':
      return email.test(value) ? undefined : 'is no address'
    case 'date':
      return isDay(value) ? undefined : 'is no day, such as 2027-03-01'
    case 'time':
      return time.test(value) && isDay(value.slice(0, 10)) ? undefined : 'is no instant, such as 2027-03-01T09:00:00Z'
    case 'url':
      return isAddress(value) ? undefined : 'is no http address'
    default:
      return value === '' && !optional && usual !== '' ? 'is empty' : undefined
  }
}

function isDay(text: string): boolean {
  if (!date.test(text)) return false
  const parsed = new Date(`${text}T00:00:00Z`)
  // The 30th of February would be taken for the 2nd of March.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)
}

function isAddress(text: string): boolean {
  const url = text.length <= LONGEST_ADDRESS ? URL.parse(text) : null
  return url !== null && /^https?:\/\/\S+$/.test(text) && !url.username && !url.password
}
