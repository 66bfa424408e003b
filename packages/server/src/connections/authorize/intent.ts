import type { Method, Service } from '@cardea/catalog'
import type { Caller } from '../../actor.ts'
import { Problem } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { findConnection } from '../../store/connections.ts'
import type { ConnectionRow, OauthFlowRow } from '../../store/schema.ts'
import { opened, workspaceOf } from '../access.ts'
import { methodOf } from '../credential.ts'
import { readEntered, readLabel } from '../entered.ts'
import type { House } from '../house.ts'
import type { App, AppsPort } from '../ports.ts'
import { kindOf, textsOf } from '../prepared.ts'
import type { FindOut, FoundOut } from './find-out.ts'
import { ownedBy, refuseOwned, valuesOfApp, without } from './owned-settings.ts'
import { scopesFor } from './wanted-scopes.ts'

/** What somebody wants to have authorized. */
export interface NewFlow {
  provider?: string | undefined
  method?: string | undefined
  appId?: string | undefined
  name?: string | undefined
  visibility?: ConnectionRow['visibility'] | undefined
  settings?: Readonly<Record<string, string>> | undefined
  /** Fields of the method that are there before anybody consents, such as an assertion. */
  credential?: Readonly<Record<string, string>> | undefined
  /** Beyond what the method asks for by itself. */
  scopes?: readonly string[] | undefined
  /** Authorizes anew what stands. */
  connectionId?: string | undefined
}

export interface Intent {
  purpose: OauthFlowRow['purpose']
  kind: OauthFlowRow['kind']
  connection: ConnectionRow | undefined
  provider: string
  definitionVersion: number
  service: Service
  methodName: string
  method: Method
  app: App | undefined
  settings: Record<string, string>
  fields: Record<string, Secret>
  facts: Partial<FoundOut['facts']>
  /** Undefined where the method knows none. */
  scopes: string[] | undefined
  newScopes: string[]
  name: string | undefined
  visibility: ConnectionRow['visibility']
}

export type ReadIntent = (caller: Caller, input: NewFlow, redirectUri: string) => Promise<Intent>

export function createReadIntent(house: House, findOut: FindOut): ReadIntent {
  const { store, clock, services, apps, mayConnect } = house

  async function meant(caller: Caller, input: NewFlow) {
    const workspaceId = workspaceOf(caller)
    const { connectionId } = input
    if (connectionId === undefined) {
      const provider = input.provider ?? ''
      const { definition: service, version } = await services.get(workspaceId, provider)
      const [methodName, method] = chosen(service, { provider, method: input.method }, clock.now())
      return { workspaceId, provider, service, definitionVersion: version, methodName, method, connection: undefined }
    }
    const row = opened(
      caller,
      await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, connectionId)),
    )
    if (row.credential_version === 0) throw new Problem('connection.pending')
    refuseOther(input, row)
    if (!services.permits(row.provider)) throw new Problem('service.not_permitted', { id: row.provider })
    const { provider, definition_version: definitionVersion, method: methodName } = row
    const service = await services.definition(workspaceId, provider, definitionVersion)
    const method = methodOf(service, row)
    refuseUngranted(method)
    return { workspaceId, provider, service, definitionVersion, methodName, method, connection: row }
  }

  /** For one that stands, the app that it was granted to, while that is there. */
  async function appFor(
    workspaceId: string,
    of: Parameters<AppsPort['choose']>[1],
    connection: ConnectionRow | undefined,
  ): Promise<App> {
    if (!apps) throw new Problem('connection.method_needs_app', { method: of.method })
    const same = connection?.app_id ? await apps.find(workspaceId, connection.app_id) : undefined
    return same ?? apps.choose(workspaceId, of)
  }

  return async (caller, input, redirectUri) => {
    const { workspaceId, provider, service, definitionVersion, methodName, method, connection } = await meant(
      caller,
      input,
    )
    const found = method.obtain.by === 'discovery'
    const of = { provider, method: methodName, appId: input.appId, definitionVersion }
    const app = found || !takesApp(method) ? undefined : await appFor(workspaceId, of, connection)
    const before = connection ? textsOf(connection.settings) : {}
    const owned = app ? ownedBy(app, service, method) : NOTHING
    if (!connection) refuseOwned(owned, app, input.settings ?? {})
    const given = connection ? before : (input.settings ?? {})
    const settings = { ...without(given, owned), ...(app ? valuesOfApp(app, owned) : {}) }
    const entered = readEntered(service, method, { settings, credential: input.credential }, before)
    const sought = { ...of, workspaceId, methodName, service, method, redirectUri }
    const out = found
      ? await findOut({
          ...sought,
          settings: entered.settings,
          secrets: entered.secrets,
          appId: input.appId ?? connection?.app_id ?? undefined,
        })
      : undefined
    const through = out?.app ?? app
    const scopes = scopesFor({
      method,
      methodName,
      through,
      found: out?.scopes ?? [],
      connection,
      wanted: input.scopes,
    })
    const visibility = connection?.visibility ?? input.visibility ?? 'private'
    await mayConnect(caller, {
      workspaceId,
      does: connection ? 'replace' : 'connect',
      provider,
      method: methodName,
      visibility,
      skipsTest: false,
      scopes: scopes.asked ?? null,
    })
    return {
      purpose: connection ? 'reauthorize' : 'connect',
      kind: kindOfVisit(method),
      connection,
      provider,
      definitionVersion,
      service,
      methodName,
      method,
      app: through,
      settings: entered.settings,
      fields: { ...entered.secrets, ...out?.fields },
      facts: out?.facts ?? {},
      scopes: scopes.asked,
      newScopes: scopes.added,
      name: input.name === undefined ? undefined : readLabel(input.name, 'name'),
      visibility,
    }
  }
}

function chosen(
  service: Service,
  { provider, method: named }: { provider: string; method: string | undefined },
  now: number,
): [string, Method] {
  const granted = Object.entries(service.auth).filter(([, method]) => kindOf(method) === 'granted')
  const name = named ?? (granted.length === 1 ? granted[0]![0] : '')
  const method = Object.hasOwn(service.auth, name) ? service.auth[name] : undefined
  if (!method) {
    const methods = granted.map(([each]) => each)
    throw new Problem('connection.method_unknown', { provider, method: name.slice(0, 100), methods })
  }
  refuseUngranted(method)
  const since = method.retires && (method.retires.closes ?? method.retires.on)
  if (since && Date.parse(since) <= now) {
    throw new Problem('connection.method_retired', { method: name, since, use: method.retires!.use })
  }
  return [name, method]
}

function refuseUngranted(method: Method): void {
  if (kindOf(method) !== 'granted') throw new Problem('oauth.not_supported', { step: 'consent' })
}

/** What says where the credential goes stays as it is: another place is another connection. */
function refuseOther(input: NewFlow, row: ConnectionRow): void {
  const settings = textsOf(row.settings)
  const issues = [
    ...(input.provider !== undefined && input.provider !== row.provider ? ['provider'] : []),
    ...(input.method !== undefined && input.method !== row.method ? ['method'] : []),
    ...Object.entries(input.settings ?? {})
      .filter(([name, value]) => settings[name] !== value)
      .map(([name]) => `settings.${name.slice(0, 100)}`),
    ...(input.appId !== undefined && input.appId !== row.app_id ? ['appId'] : []),
    ...(input.name === undefined ? [] : ['name']),
    ...(input.visibility === undefined ? [] : ['visibility']),
  ]
  if (issues.length === 0) return
  const message = 'stays what it is when a connection is authorized anew'
  throw new Problem('request.invalid', { issues: issues.map((path) => ({ path: `body.${path}`, message })) })
}

export function takesApp(method: Method): boolean {
  if (method.app) return true
  const own = ['fields', 'settings'] as const
  return !own.some((block) => Object.hasOwn(method[block] ?? {}, 'clientId'))
}

const NOTHING: ReadonlySet<string> = new Set()

function kindOfVisit({ obtain }: Method): Intent['kind'] {
  if (obtain.by === 'device') return 'device'
  return obtain.by === 'code' || obtain.by === 'fragment' || obtain.by === 'oauth1' || obtain.by === 'discovery'
    ? 'browser'
    : 'direct'
}
