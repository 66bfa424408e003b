import type { SelectQueryBuilder } from 'kysely'
import { Problem } from '../errors.ts'

/** A list given out piece by piece, newest last unless its query says otherwise. The cursor is where the last piece ended, and means nothing elsewhere. */
export interface PageRequest {
  /** How many at most; the door has checked it. */
  limit: number
  /** What the piece before gave as `next`. */
  after?: string | undefined
}

export interface Page<T> {
  items: T[]
  next?: string
}

interface Position {
  at: number
  id: string
}

/** Asks for the rows after a position, and one more, by which `pageOf` sees whether there is a next page. */
export function pageQuery<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  columns: { at: string; id: string; newestFirst?: true },
  { limit, after }: PageRequest,
): SelectQueryBuilder<DB, TB, O> {
  // biome-ignore lint/suspicious/noExplicitAny: the columns are named by the query files, which know their table.
  let asked: any = query
  const [beyond, order] = columns.newestFirst ? ['<', 'desc'] : ['>', 'asc']
  if (after !== undefined) {
    const { at, id } = readCursor(after)
    // biome-ignore lint/suspicious/noExplicitAny: see above.
    asked = asked.where((eb: any) =>
      eb.or([eb(columns.at, beyond, at), eb.and([eb(columns.at, '=', at), eb(columns.id, beyond, id)])]),
    )
  }
  return asked
    .orderBy(columns.at, order)
    .orderBy(columns.id, order)
    .limit(limit + 1)
}

export function pageOf<Row, T>(
  rows: Row[],
  { limit }: PageRequest,
  position: (row: Row) => Position,
  present: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(present),
    ...(rows.length > limit && last ? { next: writeCursor(position(last)) } : {}),
  }
}

function writeCursor({ at, id }: Position): string {
  return Buffer.from(`${at}.${id}`, 'utf8').toString('base64url')
}

function readCursor(cursor: string): Position {
  const match = cursor.length <= 200 && /^(\d{1,15})\.(\w{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new Problem('request.bad_cursor')
  return { at: Number(match[1]), id: match[2]! }
}
