import { type Field, faultOfSetting, type Setting } from '@cardea/catalog'

/** What a person typed or pasted for a setting or a secret, brought to one form; or why it will not do, without its value. */
export const LONGEST_LINE = 16 * 1024
export const LONGEST_TEXT = 64 * 1024
// biome-ignore lint/suspicious/noControlCharactersInRegex: what starts a second header, or turns text around, is what is refused
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above; these may have line breaks
const UNFIT_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/
/** What a copied text drags along. */
const DRAGGED = /^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g

const UNPRINTABLE = 'has a line break or a character that cannot be seen'

export function trimmed(typed: string): string {
  return typed.replaceAll(DRAGGED, '')
}

/** One line that people can read as it stands. */
export function isPlainLine(text: string): boolean {
  return !UNFIT.test(text) && text.isWellFormed()
}

/** Without what people paste around the part that is asked for: the scheme, the suffix, the slash. */
export function tidied(setting: Setting, typed: string): string {
  const value = trimmed(typed)
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

export function faultOfTyped(setting: Setting, value: string): string | undefined {
  return isPlainLine(value) ? faultOfSetting(setting, value) : UNPRINTABLE
}

export function faultOfField(field: Field, value: string): string | undefined {
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
