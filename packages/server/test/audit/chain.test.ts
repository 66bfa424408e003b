import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/clock.ts'
import { isProblem } from '../../src/errors.ts'
import { CHAINED_COLUMNS, WHOLE_NUMBER_COLUMNS } from '../../src/store/audit-records.ts'
import type { Db } from '../../src/store/store.ts'
import { columnsOf } from '../../src/store/tables.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { event, openTrail } from './trail.ts'

describe(`the audit chain on ${databaseName}`, () => {
  it('holds what was committed, in order, and nothing of what was rolled back', async () => {
    const { audit, store, record } = await openTrail()
    await record('one')
    await expect(
      store.within({ workspaceId: 'ws_a' }, async (db) => {
        await audit.record(db, event('undone'))
        await audit.record(db, event('undone too'))
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    await store.within({ workspaceId: 'ws_a' }, async (db) => {
      await audit.record(db, event('two'))
      await audit.record(db, event('three'))
    })
    const { items } = await audit.list('ws_a', { limit: 10 })
    expect(items.map(({ subject }) => subject)).toEqual(['three', 'two', 'one'])
    expect(items.map(({ id }) => Number(id.split(':')[1]))).toEqual([3, 2, 1])
    expect(await audit.verify()).toMatchObject({ ok: true, records: 3, writers: 1 })
  })

  it('begins again when the very first transaction is rolled back', async () => {
    const { audit, store, record } = await openTrail()
    const undone = store.within({ workspaceId: 'ws_a' }, async (db) => {
      await audit.record(db, event('undone'))
      throw new Error('rolled back')
    })
    await expect(undone).rejects.toThrow('rolled back')
    expect(await audit.verify()).toMatchObject({ ok: true, records: 0, writers: 0 })
    await record('one')
    expect(await audit.verify()).toMatchObject({ ok: true, records: 1, writers: 1 })
  })

  it('stays whole under 32 writers at once, a third of whom change their mind', async () => {
    const { audit, store, record } = await openTrail()
    const attempts = Array.from({ length: 32 }, async (_, writer) => {
      for (let turn = 0; turn < 6; turn++) {
        const subject = `${writer}.${turn}`
        if ((writer + turn) % 3 > 0) await record(subject)
        else {
          const undone = store.within({ workspaceId: 'ws_a' }, async (db) => {
            await audit.record(db, event(`undone ${subject}`))
            throw new Error('rolled back')
          })
          await expect(undone).rejects.toThrow('rolled back')
        }
        await audit.use(event(`use ${subject}`, { event: 'connection.used' }))
      }
    })
    await Promise.all(attempts)
    const report = await audit.verify()
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ records: 128 + 192, writers: 2 })
    const { items } = await audit.list('ws_a', { limit: 500 })
    expect(items.some(({ subject }) => subject?.startsWith('undone'))).toBe(false)
  })

  it('has a chain of its own for each of two servers on one database', async () => {
    const { audit, another, record } = await openTrail()
    const second = another()
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const by = index % 2 ? audit : second
        await record(`change ${index}`, {}, by)
        await by.use(event(`use ${index}`, { event: 'connection.used' }))
        if (index % 10 === 0) await by.checkpoint()
      }),
    )
    expect(await second.verify()).toMatchObject({ ok: true, records: 80, writers: 4, findings: [] })
    await audit.close()
    await second.close()
    expect(await another().verify()).toMatchObject({ ok: true, records: 80, writers: 4 })
  })

  it('writes a checkpoint when a writer begins, every minute when something changed, and at the end', async () => {
    const { audit, record, clock, anchorFile, ask, logged, another } = await openTrail()
    const count = async () => (await ask<{ seq: number }>('select seq from audit_checkpoints')).length
    await record('one')
    expect(await count()).toBe(1)
    await record('two')
    expect(await count()).toBe(1)
    await clock.advance(MINUTE)
    await audit.checkpoint()
    expect(await count()).toBe(2)
    await clock.advance(MINUTE)
    await audit.checkpoint()
    expect(await count()).toBe(2)
    await audit.close()
    expect(await count()).toBe(3)
    const anchor = JSON.parse(readFileSync(anchorFile, 'utf8'))
    expect(anchor.seq).toBe(3)
    expect((await another().verify()).newest).toEqual(anchor)
    expect(logged.filter(({ message }) => message === 'audit checkpoint').map(({ seq }) => seq)).toEqual([2, 3])
    expect(logged.at(-1)).toMatchObject(anchor)
  })

  it('leaves out of new checkpoints the writers that have ended, and ends those that a crash left silent', async () => {
    const { another, record, clock, ask, audit } = await openTrail()
    for (let start = 0; start < 3; start++) {
      const server = another()
      await record(`start ${start}`, {}, server)
      await server.close()
    }
    await record('before the crash', {}, another({ clock: { ...clock, every: () => () => {} } }))
    await record('a live one')
    await clock.advance(11 * MINUTE)
    await record('a live one')
    await audit.checkpoint()
    await record('a live one')
    await audit.checkpoint()
    const heads = await ask<{ heads: string }>('select heads from audit_checkpoints order by seq desc limit 1')
    expect(JSON.parse(heads[0]!.heads)).toHaveLength(1)
    const live = await ask('select writer from audit_writers where ended_at is null')
    expect(live).toHaveLength(1)
    expect(await audit.verify()).toMatchObject({ ok: true, writers: 5 })
  })

  it('goes on under a new writer when another server took its silence for the end', async () => {
    const { audit, another, record, clock } = await openTrail()
    await record('one')
    await audit.use(event('use one', { event: 'connection.used' }))
    await clock.advance(11 * MINUTE)
    const second = another()
    await record('elsewhere', {}, second)
    await second.checkpoint()
    await Promise.all([record('two'), record('three'), audit.use(event('use two', { event: 'connection.used' }))])
    expect(await audit.verify()).toMatchObject({ ok: true, records: 6, writers: 5, findings: [] })
  })

  it('takes nothing more after it was closed', async () => {
    const { audit, record } = await openTrail()
    await record('one')
    await audit.close()
    await expect(record('two')).rejects.toSatisfy((error) => isProblem(error, 'server.unavailable'))
    await expect(audit.use(event('three'))).rejects.toSatisfy((error) => isProblem(error, 'server.unavailable'))
  })

  it('covers every column of a record with its MAC', async () => {
    const { store } = await openTrail()
    const columns = await store.sweep((db) => columnsOf(db, store.dialect, 'audit_records'))
    expect([...CHAINED_COLUMNS, 'mac'].sort()).toEqual(Object.keys(columns).sort())
    const numbers = Object.keys(columns).filter((name) => columns[name] === 'integer')
    expect([...WHOLE_NUMBER_COLUMNS].sort()).toEqual(numbers.sort())
  })

  it('keeps any text and number that it is given, in a form that both databases hold alike', async () => {
    const { audit } = await openTrail()
    await audit.use(
      event('\0 nul, \ud800 half a pair, 🔑', {
        event: 'connection.used',
        detail: { text: '\0\ud800 ünï', big: 2n ** 70n, nothing: undefined },
        use: { status: Number.NaN, bytesIn: 1.6, bytesOut: Number.MAX_VALUE, path: 'x'.repeat(9000), durationMs: 0 },
      }),
    )
    const { items } = await audit.list('ws_a', { limit: 1 })
    expect(items[0]).toMatchObject({
      subject: '\ufffd nul, \ufffd half a pair, 🔑',
      detail: { text: '\ufffd\ufffd ünï', big: String(2n ** 70n) },
      status: null,
      bytesIn: 2,
      bytesOut: Number.MAX_SAFE_INTEGER,
      durationMs: 0,
    })
    expect(items[0]!.path).toHaveLength(2048)
    expect((await audit.verify()).findings).toEqual([])
  })

  it('blackens what looks like a secret', async () => {
    const { audit } = await openTrail()
    const token = `cardea_key_${'x'.repeat(43)}`
    await audit.use(event(token, { detail: { from: `Bearer ${token}` }, use: { path: `/v1?api_key=${token}` } }))
    expect(JSON.stringify(await audit.list('ws_a', { limit: 1 }))).not.toContain('xxxx')
  })

  it.runIf(postgresUrl)('lets requests add records, and neither change nor remove what is there', async () => {
    const { store, record, audit } = await openTrail()
    await record('one')
    const attempts: ((db: Db) => Promise<unknown>)[] = [
      (db) => db.updateTable('audit_records').set({ actor_id: 'usr_eve' }).execute(),
      (db) => db.deleteFrom('audit_records').execute(),
      (db) => db.deleteFrom('audit_writers').execute(),
      (db) => db.updateTable('audit_checkpoints').set({ heads: '[]' }).execute(),
      (db) => db.deleteFrom('audit_checkpoints').execute(),
    ]
    for (const attempt of attempts) {
      await expect(store.within({ workspaceId: 'ws_a' }, attempt)).rejects.toThrow('permission denied')
    }
    const elsewhere = await store.within({ workspaceId: 'ws_b' }, (db) =>
      db.selectFrom('audit_records').selectAll().execute(),
    )
    expect(elsewhere).toEqual([])
    expect(await audit.verify()).toMatchObject({ ok: true, records: 1 })
  })
})
