import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '../../src/store/migrate.ts'
import { openStore } from '../../src/store/store.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'

const folder = join(import.meta.dirname, '../../src/store')

describe(`the schema on ${databaseName}`, () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(() => database.drop())
  const open = () => openStore({ file: database.file, ...(database.url ? { url: database.url } : {}) })

  // CARDEA_WRITE_SCHEMA=1 writes the dump anew after a migration was added; the difference is for a reviewer to read.
  it('is the one that is checked in', async () => {
    await (await open()).close()
    const dump = database.url ? await dumpPostgres(database.url) : dumpSqlite(database.file)
    const file = join(folder, database.url ? 'schema.postgres.sql' : 'schema.sqlite.sql')
    if (process.env.CARDEA_WRITE_SCHEMA) writeFileSync(file, dump)
    expect(dump).toBe(readFileSync(file, 'utf8'))
  })

  it('is made once when four servers start together', async () => {
    const options = { file: database.file, ...(database.url ? { url: database.url } : {}) }
    const program = `
      const { openStore } = await import(${JSON.stringify(join(folder, 'store.ts'))})
      const store = await openStore(${JSON.stringify(options)})
      const rows = await store.sweep((db) => db.selectFrom('migrations').select('id').execute())
      process.stdout.write(String(rows.length))
      await store.close()`
    const servers = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]),
    )
    const counts = (await Promise.all(servers)).map(({ stdout }) => Number(stdout))
    expect(counts).toEqual(Array(4).fill(migrations.length))
  })

  it('lets nobody begin a transaction inside another', async () => {
    const store = await open()
    await expect(store.within({}, () => store.within({}, async () => 1))).rejects.toThrow('inside another')
    await store.close()
  })

  it('undoes a transaction that fails', async () => {
    const store = await open()
    const row = { id: 'ws_a', name: 'A', created_at: 1 }
    await expect(
      store.within({ workspaceId: 'ws_a' }, async (db) => {
        await db.insertInto('workspaces').values(row).execute()
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    expect(await store.sweep((db) => db.selectFrom('workspaces').selectAll().execute())).toEqual([])
    await store.close()
  })

  it('shows a snapshot one moment, while others write', async () => {
    const store = await open()
    const add = (id: string) =>
      store.within({ workspaceId: id }, (db) =>
        db.insertInto('workspaces').values({ id, name: id, created_at: 1 }).execute(),
      )
    await add('ws_a')
    await store.snapshot(async (db) => {
      expect(await db.selectFrom('workspaces').select('id').execute()).toHaveLength(1)
      await add('ws_b')
      expect(await db.selectFrom('workspaces').select('id').execute()).toHaveLength(1)
    })
    expect(await store.sweep((db) => db.selectFrom('workspaces').select('id').execute())).toHaveLength(2)
    await store.close()
  })
})

describe.skipIf(databaseName === 'SQLite')('row-level security (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(() => database.drop())

  it('covers every table that has a workspace', async () => {
    await (await openStore({ file: '', url: database.url! })).close()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(`
      select relname from pg_class join pg_attribute on attrelid = pg_class.oid
      where attname = 'workspace_id' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)`)
    await client.end()
    expect(rows).toEqual([])
  })

  it('keeps a request to its workspace even when a query forgets to', async () => {
    const store = await openStore({ file: '', url: database.url! })
    for (const id of ['ws_a', 'ws_b']) {
      await store.within({ workspaceId: id }, (db) =>
        db.insertInto('workspaces').values({ id, name: id, created_at: 1 }).execute(),
      )
    }
    await store.within({ workspaceId: 'ws_a' }, async (db) => {
      expect((await db.selectFrom('workspaces').select('id').execute()).map(({ id }) => id)).toEqual(['ws_a'])
      expect((await db.updateTable('workspaces').set({ name: 'x' }).executeTakeFirst()).numUpdatedRows).toBe(1n)
      expect((await db.deleteFrom('workspaces').where('id', '=', 'ws_b').executeTakeFirst()).numDeletedRows).toBe(0n)
    })
    await expect(
      store.within({ workspaceId: 'ws_a' }, (db) =>
        db.insertInto('workspaces').values({ id: 'ws_c', name: 'x', created_at: 1 }).execute(),
      ),
    ).rejects.toThrow(/row-level security/)
    await store.within({}, async (db) => expect(await db.selectFrom('workspaces').selectAll().execute()).toEqual([]))
    await store.close()
  })

  it('lets requests add audit records and never change or remove one', async () => {
    const store = await openStore({ file: '', url: database.url! })
    const edit = store.within({ workspaceId: 'ws_a' }, (db) =>
      db.updateTable('audit_records').set({ event: 'x' }).execute(),
    )
    await expect(edit).rejects.toThrow(/permission denied/)
    const removal = store.within({ workspaceId: 'ws_a' }, (db) => db.deleteFrom('audit_records').execute())
    await expect(removal).rejects.toThrow(/permission denied/)
    await store.close()
  })

  it('is not bypassed by the role that the server works as', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await (await openStore({ file: '', url: database.url! })).close()
    await client.connect()
    await client.query('alter role cardea_requests bypassrls')
    try {
      await expect(openStore({ file: '', url: database.url! })).rejects.toMatchObject({ code: 'store.unsafe_role' })
    } finally {
      await client.query('alter role cardea_requests nobypassrls')
      await client.end()
    }
  })
})

function dumpSqlite(file: string): string {
  const connection = new DatabaseSync(file, { readOnly: true })
  const rows = connection
    .prepare(`select sql from sqlite_master where sql is not null order by tbl_name, type desc, name`)
    .all()
  connection.close()
  return `${rows.map(({ sql }) => `${String(sql).replace(/\n {4}/g, '\n')};`).join('\n\n')}\n`
}

async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const query = async (text: string) =>
    (await client.query({ text, rowMode: 'array' })).rows.map((row) => row.join(' ')).join('\n')
  const parts = [
    await query(`select format('column %s.%s %s%s', table_name, column_name, data_type, case is_nullable when 'NO' then ' not null' else '' end)
      from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`),
    await query(`select format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
      where connamespace = 'public'::regnamespace and contype <> 'n' order by conrelid::regclass::text, conname`),
    await query(`select indexdef from pg_indexes where schemaname = 'public' order by tablename, indexname`),
    await query(`select format('policy %s on %s to %s for %s using (%s) check (%s)', policyname, tablename, roles::text, cmd, qual, with_check)
      from pg_policies where schemaname = 'public' order by tablename, policyname`),
    await query(`select format('row level security on %s%s', relname, case when relforcerowsecurity then ', forced' else '' end) from pg_class
      where relnamespace = 'public'::regnamespace and relrowsecurity order by relname`),
    await query(`select format('grant %s on %s to %s', string_agg(privilege_type, ', ' order by privilege_type), table_name, grantee)
      from information_schema.role_table_grants where grantee in ('cardea_requests', 'cardea_sweeps')
      and table_catalog = current_database() group by table_name, grantee order by table_name, grantee`),
  ]
  await client.end()
  return `${parts.join('\n\n')}\n`
}
