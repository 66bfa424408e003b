import { fillAddress, type Method, placeholders, type Service, settingsOf } from '@cardea/catalog'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import { type Client, discover, register, waysToRegister } from '../../oauth/oauth.ts'
import type { Secret } from '../../secret.ts'
import type { House } from '../house.ts'
import type { App } from '../ports.ts'
import { prepare } from '../prepared.ts'
import { keepDiscovered } from './discovered.ts'
import type { Kept } from './sealed.ts'

/** Where to sign in at an address that nobody described, and as which client. */
export interface FoundOut {
  fields: Record<string, Secret>
  facts: Pick<Kept, 'issuer' | 'issuerAnnounced' | 'resource' | 'pushTo'>
  scopes: string[]
  app: App | undefined
}

export interface Sought {
  workspaceId: string
  provider: string
  methodName: string
  service: Service
  method: Method
  settings: Readonly<Record<string, string>>
  secrets: Secrets
  redirectUri: string
  appId?: string | undefined
}

export type FindOut = (sought: Sought) => Promise<FoundOut>

const OURSELVES = 'Cardea'
/** Where the document lies that describes us as a client. */
export const CLIENT_DOCUMENT = '/oauth/client.json'

export function createFindOut({ send, target, apps, allowsPlainHttp }: House): FindOut {
  const looking = { send, ...(allowsPlainHttp ? { allowsPlainHttp } : {}) }

  return async ({ workspaceId, provider, methodName, service, method, settings, secrets, redirectUri, appId }) => {
    const { obtain } = method
    if (obtain.by !== 'discovery') throw new Problem('oauth.not_supported', { step: 'discovery' })
    const { open } = prepare(target, service, method, { settings, learned: {}, secrets })
    const found = await discover(
      {
        ...(obtain.resource === undefined ? {} : { resource: fillAddress(obtain.resource, open) }),
        ...(obtain.issuer === undefined ? {} : { issuer: fillAddress(obtain.issuer, open) }),
      },
      looking,
    )
    const we = { name: OURSELVES, redirectUri, ...documentOf(redirectUri) }
    let registered: { client: Client; app?: App } | undefined
    for (const way of appId === undefined ? waysToRegister(obtain, found, we) : (['app'] as const)) {
      if (way === 'document') registered = { client: { id: we.documentUrl!, auth: 'none' } }
      if (way === 'dynamic') registered = { client: await register(found, we, looking) }
      if (way === 'app') registered = await throughApp()
      if (registered) break
    }
    if (!registered) throw new Problem('connection.method_needs_app', { method: methodName })
    const { server } = found
    const pushTo = server.pushed_authorization_request_endpoint
    const resource = obtain.resource === undefined ? undefined : found.resource
    const { secret, ...openClient } = registered.client
    const isOurs = registered.app === undefined && secret !== undefined
    return {
      // An app's secret stays with the app.
      fields: keepDiscovered(found, { ...openClient, ...(isOurs ? { secret } : {}) }, resource),
      facts: {
        issuer: server.issuer,
        issuerAnnounced: server.authorization_response_iss_parameter_supported === true,
        ...(resource === undefined ? {} : { resource }),
        ...(pushTo === undefined ? {} : { pushTo }),
      },
      scopes: found.scopes,
      app: registered.app,
    }

    /** Its secret goes only where its administrator pointed it: not to whatever address a member types. */
    async function throughApp() {
      if (!apps) return undefined
      const app = await apps.choose(workspaceId, { provider, method: methodName, appId, settings })
      const names = namesOfAddress(method, service)
      if (!names.every((name) => app.settings[name] !== undefined && app.settings[name] === settings[name])) {
        throw new Problem('connection.method_needs_app', { method: methodName })
      }
      return { client: app.client, app }
    }
  }
}

/** The settings that say which server is asked. */
function namesOfAddress({ obtain, settings: own }: Method, service: Service): string[] {
  if (obtain.by !== 'discovery') return []
  const known = settingsOf(service, { settings: own } as Method)
  const templates = [obtain.resource ?? '', obtain.issuer ?? '']
  const names = templates.flatMap((template) => placeholders(template).map((name) => name.split('.')[0]!))
  return [...new Set(names)].filter((name) => Object.hasOwn(known, name))
}

/** Only where others can read it. */
function documentOf(redirectUri: string): { documentUrl?: string } {
  const url = URL.parse(redirectUri)
  if (url?.protocol !== 'https:') return {}
  return { documentUrl: new URL(CLIENT_DOCUMENT, url).href }
}

/** RFC draft "OAuth Client ID Metadata Document": what servers read that take a client by its address. */
export function clientDocument(redirectUri: string) {
  return {
    client_id: new URL(CLIENT_DOCUMENT, redirectUri).href,
    client_name: OURSELVES,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
}
