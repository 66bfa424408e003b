import type { Complaint, Service } from '@cardea/catalog'
import { readDefinition } from './read.ts'
import type { Format } from './source.ts'

/** Definitions from outside: held to their limits, read once, and kept by the digest of their text. */
export interface Reader {
  has(digest: string): boolean
  /** Throws `service.invalid` with the lines that are wrong. */
  read(id: string, digest: string, row: { format: Format; source: string } | undefined): Promise<Service>
}

const KEPT = 500

export function createReader(): Reader {
  const kept = new Map<string, Service>()
  return {
    has: (digest) => kept.has(digest),
    read: async (id, digest, row) => {
      const found = kept.get(digest)
      if (found) return found
      if (!row) throw new Error(`the definition of ${id} was not read`)
      const service = readDefinition(id, row.source, row.format, limits)
      kept.set(digest, service)
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT) break
        kept.delete(oldest)
      }
      return service
    },
  }
}

/** What a definition from outside may not do although ours may: no path into the files of whoever runs it. */
function limits(service: Service): Complaint[] {
  return Object.entries(service.auth).flatMap(([name, method]) =>
    method.reader === undefined ? [] : [{ where: `auth.${name}.reader`, says: 'only built-in services read a file' }],
  )
}
