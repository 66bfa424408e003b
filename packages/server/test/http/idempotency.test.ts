import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/clock.ts'
import { isProblem, Problem } from '../../src/errors.ts'
import { createIdempotency } from '../../src/http/idempotency.ts'
import { createLogger } from '../../src/log.ts'
import { claimIdempotency, findIdempotency, pruneIdempotency } from '../../src/store/idempotency.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'

let app: TestApp
let ada: Browser
beforeAll(async () => {
  app = await testApp()
  ada = await app.setUp()
})
afterAll(() => app?.close())

describe(`the same creation sent twice, on ${databaseName}`, () => {
  it('is done once, and answered the same', async () => {
    const { client } = await app.key(ada, 'admin')
    const input = { name: 'once', role: 'viewer' } as const
    const first = await client.keys.create(input, { idempotencyKey: 'a' })
    const second = await client.keys.create(input, { idempotencyKey: 'a' })
    expect(second).toEqual(first)
    const names: string[] = []
    for await (const { name } of client.keys.list()) names.push(name)
    expect(names.filter((name) => name === 'once')).toHaveLength(1)
  })

  it('is done once when the two are sent together', async () => {
    const { client } = await app.key(ada, 'admin')
    const attempts = Array.from({ length: 8 }, () =>
      client.keys.create({ name: 'together', role: 'viewer' }, { idempotencyKey: 'b' }).catch((error) => error),
    )
    const outcomes = await Promise.all(attempts)
    const codes = outcomes.map((outcome) => outcome.code ?? 'created')
    expect(codes).toContain('created')
    expect(codes.every((code) => code === 'created' || code === 'idempotency.in_progress')).toBe(true)
    expect(new Set(outcomes.filter(({ id }) => id).map(({ id }) => id)).size).toBe(1)
  })

  it('must be the same', async () => {
    const { client } = await app.key(ada, 'admin')
    await client.keys.create({ name: 'one', role: 'viewer' }, { idempotencyKey: 'c' })
    await expect(client.keys.create({ name: 'two', role: 'viewer' }, { idempotencyKey: 'c' })).rejects.toMatchObject({
      code: 'idempotency.mismatch',
    })
  })

  it('is a matter of one caller: another with the same key is at work on something else', async () => {
    const [first, second] = [await app.key(ada, 'admin'), await app.key(ada, 'admin')]
    const input = { name: 'whose', role: 'viewer' } as const
    const one = await first.client.keys.create(input, { idempotencyKey: 'd' })
    const two = await second.client.keys.create(input, { idempotencyKey: 'd' })
    expect(two.id).not.toBe(one.id)
  })

  it('may be corrected after a refusal', async () => {
    const { client } = await app.key(ada, 'admin')
    const tooMuch = { name: 'again', role: 'viewer', permissions: ['key:manage'] } as const
    const create = (permissions: string[]) => client.keys.create({ ...tooMuch, permissions }, { idempotencyKey: 'e' })
    await expect(create(['key:manage'])).rejects.toMatchObject({ code: 'key.exceeds_role' })
    await expect(create(['workspace:read'])).resolves.toMatchObject({ name: 'again' })
  })

  it('keeps the answer sealed: the token that it shows is nowhere in the store', async () => {
    const { client, id } = await app.key(ada, 'admin')
    const { token } = await client.keys.create({ name: 'sealed', role: 'viewer' }, { idempotencyKey: 'f' })
    const name = { workspaceId: ada.workspaceId, actorId: id, keyHash: hash('sha256', 'f') }
    const row = await app.app.store.within({ workspaceId: ada.workspaceId }, (db) => findIdempotency(db, name))
    expect(row).toMatchObject({ state: 'done', status: 201 })
    expect(Buffer.from(row!.reply!).toString('latin1')).not.toContain(token)
  })

  it.each(['', 'a b', 'ü', 'x'.repeat(256)])('needs a key that fits a header: %j is none', async (key) => {
    const response = await app.http.handle(
      new Request(`${app.url}/v1/keys`, {
        method: 'POST',
        headers: { 'x-api-key': (await app.key(ada, 'admin')).token, 'idempotency-key': key },
      }),
    )
    expect(await response.json()).toMatchObject({ code: 'request.invalid' })
  })
})

describe(`an interrupted creation, on ${databaseName}`, () => {
  const body = new Uint8Array()
  const request = { method: 'POST', path: '/v1/keys', body }
  const caller = () => ({
    actor: { kind: 'key', keyId: 'key_x', workspaceId: ada.workspaceId, role: 'admin' } as const,
    requestId: 'req_1',
    ip: '',
  })
  const build = (clock = createTestClock(Date.now())) => {
    const log = createLogger({ level: 'error', format: 'json', clock, write: () => {} })
    return { clock, idempotency: createIdempotency({ store: app.app.store, vault: app.app.vault, clock, log }) }
  }
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error) => (error instanceof Problem ? error.code : 'another error'),
    )
  const never = async (): Promise<never> => {
    throw new Error('must not be carried out')
  }

  it('is never carried out a second time by a server that started afterwards', async () => {
    const { clock, idempotency } = build()
    const name = { workspaceId: ada.workspaceId, actorId: 'key_x', keyHash: hash('sha256', 'crash') }
    const requestHash = hash('sha256', Buffer.concat([Buffer.from('POST /v1/keys\n'), body]))
    await app.app.store.within({ workspaceId: ada.workspaceId }, (db) =>
      claimIdempotency(db, name, requestHash, clock.now()),
    )
    // Another replica may still be at work on it, where there can be one.
    if (app.app.store.dialect === 'postgres') {
      expect(await code(idempotency.run(caller(), 'crash', request, never))).toBe('idempotency.in_progress')
      await clock.advance(6 * 60_000)
    }
    expect(await code(idempotency.run(caller(), 'crash', request, never))).toBe('idempotency.outcome_unknown')
  })

  it('whose work failed half-way is not guessed about', async () => {
    const { idempotency } = build()
    expect(await code(idempotency.run(caller(), 'fault', request, never))).toBe('another error')
    expect(await code(idempotency.run(caller(), 'fault', request, never))).toBe('idempotency.outcome_unknown')
  })

  it('is forgotten after a day', async () => {
    const { clock, idempotency } = build()
    const work = async () => ({ status: 201, json: '{}' })
    await idempotency.run(caller(), 'old', request, work)
    expect(await idempotency.run(caller(), 'old', request, never)).toMatchObject({ replayed: true, json: '{}' })
    await clock.advance(DAY + 1)
    expect(await idempotency.run(caller(), 'old', request, work)).toMatchObject({ replayed: false })
    await clock.advance(DAY + 1)
    const pruned = await app.app.store.sweep((db) => pruneIdempotency(db, clock.now() - DAY))
    expect(pruned).toBeGreaterThan(0)
    expect(isProblem(new Problem('idempotency.mismatch'), 'idempotency.mismatch')).toBe(true)
  })
})
