import { createHmac } from 'node:crypto'
import { hashToken, looksLikeToken, type TokenKind } from '../crypto/token.ts'
import type { Secret } from '../secret.ts'

/** What a browser brings to a connect page, turned into what may be looked up or compared. */

/** The hash of a token of this kind; undefined for anything else, which then costs no query. */
export function presentedHash(kind: TokenKind, token: Secret | undefined): string | undefined {
  const text = token?.reveal()
  return text !== undefined && looksLikeToken(kind, text) ? hashToken(text) : undefined
}

/**
 * What a form of ours carries so that no other site can send it: made from the secret of this browser, for this link and for whoever
 * is signed in. A form that was drawn before somebody else signed in does not count.
 */
export function formProof(browser: Secret, sessionId: string, loginId: string): string {
  return derived(browser, 'form', sessionId, loginId)
}

/** A setting that Cardea makes, the same each time the form is drawn. Nobody can choose it: the id of the session is ours. */
export function madeSetting(browser: Secret, sessionId: string, ...of: string[]): string {
  return derived(browser, 'setting', sessionId, ...of)
}

function derived(browser: Secret, ...parts: string[]): string {
  return createHmac('sha256', browser.revealBytes()).update(JSON.stringify(parts)).digest('base64url')
}
