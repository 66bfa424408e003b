import type { Caller } from '../../actor.ts'
import { DAY } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { findConnection } from '../../store/connections.ts'
import { findFlow, listLapsedFlows, pruneFlows } from '../../store/oauth-flows.ts'
import type { ConnectionRow, ConnectSessionRow, OauthFlowRow } from '../../store/schema.ts'
import type { Beginnings } from '../begin.ts'
import type { House } from '../house.ts'
import { mayReturn } from '../return-addresses.ts'
import { type Arrived, createArrive, type FlowVisitor } from './arrive.ts'
import { createComplete, type PageEnd } from './complete.ts'
import { createDepart } from './depart.ts'
import { clientDocument, createFindOut } from './find-out.ts'
import { type SeenFlow, seenFlow } from './flow-result.ts'
import { createFlows } from './flows.ts'
import { createReadIntent, type NewFlow } from './intent.ts'
import { createLetGo } from './let-go.ts'
import { createLinks, type FlowLinks } from './links.ts'
import { createLook } from './look.ts'
import { createOutlived, type Outlived } from './outlived.ts'
import { createOwners } from './owners.ts'
import { createStandingOf } from './parties.ts'
import { createReauthorize } from './reauthorize.ts'
import { type Binding, createStart, type Start } from './start.ts'
import { createWaiting, type FlowName, type FlowProof } from './wait.ts'

/**
 * Consent at a service, from leaving to coming back. Promises: a return counts once, within minutes, for the browser and the person that
 * began it, and only with the app and the addresses of the start; every way to fail has its own sentence; nothing is half connected. Refuses
 * to connect for whoever merely opened a link, and to put another account in place of one that stands unless somebody says so.
 */
export interface Authorize {
  start(
    caller: Caller,
    input: NewFlow,
    binding: Extract<Binding, { by: 'browser' | 'starter' }>,
  ): Promise<
    FlowAndConnection & { workspaceId: string; browser: Secret | undefined; starterSecret: Secret | undefined } & Away
  >
  get(caller: Caller, id: string): Promise<FlowAndConnection>
  finish(caller: Caller, id: string, proof: FlowProof, answers: FlowAnswers): Promise<FlowAndConnection>
  cancel(caller: Caller, id: string): Promise<void>

  links: FlowLinks
  arrive(query: URLSearchParams, visitor: FlowVisitor): Promise<Visited>
  /** On the page where somebody came back to. */
  look(flow: FlowName, visitor: FlowVisitor): Promise<Visited>
  answer(flow: FlowName, visitor: FlowVisitor, answers: FlowAnswers): Promise<Visited>

  /** Of those that a browser is known to. */
  outlived: Outlived

  /** What servers read that take a client by its address. */
  clientDocument(): ReturnType<typeof clientDocument>
  prune(now?: number): Promise<{ deleted: number }>
}

/** For the hosted page, whose steps they are. */
export interface PageSteps {
  start: Start
  /** Undefined for what is no step of this visit. Of a code that is typed elsewhere, this asks the service. */
  look(session: ConnectSessionRow, id: string, caller: Caller): Promise<SeenFlow | undefined>
  answer(session: ConnectSessionRow, id: string, visitor: FlowVisitor, choice: string): Promise<void>
}

export interface Away {
  address: string | undefined
  link: Secret | undefined
}

export interface FlowAnswers {
  choice?: string | undefined
  acceptsOtherAccount?: boolean | undefined
}

export interface FlowAndConnection {
  flow: SeenFlow
  /** Once it is there. */
  row: ConnectionRow | undefined
}

export interface Visited {
  workspaceId: string
  flow: SeenFlow
  /** The hosted page to go back to. */
  page: Secret | undefined
  /** The address that is told, if it is still registered. */
  returnTo: string | undefined
  behindHash: string | undefined
}

const REMEMBERED = DAY
const PAGE = 200

export function createAuthorize(
  house: House,
  parts: { beginnings: Beginnings; pageEnd: PageEnd },
): { authorize: Authorize; steps: PageSteps } {
  const { store, clock, log } = house
  const flows = createFlows(house)
  const owners = createOwners(house)
  const standingOf = createStandingOf(house)
  const depart = createDepart(house, flows, standingOf)
  const letGo = createLetGo(house)
  const complete = createComplete(house, {
    ...parts,
    letGo,
    flows,
    look: createLook(house),
    reauthorize: createReauthorize(house),
    standingOf,
  })
  const readIntent = createReadIntent(house, createFindOut(house))
  const start = createStart(house, { flows, readIntent, standingOf, depart, complete })
  const arrive = createArrive(house, { flows, owners, standingOf, complete })
  const waiting = createWaiting(house, { flows, owners, standingOf, complete, letGo })
  const shown = (row: OauthFlowRow) => seenFlow(row, clock.now())

  async function withConnection(flow: OauthFlowRow): Promise<FlowAndConnection> {
    const { workspace_id: workspaceId, connection_id: id, state } = flow
    const row =
      state === 'done' && id !== null
        ? await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, id))
        : undefined
    return { flow: shown(flow), row }
  }

  async function ofSession({ id, workspace_id: workspaceId }: ConnectSessionRow, flowId: string) {
    const flow = await store.within({ workspaceId }, (db) => findFlow(db, workspaceId, flowId))
    return flow?.session_id === id ? flow : undefined
  }

  async function visited({
    flow,
    page,
    behindHash,
  }: Pick<Arrived, 'flow' | 'page'> & Partial<Arrived>): Promise<Visited> {
    const { workspace_id: workspaceId, return_address: address } = flow
    const isAllowed =
      address !== null && (await store.within({ workspaceId }, (db) => mayReturn(db, workspaceId, address, true)))
    return { workspaceId, flow: shown(flow), page, returnTo: isAllowed ? address : undefined, behindHash }
  }

  return {
    authorize: {
      start: async (caller, input, binding) => {
        const { flow, browser, starterSecret, address, link } = await start(caller, input, binding)
        const { workspace_id: workspaceId } = flow
        return { ...(await withConnection(flow)), workspaceId, browser, starterSecret, address, link }
      },
      get: async (caller, id) => withConnection(await waiting.get(caller, id)),
      finish: async (...given) => withConnection(await waiting.finish(...given)),
      cancel: waiting.cancel,
      links: createLinks(house, { flows, owners, depart }),
      arrive: async (query, visitor) => visited(await arrive(query, visitor)),
      look: async (flow, visitor) => visited(await waiting.look(flow, visitor)),
      answer: async (flow, visitor, answers) => visited(await waiting.answer(flow, visitor, answers)),
      outlived: createOutlived(house),
      clientDocument: () => clientDocument(house.redirectUri?.() ?? ''),
      prune: async (now = clock.now()) => {
        // Nobody answered what was asked. Two servers that do this at once only ask the service twice.
        for (const flow of await store.sweep((db) => listLapsedFlows(db, now, PAGE))) {
          try {
            const { obtained, ...kept } = await flows.open(flow)
            if (obtained) await letGo(flow, { ...kept, obtained })
          } catch (error) {
            log.warn('what a flow was given could not be opened any more', { flow: flow.id, error })
          }
        }
        const deleted = await store.sweep((db) => pruneFlows(db, { forgetBefore: now - REMEMBERED, lapsedBefore: now }))
        return { deleted }
      },
    },
    steps: {
      start,
      look: async (session, id, caller) => {
        const flow = await ofSession(session, id)
        return flow && shown(await waiting.polled(flow, caller))
      },
      answer: async (session, id, visitor, choice) => {
        if (!(await ofSession(session, id))) throw new Problem('flow.not_found')
        await waiting.answer({ workspaceId: session.workspace_id, id }, visitor, { choice })
      },
    },
  }
}

export type { FlowVisitor } from './arrive.ts'
export type { FlowAsks, FlowNote, FlowProblem, SeenFlow } from './flow-result.ts'
export type { NewFlow } from './intent.ts'
export type { LinkStanding } from './links.ts'
