import type { Service } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { PageRequest } from '../store/page.ts'
import { findServiceDefinition, listServiceDefinitions } from '../store/service-definitions.ts'
import type { Store } from '../store/store.ts'
import { type Changes, createChanges } from './change.ts'
import { createReader } from './definitions.ts'
import { type FolderServices, keepFolder } from './folder.ts'
import { drawIcon, drawLetters } from './icon.ts'
import type { AuditPort, GivenDefinition, KnownService } from './known.ts'
import type { Format, Issue } from './source.ts'

/**
 * The services that a workspace sees: those built in, those of the operator's folder, its own, and of these what the operator permits.
 * Promises: a connection finds the definition it was made with, whatever was changed or removed since. Refuses definitions that break
 * a rule, take a built-in name, or name a file of ours.
 */
export interface Services extends Changes {
  /** Sorted by name of the service; a page of those that hold the words. */
  list(workspaceId: string | undefined, query: ServiceQuery): Promise<{ items: KnownService[]; next?: string }>
  get(workspaceId: string | undefined, id: string): Promise<KnownService>
  /**
   * What a connection was made with; the newest where no version is named. What the operator no longer permits is still found by its
   * version, so that a connection can be ended properly: whether it may be used, `permits` says.
   */
  definition(workspaceId: string, id: string, version?: number): Promise<Service>
  permits(id: string): boolean
  /** An SVG drawing. */
  icon(workspaceId: string | undefined, id: string): Promise<string>
}

export interface ServiceQuery extends PageRequest {
  search?: string | undefined
  category?: string | undefined
}

export interface ServicesDeps {
  store: Store
  clock: Clock
  log: Logger
  audit: AuditPort
  /** A folder of definitions for every workspace. */
  folder?: string | undefined
  /** The only services that may be used. */
  allowed?: readonly string[] | undefined
  /** Built in as well, but not in the catalog: what this server itself brings while it runs. */
  extra?: readonly { id: string; definition: Service }[] | undefined
}

export { type Draft, draftService, type Question, questions } from './draft.ts'
export { inWords } from './folder.ts'
export { parseDefinition, readDefinition } from './read.ts'
export { appSettings, hostsOf, needsApp } from './read-off.ts'
export { readSource } from './source.ts'
export { faultOfField, faultOfTyped, isPlainLine, LONGEST_LINE, LONGEST_TEXT, tidied, trimmed } from './typed.ts'
export type { Format, GivenDefinition, Issue, KnownService }

const MOST_FIXED = 2000

export async function createServices(deps: ServicesDeps): Promise<Services> {
  const { store, log } = deps
  const allowed = deps.allowed && new Set(deps.allowed)
  const permits = (id: string) => !allowed || allowed.has(id)
  const reader = createReader()
  const extra = Object.fromEntries((deps.extra ?? []).map(({ id, definition }) => [id, definition]))
  let loaded: Readonly<Record<string, Service>> | undefined
  /** Loaded with the first question: most processes never ask. */
  const catalog = async () => {
    loaded ??= { ...(await import('@cardea/catalog')).services, ...extra }
    return loaded
  }
  const isBuiltIn = async (id: string) => Object.hasOwn(await catalog(), id)
  const folder: FolderServices = deps.folder
    ? await keepFolder(deps.folder, { ...deps, reader, isBuiltIn })
    : { services: new Map(), definition: async () => undefined }

  const builtIn = async (id: string): Promise<KnownService | undefined> => {
    const services = await catalog()
    return Object.hasOwn(services, id) ? { id, origin: 'built_in', version: 0, definition: services[id]! } : undefined
  }

  /** Of a workspace's own, those that still read well: a rule that became stricter takes them out, not the others with them. */
  const own = async (workspaceId: string): Promise<KnownService[]> => {
    const found = await store.within({ workspaceId }, async (db) => {
      const rows = await listServiceDefinitions(db, workspaceId)
      const fresh = rows.filter(({ digest }) => !reader.has(digest))
      const texts = await Promise.all(
        fresh.map(({ id, version }) => findServiceDefinition(db, workspaceId, id, version)),
      )
      return { rows, texts: new Map(texts.map((row) => [row?.digest, row])) }
    })
    const known: KnownService[] = []
    for (const { id, version, digest } of found.rows) {
      try {
        const definition = await reader.read(id, digest, found.texts.get(digest))
        known.push({ id, origin: 'workspace', version, definition })
      } catch (error) {
        log.warn('a definition of a service no longer keeps the rules', { workspaceId, id, version, error })
      }
    }
    return known
  }

  const everything = async (workspaceId: string | undefined): Promise<KnownService[]> => {
    const found = new Map<string, KnownService>()
    // What comes later wins: nothing takes a built-in name, and a workspace's own was there before the folder's.
    for (const service of folder.services.values()) found.set(service.id, service)
    if (workspaceId) for (const service of await own(workspaceId)) found.set(service.id, service)
    for (const [id, definition] of Object.entries(await catalog())) {
      found.set(id, { id, origin: 'built_in', version: 0, definition })
    }
    return [...found.values()].filter(({ id }) => permits(id)).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  const get: Services['get'] = async (workspaceId, id) => {
    const found = (await builtIn(id)) ?? (workspaceId && (await ownNewest(workspaceId, id))) ?? folder.services.get(id)
    if (!found) throw new Problem('service.not_found')
    if (!permits(id)) throw new Problem('service.not_permitted', { id })
    return found
  }

  const ownNewest = async (workspaceId: string, id: string): Promise<KnownService | undefined> => {
    const row = await store.within({ workspaceId }, (db) => findServiceDefinition(db, workspaceId, id))
    if (!row) return undefined
    const definition = await reader.read(id, row.digest, row)
    return {
      id,
      origin: 'workspace',
      version: row.version,
      definition,
      source: { format: row.format, text: row.source },
    }
  }

  /** Asked with every call of a connection; what a version says never changes. */
  const fixed = new Map<string, Service>()
  const versionOf = async (workspaceId: string, id: string, version: number): Promise<Service | undefined> => {
    if (version === 0) return (await builtIn(id))?.definition
    const row = await store.within({ workspaceId }, (db) => findServiceDefinition(db, workspaceId, id, version))
    return row ? reader.read(id, row.digest, row) : folder.definition(id, version)
  }

  return {
    permits,
    get,
    icon: async (workspaceId, id) => {
      const service = await get(workspaceId, id)
      return Object.hasOwn(extra, id) ? drawLetters(service) : drawIcon(service)
    },
    list: async (workspaceId, query) => pageOf((await everything(workspaceId)).filter(matching(query)), query),
    definition: async (workspaceId, id, version) => {
      if (version === undefined) return (await get(workspaceId, id)).definition
      const key = `${workspaceId} ${id} ${version}`
      const found = fixed.get(key) ?? (await versionOf(workspaceId, id, version))
      if (!found) throw new Problem('service.not_found')
      if (fixed.size >= MOST_FIXED) fixed.clear()
      fixed.set(key, found)
      return found
    },
    ...createChanges({ ...deps, reader, permits, isBuiltIn, folder }),
  }
}

function matching({ search, category }: ServiceQuery): (service: KnownService) => boolean {
  const words = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return ({ id, definition }) => {
    const text = `${id} ${definition.name} ${definition.category}`.toLowerCase()
    return (!category || definition.category === category) && words.every((word) => text.includes(word))
  }
}

function pageOf(all: readonly KnownService[], { limit, after }: PageRequest): { items: KnownService[]; next?: string } {
  const from = after === undefined ? undefined : Buffer.from(after, 'base64url').toString()
  if (from !== undefined && !/^[a-z][a-z0-9_]{0,40}$/.test(from)) throw new Problem('request.bad_cursor')
  const rest = from === undefined ? all : all.filter(({ id }) => id > from)
  const items = rest.slice(0, limit)
  return {
    items,
    ...(rest.length > limit ? { next: Buffer.from(items.at(-1)!.id).toString('base64url') } : {}),
  }
}
