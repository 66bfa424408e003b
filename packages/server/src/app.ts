import { createReadStream } from 'node:fs'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { type Actions, createActions, createMailbox, type Mailbox } from './actions/actions.ts'
import { type Caller, system } from './actor.ts'
import { type Apps, createApps } from './apps/apps.ts'
import { type Audit, createAudit, removeAnchor } from './audit/audit.ts'
import { type Broker, createBroker } from './broker/broker.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config/config.ts'
import {
  type Connections,
  createAim,
  createConnections,
  createMailPort,
  type MailPort,
} from './connections/connections.ts'
import { createEvents, type Events } from './events/events.ts'
import { newId } from './ids.ts'
import { createHousekeeping, startJobs } from './jobs/jobs.ts'
import type { Logger } from './log.ts'
import { createDispatch, type Dispatch } from './net/dispatch.ts'
import { createGuard } from './net/guard.ts'
import type { Send } from './net/message.ts'
import { createSend } from './net/send.ts'
import { createOauth } from './oauth/oauth.ts'
import { createPolicies, decide, type Policies } from './policy/policy.ts'
import { type Sandbox, startSandbox, wantsSandbox } from './sandbox/sandbox.ts'
import { createServices, type Services } from './services/services.ts'
import { agreeOnTime } from './store/agreed-clock.ts'
import { backup as streamBackup } from './store/backup.ts'
import { type DataFolder, holdFolder } from './store/folder.ts'
import { openOwnership } from './store/ownership.ts'
import { type Restored, restore } from './store/restore.ts'
import { DEPLOYMENT } from './store/schema.ts'
import { openSignals } from './store/signals.ts'
import { openStore, type Store, type StoreOptions } from './store/store.ts'
import { createTarget, type Target } from './target/target.ts'
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
  apps: Apps
  events: Events
  connections: Connections
  broker: Broker
  actions: Actions
  target: Target
  dispatch: Dispatch
  sandbox: Sandbox | undefined
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
  outside?: { send: Send; mail?: MailPort; dispatch?: Dispatch; mailbox?: Mailbox }
}

export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, version, publicUrl, outside } = options
  const opened: (() => unknown)[] = []
  const close = async () => {
    for (const undo of opened.splice(0).reverse()) await undo()
  }
  try {
    const folder = holdFolder(config.dataDir)
    opened.push(() => folder.release())

    const masterKey = await openMasterKey(config, log, options.clock)
    opened.push(() => masterKey.close())
    const store = await openStore({
      ...storeOptions(config, folder),
      beforeMigrating: (activeId) => masterKey.preflight(activeId),
    })
    opened.push(() => store.close())
    const clock = await sharedClock(options.clock, store, log, opened)
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
    const signals = openSignals({ ...storeOptions(config, folder), dialect: store.dialect, clock, log })
    opened.push(() => signals.close())
    const policies = await createPolicies({ store, clock, log, audit, signals, aim: (...given) => aim(...given) })
    opened.push(() => policies.close())
    const sandbox = wantsSandbox({ wanted: config.sandbox, host: config.host, publicUrl: config.publicUrl })
      ? await startSandbox({
          clock,
          log,
          port: config.sandboxPort,
          redirectUris: () => [`${config.publicUrl ?? publicUrl()}/oauth/callback`],
        })
      : undefined
    if (sandbox) opened.push(() => sandbox.close())
    const services = await createServices({
      store,
      clock,
      log,
      audit,
      folder: config.servicesDir,
      allowed: config.servicesAllowed,
      extra: sandbox ? [sandbox.service] : [],
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
      beforeDelete: (workspaceId) => connections.workspaceLeaves(workspaceId),
      onDelete: [
        (db, workspaceId) => connections.workspaceRemoved(db, workspaceId),
        (db, workspaceId) => apps.workspaceRemoved(db, workspaceId),
        (db, workspaceId) => vault.shred(db, workspaceId),
      ],
      onMemberRemoved: async (db, workspaceId, userId, caller) => {
        await broker.ownerGone(db, workspaceId, userId)
        return connections.memberRemoved(db, workspaceId, userId, caller)
      },
      onKeyRevoked: async (db, workspaceId, keyId, caller) => {
        await broker.ownerGone(db, workspaceId, keyId)
        return connections.keyRevoked(db, workspaceId, keyId, caller)
      },
    })

    const guard = createGuard({
      allowed: config.allowedHosts ?? [],
      own: sandbox ? [new URL(sandbox.issuer).host] : [],
    })
    const { allowsPlainHttp } = guard
    const send = outside?.send ?? createSend(guard)
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
    const apps = createApps({
      store,
      clock,
      log,
      vault,
      services,
      audit,
      events,
      dependants: {
        list: (...given) => connections.ofApp.list(...given),
        end: (...given) => connections.ofApp.end(...given),
        byWorkspace: (...given) => connections.ofApp.byWorkspace(...given),
      },
      fileRules: config.oauthApps !== undefined,
    })
    const ownership = openOwnership({
      ...storeOptions(config, folder),
      dialect: store.dialect,
      clock: options.clock,
      log,
    })
    opened.push(() => ownership.close())
    const target = createTarget({ allowsPlainHttp })
    const aim = createAim({ store, services, target })
    const connections = await createConnections({
      store,
      clock,
      log,
      vault,
      audit,
      services,
      target,
      oauth: createOauth({ clock, send, allowsPlainHttp }),
      send,
      mail: outside?.mail ?? createMailPort({ clock, guard }),
      events,
      signals,
      apps,
      accessTokens: config.accessTokens,
      redirectUri: () => `${config.publicUrl ?? publicUrl()}/oauth/callback`,
      allowsPlainHttp,
      ownership,
      mayConnect: policies.mayConnect,
      mayUse: policies.mayUse,
      timeUp: policies.timeUp,
    })
    opened.push(() => connections.close())
    const network = createDispatch({
      guard,
      clock,
      connectSeconds: config.proxyConnectSeconds,
      answerSeconds: config.proxyAnswerSeconds,
      idleSeconds: config.proxyIdleSeconds,
      keepAliveSeconds: config.proxyKeepAliveSeconds,
      http2: config.proxyHttp2 === 'on',
    })
    opened.push(() => network.close())
    const dispatch = outside?.dispatch ?? network
    const here = () => config.publicUrl ?? publicUrl()
    const broker = createBroker({
      store,
      clock,
      log,
      audit,
      services,
      connections,
      keys: accounts.keys,
      identify: accounts.identify,
      policies,
      signals,
      publicUrl: here,
      holdSeconds: config.plaintextHoldSeconds,
      requireManifest: config.requireManifest === '1',
    })
    opened.push(() => broker.close())
    const mailbox = outside?.mailbox ?? createMailbox({ clock, guard })
    const hop = { broker, connections, policies, target, dispatch, clock, log }
    const actions = createActions({ ...hop, store, services, mailbox, publicUrl: here })
    opened.push(() => actions.close())

    await apps.readFile([...(config.oauthApps ?? []), ...(sandbox ? [sandboxApp(sandbox)] : [])], {
      retireOthers: config.oauthApps !== undefined,
    })

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
    const jobs = startJobs({ store, signals, clock, log, events, connections, policies })
    opened.push(() => jobs.close())
    const housekeeping = createHousekeeping({
      clock,
      log,
      work: {
        'finish interrupted rotations': () => rotations.resume(),
        'remove expired sign-ins and codes': () => accounts.prune(clock.now()),
        'destroy what was deleted': () => connections.prune(),
        'destroy secrets of apps that were removed': () => apps.prune(),
        'forget old connect links': () => connections.connectSessions.prune(),
        'forget old authorizations': () => connections.authorize.prune(),
        'forget old broker tokens': () => broker.prune(),
        'remove old events': () => events.prune(),
      },
    })
    opened.push(() => housekeeping.close())

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
      apps,
      events,
      connections,
      broker,
      actions,
      target,
      dispatch,
      sandbox,
      backup,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What this server is to its own sandbox: registered anew with every start, like any app of the configuration. */
function sandboxApp({ service, app }: Sandbox) {
  return { provider: service.id, name: 'Sandbox', ...app }
}

/** Servers that share a database go by its time; a clock that somebody handed in is theirs to set. */
async function sharedClock(clock: Clock, store: Store, log: Logger, opened: (() => unknown)[]): Promise<Clock> {
  if (store.dialect === 'sqlite' || clock !== systemClock) return clock
  const agreed = await agreeOnTime(clock, store, log)
  opened.push(() => agreed.stop())
  return agreed
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
  const app = await createApp({ ...options, config: { ...config, sandbox: '0' } })
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
