import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { backup } from '../../src/store/backup.ts'
import { openBackup } from '../../src/store/backup-format.ts'
import type { Store } from '../../src/store/store.ts'
import { tableNames, tables } from '../../src/store/tables.ts'
import { collect } from '../audit/trail.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { auditOf, clock, emptyTarget, fill, type Kind, madeWith, masterKey, opened, putBack } from './full-store.ts'

const here: Kind = postgresUrl ? 'postgres' : 'sqlite'
const ways: [Kind, Kind][] = postgresUrl
  ? [
      ['postgres', 'postgres'],
      ['postgres', 'sqlite'],
      ['sqlite', 'postgres'],
    ]
  : [['sqlite', 'sqlite']]

/** Every row of every table that is kept, in words that both databases share. */
async function everything(store: Store): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {}
  await store.sweep(async (db) => {
    for (const table of tableNames) {
      if (tables[table] !== 'kept') continue
      const rows = (await db.selectFrom(table).selectAll().execute()) as Record<string, unknown>[]
      const plain = (value: unknown) =>
        value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : value instanceof Date
            ? value.toISOString()
            : typeof value === 'boolean'
              ? Number(value)
              : value
      all[table] = rows
        .map((row) =>
          JSON.stringify(
            Object.entries(row)
              .map(([name, value]) => [name, plain(value)])
              .sort(),
          ),
        )
        .sort()
    }
  })
  return all
}

async function source(kind: Kind = here): Promise<Store & { folder: string }> {
  const store = await opened(kind)
  await fill(store, store.folder, 'planted-plaintext-4711')
  return store
}

const isUnreadable = (error: unknown) => isProblem(error, 'backup.unreadable')

describe(`a backup on ${databaseName}`, () => {
  for (const [from, to] of ways) {
    it(`brings back every row, from ${from} to ${to}`, async () => {
      const store = await source(from)
      const target = await emptyTarget(to)
      const report = await putBack(await madeWith(store), target)
      const before = await everything(store)
      const restored = await target.openStore()
      const after = await everything(restored)
      const audit = auditOf(restored, target.folder)
      const verified = await audit.verify()
      await audit.close()
      await restored.close()
      expect(after).toEqual(before)
      expect(after.audit_records).toHaveLength(130)
      expect(verified).toMatchObject({ ok: true, records: 130 })
      expect(report.rows).toBe(Object.values(before).flat().length)
      expect(report.review).toEqual({
        apiKeys: [{ id: 'key_1', workspaceId: 'ws_a', name: 'live', hint: 'abcd' }],
        invitations: [{ id: 'inv_1', workspaceId: 'ws_a', email: 'c@example.com' }],
        members: 1,
        operators: 1,
      })
    })
  }

  it('brings back no session, login or code', async () => {
    const store = await source()
    const target = await emptyTarget(here)
    await putBack(await madeWith(store), target)
    const restored = await target.openStore()
    const counts = await restored.sweep(async (db) => {
      const found: Record<string, number> = {}
      for (const table of tableNames) {
        if (tables[table] === 'ended') found[table] = (await db.selectFrom(table).selectAll().execute()).length
      }
      return found
    })
    await restored.close()
    expect(counts).toMatchObject({ auth_sessions: 0, cli_logins: 0, device_logins: 0, idempotency: 0 })
  })

  it('knows every table that the database has', async () => {
    const store = await opened(here)
    const query =
      here === 'postgres'
        ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`
        : sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
    const { rows } = await store.sweep((db) => query.execute(db))
    expect(rows.map(({ name }) => name).sort()).toEqual([...tableNames].sort())
  })

  it('is refused when it is cut, flipped, reordered, extended or stitched together', async () => {
    const store = await source()
    const noise = randomBytes(200_000).toString('base64')
    await store.sweep((db) => db.insertInto('deployment').values({ name: 'noise', value: noise }).execute())
    const file = await madeWith(store)
    const body = file.indexOf('\n') + 1
    const chunk = 64 * 1024 + 16
    const part = (from: number, to?: number) => file.subarray(from, to)
    expect(file.length).toBeGreaterThan(body + 2 * chunk)
    const flipped = (at: number) => {
      const copy = Buffer.from(file)
      copy[at]! ^= 1
      return copy
    }
    const spoilt: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      'header only': part(0, body),
      'half a header': part(0, 40),
      'cut by a byte': part(0, file.length - 1),
      'cut between chunks': part(0, body + chunk),
      'cut to its first half': part(0, body + chunk + 1000),
      'flipped in the first chunk': flipped(body + 100),
      'flipped in a tag': flipped(body + chunk - 1),
      'flipped in the last byte': flipped(file.length - 1),
      'chunks exchanged': Buffer.concat([
        part(0, body),
        part(body + chunk, body + 2 * chunk),
        part(body, body + chunk),
        part(body + 2 * chunk),
      ]),
      'a chunk twice': Buffer.concat([part(0, body + chunk), part(body)]),
      'a chunk left out': Buffer.concat([part(0, body), part(body + chunk)]),
      extended: Buffer.concat([file, Buffer.of(0)]),
      'another header time': Buffer.from(file.toString('latin1').replace(/"createdAt":\d/, '"createdAt":9'), 'latin1'),
      'the body of another': Buffer.concat([part(0, body), (await madeWith(store)).subarray(body)]),
      'something else': Buffer.from('{"format":"tar"}\nxxxx'),
    }
    for (const [name, bytes] of Object.entries(spoilt)) {
      let isOpened = false
      const target = await emptyTarget('sqlite')
      const watching = {
        ...target,
        openStore: (upTo?: number) => {
          isOpened = true
          return target.openStore(upTo)
        },
      }
      await expect(putBack(bytes, watching), name).rejects.toSatisfy(isUnreadable)
      expect(isOpened, name).toBe(false)
    }
  }, 60_000)

  it('is refused with another master key, and by name', async () => {
    const store = await source()
    const file = await madeWith(store)
    await expect(putBack(file, await emptyTarget(here), masterKey('mk_2'))).rejects.toMatchObject({
      code: 'backup.unreadable',
      values: { found: 'mk_1' },
    })
  })

  it('is refused by a store that holds anything, which stays as it was', async () => {
    const store = await source()
    const file = await madeWith(store)
    const target = await emptyTarget(here)
    const used = await target.openStore()
    await used.sweep((db) => db.insertInto('workspaces').values({ id: 'ws_z', name: 'Z', created_at: 1 }).execute())
    const before = await everything(used)
    await expect(putBack(file, target)).rejects.toSatisfy((error) => isProblem(error, 'backup.not_empty'))
    expect(await everything(used)).toEqual(before)
    await used.close()
  })

  it('is refused by a program that is older', async () => {
    const store = await source()
    await store.sweep((db) => db.insertInto('migrations').values({ id: 9999, name: 'later', at: 1 }).execute())
    const file = await madeWith(store)
    await expect(putBack(file, await emptyTarget(here))).rejects.toSatisfy((error) =>
      isProblem(error, 'store.newer_schema'),
    )
  })

  it('holds one moment, while others write', async () => {
    const store = await source()
    let isDone = false
    let written = 0
    // Each transaction adds one to both tables: at every moment they hold equally many.
    const writing = (async () => {
      for (; !isDone; written++) {
        await store.sweep(async (db) => {
          await db
            .insertInto('workspaces')
            .values({ id: `ws_${written}`, name: 'W', created_at: 1 })
            .execute()
          await new Promise((resolve) => setImmediate(resolve))
          await db
            .insertInto('deployment')
            .values({ name: `ws_${written}`, value: '' })
            .execute()
        })
      }
    })()
    const pairs: [number, number][] = []
    for (let round = 0; round < 5; round++) {
      const { lines } = await openBackup(Readable.from([await madeWith(store)]), masterKey('mk_1').unwrap)
      const end = (await collect(lines)).at(-1) as { end: Record<string, number> }
      pairs.push([end.end.workspaces! - 1, end.end.deployment! - 1])
    }
    isDone = true
    await writing
    expect(written).toBeGreaterThan(0)
    for (const [workspaces, facts] of pairs) expect(workspaces).toBe(facts)
    expect(pairs.at(-1)![0]).toBeGreaterThan(pairs[0]![0])
  })

  it('shows nothing of what it holds', async () => {
    const store = await source()
    const file = await madeWith(store)
    for (const text of ['planted-plaintext-4711', 'ada@example.com', 'scrypt', 'connection.used']) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        expect(file.includes(Buffer.from(text).toString(encoding).replace(/=+$/, '')), `${text} ${encoding}`).toBe(
          false,
        )
      }
    }
    const { lines } = await openBackup(Readable.from([file]), masterKey('mk_1').unwrap)
    const opened = JSON.stringify(await collect(lines))
    // With the master key there are records to read, and still no secret of the vault.
    expect(opened).toContain('ada@example.com')
    expect(opened).not.toContain('planted-plaintext-4711')
    expect(opened).not.toContain(Buffer.from('planted-plaintext-4711').toString('base64').slice(0, 24))
  })

  it('fails the reader when the database fails, and stops when the reader goes away', async () => {
    const store = await source()
    const broken: Store = { ...store, snapshot: () => Promise.reject(new Error('the disk is gone')) }
    await expect(madeWith(broken)).rejects.toThrow('the disk is gone')
    const { promise, resolve } = Promise.withResolvers<void>()
    const watched: Store = { ...store, snapshot: (work) => store.snapshot(work).finally(resolve) }
    const noise = randomBytes(1_500_000).toString('base64')
    await store.sweep((db) => db.insertInto('deployment').values({ name: 'noise', value: noise }).execute())
    const reading = backup({ store: watched, clock, wrap: masterKey('mk_1').wrap })
    for await (const _chunk of reading) break
    await promise
  })

  it('makes a different file each time', async () => {
    const store = await source()
    const [one, two] = [await madeWith(store), await madeWith(store)]
    expect(one.subarray(-100).equals(two.subarray(-100))).toBe(false)
    expect(await buffer(Readable.from([one]))).toHaveLength(one.length)
  })
})
