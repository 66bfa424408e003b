import { type Method, type Service, settingsOf } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { Secret } from '../secret.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { App, AppsPort } from './ports.ts'

/**
 * What a connection sends that is not its own: secrets of the OAuth app, or the client id that a service wants with every call. Put beside
 * what was entered when a call is made, and never stored with the connection.
 */
export type Borrow = (
  row: Pick<ConnectionRow, 'workspace_id' | 'app_id'>,
  service: Service,
  method: Method,
) => Promise<Secrets>

export function createBorrow(apps: AppsPort | undefined): Borrow {
  return async (row, service, method) => {
    if (!borrows(service, method)) return {}
    const app = row.app_id === null ? undefined : await apps?.find(row.workspace_id, row.app_id)
    if (!app) throw new Problem('connection.app_gone')
    return lentBy(app, service, method)
  }
}

export function lentBy({ client, fields }: App, service: Service, method: Method): Secrets {
  const { id, secret } = namesOf(service, method)
  return {
    ...fields,
    ...(id && client.id ? { clientId: Secret.of(client.id) } : {}),
    ...(secret && client.secret ? { clientSecret: client.secret } : {}),
  }
}

function borrows(service: Service, method: Method): boolean {
  const { id, secret } = namesOf(service, method)
  return method.app !== undefined || id || secret
}

const known = new WeakMap<Method, { id: boolean; secret: boolean }>()

function namesOf(service: Service, method: Method): { id: boolean; secret: boolean } {
  const found = known.get(method)
  if (found) return found
  const sent = JSON.stringify([method.send, method.headers, method.check, service.headers, service.check])
  const signs = method.send.sign?.with === 'oauth1'
  const own = { ...settingsOf(service, method), ...method.fields }
  const names = (name: string) => !Object.hasOwn(own, name) && (signs || sent.includes(`{${name}}`))
  const read = { id: names('clientId'), secret: names('clientSecret') }
  known.set(method, read)
  return read
}
