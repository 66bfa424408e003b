import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/clock.ts'
import { DEPLOYMENT } from '../../src/store/schema.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { minted, ofGithub } from './house.ts'

const clock = createTestClock(Date.now())
let app: TestApp
let ada: Browser
let eve: Browser

beforeAll(async () => {
  app = await testApp({ clock })
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
})
afterAll(() => app?.close())

const refused = (id: string, error = 'invalid_client', description?: string) =>
  app.app.apps.refused(ada.workspaceId, id, { error, ...(description ? { description } : {}) })
const told = async (of: Browser, id: string) =>
  (await of.client.events.list({ limit: 200 }).page()).items.filter(({ subject }) => subject === id)

describe(`a service that refuses an OAuth app, on ${databaseName}`, () => {
  it('is told to administrators and webhooks by name, and touches no connection', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const connection = await minted(app, eve, id, 'workspace')
    const before = await eve.client.connections.get(connection)
    await refused(id, 'redirect_uri_mismatch', 'The redirect address\u0000 is not registered.')
    expect(await told(ada, id)).toEqual([
      expect.objectContaining({
        type: 'oauth_app.refused',
        data: {
          appId: id,
          provider: 'github',
          name: 'Our GitHub',
          error: 'redirect_uri_mismatch',
          description: 'The redirect address is not registered.',
        },
      }),
    ])
    expect(await told(eve, id)).toEqual([])
    expect(await eve.client.connections.get(connection)).toEqual(before)
    expect(await ada.client.apps.get(id)).toMatchObject({
      trouble: { error: 'redirect_uri_mismatch', at: new Date(clock.now()).toISOString() },
    })
    expect((await eve.client.apps.get(id)).trouble).toBeNull()
    await app.app.apps.accepted(ada.workspaceId, id)
    expect((await ada.client.apps.get(id)).trouble).toBeNull()
    await ada.client.apps.remove(id)
  })

  it('is told of once an hour for each trouble, however often and by however many it is found out', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    await Promise.all(Array.from({ length: 20 }, () => refused(id)))
    expect(await told(ada, id)).toHaveLength(1)
    await refused(id, 'unauthorized_client')
    for (let minute = 0; minute < 50; minute += 10) {
      await clock.advance(10 * MINUTE)
      await app.app.apps.accepted(ada.workspaceId, id)
      await refused(id, minute % 20 === 0 ? 'invalid_client' : 'unauthorized_client')
    }
    expect(await told(ada, id)).toHaveLength(2)
    expect((await ada.client.apps.get(id)).trouble).toMatchObject({ error: 'invalid_client' })
    await clock.advance(HOUR)
    await refused(id)
    expect(await told(ada, id)).toHaveLength(3)
    // Nobody fills the list by inventing words.
    for (let word = 0; word < 40; word++) await refused(id, `word_${word}`)
    expect((await told(ada, id)).length).toBeLessThan(15)
    await ada.client.apps.remove(id)
  })

  it('is forgotten when another secret is entered', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    await refused(id)
    await ada.client.apps.change(id, { name: 'Another name' })
    expect((await ada.client.apps.get(id)).trouble).not.toBeNull()
    await ada.client.apps.change(id, { clientSecret: 'the right one' })
    expect((await ada.client.apps.get(id)).trouble).toBeNull()
    await refused(id)
    expect(await told(ada, id)).toHaveLength(2)
    await ada.client.apps.remove(id)
  })

  it("is the operators' matter where the app is the deployment's: in their log, their trail and their examination", async () => {
    const { id } = await ada.client.deployment.apps.create(ofGithub())
    await refused(id)
    expect(await told(ada, id)).toEqual([])
    expect(app.logged.some((line) => line.includes('a service refuses an OAuth app') && line.includes(id))).toBe(true)
    const { items } = await ada.client.deployment.audit({ limit: 200 }).page()
    expect(items.filter(({ subject }) => subject === id).map(({ event }) => event)).toContain('oauth_app.refused')
    expect(items.find(({ event }) => event === 'oauth_app.refused')).toMatchObject({ workspaceId: DEPLOYMENT })
    expect((await eve.client.apps.get(id)).trouble).toBeNull()
    const { ok, findings } = await ada.client.deployment.examine()
    expect(ok).toBe(false)
    expect(findings.filter(({ about }) => about === 'apps')).toEqual([
      {
        about: 'apps',
        ok: false,
        sentence: `github refuses the OAuth app ${id} of the deployment (invalid_client).`,
        next: expect.stringContaining('cardea apps update'),
      },
    ])
    await ada.client.deployment.apps.remove(id)
    expect((await ada.client.deployment.examine()).findings.find(({ about }) => about === 'apps')?.ok).toBe(true)
  })

  it('is nothing where there is no such app', async () => {
    await refused('app_nowhere')
    await app.app.apps.accepted(ada.workspaceId, 'app_nowhere')
  })
})
