import type { CreatePolicy, ExplainUse, Policy } from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/actor.ts'
import type { Allowed, Call, PassageFacts } from '../../src/policy/policy.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'

let app: TestApp
let ada: Browser
let eve: Browser
let ids: { ada: string; eve: string }

beforeAll(async () => {
  app = await testApp({ logLevel: 'error' })
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
  ids = { ada: (await ada.client.me()).id, eve: (await eve.client.me()).id }
})
afterAll(() => app?.close())
afterEach(async () => {
  for await (const { id } of ada.client.policies.list()) await ada.client.policies.remove(id)
})

const rule = (limits: CreatePolicy['limits'], more: Partial<CreatePolicy> = {}) =>
  ada.client.policies.create({ name: 'House rule', limits, ...more })
async function connected({ client }: Browser, visibility: 'private' | 'workspace' = 'private'): Promise<string> {
  const made = await client.connections.create(
    {
      provider: 'github',
      method: 'token',
      credential: { token: `ghp_${'0123456789'.repeat(3)}${'a'.repeat(6)}` },
      visibility,
    },
    { skipTest: true },
  )
  return made.id
}
const reads: ExplainUse = { what: 'use', service: 'github', method: 'token', httpMethod: 'GET', path: '/user' }
const person = (id: string, role: Role) => ({ id, role })
const passage = (more: Partial<PassageFacts> = {}): PassageFacts => ({
  workspaceId: ada.workspaceId,
  connectionId: 'conn_1',
  service: 'github',
  method: 'token',
  owner: person(ids.eve, 'editor'),
  member: person(ids.eve, 'editor'),
  minter: person(ids.eve, 'editor'),
  mintedAt: Date.now(),
  ...more,
})
const call = (more: Partial<Call> = {}): Call => ({
  method: 'GET',
  path: '/user',
  host: 'api.github.com',
  namesHost: false,
  isGuarded: false,
  ...more,
})
async function reached(at: TestApp, by: Partial<PassageFacts> = {}, of: Partial<Call> = {}): Promise<Allowed | string> {
  try {
    return await at.app.policies.mayReach(passage(by), call(of))
  } catch (error) {
    const { code, values } = error as { code: string; values: { rule?: string } }
    return values.rule ?? code
  }
}

describe(`policies of use, on ${databaseName}`, () => {
  it('are read back as they were written', async () => {
    const limits = {
      skills: ['triage'],
      requireManifest: true,
      hosts: ['api.github.com'],
      httpMethods: ['GET'],
      readOnly: true,
      paths: ['/repos/**', 'uploads.github.com/**'],
      guardedPaths: [],
      hours: { timeZone: 'Europe/Berlin', times: [{ days: ['mon' as const], from: '08:00', to: '18:00' }] },
      longestTokenSeconds: 300,
      budgets: [{ per: 'skill' as const, calls: 100, every: 'minute' as const }],
    }
    const { id } = await rule(limits)
    expect((await ada.client.policies.get(id)).limits).toEqual(limits)
    expect((await eve.client.policies.get(id)).limits).toEqual(limits)
  })

  it('are obeyed from the next call on, by name, and no longer than they are there', async () => {
    expect(await reached(app)).toEqual({ budgets: [] })
    const one = await rule({ paths: ['/repos/**'], budgets: [{ per: 'member', calls: 5, every: 'hour' }] })
    expect(await reached(app)).toBe('paths')
    await expect(async () => app.app.policies.mayReach(passage(), call())).rejects.toMatchObject({
      code: 'policy.refused',
      status: 403,
      values: { policy: 'House rule', policyId: one.id, rule: 'paths' },
    })
    expect(await reached(app, {}, { path: '/repos/a/b' })).toMatchObject({ budgets: [{ limit: 5, perSeconds: 3600 }] })
    await ada.client.policies.change(one.id, { limits: { paths: ['/user'] } })
    expect(await reached(app)).toEqual({ budgets: [] })
    await ada.client.policies.remove(one.id)
    expect(await reached(app, {}, { path: '/anything' })).toEqual({ budgets: [] })
  })

  it('answer without waiting where they are in memory', async () => {
    await rule({ readOnly: true })
    // The server that made a change sees it once more among everybody's.
    await expect.poll(() => app.app.policies.mayReach(passage(), call()), { interval: 20 }).toEqual({ budgets: [] })
    await expect
      .poll(() => app.app.policies.mayReach(passage(), call()) instanceof Promise, { interval: 20 })
      .toBe(false)
    expect(() => app.app.policies.mayReach(passage(), call({ method: 'POST' }))).toThrow('House rule')
  })

  it('stay within the workspace', async () => {
    await rule({ paths: [] })
    const { workspaceId } = await app.neighbour(ada)
    expect(await reached(app, { workspaceId })).toEqual({ budgets: [] })
  })

  it('say how long a token may live', async () => {
    const { mintedAt: _, ...minting } = passage()
    expect(await app.app.policies.mayMint(minting)).toEqual({ longestSeconds: undefined })
    await rule({ longestTokenSeconds: 600 })
    await rule({ longestTokenSeconds: 120 }, { applies: { roles: ['editor'] } })
    await rule({ longestTokenSeconds: 60 }, { applies: { services: ['slack'] } })
    expect(await app.app.policies.mayMint(minting)).toEqual({ longestSeconds: 120 })
    await expect(app.app.policies.mayMint(minting, 121)).rejects.toMatchObject({
      code: 'policy.refused',
      values: { rule: 'longestTokenSeconds' },
    })
    await rule({ requireManifest: true })
    await expect(app.app.policies.mayMint(minting, 60)).rejects.toMatchObject({ values: { rule: 'requireManifest' } })
    await app.app.policies.mayMint({ ...minting, skill: 'triage' }, 60)
    // A token from before the rule ends with it.
    expect(await reached(app, { skill: 'triage', mintedAt: Date.now() - 121_000 })).toBe('longestTokenSeconds')
  })
})

describe(`explaining a call, on ${databaseName}`, () => {
  const explain = async (by: Browser, more: Partial<ExplainUse> = {}) =>
    by.client.policies.explain({ ...reads, ...more })

  it('says what each policy says: what refuses, what allows, and what does not apply', async () => {
    const forbids = await rule({ readOnly: true }, { name: 'read' })
    const allows = await rule({ paths: ['/gists/**'] }, { name: 'gists' })
    const others = await rule({ paths: [] }, { name: 'slack', applies: { services: ['slack'] } })
    const methods = await rule({ paths: [] }, { name: 'oauth', applies: { methods: ['oauth'] } })
    const people = await rule({ paths: [] }, { name: 'viewers', applies: { roles: ['viewer'] } })
    const ahead = await rule({ connect: {} }, { name: 'nobody connects' })
    const asked = { httpMethod: 'POST', path: '/gists' }
    const said = (policy: Policy, sentence: string) => ({ policyId: policy.id, policy: policy.name, sentence })
    const explained = await explain(ada, asked)
    expect(explained).toEqual({
      allowed: false,
      refusal: {
        ...said(forbids, 'It allows reading only: GET, HEAD and OPTIONS, and no WebSocket.'),
        rule: 'readOnly',
        allowed: false,
      },
      findings: [
        {
          ...said(forbids, 'It allows reading only: GET, HEAD and OPTIONS, and no WebSocket.'),
          rule: 'readOnly',
          allowed: false,
        },
        { ...said(allows, 'It allows only these paths: /gists/**.'), rule: 'paths', allowed: true },
      ],
      silent: [
        said(others, 'It does not apply: it is about other services.'),
        said(methods, 'It does not apply: it is about other methods of this service.'),
        said(people, 'It does not apply: it is about other people.'),
        said(ahead, 'It limits nothing of this.'),
      ],
    })
    // Others hear of no policy that is not about them.
    expect((await explain(eve, asked)).silent.map(({ policy }) => policy)).toEqual([
      'slack',
      'oauth',
      'nobody connects',
    ])
  })

  it('agrees with what is then done', async () => {
    await rule({ paths: ['/user', '/repos/**'], hours: { timeZone: 'UTC', times: [{ from: '00:00', to: '24:00' }] } })
    await rule({ skills: ['triage'] }, { applies: { roles: ['editor'] } })
    await rule({ httpMethods: ['GET', 'POST'], hosts: ['api.github.com'] })
    for (const skill of ['triage', 'digest', undefined]) {
      for (const path of ['/user', '/repos/a%2fb', '/gists', '/applications/x/token']) {
        for (const method of ['GET', 'DELETE']) {
          const explained = await explain(eve, { path, httpMethod: method, ...(skill ? { skill } : {}) })
          const isGuarded = path.startsWith('/applications')
          const done = await reached(app, { skill }, { path, method, isGuarded })
          expect([explained.allowed, explained.refusal?.rule]).toEqual(
            typeof done === 'string'
              ? [false, done === 'proxy.path_guarded' ? 'guardedPaths' : done]
              : [true, undefined],
          )
        }
      }
    }
  })

  it('knows of a connection where it goes, whose it is, and what makes credentials there', async () => {
    const shared = await connected(ada, 'workspace')
    const { service: _, method: __, ...through } = { ...reads, connection: shared }
    const ask = (more: Partial<ExplainUse> = {}) => eve.client.policies.explain({ ...through, ...more })
    expect((await ask()).allowed).toBe(true)
    expect(await ask({ httpMethod: 'POST', path: '/repos/a/b/keys' })).toMatchObject({
      allowed: false,
      refusal: {
        policyId: null,
        policy: null,
        rule: 'guardedPaths',
        sentence: expect.stringContaining('no policy allows'),
      },
      findings: [],
    })
    await rule({ guardedPaths: ['/repos/*/*/keys'] })
    expect((await ask({ httpMethod: 'POST', path: '/repos/a/b/keys' })).allowed).toBe(true)
    await rule({ hosts: ['api.github.com'] })
    expect((await ask()).allowed).toBe(true)
    expect((await ask({ host: 'uploads.github.com' })).refusal?.rule).toBe('hosts')
    // About its owner, who is not the one that asks.
    const owners = await rule({ paths: [] }, { applies: { members: [ids.ada] } })
    expect((await ask()).refusal?.policyId).toBe(owners.id)
    await expect(ask({ host: 'example.org' })).rejects.toMatchObject({ code: 'service.host_not_allowed' })
    await expect(ask({ path: '/../user' })).rejects.toMatchObject({ code: 'service.path_refused' })
  })

  it('knows nothing of a connection that is not there for the caller', async () => {
    const own = await connected(ada)
    const { service: _, method: __, ...through } = { ...reads, connection: own }
    const missing = { code: 'connection.not_found' }
    expect((await ada.client.policies.explain(through)).allowed).toBe(true)
    await expect(eve.client.policies.explain(through)).rejects.toMatchObject(missing)
    const { client } = await app.neighbour(ada)
    await expect(client.policies.explain(through)).rejects.toMatchObject(missing)
    await ada.client.connections.delete(own)
    await expect(ada.client.policies.explain(through)).rejects.toMatchObject(missing)
  })

  it('answers for another time', async () => {
    await rule({ hours: { timeZone: 'Europe/Berlin', times: [{ days: ['mon'], from: '09:00', to: '17:00' }] } })
    const at = async (text: string) => (await explain(eve, { at: text })).allowed
    expect(await at('2026-06-01T07:00:00Z')).toBe(true)
    expect(await at('2026-06-01T06:59:59Z')).toBe(false)
    expect(await at('2026-01-05T08:00:00Z')).toBe(true)
    expect(await at('2026-01-05T07:30:00Z')).toBe(false)
  })

  it('is about others for administrators only', async () => {
    await rule({ readOnly: true }, { applies: { roles: ['editor'] } })
    const writes = { httpMethod: 'POST', path: '/gists' }
    expect((await explain(ada, writes)).allowed).toBe(true)
    expect((await explain(ada, { ...writes, role: 'editor' })).allowed).toBe(false)
    expect((await explain(ada, { ...writes, member: ids.eve })).allowed).toBe(false)
    await expect(explain(eve, { ...writes, member: ids.ada })).rejects.toMatchObject({ code: 'auth.forbidden' })
    await expect(explain(eve, { ...writes, role: 'admin' })).rejects.toMatchObject({ code: 'auth.forbidden' })
  })

  it('answers about making a token', async () => {
    await rule({ longestTokenSeconds: 120, skills: ['triage'] })
    const ask = (more: object) =>
      eve.client.policies.explain({ what: 'mint', service: 'github', method: 'token', ...more })
    expect((await ask({ skill: 'triage', tokenSeconds: 120 })).allowed).toBe(true)
    expect((await ask({ skill: 'triage', tokenSeconds: 121 })).refusal?.rule).toBe('longestTokenSeconds')
    expect((await ask({ skill: 'digest' })).refusal?.rule).toBe('skills')
    expect((await explain(eve, { skill: 'triage', tokenSeconds: 120 })).refusal?.rule).toBe('longestTokenSeconds')
  })

  it.each([
    ['neither connection nor service', { service: undefined }, 'request.invalid'],
    ['a service that is not there', { service: 'nowhere' }, 'service.not_found'],
    ['a method that is not there', { method: '__proto__' }, 'service.not_found'],
    ['a connection that is not there', { connection: 'conn_nothing' }, 'connection.not_found'],
    ['a method in small letters', { httpMethod: 'get' }, 'request.invalid'],
    ['an instant that is none', { at: 'noon' }, 'request.invalid'],
    ['a path with a NUL', { path: '/a%00' }, 'service.path_refused'],
  ] as const)('refuses %s', async (_what, more, code) => {
    await expect(explain(ada, more as Partial<ExplainUse>)).rejects.toMatchObject({ code })
  })
})
