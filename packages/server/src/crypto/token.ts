import { hash, randomBytes } from 'node:crypto'
import { Secret } from '../secret.ts'

/**
 * Tokens that Cardea hands out: 256 random bits after a prefix by which people, logs and secret scanners recognise
 * them. Only their hash is ever stored; with that much randomness a plain SHA-256 cannot be guessed back.
 */
export type TokenKind =
  | 'key'
  | 'cli'
  | 'invite'
  | 'setup'
  | 'device'
  | 'connect'
  | 'browser'
  | 'done'
  | 'go'
  | 'starter'
  | 'broker'

export interface MintedToken {
  token: Secret
  hash: string
  /** Enough to recognise the token in a list, too little to use or guess it. */
  hint: string
}

export function mintToken(kind: TokenKind): MintedToken {
  const text = `cardea_${kind}_${randomBytes(32).toString('base64url')}`
  return { token: Secret.of(text), hash: hashToken(text), hint: text.slice(0, `cardea_${kind}_`.length + 4) }
}

export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/** Whether a text has the form of a token of this kind; what does not is refused before it costs a query. */
export function looksLikeToken(kind: TokenKind, text: string): boolean {
  const prefix = `cardea_${kind}_`
  return text.length === prefix.length + 43 && text.startsWith(prefix)
}
