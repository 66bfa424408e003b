import { describe, expect, it } from 'vitest'
import type { Claim } from '../../src/audit/audit.ts'
import { Problem } from '../../src/errors.ts'
import type { Db, Store } from '../../src/store/store.ts'
import { event, openTrail, type Trail } from '../audit/trail.ts'
import { databaseName } from '../database.ts'

const use = (subject: string) => event(subject, { event: 'connection.used' })

/** Takes one of what there is; what was taken stands in a row of its own. */
function taking(left: { count: number }, name: string): Claim {
  return {
    order: name,
    make: async (db: Db) => {
      if (left.count <= 0) throw new Problem('token.used_up', { uses: 0 })
      left.count--
      await db.insertInto('deployment').values({ name, value: '' }).execute()
    },
  }
}

const takenIn = async ({ ask }: Trail) =>
  (await ask<{ name: string }>(`select name from deployment where name like 'claim %'`)).map(({ name }) => name).sort()
const recordedIn = async ({ ask }: Trail) =>
  (await ask<{ subject: string }>('select subject from audit_records')).map(({ subject }) => subject).sort()

/** The same store, whose transactions fail after their work as often as is said. */
function failing(store: Store, control: { fail: number }): Store {
  return {
    ...store,
    within: (scope, work) =>
      store.within(scope, async (db) => {
        const result = await work(db)
        if (control.fail-- > 0) throw new Error('the disk is full')
        return result
      }),
  }
}

describe(`what is claimed with a record, on ${databaseName}`, () => {
  it('is refused alone, and without a record', async () => {
    const trail = await openTrail()
    const left = { count: 2 }
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 5 }, (_, at) => trail.audit.use(use(`claims ${at}`), taking(left, `claim ${at}`))),
      ...Array.from({ length: 5 }, (_, at) => trail.audit.use(use(`plain ${at}`))),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
      ...Array(5).fill('fulfilled'),
    ])
    expect(await takenIn(trail)).toEqual(['claim 0', 'claim 1'])
    expect(await recordedIn(trail)).toEqual(['claims 0', 'claims 1', ...[0, 1, 2, 3, 4].map((at) => `plain ${at}`)])
    expect(await trail.audit.verify()).toMatchObject({ ok: true, records: 7 })
  })

  it('is undone with its record, and told to nobody as made', async () => {
    const trail = await openTrail()
    const control = { fail: 1 }
    const audit = trail.another({ store: failing(trail.store, control) })
    let made = 0
    const claim = (name: string) => ({ ...taking({ count: 1 }, name), made: () => made++ })
    await expect(audit.use(use('lost'), claim('claim lost'))).rejects.toThrow('the disk is full')
    expect(made).toBe(0)
    await audit.use(use('kept'), claim('claim kept'))
    expect(made).toBe(1)
    expect(await takenIn(trail)).toEqual(['claim kept'])
    expect(await recordedIn(trail)).toEqual(['kept'])
  })

  it('is waited for in relaxed mode too, and refused where it cannot be written, while records are kept', async () => {
    const trail = await openTrail()
    const control = { fail: 1 }
    const audit = trail.another({ store: failing(trail.store, control), mode: 'relaxed' })
    const claiming = audit.use(use('claims'), taking({ count: 1 }, 'claim 1'))
    await audit.use(use('plain'))
    await expect(claiming).rejects.toThrow('the disk is full')
    await trail.clock.advance(1000)
    await expect.poll(() => recordedIn(trail)).toEqual(['plain'])
    await audit.use(use('claims again'), taking({ count: 1 }, 'claim 2'))
    expect(await takenIn(trail)).toEqual(['claim 2'])
  })
})
