import { hashToken } from '../../crypto/token.ts'
import type { FlowChange } from '../../store/oauth-flows.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import type { House } from '../house.ts'
import { againstApp, ofExchange } from './failures.ts'
import type { Flows } from './flows.ts'
import type { StandingOf } from './parties.ts'
import type { Kept } from './sealed.ts'

/** Where the browser goes, and what the row must know when it comes back. Asks the service where that is wanted first. */
export type Depart = (flow: OauthFlowRow, kept: Kept) => Promise<{ address: string; change: FlowChange }>

export function createDepart({ oauth, apps }: House, flows: Flows, standingOf: StandingOf): Depart {
  return async (flow, kept) => {
    const of = await standingOf(flow, kept)
    try {
      const { address, ticket, temporary, resource } = await oauth.begin(of.party, {
        ...(kept.resource === undefined ? {} : { resource: kept.resource }),
        ...(kept.pushTo === undefined ? {} : { pushTo: kept.pushTo }),
      })
      const again: Kept = { ...kept, ticket, ...(temporary ? { temporary } : {}), ...(resource ? { resource } : {}) }
      return { address, change: { state_hash: hashToken(ticket.state), sealed: await flows.seal(flow, again) } }
    } catch (error) {
      const against = of.app && againstApp(error)
      if (against) await apps?.refused(flow.workspace_id, of.app!.id, against)
      throw ofExchange(error, of.app !== undefined)
    }
  }
}
