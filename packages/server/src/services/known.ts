import type { Service } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import type { Db } from '../store/store.ts'
import type { Format } from './source.ts'

/** A service as a workspace sees it. */
export interface KnownService {
  id: string
  /** Only what is built in may use the OAuth apps of the deployment. */
  origin: 'built_in' | 'folder' | 'workspace'
  /** 0 for what is built in. */
  version: number
  definition: Service
  /** As it was written, where that was here. */
  source?: GivenDefinition
}

export interface GivenDefinition {
  format: Format
  text: string
}

/** What this room needs of the audit trail, which stands beside it. */
export interface AuditPort {
  record(db: Db, event: ServiceEvent): Promise<void>
}

export interface ServiceEvent {
  event: 'service.added' | 'service.replaced' | 'service.removed'
  workspaceId: string
  caller: Caller
  subject: string
  detail?: Record<string, unknown>
}
