import type { Departure } from '../../connections/connections.ts'
import { Secret } from '../../secret.ts'

/** What a browser is given to carry: its own name here, and the completion code for the product. */
export const BROWSER_COOKIE = '__Host-cardea_connect'

/** Lax: whoever comes back from another site by a link is the same browser; a form of another site is not. */
export function browserCookie(browser: Secret): Secret {
  return cookieNamed(BROWSER_COOKIE, browser, 86_400)
}

export function cookieNamed(name: `__Host-${string}`, browser: Secret, seconds: number): Secret {
  return Secret.of(`${name}=${browser.reveal()}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`)
}

/** The hosted page, at the step that a consent has come to. */
export function stepAddress(link: Secret, flowId: string): string {
  return `/connect/${link.reveal()}?flow=${encodeURIComponent(flowId)}`
}

export interface Message {
  type: 'cardea.connect'
  session: string
  outcome: string
  state?: string
  code?: string
}

export function messageOf({ says: { session, outcome, state, code } }: Departure): Message {
  return {
    type: 'cardea.connect',
    session,
    outcome,
    ...(state === null ? {} : { state }),
    ...(code ? { code: code.reveal() } : {}),
  }
}

/** The registered address, which nothing in a request can change, and what the product is told. */
export function addressOf(departure: Departure & { to: object }): string {
  const url = new URL(departure.to.address)
  for (const [name, value] of Object.entries(messageOf(departure)))
    if (name !== 'type') url.searchParams.set(name, value)
  return url.href
}
