import { describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { databaseName } from '../database.ts'
import { openTrail } from './trail.ts'

const end = (
  call: string,
  more: { connectionId?: string; workspaceId?: string; status?: number | undefined } = {},
) => ({
  workspaceId: 'ws_a',
  connectionId: 'conn_1',
  call,
  status: 200,
  bytesIn: 1,
  bytesOut: 20,
  durationMs: 2.6,
  ...more,
})

describe(`how calls ended, on ${databaseName}`, () => {
  it('is written within a second, in one record for each connection', async () => {
    const { audit, clock } = await openTrail()
    for (const call of ['a', 'b', 'c']) audit.answered(end(call))
    audit.answered(end('d', { connectionId: 'conn_2', status: undefined }))
    audit.answered(end('e', { connectionId: 'conn_2', status: 503 }))
    audit.answered(end('f', { connectionId: 'conn_3', workspaceId: 'ws_b' }))
    expect(audit.stats()).toMatchObject({ records: 0, waiting: 0 })
    await clock.advance(SECOND)
    await expect.poll(() => audit.stats().records).toBe(3)
    const { items } = await audit.list('ws_a', { limit: 10 })
    const at = {
      event: 'connection.answered',
      actor: { kind: 'system', id: 'system' },
      requestId: null,
      at: clock.now(),
    }
    expect(items).toMatchObject([
      {
        ...at,
        ...{ connectionId: 'conn_2', subject: 'conn_2', status: null, bytesIn: 2, bytesOut: 40 },
        detail: {
          calls: [
            { call: 'd', bytesIn: 1, bytesOut: 20, durationMs: 3 },
            { call: 'e', status: 503, bytesIn: 1, bytesOut: 20, durationMs: 3 },
          ],
        },
      },
      { ...at, connectionId: 'conn_1', subject: 'conn_1', status: 200, bytesIn: 3, bytesOut: 60 },
    ])
    expect((await audit.list('ws_b', { limit: 10 })).items).toMatchObject([{ connectionId: 'conn_3' }])
    await clock.advance(5 * SECOND)
    expect(audit.stats().records).toBe(3)
    expect(await audit.verify()).toMatchObject({ ok: true, records: 3 })
  })

  it('is written sooner when there is much of it, in records of a bounded size', async () => {
    const { audit, ask } = await openTrail()
    const evil = `cardea_broker_${'x'.repeat(43)} "\0\ud800`
    for (let call = 0; call < 1000; call++) audit.answered(end(`${evil}${'"'.repeat(500)}${call}`))
    await expect.poll(() => audit.stats().records).toBe(3)
    await audit.close()
    const rows = await ask<{ detail: string }>('select detail from audit_records order by seq')
    expect(rows.map(({ detail }) => JSON.parse(detail).calls.length)).toEqual([256, 256, 256, 232])
    for (const { detail } of rows) expect(detail.length).toBeLessThan(64 * 1024)
    expect(rows[0]!.detail).not.toContain('xxxx')
    expect(await audit.verify()).toMatchObject({ ok: true, records: 4 })
  })

  it('is written before the trail closes, and no more after', async () => {
    const { audit, another, logged } = await openTrail()
    const closing = another()
    closing.answered(end('last'))
    await closing.close()
    closing.answered(end('too late'))
    const { items } = await audit.list('ws_a', { limit: 10 })
    expect(items.map(({ detail }) => detail)).toMatchObject([{ calls: [{ call: 'last' }] }])
    expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('holds up no call when it cannot be written, and says so', async () => {
    const trail = await openTrail()
    const within = async () => {
      throw new Error('the disk is full')
    }
    const audit = trail.another({ store: { ...trail.store, within } })
    audit.answered(end('lost'))
    await trail.clock.advance(SECOND)
    await expect
      .poll(() => trail.logged.map(({ message }) => message))
      .toContain('how calls ended could not be recorded')
  })
})
