import { createReadStream } from 'node:fs'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { type Caller, system } from './actor.ts'
import { type Audit, createAudit, removeAnchor } from './audit/audit.ts'
import { type Clock, MINUTE } from './clock.ts'
import type { Config } from './config/config.ts'
import { type Connections, createConnections, createMailPort, type MailPort } from './connections/connections.ts'
import { createEvents, type Events } from './events/events.ts'
import { newId } from './ids.ts'
import { createDeliver, createProbe, createTimeLimits } from './jobs/jobs.ts'
import type { Logger } from './log.ts'
import { createGuard } from './net/guard.ts'
import type { Send } from './net/message.ts'
import { createSend } from './net/send.ts'
import { createOauth } from './oauth/oauth.ts'
import { createPolicies, decide, type Policies } from './policy/policy.ts'
import { createServices, type Services } from './services/services.ts'
import { backup as streamBackup } from './store/backup.ts'
import { type DataFolder, holdFolder } from './store/folder.ts'
import { type Restored, restore } from './store/restore.ts'
import { DEPLOYMENT } from './store/schema.ts'
import { openSignals } from './store/signals.ts'
import { openStore, type Store, type StoreOptions } from './store/store.ts'
import { createTarget } from './target/target.ts'
import { createRotations, openMasterKey, openVault, type Rotations, unwrapWith, type Vault } from './vault/vault.ts'

/**
 * Builds every room from the configuration, lowest floor first, and takes them down in the opposite order. The only file
 * that knows all of them.
 */
export interface App {
  config: Config
  clock: Clock
  log: Logger
  version: string
  folder: DataFolder
  store: Store
  vault: Vault
  rotations: Rotations
  audit: Audit
  accounts: Accounts
  services: Services
  policies: Policies
  events: Events
  connections: Connections
  /** An encrypted backup of everything, made while it is read. */
  backup(caller: Caller): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface AppOptions {
  config: Config
  clock: Clock
  log: Logger
  version: string
  /** What browsers use, when the configuration leaves it open. */
  publicUrl: () => string
  /** Instead of the network: for tests with a simulated service. */
  outside?: { send: Send; mail?: MailPort }
}

export async function createApp({ config, clock, log, version, publicUrl, outside }: AppOptions): Promise<App> {
  const opened: (() => unknown)[] = []
  const close = async () => {
    for (const undo of opened.splice(0).reverse()) await undo()
  }
  try {
    const folder = holdFolder(config.dataDir)
    opened.push(() => folder.release())

    const masterKey = await openMasterKey(config, log, clock)
    opened.push(() => masterKey.close())
    const store = await openStore({
      ...storeOptions(config, folder),
      beforeMigrating: (activeId) => masterKey.preflight(activeId),
    })
    opened.push(() => store.close())
    const vault = await openVault({ store, clock, log, masterKey })
    opened.push(() => vault.close())

    const audit = createAudit({
      store,
      clock,
      log,
      key: await vault.deploymentKey('audit'),
      mode: config.audit,
      anchorFile: folder.auditAnchor,
    })
    opened.push(() => audit.close())
    const rotations = createRotations({
      store,
      vault,
      masterKey,
      clock,
      log,
      record: (db, event) => audit.record(db, event),
    })
    const policies = createPolicies({ store, clock, audit })
    const services = await createServices({
      store,
      clock,
      log,
      audit,
      folder: config.servicesDir,
      allowed: config.servicesAllowed,
    })
    const accounts = createAccounts({
      store,
      clock,
      log,
      audit,
      sessionKey: () => vault.deploymentKey('sessions'),
      publicUrl: () => config.publicUrl ?? publicUrl(),
      sessionHours: config.sessionHours,
      signInAttempts: config.signInAttempts,
      jwtIssuers: config.jwtIssuers,
      onDelete: [
        (db, workspaceId) => connections.workspaceRemoved(db, workspaceId),
        (db, workspaceId) => vault.shred(db, workspaceId),
      ],
      onMemberRemoved: (...given) => connections.memberRemoved(...given),
    })

    const guard = createGuard({ allowed: config.allowedHosts ?? [] })
    const { allowsPlainHttp } = guard
    const send = outside?.send ?? createSend(guard)
    const signals = openSignals({ ...storeOptions(config, folder), dialect: store.dialect, clock, log })
    opened.push(() => signals.close())
    const events = createEvents({
      store,
      signals,
      vault,
      clock,
      log,
      record: (db, entry) => audit.record(db, entry),
      administers: (actor) => decide(actor, 'webhook:manage') === 'allowed',
      check: guard.check,
      // What a receiver says is for the log of deliveries alone.
      send: createSend(guard, { maxBytes: 4096, longer: 'cut' }),
      keptDays: config.eventDays,
    })
    opened.push(() => events.close())
    const connections = await createConnections({
      store,
      clock,
      log,
      vault,
      audit,
      services,
      target: createTarget({ allowsPlainHttp }),
      oauth: createOauth({ clock, send, allowsPlainHttp }),
      send,
      mail: outside?.mail ?? createMailPort({ clock, guard }),
      events,
      signals,
      mayConnect: policies.mayConnect,
      mayUse: policies.mayUse,
      timeUp: policies.timeUp,
    })
    opened.push(() => connections.close())

    const caller = { actor: system, requestId: newId('req'), ip: '' }
    await store.within({ workspaceId: DEPLOYMENT }, (db) =>
      audit.record(db, {
        event: 'server.started',
        workspaceId: DEPLOYMENT,
        caller,
        detail: { version, database: store.dialect },
      }),
    )
    opened.push(() =>
      store.within({ workspaceId: DEPLOYMENT }, (db) =>
        audit.record(db, { event: 'server.stopped', workspaceId: DEPLOYMENT, caller }),
      ),
    )
    opened.push(() => rotations.close())
    const deliver = createDeliver({ store, signals, clock, log, attempts: events.attempts })
    opened.push(() => deliver.close())
    const probe = createProbe({ connections, clock, log })
    opened.push(() => probe.close())
    const timeLimits = createTimeLimits({ connections, policies, clock, log })
    opened.push(() => timeLimits.close())
    opened.push(housekeeping({ clock, log, rotations, accounts, connections, events }))

    async function* backup(by: Caller) {
      await store.within({ workspaceId: DEPLOYMENT }, (db) =>
        audit.record(db, { event: 'backup.created', workspaceId: DEPLOYMENT, caller: by }),
      )
      yield* streamBackup({ store, clock, wrap: (purpose, key) => vault.wrap(purpose, key) })
    }
    return {
      config,
      clock,
      log,
      version,
      folder,
      store,
      vault,
      rotations,
      audit,
      accounts,
      services,
      policies,
      events,
      connections,
      backup,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Fills an empty data folder or database from a backup, and records that in the audit trail it brings. */
export async function restoreApp(options: AppOptions, backupFile: string): Promise<Restored> {
  const { config, log } = options
  const folder = holdFolder(config.dataDir)
  let restored: Restored
  try {
    const masterKey = await openMasterKey(config, log, options.clock)
    try {
      restored = await restore({
        read: () => createReadStream(backupFile),
        unwrap: (purpose, wrapped) => unwrapWith(masterKey, purpose, wrapped),
        openStore: (upTo) => openStore({ ...storeOptions(config, folder), ...(upTo === undefined ? {} : { upTo }) }),
      })
      removeAnchor(folder.auditAnchor)
    } finally {
      masterKey.close()
    }
  } finally {
    folder.release()
  }
  const app = await createApp(options)
  try {
    await app.store.within({ workspaceId: DEPLOYMENT }, (db) =>
      app.audit.record(db, {
        event: 'backup.restored',
        workspaceId: DEPLOYMENT,
        caller: { actor: system, requestId: newId('req'), ip: '' },
        detail: { createdAt: restored.createdAt, rows: restored.rows },
      }),
    )
  } finally {
    await app.close()
  }
  return restored
}

function storeOptions(config: Config, folder: DataFolder): StoreOptions {
  return {
    file: folder.database,
    // The driver of the database takes the address as text.
    ...(config.databaseUrl ? { url: config.databaseUrl.reveal() } : {}),
    ...(config.databaseOwnerUrl ? { ownerUrl: config.databaseOwnerUrl.reveal() } : {}),
    pool: config.databasePool,
  }
}

/** What is done again and again, on every server: each of these may run on several at once. */
function housekeeping({
  clock,
  log,
  rotations,
  accounts,
  connections,
  events,
}: Pick<App, 'clock' | 'log' | 'rotations' | 'accounts' | 'connections' | 'events'>) {
  const work: Record<string, () => Promise<unknown>> = {
    'finish interrupted rotations': () => rotations.resume(),
    'remove expired sign-ins and codes': () => accounts.prune(clock.now()),
    'destroy what was deleted': () => connections.prune(),
    'forget old connect links': () => connections.connectSessions.prune(),
    'remove old events': () => events.prune(),
  }
  let running: Promise<unknown> = Promise.resolve()
  const round = async () => {
    for (const [name, task] of Object.entries(work)) {
      await task().catch((error: unknown) => log.warn(`could not ${name}`, { error }))
    }
  }
  const tick = () => {
    running = running.then(round)
  }
  tick()
  const stop = clock.every(MINUTE, tick)
  return async () => {
    stop()
    await running
  }
}
