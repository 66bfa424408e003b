import type { Accounts } from '../accounts/accounts.ts'
import type { Actions } from '../actions/actions.ts'
import type { Caller } from '../actor.ts'
import type { Apps } from '../apps/apps.ts'
import type { Audit } from '../audit/audit.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { Events } from '../events/events.ts'
import type { Policies } from '../policy/policy.ts'
import type { Services } from '../services/services.ts'
import type { Store } from '../store/store.ts'
import type { Rotations, Vault } from '../vault/vault.ts'

/** The rooms that handlers call into. */
export interface Rooms {
  accounts: Accounts
  apps: Apps
  connections: Connections
  actions: Pick<Actions, 'list' | 'get' | 'execute' | 'preview'>
  broker: Pick<Broker, 'mint' | 'narrow' | 'exchange' | 'tokens' | 'skills'>
  audit: Audit
  events: Events
  services: Services
  policies: Policies
  vault: Vault
  rotations: Pick<Rotations, 'start' | 'get' | 'newest'>
  /** An encrypted backup, made while it is read. */
  backup(caller: Caller): AsyncIterable<Uint8Array>
  store: Store
  clock: Clock
}
