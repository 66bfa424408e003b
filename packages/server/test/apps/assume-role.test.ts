import { type Service, services } from '@cardea/catalog'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, TestApp } from '../app.ts'
import { typed, type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'

let here: World
let app: TestApp
let ada: Browser
let eve: Browser

const provider = 'aws'
const method = 'assume_role'
const service: Service = services.aws
const fields = { ownKeyId: 'AKIAABCDEFGHIJKLMNOP', ownSecret: 'k'.repeat(40) }

beforeAll(async () => {
  here = await world({ logLevel: 'error' })
  app = here.app
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
})
afterAll(() => app?.close())

describe(`a method that works through secrets of an app, on ${databaseName}`, () => {
  it('is refused until an administrator has registered one, and then connected, tested, replaced and ended', async () => {
    const probe = here.stands(provider, method)
    const settings = typed(service, service.auth[method]!, probe.account.settings)
    const input = { provider, method, settings, visibility: 'workspace' as const }
    await expect(eve.client.connections.create(input)).rejects.toMatchObject({ code: 'connection.method_needs_app' })
    const registered = await ada.client.apps.create({ provider, fields })
    expect(registered).toMatchObject({ secrets: ['ownKeyId', 'ownSecret'], clientId: null, methods: [method] })

    // Cardea makes the external id, which the service has to be told first.
    const made = await eve.client.connections.create(input, { skipTest: true })
    expect(made).toMatchObject({ status: 'active', method, provider })
    here.stands(provider, method, { settings: made.settings!, app: { fields } })
    expect(await eve.client.connections.test(made.id)).toMatchObject({ status: 'active', health: 'ok' })
    const login = here.sent.find(({ url }) => url.startsWith('https://sts.'))!
    expect(login.headers.authorization).toContain(fields.ownKeyId)

    // Nothing of the app is stored with the connection, or shown.
    const row = await app.app.store.within({ workspaceId: ada.workspaceId }, (db) =>
      db.selectFrom('connections').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow(),
    )
    expect(row.app_id).toBe(registered.id)
    const stored = await app.app.vault.get({
      workspaceId: ada.workspaceId,
      ownerId: made.id,
      field: 'credential',
      version: row.credential_version,
    })
    for (const secret of Object.values(fields)) {
      expect(stored.reveal()).not.toContain(secret)
      expect(JSON.stringify([row, made])).not.toContain(secret)
    }

    const usable = await app.app.connections.usable(ada.workspaceId, made.id)
    expect(Object.keys(usable.values)).toEqual(expect.arrayContaining(['keyId', 'secret', 'session']))

    // A new key of the app: the connection goes on with it.
    const next = { ownKeyId: 'AKIAPONMLKJIHGFEDCBA', ownSecret: 'n'.repeat(40) }
    await ada.client.apps.change(registered.id, { fields: next })
    here.stands(provider, method, { settings: made.settings!, app: { fields: next } })
    expect(await eve.client.connections.test(made.id)).toMatchObject({ status: 'active' })
    expect(here.sent.findLast(({ url }) => url.startsWith('https://sts.'))!.headers.authorization).toBeDefined()
    expect(JSON.stringify(here.sent.slice(-3).map(({ headers }) => headers))).toContain(next.ownKeyId)

    await eve.client.connections.change(made.id, { settings: made.settings!, credential: {} }, { skipTest: true })
    expect(await eve.client.connections.test(made.id)).toMatchObject({ status: 'active' })

    // Without the app there is nothing to go on with.
    const seen = await ada.client.apps.remove(registered.id, { dryRun: true })
    expect(seen.mustReconnect.connections).toMatchObject([{ id: made.id }])
    await ada.client.apps.remove(registered.id)
    expect(await eve.client.connections.get(made.id)).toMatchObject({ status: 'error', reason: 'app_removed' })
    await expect(app.app.connections.usable(ada.workspaceId, made.id)).rejects.toMatchObject({
      code: 'connection.not_usable',
    })
    await eve.client.connections.delete(made.id)
  })
})
