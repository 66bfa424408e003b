import { HOUR, MINUTE } from '../clock.ts'
import { newId } from '../ids.ts'
import { findGrant } from '../store/connection-grants.ts'
import {
  addRevocation,
  changeRevocation,
  deleteRevocation,
  deleteRevocationsOfWorkspace,
  listGranted,
  listPendingRevocations,
} from '../store/revocations.ts'
import { DEPLOYMENT, type RevocationRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { findWorkspace } from '../store/workspaces.ts'
import { methodOf } from './credential.ts'
import type { Keep } from './keep.ts'
import type { ConnectionsDeps } from './ports.ts'
import { prepare, publicPart } from './prepared.ts'
import { revocationOf } from './revocation-row.ts'
import type { Evidence, Sealing } from './revocation-seal.ts'
import { wayOf } from './revocation-words.ts'

/**
 * A workspace that is deleted takes its keys, apps and definitions with it in one transaction, so that what ends its grants is put aside before:
 * sealed for the deployment, whole, and of no effect for as long as the workspace is still there.
 */
export interface Leaving {
  /** Before the transaction. What cannot be read is left for people, and keeps nobody from leaving. */
  leaving(workspaceId: string): Promise<void>
  /** In the transaction that deletes it. */
  left(db: Db, workspaceId: string): Promise<void>
}

interface Aside extends Leaving {
  /** Undefined: the workspace is gone. */
  stillThere(row: RevocationRow): Promise<'postponed' | 'dropped' | undefined>
  putOff(row: RevocationRow, is: 'postponed' | 'dropped'): Promise<void>
}

const PAGE = 200
/** No deletion takes that long: it did not come to it. */
const LONGEST_DELETION = HOUR

export interface LeavingDeps
  extends Pick<ConnectionsDeps, 'store' | 'clock' | 'log' | 'services' | 'target' | 'signals' | 'apps'> {
  keep: Keep
  sealing: Sealing
}

export function createLeaving(deps: LeavingDeps): Aside {
  const { store, clock, log, services, target, signals, apps, keep, sealing } = deps

  async function putAside(row: RevocationRow, secretsOf: () => Promise<Evidence['secrets']>): Promise<void> {
    const { workspace_id: workspaceId, provider, definition_version: version } = row
    const service = await services.definition(workspaceId, provider, version)
    const method = methodOf(service, row)
    const way = wayOf(method, prepare(target, service, method, { ...publicPart(row), secrets: {} }).open)
    if (way.is !== 'call' && way.is !== 'discovered') return
    const app = row.app_id === null ? undefined : await apps?.find(workspaceId, row.app_id)
    const aside: RevocationRow = { ...row, workspace_id: DEPLOYMENT, because: 'workspace_removed' }
    const evidence: Evidence = {
      secrets: await secretsOf(),
      ...(app ? { app } : {}),
      // Only those that came with this program are there for everybody, for ever.
      ...(version === 0 ? {} : { definition: service }),
    }
    const sealed = await sealing.seal(aside, evidence)
    await store.within({ workspaceId: DEPLOYMENT }, (db) => addRevocation(db, { ...aside, sealed }))
  }

  async function attempted(connection: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      log.warn('a grant of a workspace that is deleted has to be ended by hand', { connection, error })
    }
  }

  async function secretsOf(workspaceId: string, id: string, version: number): Promise<Evidence['secrets']> {
    return { ...(await keep.get(workspaceId, id, version)), ...(await keep.access(workspaceId, id, version)) }
  }

  return {
    leaving: async (workspaceId) => {
      const within = <T>(work: (db: Db) => Promise<T>) => store.within({ workspaceId }, work)
      for (let after = ''; ; ) {
        const page = await within((db) => listGranted(db, workspaceId, { after, limit: PAGE }))
        for (const row of page) {
          await attempted(row.id, async () => {
            const version = row.credential_version || row.credential_versions
            const grant = await within((db) => findGrant(db, workspaceId, row.id))
            const of = { because: 'workspace_removed', version, grant, now: clock.now() } as const
            await putAside(revocationOf(row, of), () => secretsOf(workspaceId, row.id, version))
            // What a renewal has brought, or is about to bring.
            const newer = grant?.storing ?? null
            if (newer !== null) await putAside(revocationOf(row, of), () => secretsOf(workspaceId, row.id, newer))
          })
        }
        after = page.at(-1)?.id ?? after
        if (page.length < PAGE) break
      }
      for (const row of await within((db) => listPendingRevocations(db, workspaceId))) {
        await attempted(row.connection_id, () => {
          const now = clock.now()
          const aside = { ...row, id: newId('rev'), attempts: 0, next_try_at: now, created_at: now }
          return putAside(aside, async () =>
            row.sealed
              ? (await sealing.open(row)).secrets
              : secretsOf(workspaceId, row.connection_id, row.credential_version ?? 0),
          )
        })
      }
    },

    left: async (db, workspaceId) => {
      await deleteRevocationsOfWorkspace(db, workspaceId)
      await signals?.send(db, 'cardea_revocations', workspaceId)
    },

    stillThere: async ({ of_workspace, created_at }) => {
      if (!(await store.sweep((db) => findWorkspace(db, of_workspace)))) return undefined
      return clock.now() - created_at > LONGEST_DELETION ? 'dropped' : 'postponed'
    },

    putOff: async (row, is) => {
      await store.within({ workspaceId: row.workspace_id }, async (db) => {
        if (is === 'dropped') await deleteRevocation(db, row)
        else await changeRevocation(db, row, { attempts: row.attempts - 1, next_try_at: clock.now() + MINUTE })
      })
    },
  }
}
