import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CardeaProblem } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import type { Caller } from '../../src/actor.ts'
import { Problem } from '../../src/errors.ts'
import { type Browser, type TestApp, type TestAppOptions, testApp } from '../app.ts'
import { databaseName, freshDatabase } from '../database.ts'
import { sample, spoil } from './sample.ts'

let app: TestApp
let ada: Browser
let stranger: Browser
beforeAll(async () => {
  app = await testApp({ logLevel: 'warn' })
  ada = await app.setUp()
  stranger = await app.neighbour(ada)
})
afterAll(() => app?.close())

const refusal = async (work: Promise<unknown>): Promise<CardeaProblem> => {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(CardeaProblem)
  return error as CardeaProblem
}
const green = sample.replace('name: Teapot', 'name: Green teapot')
const problem = (code: string) => expect.objectContaining({ code })

describe(`the services that a workspace sees, on ${databaseName}`, () => {
  it('come in pages, are found by words, and say how to connect', async () => {
    const all: string[] = []
    for await (const { id } of ada.client.services.list({ limit: 40 })) all.push(id)
    expect(all.length).toBeGreaterThan(100)
    expect(all).toEqual(all.toSorted())
    expect(new Set(all).size).toBe(all.length)
    const found = await ada.client.services.list({ search: 'DOG observ' }).page()
    expect(found.items.map(({ id }) => id)).toEqual(['datadog'])
    const keys = found.items[0]!.methods.find(({ id }) => id === 'keys')!
    expect(keys).toMatchObject({ type: 'apikey', needsApp: false, appSettings: [] })
    expect(keys.fields.map(({ name, optional }) => [name, optional])).toEqual([
      ['apiKey', false],
      ['appKey', false],
    ])
    expect(found.items[0]!.settings[0]!.options).toContainEqual({ value: 'datadoghq.eu', label: 'EU1' })
    const chat = await ada.client.services.list({ category: 'chat' }).page()
    expect(new Set(chat.items.map(({ category }) => category))).toEqual(new Set(['chat']))
    const salesforce = await ada.client.services.get('salesforce')
    const oauth = salesforce.methods.find(({ id }) => id === 'oauth')!
    expect(oauth).toMatchObject({ needsApp: true, appSettings: ['loginHost'] })
    expect(oauth.scopes.filter(({ asked }) => asked)).toHaveLength(2)
    expect(salesforce.source).toBeNull()
    expect(await refusal(ada.client.services.list({ cursor: 'bm90IGEgY3Vyc29y' }).page())).toMatchObject({
      code: 'request.bad_cursor',
    })
  })

  it('have drawings, in which nothing runs', async () => {
    const { id } = await ada.client.services.add({
      id: 'drawn',
      definition: sample
        .replace('name: Teapot', "name: '<script>\"&'")
        .replace("letters: Tp\n  colour: '#aa5500'", 'slug: teapot'),
    })
    for (const each of ['github', id]) {
      const response = await fetch(`${app.url}/v1/services/${each}/icon`, {
        headers: { cookie: ada.cookie(), 'cardea-workspace': ada.workspaceId },
      })
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('image/svg+xml')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('content-security-policy')).toContain('sandbox')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('cache-control')).toBe('private, max-age=3600')
      const drawing = await response.text()
      expect(drawing).toMatch(/^<svg /)
      expect(drawing).not.toMatch(/<script/)
    }
  })

  it('can be described by administrators, for their workspace alone, and each version stays', async () => {
    const { services } = ada.client
    const added = await services.add({ id: 'teapot', definition: sample })
    expect(added).toMatchObject({ id: 'teapot', name: 'Teapot', origin: 'workspace', version: 1 })
    expect(added.hosts).toEqual(['{kitchen}.teapot.example.com', 'files.teapot.example.com'])
    expect(added.source).toEqual({ format: 'yaml', text: sample })
    expect(added.actions[0]).toMatchObject({ name: 'brew', does: 'write', methods: null })

    const replaced = await services.replace('teapot', { definition: green })
    expect(replaced).toMatchObject({ name: 'Green teapot', version: 2 })
    expect((await services.list({ search: 'teapot' }).page()).items).toMatchObject([{ id: 'teapot', version: 2 }])
    const definition = async (version?: number) =>
      (await app.app.services.definition(ada.workspaceId, 'teapot', version)).name
    expect([await definition(1), await definition(2), await definition()]).toEqual([
      'Teapot',
      'Green teapot',
      'Green teapot',
    ])

    expect(await refusal(stranger.client.services.get('teapot'))).toMatchObject({ code: 'service.not_found' })
    expect((await stranger.client.services.list({ search: 'teapot' }).page()).items).toEqual([])
    expect(await refusal(stranger.client.services.remove('teapot'))).toMatchObject({ code: 'service.not_found' })
    await expect(app.app.services.definition(stranger.workspaceId, 'teapot', 1)).rejects.toEqual(
      problem('service.not_found'),
    )
    expect(await stranger.client.services.add({ id: 'teapot', definition: green })).toMatchObject({ version: 1 })
    expect(await definition(1)).toBe('Teapot')

    await services.remove('teapot')
    expect(await refusal(services.get('teapot'))).toMatchObject({ code: 'service.not_found' })
    expect(await refusal(services.replace('teapot', { definition: sample }))).toMatchObject({ status: 404 })
    expect(await definition(2)).toBe('Green teapot')
    // A number that a connection may hold never means another text.
    expect(await services.add({ id: 'teapot', definition: sample })).toMatchObject({ version: 3 })
    const events = (await ada.client.audit.list({}).page({ limit: 200 })).items.filter(
      ({ subject }) => subject === 'teapot',
    )
    expect(events.map(({ event, risk }) => `${event} ${risk}`).toReversed()).toEqual([
      'service.added high',
      'service.replaced high',
      'service.removed low',
      'service.added high',
    ])
  })

  it('can be described as JSON, as text or as it is', async () => {
    const { services } = ada.client
    const { definition } = await app.app.services
      .get(ada.workspaceId, 'teapot')
      .catch(() => ({ definition: undefined }))
    expect(definition).toBeDefined()
    const json = JSON.parse(JSON.stringify(definition)) as Record<string, unknown>
    expect(await services.add({ id: 'kettle', definition: json })).toMatchObject({ name: 'Teapot', version: 1 })
    const text = JSON.stringify({ ...json, name: 'Kettle' })
    expect(await services.replace('kettle', { definition: text, format: 'json' })).toMatchObject({ name: 'Kettle' })
    const { issues } = await refusal(services.replace('kettle', { definition: { ...json, docs: 'http://x' } }))
    expect(issues).toEqual([{ path: 'docs', message: 'must be an https address' }])
  })

  it('names the line that is wrong, keeps nothing of it, and lets nobody else describe one', async () => {
    const { text, line } = spoil('https://{kitchen}.teapot.example.com', 'https://{x}')
    const wrong = await refusal(ada.client.services.add({ id: 'crooked', definition: text }))
    expect(wrong).toMatchObject({ status: 422, code: 'service.invalid' })
    expect(wrong.issues).toContainEqual({ path: 'baseUrl', line, column: 10, message: expect.stringContaining('{x}') })
    expect(await refusal(ada.client.services.get('crooked'))).toMatchObject({ code: 'service.not_found' })

    const editor = await app.join(ada, 'editor')
    expect(await refusal(editor.client.services.add({ id: 'theirs', definition: sample }))).toMatchObject({
      status: 403,
    })
    expect((await editor.client.services.get('teapot')).id).toBe('teapot')
  })

  it('cannot take a name that is taken, or one that looks like it, or name a file of ours', async () => {
    const add = async (id: string, definition = sample) =>
      (await refusal(ada.client.services.add({ id, definition }))).code
    expect(await add('github')).toBe('service.name_taken')
    expect(await add('teapot')).toBe('service.exists')
    for (const id of [
      'GitHub',
      'gıthub',
      'githuｂ',
      'git-hub',
      'github ',
      ' github',
      'a',
      '__proto__',
      'constructor!',
      '1a',
      '',
    ]) {
      expect(await add(id), id).toBe('request.invalid')
    }
    const reading = sample.replace('    label: API token', '    label: API token\n    reader: gh')
    const refused = await refusal(ada.client.services.add({ id: 'reading', definition: reading }))
    expect(refused.issues).toEqual([
      { path: 'auth.token.reader', line: 19, column: 13, message: 'only built-in services read a file' },
    ])
    expect(await refusal(ada.client.services.get('constructor'))).toMatchObject({ code: 'service.not_found' })
  })

  it('goes through once, however often and however many ask at once', async () => {
    const { services } = ada.client
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => services.add({ id: 'rushed', definition: sample })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const versions = await Promise.all(
      Array.from({ length: 6 }, (_, n) => services.replace('rushed', { definition: `${green}# ${n}\n` })),
    )
    expect(versions.map(({ version }) => version).toSorted()).toEqual([2, 3, 4, 5, 6, 7])
    const newest = await services.get('rushed')
    expect(await services.replace('rushed', { definition: newest.source!.text })).toMatchObject({ version: 7 })
    const again = { idempotencyKey: 'once' }
    const first = await services.add({ id: 'once', definition: sample }, again)
    expect(await services.add({ id: 'once', definition: sample }, again)).toEqual(first)
  })

  it('is not removed while somebody objects', async () => {
    await ada.client.services.add({ id: 'needed', definition: sample })
    app.app.services.beforeRemoval(async (_, workspaceId, id) => {
      if (id === 'needed') throw new Problem('service.in_use', { id, connections: workspaceId ? 2 : 0 })
    })
    expect(await refusal(ada.client.services.remove('needed'))).toMatchObject({ code: 'service.in_use', status: 409 })
    expect((await ada.client.services.get('needed')).version).toBe(1)
  })

  it('goes with its workspace', async () => {
    const other = await app.neighbour(ada)
    await other.client.services.add({ id: 'gone', definition: sample })
    await other.client.workspace.delete()
    await expect(app.app.services.definition(other.workspaceId, 'gone', 1)).rejects.toEqual(
      problem('service.not_found'),
    )
    const caller: Caller = {
      actor: { kind: 'operator', workspaceId: other.workspaceId },
      requestId: 'req_x',
      ip: '',
    }
    await expect(app.app.services.add(caller, 'late', { format: 'yaml', text: sample })).rejects.toEqual(
      problem('workspace.not_found'),
    )
  })
})

describe(`the operator's part, on ${databaseName}`, () => {
  async function start(files: Record<string, string>, options: TestAppOptions = {}) {
    const database = options.database ?? (await freshDatabase())
    const folder = join(database.folder, `services-${Math.random()}`)
    mkdirSync(folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const environment = { CARDEA_SERVICES_DIR: folder, ...options.environment }
    const started = await testApp({ logLevel: 'error', database, environment })
    onTestFinished(() => started.close().catch(() => undefined))
    return { started, database }
  }

  it('is a folder of services for every workspace, whose versions outlive an edited file', async () => {
    const { started, database } = await start({ 'teapot.yaml': sample, 'README.md': 'no service', '.hidden.yaml': '{' })
    onTestFinished(() => database.drop())
    const admin = await started.setUp()
    const seen = await admin.client.services.get('teapot')
    expect(seen).toMatchObject({ origin: 'folder', version: 1, source: null })
    expect(await refusal(admin.client.services.add({ id: 'teapot', definition: sample }))).toMatchObject({
      code: 'service.name_taken',
    })
    expect(await refusal(admin.client.services.replace('teapot', { definition: sample }))).toMatchObject({
      status: 404,
    })
    await started.close()

    const { started: second } = await start({ 'teapot.yml': green }, { database })
    const { services } = second.app
    expect(await services.get(admin.workspaceId, 'teapot')).toMatchObject({ version: 2 })
    expect((await services.definition(admin.workspaceId, 'teapot', 1)).name).toBe('Teapot')
    await second.close()

    // The first text again is the first version again; and once the file has gone, its numbers are not given to another.
    const { started: third } = await start({ 'teapot.yaml': sample }, { database })
    expect(await third.app.services.get(undefined, 'teapot')).toMatchObject({ version: 1 })
    await third.close()
    const { started: fourth } = await start({}, { database })
    const caller: Caller = { actor: { kind: 'operator', workspaceId: admin.workspaceId }, requestId: 'req_x', ip: '' }
    const own = await fourth.app.services.add(caller, 'teapot', { format: 'yaml', text: green })
    expect(own).toMatchObject({ origin: 'workspace', version: 3 })
    expect((await fourth.app.services.definition(admin.workspaceId, 'teapot', 1)).name).toBe('Teapot')
  })

  it.each([
    ['a line that is wrong', { 'teapot.yaml': spoil('/v1/me', 'file:///etc/passwd').text }, 'line 31: check.get'],
    ['a built-in name', { 'slack.yaml': sample }, 'comes with Cardea'],
    ['two files for one name', { 'teapot.yaml': sample, 'teapot.yml': sample }, 'two files'],
    ['a name with capitals', { 'Teapot.yaml': sample }, 'its name is not'],
    [
      'a file of ours',
      { 'teapot.yaml': sample.replace('    type: apikey', '    type: apikey\n    reader: gh') },
      'read a file',
    ],
    ['a file too large', { 'teapot.yaml': `#${'x'.repeat(300_000)}` }, 'larger than 256 KB'],
  ])('refuses to start with %s in the folder', async (_, files, why) => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    await expect(start(files as Record<string, string>, { database })).rejects.toThrow(why)
  })

  it('is one list of what may be used, which holds for everything', async () => {
    const { started, database } = await start(
      { 'teapot.yaml': sample, 'kettle.json': JSON.stringify(parse(sample)) },
      { environment: { CARDEA_SERVICES_ALLOWED: 'github, kettle' } },
    )
    onTestFinished(() => database.drop())
    const admin = await started.setUp()
    const { items } = await admin.client.services.list().page()
    expect(items.map(({ id }) => id)).toEqual(['github', 'kettle'])
    expect(await refusal(admin.client.services.get('slack'))).toMatchObject({ code: 'service.not_permitted' })
    expect(await refusal(admin.client.services.add({ id: 'other', definition: sample }))).toMatchObject({
      code: 'service.not_permitted',
    })
    // A connection that was there before must still be found, to be ended.
    expect((await started.app.services.definition(admin.workspaceId, 'teapot', 1)).name).toBe('Teapot')
    expect(started.app.services.permits('teapot')).toBe(false)
  })
})
