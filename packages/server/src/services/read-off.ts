import type { Method, Service } from '@cardea/catalog'

export { appSettings } from '@cardea/catalog/rules'

/** What can be read off a definition: facts that several rooms ask for. */

/** Whether people can use this method only after an administrator has registered an OAuth app. */
export function needsApp(method: Method): boolean {
  if (method.app) return true
  if (!['code', 'device', 'client_credentials', 'saml', 'fragment', 'oauth1'].includes(method.obtain.by)) return false
  return !['fields', 'settings'].some((block) => {
    return Object.hasOwn((method[block as 'fields' | 'settings'] ?? {}) as object, 'clientId')
  })
}

/** Every host that a credential may go to, as written: `{subdomain}.example.com`. */
export function hostsOf(service: Service): string[] {
  const bases = [service, ...Object.values(service.auth)].flatMap(({ baseUrl }) => baseUrl ?? [])
  const listed = [service, ...Object.values(service.auth)].flatMap(({ hosts }) => hosts ?? [])
  return [...new Set([...bases.map((base) => base.replace(/^https?:\/\//, '').replace(/[/?#].*$/, '')), ...listed])]
}
