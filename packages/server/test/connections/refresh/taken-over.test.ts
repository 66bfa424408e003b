import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SECOND } from '../../../src/clock.ts'
import type { Answer, Send } from '../../../src/net/message.ts'
import { type TestApp, testApp } from '../../app.ts'
import { databaseName } from '../../database.ts'
import { type Brought, type Ground, refreshGround, until } from './ground.ts'

/** Two servers, of which one stands still with an answer that it has not read, while its session is ended and the other goes on. */
describe.skipIf(databaseName === 'SQLite')('an owner that stood still (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  let here: Ground
  let there: TestApp
  let of: Brought
  let answers: { here: PromiseWithResolvers<Answer>; there: PromiseWithResolvers<Answer> }
  const asked = { here: 0, there: 0 }

  beforeEach(async () => {
    Object.assign(asked, { here: 0, there: 0 })
    answers = { here: Promise.withResolvers<Answer>(), there: Promise.withResolvers<Answer>() }
    here = await refreshGround()
    const { folder } = here.app.database
    there = await testApp({
      clock: here.app.app.clock,
      logLevel: 'error',
      database: here.app.database,
      environment: {
        CARDEA_DATA_DIR: join(folder, 'other'),
        CARDEA_MASTER_KEY_FILE: join(folder, 'data', 'master.key'),
      },
      outside: { send: waiting('there') },
    })
    of = await here.brought('airtable')
    here.instead(waiting('here'))
    const { access_expires_at: end } = await here.grant(of.id)
    await here.clock.advance(end! - here.clock.now())
  })
  afterEach(async () => {
    await there.close()
    await here.app.close()
  })

  const waiting =
    (who: 'here' | 'there'): Send =>
    () => {
      asked[who]++
      return answers[who].promise
    }
  const tokens = (number: number): Answer => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: `at-${number}`, refresh_token: `rt-${number}`, expires_in: 3600 }),
  })
  const dead: Answer = {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"invalid_grant"}',
  }

  /** The first has asked, and stands; the second shows the same token, and waits for its answer. */
  async function takenOver(): Promise<{ first: Promise<unknown>; second: Promise<unknown> }> {
    const first = here.usable(of.id).catch((error: unknown) => error)
    await until(() => asked.here === 1)
    await endSessions()
    const second = here.patiently(until(() => asked.there === 1))
    const usable = async (): Promise<unknown> => {
      for (;;) {
        const came = await there.app.connections
          .usable(here.ada.workspaceId, of.id)
          .catch((error: { code: string }) => error)
        if (!('code' in came && came.code === 'connection.renewal_slow')) return came
        await here.clock.sleep(SECOND)
      }
    }
    const done = usable()
    await second
    return { first, second: done }
  }

  it('does not ask again before its request can no longer be under way', async () => {
    const first = here.usable(of.id).catch(() => undefined)
    await until(() => asked.here === 1)
    await endSessions()
    const second = there.app.connections.usable(here.ada.workspaceId, of.id).catch(() => undefined)
    for (let second = 0; second < 20; second++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await here.clock.advance(SECOND)
    }
    expect(asked.there).toBe(0)
    answers.here.resolve(tokens(1))
    await Promise.all([first, here.patiently(second)])
    expect(asked.there).toBe(0)
    expect(await there.app.connections.usable(here.ada.workspaceId, of.id)).toMatchObject({ version: 3 })
  })

  it('keeps what it was given, when what the other asked for comes to nothing', async () => {
    const both = await takenOver()
    answers.here.resolve(tokens(1))
    await here.patiently(until(async () => (await here.row(of.id)).credential_version > 2))
    answers.there.resolve(dead)
    await here.patiently(both.second)
    expect(await here.row(of.id)).toMatchObject({ status: 'active' })
    expect((await here.usable(of.id)).values.accessToken!.reveal()).toBe('at-1')
    expect((await here.grant(of.id)).renewals).toBe(2)
  })

  it('gives way to what the other was given, which is newer', async () => {
    const both = await takenOver()
    answers.here.resolve(tokens(1))
    await here.patiently(until(async () => (await here.row(of.id)).credential_version > 2))
    answers.there.resolve(tokens(2))
    await here.patiently(both.second)
    await until(async () => (await here.grant(of.id)).renewals === 3)
    expect((await here.usable(of.id)).values.accessToken!.reveal()).toBe('at-2')
    expect((await here.usable(of.id)).values.refreshToken!.reveal()).toBe('rt-2')
  })

  it('overwrites nothing that the other has stored already', async () => {
    const both = await takenOver()
    answers.there.resolve(tokens(2))
    await here.patiently(both.second)
    answers.here.resolve(tokens(1))
    await here.patiently(both.first)
    expect((await here.usable(of.id)).values.accessToken!.reveal()).toBe('at-2')
    expect(await here.held(of.id)).not.toContain('credential 3')
  })

  async function endSessions(): Promise<void> {
    const client = new pg.Client({ connectionString: here.app.database.url })
    await client.connect()
    await client.query(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.objsubid = 1 and a.datname = current_database()`,
    )
    await client.end()
  }
})
