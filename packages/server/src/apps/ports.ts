import type { Caller } from '../actor.ts'
import type { AuditEvent } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { EventType, OauthAppEventData } from '../events/events.ts'
import type { Logger } from '../log.ts'
import type { Services } from '../services/services.ts'
import type { Db, Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

/** What this room is built from. */
export interface AppsDeps {
  store: Store
  clock: Clock
  log: Logger
  vault: SecretKeeper
  services: Pick<Services, 'get' | 'permits'>
  audit: { record(db: Db, event: AuditEvent): Promise<void> }
  events: {
    emit(
      db: Db,
      event: {
        workspaceId: string
        type: Extract<EventType, `oauth_app.${string}`>
        subject: string
        audience: string
        data: OauthAppEventData
      },
    ): Promise<void>
  }
  dependants: Dependants
}

export type SecretKeeper = Pick<Vault, 'put' | 'get' | 'delete' | 'deleteOwner'>

/** The connections that an app minted, which stand a floor above. */
export interface Dependants {
  /** Those of one workspace, as this caller may see them. */
  list(db: Db, caller: Caller, workspaceId: string, appId: string): Promise<MustReconnect>
  /** In the transaction that re-points or removes the app: what it was granted is over. */
  end(
    db: Db,
    workspaceId: string,
    appId: string,
    how: { caller: Caller; why: 'app_replaced' | 'app_removed' },
  ): Promise<number>
  /** Across workspaces. */
  byWorkspace(db: Db, appId: string): Promise<{ workspaceId: string; connections: number }[]>
}

export interface MustReconnect {
  count: number
  /** The first of them. What is private to somebody else has no name. */
  connections: { id: string; name: string | null; owner: { kind: string; id: string } }[]
  /** In how many workspaces they are. */
  workspaces: number
}
