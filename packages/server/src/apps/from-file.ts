import { type Caller, system } from '../actor.ts'
import { equalBytes } from '../crypto/equal.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import { changeOauthApp, listOauthApps, lockOauthApps, type OauthAppRecord } from '../store/oauth-apps.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import type { AppPatch, Change } from './change.ts'
import type { AppSecrets, Issue } from './entered.ts'
import type { Keep } from './keep.ts'
import type { AppsDeps } from './ports.ts'
import { factsOf } from './realm.ts'
import { type NewApp, type Register, readNew } from './register.ts'

/** An app as the configuration says it: service and name tell which one it is. */
export interface AppInFile {
  provider: string
  name: string
  methods?: readonly string[] | undefined
  clientId?: string | undefined
  clientAuth?: NewApp['clientAuth']
  settings?: Readonly<Record<string, string>> | undefined
  extraScopes?: readonly string[] | undefined
  isDefault?: boolean | undefined
  keyId?: string | undefined
  clientSecret?: Secret | undefined
  privateKey?: Secret | undefined
  fields?: Readonly<Record<string, Secret>> | undefined
}

const ATTEMPTS = 30
const PAUSE = 250

/** `retireOthers`: the list is all there is. */
export type ReadFile = (entries: readonly AppInFile[], how: { retireOthers: boolean }) => Promise<void>

/**
 * Brings the deployment's apps in line with the configuration, at start. An entry that cannot be used stops the start. One that is gone is
 * retired: nobody connects with it any more, and what it was granted lives on until an operator removes it. A file that was left out by
 * mistake ends nobody's connection.
 */
export function createFromFile(
  { store, clock, log, audit, services }: AppsDeps,
  { keep, register, change }: { keep: Keep; register: Register; change: Change },
): ReadFile {
  const caller: Caller = { actor: system, requestId: newId('req'), ip: '' }
  const ofFile = async () =>
    (await store.within({ workspaceId: DEPLOYMENT }, (db) => listOauthApps(db, DEPLOYMENT))).filter(
      ({ source }) => source === 'file',
    )

  async function take(entry: AppInFile): Promise<string | undefined> {
    const { provider, name } = entry
    if (!services.permits(provider)) {
      log.warn('an OAuth app of the configuration is for a service that is not permitted', { provider, name })
      return (await found(entry))?.id
    }
    const typed = asTyped(entry)
    for (let attempt = 1; ; attempt++) {
      try {
        const known = await found(entry)
        if (!known) return (await register(caller, DEPLOYMENT, typed, 'file')).id
        await bringInLine(known, typed)
        return known.id
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        // Another server reads the same file at the same moment.
        if (MEANWHILE.has(error.code) && attempt < ATTEMPTS) {
          await clock.sleep(PAUSE)
          continue
        }
        if (error.status >= 500) throw error
        throw new Problem('app.file_unusable', { provider, name, why: inWords(error) })
      }
    }
  }

  async function found({ provider, name }: AppInFile): Promise<OauthAppRecord | undefined> {
    return (await ofFile()).find((app) => app.provider === provider && app.name === name.normalize('NFC').trim())
  }

  async function bringInLine(known: OauthAppRecord, typed: NewApp): Promise<void> {
    const read = await readNew(services, DEPLOYMENT, typed)
    const stored = await keep.get(known)
    const isAnother =
      read.client_id !== known.client_id || JSON.stringify(read.settings) !== JSON.stringify(known.settings)
    const patch: AppPatch = {
      ...(JSON.stringify(read.methods) === JSON.stringify(known.methods) ? {} : { methods: read.methods }),
      ...(isAnother ? { clientId: typed.clientId, settings: read.settings } : {}),
      ...(read.client_auth === known.client_auth ? {} : { clientAuth: read.client_auth ?? undefined }),
      ...(JSON.stringify(read.extra_scopes) === JSON.stringify(known.extra_scopes)
        ? {}
        : { extraScopes: read.extra_scopes }),
      ...((typed.isDefault ?? false) === known.is_default ? {} : { isDefault: typed.isDefault ?? false }),
      ...(isAnother || !sameSecrets(read.secrets, stored?.secrets ?? {}) || read.key_id !== known.key_id
        ? {
            clientSecret: typed.clientSecret,
            privateKey: typed.privateKey,
            fields: typed.fields,
            ...(typed.privateKey === undefined ? {} : { keyId: typed.keyId }),
          }
        : {}),
    }
    if (Object.keys(patch).length > 0)
      await change(caller, DEPLOYMENT, known.id, patch, { dryRun: false, byFile: true })
    if (known.retired_at !== null) await retire(known, null)
  }

  async function retire(app: OauthAppRecord, at: number | null): Promise<void> {
    await store.within({ workspaceId: DEPLOYMENT }, async (db) => {
      await lockOauthApps(db, DEPLOYMENT)
      await changeOauthApp(db, app, { retired_at: at, updated_at: clock.now() })
      const detail = { ...factsOf(app), fields: ['retired'], retired: at !== null }
      await audit.record(db, { event: 'oauth_app.updated', workspaceId: DEPLOYMENT, caller, subject: app.id, detail })
    })
  }

  return async (entries, { retireOthers }) => {
    const kept = new Set<string>()
    for (const entry of entries) {
      const id = await take(entry)
      if (id) kept.add(id)
    }
    if (!retireOthers) return
    for (const app of await ofFile()) {
      if (kept.has(app.id) || app.retired_at !== null) continue
      await retire(app, clock.now())
      log.warn('an OAuth app is no longer in the configuration: nobody connects with it any more', {
        app: app.id,
        provider: app.provider,
        name: app.name,
      })
    }
  }
}

const MEANWHILE: ReadonlySet<string> = new Set(['app.being_changed', 'app.not_found'])

/** Read like what is typed, so that both are held to the same rules. */
function asTyped({ clientSecret, privateKey, fields, ...plain }: AppInFile): NewApp {
  return {
    ...plain,
    ...(clientSecret ? { clientSecret: clientSecret.reveal() } : {}),
    ...(privateKey ? { privateKey: privateKey.reveal() } : {}),
    ...(fields
      ? { fields: Object.fromEntries(Object.entries(fields).map(([name, secret]) => [name, secret.reveal()])) }
      : {}),
  }
}

function sameSecrets(given: AppSecrets, stored: AppSecrets): boolean {
  return Object.entries(given).every(([name, secret]) => {
    const other = stored[name]
    return other !== undefined && equalBytes(secret.revealBytes(), other.revealBytes())
  })
}

function inWords(problem: Problem): string {
  const issues = (problem.values.issues ?? []) as Issue[]
  if (issues.length === 0) return problem.message
  return issues.map(({ path, message }) => `${path.replace(/^body\./, '')} ${message}`).join('; ')
}
