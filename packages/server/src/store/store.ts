import { AsyncLocalStorage } from 'node:async_hooks'
import type { Db, Dialect, Scope, StoreOptions } from './database.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

/**
 * What Cardea remembers. Promises: a transaction that was acknowledged survives kill -9; a workspace's rows are reached
 * only inside `within` that workspace, which PostgreSQL enforces by row-level security. Refuses: transactions inside
 * transactions, and a schema newer than this program.
 */
export interface Store {
  readonly dialect: Dialect
  /** One transaction for a request. */
  within<T>(scope: Scope, work: (db: Db) => Promise<T>): Promise<T>
  /** One transaction across workspaces: for sweeps, rotations, verification and restoring; never for a request. */
  sweep<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Reads everything as it stood at one moment, without holding up writers. */
  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Makes what was deleted unreadable in the files too, as far as this database can. */
  forget(): Promise<void>
  /** Throws when the database does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

export type { Db, Scope, StoreOptions }

export async function openStore(options: StoreOptions): Promise<Store> {
  const database = options.url ? await openPostgres({ ...options, url: options.url }) : await openSqlite(options)
  // SQLite has one connection: a transaction begun inside another would wait for itself for ever.
  const running = new AsyncLocalStorage<true>()
  const once = <T>(begin: () => Promise<T>): Promise<T> => {
    if (running.getStore()) throw new Error('a transaction was begun inside another')
    return running.run(true, begin)
  }
  return {
    dialect: database.dialect,
    within: (scope, work) => once(() => database.transaction('requests', scope, work)),
    sweep: (work) => once(() => database.transaction('sweeps', {}, work)),
    snapshot: (work) => database.snapshot(work),
    forget: () => database.forget(),
    check: () => database.check(),
    close: () => database.close(),
  }
}
