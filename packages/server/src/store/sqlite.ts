import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { type Database, EachOf, type StoreOptions } from './database.ts'
import { migrate, refuseNewer } from './migrate.ts'
import type { MigrationTarget } from './migration.ts'
import type { Schema } from './schema.ts'

const BUSY_MILLISECONDS = 5000

/** The embedded database: one file, one writing connection, every commit on disk before it is acknowledged. */
export async function openSqlite(options: StoreOptions): Promise<Database> {
  const connection = connect(options.file)
  try {
    const hasSchema = connection.prepare(`select 1 from sqlite_master where name = 'master_keys'`).get()
    if (hasSchema) {
      const applied = connection.prepare('select id from migrations').all() as { id: number }[]
      refuseNewer(applied.map(({ id }) => id))
    }
    const key = hasSchema ? connection.prepare(`select id from master_keys where state = 'active'`).get() : undefined
    await options.beforeMigrating?.(key?.id as string | undefined)
    await migrate(migrationTarget(connection), options.upTo)
  } catch (error) {
    connection.close()
    throw error
  }

  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: asKyselyWants(connection) }) })
  // secure_delete has zeroed the pages; the log still holds the old ones until it is cut. A snapshot that is being read
  // needs the log, so that it is cut at the snapshot's end. Waiting here would stop the whole process, the snapshot too.
  let owesForgetting = false
  const forget = async () => {
    // Through Kysely, to wait its turn: while a transaction is open SQLite refuses.
    owesForgetting = await kysely.connection().execute(async () => {
      connection.exec('pragma busy_timeout = 0')
      try {
        return connection.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 1
      } finally {
        connection.exec(`pragma busy_timeout = ${BUSY_MILLISECONDS}`)
      }
    })
  }
  return {
    dialect: 'sqlite',
    transaction: (_as, _scope, work) => kysely.transaction().execute(work),
    snapshot: async (work) => {
      // A connection of its own: in WAL mode a reader sees one moment and holds up no writer.
      const reader = connect(options.file, { readOnly: true })
      const snapshot = new Kysely<Schema>({ dialect: new SqliteDialect({ database: asKyselyWants(reader) }) })
      try {
        return await snapshot.transaction().execute(work)
      } finally {
        await snapshot.destroy()
        if (owesForgetting) await forget()
      }
    },
    forget,
    check: async () => {
      connection.prepare('select 1 from deployment limit 1').get()
    },
    close: () => kysely.destroy(),
  }
}

function connect(file: string, { readOnly = false } = {}): DatabaseSync {
  const connection = new DatabaseSync(file, { readOnly, enableForeignKeyConstraints: true, timeout: BUSY_MILLISECONDS })
  if (!readOnly) {
    connection.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma secure_delete = on;
      pragma trusted_schema = off;
      pragma journal_size_limit = 67108864;
    `)
  }
  return connection
}

function migrationTarget(connection: DatabaseSync): MigrationTarget {
  return {
    dialect: 'sqlite',
    exclusively: async (work) => {
      connection.exec('begin exclusive')
      try {
        connection.exec(
          'create table if not exists migrations (id integer primary key, name text not null, at integer not null) strict',
        )
        const more = await work({
          run: async (sql) => connection.exec(sql),
          applied: async () =>
            connection
              .prepare('select id from migrations')
              .all()
              .map(({ id }) => Number(id)),
          record: async ({ id, name }) => {
            connection.prepare(`insert into migrations values (?, ?, unixepoch() * 1000)`).run(id, name)
          },
        })
        connection.exec('commit')
        return more
      } catch (error) {
        connection.exec('rollback')
        throw error
      }
    },
  }
}

const MAX_STATEMENTS = 500

/** Gives node:sqlite the shape that Kysely's dialect expects, and keeps prepared statements: preparing costs more than running. */
function asKyselyWants(connection: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => connection.close(),
    prepare: (sql) => {
      let statement = statements.get(sql)
      if (!statement) {
        if (statements.size >= MAX_STATEMENTS) statements.clear()
        statement = asStatement(connection.prepare(sql))
        statements.set(sql, statement)
      }
      return statement
    },
  }
}

function asStatement(statement: StatementSync): SqliteStatement {
  const { length } = statement.columns()
  return {
    reader: length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => {
      const [first] = parameters
      if (!(first instanceof EachOf)) return statement.run(...(parameters as SQLInputValue[]))
      for (const row of first.rows) statement.run(...(row as SQLInputValue[]))
      return { changes: first.rows.length, lastInsertRowid: 0 }
    },
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
