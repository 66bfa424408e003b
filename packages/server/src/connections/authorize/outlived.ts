import { listFlows } from '../../store/oauth-flows.ts'
import type { House } from '../house.ts'
import { overBy } from './flow-result.ts'

/**
 * Which of the consents that a browser is known to it can forget, so that no more than so many are left: those that are over first, then
 * those of which nothing is known here, and of each the oldest.
 */
export type Outlived = (of: { workspaceId: string; ids: readonly string[]; most: number }) => Promise<string[]>

export function createOutlived({ store, clock }: Pick<House, 'store' | 'clock'>): Outlived {
  return async ({ workspaceId, ids, most }) => {
    if (ids.length <= most) return []
    const rows = await store.within({ workspaceId }, (db) => listFlows(db, workspaceId, ids))
    const known = new Map(rows.map((row) => [row.id, row]))
    const now = clock.now()
    const places = ids.map((id) => {
      const row = known.get(id)
      const isOver = row && (row.state === 'done' || row.state === 'failed' || overBy(row, now) !== undefined)
      return { id, rank: isOver ? 0 : row ? 2 : 1, since: row?.created_at ?? 0 }
    })
    places.sort((one, other) => one.rank - other.rank || one.since - other.since)
    return places.slice(0, ids.length - most).map(({ id }) => id)
  }
}
