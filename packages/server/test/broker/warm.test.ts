import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Passage } from '../../src/broker/broker.ts'
import { MINUTE, SECOND } from '../../src/clock.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf, HOST } from './house.ts'

/** Transactions: there is no SQL outside of one. */
function counted(store: Store) {
  const counter = { count: 0 }
  const { within, sweep } = store
  store.within = (scope, work) => {
    counter.count++
    return within(scope, work)
  }
  store.sweep = (work) => {
    counter.count++
    return sweep(work)
  }
  return {
    counter,
    undo: () => {
      store.within = within
      store.sweep = sweep
    },
  }
}

const going = { version: 1, host: HOST, method: 'GET', path: '/user' }

describe(`the warm path on ${databaseName}`, () => {
  const clock = createTestClock()
  let here: BrokerHouse
  let connection: string
  beforeAll(async () => {
    here = await brokerHouse({ clock })
    connection = await here.connect()
  })
  afterAll(() => here?.app.close())

  it('runs no SQL but one batch of the audit trail for all that come together', async () => {
    await here.ada.client.skills.create({ manifest: { name: 'warm', credentials: ['github'] } })
    const { token } = await here.mint({ skill: 'warm', connections: [connection], step: 'a/b' })
    const first = await here.redeem(token, connection)
    ;(await here.broker.credential(first)).release()
    await here.broker.use(first, going)
    const { counter, undo } = counted(here.app.app.store)
    try {
      const passages: Passage[] = []
      for (let call = 0; call < 20; call++) {
        const passage = await here.redeem(token, connection)
        ;(await here.broker.credential(passage)).release()
        expect(here.broker.stands(passage)).toBe(true)
        passages.push(passage)
      }
      expect(counter.count).toBe(0)
      await Promise.all(passages.map((passage) => here.broker.use(passage, going)))
      expect(counter.count).toBe(1)
    } finally {
      undo()
    }
  })

  it('knows a token that was minted here without asking, and asks once for one that was not', async () => {
    const minted = await here.mint({ connections: [connection] })
    const { counter, undo } = counted(here.app.app.store)
    try {
      await here.redeem(minted.token, connection)
      expect(counter.count).toBe(0)
      const narrowed = await here.broker.narrow(
        minted.token,
        {},
        {
          proof: { header: undefined, method: 'POST', url: '' },
          requestId: '',
          ip: '',
        },
      )
      counter.count = 0
      await Promise.all(Array.from({ length: 10 }, () => here.redeem(narrowed.token, connection)))
      // By its hash, and what it depends on.
      expect(counter.count).toBe(2)
    } finally {
      undo()
    }
  })

  it('decrypts once for many, and wipes what it held when its time is over and nobody has it', async () => {
    const own = await here.connect({ name: 'held' })
    const { token } = await here.mint({ connections: [own] })
    const passage = await here.redeem(token, own)
    const { counter, undo } = counted(here.app.app.store)
    const all = await Promise.all(Array.from({ length: 10 }, () => here.broker.credential(passage)))
    const once = counter.count
    undo()
    expect(new Set(all.map(({ usable }) => usable)).size).toBe(1)
    expect(once).toBeLessThanOrEqual(3)
    const [{ usable } = all[0]!] = all
    const secret = Object.values(usable.values)[0]!
    const text = secret.reveal()
    for (const held of all.slice(1)) held.release()
    // Twice is once.
    all[1]!.release()
    await clock.advance(6 * SECOND)
    expect(secret.reveal()).toBe(text)
    const next = await here.broker.credential(passage)
    expect(next.usable).not.toBe(usable)
    expect(Object.values(next.usable.values)[0]!.reveal()).toBe(text)
    all[0]!.release()
    expect(secret.reveal()).toBe('\0'.repeat(text.length))
    next.release()
    expect(Object.values(next.usable.values)[0]!.reveal()).toBe(text)
    await clock.advance(6 * SECOND)
    expect(Object.values(next.usable.values)[0]!.reveal()).toBe('\0'.repeat(text.length))
  })

  it('wipes at once what is held of a connection that is paused, though nobody calls any more', async () => {
    const own = await here.connect({ name: 'wiped' })
    const { token } = await here.mint({ connections: [own] })
    const held = await here.broker.credential(await here.redeem(token, own))
    held.release()
    const secret = Object.values(held.usable.values)[0]!
    expect(secret.reveal()).not.toMatch(/^\0/)
    await here.ada.client.connections.change(own, { status: 'paused' })
    await clock.advance(SECOND)
    expect(secret.reveal()).toMatch(/^\0+$/)
  })

  it('looks again when the service has refused a credential, and answers the same where there is no other', async () => {
    const { token } = await here.mint({ connections: [connection] })
    const passage = await here.redeem(token, connection)
    const first = await here.broker.credential(passage)
    const again = await here.broker.credential(passage, { rejected: first.usable })
    expect(again.usable).not.toBe(first.usable)
    expect(again.usable.version).toBe(first.usable.version)
    first.release()
    again.release()
  })

  it('forgets tokens that have ended', async () => {
    const { id } = await here.mint({ connections: [connection], lifeSeconds: 60 })
    await clock.advance(62 * MINUTE)
    await here.broker.prune()
    expect(await codeOf(here.ada.client.brokerTokens.get(id))).toBe('token.not_found')
  })
})

describe(`a server that holds nothing on ${databaseName}`, () => {
  it('decrypts at every call, and wipes after each', async () => {
    const here = await brokerHouse({ environment: { CARDEA_PLAINTEXT_HOLD_SECONDS: '0' } })
    try {
      const connection = await here.connect()
      const { token } = await here.mint({ connections: [connection] })
      const passage = await here.redeem(token, connection)
      const first = await here.broker.credential(passage)
      const second = await here.broker.credential(passage)
      expect(first.usable).not.toBe(second.usable)
      first.release()
      expect(Object.values(first.usable.values)[0]!.reveal()).toMatch(/^\0+$/)
      expect(Object.values(second.usable.values)[0]!.reveal()).not.toMatch(/^\0/)
      second.release()
    } finally {
      await here.app.close()
    }
  })
})

describe.skipIf(databaseName === 'SQLite')(
  'two servers on one database (needs PostgreSQL: CARDEA_TEST_POSTGRES)',
  () => {
    let closing: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const close of closing.reverse()) await close()
      closing = []
    })

    async function replicas(): Promise<{ here: BrokerHouse; other: TestApp; connection: string }> {
      const here = await brokerHouse()
      closing.push(() => here.app.close())
      const { folder } = here.app.database
      const environment = {
        CARDEA_DATA_DIR: join(folder, 'other'),
        CARDEA_MASTER_KEY_FILE: join(folder, 'data', 'master.key'),
      }
      const other = await testApp({ logLevel: 'error', database: here.app.database, environment })
      closing.push(() => other.close())
      return { here, other, connection: await here.connect() }
    }

    it('obey a pause, a stopped skill and a revocation of each other within a second', async () => {
      const { here, other, connection } = await replicas()
      await here.ada.client.skills.create({ manifest: { name: 'there', credentials: ['github'] } })
      const { broker } = other.app
      const asks = { connectionId: connection, method: 'GET', path: '/user' }
      const within = async (token: Parameters<typeof broker.redeem>[0], does: () => Promise<unknown>, code: string) => {
        const passage = await broker.redeem(token, asks)
        ;(await broker.credential(passage)).release()
        await does()
        const began = performance.now()
        while (broker.stands(passage)) {
          expect(performance.now() - began).toBeLessThan(1000)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        expect(await codeOf(broker.redeem(token, asks))).toBe(code)
        expect(await codeOf(broker.use(passage, going))).toBe(code)
      }
      const revoked = await here.mint({ connections: [connection] })
      await within(revoked.token, () => here.ada.client.brokerTokens.revoke(revoked.id), 'token.revoked')
      const stopped = await here.mint({ skill: 'there', connections: [connection] })
      await within(
        stopped.token,
        () => here.ada.client.skills.change('there', { status: 'stopped' }),
        'token.skill_stopped',
      )
      const paused = await here.mint({ connections: [connection] })
      await within(
        paused.token,
        () => here.ada.client.connections.change(connection, { status: 'paused' }),
        'connection.paused',
      )
    })

    it('count the uses of a token together', async () => {
      const { here, other, connection } = await replicas()
      const { token } = await here.mint({ connections: [connection], uses: 7 })
      const brokers = [here.broker, other.app.broker]
      const codes = await Promise.all(
        Array.from({ length: 40 }, async (_, call) => {
          const broker = brokers[call % 2]!
          return codeOf(
            broker
              .redeem(token, { connectionId: connection, method: 'GET', path: '/user' })
              .then((passage) => broker.use(passage, going)),
          )
        }),
      )
      expect(codes.filter((code) => code === 'allowed')).toHaveLength(7)
      expect(new Set(codes)).toEqual(new Set(['allowed', 'token.used_up']))
    })

    it('asks the database each time while changes cannot be seen', async () => {
      const { here, other, connection } = await replicas()
      const { token, id } = await here.mint({ connections: [connection] })
      const { broker, store } = other.app
      const asks = { connectionId: connection, method: 'GET', path: '/user' }
      const passage = await broker.redeem(token, asks)
      const { sweep } = store
      store.sweep = async () => {
        throw new Error('cut')
      }
      try {
        await expect.poll(() => broker.stands(passage), { timeout: 3000 }).toBe(false)
        expect(await codeOf(broker.redeem(token, asks))).toBe('allowed')
        await here.ada.client.brokerTokens.revoke(id)
        expect(await codeOf(broker.redeem(token, asks))).toBe('token.revoked')
      } finally {
        store.sweep = sweep
      }
    })
  },
)
