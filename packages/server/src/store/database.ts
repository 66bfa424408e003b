import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The whole database inside one transaction. */
export type Db = Kysely<Schema>

/** What a transaction may see beyond the rows that belong to nobody. */
export interface Scope {
  workspaceId?: string
  /** Lets a person see which workspaces are theirs. */
  userId?: string
  /** Lets whoever presents a token see the row that its hash names. */
  presentedHash?: string
}

export interface StoreOptions {
  /** SQLite's file, or … */
  file: string
  /** … PostgreSQL's address. */
  url?: string
  ownerUrl?: string
  pool?: number
  /** Called with the id of the active master key before anything is written: a wrong key stops the start here. */
  beforeMigrating?: (activeMasterKeyId: string | undefined) => Promise<void>
  /** Stop at this schema: for restoring a backup that is older than the program. */
  upTo?: number
}

/** One database, as the two files beside this one provide it. */
export interface Database {
  dialect: Dialect
  transaction<T>(as: 'requests' | 'sweeps', scope: Scope, work: (db: Db) => Promise<T>): Promise<T>
  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T>
  forget(): Promise<void>
  check(): Promise<void>
  close(): Promise<void>
}

export type Dialect = 'sqlite' | 'postgres'

/**
 * SQLite only: the one parameter of a statement that is run once for each of these rows. Binding to one short prepared statement costs 9 µs
 * an audit record, a long one for many rows 12, and json_each 21.
 */
export class EachOf {
  readonly rows: readonly (readonly unknown[])[]

  constructor(rows: readonly (readonly unknown[])[]) {
    this.rows = rows
  }
}
