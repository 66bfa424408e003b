import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Service } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { isProblem, Problem } from '../errors.ts'
import { findFolderDefinition, keepFolderDefinition, newestFolderVersion } from '../store/folder-definitions.ts'
import { newestServiceVersionAnywhere } from '../store/service-definitions.ts'
import type { Store } from '../store/store.ts'
import type { Reader } from './definitions.ts'
import type { KnownService } from './known.ts'
import { type Format, type Issue, MOST_BYTES } from './source.ts'

/**
 * The operator's folder: one file a service, named by its id. Every version a server has started with is kept, so that connections
 * outlive an edited file. One file that cannot be used stops the start: a service that is silently missing would be found out late.
 */
export interface FolderServices {
  services: ReadonlyMap<string, KnownService>
  definition(id: string, version: number): Promise<Service | undefined>
}

export const ID = /^[a-z][a-z0-9_]{1,40}$/
const MOST_FILES = 500

export async function keepFolder(
  path: string,
  {
    store,
    clock,
    reader,
    isBuiltIn,
  }: { store: Store; clock: Clock; reader: Reader; isBuiltIn(id: string): Promise<boolean> },
): Promise<FolderServices> {
  const services = new Map<string, KnownService>()
  for (const { id, file, format, source } of readFolder(path)) {
    const refuse = (why: string): never => {
      throw new Problem('service.folder_unusable', { file, why })
    }
    if (!ID.test(id)) refuse('its name is not 2 to 41 lower-case letters, digits and underscores')
    if (services.has(id)) refuse(`there are two files for "${id}"`)
    if (await isBuiltIn(id)) refuse(`"${id}" is a service that comes with Cardea`)
    const digest = digestOf(id, format, source)
    const definition = await reader.read(id, digest, { format, source }).catch((error: unknown) => {
      if (!isProblem(error, 'service.invalid')) throw error
      return refuse((error.values.issues as Issue[]).map(inWords).slice(0, 5).join('; '))
    })
    const version = await versionOf({ id, format, source, digest, created_at: clock.now() }, store)
    services.set(id, { id, origin: 'folder', version, definition })
  }
  return {
    services,
    definition: async (id, version) => {
      const current = services.get(id)
      if (current?.version === version) return current.definition
      const row = await store.within({}, (db) => findFolderDefinition(db, id, version))
      return row && reader.read(id, row.digest, row)
    },
  }
}

export function digestOf(id: string, format: Format, source: string): string {
  return hash('sha256', `${id}\n${format}\n${source}`)
}

function readFolder(path: string): { id: string; file: string; format: Format; source: string }[] {
  const unusable = (error: unknown, file: string): never => {
    throw new Problem('service.folder_unusable', { file, why: (error as NodeJS.ErrnoException).code ?? 'unreadable' })
  }
  let names: string[] = []
  try {
    names = readdirSync(path).filter((name) => /^[^.].*\.(ya?ml|json)$/.test(name))
  } catch (error) {
    unusable(error, path)
  }
  if (names.length > MOST_FILES)
    throw new Problem('service.folder_unusable', { file: path, why: `it has more than ${MOST_FILES} files` })
  return names.sort().map((name) => {
    const file = join(path, name)
    try {
      if (statSync(file).size > MOST_BYTES)
        throw Object.assign(new Error(), { code: `larger than ${MOST_BYTES / 1024} KB` })
      const format: Format = name.endsWith('.json') ? 'json' : 'yaml'
      return { id: name.replace(/\.\w+$/, ''), file, format, source: readFileSync(file, 'utf8') }
    } catch (error) {
      return unusable(error, file)
    }
  })
}

async function versionOf(
  row: Omit<Parameters<typeof keepFolderDefinition>[1], 'version'>,
  store: Store,
): Promise<number> {
  for (;;) {
    const version = await store.sweep(async (db) => {
      const newest = Math.max(await newestFolderVersion(db, row.id), await newestServiceVersionAnywhere(db, row.id))
      return keepFolderDefinition(db, { ...row, version: newest + 1 })
    })
    // Another server took the number for another text.
    if (version !== undefined) return version
  }
}

export function inWords({ path, line, message }: Issue): string {
  return `${line ? `line ${line}: ` : ''}${path ? `${path} ` : ''}${message}`
}
