import { Problem } from '../errors.ts'
import type { App, AppsPort } from './ports.ts'

/** The app for something new: the one named, or the one that wins. */
export async function chosenApp(apps: AppsPort | undefined, ...of: Parameters<AppsPort['choose']>): Promise<App> {
  if (!apps) throw new Problem('connection.method_needs_app', { method: of[1].method })
  return apps.choose(...of)
}

/** Where an app says where its secret goes, nobody else does. */
export function withAppSettings<Given extends { settings?: Readonly<Record<string, string>> | undefined }>(
  given: Given,
  app: Pick<App, 'settings'> | undefined,
): Given {
  const own = Object.entries(app?.settings ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  for (const [name, value] of own) {
    const typed = given.settings && Object.hasOwn(given.settings, name) ? given.settings[name] : undefined
    if (typed !== undefined && typed !== value)
      throw new Problem('request.invalid', {
        issues: [{ path: `body.settings.${name}`, message: 'belongs to the OAuth app, and is set there' }],
      })
  }
  return { ...given, settings: { ...given.settings, ...Object.fromEntries(own) } }
}
