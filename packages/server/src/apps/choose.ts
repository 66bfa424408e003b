import { type Method, settingsOf, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import type { Client } from '../oauth/oauth.ts'
import type { KnownService } from '../services/services.ts'
import { findOauthApp, listOauthApps, type OauthAppRecord } from '../store/oauth-apps.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import { type AppSecrets, FIELD } from './entered.ts'
import type { Keep } from './keep.ts'
import type { AppsDeps } from './ports.ts'
import { settingNames } from './requirement.ts'

/** An app with its secrets open, for whoever is about to speak to the service. */
export interface UsableApp {
  id: string
  client: Client
  /** All settings that belong to the app: they win over what a member chose, the empty ones too. */
  settings: Values
  fields: Secrets
  extraScopes: readonly string[]
  generation: number
}

export interface Wanted {
  provider: string
  method: string
  appId?: string | undefined
  /** Of a method that finds its server by an address: an app fits only the address that it was registered for. */
  settings?: Values | undefined
  /** Which version of the service sends the secret, where that is not the newest. */
  definitionVersion?: number | undefined
}

export interface Choosing {
  choose(workspaceId: string, wanted: Wanted): Promise<UsableApp>
  find(workspaceId: string, appId: string): Promise<UsableApp | undefined>
  ready(workspaceId: string): Promise<(provider: string, method: string) => boolean>
  /** Of one's own or the deployment's, whichever has it. */
  located(workspaceId: string, appId: string): Promise<OauthAppRecord | undefined>
  /** Those of the deployment that this workspace may use. */
  shared(workspaceId: string, provider?: string): Promise<OauthAppRecord[]>
}

export function createChoosing({ store, services }: AppsDeps, keep: Keep): Choosing {
  const listed = (workspaceId: string, provider?: string) =>
    store.within({ workspaceId }, (db) => listOauthApps(db, workspaceId, provider))

  async function located(workspaceId: string, appId: string): Promise<OauthAppRecord | undefined> {
    const own = await store.within({ workspaceId }, (db) => findOauthApp(db, workspaceId, appId))
    return own ?? store.within({ workspaceId: DEPLOYMENT }, (db) => findOauthApp(db, DEPLOYMENT, appId))
  }

  /** A definition of the workspace's own could send the deployment's secret wherever it says, so it gets none. */
  async function shared(workspaceId: string, provider?: string): Promise<OauthAppRecord[]> {
    const apps = (await listed(DEPLOYMENT, provider)).filter(({ retired_at }) => retired_at === null)
    const usable = new Map<string, boolean>()
    for (const { provider: id } of apps) {
      if (!usable.has(id)) usable.set(id, services.permits(id) && isShared(await known(workspaceId, id)))
    }
    return apps.filter((app) => usable.get(app.provider))
  }

  async function known(workspaceId: string, id: string): Promise<KnownService | undefined> {
    try {
      return await services.get(workspaceId, id)
    } catch (error) {
      // A file that the operator took out of the folder: its apps stand, and nobody can use them.
      if (error instanceof Problem && error.code === 'service.not_found') return undefined
      throw error
    }
  }

  async function opened(given: OauthAppRecord): Promise<UsableApp | undefined> {
    const found = await keep.get(given)
    return found && usable(found.app, found.secrets)
  }

  return {
    located,
    shared,

    choose: async (workspaceId, { provider, method: name, appId, settings, definitionVersion }) => {
      const service = await services.get(workspaceId, provider)
      const method = Object.hasOwn(service.definition.auth, name) ? service.definition.auth[name]! : undefined
      if (!method) throw new Problem('connection.method_needs_app', { method: name.slice(0, 100) })
      const fits = (app: OauthAppRecord) =>
        app.methods.includes(name) && app.retired_at === null && isForAddress(service, method, app, settings)
      const own = (await listed(workspaceId, provider)).filter(fits)
      // An older version may be one that the workspace described itself, before the operator took the name.
      const isNewest = definitionVersion === undefined || definitionVersion === service.version
      const deployed = isShared(service) && isNewest ? (await listed(DEPLOYMENT, provider)).filter(fits) : []
      const named = appId === undefined ? undefined : [...own, ...deployed].find(({ id }) => id === appId)
      if (appId !== undefined && !named) throw new Problem('app.not_found')
      const chosen = named ?? preferred(own) ?? preferred(deployed)
      const app = chosen && (await opened(chosen))
      if (!app) throw new Problem('connection.method_needs_app', { method: name })
      return { ...app, settings: ruling(service, method, app.settings) }
    },

    find: async (workspaceId, appId) => {
      const app = await located(workspaceId, appId)
      return app && opened(app)
    },

    ready: async (workspaceId) => {
      const own = (await listed(workspaceId)).filter(({ retired_at }) => retired_at === null)
      const apps = [...own, ...(await shared(workspaceId))]
      const all = new Set(apps.flatMap(({ provider, methods }) => methods.map((method) => `${provider} ${method}`)))
      return (provider, method) => all.has(`${provider} ${method}`)
    },
  }
}

export function isShared(service: KnownService | undefined): boolean {
  return service !== undefined && service.origin !== 'workspace'
}

/** They come the oldest first. */
function preferred(apps: readonly OauthAppRecord[]): OauthAppRecord | undefined {
  return apps.find(({ is_default }) => is_default) ?? apps[0]
}

function isForAddress(
  service: KnownService,
  method: Method,
  app: OauthAppRecord,
  settings: Values | undefined,
): boolean {
  if (method.obtain.by !== 'discovery' || !settings) return true
  return settingNames(service.definition, method).every((name) => app.settings[name] === settings[name])
}

/** Of this method; a name that the definition has gained since the app was registered is nobody's to choose. */
function ruling({ definition }: KnownService, method: Method, settings: Values): Values {
  const known = settingsOf(definition, method)
  const kept = Object.entries(settings).filter(([name]) => Object.hasOwn(known, name))
  return {
    ...Object.fromEntries(settingNames(definition, method).map((name) => [name, ''])),
    ...Object.fromEntries(kept),
  }
}

function usable(app: OauthAppRecord, { clientSecret, privateKey, ...rest }: AppSecrets): UsableApp {
  const { id, client_id, client_auth, key_id, key_alg, settings, extra_scopes: extraScopes, generation } = app
  const client: Client = {
    id: client_id,
    ...(clientSecret ? { secret: clientSecret } : {}),
    ...(client_auth ? { auth: client_auth } : {}),
    ...(privateKey && key_alg ? { key: { pem: privateKey, alg: key_alg, ...(key_id ? { kid: key_id } : {}) } } : {}),
  }
  const fields = Object.fromEntries(Object.entries(rest).map(([name, secret]) => [name.slice(FIELD.length), secret]))
  return { id, client, settings, fields, extraScopes, generation }
}
