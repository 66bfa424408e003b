import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { Problem } from '../errors.ts'
import {
  type BackupHeader,
  type BackupLine,
  type Cell,
  fromCell,
  openBackup,
  type UnwrapKey,
  unreadable,
} from './backup-format.ts'
import { newest } from './migrate.ts'
import type { Db, Store } from './store.ts'
import { type Columns, columnsOf, tableNames, tables } from './tables.ts'

/**
 * Puts a backup into an empty database, of either kind, and brings it to this program's schema. All of the file is
 * proven before anything is opened, and all of it is loaded in one transaction. Browser sessions, command-line logins and
 * codes are not brought back.
 */
export interface RestoreOptions {
  /** Called twice: to prove the file, and to load it. */
  read: () => Readable
  unwrap: UnwrapKey
  /** Opens the target at the given schema, or at the newest. */
  openStore: (upTo?: number) => Promise<Store>
}

export interface Restored {
  createdAt: number
  schema: number
  rows: number
  /** What works again although it may have been revoked after the backup was made: somebody should look. */
  review: {
    apiKeys: { id: string; workspaceId: string; name: string; hint: string }[]
    invitations: { id: string; workspaceId: string; email: string }[]
    members: number
    operators: number
  }
}

export async function restore({ read, unwrap, openStore }: RestoreOptions): Promise<Restored> {
  const { header, proven } = await prove(read(), unwrap)
  const target = await openStore(header.schema)
  try {
    await target.sweep(async (db) => {
      await refuseUnlessEmpty(db, target.dialect, header.schema)
      // Opened here, and not before: the database may run a transaction twice.
      await load(db, target.dialect, (await openBackup(read(), unwrap)).lines, header.masterKeyId)
    })
  } finally {
    await target.close()
  }

  const migrated = await openStore()
  try {
    const review = await migrated.sweep(reviewed)
    return { createdAt: header.createdAt, schema: header.schema, rows: proven, review }
  } finally {
    await migrated.close()
  }
}

async function prove(source: Readable, unwrap: UnwrapKey): Promise<{ header: BackupHeader; proven: number }> {
  try {
    const { header, lines } = await openBackup(source, unwrap)
    if (header.schema > newest()) throw new Problem('store.newer_schema', { found: header.schema, known: newest() })
    return { header, proven: await count(lines, header.masterKeyId) }
  } finally {
    source.destroy()
  }
}

/** Reads to the end, which proves every chunk, and compares with what the end says. */
async function count(lines: AsyncIterable<BackupLine>, masterKeyId: string): Promise<number> {
  const counted: Record<string, number> = {}
  let table = ''
  let end: Record<string, number> | undefined
  for await (const line of lines) {
    if (end) throw unreadable(masterKeyId)
    if (Array.isArray(line)) counted[table] = (counted[table] ?? Number.NaN) + 1
    else if ('end' in line) end = line.end
    else {
      table = line.table
      counted[table] = 0
    }
  }
  const names = Object.keys(counted)
  const isWhole = end && names.length === Object.keys(end).length && names.every((name) => counted[name] === end[name])
  if (!isWhole) throw unreadable(masterKeyId)
  return Object.values(counted).reduce((sum, rows) => sum + rows, 0)
}

async function refuseUnlessEmpty(db: Db, dialect: Store['dialect'], schema: number): Promise<void> {
  const { found } = await db
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('id').as('found'))
    .executeTakeFirstOrThrow()
  if (found !== schema) throw new Problem('backup.not_empty')
  for (const table of tableNames) {
    if (tables[table] === 'made') continue
    if (Object.keys(await columnsOf(db, dialect, table)).length === 0) continue
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)
    if (rows.length > 0) throw new Problem('backup.not_empty')
  }
}

interface Filling {
  table: string
  from: Columns
  to: Columns
  rows: Record<string, unknown>[]
}

const BATCH = 50
const BATCHES_A_TURN = 10

async function load(
  db: Db,
  dialect: Store['dialect'],
  lines: AsyncIterable<BackupLine>,
  masterKeyId: string,
): Promise<void> {
  let filling: Filling | undefined
  let batches = 0
  for await (const line of lines) {
    if (Array.isArray(line)) {
      filling!.rows.push(readRow(line, filling!))
      if (filling!.rows.length < BATCH) continue
      await insert(db, filling!, BATCH)
      if (++batches % BATCHES_A_TURN === 0) await turn()
    } else {
      if (filling) await insert(db, filling, 1)
      if ('end' in line) continue
      const to = await columnsOf(db, dialect, line.table)
      const isSame = Object.keys(line.columns).sort().join() === Object.keys(to).sort().join()
      if (!isSame) throw unreadable(masterKeyId)
      filling = { table: line.table, from: line.columns, to, rows: [] }
    }
  }
}

function readRow(cells: Cell[], { from, to }: Filling): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(from).map(([name, type], index) => [name, fromCell(cells[index]!, type, to[name]!)]),
  )
}

/** So many rows a statement: statements of few different lengths are prepared once. */
async function insert(db: Db, { table, rows }: Filling, size: number): Promise<void> {
  while (rows.length > 0) {
    const batch = rows.splice(0, size)
    const names = sql.join(Object.keys(batch[0]!).map((name) => sql.ref(name)))
    const values = sql.join(batch.map((row) => sql`(${sql.join(Object.values(row))})`))
    await sql`insert into ${sql.table(table)} (${names}) values ${values}`.execute(db)
  }
}

async function reviewed(db: Db): Promise<Restored['review']> {
  const apiKeys = await db
    .selectFrom('api_keys')
    .select(['id', 'workspace_id as workspaceId', 'name', 'hint'])
    .where('revoked_at', 'is', null)
    .orderBy('created_at')
    .execute()
  const invitations = await db
    .selectFrom('invitations')
    .select(['id', 'workspace_id as workspaceId', 'email'])
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .orderBy('created_at')
    .execute()
  return { apiKeys, invitations, members: await rowsIn(db, 'members'), operators: await rowsIn(db, 'operators') }
}

async function rowsIn(db: Db, table: 'members' | 'operators'): Promise<number> {
  const { rows } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(rows)
}
