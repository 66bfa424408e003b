import { randomBytes } from 'node:crypto'
import {
  type Field,
  faultOfSetting,
  type Method,
  type Service,
  type Setting,
  settingsOf,
  type Values,
} from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { Secret } from '../secret.ts'

/**
 * What a person typed into the form of a method: brought to one form, or refused with the name of each field that is wrong. Nothing is
 * stored before. What is said about a field never holds its value.
 */
export interface Entered {
  settings: Record<string, string>
  secrets: Record<string, Secret>
}

export interface Given {
  settings?: Readonly<Record<string, string>> | undefined
  credential?: Readonly<Record<string, string>> | undefined
}

interface Issue {
  path: string
  message: string
}

const LONGEST_LINE = 16 * 1024
const LONGEST_TEXT = 64 * 1024
// biome-ignore lint/suspicious/noControlCharactersInRegex: what starts a second header, or turns text around, is what is refused
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above; these may have line breaks
const UNFIT_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/
/** What a copied text drags along. */
const DRAGGED = /^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g

/** `made`: settings that Cardea made for this connection before, and keeps. */
export function readEntered(service: Service, method: Method, given: Given, made: Values = {}): Entered {
  const issues: Issue[] = []
  const settings = readSettings(settingsOf(service, method), method, given.settings ?? {}, made, issues)
  const secrets = readFields(method, given.credential ?? {}, issues)
  if (issues.length > 0) throw new Problem('request.invalid', { issues: issues.slice(0, 20) })
  return { settings, secrets }
}

function readSettings(
  known: Readonly<Record<string, Setting>>,
  method: Method,
  given: Readonly<Record<string, string>>,
  made: Values,
  issues: Issue[],
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name))
      issues.push({ path: at('settings', name), message: 'is no setting of this method' })
  }
  for (const [name, setting] of Object.entries(known)) {
    const file = (message: string) => issues.push({ path: at('settings', name), message })
    const typed = Object.hasOwn(given, name) ? given[name]! : ''
    if (setting.kind === 'generated') {
      const own = Object.hasOwn(made, name) ? made[name] : undefined
      // Chosen by somebody else, it would be no proof that it is us who ask.
      if (typed !== '' && typed !== own) file('is made by Cardea and cannot be chosen')
      else read[name] = own ?? randomBytes(24).toString('base64url')
      continue
    }
    if (typed.length > LONGEST_LINE) {
      file('is too long')
      continue
    }
    const value = tidied(setting, typed)
    if (value === '') {
      const hasDefault = 'default' in setting && setting.default !== undefined
      const isLearned = Object.hasOwn(method.learn ?? {}, name)
      if (!setting.optional && !hasDefault && !isLearned) file('is missing')
      continue
    }
    const fault = UNFIT.test(value) || !value.isWellFormed() ? UNPRINTABLE : faultOfSetting(setting, value)
    if (fault) file(fault)
    else read[name] = value
  }
  return read
}

/** What people paste around the part that is asked for: the scheme, the suffix, the slash. */
function tidied(setting: Setting, typed: string): string {
  const value = typed.replaceAll(DRAGGED, '')
  if (setting.kind === 'host')
    return value
      .replace(/^https?:\/\//i, '')
      .replace(/\/+$/, '')
      .toLowerCase()
  if (setting.kind === 'url') return value.replace(/\/+$/, '')
  if (setting.kind !== 'text' || !setting.suffix) return value
  const bare = value.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '')
  const cut = bare.toLowerCase().endsWith(setting.suffix.toLowerCase())
  return cut ? bare.slice(0, -setting.suffix.length) : value
}

function readFields(method: Method, given: Readonly<Record<string, string>>, issues: Issue[]): Record<string, Secret> {
  const read: Record<string, Secret> = {}
  const known = method.fields ?? {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name))
      issues.push({ path: at('credential', name), message: 'is no field of this method' })
  }
  for (const [name, field] of Object.entries(known)) {
    const typed = Object.hasOwn(given, name) ? given[name]! : ''
    const file = (message: string) => issues.push({ path: at('credential', name), message })
    const bound = isInHeader(method, name)
    const value = typed.length > LONGEST_TEXT ? typed : unwrapped(typed.replaceAll(DRAGGED, ''), field, bound)
    if (value === '') {
      if (!field.optional) file('is missing')
      continue
    }
    const fault = faultOfField(field, value) ?? (bound ? faultInHeader(value) : undefined)
    if (fault) file(fault)
    else read[name] = Secret.of(value)
  }
  return read
}

/** A label that somebody gives a connection. */
export function readLabel(text: string, field: string, limit = 100): string {
  const label = text.normalize('NFC').trim()
  if (label === '' || [...label].length > limit || UNFIT.test(label) || !label.isWellFormed()) {
    throw new Problem('request.invalid', {
      issues: [{ path: `body.${field}`, message: `must be 1 to ${limit} characters that can be seen` }],
    })
  }
  return label
}

const UNPRINTABLE = 'has a line break or a character that cannot be seen'

function faultOfField(field: Field, value: string): string | undefined {
  const shape = field.shape ?? 'line'
  if (value.length > (shape === 'line' ? LONGEST_LINE : LONGEST_TEXT)) return 'is too long'
  if (!value.isWellFormed()) return UNPRINTABLE
  if ((shape === 'line' ? UNFIT : UNFIT_IN_LINES).test(value)) return UNPRINTABLE
  if (shape === 'json' && !isJsonObject(value)) return 'is not the JSON file that the service gave'
  if (shape === 'pem' && !/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]+-----END [A-Z0-9 ]{1,40}-----/.test(value)) {
    return 'is not a private key with its first and last line'
  }
  if (field.pattern && !new RegExp(field.pattern, 'u').test(value)) return 'does not have the expected form'
  return undefined
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function isInHeader({ send }: Method, name: string): boolean {
  const templates = [send.headers, send.cookies, send.sign].flatMap((block) => Object.values(block ?? {}))
  return templates.some((template) => typeof template === 'string' && template.includes(`{${name}}`))
}

/** A long token that was pasted with the line breaks of a terminal. */
function unwrapped(value: string, { shape }: Field, bound: boolean): string {
  return shape === 'lines' && bound ? value.replaceAll(/\s*[\r\n]+\s*/g, '') : value
}

function faultInHeader(value: string): string | undefined {
  return /^[\x20-\x7e\xa0-\xff]*$/.test(value) ? undefined : 'has a character that a header cannot carry'
}

function at(block: 'settings' | 'credential', name: string): string {
  return `body.${block}.${name.slice(0, 100)}`
}
