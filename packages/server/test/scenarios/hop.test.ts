import { createClient } from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { Secret } from '../../src/secret.ts'
import { prover } from '../broker/house.ts'
import { databaseName } from '../database.ts'
import { type HopGround, hopGround } from './hop-ground.ts'

let here: HopGround
let connection: string
let other: string
beforeAll(async () => {
  here = await hopGround()
  connection = await here.connect()
  other = await here.connect({ account: 'other' })
})
afterAll(() => here?.close())

const manifest = { name: 'triage', credentials: ['notes'], paths: ['/notes/**'] }
/** What the service was asked in the meantime. */
async function reaching(work: () => Promise<unknown>): Promise<number> {
  const before = here.service.seen.length
  await work()
  return here.service.seen.length - before
}

describe(`a broker token at the door of the whole server, on ${databaseName}`, () => {
  const skillKey = async (name: string) => {
    const { client } = here.ada
    const skill = await client.skills.create({ manifest: { ...manifest, name } })
    const { token } = await client.skills.createKey(skill.id, { name })
    return { skill, client: createClient({ url: here.app.url, apiKey: token }) }
  }
  const own = (account: string) => here.connect({ account })
  type Attempt = () => Promise<{ status: number; code?: string | undefined }>
  const asProblem = (work: Promise<unknown>) =>
    work.then(
      () => ({ status: 200 }),
      (error: { status: number; code: string }) => error,
    )

  const table: [string, number, string, Attempt][] = [
    ['of nobody', 401, 'proxy.token_missing', () => here.call(connection, undefined)],
    ['made up', 401, 'token.unknown', () => here.call(connection, `cardea_broker_${'x'.repeat(43)}`)],
    [
      'of another skill',
      403,
      'token.wrong_skill',
      async () => {
        await here.ada.client.skills.create({ manifest: { ...manifest, name: 'wanted' } })
        return asProblem((await skillKey('strange')).client.brokerTokens.create({ skill: 'wanted' }))
      },
    ],
    [
      'of a skill, where its manifest does not go',
      403,
      'token.wrong_path',
      async () => here.call(connection, await mintBy((await skillKey('confined')).client, [connection]), '/tasks'),
    ],
    [
      'of a skill that was stopped',
      403,
      'token.skill_stopped',
      async () => {
        const { skill, client } = await skillKey('stopped')
        const token = await mintBy(client, [connection])
        expect((await here.call(connection, token, '/notes/1')).status).toBe(200)
        await here.ada.client.skills.change(skill.id, { status: 'stopped' })
        return here.call(connection, token, '/notes/1')
      },
    ],
    [
      'for another connection',
      403,
      'token.wrong_connection',
      async () => here.call(other, await here.mint({ connections: [connection] })),
    ],
    [
      'for another host',
      403,
      'token.wrong_host',
      async () => here.call(connection, await here.mint({ connections: [connection], hosts: ['api.example.com'] })),
    ],
    [
      'for another method',
      403,
      'token.wrong_method',
      async () =>
        here.call(connection, await here.mint({ connections: [connection], methods: ['GET'] }), '/', {
          method: 'DELETE',
        }),
    ],
    [
      'for another path',
      403,
      'token.wrong_path',
      async () => here.call(connection, await here.mint({ connections: [connection], paths: ['/notes/**'] }), '/tasks'),
    ],
    [
      'that is used up',
      403,
      'token.used_up',
      async () => {
        const token = await here.mint({ connections: [connection], uses: 1 })
        expect((await here.call(connection, token)).status).toBe(200)
        return here.call(connection, token)
      },
    ],
    [
      'for less than is sent',
      403,
      'token.over_bytes',
      async () =>
        here.call(connection, await here.mint({ connections: [connection], bytes: 10 }), '/', {
          method: 'POST',
          body: 'more than ten',
        }),
    ],
    [
      'that has expired',
      401,
      'token.expired',
      async () => {
        const token = await here.mint({ connections: [connection], lifeSeconds: 60 })
        here.pass(60 * SECOND)
        return here.call(connection, token)
      },
    ],
    [
      'that was narrowed, for what it no longer does',
      403,
      'token.wrong_path',
      async () => {
        const token = await here.mint({ connections: [connection] })
        const less = await here.app.stranger.brokerTokens.narrow({ token, paths: ['/notes/**'] })
        expect((await here.call(connection, less.token, '/notes/1')).status).toBe(200)
        expect((await here.call(connection, token, '/tasks')).status).toBe(200)
        return here.call(connection, less.token, '/tasks')
      },
    ],
    [
      'that was narrowed, widened again',
      403,
      'token.would_widen',
      async () => {
        const token = await here.mint({ connections: [connection], paths: ['/notes/**'] })
        return asProblem(here.app.stranger.brokerTokens.narrow({ token, paths: ['/**'] }))
      },
    ],
    [
      'that was stolen, by who has not the key',
      401,
      'token.proof_missing',
      async () =>
        here.call(connection, await here.mint({ connections: [connection], proof: (await prover()).thumbprint })),
    ],
    [
      'that was stolen, by who has a key of their own',
      401,
      'token.proof_wrong',
      async () => {
        const [owner, thief] = [await prover(), await prover()]
        const token = await here.mint({ connections: [connection], proof: owner.thumbprint })
        const of = { method: 'GET', url: `${here.app.url}/proxy/${connection}/`, token: Secret.of(token) }
        const dpop = async (by: typeof owner) => ({ dpop: await by.prove({ ...of, at: here.app.app.clock.now() }) })
        expect((await here.call(connection, token, '/', { headers: await dpop(owner) })).status).toBe(200)
        return here.call(connection, token, '/', { headers: await dpop(thief) })
      },
    ],
    [
      'of another workspace',
      403,
      'token.wrong_connection',
      async () => {
        const stranger = await here.app.neighbour(here.ada)
        await stranger.client.services.add({ id: 'notes', definition: here.service.definition })
        const theirs = await here.connect({ by: stranger })
        return here.call(connection, await here.mint({ connections: [theirs] }, stranger))
      },
    ],
    [
      'asked for by another workspace',
      404,
      'connection.not_found',
      async () => asProblem(here.mint({ connections: [connection] }, await here.app.neighbour(here.ada))),
    ],
    [
      'of a connection that is paused',
      409,
      'connection.paused',
      async () => {
        const id = await own('paused')
        const token = await here.mint({ connections: [id] })
        await here.ada.client.connections.change(id, { status: 'paused' })
        return here.call(id, token)
      },
    ],
    [
      'of before a pause',
      403,
      'token.connection_changed',
      async () => {
        const id = await own('resumed')
        const token = await here.mint({ connections: [id] })
        await here.ada.client.connections.change(id, { status: 'paused' })
        await here.ada.client.connections.change(id, { status: 'active' })
        return here.call(id, token)
      },
    ],
    [
      'of a connection that was deleted',
      404,
      'connection.not_found',
      async () => {
        const id = await own('deleted')
        const token = await here.mint({ connections: [id] })
        await here.ada.client.connections.delete(id)
        return here.call(id, token)
      },
    ],
    [
      'of before another account came in',
      403,
      'token.connection_changed',
      async () => {
        const id = await own('first')
        const token = await here.mint({ connections: [id] })
        const credential = { token: here.service.token('second') }
        await here.ada.client.connections.change(id, { credential })
        return here.call(id, token)
      },
    ],
    [
      'that was revoked',
      401,
      'token.revoked',
      async () => {
        const { id, token } = await here.ada.client.brokerTokens.create({ connections: [connection] })
        await here.ada.client.brokerTokens.revoke(id)
        return here.call(connection, token)
      },
    ],
    [
      'of a key that was revoked',
      401,
      'token.revoked',
      async () => {
        const { client, id } = await here.app.key(here.ada, 'editor')
        const token = await mintBy(client, [connection])
        await here.ada.client.keys.revoke(id)
        return here.call(connection, token)
      },
    ],
  ]
  it.each(table)('%s is refused: %i %s', async (_, status, code, attempt) => {
    const { status: found, code: said } = await attempt()
    expect([found, said]).toEqual([status, code])
  })

  it('reaches the service with the credential, and after a rotation with the new one', async () => {
    const id = await own('rotated')
    const token = await here.mint({ connections: [id] })
    const first = await here.call(id, token)
    expect([first.status, first.json]).toEqual([200, { method: 'GET', url: '/', account: 'rotated' }])
    const before = here.service.seen.at(-1)!.authorization
    await here.ada.client.connections.change(id, { credential: { token: here.service.token('rotated') } })
    expect((await here.call(id, token)).status).toBe(200)
    expect(here.service.seen.at(-1)).toMatchObject({ isKnown: true })
    expect(here.service.seen.at(-1)!.authorization).not.toBe(before)
  })

  it('tells the service nothing of what is refused', async () => {
    const token = await here.mint({ connections: [connection], paths: ['/notes/**'], uses: 1 })
    expect(await reaching(() => here.call(connection, token, '/tasks'))).toBe(0)
    expect(await reaching(() => here.call(other, token, '/notes/1'))).toBe(0)
    // What was refused has not used it up.
    expect((await here.call(connection, token, '/notes/1')).status).toBe(200)
    expect(await reaching(() => here.call(connection, token, '/notes/1'))).toBe(0)
  })
})

async function mintBy(client: ReturnType<typeof createClient>, connections: string[]): Promise<string> {
  return (await client.brokerTokens.create({ connections })).token
}

describe(`policies at the door, on ${databaseName}`, () => {
  afterEach(async () => {
    for await (const { id } of here.ada.client.policies.list()) await here.ada.client.policies.remove(id)
  })
  const explained = async (through: string, path: string, httpMethod = 'GET') => {
    const { allowed, refusal } = await here.ada.client.policies.explain({
      what: 'use',
      connection: through,
      httpMethod,
      path,
    })
    return allowed ? 'allowed' : refusal!.rule
  }

  it('refuse what is over a budget, say when there is more, and count for each connection apart', async () => {
    const { id } = await here.ada.client.policies.create({
      name: 'Two a minute',
      limits: { budgets: [{ per: 'connection', calls: 2, every: 'minute' }] },
    })
    const token = await here.mint({ connections: [connection, other] })
    const left: unknown[] = []
    for (let call = 0; call < 2; call++) {
      const { status, headers } = await here.call(connection, token)
      left.push([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')])
      expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(0)
    }
    expect(left).toEqual([
      [200, '2', '1'],
      [200, '2', '0'],
    ])
    const refused = await here.call(connection, token)
    expect([refused.status, refused.code, refused.json.policyId]).toEqual([429, 'token.over_budget', id])
    expect(refused.headers.get('ratelimit-limit')).toBe('2')
    expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(25)
    expect(Number(refused.headers.get('ratelimit-reset'))).toBe(wait)
    expect((await here.call(other, token)).status).toBe(200)
    here.pass(wait * SECOND)
    expect((await here.call(connection, token)).status).toBe(200)
  })

  it('refuse a path by name, at the cost of no budget, no use and no call', async () => {
    await here.ada.client.policies.create({
      name: 'Only notes',
      limits: { paths: ['/notes/**'], budgets: [{ per: 'skill', calls: 1, every: 'hour' }] },
    })
    const token = await here.mint({ connections: [connection], uses: 1 })
    for (let call = 0; call < 3; call++) {
      let refused: Awaited<ReturnType<HopGround['call']>> | undefined
      const reached = await reaching(async () => {
        refused = await here.call(connection, token, '/tasks')
      })
      expect([reached, refused!.status, refused!.code]).toEqual([0, 403, 'policy.refused'])
      expect(refused!.json).toMatchObject({ policy: 'Only notes', rule: 'paths' })
    }
    expect((await here.call(connection, token, '/notes/1')).status).toBe(200)
  })

  it.each([
    ['GET', '/notes/1'],
    ['GET', '/tasks'],
    ['DELETE', '/notes/1'],
    ['POST', '/keys'],
    ['GET', '/admin/people'],
    ['GET', '/notes%2f1'],
    ['GET', '/admin'],
  ])('do to %s %s what they explain', async (method, path) => {
    const { client } = here.ada
    await client.policies.create({ name: 'Reading', limits: { httpMethods: ['GET', 'POST'] } })
    await client.policies.create({ name: 'Some', limits: { paths: ['/notes/**', '/keys', '/admin/**'] } })
    const said = await explained(connection, path, method)
    const got = await here.call(connection, await here.mint({ connections: [connection] }), path, { method })
    const done = got.status === 200 ? 'allowed' : (got.json.rule ?? got.code)
    expect(done).toBe(said === 'guardedPaths' ? 'proxy.path_guarded' : said)
  })

  it('open a guarded path, which is closed by itself', async () => {
    const token = await here.mint({ connections: [connection] })
    const post = (path: string) => here.call(connection, token, path, { method: 'POST' })
    for (const path of ['/keys', '/KEYS', '/keys/', '/admin/x']) {
      const { status, code } = await post(path)
      expect([path, status, code]).toEqual([path, 403, 'proxy.path_guarded'])
    }
    for (const path of ['/%6beys', '//keys', '/x/../keys', '/keys;a=1']) {
      const { status } = await post(path)
      expect([path, status >= 400]).toEqual([path, true])
    }
    await here.ada.client.policies.create({ name: 'Keys are made here', limits: { guardedPaths: ['/keys'] } })
    await expect.poll(async () => (await post('/keys')).status).toBe(200)
    expect((await post('/admin/x')).json).toMatchObject({ code: 'policy.refused', rule: 'guardedPaths' })
  })
})
