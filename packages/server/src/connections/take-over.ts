import type { Method, Service } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { type Obtained, renewalOf } from '../oauth/oauth.ts'
import { Secret } from '../secret.ts'
import { needsApp } from '../services/services.ts'
import { getConnection } from '../store/connections.ts'
import { workspaceOf } from './access.ts'
import type { Beginnings, Created } from './begin.ts'
import { hasCheck } from './check.ts'
import { chosenApp, withAppSettings } from './chosen-app.ts'
import type { NewConnection } from './create.ts'
import type { Ends } from './end.ts'
import { readEntered, readLabel } from './entered.ts'
import type { House } from './house.ts'
import { kindOf, prepare } from './prepared.ts'
import { type Granted, grantedBy } from './refresh/granted.ts'
import type { Renewals } from './refresh/renew.ts'
import { isRefused, type Tests, testFailed } from './test.ts'

/** Tokens that another program was granted. */
export interface Tokens {
  refreshToken?: string | undefined
  accessToken?: string | undefined
  /** When the access token ends. */
  expiresAt?: number | undefined
}

export interface TakenOver extends Omit<NewConnection, 'skipTest' | 'choice'> {
  tokens: Tokens
  appId?: string | undefined
  scopes?: readonly string[] | undefined
}

export type TakeOver = (caller: Caller, input: TakenOver) => Promise<Created>

/**
 * A grant that somebody brings from elsewhere becomes ours with its first renewal: whoever held a token that rotates holds none afterwards.
 * What the service does not take is not kept; what only cannot be tried now is.
 */
export function createTakeOver(
  house: House,
  { beginnings, renewals, tests, ends }: { beginnings: Beginnings; renewals: Renewals; tests: Tests; ends: Ends },
): TakeOver {
  const { store, clock, services, target, mayConnect, apps } = house

  return async (caller, input) => {
    const workspaceId = workspaceOf(caller)
    const { provider, visibility = 'private' } = input
    const { definition: service, version: definitionVersion } = await services.get(workspaceId, provider)
    const [methodName, method] = grantedMethod(service, input)
    const app = needsApp(method)
      ? await chosenApp(apps, workspaceId, { provider, method: methodName, appId: input.appId })
      : undefined
    const entered = readEntered(service, method, withAppSettings(input, app), app?.settings)
    const { scopes } = input
    const facts = { workspaceId, provider, method: methodName, visibility, skipsTest: false, does: 'connect' as const }
    await mayConnect(caller, { ...facts, scopes: scopes ?? null })
    const granted = readGranted(method, entered.secrets, input.tokens)
    const prepared = prepare(target, service, method, {
      settings: entered.settings,
      learned: {},
      secrets: entered.secrets,
    })
    const row = await beginnings.begin(
      caller,
      {
        id: newId('conn'),
        provider,
        definitionVersion,
        methodName,
        method,
        visibility,
        name: input.name === undefined ? service.name : readLabel(input.name, 'name'),
        settings: entered.settings,
        ...(app ? { appId: app.id } : {}),
      },
      (db) => mayConnect(caller, { ...facts, scopes: scopes ?? null }, db),
    )
    const created = await beginnings.finish(caller, row, {
      secrets: granted.lasting,
      granted: { granted, app },
      found: { learned: {} },
      hasCheck: hasCheck(prepared),
      ...(scopes ? { scopes } : {}),
    })
    return taken(caller, created)
  }

  async function taken(caller: Caller, { row, duplicateOf }: Created): Promise<Created> {
    const { workspace_id: workspaceId, id } = row
    const of = { workspaceId, connectionId: id }
    try {
      const stored = await renewals.renew(of, row.credential_version, { eager: true }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'oauth.not_supported') return false
          throw error
        },
      )
      const now = stored ? await store.within({ workspaceId }, (db) => getConnection(db, workspaceId, id)) : row
      const { outcome, row: after = now } = await tests.examineStored(now)
      if (outcome.is === 'expired' || isRefused(outcome)) throw testFailed(outcome, after)
      return { row: after, outcome, duplicateOf }
    } catch (error) {
      const current = await store.within({ workspaceId }, (db) => getConnection(db, workspaceId, id))
      if (current.status !== 'error') {
        if (error instanceof Problem && error.status >= 500) return { row: current, outcome: undefined, duplicateOf }
        if (error instanceof Problem && error.code.startsWith('oauth.'))
          return { row: current, outcome: undefined, duplicateOf }
      }
      await ends.remove(caller, id, { dryRun: false, leavesGrant: true })
      throw error
    }
  }

  function readGranted(method: Method, fields: Readonly<Record<string, Secret>>, tokens: Tokens): Granted {
    const secrets = Object.fromEntries(
      (['refreshToken', 'accessToken'] as const).flatMap((name) => {
        const text = tokens[name]
        return text === undefined ? [] : [[name, Secret.of(readToken(text, name))] as const]
      }),
    )
    const life: Obtained['life'] = tokens.expiresAt === undefined ? 'unknown' : { expiresAt: tokens.expiresAt }
    if (Object.keys(secrets).length === 0) throw invalid('tokens', 'needs a refreshToken or an accessToken')
    const isRenewed = renewalOf({ method, secrets: { ...fields, ...secrets } }) === 'refresh'
    // Renewed at once: an access token that somebody else holds too is not worth keeping.
    const granted = grantedBy(method, fields, { secrets, life, told: {} })
    return isRenewed && granted.renewal === 'refresh'
      ? { ...granted, access: {}, life: { expiresAt: clock.now() } }
      : granted
  }
}

function grantedMethod(service: Service, { provider, method: named }: TakenOver): [string, Method] {
  const granted = Object.entries(service.auth).filter(([, method]) => kindOf(method) === 'granted')
  const found = named === undefined ? granted.length === 1 && granted[0] : granted.find(([name]) => name === named)
  if (found) return found
  const methods = granted.map(([name]) => name)
  throw new Problem('connection.method_unknown', { provider, method: (named ?? '').slice(0, 100), methods })
}

function readToken(text: string, name: string): string {
  const token = text.trim()
  if (!/^[\x21-\x7e]{1,100000}$/.test(token))
    throw invalid(`tokens.${name}`, 'is not a token: letters, digits and signs, without spaces')
  return token
}

function invalid(path: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path: `body.${path}`, message }] })
}
