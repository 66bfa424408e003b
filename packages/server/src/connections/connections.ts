import type { Caller } from '../actor.ts'
import { type ConnectionFilter, listConnections } from '../store/connection-list.ts'
import { claimDueConnections } from '../store/connection-sweeps.ts'
import { findConnection } from '../store/connections.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { seen, viewerOf, workspaceOf } from './access.ts'
import { createAccountKeys } from './account-key.ts'
import type { Affected } from './affected.ts'
import { type Created, createBeginnings } from './begin.ts'
import { createChecks, hasCheck } from './check.ts'
import { type ConnectSessions, createConnectSessions } from './connect-sessions.ts'
import { createCreate, type NewConnection } from './create.ts'
import { type Credentials, createCredentials } from './credential.ts'
import { createEnds, type Ends } from './end.ts'
import { createEpochs, type Epochs } from './epochs.ts'
import { createExamine } from './examine.ts'
import type { House } from './house.ts'
import { createImport, type Imported } from './import.ts'
import { createKeep } from './keep.ts'
import { createLimits, type Limits } from './limits.ts'
import { createUpdate, type Update } from './manage.ts'
import { createObserve, createUses, type Observe } from './observe.ts'
import { createObtainedTokens } from './obtained.ts'
import type { ConnectionsDeps } from './ports.ts'
import { createReferences, type References } from './references.ts'
import { createHeld } from './release.ts'
import { createReplace } from './replace.ts'
import { createReturnAddresses, type ReturnAddresses } from './return-addresses.ts'
import { createSettle } from './settle.ts'
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
  import(caller: Caller, items: readonly NewConnection[]): Promise<Imported[]>
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
  epochs: Pick<Epochs, 'isCurrent'>
  /** Checks and refreshes tell at once what they have learned. */
  observed: Observe
  /** Brokered calls tell what came of them, and for which step they were. */
  used: ReturnType<typeof createUses>['used']
  usedBy: References['learned']
  hasCheck: typeof hasCheck
  claimDue(limit: number, leaseMilliseconds: number): Promise<{ workspaceId: string; id: string; provider: string }[]>
  probe(workspaceId: string, id: string): Promise<void>
  limits: Limits
  memberRemoved: Ends['memberRemoved']
  workspaceRemoved: Ends['workspaceRemoved']
  prune: Ends['prune']
  close(): Promise<void>

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
  const observe = createObserve({ store, clock, settle, epochs, accountKey: accountKeys.ofAccount })
  const credentials = createCredentials({
    ...deps,
    grants: deps.grants,
    keep,
    tokens,
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
    examine: createExamine({ target: deps.target, checks: createChecks(deps) }),
  }
  const tests = createTests(house)
  const create = createCreate(house, createBeginnings(house))
  const update = createUpdate(house, tests, createReplace(house, tests))
  const ends = createEnds(house)
  const references = createReferences(house)
  const connectSessions = createConnectSessions(house, { create, held: createHeld(house) })
  const running = new Set<Promise<unknown>>()
  const uses = createUses({
    clock,
    observe,
    checkNow: ({ workspaceId, connectionId }) => {
      const work = tests
        .probe(workspaceId, connectionId)
        .catch((error: unknown) => log.warn('a connection could not be checked', { connection: connectionId, error }))
        .finally(() => running.delete(work))
      running.add(work)
    },
  })
  const shown = (caller: Caller) => (row: Parameters<typeof view>[1]) => view(caller, row, clock.now())

  return {
    create: async (caller, input) => {
      const { row, duplicateOf } = await create(caller, input)
      return { connection: shown(caller)(row), duplicateOf }
    },
    import: createImport(create, log),
    list: async (caller, filter, page) => {
      const workspaceId = workspaceOf(caller)
      const found = await store.within({ workspaceId }, (db) =>
        listConnections(db, workspaceId, { viewer: viewerOf(caller), filter, page }),
      )
      return { ...found, items: found.items.map(shown(caller)) }
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
    usedBy: references.learned,
    hasCheck,
    claimDue: async (limit, leaseMilliseconds) => {
      const now = clock.now()
      const due = await store.sweep((db) => claimDueConnections(db, { now, until: now + leaseMilliseconds, limit }))
      return due.map(({ id, workspace_id, provider }) => ({ id, workspaceId: workspace_id, provider }))
    },
    probe: tests.probe,
    limits: createLimits(house),
    memberRemoved: ends.memberRemoved,
    workspaceRemoved: ends.workspaceRemoved,
    prune: ends.prune,
    connectSessions,
    returnAddresses: createReturnAddresses(house),
    close: async () => {
      await epochs.close()
      await Promise.all(running)
    },
  }
}

export type { Affected } from './affected.ts'
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
export { ofFailure, ofMeaning } from './outcome.ts'
export type { ConnectionEvent, ConnectionEventType, EventsPort, Grants, MayConnect } from './ports.ts'
export { type Reason, reasons } from './reasons.ts'
export type { Outcome } from './state.ts'
export type { SeenConnection } from './view.ts'
