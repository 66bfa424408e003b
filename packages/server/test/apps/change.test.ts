import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEPLOYMENT } from '../../src/store/schema.ts'
import type { Browser, TestApp } from '../app.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { minted, mintedBy, ofGithub, ofMicrosoft, SECRET } from './house.ts'

let here: World
let app: TestApp
let ada: Browser
let eve: Browser
let ned: Browser

beforeAll(async () => {
  here = await world()
  app = here.app
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
  ned = await app.neighbour(ada)
})
afterAll(() => app?.close())

const secretOf = async (workspaceId: string, id: string) =>
  (await app.app.apps.find(workspaceId, id))?.client.secret?.reveal()
const kept = (id: string) =>
  app.app.store.sweep((db) => db.selectFrom('secrets').select('version').where('owner_id', '=', id).execute())
const idOf = async ({ client }: Browser) => (await client.me()).id

describe(`changing an OAuth app, on ${databaseName}`, () => {
  it('keeps every connection when the secret is replaced, and destroys the old one', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const connection = await minted(app, eve, id)
    const generation = (await app.app.apps.find(ada.workspaceId, id))!.generation
    const changed = await ada.client.apps.change(id, { clientSecret: 'the next secret' })
    expect(changed).toMatchObject({ id, dryRun: false, mustReconnect: { count: 0, connections: [] } })
    expect(changed.mustReconnect.sentence).toBe('Nobody has to connect again.')
    expect(await secretOf(ada.workspaceId, id)).toBe('the next secret')
    expect((await app.app.apps.find(ada.workspaceId, id))!.generation).toBe(generation)
    expect(await kept(id)).toEqual([{ version: 2 }])
    expect((await eve.client.connections.get(connection)).status).toBe('active')
    await ada.client.apps.remove(id)
  })

  it('wants the secret anew for another client id or setting: nobody points a stored one at a host of their own', async () => {
    const { id } = await ada.client.apps.create(ofMicrosoft())
    for (const patch of [{ clientId: 'another' }, { settings: { tenant: 'evil.example' } }]) {
      await expect(ada.client.apps.change(id, patch)).rejects.toMatchObject({ code: 'app.secret_needed' })
      await expect(ada.client.apps.change(id, { ...patch, extraScopes: ['x'] })).rejects.toMatchObject({
        code: 'app.secret_needed',
      })
    }
    expect(await ada.client.apps.get(id)).toMatchObject({
      clientId: ofMicrosoft().clientId,
      settings: { tenant: 'common' },
      extraScopes: [],
    })
    // What it has already is no change.
    await ada.client.apps.change(id, { clientId: ofMicrosoft().clientId!, settings: { tenant: 'common' } })
    expect(await secretOf(ada.workspaceId, id)).toBe(SECRET)
    const changed = await ada.client.apps.change(id, { settings: { tenant: 'contoso.com' }, clientSecret: 'theirs' })
    expect(changed.settings).toEqual({ tenant: 'contoso.com' })
    expect(await app.app.apps.find(ada.workspaceId, id)).toMatchObject({ generation: 2 })
    await ada.client.apps.remove(id)
  })

  it('drops every secret of the client before: only what was entered for the new one is shown to it', async () => {
    const { id } = await ada.client.apps.create({
      provider: 'trello',
      methods: ['oauth', 'authorize'],
      clientId: 'one',
      clientSecret: SECRET,
      fields: { key: '0123456789abcdef0123456789abcdef' },
    })
    await expect(ada.client.apps.change(id, { clientId: 'two', clientSecret: 'new' })).rejects.toMatchObject({
      issues: [{ path: 'body.fields.key', message: 'is missing' }],
    })
    const fields = { key: 'fedcba9876543210fedcba9876543210' }
    // A field alone is a secret like another: the rest stays.
    await ada.client.apps.change(id, { fields })
    const found = await app.app.apps.find(ada.workspaceId, id)
    expect(found!.client.secret!.reveal()).toBe(SECRET)
    expect(found!.fields.key!.reveal()).toBe(fields.key)
    await ada.client.apps.change(id, { clientId: 'two', clientSecret: 'new', fields })
    expect(await app.app.apps.find(ada.workspaceId, id)).toMatchObject({ generation: 2, client: { id: 'two' } })
    await ada.client.apps.remove(id)
  })

  it('says first who must connect again: by id, name and owner, and of what is private to others no name', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const mine = await minted(app, ada, id)
    const theirs = await minted(app, eve, id)
    const shared = await minted(app, eve, id, 'workspace')
    const name = (await eve.client.connections.get(shared)).name
    const seen = await ada.client.apps.change(id, { clientId: 'Iv1.another' }, { dryRun: true })
    expect(seen).toMatchObject({ dryRun: true, mustReconnect: { count: 3, workspaces: 1 } })
    expect(seen.mustReconnect.connections).toEqual([
      { id: mine, name: expect.any(String), owner: { kind: 'person', id: await idOf(ada) } },
      { id: theirs, name: null, owner: { kind: 'person', id: await idOf(eve) } },
      { id: shared, name, owner: { kind: 'person', id: await idOf(eve) } },
    ])
    expect(await ada.client.apps.get(id)).toMatchObject({ clientId: ofGithub().clientId })
    for (const one of [mine, shared]) expect((await ada.client.connections.get(one)).status).toBe('active')

    const done = await ada.client.apps.change(id, { clientId: 'Iv1.another', clientSecret: 'new' })
    expect(done.mustReconnect).toEqual(seen.mustReconnect)
    for (const [who, one] of [
      [ada, mine],
      [eve, theirs],
      [eve, shared],
    ] as const) {
      expect(await who.client.connections.get(one)).toMatchObject({
        status: 'error',
        health: 'needs_reauth',
        reason: 'app_replaced',
      })
      await expect(app.app.connections.usable(ada.workspaceId, one)).rejects.toMatchObject({
        code: 'connection.not_usable',
      })
    }
    expect(await mintedBy(app, ada.workspaceId, id)).toEqual([])
    const { items } = await ada.client.events.list({ limit: 200 }).page()
    const told = items
      .filter(({ type, subject }) => type === 'connection.needs_reauth' && [mine, theirs, shared].includes(subject))
      .map(({ subject }) => subject)
    expect(told.sort()).toEqual([mine, theirs, shared].sort())
    await ada.client.apps.remove(id)
  })

  it('refuses nothing when it is removed, names who depends on it, and their connections say why', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const one = await minted(app, eve, id, 'workspace')
    const seen = await ada.client.apps.remove(id, { dryRun: true })
    expect(seen).toMatchObject({ id, dryRun: true, mustReconnect: { count: 1, connections: [{ id: one }] } })
    expect((await eve.client.connections.get(one)).status).toBe('active')
    await ada.client.apps.remove(id)
    expect(await eve.client.connections.get(one)).toMatchObject({ status: 'error', reason: 'app_removed' })
    expect((await eve.client.connections.get(one)).display.sentence).toContain('removed the OAuth app')
    expect(await kept(id)).toEqual([])
    await expect(ada.client.apps.get(id)).rejects.toMatchObject({ code: 'app.not_found' })
    // What is over stays so, although the service takes what it once gave.
    here.instead(async () => ({ status: 200, headers: {}, body: '{"id":1,"login":"eve"}' }))
    await app.app.connections.probe(ada.workspaceId, one)
    expect(await eve.client.connections.get(one)).toMatchObject({ status: 'error', reason: 'app_removed' })
    await app.app.apps.prune()
  })

  it('of the deployment ends in every workspace, and is counted without a name', async () => {
    const { id } = await ada.client.deployment.apps.create(ofGithub())
    const here = await minted(app, ada, id)
    const there = await minted(app, ned, id)
    const seen = await ada.client.deployment.apps.change(id, { clientId: 'another' }, { dryRun: true })
    expect(seen.mustReconnect).toEqual({
      count: 2,
      workspaces: 2,
      sentence: '2 connections in 2 workspaces will have to be connected again.',
      connections: [],
    })
    await ada.client.deployment.apps.change(id, { clientId: 'another', clientSecret: 'new' })
    expect(await ada.client.connections.get(here)).toMatchObject({ reason: 'app_replaced' })
    expect(await ned.client.connections.get(there)).toMatchObject({ reason: 'app_replaced' })
    await ada.client.deployment.apps.remove(id)
    expect(await app.app.apps.find(DEPLOYMENT, id)).toBeUndefined()
  })

  it('lets one of two administrators replace a secret, and tells the other', async () => {
    const bea = await app.join(ada, 'admin')
    const { id } = await ada.client.apps.create(ofGithub())
    for (let round = 0; round < 5; round++) {
      const done = await Promise.allSettled([
        ada.client.apps.change(id, { clientSecret: `ada ${round}` }),
        bea.client.apps.change(id, { clientSecret: `bea ${round}`, clientId: `Iv1.${round}` }),
        ada.client.apps.change(id, { name: `name ${round}` }),
      ])
      const refused = done.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'app.being_changed', status: 409 })
      expect(refused.length).toBeLessThanOrEqual(1)
      const now = (await app.app.apps.find(ada.workspaceId, id))!
      // The secret and the client id it belongs to are those of one of them.
      const secret = now.client.secret!.reveal()
      if (now.client.id === `Iv1.${round}`) expect([`bea ${round}`, `ada ${round}`]).toContain(secret)
      else expect(secret).toBe(`ada ${round}`)
      expect(await ada.client.apps.get(id)).toMatchObject({ name: `name ${round}` })
    }
    await ada.client.apps.remove(id)
  })

  it('has one default for a method, and several for methods that have nothing in common', async () => {
    const first = await ada.client.apps.create(ofGithub({ isDefault: true }))
    const device = await ada.client.apps.create(ofGithub({ methods: ['device'], isDefault: true }))
    const second = await ada.client.apps.create(ofGithub({ isDefault: true }))
    const defaults = async () =>
      (await ada.client.apps.list().page()).items.filter(({ isDefault }) => isDefault).map(({ id }) => id)
    expect(await defaults()).toEqual([device.id, second.id])
    await ada.client.apps.change(first.id, { isDefault: true })
    expect(await defaults()).toEqual([first.id, device.id])
    await ada.client.apps.change(first.id, { isDefault: false })
    expect(await defaults()).toEqual([device.id])
    for (const { id } of [first, device, second]) await ada.client.apps.remove(id)
  })
})
