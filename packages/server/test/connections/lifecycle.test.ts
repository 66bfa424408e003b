import type { Client, CreateConnection } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/clock.ts'
import { Problem } from '../../src/errors.ts'
import type { Browser } from '../app.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

let here: World
let ada: Browser
let client: Client
let numbers = 0

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
  client = ada.client
})
afterAll(() => here?.app.close())

function token(more: Partial<CreateConnection> = {}): CreateConnection {
  const { account } = here.stands('github', 'token')
  return { provider: 'github', method: 'token', credential: { ...account.fields }, ...more }
}
const untried = (more: Partial<CreateConnection> = {}) =>
  client.connections.create(
    { ...token(), credential: { token: `ghp_${'a'.repeat(30)}${String(++numbers).padStart(6, '0')}` }, ...more },
    { skipTest: true },
  )
const all = async (...query: Parameters<Client['connections']['list']>) =>
  (await client.connections.list(...query).page({ limit: 200 })).items
const secretsOf = (id: string) =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('secrets').select(['version', 'field']).where('owner_id', '=', id).execute(),
  )

describe(`the life of a connection, on ${databaseName}`, () => {
  it('begins with a label and an account that the service has named', async () => {
    const made = await client.connections.create(token())
    expect(made).toMatchObject({
      sight: 'full',
      mine: true,
      provider: 'github',
      method: 'token',
      authType: 'apikey',
      visibility: 'private',
      status: 'active',
      health: 'ok',
      account: { id: expect.any(String), label: expect.any(String) },
      duplicateOf: null,
    })
    expect(made.id).toMatch(/^conn_/)
    expect(made.name).toBe(made.account!.label)
    expect(made.lastSuccessAt).not.toBeNull()
    const again = await client.connections.create(token({ name: 'the same again' }))
    expect(again.duplicateOf).toEqual({ id: made.id, name: made.name })
    expect(again.name).toBe('the same again')
    expect((await client.connections.get(made.id)).account).toEqual(again.account)
  })

  it('notices the same credential where the service names no account', async () => {
    const hook: CreateConnection = {
      provider: 'zapier',
      method: 'webhook',
      credential: { ...here.stands('zapier', 'webhook').account.fields },
    }
    const first = await client.connections.create(hook)
    expect((await client.connections.create(hook)).duplicateOf).toEqual({ id: first.id, name: first.name })
  })

  it('is renamed, and recorded by the names of what changed', async () => {
    const made = await untried({ name: 'before' })
    const changed = await client.connections.change(made.id, { name: '  after  ' })
    expect(changed).toMatchObject({ name: 'after', dryRun: false, affected: null })
    const { items } = await client.audit.list({ connection: made.id }).page()
    expect(items[0]).toMatchObject({ event: 'connection.updated', detail: { fields: ['name'] }, subject: made.id })
    expect(items.at(-1)).toMatchObject({ event: 'connection.created' })
    expect(JSON.stringify(items)).not.toContain('ghp_')
  })

  it('is recorded when somebody looks inside, and not when it is listed', async () => {
    const made = await untried()
    await client.connections.list({}).page()
    const before = (await client.audit.list({ connection: made.id }).page()).items.length
    await client.connections.get(made.id)
    const { items } = await client.audit.list({ connection: made.id }).page()
    expect(items.length).toBe(before + 1)
    expect(items[0]).toMatchObject({ event: 'connection.accessed', risk: 'high', connectionId: made.id })
  })

  it('is paused, cannot be used meanwhile, and is tried before it goes on', async () => {
    const made = await client.connections.create(token())
    const { connections } = here.app.app
    const usable = () => connections.usable(ada.workspaceId, made.id)
    const held = await usable()
    expect(connections.epochs.isCurrent(made.id, held.epoch)).toBe(true)
    expect(await client.connections.change(made.id, { status: 'paused' })).toMatchObject({
      status: 'paused',
      reason: 'paused',
    })
    await expect(usable()).rejects.toMatchObject({ code: 'connection.paused' })
    expect(connections.epochs.isCurrent(made.id, held.epoch)).toBe(false)

    const simulator = here.stands('github', 'token')
    simulator.revokeGrant()
    await expect(client.connections.change(made.id, { status: 'active' })).rejects.toMatchObject({ status: 422 })
    expect(await client.connections.get(made.id)).toMatchObject({ status: 'paused', health: 'rejected' })
    here.stands('github', 'token')
    expect(await client.connections.change(made.id, { status: 'active' })).toMatchObject({
      status: 'active',
      health: 'ok',
    })
    expect((await usable()).version).toBe(1)
  })

  it('takes no other status than these two', async () => {
    const made = await untried()
    for (const status of ['error', 'revoked', 'pending']) {
      await expect(client.connections.change(made.id, { status: status as 'active' })).rejects.toMatchObject({
        code: 'request.invalid',
      })
    }
  })

  it('gets another credential under the same id, and the old one is gone', async () => {
    const made = await client.connections.create(token())
    const held = await here.app.app.connections.usable(ada.workspaceId, made.id)
    const changed = await client.connections.change(made.id, { credential: token().credential! })
    expect(changed).toMatchObject({ id: made.id, status: 'active', health: 'ok', affected: { count: 0 } })
    expect(await secretsOf(made.id)).toEqual([{ version: 2, field: 'credential' }])
    expect(here.app.app.connections.epochs.isCurrent(made.id, held.epoch)).toBe(false)
    expect((await here.app.app.connections.usable(ada.workspaceId, made.id)).version).toBe(2)
  })

  it('says that it is broken when the new credential is refused, and mends with the next', async () => {
    const made = await client.connections.create(token())
    const wrong = here.stands('github', 'token').account.wrongFields
    expect(await client.connections.change(made.id, { credential: { ...wrong } })).toMatchObject({
      status: 'error',
      health: 'rejected',
    })
    await expect(here.app.app.connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({
      code: 'connection.not_usable',
      values: { health: 'rejected' },
    })
    expect(await client.connections.change(made.id, { credential: token().credential! })).toMatchObject({
      health: 'ok',
    })
  })

  it('lets one of two who replace the credential at once win, and leaves no other version', async () => {
    const made = await client.connections.create(token())
    const replace = () => client.connections.change(made.id, { credential: token().credential! }, { skipTest: true })
    const outcomes = await Promise.allSettled([replace(), replace(), replace()])
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    expect(won.length).toBeGreaterThan(0)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'connection.changed_meanwhile' })
    }
    const { version } = await here.app.app.connections.usable(ada.workspaceId, made.id)
    expect((await secretsOf(made.id)).map((row) => row.version)).toContain(version)
    await client.connections.delete(made.id)
    expect(await secretsOf(made.id)).toEqual([])
  })

  it('refuses a replacement that was overtaken by another, and keeps what overtook it', async () => {
    const made = await client.connections.create(token())
    const { vault, connections } = here.app.app
    const { put } = vault
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const hasPut = new Promise<void>((resolve) => {
      vault.put = async (...given) => {
        vault.put = put
        await put(...given)
        resolve()
        await held
      }
    })
    const slow = client.connections.change(made.id, { credential: token().credential! }, { skipTest: true })
    const refused = expect(slow).rejects.toMatchObject({ code: 'connection.changed_meanwhile' })
    await hasPut
    await client.connections.change(made.id, { credential: token().credential! }, { skipTest: true })
    release()
    await refused
    expect((await connections.usable(ada.workspaceId, made.id)).version).toBe(3)
    expect(await secretsOf(made.id)).toEqual([{ version: 3, field: 'credential' }])
  })

  it('tells whose steps stop, without doing anything, and does it all the same', async () => {
    const made = await untried()
    await client.connections.registerReference(made.id, { reference: 'nightly/step 1', label: 'Report' })
    await client.connections.registerReference(made.id, { reference: 'nightly/step 1' })
    const actor = { kind: 'key' as const, keyId: 'key_a', workspaceId: ada.workspaceId, role: 'editor' as const }
    for (const run of ['run 1', 'run 2']) {
      const use = { workspaceId: ada.workspaceId, connectionId: made.id, version: 1, run, step: 'weekly/send' }
      await here.app.app.connections.usedBy({ actor, requestId: 'req_test', ip: '' }, use)
    }
    const told = async () => (await client.connections.references(made.id).page()).items
    await expect.poll(async () => (await told()).length).toBe(2)
    const references = await told()
    expect(references).toMatchObject([
      { reference: 'nightly/step 1', label: 'Report', source: 'registered', lastUsedAt: null },
      { reference: 'weekly/send', label: null, source: 'learned' },
    ])
    for (const dry of [
      client.connections.delete(made.id, { dryRun: true }),
      client.connections.change(made.id, { status: 'paused' }, { dryRun: true }),
      client.connections.change(made.id, { credential: { token: 'x' } }, { dryRun: true }),
    ]) {
      expect(await dry).toMatchObject({
        dryRun: true,
        affected: { count: 2, sentence: 'Used by 2 steps, last a moment ago.', references },
      })
    }
    expect(await client.connections.get(made.id)).toMatchObject({ status: 'active' })
    await client.connections.removeReference(made.id, 'nightly/step 1')
    expect(await client.connections.delete(made.id)).toMatchObject({ dryRun: false, affected: { count: 1 } })
  })

  it('ends with a receipt and a tombstone, and is found no more', async () => {
    const made = await untried({ name: 'to be ended' })
    const held = await here.app.app.connections.usable(ada.workspaceId, made.id)
    const receipt = await client.connections.delete(made.id)
    expect(receipt).toEqual({
      id: made.id,
      dryRun: false,
      credential: 'done',
      revocation: {
        state: 'by_hand',
        sentence: expect.stringContaining('stays valid at GitHub'),
        where: expect.stringContaining('https://'),
      },
      affected: { count: 0, lastUsedAt: null, sentence: 'No step is known to use it.', references: [] },
    })
    expect(here.app.app.connections.epochs.isCurrent(made.id, held.epoch)).toBe(false)
    expect(await secretsOf(made.id)).toEqual([])
    const gone = { status: 404, code: 'connection.not_found' }
    for (const call of [
      () => client.connections.get(made.id),
      () => client.connections.change(made.id, { name: 'x' }),
      () => client.connections.test(made.id),
      () => client.connections.delete(made.id),
      () => client.connections.references(made.id).page(),
      () => client.connections.registerReference(made.id, { reference: 'x' }),
      () => client.connections.removeReference(made.id, 'x'),
      () => here.app.app.connections.usable(ada.workspaceId, made.id),
    ]) {
      await expect(call()).rejects.toMatchObject(gone)
    }
    const listed = (await all({ search: 'to be ended' }))[0]!
    expect(listed).toMatchObject({ id: made.id, status: 'revoked', reason: 'deleted', display: { label: 'Revoked' } })

    const { connections, clock } = here.app.app
    await connections.prune(clock.now() + 29 * DAY)
    expect(await all({ search: 'to be ended' })).toHaveLength(1)
    await connections.prune(clock.now() + 31 * DAY)
    expect(await all({ search: 'to be ended' })).toEqual([])
  })

  it('stops at once although the vault does not answer, which is asked until nothing is left', async () => {
    const made = await untried()
    const { vault, connections } = here.app.app
    const { deleteOwner } = vault
    vault.deleteOwner = async () => {
      throw new Problem('vault.unavailable')
    }
    expect(await client.connections.delete(made.id)).toMatchObject({ credential: 'pending' })
    await expect(connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({ code: 'connection.not_found' })
    await connections.prune()
    expect(await secretsOf(made.id)).toHaveLength(1)
    vault.deleteOwner = deleteOwner
    await connections.prune()
    expect(await secretsOf(made.id)).toEqual([])
  })

  it('leaves nothing behind when the vault does not take its credential', async () => {
    const { vault, connections } = here.app.app
    const { put } = vault
    vault.put = async () => {
      throw new Problem('vault.unavailable')
    }
    const before = (await all()).length
    await expect(untried({ name: 'never finished' })).rejects.toMatchObject({ code: 'vault.unavailable' })
    vault.put = put
    const [row] = await all({ search: 'never finished' })
    expect(row).toMatchObject({ status: 'pending', reason: 'not_finished' })
    await expect(connections.usable(ada.workspaceId, row!.id)).rejects.toMatchObject({ code: 'connection.pending' })
    await connections.prune()
    expect((await all()).length).toBe(before)
  })

  it('passes to the administrator who stays when its owner leaves', async () => {
    const neighbour = await here.app.neighbour(ada)
    const leaver = await here.app.join(neighbour, 'admin')
    const shared = await leaver.client.connections.create(token({ name: 'left behind', visibility: 'workspace' }))
    const { id } = await leaver.client.me()
    expect(await leaver.client.members.remove(id)).toEqual({ connections: { deleted: 0, handedOver: 1 } })
    const { owner } = await neighbour.client.connections.get(shared.id)
    expect(owner.id).not.toBe(id)
  })

  it('is listed by page, by filter and by words', async () => {
    const name = (at: number) => `listed 100%_${at}`
    for (let at = 0; at < 5; at++) await untried({ name: name(at), visibility: at % 2 ? 'workspace' : 'private' })
    const names = async (query: Parameters<Client['connections']['list']>[0]) =>
      (await all(query)).map((one) => one.name)
    expect(await names({ search: 'LISTED 100%_' })).toEqual([0, 1, 2, 3, 4].map(name))
    expect(await names({ search: 'listed 1000' })).toEqual([])
    expect(await names({ search: '100%_3 git' })).toEqual([name(3)])
    expect(await names({ search: 'listed 100', visibility: 'workspace' })).toEqual([name(1), name(3)])
    expect(await names({ search: 'listed 100', health: 'ok' })).toEqual([])
    expect(
      await names({ search: 'listed 100', health: 'untested', status: 'active', provider: 'github' }),
    ).toHaveLength(5)
    expect(await names({ search: 'listed 100', owner: (await client.me()).id })).toHaveLength(5)
    expect(await names({ search: 'listed 100', owner: 'usr_somebody' })).toEqual([])
    const pages: (string | null)[] = []
    let cursor: string | null | undefined
    do {
      const page = await client.connections
        .list({ search: 'listed 100' })
        .page({ limit: 2, ...(cursor ? { cursor } : {}) })
      expect(page.items.length).toBeLessThanOrEqual(2)
      pages.push(...page.items.map((one) => one.name))
      cursor = page.nextCursor
    } while (cursor)
    expect(pages).toEqual([0, 1, 2, 3, 4].map(name))
  })

  it('is made once for one idempotency key', async () => {
    const input = token({ name: 'once' })
    const options = { idempotencyKey: `key ${numbers++}`.replace(' ', '-') }
    const [first, second] = [
      await client.connections.create(input, options),
      await client.connections.create(input, options),
    ]
    expect(second.id).toBe(first.id)
  })

  it('comes in numbers from elsewhere, each on its own', async () => {
    const good = token({ name: 'brought along' })
    const { imported, refused, results } = await client.connections.import({
      connections: [
        good,
        { provider: 'nothing_known' },
        { ...good, credential: {} },
        { provider: 'gmail', method: 'oauth' },
      ],
    })
    expect([imported, refused]).toEqual([1, 3])
    expect(results[0]!.connection).toMatchObject({ name: 'brought along', health: 'ok' })
    expect(results.slice(1).map(({ problem }) => problem?.code)).toEqual([
      'service.not_found',
      'request.invalid',
      'connection.method_needs_browser',
    ])
    expect(results[2]!.problem!.issues).toEqual([{ path: 'body.credential.token', message: 'is missing' }])
  })

  it('ends when its owner is removed, and a shared one is handed over', async () => {
    const editor = await here.app.join(ada, 'editor')
    const { id: editorId } = await editor.client.me()
    const own = await editor.client.connections.create(token({ name: 'own' }))
    const shared = await editor.client.connections.create(token({ name: 'shared', visibility: 'workspace' }))
    const report = await client.members.remove(editorId)
    expect(report).toEqual({ connections: { deleted: 1, handedOver: 1 } })
    await here.app.app.connections.prune()
    expect(await secretsOf(own.id)).toEqual([])
    expect(await client.connections.get(shared.id)).toMatchObject({ mine: true, status: 'active' })
    expect((await all({ status: 'revoked' })).map(({ id }) => id)).toContain(own.id)
  })

  it('ends with its workspace', async () => {
    const neighbour = await here.app.neighbour(ada)
    const made = await neighbour.client.connections.create(token())
    const { epoch } = await here.app.app.connections.usable(neighbour.workspaceId, made.id)
    // Whoever made the workspace is in it too, and joined to it an administrator.
    expect(await neighbour.client.workspace.delete()).toEqual({ members: 2, keys: 0, connections: 1 })
    expect(here.app.app.connections.epochs.isCurrent(made.id, epoch)).toBe(false)
    expect(await secretsOf(made.id)).toEqual([])
    await expect(here.app.app.connections.usable(neighbour.workspaceId, made.id)).rejects.toMatchObject({
      code: 'connection.not_found',
    })
  })
})
