import { randomBytes } from 'node:crypto'
import { type Field, type Method, type Service, type Setting, settingsOf, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { Secret } from '../secret.ts'
import {
  faultOfField,
  faultOfTyped,
  isPlainLine,
  LONGEST_LINE,
  LONGEST_TEXT,
  tidied,
  trimmed,
} from '../services/services.ts'

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
    const fault = faultOfTyped(setting, value)
    if (fault) file(fault)
    else read[name] = value
  }
  return read
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
    const value = typed.length > LONGEST_TEXT ? typed : unwrapped(trimmed(typed), field, bound)
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
  if (label === '' || [...label].length > limit || !isPlainLine(label)) {
    throw new Problem('request.invalid', {
      issues: [{ path: `body.${field}`, message: `must be 1 to ${limit} characters that can be seen` }],
    })
  }
  return label
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
