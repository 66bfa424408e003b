import { type CardeaProblem, createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf } from './house.ts'

let here: BrokerHouse
let connection: string
beforeAll(async () => {
  here = await brokerHouse()
  connection = await here.connect({ name: 'work' })
})
afterAll(() => here?.app.close())

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error as CardeaProblem,
  )

describe(`skills on ${databaseName}`, () => {
  it('are registered by a file, and the same file again changes nothing', async () => {
    const manifest = 'name: reader\ncredentials: [github]\nmethods: [GET]\n'
    const made = await here.ada.client.skills.put('reader', { manifest })
    expect(made).toMatchObject({ name: 'reader', version: 1, status: 'active', runners: null })
    expect(await here.ada.client.skills.put('reader', { manifest })).toEqual(made)
    const json = { name: 'reader', credentials: ['github'], methods: ['GET', 'HEAD'] }
    expect(await here.ada.client.skills.put(made.id, { manifest: json })).toMatchObject({ id: made.id, version: 2 })
    const { items } = await here.ada.client.skills.versions('reader').page()
    expect(items.map(({ version, manifest }) => [version, manifest.methods])).toEqual([
      [2, ['GET', 'HEAD']],
      [1, ['GET']],
    ])
    expect(await codeOf(here.ada.client.skills.create({ manifest: json }))).toBe('skill.name_taken')
  })

  it('say where a manifest is wrong', async () => {
    const wrong: [string | Record<string, unknown>, string][] = [
      ['name: [', ''],
      [{ credentials: ['github'] }, 'name'],
      [{ name: 'skill_x', credentials: ['github'] }, 'name'],
      [{ name: 'Big', credentials: ['github'] }, 'name'],
      [{ name: 'x', credentials: [] }, 'credentials'],
      [{ name: 'x', credentials: ['nowhere_at_all'] }, 'credentials.0'],
      [{ name: 'x', credentials: ['github'], paths: ['/a/../b'] }, 'paths.0'],
      [{ name: 'x', credentials: ['github'], hosts: ['https://x'] }, 'hosts.0'],
      [{ name: 'x', credentials: ['github'], scopes: { slack: ['a'] } }, 'scopes.slack'],
      [{ name: 'x', credentials: ['github'], anything: 1 }, ''],
    ]
    for (const [manifest, path] of wrong) {
      const { code, issues } = await refusal(here.ada.client.skills.create({ manifest }))
      expect([code, issues[0]?.path], JSON.stringify(manifest)).toEqual(['skill.invalid', path])
    }
    expect(await codeOf(here.ada.client.skills.put('other', { manifest: 'name: x\ncredentials: [github]' }))).toBe(
      'skill.invalid',
    )
  })

  it('are for administrators to register, and another workspace knows nothing of them', async () => {
    const manifest = { name: 'ours', credentials: ['github'] }
    const { id } = await here.ada.client.skills.create({ manifest })
    const editor = await here.app.join(here.ada, 'editor')
    expect(await codeOf(editor.client.skills.create({ manifest: { ...manifest, name: 'theirs' } }))).toBe(
      'auth.forbidden',
    )
    expect(await codeOf(editor.client.skills.get('ours'))).toBe('allowed')
    const stranger = await here.app.neighbour(here.ada)
    for (const named of [id, 'ours']) {
      expect(await codeOf(stranger.client.skills.get(named))).toBe('skill.not_found')
      expect(await codeOf(stranger.client.skills.change(named, { status: 'stopped' }))).toBe('skill.not_found')
      expect(await codeOf(stranger.client.skills.remove(named))).toBe('skill.not_found')
      expect(await codeOf(stranger.client.brokerTokens.create({ skill: named }))).toBe('skill.not_found')
    }
    expect(await codeOf(stranger.client.skills.put(id, { manifest }))).toBe('skill.not_found')
    expect(await codeOf(stranger.client.skills.create({ manifest }))).toBe('allowed')
  })

  it('reach nothing that they do not declare, and tokens that are out obey a new manifest', async () => {
    await here.ada.client.skills.put('narrow', {
      manifest: { name: 'narrow', credentials: ['github'], methods: ['GET'], paths: ['/repos/**'] },
    })
    expect(await codeOf(here.ada.client.brokerTokens.create({ skill: 'narrow', methods: ['POST'] }))).toBe(
      'token.beyond_manifest',
    )
    expect(await codeOf(here.ada.client.brokerTokens.create({ skill: 'narrow', paths: ['/**'] }))).toBe(
      'token.beyond_manifest',
    )
    const { token } = await here.mint({ skill: 'narrow', connections: [connection] })
    expect(await codeOf(here.redeem(token, connection, { path: '/repos/a' }))).toBe('allowed')
    expect(await codeOf(here.redeem(token, connection, { path: '/user' }))).toBe('token.wrong_path')
    await here.ada.client.skills.put('narrow', {
      manifest: { name: 'narrow', credentials: ['github'], methods: ['GET'], paths: ['/user'] },
    })
    expect(await codeOf(here.redeem(token, connection, { path: '/repos/a' }))).toBe('token.wrong_path')
    expect(await codeOf(here.redeem(token, connection, { path: '/user' }))).toBe('allowed')
    await here.ada.client.skills.put('narrow', { manifest: { name: 'narrow', credentials: ['slack'] } })
    expect(await codeOf(here.redeem(token, connection, { path: '/user' }))).toBe('token.outside_manifest')
    expect(await codeOf(here.ada.client.brokerTokens.create({ skill: 'narrow', connections: [connection] }))).toBe(
      'token.outside_manifest',
    )
  })

  it('that declare actions and nothing else make no calls of their own', async () => {
    await here.ada.client.skills.put('acting', {
      manifest: { name: 'acting', credentials: ['github'], actions: ['github.create_issue'] },
    })
    const { token } = await here.mint({ skill: 'acting', connections: [connection] })
    expect(await codeOf(here.redeem(token, connection))).toBe('token.wrong_action')
    expect(await codeOf(here.redeem(token, connection, { action: 'github.delete_repo' }))).toBe('token.wrong_action')
    expect(await codeOf(here.redeem(token, connection, { action: 'github.create_issue' }))).toBe('allowed')
  })

  it('have keys of their own, which mint for them and do nothing else', async () => {
    const { id } = await here.ada.client.skills.put('keyed', { manifest: { name: 'keyed', credentials: ['github'] } })
    const key = await here.ada.client.skills.createKey('keyed', { name: 'on the worker' })
    expect(key).toMatchObject({ skillId: id, permissions: ['token:mint'] })
    const client = createClient({ url: here.app.url, apiKey: key.token })
    const made = await client.brokerTokens.create({ connections: [connection] })
    expect(made).toMatchObject({ skill: id, onBehalfOf: key.id })
    expect(await codeOf(client.brokerTokens.create({ skill: 'reader', connections: [connection] }))).toBe(
      'token.wrong_skill',
    )
    for (const work of [
      () => client.me(),
      () => client.connections.list().page(),
      () => client.skills.list().page(),
      () => client.services.list().page(),
      () => client.keys.list().page(),
    ]) {
      expect(await codeOf(work())).toBe('auth.forbidden')
    }
    expect((await client.brokerTokens.list().page()).items.map((each) => each.id)).toEqual([made.id])
    await here.ada.client.skills.remove('keyed')
    expect(await codeOf(client.brokerTokens.create({ connections: [connection] }))).toBe('auth.rejected')
    expect(await codeOf(here.redeem(Secret.of(made.token), connection))).toBe('token.skill_stopped')
  })

  it('are run by whom they name', async () => {
    const bob = await here.app.join(here.ada, 'editor')
    const { id: bobId } = await bob.client.me()
    const manifest = { name: 'few', credentials: ['github'] }
    await here.ada.client.skills.put('few', { manifest, runners: { members: [bobId] } })
    const asked = { skill: 'few', connections: [connection] }
    expect(await codeOf(here.ada.client.brokerTokens.create(asked))).toBe('token.wrong_skill')
    expect(await codeOf(bob.client.brokerTokens.create(asked))).toBe('allowed')
    await here.ada.client.skills.change('few', { runners: { roles: ['admin'] } })
    expect(await codeOf(here.ada.client.brokerTokens.create(asked))).toBe('allowed')
    expect(await codeOf(bob.client.brokerTokens.create(asked))).toBe('token.wrong_skill')
    await here.ada.client.skills.change('few', { runners: null })
    expect(await codeOf(bob.client.brokerTokens.create(asked))).toBe('allowed')
  })

  it('are recorded when somebody changes them', async () => {
    const { id } = await here.ada.client.skills.put('told', { manifest: { name: 'told', credentials: ['github'] } })
    await here.ada.client.skills.change('told', { status: 'stopped' })
    await here.ada.client.skills.change('told', { status: 'stopped' })
    await here.ada.client.skills.change('told', { status: 'active' })
    await here.ada.client.skills.remove('told')
    const { items } = await here.ada.client.audit.list({}).page({ limit: 200 })
    expect(items.filter(({ subject }) => subject === id).map(({ event }) => event)).toEqual([
      'skill.deleted',
      'skill.started',
      'skill.stopped',
      'skill.created',
    ])
    expect(
      await codeOf(here.ada.client.skills.put('told', { manifest: { name: 'told', credentials: ['github'] } })),
    ).toBe('allowed')
  })
})

describe(`a connection that is named by its service, on ${databaseName}`, () => {
  it('is taken when one fits, and chosen by whoever asks when several do', async () => {
    const own = await here.app.neighbour(here.ada)
    const { code, values } = await refusal(own.client.brokerTokens.create({ connections: ['github'] }))
    expect([code, values.connectUrl]).toEqual([
      'token.no_connection',
      expect.stringContaining('/connections?connect=github'),
    ])
    const first = await here.connect({ by: own, name: 'first' })
    expect((await own.client.brokerTokens.create({ connections: ['github'] })).connections[0]!.id).toBe(first)
    const second = await here.connect({ by: own, name: 'second' })
    const several = await refusal(own.client.brokerTokens.create({ connections: ['github'] }))
    expect(several.code).toBe('token.choice_needed')
    expect(several.values.choices).toEqual([
      { id: first, label: 'first', account: expect.any(String) },
      { id: second, label: 'second', account: expect.any(String) },
    ])
    await own.client.connections.change(first, { status: 'paused' })
    expect((await own.client.brokerTokens.create({ connections: ['github'] })).connections[0]!.id).toBe(second)
  })

  it('is never private to somebody else, whoever it is for', async () => {
    const admin = await here.app.neighbour(here.ada)
    const bob = await here.app.join(admin, 'editor')
    const { id: bobId } = await bob.client.me()
    const bobs = await here.connect({ by: bob, visibility: 'private' })
    const { client: key } = await here.app.key(admin, 'admin')
    const asks = (client: typeof key, more: object) => codeOf(client.brokerTokens.create(more))
    expect(await asks(bob.client, { connections: [bobs] })).toBe('allowed')
    for (const named of [bobs, 'github']) {
      const none = named === bobs ? ['connection.private'] : ['token.no_connection']
      expect(none).toContain(await asks(admin.client, { connections: [named] }))
      expect(none).toContain(await asks(key, { connections: [named] }))
      expect(none).toContain(await asks(key, { connections: [named], onBehalfOf: bobId }))
    }
    const admins = await here.connect({ by: admin, visibility: 'private' })
    expect(await asks(admin.client, { connections: [admins] })).toBe('allowed')
    expect(await asks(admin.client, { connections: [admins], onBehalfOf: bobId })).toBe('token.other_person')
    expect(await asks(bob.client, { connections: [admins] })).toBe('connection.not_found')
  })

  it('says which scope is missing, with a link that asks for that one alone', async () => {
    const { app } = here.app
    const { store } = app
    const { changeConnection } = await import('../../src/store/connections.ts')
    const scoped = await here.connect({ name: 'scoped' })
    await store.within({ workspaceId: here.ada.workspaceId }, (db) =>
      changeConnection(db, { workspace_id: here.ada.workspaceId, id: scoped }, { scopes: '["repo"]' }),
    )
    const scopes = { github: ['repo', 'gist'] }
    await here.ada.client.skills.put('scoped', { manifest: { name: 'scoped', credentials: ['github'], scopes } })
    const { code, values } = await refusal(
      here.ada.client.brokerTokens.create({ skill: 'scoped', connections: [scoped] }),
    )
    expect([code, values.missing, values.reauthorizeUrl]).toEqual([
      'token.scope_missing',
      ['gist'],
      `${here.app.url}/connections/${scoped}?reauthorize=1&scopes=gist`,
    ])
  })
})

describe(`minting, on ${databaseName}`, () => {
  it('refuses what has no sense, and says where', async () => {
    const wrong: object[] = [
      {},
      { connections: [] },
      { connections: ['github', 'github'] },
      { connections: [connection], lifeSeconds: 59 },
      { connections: [connection], lifeSeconds: 901 },
      { connections: [connection], uses: 0 },
      { connections: [connection], uses: 1.5 },
      { connections: [connection], bytes: -1 },
      { connections: [connection], paths: ['/a/%2e%2e'] },
      { connections: [connection], methods: ['get'] },
      { connections: [connection], hosts: ['*'] },
      { connections: [connection], proof: 'x' },
      { connections: [connection], toolCall: 'a\nb' },
      { connections: [connection], more: 1 },
      { connections: ["' or 1=1 --"] },
    ]
    for (const input of wrong) {
      expect(await codeOf(here.ada.client.brokerTokens.create(input as never)), JSON.stringify(input)).toBe(
        'request.invalid',
      )
    }
  })

  it('is for administrators, editors and keys', async () => {
    const viewer = await here.app.join(here.ada, 'viewer')
    expect(await codeOf(viewer.client.brokerTokens.create({ connections: [connection] }))).toBe('auth.forbidden')
    const { client } = await here.app.key(here.ada, 'editor', ['connection:read'])
    expect(await codeOf(client.brokerTokens.create({ connections: [connection] }))).toBe('auth.forbidden')
  })

  it('is recorded, and shows the token once', async () => {
    const made = await here.ada.client.brokerTokens.create({ connections: [connection], run: 'r9' })
    const seen = await here.ada.client.brokerTokens.get(made.id)
    const { token, ...rest } = made
    expect(seen).toEqual(rest)
    expect(JSON.stringify(await here.ada.client.brokerTokens.list().page())).not.toContain(token)
    const { items } = await here.ada.client.audit.list({ event: 'broker_token.minted' }).page()
    expect(items[0]).toMatchObject({ subject: made.id, run: 'r9', connectionId: connection })
    expect(JSON.stringify(items)).not.toContain(token)
    expect(here.app.logged.join('')).not.toContain(token)
  })

  it('wants a skill where the operator says so', async () => {
    const strict = await testApp({ logLevel: 'error', environment: { CARDEA_REQUIRE_MANIFEST: '1' } })
    try {
      const admin = await strict.setUp()
      expect(await codeOf(admin.client.brokerTokens.create({ connections: ['github'] }))).toBe('token.manifest_needed')
      await admin.client.skills.create({ manifest: { name: 'x', credentials: ['github'] } })
      expect(await codeOf(admin.client.brokerTokens.create({ skill: 'x' }))).toBe('token.no_connection')
    } finally {
      await strict.close()
    }
  })
})
