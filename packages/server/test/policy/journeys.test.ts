import {
  type CardeaProblem,
  type Client,
  type CreateConnection,
  type CreatePolicy,
  createClient,
  type ExplainAhead,
  type Policy,
} from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newId } from '../../src/ids.ts'
import { deletePolicy } from '../../src/store/policies.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName, postgresUrl } from '../database.ts'

let here: World
let app: TestApp
let ada: Browser
let eve: Browser
let numbers = 0

beforeAll(async () => {
  here = await world()
  app = here.app
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
})
afterAll(() => app?.close())
afterEach(async () => {
  for await (const { id } of ada.client.policies.list()) await ada.client.policies.remove(id)
})

const rule = (limits: CreatePolicy['limits'], more: Partial<CreatePolicy> = {}) =>
  ada.client.policies.create({ name: 'House rule', limits, ...more })
function connect(
  client: Client,
  { skipTest = false, ...more }: Partial<CreateConnection> & { skipTest?: boolean } = {},
) {
  const { account } = here.stands('github', 'token')
  return client.connections.create(
    { provider: 'github', method: 'token', credential: { ...account.fields }, name: `number ${++numbers}`, ...more },
    { skipTest },
  )
}
const refused = (policy: Policy, ruleName: string) => ({
  code: 'policy.refused',
  status: 403,
  values: expect.objectContaining({ policy: policy.name, policyId: policy.id, rule: ruleName }),
})
const idOf = async ({ client }: Browser) => (await client.me()).id
const audited = async (id: string) => {
  const records = []
  for await (const record of ada.client.audit.list()) if (record.subject === id) records.push(record)
  return records.reverse()
}

describe(`policies of connecting, on ${databaseName}`, () => {
  it('allow everything until there is one, and again when it is gone', async () => {
    expect((await connect(eve.client)).status).toBe('active')
    const one = await rule({ services: ['slack'] })
    await expect(connect(eve.client)).rejects.toMatchObject(refused(one, 'services'))
    await ada.client.policies.change(one.id, { enabled: false })
    await connect(eve.client)
    await ada.client.policies.change(one.id, { enabled: true })
    await expect(connect(eve.client)).rejects.toMatchObject(refused(one, 'services'))
    await ada.client.policies.change(one.id, { limits: { services: ['github'] } })
    await connect(eve.client)
    await ada.client.policies.remove(one.id)
    await connect(eve.client)
  })

  it('refuse before the service is asked, with a sentence that names the policy and says what to do', async () => {
    await rule({ connect: { roles: ['admin'] } }, { name: 'Nur für Admins 🔑' })
    const asked = here.sent.length
    const problem = (await connect(eve.client).catch((error: unknown) => error)) as CardeaProblem
    expect(problem.message).toContain('"Nur für Admins 🔑"')
    expect(problem.message).toContain('It lets only admins connect.')
    expect(here.sent).toHaveLength(asked)
    await connect(ada.client)
  })

  it('bind a key by its role, or by its id', async () => {
    const key = await app.key(ada, 'editor')
    const byRole = await rule({ connect: { roles: ['admin'] } })
    await expect(connect(key.client)).rejects.toMatchObject(refused(byRole, 'connect'))
    await ada.client.policies.change(byRole.id, { limits: { connect: { members: [key.id] } } })
    await connect(key.client)
    await expect(connect(ada.client)).rejects.toMatchObject(refused(byRole, 'connect'))
  })

  it('say who may share, at connecting and afterwards; anybody may take back', async () => {
    const before = await connect(eve.client, { visibility: 'workspace' })
    const one = await rule({ share: { members: [await idOf(ada)] } })
    await expect(connect(eve.client, { visibility: 'workspace' })).rejects.toMatchObject(refused(one, 'share'))
    const made = await connect(eve.client)
    await expect(eve.client.connections.change(made.id, { visibility: 'workspace' })).rejects.toMatchObject(
      refused(one, 'share'),
    )
    expect((await eve.client.connections.change(before.id, { visibility: 'private' })).visibility).toBe('private')
    await connect(ada.client, { visibility: 'workspace' })
  })

  it('want the test', async () => {
    const one = await rule({ testFirst: true })
    await expect(connect(eve.client, { skipTest: true })).rejects.toMatchObject(refused(one, 'testFirst'))
    await connect(eve.client)
  })

  it('refuse another credential too', async () => {
    const made = await connect(eve.client)
    const one = await rule({ connect: { roles: ['admin'] } })
    const { account } = here.stands('github', 'token')
    const change = eve.client.connections.change(made.id, { credential: { ...account.fields } })
    await expect(change).rejects.toMatchObject(refused(one, 'connect'))
  })

  it('limit how many one member has of what they apply to, and those that were deleted do not count', async () => {
    const vic = await app.join(ada, 'editor')
    const one = await rule({ mostPerMember: 2 }, { applies: { services: ['github'] } })
    const first = await connect(vic.client)
    await connect(vic.client)
    await expect(connect(vic.client)).rejects.toMatchObject(refused(one, 'mostPerMember'))
    await vic.client.connections.delete(first.id)
    await connect(vic.client)
    await expect(connect(vic.client)).rejects.toMatchObject(refused(one, 'mostPerMember'))
    await ada.client.policies.change(one.id, { applies: { services: ['slack'] } })
    await connect(vic.client)
  })

  it('limit how many are there even when many connect at once', async () => {
    const { client } = await app.neighbour(ada)
    const one = await client.policies.create({ name: 'Five', limits: { mostPerWorkspace: 5, mostPerMember: 9 } })
    const simulator = here.stands('github', 'token')
    const credential = { ...simulator.account.fields }
    // Nobody is answered until all have passed the first decision.
    const all = Promise.withResolvers<void>()
    let arrived = 0
    here.instead(async ({ method, url, headers }) => {
      if (++arrived === 16) all.resolve()
      await all.promise
      return simulator.handle({ method, url, headers })
    })
    const tried = await Promise.allSettled(
      Array.from({ length: 16 }, () => client.connections.create({ provider: 'github', method: 'token', credential })),
    )
    here.instead()
    const failures = tried.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(failures).toHaveLength(11)
    for (const failure of failures) expect(failure).toMatchObject(refused(one, 'mostPerWorkspace'))
    expect((await client.connections.list().page()).items).toHaveLength(5)
  })
})

describe.skipIf(!postgresUrl)('policies at several servers (needs PostgreSQL: CARDEA_TEST_POSTGRES)', () => {
  it('are obeyed by the others at once', async () => {
    const other = await testApp({
      logLevel: 'error',
      database: { ...app.database, folder: `${app.database.folder}-other` },
      environment: { CARDEA_MASTER_KEY_FILE: `${app.database.folder}/data/master.key` },
    })
    onTestFinished(() => other.close())
    const { token } = await app.key(ada, 'editor')
    const there = createClient({ url: other.url, apiKey: token })
    const allows = async () =>
      (await there.policies.explain({ what: 'connect', service: 'github', method: 'token' })).allowed
    expect(await allows()).toBe(true)
    const one = await rule({ connect: {} })
    expect(await allows()).toBe(false)
    await ada.client.policies.remove(one.id)
    expect(await allows()).toBe(true)
  })
})

describe(`keeping policies, on ${databaseName}`, () => {
  it('reads as it was written, page by page', async () => {
    const made = []
    for (let n = 0; n < 5; n++) made.push(await rule({ mostPerMember: n }, { name: `rule ${n}` }))
    expect(made[0]).toMatchObject({
      name: 'rule 0',
      enabled: true,
      applies: {},
      sight: 'full',
      createdBy: await idOf(ada),
    })
    expect(made[0]!.id).toMatch(/^pol_/)
    const names = []
    for await (const { name } of ada.client.policies.list({ limit: 2 })) names.push(name)
    expect(names).toEqual(['rule 0', 'rule 1', 'rule 2', 'rule 3', 'rule 4'])
    expect(await ada.client.policies.get(made[3]!.id)).toEqual(made[3])
  })

  it('records who changed what, with the old and the new', async () => {
    const one = await rule({ services: ['github'] }, { applies: { roles: ['editor'] } })
    await ada.client.policies.change(one.id, { limits: { services: ['slack'] } })
    await ada.client.policies.change(one.id, { name: one.name })
    await ada.client.policies.remove(one.id)
    const old = { name: 'House rule', enabled: true, applies: { roles: ['editor'] }, limits: { services: ['github'] } }
    const changed = { ...old, limits: { services: ['slack'] } }
    expect((await audited(one.id)).map(({ event, risk, detail }) => ({ event, risk, detail }))).toEqual([
      { event: 'policy.created', risk: 'high', detail: { new: old } },
      { event: 'policy.changed', risk: 'high', detail: { old, new: changed } },
      { event: 'policy.deleted', risk: 'high', detail: { old: changed } },
    ])
  })

  it('keeps the longest policy whole in the record', async () => {
    const members = Array.from({ length: 99 }, () => newId('usr'))
    const one = await rule({ connect: { members } }, { name: '规'.repeat(100) })
    await ada.client.policies.change(one.id, { limits: { connect: { members: members.slice(1) } } })
    const [, record] = await audited(one.id)
    expect(record!.detail).toMatchObject({ old: { limits: { connect: { members } } }, new: expect.anything() })
  })

  it('shows a member what binds them, and of the members it names only themselves', async () => {
    const [me, other] = [await idOf(eve), await idOf(ada)]
    const mine = await rule({ share: { members: [me, other] } }, { applies: { members: [other, me] } })
    const everybody = await rule({ connect: { roles: ['editor'], members: [other] } })
    const hidden = [
      await rule({ connect: {} }, { applies: { roles: ['viewer'] } }),
      await rule({ connect: {} }, { applies: { members: [other] } }),
      await rule({ connect: {} }, { enabled: false }),
    ]
    const { items } = await eve.client.policies.list().page()
    expect(items).toEqual([
      { ...mine, sight: 'own', createdBy: null, applies: { members: [me] }, limits: { share: { members: [me] } } },
      { ...everybody, sight: 'own', createdBy: null, limits: { connect: { roles: ['editor'], members: [] } } },
    ])
    expect(JSON.stringify(items)).not.toContain(other)
    for (const { id } of hidden) {
      await expect(eve.client.policies.get(id)).rejects.toMatchObject({ code: 'policy.not_found' })
    }
    const narrowed = await app.key(ada, 'admin', ['connection:read'])
    expect((await narrowed.client.policies.get(mine.id).catch((error: unknown) => error)) as object).toMatchObject({
      code: 'policy.not_found',
    })
  })

  it('is for administrators alone', async () => {
    const one = await rule({ testFirst: true })
    for (const attempt of [
      () => eve.client.policies.create({ name: 'mine', limits: { testFirst: true } }),
      () => eve.client.policies.change(one.id, { enabled: false }),
      () => eve.client.policies.remove(one.id),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'auth.forbidden' })
    }
  })

  it('stays within the workspace', async () => {
    await rule({ connect: {} })
    const { client, workspaceId } = await app.neighbour(ada)
    expect((await client.policies.list().page()).items).toEqual([])
    await connect(client)
    const theirs = await client.policies.create({ name: 'theirs', limits: { testFirst: true } })
    await app.app.store.within({ workspaceId: ada.workspaceId }, (db) => deletePolicy(db, ada.workspaceId, theirs.id))
    expect((await client.policies.get(theirs.id)).id).toBe(theirs.id)
    if (!app.database.url) return
    const seen = await app.app.store.within({ workspaceId: ada.workspaceId }, (db) =>
      db.selectFrom('policies').select('workspace_id').execute(),
    )
    expect(seen.map(({ workspace_id }) => workspace_id)).not.toContain(workspaceId)
  })

  it('makes one policy of a request that is sent twice', async () => {
    const body = { name: 'once', limits: { testFirst: true } }
    const [one, two] = [
      await ada.client.policies.create(body, { idempotencyKey: 'once' }),
      await ada.client.policies.create(body, { idempotencyKey: 'once' }),
    ]
    expect(two).toEqual(one)
    expect((await ada.client.policies.list().page()).items).toHaveLength(1)
  })

  it('holds 500 and no more, and decides by them quickly', async () => {
    const { client } = await app.neighbour(ada)
    const made = []
    for (let n = 0; n < 500; n++) {
      made.push(await client.policies.create({ name: `rule ${n}`, limits: { services: ['github', `service_${n}`] } }))
    }
    await expect(client.policies.create({ name: 'one more', limits: { testFirst: true } })).rejects.toMatchObject({
      code: 'policy.too_many',
    })
    const asked = { what: 'connect', service: 'github', method: 'token' } as const
    const began = performance.now()
    for (let n = 0; n < 10; n++) expect((await client.policies.explain(asked)).findings).toHaveLength(500)
    expect((performance.now() - began) / 10).toBeLessThan(500)
    expect((await client.policies.explain({ ...asked, service: 'service_7' })).refusal?.rule).toBe('services')
  }, 60_000)

  it('is listed across workspaces for sweeps, where a time is limited', async () => {
    const one = await rule({ reauthorizeAfterSeconds: 86_400 })
    await rule({ pauseAfterIdleSeconds: 86_400 }, { enabled: false })
    await rule({ testFirst: true })
    const timed = await app.app.policies.timed()
    expect(timed.get(ada.workspaceId)?.map(({ id }) => id)).toEqual([one.id])
    await ada.client.policies.change(one.id, { limits: { testFirst: true } })
    expect((await app.app.policies.timed()).has(ada.workspaceId)).toBe(false)
  })
})

describe(`explaining, on ${databaseName}`, () => {
  const asked = { what: 'connect', service: 'github', method: 'token' } as const

  it('says beforehand what would be refused, by what, and what allows', async () => {
    expect(await eve.client.policies.explain(asked)).toEqual({ allowed: true, refusal: null, findings: [], silent: [] })
    const forbids = await rule({ connect: { roles: ['admin'] } }, { name: 'who' })
    await rule({ services: ['github'] }, { name: 'what' })
    const explained = await eve.client.policies.explain(asked)
    expect(explained.allowed).toBe(false)
    expect(explained.refusal).toMatchObject({ policyId: forbids.id, policy: 'who', rule: 'connect', allowed: false })
    expect(explained.findings.map(({ policy, allowed }) => [policy, allowed])).toEqual([
      ['who', false],
      ['what', true],
    ])
    await expect(connect(eve.client)).rejects.toMatchObject(refused(forbids, 'connect'))
  })

  it('counts what is there', async () => {
    const vic = await app.join(ada, 'editor')
    await rule({ mostPerMember: 1 })
    expect((await vic.client.policies.explain(asked)).allowed).toBe(true)
    await connect(vic.client)
    expect((await vic.client.policies.explain(asked)).refusal?.rule).toBe('mostPerMember')
    const about = { ...asked, member: await idOf(vic) }
    expect((await ada.client.policies.explain(about)).refusal?.rule).toBe('mostPerMember')
  })

  it('answers about scopes, time, tests and sharing', async () => {
    await rule({ scopes: ['repo'] }, { applies: { services: ['github'] } })
    await rule({ reauthorizeAfterSeconds: 3600, pauseAfterIdleSeconds: 3600, testFirst: true, share: {} })
    const ruleOf = async (more: Partial<ExplainAhead>) =>
      (await eve.client.policies.explain({ ...asked, ...more })).refusal?.rule
    expect(await ruleOf({})).toBeUndefined()
    expect(await ruleOf({ scopes: ['repo'] })).toBeUndefined()
    expect(await ruleOf({ scopes: ['repo', 'admin:org'] })).toBe('scopes')
    expect(await ruleOf({ skipTest: true })).toBe('testFirst')
    expect(await ruleOf({ visibility: 'workspace' })).toBe('share')
    expect(await ruleOf({ what: 'share' })).toBe('share')
    expect(await ruleOf({ what: 'keep', livedSeconds: 3600 })).toBe('reauthorizeAfterSeconds')
    expect(await ruleOf({ what: 'keep', livedSeconds: 3599 })).toBeUndefined()
    expect(await ruleOf({ what: 'idle', idleSeconds: 3600 })).toBe('pauseAfterIdleSeconds')
    expect(await ruleOf({ what: 'first_use', tested: false })).toBe('testFirst')
    expect(await ruleOf({ what: 'first_use', tested: true })).toBeUndefined()
  })

  it('is about others for administrators only, by the role they have', async () => {
    const one = await rule({ connect: {} }, { applies: { roles: ['editor'] } })
    const about = { ...asked, member: await idOf(eve) }
    expect((await ada.client.policies.explain(about)).refusal?.policyId).toBe(one.id)
    expect((await ada.client.policies.explain(asked)).allowed).toBe(true)
    expect((await ada.client.policies.explain({ ...asked, role: 'editor' })).allowed).toBe(false)
    expect((await ada.client.policies.explain({ ...asked, role: 'viewer' })).allowed).toBe(true)
    expect((await eve.client.policies.explain(about)).allowed).toBe(false)
    await expect(eve.client.policies.explain({ ...asked, member: await idOf(ada) })).rejects.toMatchObject({
      code: 'auth.forbidden',
    })
    await expect(eve.client.policies.explain({ ...asked, role: 'admin' })).rejects.toMatchObject({
      code: 'auth.forbidden',
    })
  })

  it('refuses the use of what was never tested, where a test is wanted first', async () => {
    const made = await connect(eve.client, { skipTest: true })
    const one = await rule({ testFirst: true }, { applies: { roles: ['editor'] } })
    const using = { workspaceId: ada.workspaceId, provider: 'github', method: 'token', owner: await idOf(eve) }
    const use = (tested: boolean) =>
      app.app.store.within({ workspaceId: ada.workspaceId }, (db) => app.app.policies.mayUse(db, { ...using, tested }))
    await expect(use(false)).rejects.toMatchObject({ code: 'policy.refused', values: { policyId: one.id } })
    await use(true)
    expect(made.health).toBe('untested')
  })
})
