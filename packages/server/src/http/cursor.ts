import type { PageRequest } from '../accounts/accounts.ts'

/** A page as rooms want it asked for. */
export function readPage({ limit, cursor }: { limit: number; cursor?: string | undefined }): PageRequest {
  return cursor === undefined ? { limit } : { limit, after: cursor }
}
