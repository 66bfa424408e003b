import type { Actor, Caller } from '../../actor.ts'
import { equalBytes } from '../../crypto/equal.ts'
import { hashToken } from '../../crypto/token.ts'
import { isProblem, Problem } from '../../errors.ts'
import { learnFrom, readReturn, stateOf } from '../../oauth/oauth.ts'
import type { Secret } from '../../secret.ts'
import { findFlowByState } from '../../store/oauth-flows.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import { presentedHash } from '../connect-tokens.ts'
import type { House } from '../house.ts'
import type { Complete } from './complete.ts'
import { againstApp, ofExchange } from './failures.ts'
import type { Flows } from './flows.ts'
import type { Owners } from './owners.ts'
import type { Standing, StandingOf } from './parties.ts'
import type { Kept } from './sealed.ts'

/** A browser before a flow: who is signed in there, and what it was given to be known by. */
export interface FlowVisitor {
  caller: Caller
  /** The cookie of this flow, or of the hosted page that it is a step of. */
  cookieOf(flow: Pick<OauthFlowRow, 'id' | 'session_id'>): Secret | undefined
}

export interface Arrived {
  flow: OauthFlowRow
  /** The hosted page to go back to. */
  page: Secret | undefined
  /** What came back stands behind the `#`, where only a page of ours can read it: under this name. */
  behindHash: string | undefined
}

/**
 * What a service sent back with a browser. Refuses before anything in it is used: another browser, another person. A second time nothing in it
 * is used either: whoever loads it again is led to what came of it.
 */
export type Arrive = (query: URLSearchParams, visitor: FlowVisitor) => Promise<Arrived>

export function createArrive(
  house: House,
  parts: { flows: Flows; owners: Owners; standingOf: StandingOf; complete: Complete },
): Arrive {
  const { store, clock, oauth, apps } = house
  const { flows, owners, standingOf, complete } = parts

  async function found(query: URLSearchParams): Promise<OauthFlowRow> {
    const state = stateOf(query)
    const hash = state === undefined ? undefined : hashToken(state)
    const flow = hash && (await store.within({ presentedHash: hash }, (db) => findFlowByState(db, hash)))
    if (!flow) throw new Problem('flow.unknown')
    return flow
  }

  return async (query, visitor) => {
    const flow = await found(query)
    refuseOtherBrowser(flow, visitor)
    const actor = await actorAt(flow, visitor)
    if (!actor || flow.state !== 'open') return again(flow)
    const caller = { ...visitor.caller, actor }
    if (flow.expires_at > clock.now()) {
      const name = await behindHash(flow, query)
      if (name !== undefined) return { flow, page: undefined, behindHash: name }
    }
    const claimed = await claimedNow(flow)
    if (!claimed) return again(await found(query))
    const kept = await flows.open(claimed)
    const arrived = (of: OauthFlowRow): Arrived => ({ flow: of, page: kept.page, behindHash: undefined })
    let of: Standing | undefined
    let got: Awaited<ReturnType<typeof exchanged>>
    try {
      of = await standingOf(claimed, kept)
      got = await exchanged(of, kept, query)
    } catch (error) {
      const against = of?.app && againstApp(error)
      if (against) await apps?.refused(flow.workspace_id, of!.app!.id, against)
      const told = ofExchange(error, of?.app !== undefined)
      const failed = await flows.fail(claimed, told instanceof Problem ? told : new Problem('server.fault'))
      if (!(told instanceof Problem)) throw told
      return arrived(failed)
    }
    return arrived(await complete(claimed, { ...kept, ...got }, caller, {}))
  }

  /** Undefined: the hosted page that it was a step of is over, and it is over with that. */
  function actorAt(flow: OauthFlowRow, { caller }: FlowVisitor): Promise<Actor | undefined> {
    return owners.inBrowser(flow, caller).catch((error: unknown) => {
      if (flow.state !== 'open' && isProblem(error, 'connect.not_open')) return undefined
      throw error
    })
  }

  /** Undefined: the same return came at the same moment, and is at work. */
  function claimedNow(flow: OauthFlowRow): Promise<OauthFlowRow | undefined> {
    return flows.claim(flow, 'open').catch((error: unknown) => {
      if (isProblem(error, 'flow.used')) return undefined
      throw error
    })
  }

  async function again(flow: OauthFlowRow): Promise<Arrived> {
    const page = flow.sealed ? (await flows.open(flow)).page : undefined
    return { flow, page, behindHash: undefined }
  }

  async function exchanged(of: Standing, kept: Kept, query: URLSearchParams): Promise<Pick<Kept, 'learned'> & Needed> {
    const { service, method, described, party } = of
    const { ticket, temporary, resource, issuer, issuerAnnounced, fields } = kept
    if (!ticket) throw new Problem('flow.unknown')
    const callback = readReturn(described.obtain, query, {
      state: ticket.state,
      clientSecret: party.client?.secret ?? party.secrets.clientSecret,
      ...(issuer === undefined ? {} : { issuer }),
      ...(issuerAnnounced ? { issuerAnnounced } : {}),
      ...(temporary ? { requestToken: temporary.token } : {}),
    })
    const learned = learnFrom(service, method, { callback: callback.told }, fields)
    // What came back may say where the exchange happens; it has been held against its pattern.
    const open = house.target.valuesOf(service, described, of.settings, learned)
    const begun = { address: '', ticket, ...(resource ? { resource } : {}), ...(temporary ? { temporary } : {}) }
    const obtained = await oauth.complete({ ...party, open }, begun, {
      callback,
      ...(issuer === undefined ? {} : { issuer }),
    })
    return { learned, obtained }
  }

  async function behindHash(flow: OauthFlowRow, query: URLSearchParams): Promise<string | undefined> {
    const { method } = await standingOf(flow, await flows.open(flow))
    const { obtain } = method
    if (obtain.by !== 'fragment' || query.has(obtain.at) || query.has('error')) return undefined
    return obtain.at
  }
}

type Needed = { obtained: NonNullable<Kept['obtained']> }

/** Login CSRF and stolen links: whoever is sent back must be the browser that was sent away. */
export function refuseOtherBrowser(flow: OauthFlowRow, { cookieOf }: FlowVisitor): void {
  const hash = presentedHash('browser', cookieOf(flow))
  const known = flow.browser_hash
  if (!hash || !known || !equalBytes(Buffer.from(hash), Buffer.from(known))) throw new Problem('flow.other_browser')
}
