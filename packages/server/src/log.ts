import { inspect } from 'node:util'
import type { Clock } from './clock.ts'
import { Secret } from './secret.ts'

/**
 * Structured logs: one JSON object a line, or aligned text on a terminal. Redaction happens here and not at the call:
 * a secret handed to the logger by mistake, inside an error, a header or a URL, is still not written.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Record<string, unknown>
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  with(fields: LogFields): Logger
}

const LEVELS: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 }
const SECRET_NAME = /(authorization|cookie|secret|token|password|passphrase|api[-_]?key|credential|private[-_]?key)$/i
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/cardea_[a-z]+_[\w-]{20,}/g, 'cardea_[redacted]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/([?&](?:[\w-]*(?:token|secret|password|key|code|state))=)[^&\s"']+/gi, '$1[redacted]'],
  [/(\w+:\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1[redacted]@'],
]
const MAX_TEXT = 4096
const MAX_DEPTH = 6

// Without a blank, a question mark, an ampersand and an at sign nothing but the first of the above can be found.
const PLAIN_TEXT = /^[\w.:/~%+,*-]*$/

/** Text in which there is nothing to remove, as nearly all ids, hosts and paths are: told sooner than it is looked for. */
export function isPlainText(text: string): boolean {
  return PLAIN_TEXT.test(text) && !text.includes('cardea_')
}

/** Text as it may be shown: Cardea's own tokens, authorization values, URL passwords and secret parameters removed. */
export function redactText(text: string): string {
  let clean = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement)
  return clean
}

function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Secret) return '[secret]'
  if (depth >= MAX_DEPTH) return '…'
  if (value instanceof Error) {
    const { name, message, stack, cause, ...rest } = value as Error & Record<string, unknown>
    const lines = stack
      ?.split('\n')
      .slice(1, 12)
      .map((line) => line.trim())
    return redact({ name: value.name, message, ...rest, stack: lines, ...(cause ? { cause } : {}) }, depth + 1)
  }
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1))
  const clean: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    clean[name] = SECRET_NAME.test(name) && item != null && item !== '' ? '[redacted]' : redact(item, depth + 1)
  }
  return clean
}

export interface LoggerOptions {
  level: LogLevel
  format: 'json' | 'text'
  clock: Clock
  write: (line: string) => void
}

export function createLogger(options: LoggerOptions, base: LogFields = {}): Logger {
  const threshold = LEVELS[options.level]
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (LEVELS[level] < threshold) return
    const time = new Date(options.clock.now()).toISOString()
    const clean = redact({ ...base, ...fields }) as LogFields
    options.write(
      options.format === 'json'
        ? `${JSON.stringify({ time, level, message: redactText(message), ...clean })}\n`
        : `${time.slice(11, 23)} ${level.padEnd(5)} ${redactText(message)}${asText(clean)}\n`,
    )
  }
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    with: (fields) => createLogger(options, { ...base, ...fields }),
  }
}

function asText(fields: LogFields): string {
  const parts = Object.entries(fields).map(([name, value]) => {
    const shown =
      typeof value === 'object' && value !== null ? inspect(value, { breakLength: 120, depth: MAX_DEPTH }) : value
    return `${name}=${String(shown)}`
  })
  return parts.length > 0 ? `  ${parts.join(' ')}` : ''
}
