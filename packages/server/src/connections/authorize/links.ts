import type { Service } from '@cardea/catalog'
import { mintToken } from '../../crypto/token.ts'
import { isProblem, Problem } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { findFlowByLink, useFlowLink } from '../../store/oauth-flows.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import { findWorkspace } from '../../store/workspaces.ts'
import { signedIn } from '../connect-actors.ts'
import { presentedHash } from '../connect-tokens.ts'
import { methodOf } from '../credential.ts'
import type { House } from '../house.ts'
import type { FlowVisitor } from './arrive.ts'
import type { Depart } from './depart.ts'
import type { Flows } from './flows.ts'
import type { Owners } from './owners.ts'

/**
 * The short links that a command line prints. Opening one does nothing: it says who asks, and for what. It works once, for the member who
 * began it, and names nothing of the service before; whoever is sent somebody else's link gives them nothing.
 */
export interface FlowLinks {
  look(link: Secret, visitor: Pick<FlowVisitor, 'caller'>): Promise<LinkStanding>
  go(
    link: Secret,
    visitor: Pick<FlowVisitor, 'caller'>,
  ): Promise<{ flow: OauthFlowRow; browser: Secret; address: string }>
}

export interface LinkStanding {
  at: 'sign_in' | 'ready'
  /** Somebody is signed in, and it is not theirs. */
  otherPerson: boolean
  workspaceId: string
  workspace: string
  provider: string
  service: Service
  methodLabel: string
  /** What it will be able to do, in sentences where there are some. */
  scopes: { scope: string; sentence: string | null; added: boolean }[]
  purpose: OauthFlowRow['purpose']
  createdAt: number
}

export function createLinks(house: House, parts: { flows: Flows; owners: Owners; depart: Depart }): FlowLinks {
  const { store, clock, services } = house
  const { flows, owners, depart } = parts

  async function found(link: Secret): Promise<{ flow: OauthFlowRow; hash: string }> {
    const hash = presentedHash('go', link)
    const flow = hash && (await store.within({ presentedHash: hash }, (db) => findFlowByLink(db, hash)))
    if (!flow || !hash || flow.state !== 'open' || flow.expires_at <= clock.now()) {
      throw new Problem('flow.link_not_valid')
    }
    return { flow, hash }
  }

  async function isTheirs(flow: OauthFlowRow, visitor: Pick<FlowVisitor, 'caller'>): Promise<boolean> {
    try {
      await owners.inBrowser(flow, visitor.caller)
      return true
    } catch (error) {
      if (isProblem(error, 'flow.other_person')) return false
      throw error
    }
  }

  return {
    look: async (link, visitor) => {
      const { flow } = await found(link)
      const { workspace_id: workspaceId, provider } = flow
      const workspace = await store.within({ workspaceId }, (db) => findWorkspace(db, workspaceId))
      if (!workspace) throw new Problem('flow.link_not_valid')
      const service = await services.definition(workspaceId, provider, flow.definition_version)
      const method = methodOf(service, flow)
      const theirs = await isTheirs(flow, visitor)
      const known = { ...method.scopes?.offer, ...method.scopes?.ask }
      const added = new Set(JSON.parse(flow.new_scopes) as string[])
      return {
        at: theirs ? 'ready' : 'sign_in',
        otherPerson: !theirs && signedIn(visitor.caller) !== undefined,
        workspaceId,
        workspace: workspace.name,
        provider,
        service,
        methodLabel: method.label,
        scopes: (JSON.parse(flow.scopes) as string[]).map((scope) => ({
          scope,
          sentence: Object.hasOwn(known, scope) ? known[scope]! : null,
          added: added.has(scope),
        })),
        purpose: flow.purpose,
        createdAt: flow.created_at,
      }
    },

    go: async (link, visitor) => {
      const { flow, hash: linkHash } = await found(link)
      await owners.inBrowser(flow, visitor.caller)
      const kept = await flows.open(flow)
      const { address, change } = await depart(flow, kept).catch(async (error: unknown) => {
        // What is sent away again only by the service's own fault can be tried once more.
        if (error instanceof Problem && error.status < 500) await flows.end(flow, error)
        throw error
      })
      const { token, hash } = mintToken('browser')
      const used = await store.within({ workspaceId: flow.workspace_id }, (db) =>
        useFlowLink(db, flow, { linkHash, now: clock.now() }, { ...change, browser_hash: hash }),
      )
      if (!used) throw new Problem('flow.link_not_valid')
      return { flow, browser: token, address }
    },
  }
}
