import type { AuditRecord, Client } from '@cardea/sdk'
import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../../src/actor.ts'
import { MINUTE } from '../../src/clock.ts'
import type { StepUse } from '../../src/connections/connections.ts'
import type { Browser } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

/** What the trail says of a connection: who looked, who changed, and at which step of which run it was used. */
let here: World
let clock: TestClock
let ada: Browser
let client: Client
let viewer: Client
let runner: Actor

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock: { ...clock, every: () => () => {} } })
  ada = await here.app.setUp()
  client = ada.client
  viewer = (await here.app.join(ada, 'viewer')).client
  const { id } = await here.app.key(ada, 'editor')
  runner = { kind: 'key', keyId: id, workspaceId: ada.workspaceId, role: 'editor' }
})
afterAll(() => here?.app.close())

const token = () => ({ ...here.stands('github', 'token').account.fields })
const connected = () =>
  client.connections.create({ provider: 'github', method: 'token', credential: token(), visibility: 'workspace' })
const recordsOf = async (connection: string, event?: string): Promise<AuditRecord[]> => {
  const { items } = await client.audit.list({ connection, ...(event ? { event } : {}) }).page({ limit: 200 })
  return items.reverse()
}
const STEP = {
  skill: 'nightly-report',
  toolCall: 'call_7',
  run: 'run_2026_01',
  step: 'report/send',
  onBehalfOf: 'usr_somebody',
  host: 'api.github.com',
  method: 'POST',
  path: '/repos/a/b/issues',
}
const use = (connectionId: string, more: Partial<StepUse> = {}) =>
  here.app.app.connections.usedBy(
    { actor: runner, requestId: 'req_step', ip: '192.0.2.7' },
    { ...STEP, workspaceId: ada.workspaceId, connectionId, version: 1, ...more },
  )

type Row = [what: string, act: (id: string) => Promise<unknown>, recorded: [event: string, risk: string][]]

const table: Row[] = [
  ['listing', () => client.connections.list().page(), []],
  ['searching', () => client.connections.list({ search: 'github', status: 'active' }).page(), []],
  ['looking inside', (id) => client.connections.get(id), [['connection.accessed', 'high']]],
  ['looking inside as a viewer', (id) => viewer.connections.get(id), [['connection.accessed', 'high']]],
  ['its references', (id) => client.connections.references(id).page(), []],
  ['renaming', (id) => client.connections.change(id, { name: 'another' }), [['connection.updated', 'low']]],
  ['renaming to the same', (id) => client.connections.change(id, { name: 'github' }), []],
  ['a dry run', (id) => client.connections.change(id, { status: 'paused' }, { dryRun: true }), []],
  ['pausing', (id) => client.connections.change(id, { status: 'paused' }), [['connection.updated', 'low']]],
  [
    'making it private',
    (id) => client.connections.change(id, { visibility: 'private' }),
    [['connection.updated', 'high']],
  ],
  [
    'replacing the credential',
    (id) => client.connections.change(id, { credential: token() }),
    [['connection.updated', 'high']],
  ],
  ['testing', (id) => client.connections.test(id), [['connection.tested', 'low']]],
  ['one use', (id) => use(id), [['connection.used', 'low']]],
  [
    'three uses of a step',
    async (id) => {
      for (const toolCall of ['1', '2', '3']) await use(id, { toolCall })
    },
    [
      ['connection.used', 'low'],
      ['connection.used', 'low'],
      ['connection.used', 'low'],
    ],
  ],
  ['deleting', (id) => client.connections.delete(id), [['connection.deleted', 'high']]],
]

describe(`what is on record of a connection, on ${databaseName}`, () => {
  it.each(table)('%s', async (_what, act, recorded) => {
    const { id } = await connected()
    await client.connections.change(id, { name: 'github' })
    await clock.advance(1)
    const before = (await recordsOf(id)).length
    const everything = (await client.audit.list().page({ limit: 200 })).items.length
    await act(id)
    const after = (await recordsOf(id)).slice(before)
    expect(after.map(({ event, risk }) => [event, risk])).toEqual(recorded)
    expect((await client.audit.list().page({ limit: 200 })).items.length).toBe(
      Math.min(200, everything + recorded.length),
    )
  })

  it('names of a use who, for whom, at which step of which run, and where it went', async () => {
    const { id } = await connected()
    const other = await connected()
    await use(id)
    const at = clock.now()
    await use(other.id, { step: 'another/step' })
    await client.connections.get(id)
    await client.connections.change(id, { name: 'renamed' })
    const uses = await recordsOf(id, 'connection.used')
    expect(uses).toEqual([
      {
        ...STEP,
        id: expect.any(String),
        at: new Date(at).toISOString(),
        workspaceId: ada.workspaceId,
        event: 'connection.used',
        risk: 'low',
        actor: { kind: 'key', id: runner.kind === 'key' && runner.keyId },
        subject: id,
        requestId: 'req_step',
        ip: '192.0.2.7',
        connectionId: id,
        credentialVersion: 1,
        status: null,
        bytesIn: null,
        bytesOut: null,
        durationMs: null,
        detail: null,
      },
    ])
    const found = await client.audit.list({ skill: STEP.skill, event: 'connection.used' }).page({ limit: 200 })
    expect(found.items.map(({ connectionId }) => connectionId)).toContain(id)
    expect((await recordsOf(id, 'connection.accessed')).map(({ step }) => step)).toEqual([null])
  })

  it('holds what is known of the answer too, where it is known', async () => {
    const { id } = await connected()
    await use(id, { status: 201, bytesIn: 12, bytesOut: 3400, durationMs: 87 })
    expect((await recordsOf(id, 'connection.used'))[0]).toMatchObject({
      status: 201,
      bytesIn: 12,
      bytesOut: 3400,
      durationMs: 87,
    })
  })

  it('holds no token that somebody put into the name of a step', async () => {
    const { id } = await connected()
    const planted = `cardea_key_${'a'.repeat(43)}`
    await use(id, { step: `step ${planted}`, path: `/x?access_token=${planted}` })
    expect(JSON.stringify(await recordsOf(id))).not.toContain('aaaa')
    const references = async () => (await client.connections.references(id).page()).items
    await expect.poll(async () => (await references()).length).toBe(1)
    expect(JSON.stringify(await references())).not.toContain('aaaa')
  })

  it('teaches which step uses it, at most once a minute, by its name and not by that of the run', async () => {
    const { id } = await connected()
    const references = async () =>
      (await client.connections.references(id).page()).items.map(({ reference, source, lastUsedAt }) => [
        reference,
        source,
        lastUsedAt && Date.parse(lastUsedAt),
      ])
    const first = clock.now()
    for (const run of ['1', '2', '3']) await use(id, { run, toolCall: `call ${run}` })
    const { step: _step, ...withoutStep } = STEP
    const withoutName = { run: 'run', toolCall: 'call', workspaceId: ada.workspaceId, connectionId: id, version: 1 }
    const caller = { actor: runner, requestId: 'req_step', ip: '' }
    await here.app.app.connections.usedBy(caller, { ...withoutName, ...withoutStep })
    await here.app.app.connections.usedBy(caller, withoutName)
    await expect.poll(references).toEqual([
      [STEP.skill, 'learned', first],
      [STEP.step, 'learned', first],
    ])
    await clock.advance(MINUTE / 2)
    await use(id)
    await clock.advance(MINUTE / 2)
    const later = clock.now()
    await use(id)
    await expect.poll(references).toEqual([
      [STEP.skill, 'learned', first],
      [STEP.step, 'learned', later],
    ])
    expect(await recordsOf(id, 'connection.used')).toHaveLength(7)
  })

  it('does not let whoever calls fill the database with names of steps', async () => {
    const { id } = await connected()
    const { store } = here.app.app
    const { workspaceId } = ada
    const row = { workspace_id: workspaceId, connection_id: id, label: null, source: 'learned', created_by: 'use' }
    const rows = Array.from({ length: 999 }, (_, at) => ({
      ...(row as typeof row & { source: 'learned' }),
      reference: `step ${String(at).padStart(4, '0')}`,
      created_at: 1,
      last_used_at: 1,
    }))
    await store.within({ workspaceId }, (db) => db.insertInto('connection_references').values(rows).execute())
    for (const step of ['one', 'too many', 'one too many']) await use(id, { step })
    await use(id, { step: 'step 0001' })
    const learned = async () => {
      const { items } = await client.connections.references(id).page()
      return [items.length, items.filter(({ lastUsedAt }) => lastUsedAt && Date.parse(lastUsedAt) > 1).length]
    }
    await expect.poll(learned).toEqual([1000, 2])
  })

  it('is on record although the step cannot be noted: the connection is gone', async () => {
    const { id } = await connected()
    await client.connections.delete(id)
    await clock.advance(1)
    await use(id)
    expect((await recordsOf(id)).at(-1)).toMatchObject({ event: 'connection.used', step: STEP.step })
  })

  it('costs nothing of the database but the audit batch, once a step is known', async () => {
    const { id } = await connected()
    await use(id)
    await expect.poll(async () => (await client.connections.references(id).page()).items.length).toBe(1)
    const { store, audit } = here.app.app
    let statements = 0
    let transactions = 0
    const { within } = store
    const counts: KyselyPlugin = {
      transformQuery: ({ node }) => {
        statements++
        return node
      },
      transformResult: async ({ result }) => result,
    }
    store.within = (scope, work) => {
      transactions++
      return within(scope, (db) => work(db.withPlugin(counts)))
    }
    const { commits } = audit.stats()
    await Promise.all(Array.from({ length: 64 }, (_, at) => use(id, { toolCall: `call ${at}` })))
    store.within = within
    const more = audit.stats().commits - commits
    expect(transactions).toBe(more)
    expect(more).toBeLessThan(5)
    expect(statements).toBeLessThan(5 * 6)
    expect(await recordsOf(id, 'connection.used')).toHaveLength(65)
  })
})
