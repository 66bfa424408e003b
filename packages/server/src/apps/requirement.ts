import {
  type ClientAuth,
  type Field,
  type Method,
  placeholders,
  type Service,
  type Setting,
  settingsOf,
} from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { appSettings, needsApp } from '../services/services.ts'

/** What an app has to bring for the methods that it is registered for. Read off their definitions. */
export interface Requirement {
  /** Whether the methods know a client id at all. */
  takesClient: boolean
  /** The ways in which the client may prove itself, the service's own choice first. Several: the app says which. */
  clientAuth: readonly ClientAuth[]
  /** Settings that belong to the app, so that no member can point its secret at another host. */
  settings: Readonly<Record<string, Setting>>
  /** Secrets beyond the client's. */
  fields: Readonly<Record<string, Field>>
  takesScopes: boolean
  separator: ' ' | ','
}

const ANY_AUTH: readonly ClientAuth[] = ['basic', 'body', 'private_key', 'none']

/** Where the service finds a client by itself, an app is what is left when it cannot. */
export function takesApp(method: Method): boolean {
  return needsApp(method) || (method.obtain.by === 'discovery' && method.obtain.register.includes('app'))
}

/** The methods that an app is for: those named, or the only one there is. */
export function methodsFor(provider: string, service: Service, named: readonly string[] | undefined): string[] {
  const able = Object.keys(service.auth).filter((name) => takesApp(service.auth[name]!))
  if (able.length === 0) throw new Problem('app.not_taken', { provider })
  const wanted = [...new Set(named ?? (able.length === 1 ? able : []))]
  // A client of one method is a stranger to another, and may belong to another vendor altogether.
  if (wanted.length === 0 || !wanted.every((name) => able.includes(name))) {
    const message = `must name what the app is registered for: ${able.join(', ')}`
    throw new Problem('request.invalid', { issues: [{ path: 'body.methods', message }] })
  }
  return wanted
}

export function requirementOf(service: Service, methods: readonly string[]): Requirement {
  const each = methods
    .filter((name) => Object.hasOwn(service.auth, name))
    .map((name) => partOf(service, service.auth[name]!))
  return {
    takesClient: each.some(({ takesClient }) => takesClient),
    clientAuth: [...new Set(each.flatMap(({ clientAuth }) => clientAuth))],
    settings: Object.assign({}, ...each.map(({ settings }) => settings)),
    fields: Object.assign({}, ...each.map(({ fields }) => fields)),
    takesScopes: each.some(({ takesScopes }) => takesScopes),
    separator: each.some(({ separator }) => separator === ',') ? ',' : ' ',
  }
}

/** Of one method. Its names are those of the definition as it stands today. */
export function settingNames(service: Service, method: Method): string[] {
  if (method.obtain.by !== 'discovery') return appSettings(service, method)
  // The address says where the client's secret will be sent.
  const { resource = '', issuer = '' } = method.obtain
  const known = settingsOf(service, method)
  const names = [resource, issuer].flatMap((template) => placeholders(template).map((name) => name.split('.')[0]!))
  return [...new Set(names)].filter((name) => Object.hasOwn(known, name))
}

function partOf(service: Service, method: Method): Requirement {
  const { obtain } = method
  const known = settingsOf(service, method)
  const takesClient = hasClient(method)
  return {
    takesClient,
    clientAuth: takesClient ? authOf(method) : [],
    settings: Object.fromEntries(settingNames(service, method).map((name) => [name, known[name]!])),
    fields: method.app?.fields ?? {},
    takesScopes: obtain.by !== 'login' && obtain.by !== 'jwt' && obtain.by !== 'nothing',
    separator: method.scopes?.separator ?? ' ',
  }
}

function hasClient({ obtain, app }: Method): boolean {
  if (obtain.by === 'fragment') return !app
  return obtain.by !== 'login' && obtain.by !== 'jwt' && obtain.by !== 'nothing' && obtain.by !== 'assertion'
}

function authOf({ obtain }: Method): readonly ClientAuth[] {
  if (obtain.by === 'discovery') return ANY_AUTH
  // Every step is signed with the secret.
  if (obtain.by === 'oauth1') return ['body']
  if (obtain.by === 'fragment') return ['none']
  const { client = 'basic' } = obtain as { client?: ClientAuth | readonly ClientAuth[] }
  return [client].flat()
}
