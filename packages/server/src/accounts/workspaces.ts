import type { Caller, Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import { addMember } from '../store/members.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { WorkspaceRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import {
  createWorkspace,
  deleteWorkspace,
  getWorkspace,
  listEveryWorkspace,
  listWorkspacesOf,
  lockWorkspace,
  renameWorkspace,
} from '../store/workspaces.ts'
import type { AuditPort } from './audit-port.ts'
import { readName } from './entered.ts'
import { workspaceOf } from './grants.ts'

export interface Workspace {
  id: string
  name: string
  createdAt: number
  /** The asker's role there, where they have one. */
  role?: Role
}

export interface Workspaces {
  /** A person who creates one becomes its administrator. */
  create(caller: Caller, input: { name: string }): Promise<Workspace>
  /** A person's own; a key's one; every one for whoever owns the data folder. */
  list(caller: Caller, page: PageRequest): Promise<Page<Workspace>>
  get(caller: Caller): Promise<Workspace>
  rename(caller: Caller, input: { name: string }): Promise<Workspace>
  /** With all that is in it; its audit records stay. */
  remove(caller: Caller): Promise<RemovedWorkspace>
}

/** What went with a workspace. */
export interface RemovedWorkspace {
  members: number
  keys: number
  connections: number
}

/** Runs in the transaction that deletes a workspace: the vault shreds its keys there, and connections end. */
// biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to report
export type OnDelete = (db: Db, workspaceId: string) => Promise<{ connections: number } | void>

export interface WorkspacesDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  beforeDelete?: ((workspaceId: string) => Promise<void>) | undefined
  onDelete: readonly OnDelete[]
}

export function createWorkspaces({ store, clock, audit, beforeDelete, onDelete }: WorkspacesDeps): Workspaces {
  return {
    create: async (caller, input) => {
      const name = readName(input.name)
      const id = newId('ws')
      const { actor } = caller
      return store.within({ workspaceId: id }, async (db) => {
        const row = { id, name, created_at: clock.now() }
        await createWorkspace(db, row)
        if (actor.kind === 'person') {
          await addMember(db, { workspace_id: id, user_id: actor.userId, role: 'admin', created_at: row.created_at })
        }
        await audit.record(db, { event: 'workspace.created', workspaceId: id, caller, subject: id })
        if (actor.kind !== 'person') return present(row)
        await audit.record(db, {
          event: 'member.added',
          workspaceId: id,
          caller,
          subject: actor.userId,
          detail: { role: 'admin' },
        })
        return present(row, 'admin')
      })
    },

    list: async (caller, page) => {
      const { actor } = caller
      if (actor.kind === 'person') {
        const { userId } = actor
        const found = await store.within({ userId }, (db) => listWorkspacesOf(db, userId, page))
        return { ...found, items: found.items.map((row) => present(row, row.role)) }
      }
      if (actor.kind === 'operator') {
        const found = await store.sweep((db) => listEveryWorkspace(db, page))
        return { ...found, items: found.items.map((row) => present(row)) }
      }
      return { items: [await getOwn(caller)] }
    },

    get: getOwn,

    rename: async (caller, input) => {
      const workspaceId = workspaceOf(caller)
      const name = readName(input.name)
      return store.within({ workspaceId }, async (db) => {
        const before = await lockWorkspace(db, workspaceId)
        const row = await renameWorkspace(db, workspaceId, name)
        await audit.record(db, {
          event: 'workspace.renamed',
          workspaceId,
          caller,
          subject: workspaceId,
          detail: { from: before.name, to: name },
        })
        return present(row, roleOf(caller))
      })
    },

    remove: async (caller) => {
      const workspaceId = workspaceOf(caller)
      await beforeDelete?.(workspaceId)
      const removed = await store.within({ workspaceId }, async (db) => {
        const { name } = await lockWorkspace(db, workspaceId)
        let connections = 0
        for (const remove of onDelete) connections += (await remove(db, workspaceId))?.connections ?? 0
        const lost = { ...(await deleteWorkspace(db, workspaceId)), connections }
        await audit.record(db, {
          event: 'workspace.deleted',
          workspaceId,
          caller,
          subject: workspaceId,
          risk: 'high',
          detail: { name, ...lost },
        })
        return lost
      })
      await store.forget()
      return removed
    },
  }

  async function getOwn(caller: Caller): Promise<Workspace> {
    const workspaceId = workspaceOf(caller)
    const row = await store.within({ workspaceId }, (db) => getWorkspace(db, workspaceId))
    return present(row, roleOf(caller))
  }
}

function roleOf({ actor }: Caller): Role | undefined {
  return 'role' in actor ? actor.role : undefined
}

function present(row: WorkspaceRow, role?: Role): Workspace {
  return { id: row.id, name: row.name, createdAt: row.created_at, ...(role ? { role } : {}) }
}
