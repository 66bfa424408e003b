import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApps } from '../../src/apps/apps.ts'
import { HOUR } from '../../src/clock.ts'
import { Problem } from '../../src/errors.ts'
import type { Secret } from '../../src/secret.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { ofGithub, SECRET } from './house.ts'

const clock = createTestClock(Date.now())
let app: TestApp
let ada: Browser
let dies: 'before' | 'after' | undefined

beforeAll(async () => {
  app = await testApp({ clock, logLevel: 'error' })
  ada = await app.setUp()
})
afterAll(() => app?.close())

/** The room over the same database, with a vault at which the server ends. */
function doomed() {
  const { store, log, services, audit, events, vault, connections } = app.app
  const put = async (ref: Parameters<typeof vault.put>[0], value: Secret) => {
    if (dies === 'before') throw new Problem('vault.unavailable')
    await vault.put(ref, value)
    if (dies === 'after') throw new Problem('vault.unavailable')
  }
  return createApps({
    store,
    clock,
    log,
    services,
    audit,
    events,
    vault: { ...vault, put },
    dependants: connections.ofApp,
    fileRules: false,
  })
}
const caller = () => ({
  actor: { kind: 'operator' as const, workspaceId: ada.workspaceId },
  requestId: 'req',
  ip: '',
})
const secrets = () =>
  app.app.store.sweep((db) =>
    db.selectFrom('secrets').select(['owner_id', 'version']).where('owner_id', 'like', 'app_%').execute(),
  )
const rows = () => app.app.store.sweep((db) => db.selectFrom('oauth_apps').select('id').execute())

describe(`a server that ends between the vault and the row, on ${databaseName}`, () => {
  it.each(['before', 'after'] as const)('leaves nothing registered: %s the vault has it', async (when) => {
    dies = when
    await expect(doomed().create(caller(), ofGithub())).rejects.toMatchObject({ code: 'vault.unavailable' })
    dies = undefined
    expect((await ada.client.apps.list().page()).items).toEqual([])
    await expect(app.app.apps.choose(ada.workspaceId, { provider: 'github', method: 'oauth' })).rejects.toMatchObject({
      code: 'connection.method_needs_app',
    })
    expect((await app.app.apps.ready(ada.workspaceId))('github', 'oauth')).toBe(false)
    const { items } = await ada.client.audit.list({ limit: 200 }).page()
    expect(items.filter(({ event }) => event.startsWith('oauth_app.'))).toEqual([])
    // And after a while nothing at all.
    expect(await secrets()).toHaveLength(when === 'after' ? 1 : 0)
    await app.app.apps.prune()
    expect(await rows()).toHaveLength(1)
    await clock.advance(2 * HOUR)
    await app.app.apps.prune()
    expect(await secrets()).toEqual([])
    expect(await rows()).toEqual([])
  })

  it.each(['before', 'after'] as const)(
    'keeps the secret that was there: %s the vault has the new one',
    async (when) => {
      const { id } = await ada.client.apps.create(ofGithub())
      dies = when
      const change = doomed().change(caller(), id, { clientId: 'another', clientSecret: 'new' }, { dryRun: false })
      await expect(change).rejects.toMatchObject({ code: 'vault.unavailable' })
      dies = undefined
      const kept = await app.app.apps.find(ada.workspaceId, id)
      expect(kept).toMatchObject({ generation: 1, client: { id: ofGithub().clientId } })
      expect(kept!.client.secret!.reveal()).toBe(SECRET)
      // What was begun is no hindrance, and is gone with the next one.
      await ada.client.apps.change(id, { clientSecret: 'newer' })
      expect((await app.app.apps.find(ada.workspaceId, id))!.client.secret!.reveal()).toBe('newer')
      expect(await secrets()).toEqual([{ owner_id: id, version: 3 }])
      await ada.client.apps.remove(id)
      expect(await secrets()).toEqual([])
    },
  )

  it('destroys later what the vault did not let go of', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const { vault } = app.app
    const { deleteOwner } = vault
    vault.deleteOwner = async () => {
      throw new Problem('vault.unavailable')
    }
    try {
      await ada.client.apps.remove(id)
      await app.app.apps.prune()
      await expect(ada.client.apps.get(id)).rejects.toMatchObject({ code: 'app.not_found' })
      expect(await secrets()).toHaveLength(1)
    } finally {
      vault.deleteOwner = deleteOwner
    }
    await app.app.apps.prune()
    expect(await secrets()).toEqual([])
    expect(await rows()).toEqual([])
  })
})
