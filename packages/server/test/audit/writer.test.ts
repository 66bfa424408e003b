import { describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import type { Store } from '../../src/store/store.ts'
import { databaseName } from '../database.ts'
import { event, openTrail, type Trail } from './trail.ts'

const use = (subject: string) => event(subject, { event: 'connection.used' })

/** The trail's store, with its transactions counted, and failing or waiting when the test says so. */
function watched({ store }: Trail) {
  const control = { count: 0, fail: 0, gate: Promise.resolve() }
  const within: Store['within'] = async (scope, work) => {
    control.count += 1
    await control.gate
    return store.within(scope, async (db) => {
      const result = await work(db)
      if (control.fail > 0) {
        control.fail -= 1
        throw new Error('the disk is full')
      }
      return result
    })
  }
  return { store: { ...store, within }, control }
}

describe(`recording uses on ${databaseName}`, () => {
  it('lets many callers share one commit', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store })
    await Promise.all(Array.from({ length: 300 }, (_, index) => audit.use(use(`use ${index}`))))
    expect(control.count).toBe(1)
    const { items } = await audit.list('ws_a', { limit: 500 })
    expect(items.map(({ subject }) => subject)).toEqual(Array.from({ length: 300 }, (_, index) => `use ${299 - index}`))
    expect(await audit.verify()).toMatchObject({ ok: true, records: 300, writers: 1 })
  })

  it('collects who comes during a commit into the next', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store })
    const { promise, resolve } = Promise.withResolvers<void>()
    control.gate = promise
    const first = audit.use(use('first'))
    await expect.poll(() => control.count).toBe(1)
    const others = Array.from({ length: 100 }, (_, index) => audit.use(use(`other ${index}`)))
    resolve()
    await Promise.all([first, ...others])
    expect(control.count).toBe(2)
  })

  it('resolves only when the record is durable, in strict mode', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store })
    const { promise, resolve } = Promise.withResolvers<void>()
    control.gate = promise
    let isDone = false
    const recorded = audit.use(use('one')).then(() => {
      isDone = true
    })
    await expect.poll(() => control.count).toBe(1)
    expect(isDone).toBe(false)
    resolve()
    await recorded
    expect((await audit.list('ws_a', { limit: 1 })).items).toHaveLength(1)
  })

  it('tells everybody in a batch that failed, and goes on with a whole chain', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store })
    await audit.use(use('before'))
    control.fail = 1
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => audit.use(use(`lost ${index}`))))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    await audit.use(use('after'))
    const { items } = await audit.list('ws_a', { limit: 50 })
    expect(items.map(({ subject }) => subject)).toEqual(['after', 'before'])
    expect(await audit.verify()).toMatchObject({ ok: true, records: 2, findings: [] })
  })

  it('resolves at once in relaxed mode, keeps what a failure left unwritten, and writes it before it closes', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store, mode: 'relaxed' })
    const { promise, resolve } = Promise.withResolvers<void>()
    control.gate = promise
    control.fail = 1
    await audit.use(use('one'))
    await audit.use(use('two'))
    resolve()
    await expect
      .poll(() => trail.logged.some(({ message }) => message === 'audit records wait to be written'))
      .toBe(true)
    await trail.clock.advance(SECOND)
    await audit.close()
    const { items } = await trail.audit.list('ws_a', { limit: 10 })
    expect(items.map(({ subject }) => subject)).toEqual(['two', 'one'])
    expect(await trail.audit.verify()).toMatchObject({ ok: true, records: 2 })
  })

  it('makes callers wait when too many are queued, and loses none', async () => {
    const trail = await openTrail()
    const { store, control } = watched(trail)
    const audit = trail.another({ store, mode: 'relaxed' })
    const { promise, resolve } = Promise.withResolvers<void>()
    control.gate = promise
    let accepted = 0
    const all = Array.from({ length: 9000 }, async (_, index) => {
      await audit.use(use(`use ${index}`))
      accepted += 1
    })
    await expect.poll(() => control.count).toBe(1)
    expect(accepted).toBeLessThan(9000)
    resolve()
    await Promise.all(all)
    await audit.close()
    expect(await trail.audit.verify()).toMatchObject({ ok: true, records: 9000 })
  })

  it('can be called while the caller stands in a transaction, if it does not wait', async () => {
    const { audit, store } = await openTrail()
    let recorded: Promise<void> | undefined
    await store.within({ workspaceId: 'ws_a' }, async () => {
      recorded = audit.use(use('one'))
    })
    await recorded
    expect(await audit.verify()).toMatchObject({ ok: true, records: 1 })
  })
})
