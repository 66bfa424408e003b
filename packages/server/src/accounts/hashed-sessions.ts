import type { DBAdapter, Where } from '@better-auth/core/db/adapter'
import { type Clock, systemClock } from '../clock.ts'
import { hashToken } from '../crypto/token.ts'

/**
 * Stands between better-auth and the database. better-auth keeps session tokens as they are, so that whoever reads the
 * database, or a backup, could take over every session: here they are stored as hashes, and put back into what
 * better-auth asked for by them. Its instants follow our clock.
 */
type Row = Record<string, unknown>

export function hashSessionTokens(adapter: DBAdapter, clock: Clock): DBAdapter {
  // better-auth reads the machine's clock; the difference is zero except under a test's clock.
  const skew = () => systemClock.now() - clock.now()
  const shift = (value: unknown, by: number) =>
    value instanceof Date && by !== 0 ? new Date(value.getTime() + by) : value
  const shiftRow = (row: Row, by: number): Row =>
    by === 0 ? row : Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shift(value, by)]))

  const storedRow = (model: string, row: Row): Row => {
    const stored = shiftRow(row, -skew())
    return model === 'session' && typeof stored.token === 'string'
      ? { ...stored, token: hashToken(stored.token) }
      : stored
  }
  const storedValue = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(storedValue)
    return typeof value === 'string' ? hashToken(value) : value
  }
  const storedWhere = (model: string, where: Where[] = []): Where[] =>
    where.map((condition) => ({
      ...condition,
      value: (model === 'session' && condition.field === 'token'
        ? storedValue(condition.value)
        : shift(condition.value, -skew())) as Where['value'],
    }))
  /** The tokens that the asker named, by their hashes. */
  const known = (model: string, where: Where[] = [], row?: Row): Map<string, string> => {
    const named =
      model !== 'session' ? [] : where.filter(({ field }) => field === 'token').flatMap(({ value }) => value)
    const tokens = [...named, row?.token].filter((token): token is string => typeof token === 'string')
    return new Map(tokens.map((token) => [hashToken(token), token]))
  }
  const asked = <T>(row: T, tokens: Map<string, string>): T => {
    if (row === null || typeof row !== 'object') return row
    const shown = shiftRow(row as Row, skew())
    const token = typeof shown.token === 'string' ? tokens.get(shown.token) : undefined
    return (token === undefined ? shown : { ...shown, token }) as T
  }

  const hashed: DBAdapter = {
    ...adapter,
    create: async <T extends Row, R = T>(query: { model: string; data: Omit<T, 'id'> }): Promise<R> => {
      const created = await adapter.create<Row, R>({ ...query, data: storedRow(query.model, query.data) })
      return asked(created, known(query.model, [], query.data))
    },
    findOne: async (query) =>
      asked(
        await adapter.findOne({ ...query, where: storedWhere(query.model, query.where) }),
        known(query.model, query.where),
      ) as never,
    findMany: async (query) => {
      const rows = await adapter.findMany({ ...query, where: storedWhere(query.model, query.where) })
      const tokens = known(query.model, query.where)
      return rows.map((row) => asked(row, tokens)) as never
    },
    update: async (query) =>
      asked(
        await adapter.update({
          ...query,
          where: storedWhere(query.model, query.where),
          update: storedRow(query.model, query.update),
        }),
        known(query.model, query.where, query.update),
      ) as never,
    updateMany: (query) =>
      adapter.updateMany({
        ...query,
        where: storedWhere(query.model, query.where),
        update: storedRow(query.model, query.update),
      }),
    count: (query) => adapter.count({ ...query, where: storedWhere(query.model, query.where) }),
    delete: (query) => adapter.delete({ ...query, where: storedWhere(query.model, query.where) }),
    deleteMany: (query) => adapter.deleteMany({ ...query, where: storedWhere(query.model, query.where) }),
    consumeOne: async (query) =>
      asked(
        await adapter.consumeOne({ ...query, where: storedWhere(query.model, query.where) }),
        known(query.model, query.where),
      ) as never,
    incrementOne: async (query) =>
      asked(
        await adapter.incrementOne({ ...query, where: storedWhere(query.model, query.where) }),
        known(query.model, query.where),
      ) as never,
    // It is always inside a transaction of ours already.
    transaction: (work) => work(hashed),
  }
  return hashed
}
