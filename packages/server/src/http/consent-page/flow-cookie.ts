import type { FlowVisitor } from '../../connections/connections.ts'
import type { Secret } from '../../secret.ts'
import { BROWSER_COOKIE, cookieNamed } from '../connect-page/handover.ts'
import type { Exchange } from '../route.ts'

/**
 * By what a browser is known that was sent away: one cookie for each consent, so that several tabs at once do not take each other's place.
 * Lax: it comes along when the service sends the browser back, and not with a form of another site.
 */
export function flowCookie(flowId: string, browser: Secret): Secret {
  return cookieNamed(nameOf(flowId), browser, OPEN_SECONDS)
}

/** Of one that is over: gone soon, but what came of it can be looked at once more. Cookies that pile up make requests too large. */
export function endedCookie(flowId: string, { cookie }: Pick<Exchange, 'cookie'>): Secret[] {
  const browser = cookie(nameOf(flowId))
  return browser ? [cookieNamed(nameOf(flowId), browser, ENDED_SECONDS)] : []
}

/** As long as a flow can live: to leave, and to answer what is asked. */
const OPEN_SECONDS = 20 * 60
const ENDED_SECONDS = 2 * 60

export function cookieOf({ cookie }: Pick<Exchange, 'cookie'>): FlowVisitor['cookieOf'] {
  return ({ id, session_id }) => cookie(session_id === null ? nameOf(id) : BROWSER_COOKIE)
}

function nameOf(flowId: string): `__Host-${string}` {
  return `__Host-cardea_${flowId}`
}
