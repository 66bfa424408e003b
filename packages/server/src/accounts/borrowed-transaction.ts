import { AsyncLocalStorage } from 'node:async_hooks'
import type { DBAdapter } from '@better-auth/core/db/adapter'
import type { Db } from '../store/store.ts'

/**
 * Lets better-auth work inside a transaction of ours: a session then stands or falls with its audit record, and SQLite,
 * which has one connection, is not asked for a second one.
 */
export interface BorrowedTransaction {
  /** What better-auth is given as its database: whichever transaction it is being run in. */
  db: Db
  /** Remembers what the database threw, which better-auth replaces by an error of its own. */
  watch(adapter: DBAdapter): DBAdapter
  inside<T>(db: Db, work: () => Promise<T>): Promise<T>
}

interface Current {
  db: Db
  failure?: unknown
}

export function createBorrowedTransaction(): BorrowedTransaction {
  const running = new AsyncLocalStorage<Current>()
  return {
    db: new Proxy({} as Db, {
      get: (_target, name) => {
        const current = running.getStore()
        if (!current) throw new Error('better-auth asked for the database outside a transaction')
        const member: unknown = Reflect.get(current.db, name)
        return typeof member === 'function' ? member.bind(current.db) : member
      },
    }),
    watch: (adapter) =>
      new Proxy(adapter, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function') return member
          return async (...query: unknown[]) => {
            try {
              return await member.apply(target, query)
            } catch (error) {
              const current = running.getStore()
              if (current) current.failure ??= error
              throw error
            }
          }
        },
      }),
    inside: (db, work) => {
      const current: Current = { db }
      return running.run(current, async () => {
        try {
          return await work()
        } catch (error) {
          throw current.failure ?? error
        }
      })
    },
  }
}
