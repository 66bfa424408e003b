import { createHmac } from 'node:crypto'
import { hashToken, looksLikeToken, type TokenKind } from '../crypto/token.ts'
import { Secret } from '../secret.ts'

/** What somebody presents, turned into what may be looked up: the hash of a token or of a code. */

export const SESSION_COOKIE = '__Host-cardea_session'

/** The hash of a token of this kind; undefined for anything else, which then costs no query. */
export function tokenHash(kind: TokenKind, token: Secret): string | undefined {
  const text = token.reveal()
  return looksLikeToken(kind, text) ? hashToken(text) : undefined
}

/** Our own session cookie among all that a browser sends; those of other programs on this host go no further. */
export function findSessionCookie(header: Secret): Secret | undefined {
  for (const pair of header.reveal().split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === SESSION_COOKIE && value !== undefined) return Secret.of(value)
  }
  return undefined
}

/**
 * The hash of a code that a person types. It has so few possible values that a plain hash could be searched through in
 * a minute by whoever reads the database: this one takes a key as well.
 */
export function userCodeHash(key: Secret, code: Secret): string {
  const letters = code.reveal().toUpperCase().replaceAll(/[\s-]/g, '')
  return createHmac('sha256', key.revealBytes()).update(`device user code\0${letters}`).digest('hex')
}

/** An address that carries a token behind the number sign, where it is sent to no server and stands in no proxy's log. */
export function linkWith(address: string, token: Secret): Secret {
  return Secret.of(`${address}#token=${token.reveal()}`)
}
