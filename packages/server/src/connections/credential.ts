import type { Method, Service, Values } from '@cardea/catalog'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { classOf, ownTokenHost } from '../oauth/oauth.ts'
import { getConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Target } from '../target/target.ts'
import { createBorrow } from './borrowed.ts'
import type { Supply } from './examine.ts'
import type { Keep } from './keep.ts'
import type { ObtainedTokens } from './obtained.ts'
import { ofFailure } from './outcome.ts'
import type { AppsPort, Fresh, MayUse, ServicesPort } from './ports.ts'
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
  /** Which of several that were bought with the same stored credential. */
  purchase?: number
  /** The host that its token is for, where others have their own. */
  host?: string
}

/** Which credential was refused: that of a moment ago may have been renewed meanwhile. */
export type Refused = Pick<Usable, 'version' | 'purchase'>

export interface Credentials {
  /** `rejected`: what the service has just refused; a fresh one is got once, however many were refused with it, where there can be one. */
  usable(workspaceId: string, connectionId: string, how?: { rejected?: Refused; host?: string }): Promise<Usable>
  /** Whatever state it is in: for checks, which have to find out. */
  prepared(row: ConnectionRow): Promise<Prepared>
  /** How what is stored becomes what is sent. */
  supply(row: ConnectionRow, how?: { choice?: string | undefined; rejected?: Refused }): Stocked
  forget(connectionId: string): void
}

export interface CredentialsDeps {
  store: Store
  clock: Clock
  target: Target
  services: ServicesPort
  keep: Keep
  tokens: ObtainedTokens
  /** For what somebody granted at a service. */
  fresh: Fresh
  apps?: AppsPort
  mayUse?: MayUse
  /** Hears when what is stored no longer buys anything. */
  observed(row: ConnectionRow, outcome: Outcome): Promise<unknown>
}

/** With the row as it stands once something was bought: a renewal makes another version of it. */
export interface Stocked extends Supply {
  row: ConnectionRow
}

interface More {
  row: ConnectionRow
  secrets: Secrets
  told?: unknown
  expiresAt?: number
  purchase?: number
}

export function methodOf(service: Service, row: Pick<ConnectionRow, 'provider' | 'method'>): Method {
  const method = Object.hasOwn(service.auth, row.method) ? service.auth[row.method] : undefined
  if (!method) throw new Problem('service.not_found')
  return method
}

export function createCredentials(deps: CredentialsDeps): Credentials {
  const { store, clock, target, services, keep, tokens, fresh, mayUse } = deps
  const borrow = createBorrow(deps.apps)

  async function prepared(row: ConnectionRow): Promise<Prepared> {
    const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
    const method = methodOf(service, row)
    const stored = await keep.get(row.workspace_id, row.id, row.credential_version)
    const secrets = { ...(await borrow(row, service, method)), ...stored }
    return prepare(target, service, method, { ...publicPart(row), secrets })
  }

  /** What is renewed while it is read is read again. */
  async function preparedNow(given: ConnectionRow): Promise<{ row: ConnectionRow; of: Prepared }> {
    let row = given
    for (;;) {
      try {
        return { row, of: await prepared(row) }
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'vault.not_found') throw error
        const now = await store.within({ workspaceId: row.workspace_id }, (db) =>
          getConnection(db, row.workspace_id, row.id),
        )
        if (now.credential_version === row.credential_version) throw error
        row = now
      }
    }
  }

  async function bought(
    row: ConnectionRow,
    of: Prepared,
    how: { rejected?: Refused; host?: string; eager?: boolean },
  ): Promise<More> {
    const kind = kindOf(of.method)
    if (kind === 'entered') return { row, secrets: {} }
    if (kind === 'obtained') {
      if (how.rejected) tokens.forget(row.id, how.rejected.purchase)
      return { row, ...(await tokens.get({ connectionId: row.id, version: row.credential_version }, of)) }
    }
    const { rejected, eager } = how
    const host = how.host === undefined ? undefined : ownTokenHost(of, how.host)
    return fresh(row, {
      ...(rejected ? { rejected: rejected.version, purchase: rejected.purchase } : {}),
      host,
      ...(eager ? { eager } : {}),
    })
  }

  async function boughtOrTold(
    row: ConnectionRow,
    of: Prepared,
    rejected: Refused | undefined,
    host?: string,
  ): Promise<More> {
    try {
      return await bought(row, of, { ...(rejected ? { rejected } : {}), ...(host === undefined ? {} : { host }) })
    } catch (error) {
      if (kindOf(of.method) === 'granted') throw await forCaller(row, error)
      const plain = ofFailure(error)
      // What is granted is refreshed by whoever stores the result, and they tell what came of it.
      if (plain) await deps.observed(row, { from: 'refresh', ...plain })
      throw error
    }
  }

  /** Whose fault it is, and what to do: a caller knows neither tokens nor token endpoints. */
  async function forCaller(row: ConnectionRow, error: unknown): Promise<unknown> {
    const how = classOf(error)
    if (how === undefined && !(error instanceof Problem && error.code === 'net.failed')) return error
    const { workspace_id: workspaceId, id } = row
    const now = clock.now()
    refuseUnusable(await store.within({ workspaceId }, (db) => getConnection(db, workspaceId, id)), now)
    const { error: said = 'no answer', comeBackAt } = (error as Problem).values
    const wait = typeof comeBackAt === 'number' ? Math.max(1, (comeBackAt - now) / SECOND) : 2
    const reason = how === 'client_misconfigured' ? { reason: 'app_misconfigured' } : {}
    return new Problem('connection.renewal_failed', { id, error: String(said), retryAfterSeconds: wait, ...reason })
  }

  return {
    prepared,
    usable: async (workspaceId, connectionId, { rejected, host } = {}) => {
      const row = await store.within({ workspaceId }, async (db) => {
        const found = await getConnection(db, workspaceId, connectionId)
        refuseUnusable(found, clock.now())
        const { provider, method, owner_id: owner } = found
        await mayUse?.(db, { workspaceId, provider, method, owner, tested: isTested(found) })
        return found
      })
      if (!services.permits(row.provider)) throw new Problem('service.not_permitted', { id: row.provider })
      const read = await preparedNow(row)
      const more = await boughtOrTold(read.row, read.of, rejected, host)
      // Renewed: what was read before is no longer what is stored.
      const isSame = more.row.credential_version === read.row.credential_version
      const { of, row: now } = isSame ? read : await preparedNow(more.row)
      // Much can happen to a connection while its renewal is waited for.
      if (!isSame) refuseUnusable(now, clock.now())
      const { expiresAt, purchase } = more
      return {
        connectionId: now.id,
        workspaceId,
        provider: now.provider,
        methodName: now.method,
        service: of.service,
        method: of.method,
        settings: of.settings,
        learned: of.learned,
        open: of.open,
        values: { ...of.secrets, ...more.secrets },
        ...(of.base === undefined ? {} : { base: of.base }),
        version: now.credential_version,
        definitionVersion: now.definition_version,
        epoch: now.epoch,
        owner: now.owner_id,
        visibility: now.visibility,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(purchase === undefined ? {} : { purchase }),
        ...(host === undefined ? {} : { host }),
      }
    },
    supply: (row, { choice, rejected } = {}) => {
      const supply: Stocked = {
        row,
        ...(choice === undefined ? {} : { choice }),
        obtain: async (of) => {
          // Somebody looks on, or it is time to look.
          const more = await bought(row, of, { eager: true, ...(rejected ? { rejected } : {}) })
          supply.row = more.row
          return more
        },
      }
      return supply
    },
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
