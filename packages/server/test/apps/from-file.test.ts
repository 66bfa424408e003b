import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@cardea/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/secret.ts'
import { type TestApp, testApp } from '../app.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { environmentFor, runCli } from '../server.ts'
import { minted, SECRET } from './house.ts'

let database: TestDatabase
let app: TestApp | undefined
let workspaceId: string
let token: string

beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(async () => {
  await app?.close()
  app = undefined
  await database.drop()
})

const GITHUB = { service: 'github', name: 'Ours', methods: ['oauth'], clientId: 'one', clientSecret: SECRET }
async function start(apps: unknown, environment: Record<string, string> = {}): Promise<TestApp> {
  await app?.close()
  const given = apps === undefined ? {} : { CARDEA_OAUTH_APPS: typeof apps === 'string' ? apps : JSON.stringify(apps) }
  app = await testApp({ database, environment: { ...given, ...environment } })
  return app
}
async function setUp(apps: unknown): Promise<TestApp> {
  const started = await start(apps)
  const ada = await started.setUp()
  ;({ workspaceId } = ada)
  ;({ token } = await started.key(ada, 'admin'))
  return started
}
const client = () => createClient({ url: app!.url, apiKey: token })
const listed = async () => app!.app.apps.deployment.list()
const only = async () => {
  const [seen] = await listed()
  if (seen?.sight !== 'full') throw new Error('there is none')
  return seen.app
}
const choose = () => app!.app.apps.choose(workspaceId, { provider: 'github', method: 'oauth' })

describe(`OAuth apps of the configuration, on ${databaseName}`, () => {
  it('are there from the start, ready for every workspace and readable by none', async () => {
    await setUp([GITHUB])
    expect((await choose()).client.secret!.reveal()).toBe(SECRET)
    const [seen] = (await client().apps.list().page()).items
    expect(seen).toMatchObject({ sight: 'ready', origin: 'deployment', clientId: null, source: null })
    expect(await only()).toMatchObject({ source: 'file', name: 'Ours', client_id: 'one', created_by: 'system' })
  })

  it('stay the same from start to start, and take what was changed', async () => {
    await setUp([GITHUB])
    const { id } = await only()
    await start([GITHUB])
    expect(await only()).toMatchObject({ id, secret_version: 1, generation: 1 })
    await start([{ ...GITHUB, clientSecret: 'the next', extraScopes: ['repo'], default: true }])
    expect(await only()).toMatchObject({
      id,
      secret_version: 2,
      generation: 1,
      extra_scopes: ['repo'],
      is_default: true,
    })
    expect((await choose()).client.secret!.reveal()).toBe('the next')
    const connection = await minted(app!, { client: client(), workspaceId }, id)
    await start([{ ...GITHUB, clientId: 'two', clientSecret: 'of two' }])
    expect(await only()).toMatchObject({ id, generation: 2, client_id: 'two', extra_scopes: [], is_default: false })
    expect(await client().connections.get(connection)).toMatchObject({ status: 'error', reason: 'app_replaced' })
  })

  it('are retired when they are gone from it, and come back with it: nobody’s connection ends by an oversight', async () => {
    await setUp([GITHUB])
    const { id } = await only()
    const connection = await minted(app!, { client: client(), workspaceId }, id)
    await start(undefined)
    expect(await choose()).toMatchObject({ id })
    await start([])
    await expect(choose()).rejects.toMatchObject({ code: 'connection.method_needs_app' })
    expect((await client().apps.list().page()).items).toEqual([])
    expect(await app!.app.apps.find(workspaceId, id)).toMatchObject({ id })
    expect((await client().connections.get(connection)).status).toBe('active')
    await start([GITHUB])
    expect(await choose()).toMatchObject({ id })
    // An operator ends it on purpose.
    await start([])
    const operator = { actor: { kind: 'operator' as const }, requestId: 'req', ip: '' }
    await app!.app.apps.deployment.remove(operator, id, { dryRun: false })
    expect((await client().connections.get(connection)).reason).toBe('app_removed')
  })

  it('are changed by the configuration alone', async () => {
    await setUp([GITHUB])
    const { id } = await only()
    const operator = { actor: { kind: 'operator' as const }, requestId: 'req', ip: '' }
    const { deployment } = app!.app.apps
    await expect(deployment.change(operator, id, { name: 'x' }, { dryRun: false })).rejects.toMatchObject({
      code: 'app.ruled_by_file',
    })
    await expect(deployment.change(operator, id, { clientSecret: 'x' }, { dryRun: true })).rejects.toMatchObject({
      code: 'app.ruled_by_file',
    })
    await expect(deployment.remove(operator, id, { dryRun: false })).rejects.toMatchObject({
      code: 'app.ruled_by_file',
    })
  })

  it('may be written as YAML in a file, their secrets in files of their own', async () => {
    const secret = join(database.folder, 'secret.txt')
    writeFileSync(secret, `${SECRET}\n`)
    const file = join(database.folder, 'apps.yaml')
    writeFileSync(
      file,
      `- service: github
  name: Ours
  methods: [oauth]
  clientId: one
  clientSecretFile: ${secret}
- service: aws
  name: Roles
  fields: { ownKeyId: AKIAABCDEFGHIJKLMNOP }
  fieldFiles: { ownSecret: ${join(database.folder, 'aws.txt')} }
`,
    )
    writeFileSync(join(database.folder, 'aws.txt'), 'a'.repeat(40))
    await start(undefined, { CARDEA_OAUTH_APPS_FILE: file })
    const ada = await app!.setUp()
    ;({ workspaceId } = ada)
    expect((await choose()).client.secret!.reveal()).toBe(SECRET)
    const roles = await app!.app.apps.choose(workspaceId, { provider: 'aws', method: 'assume_role' })
    expect(roles.fields.ownSecret!.reveal()).toBe('a'.repeat(40))
  })

  it('stop the start when one cannot be used, in words that do not quote it', async () => {
    for (const [wrong, why] of [
      [{ ...GITHUB, service: 'nowhere' }, 'nowhere'],
      [{ ...GITHUB, methods: ['token'] }, 'methods must name'],
      [{ ...GITHUB, clientSecret: ' ' }, 'clientSecret is empty'],
      [{ service: 'aws', name: 'Roles', fields: { ownKeyId: `${SECRET}!`, ownSecret: 'x' } }, 'does not have'],
    ] as const) {
      const failed = (await start([wrong]).catch((error: unknown) => error)) as Error
      expect(failed).toMatchObject({ code: 'app.file_unusable' })
      expect(failed.message).toContain(why)
      expect(failed.message).not.toContain(SECRET)
    }
    for (const [text, why] of [
      [`- service: github\n  clientSecret: "${SECRET}`, 'cannot be read as YAML'],
      [`${SECRET}`, 'expected array'],
      [JSON.stringify([{ ...GITHUB, secret: SECRET }]), 'Unrecognized key'],
      [JSON.stringify([GITHUB, GITHUB]), 'two apps named "Ours"'],
      [JSON.stringify([{ ...GITHUB, clientSecretFile: '/nowhere' }]), 'is given twice'],
      [JSON.stringify([{ service: 'github', clientSecretFile: '/nowhere' }]), 'there is no file'],
      [`a: &a [*a, "${SECRET}"]`, ''],
    ] as const) {
      const mistakes = (() => {
        try {
          loadConfig(environmentFor(database, { CARDEA_OAUTH_APPS: text }), database.folder)
          return ['none']
        } catch (error) {
          return (error as { mistakes: string[] }).mistakes
        }
      })().join('\n')
      expect(mistakes).toContain('CARDEA_OAUTH_APPS')
      expect(mistakes).toContain(why)
      expect(mistakes).not.toContain(SECRET)
    }
  })

  it('are not shown by "cardea config"', async () => {
    const { status, stdout } = await runCli(['config', '--json'], database, {
      CARDEA_OAUTH_APPS: JSON.stringify([GITHUB]),
    })
    expect(status).toBe(0)
    expect(stdout).toContain('Ours')
    expect(stdout).not.toContain(SECRET)
  })

  it('are registered once, however many servers read the same file at the same moment', async () => {
    await setUp([])
    const entry = {
      provider: 'github',
      name: 'Ours',
      methods: ['oauth'],
      clientId: 'one',
      clientSecret: Secret.of(SECRET),
    }
    await Promise.all(Array.from({ length: 4 }, () => app!.app.apps.readFile([entry], { retireOthers: true })))
    expect(await listed()).toHaveLength(1)
    expect(await only()).toMatchObject({ generation: 1, retired_at: null })
    const next = { ...entry, clientId: 'two', clientSecret: Secret.of('of two') }
    await Promise.all(Array.from({ length: 4 }, () => app!.app.apps.readFile([next], { retireOthers: true })))
    expect(await only()).toMatchObject({ generation: 2, client_id: 'two' })
    expect((await choose()).client.secret!.reveal()).toBe('of two')
  })

  it('are taken up again where a server ended half way', async () => {
    await setUp([GITHUB])
    const { id } = await only()
    const at = (columns: object) =>
      app!.app.store.sweep((db) => db.updateTable('oauth_apps').set(columns).where('id', '=', id).execute())
    await at({ finished_at: null, secret_version: 0, created_at: Date.now() - 60_000 })
    await start([GITHUB])
    expect(await listed()).toHaveLength(1)
    expect((await only()).id).not.toBe(id)
    expect((await choose()).client.secret!.reveal()).toBe(SECRET)
  })
})
