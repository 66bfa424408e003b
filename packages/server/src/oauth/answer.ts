import { type Callback, holds, type TokenAnswer, valueAt } from '@cardea/catalog'
import type { Answer } from '../net/message.ts'
import { Secret } from '../secret.ts'
import { claimsOf } from './jwt.ts'

/** `unknown`: nobody said; it lives until a call is refused. */
export type Life = { expiresAt: number } | 'never' | 'unknown'

/** What a token endpoint gave. `told` is its answer without the tokens: for values to be learned, and to see whose it is. */
export interface Obtained {
  secrets: Record<string, Secret>
  life: Life
  /** When the refresh token ends, where the service says so. */
  refreshExpiresAt?: number
  scopes?: string[]
  told: unknown
  claims?: Record<string, unknown>
}

type Words = TokenAnswer

const SECOND = 1000
/** Beyond this a length of life is no length of life. */
const CENTURY = 100 * 365 * 24 * 60 * 60

/** JSON where it is JSON, a form where it is one; anything else is undefined. */
export function parsedBody({ body, headers }: Answer): unknown {
  const text = body.trim()
  if (/^[[{]/.test(text)) {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
  const type = headers['content-type'] ?? ''
  const isForm =
    type.includes('x-www-form-urlencoded') || (type.startsWith('text/plain') && /^[\w.-]+=[^\s<]*$/.test(text))
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : undefined
}

/** Whether an answer is a failure, whatever its status says. */
export function isFailure(answer: Answer, body: unknown, words: Words): boolean {
  if (answer.status < 200 || answer.status > 299) return true
  const { failure } = words
  if (failure && holds(failure, { ...answer, ...(body === undefined ? {} : { json: body }) })) return true
  // A definition that speaks about the member itself knows what it means there.
  if (failure?.path === 'error' || failure?.path?.startsWith('error.')) return false
  const error = valueAt(body, 'error')
  return error !== undefined && error !== null && error !== '' && error !== false
}

/** Undefined when there is no access token in it. */
export function readTokens(body: unknown, words: Words, now: number): Obtained | undefined {
  const holder = (words.within ?? [''])
    .map((path) => valueAt(body, path))
    .find((inside) => member(inside, words, 'accessToken', 'access_token') !== undefined)
  const accessToken = text(member(holder, words, 'accessToken', 'access_token'))
  if (accessToken === undefined) return undefined
  const refreshToken = text(member(holder, words, 'refreshToken', 'refresh_token'))
  const idToken = text(member(holder, words, 'idToken', 'id_token'))
  const granted = scopesOf(member(holder, words, 'scope', 'scope'), words.separator)
  const refreshExpiresAt = refreshEnd(holder, words, now)
  const claims = idToken === undefined ? undefined : claimsOf(idToken)
  const tokens = { accessToken, refreshToken, idToken }
  return {
    secrets: Object.fromEntries(
      Object.entries(tokens).flatMap(([name, value]) => (value === undefined ? [] : [[name, Secret.of(value)]])),
    ),
    life: lifeOf(holder, words, now),
    told: withoutTokens(
      body,
      Object.values(tokens).filter((value) => value !== undefined),
    ),
    ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
    ...(granted === undefined ? {} : { scopes: granted }),
    ...(claims === undefined ? {} : { claims }),
  }
}

export function lifeOf(holder: unknown, words: Words, now: number): Life {
  const at = words.at?.expiresAt === undefined ? undefined : instantOf(valueAt(holder, words.at.expiresAt))
  if (at !== undefined) return { expiresAt: at }
  const seconds = numberOf(valueAt(holder, words.at?.expiresIn ?? 'expires_in'))
  if (seconds === 0 && words.zero === 'never') return 'never'
  if (seconds !== undefined && seconds > 0) {
    return seconds > CENTURY ? 'never' : { expiresAt: now + Math.floor(seconds) * SECOND }
  }
  if (typeof words.lifetime === 'number') return { expiresAt: now + words.lifetime * SECOND }
  return words.lifetime ?? 'unknown'
}

function refreshEnd(holder: unknown, words: Words, now: number): number | undefined {
  const at =
    words.at?.refreshExpiresAt === undefined ? undefined : instantOf(valueAt(holder, words.at.refreshExpiresAt))
  if (at !== undefined) return at
  const seconds = numberOf(valueAt(holder, words.at?.refreshExpiresIn ?? 'refresh_token_expires_in'))
  return seconds !== undefined && seconds > 0 && seconds <= CENTURY ? now + Math.floor(seconds) * SECOND : undefined
}

/** ISO date, epoch seconds or epoch milliseconds, told apart by their form. A date without a zone is taken as UTC. */
export function instantOf(value: unknown): number | undefined {
  const number = numberOf(value)
  if (number !== undefined) {
    if (number >= 1e12 && number < 1e14) return Math.floor(number)
    return number >= 1e9 && number < 1e11 ? Math.floor(number * SECOND) : undefined
  }
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(value) || value.length > 40)
    return undefined
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value}Z`
  const at = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(at) ? undefined : at
}

/** One scope under several spellings of a list; null and absent say nothing. */
export function scopesOf(value: unknown, separator?: ' ' | ','): string[] | undefined {
  if (value === undefined || value === null) return undefined
  const list = Array.isArray(value)
    ? value
    : String(typeof value === 'object' ? '' : value).split(separator ?? /[\s,]+/)
  return list.flatMap((scope) => (typeof scope === 'string' && scope.trim() !== '' ? [scope.trim()] : []))
}

/** Where the scopes came back on the way instead. */
export function scopesFromCallback(
  callback: Callback | undefined,
  query: Readonly<Record<string, string>>,
  words: Words,
): string[] | undefined {
  return callback?.scope === undefined ? undefined : scopesOf(query[callback.scope], words.separator)
}

function member(holder: unknown, words: Words, name: keyof NonNullable<Words['at']>, usual: string): unknown {
  if (holder === null || typeof holder !== 'object') return undefined
  return valueAt(holder, words.at?.[name] ?? usual) ?? undefined
}

/** A token is text that a header can carry; anything else was no token. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 100_000 && /^[\x20-\x7e]+$/.test(value)
    ? value
    : undefined
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

const SECRET_MEMBER = /token|secret|password|api_?key|^key$/i
const DEPTH = 12

/** Takes tokens out wherever they stand, and whatever else calls itself one. */
export function withoutTokens(value: unknown, tokens: readonly string[], depth = 0): unknown {
  if (typeof value === 'string') return tokens.some((token) => value.includes(token)) ? '' : value
  if (value === null || typeof value !== 'object') return value
  if (depth > DEPTH) return null
  if (Array.isArray(value)) return value.map((inner) => withoutTokens(inner, tokens, depth + 1))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !(SECRET_MEMBER.test(name) && typeof inner === 'string'))
      .map(([name, inner]) => [name, withoutTokens(inner, tokens, depth + 1)]),
  )
}
