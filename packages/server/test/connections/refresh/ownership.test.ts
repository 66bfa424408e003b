import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, SECOND, systemClock } from '../../../src/clock.ts'
import { createLogger } from '../../../src/log.ts'
import { agreeOnTime } from '../../../src/store/agreed-clock.ts'
import { type Owner, type Ownership, openOwnership } from '../../../src/store/ownership.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../../database.ts'

let database: TestDatabase
let store: Store
const closing: (() => unknown)[] = []
const lines: string[] = []
const log = createLogger({ level: 'debug', format: 'json', clock: systemClock, write: (line) => lines.push(line) })

beforeAll(async () => {
  database = await freshDatabase()
  store = await openStore({ file: database.file, ...(database.url ? { url: database.url } : {}) })
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(async () => {
  await store.close()
  await database.drop()
})

/** A machine whose clocks can be turned: the one that is set, and the one that only goes on. */
function machine(): Clock & { turn(by: { now?: number; monotonic?: number }): void } {
  let now = 0
  let monotonic = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + now,
    monotonic: () => systemClock.monotonic() + monotonic,
    // Nobody is asked in between.
    every: () => () => undefined,
    turn: (by) => {
      now += by.now ?? 0
      monotonic += by.monotonic ?? 0
    },
  }
}

function opened(clock: Clock = systemClock): Ownership {
  const url = database.url
  const ownership = openOwnership({ dialect: url ? 'postgres' : 'sqlite', ...(url ? { url } : {}), clock, log })
  closing.push(() => ownership.close())
  return ownership
}

/** Owns it until it is let go. */
async function owning(ownership: Ownership, name: string) {
  const begun = Promise.withResolvers<Owner>()
  const end = Promise.withResolvers<string>()
  const done = ownership.own(name, (owner) => {
    begun.resolve(owner)
    return end.promise
  })
  const owner = await begun.promise
  return { owner, done, release: () => end.resolve('done') }
}

describe(`whoever owns a renewal, on ${databaseName}`, () => {
  it('owns it alone, and gives it back when the work has ended, however it ended', async () => {
    const ownership = opened()
    const first = await owning(ownership, 'a')
    expect(await ownership.own('a', async () => 'second')).toBeUndefined()
    expect(await ownership.own('b', async () => 'another')).toEqual({ done: 'another' })
    expect(() => first.owner.sure()).not.toThrow()
    first.release()
    expect(await first.done).toEqual({ done: 'done' })
    await expect(ownership.own('a', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await ownership.own('a', async () => 'third')).toEqual({ done: 'third' })
  })

  describe.skipIf(databaseName === 'SQLite')('across servers (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
    it('owns it on all of them', async () => {
      const [here, there] = [opened(), opened()]
      const first = await owning(here, 'a')
      expect(await there.own('a', async () => 'second')).toBeUndefined()
      first.release()
      await first.done
      expect(await there.own('a', async () => 'second')).toEqual({ done: 'second' })
    })

    it('owns a hundred at once, asked one after the other on one session', async () => {
      const here = opened()
      const warned: string[] = []
      const hear = (warning: Error) => warned.push(warning.message)
      process.on('warning', hear)
      closing.push(() => process.off('warning', hear))
      const names = Array.from({ length: 100 }, (_, number) => `many ${number}`)
      const done = await Promise.all(names.map((name) => here.own(name, async (owner) => owner.sure())))
      expect(done.every((each) => each !== undefined)).toBe(true)
      expect(warned).toEqual([])
    })

    it('learns before it acts that its session was ended, when another may own it already', async () => {
      const [here, there] = [opened(), opened()]
      const first = await owning(here, 'a')
      await endSessions()
      expect(await until(() => there.own('a', async () => 'second'))).toEqual({ done: 'second' })
      expect(() => first.owner.sure()).toThrow(expect.objectContaining({ code: 'connection.not_owned' }))
      first.release()
      expect(await first.done).toEqual({ done: 'done' })
      expect(await until(() => here.own('a', async () => 'again'))).toEqual({ done: 'again' })
    })

    it('does not fail whoever asks while the session is being ended: it is asked again', async () => {
      const here = opened()
      await here.own('a', async () => undefined)
      const asked = Promise.all(Array.from({ length: 50 }, (_, number) => here.own(`b ${number}`, async () => 'done')))
      await endSessions()
      for (const each of await asked) expect([undefined, 'done']).toContain(each?.done)
      expect(await until(() => here.own('a', async () => 'done'))).toEqual({ done: 'done' })
    })

    it.each([
      ['it was stopped for longer than the database may wait for it', { now: 6 * SECOND, monotonic: 6 * SECOND }],
      ['the machine slept, which not every clock counts', { now: 6 * SECOND }],
      ['the clock was set back', { now: -6 * SECOND }],
    ])('is not sure when %s', async (_what, by) => {
      const clock = machine()
      const here = opened(clock)
      const first = await owning(here, 'a')
      expect(() => first.owner.sure()).not.toThrow()
      clock.turn(by)
      expect(() => first.owner.sure()).toThrow(expect.objectContaining({ code: 'connection.not_owned' }))
      first.release()
      await first.done
      await here.own('a', async (owner) => expect(() => owner.sure()).not.toThrow())
    })

    it('refuses when it is closing', async () => {
      const here = opened()
      await here.close()
      await expect(here.own('a', async () => 'done')).rejects.toMatchObject({ code: 'server.unavailable' })
    })
  })
})

describe.skipIf(databaseName === 'SQLite')(
  'the time that servers agree on (needs PostgreSQL: CARDEA_TEST_POSTGRES)',
  () => {
    it('is that of the database, whatever the clock of the machine says', async () => {
      for (const by of [-5 * 60 * SECOND, 5 * 60 * SECOND]) {
        const clock = machine()
        clock.turn({ now: by })
        const agreed = await agreeOnTime(clock, store, log)
        closing.push(() => agreed.stop())
        expect(Math.abs(agreed.now() - systemClock.now())).toBeLessThan(500)
        expect(Math.abs(agreed.offset() + by)).toBeLessThan(500)
      }
      expect(lines.join('')).toContain('the clock of this machine differs from the database')
    })

    it('goes on when somebody sets the clock of the machine, and asks once however many look at it', async () => {
      const clock = machine()
      const counted = { ...store, asked: 0 }
      counted.sweep = (work) => {
        counted.asked++
        return store.sweep(work)
      }
      const agreed = await agreeOnTime(clock, counted, log)
      closing.push(() => agreed.stop())
      clock.turn({ now: 3_600_000 })
      for (let look = 0; look < 100; look++) expect(Math.abs(agreed.now() - systemClock.now())).toBeLessThan(500)
      expect(counted.asked).toBe(2)
      await until(async () => (Math.abs(agreed.offset() + 3_600_000) < 500 ? { done: true } : undefined))
      expect(Math.abs(agreed.now() - systemClock.now())).toBeLessThan(500)
    })

    it('is not led astray by an answer that was read long after it was given', async () => {
      const clock = machine()
      const slow = { ...store, sweep: store.sweep }
      let tick: () => void = () => undefined
      const agreed = await agreeOnTime(
        {
          ...clock,
          every: (_, work) => {
            tick = work
            return () => undefined
          },
        },
        slow,
        log,
      )
      closing.push(() => agreed.stop())
      slow.sweep = async (work) => {
        const answer = await store.sweep(work)
        clock.turn({ now: 30 * SECOND, monotonic: 30 * SECOND })
        return answer
      }
      tick()
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(Math.abs(agreed.offset())).toBeLessThan(500)
    })
  },
)

async function endSessions(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like '%pg_%advisory%lock%' and pid <> pg_backend_pid()`,
  )
  await client.end()
}

async function until<T>(ask: () => Promise<{ done: T } | undefined>): Promise<{ done: T }> {
  for (let tried = 0; tried < 200; tried++) {
    const answer = await ask()
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not come to that')
}
