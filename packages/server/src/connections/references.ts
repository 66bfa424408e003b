import { actorId, type Caller } from '../actor.ts'
import { MINUTE } from '../clock.ts'
import { isPlainText, redactText } from '../log.ts'
import {
  countReferences,
  listReferences,
  putReference,
  removeReference,
  touchReference,
} from '../store/connection-references.ts'
import { findConnection } from '../store/connections.ts'
import type { ConnectionReferenceRow } from '../store/schema.ts'
import { opened, workspaceOf } from './access.ts'
import { readLabel } from './entered.ts'
import type { House } from './house.ts'

/** Which steps of other software use a connection: told by whoever builds them, or learned when they do. */
export interface References {
  list(caller: Caller, connectionId: string): Promise<ConnectionReferenceRow[]>
  register(
    caller: Caller,
    connectionId: string,
    given: { reference: string; label?: string | undefined },
  ): Promise<ConnectionReferenceRow>
  remove(caller: Caller, connectionId: string, reference: string): Promise<void>
  /** A call was made for this step. Written at most once a minute: undefined where there is nothing to write. */
  learned(workspaceId: string, connectionId: string, reference: string): Promise<void> | undefined
}

const MOST = 1000
const REMEMBERED = 50_000

export function createReferences({ store, clock }: House): References {
  const written = new Map<string, number>()

  const within = <T>(
    caller: Caller,
    connectionId: string,
    work: (workspaceId: string, db: Parameters<typeof listReferences>[0]) => Promise<T>,
  ) => {
    const workspaceId = workspaceOf(caller)
    return store.within({ workspaceId }, async (db) => {
      opened(caller, await findConnection(db, workspaceId, connectionId))
      return work(workspaceId, db)
    })
  }

  return {
    list: (caller, connectionId) =>
      within(caller, connectionId, (workspaceId, db) => listReferences(db, workspaceId, connectionId, MOST)),
    register: async (caller, connectionId, { reference, label }) => {
      const row: ConnectionReferenceRow = {
        workspace_id: workspaceOf(caller),
        connection_id: connectionId,
        reference: readLabel(reference, 'reference', 200),
        label: label === undefined ? null : readLabel(label, 'label', 200),
        source: 'registered',
        created_by: actorId(caller.actor),
        created_at: clock.now(),
        last_used_at: null,
      }
      return within(caller, connectionId, async (workspaceId, db) => {
        await putReference(db, row)
        const all = await listReferences(db, workspaceId, connectionId, MOST)
        return all.find((one) => one.reference === row.reference) ?? row
      })
    },
    remove: (caller, connectionId, reference) =>
      within(caller, connectionId, (workspaceId, db) => removeReference(db, workspaceId, connectionId, reference)),
    learned: (workspaceId, connectionId, given) => {
      const now = clock.now()
      const reference = namedByUse(given)
      const name = `${connectionId} ${reference}`
      if (now - (written.get(name) ?? Number.NEGATIVE_INFINITY) < MINUTE) return undefined
      written.delete(name)
      written.set(name, now)
      if (written.size > REMEMBERED) written.delete(written.keys().next().value!)
      return store.within({ workspaceId }, async (db) => {
        if (await touchReference(db, workspaceId, connectionId, reference, now)) return
        // Whoever calls names their steps as they like, and must not fill the database with names.
        if ((await countReferences(db, workspaceId, connectionId)).count >= MOST) return
        await putReference(db, {
          workspace_id: workspaceId,
          connection_id: connectionId,
          reference,
          label: null,
          source: 'learned',
          created_by: 'use',
          created_at: now,
          last_used_at: now,
        })
      })
    },
  }
}

/** Named by whoever calls, who may have put anything into it. */
function namedByUse(given: string): string {
  if (given.length <= 200 && isPlainText(given)) return given
  const seen = redactText(given.slice(0, 400)).replaceAll(/[\p{C}\u2028\u2029]/gu, ' ')
  return [...seen].slice(0, 200).join('')
}
