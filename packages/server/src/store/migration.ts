export interface Migration {
  id: number
  name: string
  tables: string
  isolation: readonly Isolation[]
  /** Tables that belong to no workspace, with the rights that requests have on them. */
  shared: readonly string[]
}

/** How PostgreSQL keeps a table's rows to their workspace. */
export interface Isolation {
  table: string
  key: string
  /** A further condition under which a row may be read (never written). */
  orReadable?: string
  /** Rows may be added for any workspace and never changed or removed by requests. */
  appendOnly?: true
}

/** One open transaction on whichever database, as the migrations need it. */
export interface MigrationTransaction {
  run(sql: string): Promise<void>
  applied(): Promise<number[]>
  record(migration: Migration): Promise<void>
}

export interface MigrationTarget {
  dialect: 'sqlite' | 'postgres'
  /** Runs `work` in a transaction that excludes every other migrating server. */
  exclusively(work: (transaction: MigrationTransaction) => Promise<boolean>): Promise<boolean>
}
