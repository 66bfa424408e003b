import type { Caller } from '../../actor.ts'
import { SECOND } from '../../clock.ts'
import { equalBytes } from '../../crypto/equal.ts'
import { isProblem, Problem } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { claimPoll, findFlow, slowPolls } from '../../store/oauth-flows.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import { workspaceOf } from '../access.ts'
import { presentedHash } from '../connect-tokens.ts'
import type { House } from '../house.ts'
import { type FlowVisitor, refuseOtherBrowser } from './arrive.ts'
import type { Answers, Complete } from './complete.ts'
import { againstApp, ofExchange } from './failures.ts'
import { overBy } from './flow-result.ts'
import type { Flows } from './flows.ts'
import type { LetGo } from './let-go.ts'
import type { Owners } from './owners.ts'
import type { StandingOf } from './parties.ts'

/** How a flow goes on while somebody waits for it: the one that began it asks, answers, or gives up. */
export interface Waiting {
  /** Of a code that is typed elsewhere, this asks the service, no oftener than it wants. */
  get(caller: Caller, id: string): Promise<OauthFlowRow>
  /** Answers what was asked. Proved by what the browser or the starter was given. */
  finish(caller: Caller, id: string, proof: FlowProof, answers: Answers): Promise<OauthFlowRow>
  cancel(caller: Caller, id: string): Promise<void>
  /** On the page where the service sent the person back to. */
  answer(
    flow: FlowName,
    visitor: FlowVisitor,
    answers: Answers,
  ): Promise<{ flow: OauthFlowRow; page: Secret | undefined }>
  look(flow: FlowName, visitor: FlowVisitor): Promise<{ flow: OauthFlowRow; page: Secret | undefined }>
  /** Of a step of the hosted page, by the browser that the page was given to. */
  polled(flow: OauthFlowRow, caller: Caller): Promise<OauthFlowRow>
}

export interface FlowProof {
  starterSecret?: Secret | undefined
  cookieOf: FlowVisitor['cookieOf']
}

/** Named by a form of ours: an id alone is no proof, the browser's cookie is. */
export interface FlowName {
  workspaceId: string
  id: string
}

export function createWaiting(
  house: House,
  parts: { flows: Flows; owners: Owners; standingOf: StandingOf; complete: Complete; letGo: LetGo },
): Waiting {
  const { store, clock, oauth, apps } = house
  const { flows, owners, standingOf, complete, letGo } = parts
  const read = (workspaceId: string, id: string) => store.within({ workspaceId }, (db) => findFlow(db, workspaceId, id))

  async function ofCaller(caller: Caller, id: string): Promise<OauthFlowRow> {
    const flow = await read(workspaceOf(caller), id)
    if (!flow || !owners.began(flow, caller)) throw new Problem('flow.not_found')
    return flow
  }

  async function ofBrowser({ workspaceId, id }: FlowName, visitor: FlowVisitor) {
    const flow = await read(workspaceId, id)
    if (!flow) throw new Problem('flow.unknown')
    refuseOtherBrowser(flow, visitor)
    return flow
  }

  async function goOn(flow: OauthFlowRow, caller: Caller, answers: Answers): Promise<OauthFlowRow> {
    const claimed = await flows.claim(flow, 'asking')
    const kept = await flows.open(claimed)
    if (!kept.obtained) throw new Problem('flow.not_waiting')
    return complete(claimed, { ...kept, obtained: kept.obtained }, caller, answers)
  }

  async function polled(flow: OauthFlowRow, caller: Caller): Promise<OauthFlowRow> {
    const { kind, state, interval_seconds: interval } = flow
    const now = clock.now()
    if (kind !== 'device' || state !== 'open' || overBy(flow, now) || interval === null) return flow
    const within = { workspaceId: flow.workspace_id }
    const polledBefore = now - interval * SECOND
    if (!(await store.within(within, (db) => claimPoll(db, flow, { polledBefore, now })))) return flow
    const kept = await flows.open(flow)
    const of = await standingOf(flow, kept).catch((error: unknown) => error)
    if (of instanceof Error) return gaveUp(flow, of, undefined)
    const { party, app } = of as Awaited<ReturnType<StandingOf>>
    try {
      const obtained = await oauth.pollDevice(party, kept.deviceCode!)
      const claimed = await flows.claim({ ...flow, polled_at: now }, 'open')
      return complete(claimed, { ...kept, obtained }, caller, {})
    } catch (error) {
      if (isProblem(error, 'oauth.pending')) {
        const slower = Number(error.values.slower ?? 0)
        if (slower === 0) return flow
        await store.within(within, (db) => slowPolls(db, flow, interval + slower))
        return { ...flow, interval_seconds: interval + slower }
      }
      // Nobody knows yet what was said; the next look asks again.
      if (isProblem(error, 'oauth.unavailable')) return flow
      return gaveUp(flow, error, app?.id)
    }
  }

  async function gaveUp(flow: OauthFlowRow, error: unknown, appId: string | undefined): Promise<OauthFlowRow> {
    const against = appId === undefined ? undefined : againstApp(error)
    if (against) await apps?.refused(flow.workspace_id, appId!, against)
    const told = ofExchange(error, appId !== undefined)
    if (!(told instanceof Problem)) throw told
    return flows.end(flow, told)
  }

  return {
    polled,
    get: async (caller, id) => polled(await ofCaller(caller, id), caller),

    finish: async (caller, id, { starterSecret, cookieOf }, answers) => {
      const flow = await ofCaller(caller, id)
      const isStarter = flow.bound_by === 'starter'
      if (flow.kind === 'browser') {
        if (isStarter) refuseOtherStarter(flow, starterSecret)
        else refuseOtherBrowser(flow, { caller, cookieOf })
      }
      return goOn(flow, caller, { ...answers, confirmed: isStarter })
    },

    cancel: async (caller, id) => {
      const flow = await ofCaller(caller, id)
      if (flow.state === 'done' || flow.state === 'failed') return
      const { obtained, ...kept } = flow.sealed ? await flows.open(flow) : { obtained: undefined }
      await flows.end(flow, new Problem('flow.cancelled'))
      if (obtained && 'fields' in kept) await letGo(flow, { ...kept, obtained })
    },

    look: async (name, visitor) => {
      const flow = await ofBrowser(name, visitor)
      return { flow, page: flow.sealed ? (await flows.open(flow)).page : undefined }
    },

    answer: async (name, visitor, answers) => {
      const flow = await ofBrowser(name, visitor)
      const actor = await owners.inBrowser(flow, visitor.caller)
      const { page } = flow.sealed ? await flows.open(flow) : { page: undefined }
      // Only the starter confirms; the browser says the rest.
      const { choice, acceptsOtherAccount } = answers
      const after = await goOn(flow, { ...visitor.caller, actor }, { choice, acceptsOtherAccount })
      return { flow: after, page }
    },
  }
}

function refuseOtherStarter({ starter_hash: known }: OauthFlowRow, secret: Secret | undefined): void {
  const hash = presentedHash('starter', secret)
  if (!hash || !known || !equalBytes(Buffer.from(hash), Buffer.from(known))) throw new Problem('flow.secret_wrong')
}
