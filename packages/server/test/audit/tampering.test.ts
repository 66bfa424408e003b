import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Audit, removeAnchor } from '../../src/audit/audit.ts'
import { Secret } from '../../src/secret.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { event, openTrail, type Trail } from './trail.ts'

const blob = (bytes: Uint8Array) => {
  const hex = Buffer.from(bytes).toString('hex')
  return postgresUrl ? `'\\x${hex}'` : `x'${hex}'`
}

/** Ten changes and five uses of a server that is still running. */
async function tenChanges(): Promise<Trail & { writer: string; uses: string }> {
  const trail = await openTrail()
  for (let index = 1; index <= 10; index++) await trail.record(`change ${index}`)
  for (let index = 1; index <= 5; index++) await trail.audit.use(event(`use ${index}`, { event: 'connection.used' }))
  await trail.audit.checkpoint()
  expect(await trail.audit.verify()).toMatchObject({ ok: true, findings: [] })
  const [change] = await trail.ask<{ writer: string }>(
    `select writer from audit_records where event = 'key.created' limit 1`,
  )
  const [use] = await trail.ask<{ writer: string }>(
    `select writer from audit_records where event <> 'key.created' limit 1`,
  )
  return { ...trail, writer: change!.writer, uses: use!.writer }
}

async function found(audit: Audit) {
  const report = await audit.verify()
  expect(report.ok).toBe(report.findings.length === 0)
  return report.findings.map(({ kind, writer, seq, to }) => ({
    kind,
    ...(writer ? { writer } : {}),
    ...(seq === undefined ? {} : { seq }),
    ...(to === undefined ? {} : { to }),
  }))
}

const COLUMNS: Record<string, string> = {
  at: 'at + 1',
  workspace_id: `'ws_b'`,
  event: `'key.revoked'`,
  risk: `case risk when 'low' then 'high' else 'low' end`,
  actor_kind: `'key'`,
  actor_id: `'usr_eve'`,
  on_behalf_of: `''`,
  subject: 'null',
  request_id: `'req_2'`,
  ip: `'192.0.2.2'`,
  connection_id: `'conn_1'`,
  credential_version: '0',
  skill: `''`,
  tool_call: `''`,
  run: `''`,
  step: `''`,
  host: `''`,
  method: `''`,
  path: `''`,
  status: '9223372036854775807',
  bytes_in: '0',
  bytes_out: '0',
  duration_ms: '0',
  detail: `'{}'`,
}

describe(`verification on ${databaseName}`, () => {
  it('names the record in which any column was edited', async () => {
    const { audit, tamper, writer, ask } = await tenChanges()
    for (const [column, value] of Object.entries(COLUMNS)) {
      const where = `where writer = '${writer}' and seq = 4`
      await tamper(`create table kept as select * from audit_records ${where}`)
      await tamper(`update audit_records set ${column} = ${value} ${where}`)
      expect(await found(audit), column).toEqual([{ kind: 'edited', writer, seq: 4 }])
      await tamper(`update audit_records set ${column} = (select ${column} from kept) ${where}`)
      await tamper('drop table kept')
    }
    expect(await found(audit)).toEqual([])
    expect(await ask('select * from audit_records')).toHaveLength(15)
  })

  it('names the record whose MAC was exchanged', async () => {
    const { audit, tamper, writer } = await tenChanges()
    await tamper(
      `update audit_records set mac = ${blob(Buffer.alloc(32, 7))} where writer = '${writer}' and seq in (4, 7)`,
    )
    expect(await found(audit)).toEqual([
      { kind: 'edited', writer, seq: 4 },
      { kind: 'edited', writer, seq: 7 },
    ])
  })

  it('names records that are missing in the middle, at the beginning and at the end', async () => {
    const { audit, tamper, writer, uses } = await tenChanges()
    await tamper(`delete from audit_records where writer = '${writer}' and seq in (1, 4, 5, 9, 10)`)
    await tamper(`delete from audit_records where writer = '${uses}' and seq > 3`)
    expect((await found(audit)).sort((a, b) => a.seq! - b.seq! || a.kind.localeCompare(b.kind))).toEqual([
      { kind: 'missing', writer, seq: 1, to: 1 },
      { kind: 'missing', writer, seq: 4, to: 5 },
      { kind: 'truncated', writer: uses, seq: 4, to: 5 },
      { kind: 'truncated', writer, seq: 9, to: 10 },
    ])
  })

  it('names records that changed places, side by side or far apart', async () => {
    const swap = (writer: string, a: number, b: number) =>
      [
        [a, 999],
        [b, a],
        [999, b],
      ]
        .map(([from, to]) => `update audit_records set seq = ${to} where writer = '${writer}' and seq = ${from};`)
        .join('\n')
    const { audit, tamper, writer } = await tenChanges()
    await tamper(swap(writer, 2, 8))
    expect(await found(audit)).toEqual([
      { kind: 'reordered', writer, seq: 2 },
      { kind: 'reordered', writer, seq: 8 },
    ])
    await tamper(swap(writer, 2, 8))
    await tamper(swap(writer, 4, 5))
    expect(await found(audit)).toEqual([{ kind: 'reordered', writer, seq: 4, to: 5 }])
  })

  it('names a writer that is gone with everything it wrote, and one whose head alone is gone', async () => {
    const { audit, tamper, writer, uses } = await tenChanges()
    await tamper(`delete from audit_records where writer = '${uses}'`)
    await tamper(`delete from audit_writers where writer in ('${uses}', '${writer}')`)
    expect(await found(audit)).toEqual(
      expect.arrayContaining([
        { kind: 'writer_missing', writer: uses, seq: 5 },
        { kind: 'writer_missing', writer, seq: 10 },
      ]),
    )
  })

  it('names an altered head, and an older one that was put back with the records after it removed', async () => {
    const trail = await tenChanges()
    const { audit, tamper, writer, uses, record, ask } = trail
    await tamper(`update audit_writers set seq = 9 where writer = '${uses}'`)
    expect(await found(audit)).toEqual([{ kind: 'edited', writer: uses, seq: 9 }])
    await tamper(`update audit_writers set seq = 5 where writer = '${uses}'`)
    expect(await found(audit)).toEqual([])

    const [old] = await ask<{ mac: Uint8Array; signature: Uint8Array; checkpoint: number }>(
      `select mac, signature, checkpoint from audit_writers where writer = '${writer}'`,
    )
    await record('eleven')
    const putBack = `update audit_writers set seq = 10, mac = ${blob(old!.mac)}, checkpoint = ${old!.checkpoint},
      signature = ${blob(old!.signature)} where writer = '${writer}'`
    await tamper(putBack)
    expect(await found(audit)).toEqual([{ kind: 'rolled_back', writer, seq: 11 }])
  })

  it('neither signs nor checkpoints on top of a head that was altered', async () => {
    const { audit, tamper, writer, uses, record } = await tenChanges()
    await tamper(`update audit_writers set seq = 99 where writer = '${uses}'`)
    await record('eleven')
    await audit.checkpoint()
    await tamper(`update audit_writers set seq = 5 where writer = '${uses}'`)
    expect(await found(audit)).toEqual([])
    await tamper(`update audit_writers set seq = 99 where writer = '${writer}'`)
    await record('twelve')
    expect(await found(audit)).toEqual([{ kind: 'edited', writer, seq: 99 }])
  })

  it('does not make whole what was cut while it runs', async () => {
    const { audit, tamper, writer, record, ask, logged } = await tenChanges()
    const [old] = await ask<{ mac: Uint8Array; signature: Uint8Array; checkpoint: number }>(
      `select mac, signature, checkpoint from audit_writers where writer = '${writer}'`,
    )
    await record('eleven')
    await record('twelve')
    await tamper(`delete from audit_records where writer = '${writer}' and seq > 10`)
    await tamper(`update audit_writers set seq = 10, mac = ${blob(old!.mac)}, checkpoint = ${old!.checkpoint},
      signature = ${blob(old!.signature)} where writer = '${writer}'`)
    await record('thirteen')
    expect(logged.some(({ level }) => level === 'error')).toBe(true)
    expect(await found(audit)).toEqual([
      { kind: 'rolled_back', writer, seq: 11 },
      { kind: 'truncated', writer, seq: 11, to: 11 },
    ])
  })

  it('names checkpoints that are missing or altered', async () => {
    const { audit, tamper, record } = await tenChanges()
    await record('more')
    await audit.checkpoint()
    await record('more')
    await audit.checkpoint()
    await tamper('delete from audit_checkpoints where seq = 3')
    await tamper(`update audit_checkpoints set heads = '[]' where seq = 1`)
    expect(await found(audit)).toEqual([
      { kind: 'edited', seq: 1 },
      { kind: 'checkpoint_missing', seq: 3, to: 3 },
    ])
  })

  it('names newest checkpoints that were cut off, from the heads alone', async () => {
    const { audit, tamper, record, writer, anchorFile } = await tenChanges()
    await audit.checkpoint()
    await record('knows the newest checkpoint')
    await removeAnchor(anchorFile)
    await tamper('delete from audit_checkpoints where seq > 2')
    expect(await found(audit)).toEqual([{ kind: 'checkpoint_missing', writer, seq: 3 }])
  })

  it('keeps a cut in the checkpoints visible after the server has written further ones', async () => {
    const { audit, tamper, record } = await tenChanges()
    await tamper('delete from audit_checkpoints where seq = 3')
    await record('more')
    await audit.checkpoint()
    await record('more')
    await audit.checkpoint()
    expect(await found(audit)).toEqual([{ kind: 'checkpoint_missing', seq: 3, to: 3 }])
  })

  it('names records and writers that were added without the key', async () => {
    const { audit, tamper, writer, ask } = await tenChanges()
    await tamper(`create table copied as select * from audit_records where writer = '${writer}' and seq = 10`)
    await tamper(`update copied set seq = 11`)
    await tamper(`insert into audit_records select * from copied`)
    expect(await found(audit)).toEqual([{ kind: 'foreign', writer, seq: 11 }])
    await tamper(`delete from audit_records where seq = 11`)
    await tamper(`update copied set writer = 'wr_forged', seq = 1`)
    await tamper(`insert into audit_records select * from copied`)
    expect(await found(audit)).toEqual([{ kind: 'foreign', writer: 'wr_forged', seq: 1, to: 1 }])
    expect(await ask('select * from copied')).toHaveLength(1)
  })

  it('names every writer of a log that was wholly rewritten with another key', async () => {
    const { audit, tamper, another, record, anchorFile, ask } = await tenChanges()
    const kept = await audit.checkpoint()
    for (const table of ['audit_records', 'audit_writers', 'audit_checkpoints']) await tamper(`delete from ${table}`)
    const forger = another({ key: Secret.of(Buffer.alloc(32, 9)), anchorFile: `${anchorFile}.forged` })
    for (let index = 1; index <= 100; index++) await record(`change ${index}`, {}, forger)
    await forger.close()
    const [{ writer } = { writer: '' }] = await ask<{ writer: string }>('select writer from audit_writers')

    const expected = [
      { kind: 'edited', seq: 1, to: 2 },
      { kind: 'rolled_back', seq: kept!.seq },
      { kind: 'foreign', writer, seq: 100 },
    ]
    expect(await found(audit)).toEqual(expected)
    const withoutAnchor = another({ anchorFile: `${anchorFile}.none` })
    expect(await found(withoutAnchor)).toEqual(expected.filter(({ kind }) => kind !== 'rolled_back'))
  })

  it('names every record of a writer whose chain was recomputed with another key', async () => {
    const { audit, tamper, writer, ask } = await tenChanges()
    const rows = await ask<{ seq: number }>(`select seq from audit_records where writer = '${writer}'`)
    for (const { seq } of rows) {
      const mac = createHmac('sha256', 'a guess').update(String(seq)).digest()
      await tamper(
        `update audit_records set subject = 'x', mac = ${blob(mac)} where writer = '${writer}' and seq = ${seq}`,
      )
    }
    expect(await found(audit)).toEqual([{ kind: 'edited', writer, seq: 1, to: 10 }])
  })

  it('tells an older copy of everything by the anchor, and only by it', async () => {
    const { audit, tamper, record, another, anchorFile } = await tenChanges()
    const tables = ['audit_records', 'audit_writers', 'audit_checkpoints']
    for (const table of tables) await tamper(`create table old_${table} as select * from ${table}`)
    await record('eleven')
    const newest = await audit.checkpoint()
    await audit.close()
    for (const table of tables) await tamper(`delete from ${table}`)
    for (const table of tables) await tamper(`insert into ${table} select * from old_${table}`)

    const next = another()
    expect(await found(next)).toEqual([{ kind: 'rolled_back', seq: newest!.seq + 1 }])
    const withoutAnchor = another({ anchorFile: `${anchorFile}.none` })
    expect(await found(withoutAnchor)).toEqual([])
    expect((await withoutAnchor.verify({ expect: newest! })).findings).toMatchObject([{ kind: 'rolled_back' }])
    // Going on does not cover it up: the gap stays.
    await record('twelve', {}, next)
    await next.checkpoint()
    expect(await found(next)).toEqual([{ kind: 'checkpoint_missing', seq: newest!.seq, to: newest!.seq + 1 }])
  })

  it('says so when the anchor file holds something else', async () => {
    const { audit, anchorFile } = await tenChanges()
    writeFileSync(anchorFile, '{"seq":"1"}')
    expect(await found(audit)).toEqual([{ kind: 'foreign' }])
  })

  it('finds nothing to say while servers write', async () => {
    const { audit, record } = await tenChanges()
    let isDone = false
    const writing = Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (let index = 0; !isDone; index++) {
          if (lane === 0) await audit.use(event(`use ${index}`))
          else if (lane === 1) await record(`change ${index}`)
          else await audit.checkpoint()
        }
      }),
    )
    for (let round = 0; round < 8; round++) expect(await found(audit)).toEqual([])
    isDone = true
    await writing
  })

  it('proves 50,000 records', async () => {
    const { audit } = await openTrail()
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(
        Array.from({ length: 5000 }, (_, index) =>
          audit.use(event(`use ${index}`, { use: { host: 'api.example.com', path: '/v1/messages', status: 200 } })),
        ),
      )
    }
    const before = performance.now()
    const memory = process.memoryUsage().rss
    expect(await audit.verify()).toMatchObject({ ok: true, records: 50_000 })
    const grown = (process.memoryUsage().rss - memory) / 1e6
    console.log(
      `${databaseName}: 50,000 records proven in ${Math.round(performance.now() - before)} ms, ${Math.round(grown)} MB more`,
    )
  }, 120_000)
})
