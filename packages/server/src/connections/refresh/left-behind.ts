import type { Clock } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { changeGrant, findGrant } from '../../store/connection-grants.ts'
import { lockConnection } from '../../store/connections.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'
import type { Signals } from '../../store/signals.ts'
import type { Store } from '../../store/store.ts'
import type { Epochs } from '../epochs.ts'
import type { Keep } from '../keep.ts'
import type { Settle } from '../settle.ts'
import { afterFound } from './after.ts'

/**
 * A server that died between the vault and the row has left what is newest: the row is made to name it, before anything older is shown to the
 * service again. Answers whether there was something.
 */
export type TakeLeftBehind = (
  row: ConnectionRow,
  grant: ConnectionGrantRow | undefined,
  than: number,
) => Promise<boolean>

export interface LeftBehindDeps {
  store: Store
  clock: Clock
  log: Logger
  keep: Keep
  settle: Settle
  epochs: Pick<Epochs, 'changed'>
  signals?: Pick<Signals, 'send' | 'subscribe'> | undefined
}

export function createTakeLeftBehind(deps: LeftBehindDeps): TakeLeftBehind {
  const { store, clock, log, keep, settle, epochs, signals } = deps

  const isThere = (row: ConnectionRow, version: number): Promise<boolean> =>
    keep.get(row.workspace_id, row.id, version).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Problem && error.code === 'vault.not_found') return false
        throw error
      },
    )

  return async (row, grant, than) => {
    const { workspace_id: workspaceId, id } = row
    const version = grant?.storing ?? null
    if (version === null || grant?.presenting !== than || row.credential_version !== than) return false
    if (!(await isThere(row, version))) return false
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      const current = before && (await findGrant(db, workspaceId, id))
      if (before?.credential_version !== than || current?.storing !== version) return undefined
      const { change, facts } = afterFound(before, current, { version, now: clock.now() })
      await changeGrant(db, before, facts)
      await signals?.send(db, 'cardea_grants', id)
      return settle(db, before, change)
    })
    if (after) {
      epochs.changed(id, after.epoch)
      log.warn('a renewed credential was found that a server had not finished storing', { connection: id, version })
    }
    return true
  }
}
