import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** What people type in: brought to one form, or refused with the name of the field. */

const EMAIL = /^[^\s@\p{C}"<>(),:;[\]\\]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u
// Control characters, half surrogates, and marks that turn the direction of text around: a name could pose as another.
const UNFIT = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u

export function findEmail(text: string): string | undefined {
  const email = text.normalize('NFC').trim().toLowerCase().normalize('NFC')
  return email.length <= 254 && EMAIL.test(email) ? email : undefined
}

export function readEmail(text: string): string {
  const email = findEmail(text)
  if (!email) throw invalid('email', 'must be an e-mail address')
  return email
}

export function readName(text: string, field = 'name', limit = 200): string {
  const name = text.normalize('NFC').trim()
  const length = [...name].length
  if (length === 0 || length > limit || UNFIT.test(name)) {
    throw invalid(field, `must be 1 to ${limit} characters, without control characters`)
  }
  return name
}

/** The password as text; `tooWeak` says whether it may become one. */
export function readPassword(password: Secret): { text: string; tooWeak: boolean } {
  const text = password.reveal()
  const length = [...text.normalize('NFKC')].length
  return { text, tooWeak: length < 12 || length > 256 }
}

export function newPassword(password: Secret): string {
  const { text, tooWeak } = readPassword(password)
  if (tooWeak) throw new Problem('password.too_weak')
  return text
}

/** Whether a text can be one of our ids: PostgreSQL refuses some texts (NUL) that a path may hold. */
export function isId(text: string): boolean {
  return /^[a-z]{1,8}_[0-9a-z]{10,64}$/.test(text)
}

/** What a client says of itself, made fit to be shown. */
export function readClient(text: string | undefined, limit = 300): string {
  const shown = (text ?? '').replace(/[\p{C}\u2028\u2029]/gu, ' ').trim()
  return [...shown].slice(0, limit).join('')
}

export function invalid(path: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path, message }] })
}
