import type { Caller } from '../actor.ts'
import { HOUR } from '../clock.ts'
import { Problem } from '../errors.ts'
import {
  deleteOauthAppsOf,
  getOauthApp,
  listOauthApps,
  listOauthAppsInTrouble,
  listOauthAppsToPurge,
  type OauthAppRecord,
  purgeOauthApp,
} from '../store/oauth-apps.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { createAftermath } from './aftermath.ts'
import { type AppPatch, type ChangedApp, createChange } from './change.ts'
import { type Choosing, createChoosing } from './choose.ts'
import { createFromFile, type ReadFile } from './from-file.ts'
import { createKeep } from './keep.ts'
import type { AppsDeps, MustReconnect } from './ports.ts'
import { workspaceOf } from './realm.ts'
import { createRegister, type NewApp } from './register.ts'
import { type Requirement, requirementOf, takesApp } from './requirement.ts'
import { createTroubles, type Troubles } from './trouble.ts'
import { type SeenApp, seenApp, wholeApp } from './view.ts'

/**
 * OAuth apps that administrators register at services: of a workspace, or of the whole deployment. Promises: their secrets are never shown
 * again, what the deployment registered is used by all and read by nobody, and what a service says against an app never touches a
 * member's connection. Refuses a stored secret for another client id or address, and the deployment's apps to a workspace's own definition.
 */
export interface Apps extends Pick<Choosing, 'choose' | 'find' | 'ready'>, Troubles {
  /** Those of the workspace, then those of the deployment that it may use. */
  list(caller: Caller, provider?: string): Promise<SeenApp[]>
  get(caller: Caller, id: string): Promise<SeenApp>
  create(caller: Caller, input: NewApp): Promise<SeenApp>
  change(caller: Caller, id: string, patch: AppPatch, how: { dryRun: boolean }): Promise<Changed>
  remove(caller: Caller, id: string, how: { dryRun: boolean }): Promise<Removed>
  /** For operators: the apps of all workspaces. */
  deployment: {
    list(provider?: string): Promise<SeenApp[]>
    get(id: string): Promise<SeenApp>
    create(caller: Caller, input: NewApp): Promise<SeenApp>
    change(caller: Caller, id: string, patch: AppPatch, how: { dryRun: boolean }): Promise<Changed>
    remove(caller: Caller, id: string, how: { dryRun: boolean }): Promise<Removed>
  }
  /** What has to be entered for an app of this service, method by method. */
  wanted(caller: Caller, provider: string): Promise<WantedOfMethod[]>
  /** Of every workspace: for whoever runs the server. */
  inTrouble(): Promise<OauthAppRecord[]>

  /** The apps that the configuration rules, at start. */
  readFile: ReadFile
  workspaceRemoved(db: Db, workspaceId: string): Promise<void>
  /** Destroys what could not be destroyed at once, and what was begun and never finished. Safe on every server at once. */
  prune(): Promise<void>
}

export type Changed = Omit<ChangedApp, 'app'> & { app: SeenApp }

export interface Removed {
  id: string
  dryRun: boolean
  mustReconnect: MustReconnect
}

export type WantedOfMethod = Requirement & { method: string }

const UNFINISHED = HOUR
const PAGE = 200

/** `fileRules`: the configuration says which apps there are, so that nobody else removes one of its own. */
export function createApps(deps: AppsDeps & { fileRules: boolean }): Apps {
  const { store, clock, log, services, fileRules } = deps
  const keep = createKeep(deps)
  const aftermath = createAftermath(deps, keep)
  const register = createRegister(deps, keep)
  const change = createChange(deps, keep, aftermath)
  const choosing = createChoosing(deps, keep)
  const found = (workspaceId: string, id: string) =>
    store.within({ workspaceId }, (db) => getOauthApp(db, workspaceId, id))
  const listed = (workspaceId: string, provider?: string) =>
    store.within({ workspaceId }, (db) => listOauthApps(db, workspaceId, provider))

  async function remove(caller: Caller, workspaceId: string, id: string, dryRun: boolean): Promise<Removed> {
    const app = await found(workspaceId, id)
    if (app.source === 'file' && app.retired_at === null && fileRules) throw new Problem('app.ruled_by_file')
    const mustReconnect = await aftermath.foreseen(caller, app)
    if (!dryRun) await aftermath.remove(caller, workspaceId, id)
    return { id, dryRun, mustReconnect }
  }

  return {
    choose: choosing.choose,
    find: choosing.find,
    ready: choosing.ready,
    ...createTroubles(deps, choosing),

    list: async (caller, provider) => {
      const workspaceId = workspaceOf(caller)
      const own = await listed(workspaceId, provider)
      return [...own, ...(await choosing.shared(workspaceId, provider))].map((app) => seenApp(caller, app))
    },
    get: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const app = await choosing.located(workspaceId, id)
      const isThere = app && (app.workspace_id === workspaceId || (await isSharedWith(workspaceId, app)))
      if (!isThere) throw new Problem('app.not_found')
      return seenApp(caller, app)
    },
    create: async (caller, input) => seenApp(caller, await register(caller, workspaceOf(caller), input)),
    change: async (caller, id, patch, how) => {
      const { app, ...rest } = await change(caller, workspaceOf(caller), id, patch, how)
      return { ...rest, app: seenApp(caller, app) }
    },
    remove: (caller, id, { dryRun }) => remove(caller, workspaceOf(caller), id, dryRun),

    deployment: {
      list: async (provider) => (await listed(DEPLOYMENT, provider)).map(wholeApp),
      get: async (id) => wholeApp(await found(DEPLOYMENT, id)),
      create: async (caller, input) => wholeApp(await register(caller, DEPLOYMENT, input)),
      change: async (caller, id, patch, how) => {
        const { app, ...rest } = await change(caller, DEPLOYMENT, id, patch, how)
        return { ...rest, app: wholeApp(app) }
      },
      remove: (caller, id, { dryRun }) => remove(caller, DEPLOYMENT, id, dryRun),
    },

    wanted: async ({ actor }, provider) => {
      const workspaceId = 'workspaceId' in actor ? actor.workspaceId : undefined
      const { definition } = await services.get(workspaceId, provider)
      const methods = Object.keys(definition.auth).filter((name) => takesApp(definition.auth[name]!))
      return methods.map((method) => ({ method, ...requirementOf(definition, [method]) }))
    },
    inTrouble: () => store.sweep((db) => listOauthAppsInTrouble(db, PAGE)),

    readFile: createFromFile(deps, { keep, register, change }),
    workspaceRemoved: (db, workspaceId) => deleteOauthAppsOf(db, workspaceId),
    prune: async () => {
      const due = await store.sweep((db) => listOauthAppsToPurge(db, clock.now() - UNFINISHED, PAGE))
      for (const app of due) {
        try {
          await keep.dropAll(app)
          await store.within({ workspaceId: app.workspace_id }, (db) => purgeOauthApp(db, app))
        } catch (error) {
          log.warn('the secret of an app could not be destroyed yet', { app: app.id, error })
        }
      }
    },
  }

  async function isSharedWith(workspaceId: string, { id, provider }: OauthAppRecord): Promise<boolean> {
    return (await choosing.shared(workspaceId, provider)).some((app) => app.id === id)
  }
}

export type { AppPatch, ChangedApp } from './change.ts'
export type { UsableApp } from './choose.ts'
export type { AppInFile } from './from-file.ts'
export type { Dependants, MustReconnect } from './ports.ts'
export type { NewApp } from './register.ts'
export type { SeenApp } from './view.ts'
