import type { Method, Service } from '@cardea/catalog'
import { Problem } from '../../errors.ts'
import { appSettings } from '../../services/services.ts'
import type { App } from '../ports.ts'

/**
 * Settings that belong to an OAuth app, whatever a member sends: whoever could choose the tenant of a token endpoint would choose the host
 * to which the client's secret goes.
 */
export function ownedBy(app: App, service: Service, method: Method): ReadonlySet<string> {
  return new Set([...appSettings(service, method), ...Object.keys(app.settings)])
}

/** What an app leaves empty is empty: no member fills it in. */
export function refuseOwned(
  owned: ReadonlySet<string>,
  app: App | undefined,
  given: Readonly<Record<string, string>>,
): void {
  const refused = Object.keys(given).filter((name) => owned.has(name) && (app?.settings[name] ?? '') !== given[name])
  if (refused.length === 0) return
  const message = 'belongs to the OAuth app: an administrator chooses it'
  const issues = refused.map((name) => ({ path: `body.settings.${name.slice(0, 100)}`, message }))
  throw new Problem('request.invalid', { issues })
}

export function without(given: Readonly<Record<string, string>>, owned: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !owned.has(name)))
}

export function valuesOfApp({ settings }: App, owned: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value && owned.has(name) ? [[name, value]] : [])),
  )
}
