import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { ofGithub, ofMicrosoft, ownDefinition, SECRET } from './house.ts'

let database: TestDatabase
let app: TestApp
let ada: Browser
let ned: Browser
const folder = mkdtempSync(join(tmpdir(), 'cardea-services-'))
const environment = { CARDEA_SERVICES_DIR: folder }

beforeAll(async () => {
  database = await freshDatabase()
  // Described by a workspace first, and by the operator's folder afterwards: the workspace keeps its own.
  const before = await testApp({ database, logLevel: 'error' })
  ada = await before.setUp()
  await ada.client.services.add({ id: 'acme_shared', definition: ownDefinition })
  const { token } = await before.key(ada, 'admin')
  await before.close()
  writeFileSync(join(folder, 'acme_shared.json'), JSON.stringify(ownDefinition))
  app = await testApp({ database, environment, logLevel: 'error' })
  ada = { ...ada, client: createClient({ url: app.url, apiKey: token }) }
  ned = { ...ada, workspaceId: 'ws_elsewhere' }
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
  rmSync(folder, { recursive: true, force: true })
})

const operator = {
  actor: { kind: 'operator' as const },
  requestId: 'req',
  ip: '',
}
const chosen = async (workspaceId: string, of: { provider: string; method: string; appId?: string }) =>
  (await app.app.apps.choose(workspaceId, of)).id

describe(`which OAuth app is taken, on ${databaseName}`, () => {
  it("is the one named, else the workspace's default, else its oldest, else the deployment's", async () => {
    const { apps } = app.app
    const github = { provider: 'github', method: 'oauth' }
    await expect(chosen(ada.workspaceId, github)).rejects.toMatchObject({
      code: 'connection.method_needs_app',
      next: expect.stringContaining('cardea apps add'),
    })
    const deployed = await apps.deployment.create(operator, ofGithub())
    const preferred = await apps.deployment.create(operator, ofGithub({ isDefault: true }))
    expect(await chosen(ada.workspaceId, github)).toBe(preferred.id)
    const first = await ada.client.apps.create(ofGithub())
    expect(await chosen(ada.workspaceId, github)).toBe(first.id)
    const second = await ada.client.apps.create(ofGithub())
    expect(await chosen(ada.workspaceId, github)).toBe(first.id)
    await ada.client.apps.change(second.id, { isDefault: true })
    expect(await chosen(ada.workspaceId, github)).toBe(second.id)
    for (const { id } of [deployed, preferred, first, second]) {
      expect(await chosen(ada.workspaceId, { ...github, appId: id })).toBe(id)
    }
    for (const appId of ['app_nowhere', '', '%', "' or 1=1 --"]) {
      await expect(chosen(ada.workspaceId, { ...github, appId })).rejects.toMatchObject({ code: 'app.not_found' })
    }
    // Registered for one method, it is a stranger to the others.
    await expect(chosen(ada.workspaceId, { ...github, method: 'device' })).rejects.toMatchObject({
      code: 'connection.method_needs_app',
    })
    await expect(chosen(ada.workspaceId, { ...github, method: '__proto__' })).rejects.toMatchObject({
      code: 'connection.method_needs_app',
    })
    for (const { id } of [first, second]) await ada.client.apps.remove(id)
    for (const { id } of [deployed, preferred]) await apps.deployment.remove(operator, id, { dryRun: false })
  })

  it("is never one of the deployment for a workspace's own definition, whatever its name", async () => {
    const { apps } = app.app
    const made = await apps.deployment.create(operator, {
      provider: 'acme_shared',
      clientId: 'x',
      clientSecret: SECRET,
    })
    const shared = { provider: 'acme_shared', method: 'oauth' }
    await expect(chosen(ada.workspaceId, shared)).rejects.toMatchObject({ code: 'connection.method_needs_app' })
    await expect(chosen(ada.workspaceId, { ...shared, appId: made.id })).rejects.toMatchObject({
      code: 'app.not_found',
    })
    expect((await apps.ready(ada.workspaceId))('acme_shared', 'oauth')).toBe(false)
    expect((await ada.client.apps.list().page()).items).toEqual([])
    await expect(ada.client.apps.get(made.id)).rejects.toMatchObject({ code: 'app.not_found' })
    // The same service from the operator's folder has it, in a workspace that did not describe its own.
    expect(await chosen(ned.workspaceId, shared)).toBe(made.id)
    expect((await apps.ready(ned.workspaceId))('acme_shared', 'oauth')).toBe(true)
    await apps.deployment.remove(operator, made.id, { dryRun: false })
  })

  it('is none of the deployment for a version that the workspace wrote before the operator took the name', async () => {
    const { apps, services } = app.app
    const { version } = await services.get(ada.workspaceId, 'acme_shared')
    const made = await apps.deployment.create(operator, {
      provider: 'acme_shared',
      clientId: 'x',
      clientSecret: SECRET,
    })
    const other = await app.app.accounts.workspaces.create(operator, { name: 'Elsewhere' })
    await ada.client.services.remove('acme_shared')
    const shared = { provider: 'acme_shared', method: 'oauth' }
    expect(await chosen(ada.workspaceId, shared)).toBe(made.id)
    for (const appId of [undefined, made.id]) {
      const of = { ...shared, definitionVersion: version, ...(appId ? { appId } : {}) }
      await expect(apps.choose(ada.workspaceId, of)).rejects.toMatchObject({
        code: appId ? 'app.not_found' : 'connection.method_needs_app',
      })
    }
    expect(await chosen(other.id, shared)).toBe(made.id)
    await apps.deployment.remove(operator, made.id, { dryRun: false })
  })

  it('brings every setting that belongs to it, so that a member fills none in', async () => {
    const { apps } = app.app
    const { id } = await ada.client.apps.create(ofMicrosoft())
    const plain = await apps.choose(ada.workspaceId, { provider: 'microsoft_graph', method: 'oauth' })
    expect(plain.settings).toEqual({ tenant: 'common' })
    const generic = await ada.client.apps.create({
      provider: 'oauth2_generic',
      methods: ['oauth'],
      clientId: 'x',
      clientSecret: SECRET,
      settings: { authorizeUrl: 'https://id.example.com/authorize', tokenUrl: 'https://id.example.com/token' },
    })
    const open = await apps.choose(ada.workspaceId, { provider: 'oauth2_generic', method: 'oauth' })
    expect(open.settings).toEqual({
      authorizeUrl: 'https://id.example.com/authorize',
      tokenUrl: 'https://id.example.com/token',
      revokeUrl: '',
    })
    for (const one of [id, generic.id]) await ada.client.apps.remove(one)
  })

  it('is, where a server is found by its address, only one that was registered for that address', async () => {
    const settings = { server: 'https://mcp.example.com' }
    const { id } = await ada.client.apps.create({ provider: 'mcp', clientId: 'x', clientSecret: SECRET, settings })
    const mcp = { provider: 'mcp', method: 'oauth' }
    const { apps } = app.app
    expect(await apps.choose(ada.workspaceId, { ...mcp, settings })).toMatchObject({ id, settings })
    for (const server of ['https://evil.example.com', 'https://mcp.example.com/other', undefined]) {
      const of = { ...mcp, settings: { server } }
      await expect(apps.choose(ada.workspaceId, of)).rejects.toMatchObject({ code: 'connection.method_needs_app' })
      await expect(apps.choose(ada.workspaceId, { ...of, appId: id })).rejects.toMatchObject({ code: 'app.not_found' })
    }
    await ada.client.apps.remove(id)
  })

  it('is none for a service that the operator does not permit', async () => {
    await app.app.apps.deployment.create(operator, ofGithub())
    await app.close()
    app = await testApp({
      database,
      environment: { ...environment, CARDEA_SERVICES_ALLOWED: 'slack' },
      logLevel: 'error',
    })
    await expect(chosen(ada.workspaceId, { provider: 'github', method: 'oauth' })).rejects.toMatchObject({
      code: 'service.not_permitted',
    })
    expect((await app.app.apps.ready(ada.workspaceId))('github', 'oauth')).toBe(false)
    await expect(
      app.app.apps.create({ ...operator, actor: { kind: 'operator', workspaceId: ada.workspaceId } }, ofGithub()),
    ).rejects.toMatchObject({ code: 'service.not_permitted' })
  })
})
