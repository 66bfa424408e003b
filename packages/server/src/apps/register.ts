import { actorId, type Caller } from '../actor.ts'
import { SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import {
  changeOauthApp,
  countOauthApps,
  createOauthApp,
  findFileApp,
  listOauthApps,
  lockOauthApps,
  type OauthAppRecord,
} from '../store/oauth-apps.ts'
import { DEPLOYMENT, type OauthAppRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
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
import type { AppsDeps } from './ports.ts'
import { factsOf, serviceFor } from './realm.ts'
import { methodsFor, requirementOf } from './requirement.ts'

/** What an administrator sends who has registered an app at a service. */
export interface NewApp extends GivenApp {
  provider: string
  /** May be left out where only one method of the service works through an app. */
  methods?: readonly string[] | undefined
  name?: string | undefined
  /** Taken where several would do and nobody says which. */
  isDefault?: boolean | undefined
}

export type Register = (
  caller: Caller,
  workspaceId: string,
  input: NewApp,
  source?: OauthAppRow['source'],
) => Promise<OauthAppRecord>

export type ReadApp = Pick<
  OauthAppRecord,
  'name' | 'methods' | 'client_id' | 'client_auth' | 'settings' | 'extra_scopes' | 'key_id' | 'key_alg'
> & { secrets: AppSecrets }

export const MOST_APPS = 200
export const MOST_DEPLOYMENT_APPS = 1000

/** Everything that was sent, held against the definition. Nothing is stored before. */
export async function readNew(services: AppsDeps['services'], workspaceId: string, input: NewApp): Promise<ReadApp> {
  const { definition } = await serviceFor(services, workspaceId, input.provider)
  const methods = methodsFor(input.provider, definition, input.methods)
  const requirement = requirementOf(definition, methods)
  const issues: Issue[] = []
  const name = readName(input.name ?? definition.name, issues)
  const client_id = readClientId(requirement, input.clientId, issues)
  const settings = readSettings(requirement, input.settings ?? {}, issues)
  const extra_scopes = readScopes(requirement, input.extraScopes ?? [], issues)
  const secrets = readSecrets(requirement, input, issues)
  const client_auth = input.clientAuth ?? null
  refuse(issues)
  issues.push(...faultsOfWhole(requirement, { auth: client_auth, held: Object.keys(secrets) }))
  const key = readKey(secrets, input.keyId, issues)
  refuse(issues)
  return { name, methods, client_id, client_auth, settings, extra_scopes, ...key, secrets }
}

/** Begun without being seen, put into the vault, and only then there: a server that dies in between leaves nothing that looks registered. */
export function createRegister({ store, clock, services, audit }: AppsDeps, keep: Keep): Register {
  return async (caller, workspaceId, input, source = 'api') => {
    const { secrets, ...read } = await readNew(services, workspaceId, input)
    const now = clock.now()
    const begun: OauthAppRecord = {
      id: newId('app'),
      workspace_id: workspaceId,
      provider: input.provider,
      ...read,
      source,
      generation: 1,
      secret_versions: 1,
      secret_version: 0,
      holds: Object.keys(secrets),
      is_default: false,
      trouble: null,
      trouble_at: null,
      told: {},
      created_by: actorId(caller.actor),
      created_at: now,
      updated_at: now,
      finished_at: null,
      retired_at: null,
      deleted_at: null,
    }
    const most = workspaceId === DEPLOYMENT ? MOST_DEPLOYMENT_APPS : MOST_APPS
    await store.within({ workspaceId }, async (db) => {
      await lockOauthApps(db, workspaceId)
      if (source === 'file') await refuseTwice(db, begun)
      if ((await countOauthApps(db, workspaceId)) >= most) throw new Problem('app.too_many', { limit: most })
      await createOauthApp(db, begun)
    })
    await keep.put(begun, 1, secrets)
    return store.within({ workspaceId }, async (db) => {
      await lockOauthApps(db, workspaceId)
      if (input.isDefault) await dethrone(db, begun)
      const app = await changeOauthApp(db, begun, {
        secret_version: 1,
        finished_at: clock.now(),
        is_default: input.isDefault ?? false,
      })
      const detail = { ...factsOf(app), holds: app.holds, settings: app.settings, extraScopes: app.extra_scopes }
      await audit.record(db, { event: 'oauth_app.created', workspaceId, caller, subject: app.id, detail })
      return app
    })
  }
}

/** A vault that takes longer has lost its server. */
const BEGINNING = 5 * SECOND

/** Of several servers that read the same file one registers the app; what one of them left half done is done again. */
async function refuseTwice(db: Db, begun: OauthAppRecord): Promise<void> {
  const same = await findFileApp(db, begun)
  if (!same) return
  if (same.finished_at !== null || begun.created_at - same.created_at < BEGINNING) {
    throw new Problem('app.being_changed')
  }
  await changeOauthApp(db, same, { deleted_at: begun.created_at })
}

/** Of the apps for one method at most one is the default. */
export async function dethrone(db: Db, app: Pick<OauthAppRecord, 'id' | 'workspace_id' | 'provider' | 'methods'>) {
  for (const other of await listOauthApps(db, app.workspace_id, app.provider)) {
    const overlaps = other.methods.some((method) => app.methods.includes(method))
    if (other.id !== app.id && other.is_default && overlaps) await changeOauthApp(db, other, { is_default: false })
  }
}
