import { describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { isProblem } from '../../src/errors.ts'
import { databaseName } from '../database.ts'
import { caller, collect, event, openTrail, type Trail } from './trail.ts'

/** Thirty uses a second apart, ten of them by each of three skills; and one record of another workspace. */
async function thirtyUses(): Promise<Trail> {
  const trail = await openTrail()
  for (let index = 0; index < 30; index++) {
    await trail.clock.advance(SECOND)
    await trail.audit.use(
      event(`use ${index}`, {
        event: index % 2 ? 'connection.used' : 'connection.updated',
        caller: { ...caller, actor: { kind: 'key', keyId: `key_${index % 5}`, workspaceId: 'ws_a', role: 'editor' } },
        use: { skill: `skill ${index % 3}`, connectionId: `conn_${index % 2}` },
      }),
    )
  }
  await trail.audit.use(event('not yours', { workspaceId: 'ws_b' }))
  return trail
}

describe(`listing records on ${databaseName}`, () => {
  it('filters by connection, member, skill, event, subject and time, all at once', async () => {
    const { audit, clock } = await thirtyUses()
    const subjects = async (filter: Parameters<typeof audit.list>[1]) =>
      (await audit.list('ws_a', filter)).items.map(({ subject }) => Number(subject!.slice(4)))
    const where = (fits: (index: number) => boolean) => Array.from({ length: 30 }, (_, i) => 29 - i).filter(fits)
    const limit = 100
    expect(await subjects({ limit })).toEqual(where(() => true))
    expect(await subjects({ limit, connection: 'conn_1' })).toEqual(where((i) => i % 2 === 1))
    expect(await subjects({ limit, member: 'key_3' })).toEqual(where((i) => i % 5 === 3))
    expect(await subjects({ limit, skill: 'skill 2' })).toEqual(where((i) => i % 3 === 2))
    expect(await subjects({ limit, event: 'connection.updated' })).toEqual(where((i) => i % 2 === 0))
    expect(await subjects({ limit, subject: 'use 7' })).toEqual([7])
    const start = clock.now() - 29 * SECOND
    expect(await subjects({ limit, from: start + 10 * SECOND, to: start + 15 * SECOND })).toEqual([14, 13, 12, 11, 10])
    expect(await subjects({ limit, skill: 'skill 1', member: 'key_4', event: 'connection.updated' })).toEqual([4])
    expect(await subjects({ limit, skill: '\0' })).toEqual([])
  })

  it('shows nothing of another workspace', async () => {
    const { audit } = await thirtyUses()
    expect((await audit.list('ws_b', { limit: 100 })).items.map(({ subject }) => subject)).toEqual(['not yours'])
    expect((await audit.list('ws_a', { limit: 100, subject: 'not yours' })).items).toEqual([])
  })

  it('pages through every record once, whatever is added meanwhile', async () => {
    const { audit, another } = await thirtyUses()
    const seen: (string | null)[] = []
    let cursor: string | undefined
    do {
      const page = await audit.list('ws_a', { limit: 7, ...(cursor ? { cursor } : {}) })
      seen.push(...page.items.map(({ subject }) => subject))
      cursor = page.cursor
      await audit.use(event('newer'))
      await another().use(event('newer, by another server, in the same millisecond'))
    } while (cursor)
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => `use ${29 - index}`))
  })

  it('pages through records of one millisecond', async () => {
    const { audit, another } = await openTrail()
    const second = another()
    await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 ? audit : second).use(event(`use ${index}`))))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await audit.list('ws_a', { limit: 3, ...(cursor ? { cursor } : {}) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor)
    expect(new Set(seen).size).toBe(40)
    expect(seen).toHaveLength(40)
  })

  it('refuses a cursor that it did not give out', async () => {
    const { audit } = await openTrail()
    for (const cursor of ['', 'x', '%', Buffer.from('1.wr_x.-1').toString('base64url'), 'A'.repeat(5000)]) {
      await expect(audit.list('ws_a', { limit: 1, cursor }), cursor).rejects.toSatisfy((error) =>
        isProblem(error, 'request.bad_cursor'),
      )
    }
  })
})

describe(`exporting records on ${databaseName}`, () => {
  it('gives every record of the workspace that fits, oldest first, over many pages', async () => {
    const { audit, clock } = await openTrail()
    await Promise.all(
      Array.from({ length: 1203 }, (_, index) => audit.use(event(`use ${index}`, { use: { skill: `${index % 2}` } }))),
    )
    await clock.advance(SECOND)
    const rows: (string | null)[] = []
    for await (const { subject } of audit.exportRows('ws_a')) {
      rows.push(subject)
      // What comes after the export has begun is not part of it.
      if (rows.length % 100 === 1) {
        await clock.advance(SECOND)
        await audit.use(event('later'))
      }
    }
    expect(rows).toEqual(Array.from({ length: 1203 }, (_, index) => `use ${index}`))
    expect(await collect(audit.exportRows('ws_a', { skill: '1' }))).toHaveLength(601)
    expect(await collect(audit.exportRows('ws_none'))).toEqual([])
  })

  it('writes NDJSON that reads back as the records', async () => {
    const { audit } = await openTrail()
    await audit.use(event('"quoted"\n, ünï 🔑', { detail: { list: [1, 'two'] } }))
    const text = (await collect(audit.ndjson('ws_a'))).join('')
    expect(text.endsWith('\n')).toBe(true)
    const [record, ...others] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(others).toEqual([])
    const [listed] = (await audit.list('ws_a', { limit: 1 })).items
    expect(record).toEqual({ ...listed, at: '2026-01-01T00:00:00.000Z' })
  })

  it('writes CSV in which no cell acts as a formula', async () => {
    const { audit } = await openTrail()
    const nasty = [
      '=HYPERLINK("https://evil.example")',
      '+1',
      '-1',
      '@SUM(A1)',
      ' =1',
      '\t=1',
      '\r=1',
      '＝1',
      '\u200b=1',
      '|calc',
    ]
    for (const subject of nasty) await audit.use(event(subject))
    const cells = csv((await collect(audit.csv('ws_a'))).join(''))
    const column = cells[0]!.indexOf('subject')
    expect(cells.slice(1).map((row) => row[column])).toEqual(nasty.map((text) => `'${text}`))
  })

  it('writes CSV that reads back as it was, quotes, line ends and all', async () => {
    const { audit } = await openTrail()
    const plain = ['a "quoted" word', 'a, b; c', 'two\r\nlines', 'ünï 🔑 日本', 'a=b', '']
    for (const subject of plain) await audit.use(event(subject, { detail: { subject }, use: { status: 200 } }))
    const text = (await collect(audit.csv('ws_a'))).join('')
    const [header, ...rows] = csv(text)
    expect(rows.every((row) => row.length === header!.length)).toBe(true)
    expect(rows.map((row) => row[header!.indexOf('subject')])).toEqual(plain)
    expect(rows.map((row) => JSON.parse(row[header!.indexOf('detail')]!).subject)).toEqual(plain)
    expect(rows[0]![header!.indexOf('status')]).toBe('200')
    expect(rows[0]![header!.indexOf('at')]).toBe('2026-01-01T00:00:00.000Z')
  })
})

/** Reads CSV as RFC 4180 has it. */
function csv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
