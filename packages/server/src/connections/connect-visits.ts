import type { Service, Values } from '@cardea/catalog'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import {
  beginConnecting,
  cancelConnectSession,
  claimConnectSession,
  findConnectSession,
  setCompletionCode,
  stopConnecting,
} from '../store/connect-sessions.ts'
import type { ConnectSessionRow } from '../store/schema.ts'
import type { PageSteps, SeenFlow } from './authorize/authorize.ts'
import { signedIn } from './connect-actors.ts'
import { type Asks, createDoorway, type Visitor } from './connect-doorway.ts'
import { AT_WORK, finishOf } from './connect-finish.ts'
import { madeFor, type Offer } from './connect-offers.ts'
import type { ConnectResult } from './connect-result.ts'
import { madeSetting, presentedHash } from './connect-tokens.ts'
import type { Create } from './create.ts'
import type { House } from './house.ts'
import type { Held } from './release.ts'
import { framingOrigins, mayReturn, webOrigin } from './return-addresses.ts'

/**
 * A link, as a browser stands before it. The link alone opens nothing twice: the first browser that begins with it keeps it, a member's link
 * wants that member signed in, and every form proves that it was drawn for both.
 */
export interface ConnectVisits {
  /** `flow`: a consent that was begun as a step of the page. */
  look(link: Secret, visitor: Visitor, flow?: string): Promise<Standing>
  /** Gives the link to this browser; what it answers is what the browser is to be known by. */
  begin(link: Secret, visitor: Visitor): Promise<Secret>
  connect(link: Secret, visitor: Visitor, proof: string, form: ConnectForm): Promise<void>
  /** Begins a consent at the service; where the browser goes, if it has to go anywhere. */
  consent(
    link: Secret,
    visitor: Visitor,
    proof: string,
    form: ConnectForm,
  ): Promise<{ flow: string; service: string; address: string | undefined }>
  /** Which of several places it is for. */
  answer(link: Secret, visitor: Visitor, proof: string, given: { flow: string; choice: string }): Promise<void>
  /** Ends the visit: with the completion code, where there is something to complete. */
  leave(link: Secret, visitor: Visitor, proof: string, how: 'return' | 'cancel'): Promise<Departure>
  /** The origins whose pages may hold a frame with the button that opens this link. */
  framedBy(link: Secret): Promise<{ asks: Asks; origins: string[] }>
}

export type Standing =
  | { at: 'landing'; asks: Asks }
  | { at: 'sign_in'; asks: Asks; proof: string; otherPerson: boolean }
  | {
      at: 'choosing'
      asks: Asks
      proof: string
      made(provider: string, service: Service, offer: Offer): Values
      /** Whether somebody has registered what the method needs. */
      hasApp(provider: string, method: string): boolean
      flow: SeenFlow | undefined
    }
  | {
      at: 'over'
      asks: Asks
      proof: string
      state: Exclude<ConnectSessionRow['state'], 'open'>
      result: ConnectResult | null
    }

export interface ConnectForm {
  provider: string
  method: string
  name: string | undefined
  visibility: ConnectSessionRow['visibility'] | undefined
  settings: Record<string, string>
  credential: Record<string, string>
  choice: string | undefined
}

export interface Departure {
  asks: Asks
  to: { address: string; by: 'redirect' | 'message'; origin: string | undefined } | null
  says: {
    session: string
    outcome: 'connected' | 'entered' | 'cancelled'
    state: string | null
    code: Secret | undefined
  }
}

export function createVisits(
  house: House,
  { create, held, steps }: { create: Create; held: Held; steps: PageSteps },
): ConnectVisits {
  const { store, clock, audit, services, apps } = house
  const { find, gate, entered, ownerOf } = createDoorway(house)

  const visits: ConnectVisits = {
    look: async (link, visitor, flowId) => {
      const found = await find(link)
      const { row, asks } = found
      if (row.browser_hash === null) {
        if (row.state !== 'open') throw new Problem('connect.link_not_valid')
        return { at: 'landing', asks }
      }
      const { browser, person, proof } = await gate(found, visitor)
      if (row.member_id !== null) {
        if (!person) return { at: 'sign_in', asks, proof, otherPerson: signedIn(visitor.caller) !== undefined }
        await ownerOf(found, { person })
      }
      if (row.state !== 'open') {
        return {
          at: 'over',
          asks,
          proof,
          state: row.state,
          result: row.result === null ? null : (JSON.parse(row.result) as ConnectResult),
        }
      }
      const made = (provider: string, service: Service, offer: Offer) =>
        madeFor(service, offer, (setting) => madeSetting(browser, row.id, provider, setting))
      const caller = { ...visitor.caller, actor: await ownerOf(found, { person }) }
      const flow = flowId === undefined ? undefined : await steps.look(row, flowId, caller)
      // Looking at it may have been what completed it.
      if (flow?.state === 'done') return visits.look(link, visitor)
      const hasApp = (await apps?.ready(row.workspace_id)) ?? (() => false)
      return { at: 'choosing', asks, proof, made, hasApp, flow }
    },

    begin: async (link, { caller, browser }) => {
      const { row, creator } = await find(link)
      const known = presentedHash('browser', browser)
      const minted = mintToken('browser')
      const [token, hash] = browser && known ? [browser, known] : [minted.token, minted.hash]
      const { workspace_id: workspaceId } = row
      await store.within({ workspaceId }, async (db) => {
        const claimed = await claimConnectSession(db, row, hash, clock.now())
        if (claimed) {
          const by = { ...caller, actor: creator }
          await audit.record(db, { event: 'connect_session.opened', workspaceId, caller: by, subject: row.id })
        } else if ((await findConnectSession(db, workspaceId, row.id))?.browser_hash !== hash) {
          throw new Problem('connect.other_browser')
        }
      })
      return token
    },

    connect: async (link, visitor, proof, form) => {
      const found = await entered(link, visitor, proof)
      const { row, asks, browser } = found
      const { provider } = form
      if (asks.services && !asks.services.includes(provider)) throw new Problem('connect.service_not_offered')
      const owner = await ownerOf(found, found)
      const { definition } = await services.get(row.workspace_id, provider)
      const method = Object.hasOwn(definition.auth, form.method) ? definition.auth[form.method] : undefined
      const offer = method && { name: form.method, method, by: 'form' as const, state: 'ready' as const }
      const made = offer ? madeFor(definition, offer, (setting) => madeSetting(browser, row.id, provider, setting)) : {}

      const workspaceId = row.workspace_id
      const now = clock.now()
      const until = now + AT_WORK
      if (!(await store.within({ workspaceId }, (db) => beginConnecting(db, row, now, until)))) {
        const { state } =
          (await store.within({ workspaceId }, (db) => findConnectSession(db, workspaceId, row.id))) ?? row
        throw new Problem(state === 'open' ? 'connect.busy' : 'connect.not_open')
      }
      const caller = { ...visitor.caller, actor: owner }
      const forMember = row.member_id !== null
      try {
        const { name, settings, credential, choice } = form
        const visibility = forMember ? (form.visibility ?? 'private') : row.visibility
        const input = { provider, method: form.method, settings, credential, choice, visibility, skipTest: false }
        await create(
          caller,
          // A product's own user names nothing in the product's workspace.
          { ...input, name: (forMember ? name : undefined) ?? row.name ?? undefined },
          { made, ...finishOf(house, row, caller) },
        )
      } catch (error) {
        await store.within({ workspaceId }, (db) => stopConnecting(db, row, until))
        throw error
      }
    },

    consent: async (link, visitor, proof, form) => {
      const found = await entered(link, visitor, proof)
      const { row, asks } = found
      const { provider, method, settings, credential, name, visibility } = form
      if (asks.services && !asks.services.includes(provider)) throw new Problem('connect.service_not_offered')
      if (row.state !== 'open') throw new Problem('connect.not_open')
      const { definition } = await services.get(row.workspace_id, provider)
      const caller = { ...visitor.caller, actor: await ownerOf(found, found) }
      const forMember = row.member_id !== null
      const { flow, address } = await steps.start(
        caller,
        {
          provider,
          method,
          settings,
          credential,
          // A product's own user names nothing in the product's workspace.
          name: (forMember ? name : undefined) ?? row.name ?? undefined,
          visibility: forMember ? (visibility ?? 'private') : row.visibility,
        },
        { by: 'page', session: row, browserHash: row.browser_hash!, link },
      )
      return { flow: flow.id, service: definition.name, address }
    },

    answer: async (link, visitor, proof, { flow, choice }) => {
      const { row, browser } = await entered(link, visitor, proof)
      await steps.answer(row, flow, { caller: visitor.caller, cookieOf: () => browser }, choice)
    },

    leave: async (link, visitor, proof, how) => {
      const { row, asks, creator, person } = await entered(link, visitor, proof)
      const { workspace_id: workspaceId } = row
      const { token, hash } = mintToken('done')
      const { code, state, to } = await store.within({ workspaceId }, async (db) => {
        const { return_address: address } = row
        const isAllowed = address !== null && (await mayReturn(db, workspaceId, address, asks.forMember))
        const to = isAllowed ? { address, by: row.return_by ?? 'redirect', origin: webOrigin(address) } : null
        if (how === 'return') {
          if (row.state === 'open') throw new Problem('connect.form_stale')
          // Without an address that is still registered there is nobody to give a code to.
          const isSet = row.state === 'entered' && to !== null && (await setCompletionCode(db, row, hash))
          return { to, state: row.state, code: isSet ? token : undefined }
        }
        const cancelled = await cancelConnectSession(db, row, clock.now())
        if (cancelled) {
          const caller = { ...visitor.caller, actor: person ?? creator }
          await audit.record(db, { event: 'connect_session.cancelled', workspaceId, caller, subject: row.id })
        }
        return { to, state: cancelled ? ('cancelled' as const) : row.state, code: undefined }
      })
      if (state === 'cancelled' && row.connection_id !== null) await held.discard(workspaceId, row.connection_id)
      const outcome = state === 'completed' ? 'connected' : state === 'entered' ? 'entered' : 'cancelled'
      return { asks, to, says: { session: row.id, outcome, state: row.return_state, code } }
    },

    framedBy: async (link) => {
      const { row, asks } = await find(link)
      const { workspace_id: workspaceId } = row
      return { asks, origins: await store.within({ workspaceId }, (db) => framingOrigins(db, workspaceId)) }
    },
  }
  return visits
}
