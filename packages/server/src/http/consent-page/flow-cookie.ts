import type { FlowVisitor } from '../../connections/connections.ts'
import { Secret } from '../../secret.ts'
import { BROWSER_COOKIE, cookieNamed } from '../connect-page/handover.ts'
import type { Exchange } from '../route.ts'

/**
 * By what a browser is known that was sent away: one cookie for each consent, so that several tabs at once do not take each other's place.
 * Lax: it comes along when the service sends the browser back, and not with a form of another site. Those that the browser can forget are
 * taken from it then, since servers take so many kilobytes of headers and no more.
 */
export async function flowCookies(
  { rooms, cookiesNamed }: Pick<Exchange, 'rooms' | 'cookiesNamed'>,
  flow: { id: string; workspaceId: string },
  browser: Secret,
): Promise<Secret[]> {
  const ids = cookiesNamed(PREFIX).filter((id) => id.startsWith('flow_') && id !== flow.id)
  const of = { workspaceId: flow.workspaceId, ids, most: MOST - 1 }
  const outlived = await rooms.connections.authorize.outlived(of)
  return [
    cookieNamed(nameOf(flow.id), browser, OPEN_SECONDS),
    ...outlived.map((id) => cookieNamed(nameOf(id), Secret.of(''), 0)),
  ]
}

/** Of one that is over: gone soon, but what came of it can be looked at once more. Cookies that pile up make requests too large. */
export function endedCookie(flowId: string, { cookie }: Pick<Exchange, 'cookie'>): Secret[] {
  const browser = cookie(nameOf(flowId))
  return browser ? [cookieNamed(nameOf(flowId), browser, ENDED_SECONDS)] : []
}

const PREFIX = '__Host-cardea_'
/** Tabs that somebody has open at once. */
const MOST = 8
/** As long as a flow can live: to leave, and to answer what is asked. */
const OPEN_SECONDS = 20 * 60
const ENDED_SECONDS = 2 * 60

export function cookieOf({ cookie }: Pick<Exchange, 'cookie'>): FlowVisitor['cookieOf'] {
  return ({ id, session_id }) => cookie(session_id === null ? nameOf(id) : BROWSER_COOKIE)
}

function nameOf(flowId: string): `__Host-${string}` {
  return `${PREFIX}${flowId}`
}
