import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import {
  beginOauthAppSecret,
  changeOauthApp,
  getOauthApp,
  lockOauthApp,
  lockOauthApps,
  type OauthAppChange,
  type OauthAppRecord,
} from '../store/oauth-apps.ts'
import type { Db } from '../store/store.ts'
import type { Aftermath } from './aftermath.ts'
import {
  type AppSecrets,
  faultsOfWhole,
  type GivenApp,
  type Issue,
  readClientId,
  readKey,
  readName,
  readScopes,
  readSecrets,
  readSettings,
  refuse,
} from './entered.ts'
import type { Keep } from './keep.ts'
import type { AppsDeps, MustReconnect } from './ports.ts'
import { factsOf, serviceFor } from './realm.ts'
import { dethrone } from './register.ts'
import { methodsFor, requirementOf } from './requirement.ts'

export interface AppPatch extends GivenApp {
  name?: string | undefined
  isDefault?: boolean | undefined
  /** By the operator's file alone. */
  methods?: readonly string[] | undefined
}

export interface ChangedApp {
  app: OauthAppRecord
  dryRun: boolean
  mustReconnect: MustReconnect
}

export type Change = (
  caller: Caller,
  workspaceId: string,
  id: string,
  patch: AppPatch,
  how: { dryRun: boolean; byFile?: boolean },
) => Promise<ChangedApp>

interface Planned {
  change: OauthAppChange
  /** What was entered anew. */
  entered: AppSecrets
  /** Another client, or other addresses: what was granted to the one before is over. */
  isAnother: boolean
  fields: readonly string[]
}

/**
 * A new secret keeps what was granted. Another client id or address ends it, and comes only with secrets that are entered anew: nobody
 * can point a stored secret at a host of their own.
 */
export function createChange(deps: AppsDeps, keep: Keep, aftermath: Aftermath): Change {
  const { store, clock, services, audit } = deps

  async function planned(before: OauthAppRecord, patch: AppPatch, dryRun: boolean): Promise<Planned> {
    const issues: Issue[] = []
    const change: OauthAppChange = {}
    if (patch.name !== undefined) change.name = readName(patch.name, issues)
    if (patch.isDefault !== undefined) change.is_default = patch.isDefault
    if (!touchesClient(patch)) {
      refuse(issues)
      return { change, entered: {}, isAnother: false, fields: Object.keys(change) }
    }
    const { definition } = await serviceFor(services, before.workspace_id, before.provider)
    if (patch.methods !== undefined) change.methods = methodsFor(before.provider, definition, patch.methods)
    const requirement = requirementOf(definition, change.methods ?? before.methods)
    if (patch.clientId !== undefined) change.client_id = readClientId(requirement, patch.clientId, issues)
    if (patch.settings !== undefined) {
      change.settings = readSettings(requirement, { ...before.settings, ...patch.settings }, issues)
    }
    if (patch.extraScopes !== undefined) change.extra_scopes = readScopes(requirement, patch.extraScopes, issues)
    if (patch.clientAuth !== undefined) change.client_auth = patch.clientAuth
    const entered = readSecrets(requirement, patch, issues)
    refuse(issues)
    const isAnother =
      (change.client_id !== undefined && change.client_id !== before.client_id) ||
      (change.settings !== undefined && !same(change.settings, before.settings))
    const isNew = Object.keys(entered).length > 0
    if (isAnother && !isNew && before.holds.length > 0 && !dryRun) throw new Problem('app.secret_needed')
    if (entered.privateKey || patch.keyId !== undefined) {
      if (!entered.privateKey) issues.push({ path: 'body.keyId', message: 'comes together with the private key' })
      else Object.assign(change, readKey(entered, patch.keyId, issues))
    } else if (isAnother) Object.assign(change, { key_id: null, key_alg: null })
    const holds = isAnother ? Object.keys(entered) : [...new Set([...before.holds, ...Object.keys(entered)])]
    const auth = change.client_auth === undefined ? before.client_auth : change.client_auth
    if (!dryRun || isNew) issues.push(...faultsOfWhole(requirement, { auth, held: holds }))
    refuse(issues)
    if (isNew || isAnother) change.holds = holds
    if (isAnother) change.generation = before.generation + 1
    return { change, entered, isAnother, fields: [...Object.keys(patch)] }
  }

  /** The version that the row is going to name. Undefined: what it has stays. */
  async function stored(before: OauthAppRecord, { change, entered, isAnother }: Planned): Promise<number | undefined> {
    if (change.holds === undefined) return undefined
    const { id, workspace_id: workspaceId } = before
    const kept = isAnother ? undefined : await keep.get(before)
    const version = await store.within({ workspaceId }, async (db) => {
      await lockOauthApps(db, workspaceId)
      refuseMeanwhile(before, await getOauthApp(db, workspaceId, id))
      return beginOauthAppSecret(db, workspaceId, id)
    })
    await keep.put(before, version, { ...kept?.secrets, ...entered })
    return version
  }

  return async (caller, workspaceId, id, patch, { dryRun, byFile = false }) => {
    const before = await store.within({ workspaceId }, (db) => getOauthApp(db, workspaceId, id))
    if (before.source === 'file' && !byFile) throw new Problem('app.ruled_by_file')
    const plan = await planned(before, patch, dryRun)
    if (dryRun) {
      const mustReconnect = plan.isAnother ? await aftermath.foreseen(caller, before) : NOBODY
      return { app: { ...before, ...plan.change }, dryRun, mustReconnect }
    }
    const version = await stored(before, plan)
    const mustReconnect = plan.isAnother ? await aftermath.foreseen(caller, before) : NOBODY
    const app = await store.within({ workspaceId }, async (db) => {
      await lockOauthApps(db, workspaceId)
      const current = await lockOauthApp(db, workspaceId, id)
      if (!current) throw new Problem('app.not_found')
      if (version !== undefined) refuseMeanwhile(before, current)
      return written(db, caller, current, { ...plan, ...(version === undefined ? {} : { version }) })
    })
    if (version !== undefined) await aftermath.forgetBefore(app, before.secret_version)
    if (plan.isAnother) await aftermath.endElsewhere(caller, app, 'app_replaced')
    return { app, dryRun, mustReconnect }
  }

  async function written(
    db: Db,
    caller: Caller,
    current: OauthAppRecord,
    { change, isAnother, fields, version }: Planned & { version?: number },
  ): Promise<OauthAppRecord> {
    if (Object.keys(change).length === 0) return current
    if (change.is_default) await dethrone(db, { ...current, ...change })
    const app = await changeOauthApp(db, current, {
      ...change,
      ...(version === undefined ? {} : { secret_version: version }),
      // What the service said was about the one before.
      ...(version === undefined ? {} : { trouble: null, trouble_at: null, told: {} }),
      updated_at: clock.now(),
    })
    const ended = isAnother ? await aftermath.endHere(db, caller, app, 'app_replaced') : 0
    const was = isAnother ? { was: { clientId: current.client_id, settings: current.settings } } : {}
    await audit.record(db, {
      event: 'oauth_app.updated',
      workspaceId: app.workspace_id,
      caller,
      subject: app.id,
      ...(version === undefined ? {} : { risk: 'high' as const }),
      detail: { ...factsOf(app), fields, ...was, ...(isAnother ? { settings: app.settings, ended } : {}) },
    })
    return app
  }
}

export const NOBODY: MustReconnect = { count: 0, connections: [], workspaces: 0 }

function touchesClient({ name: _name, isDefault: _isDefault, ...client }: AppPatch): boolean {
  return Object.values(client).some((value) => value !== undefined)
}

function same(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? '') === (b[name] ?? ''))
}

/** Somebody else has entered a secret, or pointed it elsewhere, since this change was thought out. */
function refuseMeanwhile(before: OauthAppRecord, now: OauthAppRecord): void {
  if (before.secret_version !== now.secret_version || before.generation !== now.generation)
    throw new Problem('app.being_changed')
}
