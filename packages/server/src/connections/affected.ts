import { countReferences, listReferences } from '../store/connection-references.ts'
import type { ConnectionReferenceRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'

/** Whose software stops when a connection does. Only told: nothing is refused because of it. */
export interface Affected {
  count: number
  lastUsedAt: number | null
  /** The first of them. */
  references: ConnectionReferenceRow[]
}

const SHOWN = 50

/** For whoever may not look inside: that something stops, and not what. */
export function countOnly({ count }: Affected): Affected {
  return { count, lastUsedAt: null, references: [] }
}

export async function affectedBy(db: Db, workspaceId: string, connectionId: string): Promise<Affected> {
  const { count, lastUsedAt } = await countReferences(db, workspaceId, connectionId)
  const references = count === 0 ? [] : await listReferences(db, workspaceId, connectionId, SHOWN)
  return { count, lastUsedAt, references }
}
