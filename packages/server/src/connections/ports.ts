import type { Method, Service } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import type { AuditEvent } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Secrets } from '../inject/values.ts'
import type { Logger } from '../log.ts'
import type { Send } from '../net/message.ts'
import type { Oauth } from '../oauth/oauth.ts'
import type { Due, Standing, Timed } from '../policy/policy.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Signals } from '../store/signals.ts'
import type { Db, Store } from '../store/store.ts'
import type { Target } from '../target/target.ts'
import type { Vault } from '../vault/vault.ts'
import type { MailPort } from './check.ts'
import type { EpochSource } from './epochs.ts'

/** What this room is built from. */
export interface ConnectionsDeps {
  store: Store
  clock: Clock
  log: Logger
  vault: Vault
  audit: AuditPort
  services: ServicesPort
  target: Target
  oauth: Pick<Oauth, 'obtain'>
  send: Send
  mail: MailPort
  events: EventsPort
  /** What an administrator's policies say; by default nothing is forbidden. Throws the refusal. */
  mayConnect?: MayConnect
  mayUse?: MayUse
  /** Whether a limit of time ends a connection as it stands, and which; by default none does. */
  timeUp?: TimeUp
  /** For credentials that somebody granted at the service. */
  grants?: Grants
  epochs?: EpochSource
  /** Tells the other servers sooner than they would look. */
  signals?: Pick<Signals, 'send' | 'subscribe'>
}

export interface AuditPort {
  record(db: Db, event: AuditEvent): Promise<void>
  use(event: AuditEvent): Promise<void>
}

export interface ServicesPort {
  get(workspaceId: string, id: string): Promise<{ version: number; definition: Service }>
  definition(workspaceId: string, id: string, version?: number): Promise<Service>
  permits(id: string): boolean
}

export type ConnectionEventType =
  `connection.${'created' | 'needs_reauth' | 'recovered' | 'paused' | 'resumed' | 'deleted' | 'credential_replaced'}`

export interface EventsPort {
  emit(db: Db, event: ConnectionEvent): Promise<void>
}

export interface ConnectionEvent {
  workspaceId: string
  type: ConnectionEventType
  subject: string
  /** Everybody in the workspace, or the owner of what is private. */
  audience: string
  data: {
    connectionId: string
    provider: string
    owner: string
    visibility: ConnectionRow['visibility']
    status: string
    health: string
    reason: string | null
    name: string
    account: string | null
  }
}

export type MayConnect = (
  caller: Caller,
  facts: {
    workspaceId: string
    does: 'connect' | 'replace' | 'share'
    provider: string
    method: string
    visibility: ConnectionRow['visibility']
    skipsTest: boolean
  },
  /** The transaction that is about to write: nobody else connects in between. */
  db?: Db,
) => Promise<void>

/** Before a credential is handed out. Throws the refusal. */
export type MayUse = (
  db: Db,
  connection: {
    workspaceId: string
    provider: string
    method: string
    owner: string
    /** Whether a test has accepted it. */
    tested: boolean
  },
) => Promise<void>

export type TimeUp = (db: Db, workspaceId: string, rule: Timed, connection: Standing) => Promise<Due | undefined>

/** The seam for OAuth: the one that refreshes, and the one that ends a grant. */
export interface Grants {
  /** A credential that works now: what is stored, or what a refresh has brought. `rejected`: the service has just refused it. */
  fresh(of: {
    row: ConnectionRow
    service: Service
    method: Method
    stored: Secrets
    rejected: boolean
  }): Promise<{ secrets: Secrets; expiresAt?: number; told?: unknown }>
  /** Ends the grant at the service, in the background. Called before the credential is destroyed. */
  revoke(of: { row: ConnectionRow; stored: Secrets }): Promise<'pending' | 'by_hand' | 'not_offered'>
}
