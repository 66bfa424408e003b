import type { Method, Service, Values } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { getConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Target } from '../target/target.ts'
import type { Supply } from './examine.ts'
import type { Keep } from './keep.ts'
import type { ObtainedTokens } from './obtained.ts'
import { ofFailure } from './outcome.ts'
import type { Grants, MayUse, ServicesPort } from './ports.ts'
import { kindOf, type Prepared, prepare, publicPart } from './prepared.ts'
import { isTested, type Outcome, stateOf } from './state.ts'
import { endedBy, wordsOf } from './words-of.ts'

/**
 * The one way to get a credential that can be used. Promises: nothing of a connection that is paused, deleted, unfinished or known to be
 * dead; what is short-lived is fresh, and is bought or refreshed once however many ask. Whoever keeps the result asks `epochs`
 * each time before they use it again.
 */
export interface Usable {
  connectionId: string
  workspaceId: string
  provider: string
  methodName: string
  service: Service
  method: Method
  settings: Values
  learned: Values
  /** Settings, learned values and what follows from them: checked. */
  open: Values
  /** What was entered and what that buys, by name. */
  values: Secrets
  base?: number
  version: number
  definitionVersion: number
  epoch: number
  owner: string
  visibility: ConnectionRow['visibility']
  /** When it has to be asked for again. */
  expiresAt?: number
}

export interface Credentials {
  /** `rejected`: the service has just refused the last one; a fresh one is got once, where there can be one. */
  usable(workspaceId: string, connectionId: string, how?: { rejected?: boolean }): Promise<Usable>
  /** Whatever state it is in: for checks, which have to find out. */
  prepared(row: ConnectionRow): Promise<Prepared>
  /** How what is stored becomes what is sent. */
  supply(row: ConnectionRow, choice?: string): Supply
  forget(connectionId: string): void
}

export interface CredentialsDeps {
  store: Store
  clock: Clock
  target: Target
  services: ServicesPort
  keep: Keep
  tokens: ObtainedTokens
  grants: Grants | undefined
  mayUse?: MayUse
  /** Hears when what is stored no longer buys anything. */
  observed(row: ConnectionRow, outcome: Outcome): Promise<unknown>
}

export function methodOf(service: Service, row: Pick<ConnectionRow, 'provider' | 'method'>): Method {
  const method = Object.hasOwn(service.auth, row.method) ? service.auth[row.method] : undefined
  if (!method) throw new Problem('service.not_found')
  return method
}

export function createCredentials(deps: CredentialsDeps): Credentials {
  const { store, clock, target, services, keep, tokens, grants, mayUse } = deps

  async function prepared(row: ConnectionRow): Promise<Prepared> {
    const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
    const secrets = await keep.get(row.workspace_id, row.id, row.credential_version)
    return prepare(target, service, methodOf(service, row), { ...publicPart(row), secrets })
  }

  async function bought(row: ConnectionRow, of: Prepared, rejected: boolean) {
    const kind = kindOf(of.method)
    if (kind === 'entered') return undefined
    if (kind === 'obtained') {
      if (rejected) tokens.forget(row.id)
      return tokens.get({ connectionId: row.id, version: row.credential_version }, of)
    }
    return grants?.fresh({ row, service: of.service, method: of.method, stored: of.secrets, rejected })
  }

  async function boughtOrTold(row: ConnectionRow, of: Prepared, rejected: boolean) {
    try {
      return await bought(row, of, rejected)
    } catch (error) {
      const plain = ofFailure(error, kindOf(of.method) !== 'granted')
      // What is granted is refreshed by whoever stores the result, and they tell what came of it.
      if (plain && kindOf(of.method) === 'obtained') await deps.observed(row, { from: 'refresh', ...plain })
      throw error
    }
  }

  return {
    prepared,
    usable: async (workspaceId, connectionId, { rejected = false } = {}) => {
      const row = await store.within({ workspaceId }, async (db) => {
        const found = await getConnection(db, workspaceId, connectionId)
        refuseUnusable(found, clock.now())
        const { provider, method, owner_id: owner } = found
        await mayUse?.(db, { workspaceId, provider, method, owner, tested: isTested(found) })
        return found
      })
      if (!services.permits(row.provider)) throw new Problem('service.not_permitted', { id: row.provider })
      const of = await prepared(row)
      const more = await boughtOrTold(row, of, rejected)
      const expiresAt = more && 'expiresAt' in more ? more.expiresAt : undefined
      return {
        connectionId: row.id,
        workspaceId,
        provider: row.provider,
        methodName: row.method,
        service: of.service,
        method: of.method,
        settings: of.settings,
        learned: of.learned,
        open: of.open,
        values: { ...of.secrets, ...more?.secrets },
        ...(of.base === undefined ? {} : { base: of.base }),
        version: row.credential_version,
        definitionVersion: row.definition_version,
        epoch: row.epoch,
        owner: row.owner_id,
        visibility: row.visibility,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }
    },
    supply: (row, choice) => ({
      ...(choice === undefined ? {} : { choice }),
      obtain: async (of) => (await bought(row, of, false)) ?? { secrets: {} },
    }),
    forget: (connectionId) => tokens.forget(connectionId),
  }
}

/** By the facts and the clock, not by the state that was written down: what expired a second ago has expired. */
export function refuseUnusable(row: ConnectionRow, now: number): void {
  const { status, health, reason } = stateOf(row, now)
  if (status === 'active') return
  const { sentence = '', todo = '' } = wordsOf(row, reason) ?? {}
  const { policy, policyId } = endedBy(row, reason) ?? {}
  const said = { id: row.id, status, health, reason, sentence, todo, ...(policyId ? { policy, policyId } : {}) }
  if (status === 'revoked') throw new Problem('connection.not_found')
  if (status === 'pending') throw new Problem('connection.pending', said)
  if (status === 'paused') throw new Problem('connection.paused', said)
  throw new Problem('connection.not_usable', said)
}
