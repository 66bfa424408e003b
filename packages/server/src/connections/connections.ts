import type { Caller } from '../actor.ts'
import { type ConnectionFilter, listConnections } from '../store/connection-list.ts'
import { claimDueConnections } from '../store/connection-sweeps.ts'
import { findConnection } from '../store/connections.ts'
import { openOwnership } from '../store/ownership.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { seen, viewerOf, workspaceOf } from './access.ts'
import { createAccountKeys } from './account-key.ts'
import type { Affected } from './affected.ts'
import { type Authorize, createAuthorize } from './authorize/authorize.ts'
import { type Created, createBeginnings } from './begin.ts'
import { createChecks, hasCheck } from './check.ts'
import { createPageEnd } from './connect-finish.ts'
import { type ConnectSessions, createConnectSessions } from './connect-sessions.ts'
import { createCreate, type NewConnection } from './create.ts'
import { type Credentials, createCredentials } from './credential.ts'
import { createEnds, type Ends } from './end.ts'
import { createEpochs, type Epochs } from './epochs.ts'
import { createExamine } from './examine.ts'
import type { House } from './house.ts'
import { createImport, type Imported, type Item } from './import.ts'
import { createKeep } from './keep.ts'
import { createLimits, type Limits } from './limits.ts'
import { createUpdate, type Update } from './manage.ts'
import { createObserve, createUses, type Observe } from './observe.ts'
import { createObtainedTokens } from './obtained.ts'
import { createOfApp, type OfApp } from './of-app.ts'
import type { ConnectionsDeps } from './ports.ts'
import { createReferences, type References } from './references.ts'
import { createRenewDue, createTidy, type RenewDue } from './refresh/due.ts'
import { createFresh } from './refresh/fresh.ts'
import { createHostTokens } from './refresh/hosts.ts'
import { createGrantParties } from './refresh/party.ts'
import { createRenewals } from './refresh/renew.ts'
import { createHeld } from './release.ts'
import { createReplace } from './replace.ts'
import { createReturnAddresses, type ReturnAddresses } from './return-addresses.ts'
import { createRevocations, type Revocations } from './revoke.ts'
import { createSettle } from './settle.ts'
import { createStepUses, type UsedBy } from './step-uses.ts'
import { createTakeOver } from './take-over.ts'
import { createTests } from './test.ts'
import { type SeenConnection, view } from './view.ts'

/**
 * Accounts that people have connected. Promises: a connection says what is true of it (never active while known to be dead, never dead
 * because a service was down), its credential is given to `usable` alone, and what is paused or deleted stops on every server within a
 * second. Refuses: a stored credential for a new address, and to say of somebody else's private connection more than that it is there.
 */
export interface Connections {
  create(
    caller: Caller,
    input: NewConnection,
  ): Promise<{ connection: SeenConnection; duplicateOf: Created['duplicateOf'] }>
  import(caller: Caller, items: readonly Item[]): Promise<Imported[]>
  list(caller: Caller, filter: ConnectionFilter, page: PageRequest): Promise<Page<SeenConnection>>
  /** Recorded: whoever looks inside is known. */
  get(caller: Caller, id: string): Promise<SeenConnection>
  update(
    ...args: Parameters<Update>
  ): Promise<{ connection: SeenConnection; affected: Affected | undefined; dryRun: boolean }>
  remove: Ends['remove']
  test(caller: Caller, id: string): Promise<SeenConnection>
  references: Omit<References, 'learned'>
  /** What callers see of a row that this room gave. */
  view(caller: Caller, row: Parameters<typeof view>[1]): SeenConnection

  // For the rooms above.
  usable: Credentials['usable']
  epochs: Pick<Epochs, 'isCurrent' | 'changed'>
  /** Checks and refreshes tell at once what they have learned. */
  observed: Observe
  /** Before a brokered call leaves: records the use at its step. Durable when it resolves, in the strict mode of the audit trail. */
  usedBy: UsedBy
  /** And afterwards: what came of it. */
  used: ReturnType<typeof createUses>['used']
  hasCheck: typeof hasCheck
  claimDue(limit: number, leaseMilliseconds: number): Promise<{ workspaceId: string; id: string; provider: string }[]>
  probe(workspaceId: string, id: string): Promise<void>
  /** Renews what is due, ahead of anybody's asking; answers how many were taken. */
  renewDue: RenewDue
  /** Destroys access tokens that have expired, and versions that were renewed. */
  tidy(): Promise<{ destroyed: number }>
  /** For the job that ends grants at their services. */
  revocations: Pick<Revocations, 'claimDue' | 'attempt'>
  limits: Limits
  /** For whoever registers OAuth apps. */
  ofApp: OfApp
  memberRemoved: Ends['memberRemoved']
  keyRevoked: Ends['keyRevoked']
  /** Before the transaction that deletes a workspace: puts aside what ends its grants. */
  workspaceLeaves: Revocations['leaving']
  workspaceRemoved: Ends['workspaceRemoved']
  prune: Ends['prune']
  close(): Promise<void>

  /** Consent at a service: begun, completed, and given anew. */
  authorize: Authorize
  connectSessions: ConnectSessions
  returnAddresses: ReturnAddresses
}

export async function createConnections(deps: ConnectionsDeps): Promise<Connections> {
  const { store, clock, log, audit } = deps
  const epochs = await createEpochs({ ...deps, ...(deps.epochs ? { source: deps.epochs } : {}) })
  const keep = createKeep(deps)
  const tokens = createObtainedTokens(deps)
  const accountKeys = await createAccountKeys(deps.vault)
  const settle = createSettle(deps)
  const parties = createGrantParties({ ...deps, apps: deps.apps, redirectUri: deps.redirectUri ?? (() => '') })
  const ownership = deps.ownership ?? openOwnership({ dialect: 'sqlite', clock, log })
  const checks = createChecks(deps)
  const revocations = createRevocations({ ...deps, keep, checks })
  const { unkept } = revocations
  const hosts = createHostTokens()
  const renewals = createRenewals({ ...deps, apps: deps.apps, parties, hosts, ownership, keep, settle, epochs, unkept })
  const observe = createObserve({ store, clock, settle, epochs, accountKey: accountKeys.ofAccount })
  const credentials = createCredentials({
    ...deps,
    keep,
    tokens,
    fresh: createFresh({ store, clock, log, keep, renewals, hosts }),
    observed: async (row, outcome) =>
      observe({
        workspaceId: row.workspace_id,
        connectionId: row.id,
        version: row.credential_version,
        outcome,
        hasCheck: true,
      }),
  })
  const house: House = {
    ...deps,
    mayConnect: deps.mayConnect ?? (async () => {}),
    epochs,
    keep,
    tokens,
    accountKeys,
    settle,
    observe,
    credentials,
    revocations,
    examine: createExamine({ target: deps.target, checks: checks }),
  }
  const tests = createTests(house)
  const beginnings = createBeginnings(house)
  const create = createCreate(house, beginnings)
  const update = createUpdate(house, tests, createReplace(house, tests))
  const ends = createEnds(house)
  const references = createReferences(house)
  const { authorize, steps } = createAuthorize(house, { beginnings, pageEnd: createPageEnd(house) })
  const connectSessions = createConnectSessions(house, { create, held: createHeld(house), steps })
  const running = new Set<Promise<unknown>>()
  const aside = (given: Promise<unknown>) => {
    const work = given.finally(() => running.delete(work))
    running.add(work)
  }
  const uses = createUses({
    clock,
    observe,
    checkNow: ({ workspaceId, connectionId }) => {
      aside(
        tests
          .probe(workspaceId, connectionId)
          .catch((error: unknown) =>
            log.warn('a connection could not be checked', { connection: connectionId, error }),
          ),
      )
    },
  })
  const shown = (caller: Caller) => (row: Parameters<typeof view>[1]) => view(caller, row, clock.now())
  const withEnds = async (caller: Caller, workspaceId: string, rows: readonly Parameters<typeof view>[1][]) => {
    const ended = await revocations.seen(workspaceId, rows)
    return rows.map((row) => view(caller, row, clock.now(), ended.get(row.id)))
  }

  return {
    create: async (caller, input) => {
      const { row, duplicateOf } = await create(caller, input)
      return { connection: shown(caller)(row), duplicateOf }
    },
    import: createImport(create, createTakeOver(house, { beginnings, renewals, tests, ends }), log),
    list: async (caller, filter, page) => {
      const workspaceId = workspaceOf(caller)
      const found = await store.within({ workspaceId }, (db) =>
        listConnections(db, workspaceId, { viewer: viewerOf(caller), filter, page }),
      )
      return { ...found, items: await withEnds(caller, workspaceId, found.items) }
    },
    get: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const row = seen(caller, await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, id)))
      const connection = shown(caller)(row)
      await audit.use({
        event: 'connection.accessed',
        workspaceId,
        caller,
        subject: id,
        detail: { sight: connection.sight },
        use: { connectionId: id, credentialVersion: row.credential_version },
      })
      return connection
    },
    update: async (caller, ...rest) => {
      const { row, affected, dryRun } = await update(caller, ...rest)
      return { connection: shown(caller)(row), affected, dryRun }
    },
    remove: ends.remove,
    test: async (caller, id) => shown(caller)(await tests.test(caller, id)),
    references,
    view: (caller, row) => shown(caller)(row),

    usable: credentials.usable,
    epochs,
    observed: observe,
    used: uses.used,
    usedBy: createStepUses({ audit, log, learned: references.learned, aside }),
    hasCheck,
    claimDue: async (limit, leaseMilliseconds) => {
      const now = clock.now()
      const due = await store.sweep((db) => claimDueConnections(db, { now, until: now + leaseMilliseconds, limit }))
      return due.map(({ id, workspace_id, provider }) => ({ id, workspaceId: workspace_id, provider }))
    },
    probe: tests.probe,
    revocations,
    limits: createLimits(house),
    ofApp: createOfApp(house),
    memberRemoved: ends.memberRemoved,
    keyRevoked: ends.keyRevoked,
    workspaceLeaves: revocations.leaving,
    workspaceRemoved: ends.workspaceRemoved,
    prune: ends.prune,
    authorize,
    connectSessions,
    returnAddresses: createReturnAddresses(house),
    renewDue: createRenewDue({ store, clock, log, renewals, parties }),
    tidy: createTidy({ store, clock, keep }),
    close: async () => {
      await renewals.close()
      await epochs.close()
      await Promise.all(running)
    },
  }
}

export { opened, sightOf, workspaceOf } from './access.ts'
export type { Affected } from './affected.ts'
export { createAim } from './aim.ts'
export type {
  FlowAndConnection,
  FlowProblem,
  FlowVisitor,
  LinkStanding,
  NewFlow,
  SeenFlow,
  Visited,
} from './authorize/authorize.ts'
export type { Created } from './begin.ts'
export type { MailPort } from './check.ts'
export type { Asks, Visitor } from './connect-doorway.ts'
export type { Theme } from './connect-input.ts'
export { type Offer, offersOf } from './connect-offers.ts'
export type { ConnectResult } from './connect-result.ts'
export type { ConnectSession } from './connect-sessions.ts'
export type { ConnectForm, Departure, Standing } from './connect-visits.ts'
export type { NewConnection } from './create.ts'
export type { Usable } from './credential.ts'
export type { Offboarded, Receipt } from './end.ts'
export type { EpochSource } from './epochs.ts'
export type { Imported } from './import.ts'
export { createMailPort } from './mail-port.ts'
export type { ConnectionPatch } from './manage.ts'
export { ofFailure, ofMail, ofMeaning } from './outcome.ts'
export type { App, AppsPort, ConnectionEvent, ConnectionEventType, EventsPort, MayConnect } from './ports.ts'
export { publicPart } from './prepared.ts'
export { type Reason, reasons } from './reasons.ts'
export type { Revocation, SeenRevocation } from './revocation-words.ts'
export { reauthorizePath } from './settle.ts'
export { isTested, type Outcome } from './state.ts'
export type { StepUse, UsedBy } from './step-uses.ts'
export type { SeenConnection } from './view.ts'
