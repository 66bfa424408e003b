import type { Action } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { opened, publicPart, workspaceOf } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import { missingScopes } from '../oauth/oauth.ts'
import type { Services } from '../services/services.ts'
import { findConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Described, Target } from '../target/target.ts'

export interface AskedAction {
  identifier: string
  connectionId: string
  input: Readonly<Record<string, unknown>>
  /** By id or name: then its manifest holds, and who may run it. */
  skill?: string | undefined
  toolCall?: string | undefined
  run?: string | undefined
  step?: string | undefined
  onBehalfOf?: string | undefined
  /** Rather wait until somebody re-authorises than be refused. */
  onUnavailable?: 'fail' | 'wait' | undefined
}

/** An action and the connection it is to use, from what is public of that: nothing is opened. */
export interface Found {
  identifier: string
  action: Action
  connectionId: string
  described: Described
  /** Which scopes would do, and which of them were granted; undefined where nobody can know. */
  lacks: readonly string[] | undefined
}

export const IDENTIFIER = /^[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,60}$/

export function createFinder({
  store,
  services,
  target,
}: {
  store: Store
  services: Pick<Services, 'definition'>
  target: Target
}) {
  return async (caller: Caller, identifier: string, connectionId: string): Promise<Found> => {
    const workspaceId = workspaceOf(caller)
    const row = opened(
      caller,
      await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, connectionId)),
    )
    if (row.deleted_at !== null) throw new Problem('connection.not_found')
    const { provider, name } = partsOf(identifier)
    if (provider !== row.provider) {
      throw new Problem('action.wrong_connection', { action: identifier, why: `it is one to ${row.provider}` })
    }
    const service = await services.definition(workspaceId, row.provider, row.definition_version)
    const action = actionOf(service, name)
    if (action.methods && !action.methods.includes(row.method)) {
      const why = `it was made by the method ${row.method}`
      throw new Problem('action.wrong_connection', { action: identifier, why })
    }
    const method = Object.hasOwn(service.auth, row.method) ? service.auth[row.method] : undefined
    if (!method) throw new Problem('service.not_found')
    const { settings, learned, base } = publicPart(row)
    const values = target.valuesOf(service, method, settings, learned)
    const described = { service, method, values, ...(base === null ? {} : { base }) }
    return { identifier, action, connectionId: row.id, described, lacks: lackOf(action, described, row) }
  }
}

export function actionOf({ actions = {} }: Described['service'], name: string): Action {
  if (!Object.hasOwn(actions, name)) throw new Problem('action.not_found')
  return actions[name]!
}

export function partsOf(identifier: string): { provider: string; name: string } {
  if (!IDENTIFIER.test(identifier)) throw new Problem('action.not_found')
  const dot = identifier.indexOf('.')
  return { provider: identifier.slice(0, dot), name: identifier.slice(dot + 1) }
}

/** Any one of the scopes is enough; a method that knows none of them cannot lack one. */
function lackOf({ scopes }: Action, { method }: Described, row: Pick<ConnectionRow, 'scopes'>): Found['lacks'] {
  const offered = { ...method.scopes?.ask, ...method.scopes?.offer }
  const wanted = (scopes ?? []).filter((scope) => Object.hasOwn(offered, scope))
  if (wanted.length === 0 || row.scopes === null) return undefined
  const granted = JSON.parse(row.scopes) as string[]
  const lacking = wanted.filter((scope) => missingScopes(method, [scope], granted).length > 0)
  return lacking.length === wanted.length ? lacking : []
}
