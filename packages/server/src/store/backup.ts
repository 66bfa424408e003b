import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import { sealStream } from '../crypto/stream.ts'
import { BACKUP_PURPOSE, type BackupHeader, type BackupLine, toCell, type WrapKey } from './backup-format.ts'
import type { Db, Store } from './store.ts'
import { columnsOf, type TableName, tableNames, tables } from './tables.ts'

/**
 * A backup of everything as it stood at one moment, while the server goes on writing. One format for both databases.
 * Nothing in it can be read or altered, and no part left out, without the master key; the secrets in it are sealed once
 * more by the vault, as they are in the database.
 */
export interface BackupOptions {
  store: Store
  clock: Clock
  wrap: WrapKey
}

/** Made while it is read: a slow reader slows it down, and one that goes away ends it. */
export function backup(options: BackupOptions): Readable {
  const out = new PassThrough()
  writeBackup(options, out).catch((error: Error) => out.destroy(error))
  return out
}

async function writeBackup({ store, clock, wrap }: BackupOptions, out: PassThrough): Promise<void> {
  const key = randomBytes(32)
  const { masterKeyId, wrapped } = await wrap(BACKUP_PURPOSE, key)
  await store.snapshot(async (db) => {
    const { schema } = await db
      .selectFrom('migrations')
      .select(({ fn }) => fn.max('id').as('schema'))
      .executeTakeFirstOrThrow()
    const header: BackupHeader = {
      format: 'cardea-backup',
      version: 1,
      schema,
      createdAt: clock.now(),
      masterKeyId,
      wrapped: Buffer.from(wrapped).toString('base64'),
    }
    const line = Buffer.from(JSON.stringify(header))
    const sealed = sealStream(key, line)
    key.fill(0)
    out.write(line)
    out.write('\n')
    await pipeline(Readable.from(asText(contents(db, store.dialect))), createGzip(), sealed, out)
  })
}

async function* contents(db: Db, dialect: Store['dialect']): AsyncIterable<BackupLine> {
  const end: Record<string, number> = {}
  for (const table of tableNames) {
    const columns = await columnsOf(db, dialect, table)
    const names = Object.keys(columns)
    if (tables[table] !== 'kept' || names.length === 0) continue
    yield { table, columns }
    end[table] = 0
    for await (const row of rowsOf(db, dialect, table)) {
      yield names.map((name) => toCell(row[name]))
      end[table] += 1
    }
  }
  yield { end }
}

const PAGE = 500

async function* rowsOf(db: Db, dialect: Store['dialect'], table: TableName): AsyncIterable<Record<string, unknown>> {
  if (dialect === 'sqlite') {
    let count = 0
    for await (const row of db.selectFrom(table).selectAll().stream()) {
      yield row as unknown as Record<string, unknown>
      // SQLite answers without ever leaving the thread; others want to be served in between.
      if (++count % PAGE === 0) await turn()
    }
    return
  }
  await sql`declare backup_rows no scroll cursor for select * from ${sql.table(table)}`.execute(db)
  for (;;) {
    const { rows } = await sql<Record<string, unknown>>`fetch ${sql.lit(PAGE)} from backup_rows`.execute(db)
    yield* rows
    if (rows.length < PAGE) break
  }
  await sql`close backup_rows`.execute(db)
}

const TEXT_BYTES = 64 * 1024

/** Many lines at a time: a stream has its price for each piece. */
async function* asText(lines: AsyncIterable<BackupLine>): AsyncIterable<Buffer> {
  let text = ''
  for await (const line of lines) {
    text += `${JSON.stringify(line)}\n`
    if (text.length < TEXT_BYTES) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}
