import type { Service, Values } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import type { AuditEvent, Claim } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Secrets } from '../inject/values.ts'
import type { Logger } from '../log.ts'
import type { Send } from '../net/message.ts'
import type { Client, Oauth } from '../oauth/oauth.ts'
import type { Due, Standing, Timed } from '../policy/policy.ts'
import type { Ownership } from '../store/ownership.ts'
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
  oauth: Oauth
  send: Send
  mail: MailPort
  events: EventsPort
  /** What an administrator's policies say; by default nothing is forbidden. Throws the refusal. */
  mayConnect?: MayConnect
  mayUse?: MayUse
  /** Whether a limit of time ends a connection as it stands, and which; by default none does. */
  timeUp?: TimeUp
  /** For credentials that somebody granted at the service. */
  apps?: AppsPort
  /** Where services send people back to. */
  redirectUri?: () => string
  /** Hosts that the operator allowed to be reached without TLS. */
  allowsPlainHttp?: (host: string) => boolean
  /** Who alone renews a credential; by default this process. */
  ownership?: Ownership
  /** `memory`: access tokens are never written down. */
  accessTokens?: 'sealed' | 'memory'
  epochs?: EpochSource
  /** Tells the other servers sooner than they would look. */
  signals?: Pick<Signals, 'send' | 'subscribe'>
}

export interface AuditPort {
  record(db: Db, event: AuditEvent): Promise<void>
  use(event: AuditEvent, claim?: Claim): Promise<void>
}

export interface ServicesPort {
  get(workspaceId: string, id: string): Promise<{ version: number; definition: Service }>
  definition(workspaceId: string, id: string, version?: number): Promise<Service>
  permits(id: string): boolean
}

export type ConnectionEventType =
  `connection.${'created' | 'needs_reauth' | 'recovered' | 'paused' | 'resumed' | 'deleted' | 'credential_replaced' | 'revocation_finished'}`

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
    /** Where its owner can mend it. */
    reauthorizeUrl?: string
    /** What became of the grant at the service. */
    revocation?: string
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
    /** What is asked for or was granted, where the method knows scopes. */
    scopes?: readonly string[] | null
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

/** OAuth apps that administrators registered, as connecting and renewing need them. */
export interface AppsPort {
  /** For a new authorization: the one named, else the one that wins. Throws what the person can do when there is none. */
  choose(
    workspaceId: string,
    of: {
      provider: string
      method: string
      appId?: string | undefined
      /** Of a method that finds its server by an address: an app fits only the address it was registered for. */
      settings?: Values | undefined
      /** The version that the app's secret is going to be used by, where that is not the newest. */
      definitionVersion?: number | undefined
    },
  ): Promise<App>
  /** The one that a grant was made to; undefined once it is gone. */
  find(workspaceId: string, appId: string): Promise<App | undefined>
  /** Which methods have an app here, without opening any secret. */
  ready(workspaceId: string): Promise<(provider: string, method: string) => boolean>
  /** The service refuses the app itself: its administrators are told, no member is. */
  refused(workspaceId: string, appId: string, why: { error: string; description?: string }): Promise<void>
  /** The service took it: what was said against it is over. */
  accepted(workspaceId: string, appId: string): Promise<void>
}

export interface App {
  id: string
  client: Client
  /** Settings that shape addresses of the token endpoint: they win over what a member chose. */
  settings: Values
  /** Secrets of the app beyond the client's. */
  fields: Secrets
  extraScopes: readonly string[]
  generation: number
}

/** A credential that somebody granted, as it can be used now, with the row as it stands after whatever had to be done for that. */
export type Fresh = (
  row: ConnectionRow,
  how?: {
    /** The version that the service has just refused: another is got, where there can be one. */
    rejected?: number
    /** And which of several tokens of that version. */
    purchase?: number | undefined
    /** A host that wants a token of its own. */
    host?: string | undefined
    eager?: boolean
  },
) => Promise<{ row: ConnectionRow; secrets: Secrets; expiresAt?: number; purchase?: number }>
