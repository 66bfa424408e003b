import { actorId, type Caller } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newestFolderVersion } from '../store/folder-definitions.ts'
import type { ServiceDefinitionRow } from '../store/schema.ts'
import {
  createServiceDefinition,
  findServiceDefinition,
  listServiceDefinitions,
  newestServiceVersion,
  removeServiceDefinition,
} from '../store/service-definitions.ts'
import type { Db, Store } from '../store/store.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import type { Reader } from './definitions.ts'
import { digestOf, type FolderServices, ID } from './folder.ts'
import type { AuditPort, GivenDefinition, KnownService } from './known.ts'

/** What administrators of a workspace do with its own services. */
export interface Changes {
  add(caller: Caller, id: string, given: GivenDefinition): Promise<KnownService>
  /** A new version for connections made from now on. */
  replace(caller: Caller, id: string, given: GivenDefinition): Promise<KnownService>
  remove(caller: Caller, id: string): Promise<void>
  /** Asked in the transaction of a removal, by whoever knows about connections; throws where it must not be. */
  beforeRemoval(ask: BeforeRemoval): void
}

export type BeforeRemoval = (db: Db, workspaceId: string, id: string) => Promise<void>

/** A workspace that describes more has another purpose. */
const MOST_SERVICES = 200

interface ChangesDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  reader: Reader
  folder: FolderServices
  permits(id: string): boolean
  isBuiltIn(id: string): Promise<boolean>
}

export function createChanges({ store, clock, audit, reader, folder, permits, isBuiltIn }: ChangesDeps): Changes {
  const asked: BeforeRemoval[] = []

  const write = async (
    caller: Caller,
    id: string,
    { format, text }: GivenDefinition,
    mayWrite: (db: Db, workspaceId: string) => Promise<ServiceDefinitionRow | undefined>,
  ): Promise<KnownService> => {
    const workspaceId = workspaceOf(caller)
    const digest = digestOf(id, format, text)
    const definition = await reader.read(id, digest, { format, source: text })
    const version = await store.within({ workspaceId }, async (db) => {
      await lockWorkspace(db, workspaceId)
      const before = await mayWrite(db, workspaceId)
      // The same text again is the same version.
      if (before?.digest === digest) return before.version
      // Above the folder's numbers too: a connection's version names one text for ever.
      const newest = Math.max(await newestServiceVersion(db, workspaceId, id), await newestFolderVersion(db, id))
      const version = newest + 1
      await createServiceDefinition(db, {
        workspace_id: workspaceId,
        id,
        version,
        format,
        source: text,
        digest,
        created_by: actorId(caller.actor),
        created_at: clock.now(),
        removed_at: null,
      })
      const event = before ? 'service.replaced' : 'service.added'
      await audit.record(db, { event, workspaceId, caller, subject: id, detail: { version, digest } })
      return version
    })
    return { id, origin: 'workspace', version, definition, source: { format, text } }
  }

  return {
    add: async (caller, id, given) => {
      if (!ID.test(id)) {
        const message = 'must be 2 to 41 lower-case letters, digits and underscores'
        throw new Problem('request.invalid', { issues: [{ path: 'body.id', message }] })
      }
      if (await isBuiltIn(id)) throw new Problem('service.name_taken', { id, owner: 'Cardea' })
      if (folder.services.has(id)) throw new Problem('service.name_taken', { id, owner: 'this server' })
      if (!permits(id)) throw new Problem('service.not_permitted', { id })
      return write(caller, id, given, async (db, workspaceId) => {
        const own = await listServiceDefinitions(db, workspaceId)
        if (own.some((row) => row.id === id)) throw new Problem('service.exists', { id })
        if (own.length >= MOST_SERVICES) throw new Problem('service.too_many', { limit: MOST_SERVICES })
        return undefined
      })
    },

    replace: async (caller, id, given) => {
      const workspaceId = workspaceOf(caller)
      const there = await store.within({ workspaceId }, (db) => findServiceDefinition(db, workspaceId, id))
      if (!there) throw new Problem('service.not_found')
      if (!permits(id)) throw new Problem('service.not_permitted', { id })
      return write(caller, id, given, async (db) => {
        const before = await findServiceDefinition(db, workspaceId, id)
        if (!before) throw new Problem('service.not_found')
        return before
      })
    },

    remove: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      await store.within({ workspaceId }, async (db) => {
        await lockWorkspace(db, workspaceId)
        if (!(await findServiceDefinition(db, workspaceId, id))) throw new Problem('service.not_found')
        for (const ask of asked) await ask(db, workspaceId, id)
        await removeServiceDefinition(db, workspaceId, id, clock.now())
        await audit.record(db, { event: 'service.removed', workspaceId, caller, subject: id })
      })
    },

    beforeRemoval: (ask) => {
      asked.push(ask)
    },
  }
}

function workspaceOf({ actor }: Caller): string {
  if (!('workspaceId' in actor) || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}
