import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, type CreateOauthApp, createClient, type OauthApp } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEPLOYMENT } from '../../src/store/schema.ts'
import { tableNames } from '../../src/store/tables.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { all, ofGithub, ofMicrosoft, ownDefinition, SECRET } from './house.ts'

let app: TestApp
let ada: Browser
let eve: Browser
let vic: Browser
let ned: Browser
const answers: string[] = []

beforeAll(async () => {
  app = await testApp({
    environment: { CARDEA_ALLOWED_HOSTS: 'acme.example.com' },
    onAnswer: (_request, answer) => void answer.text().then((text) => answers.push(text)),
  })
  ada = await app.setUp()
  eve = await app.join(ada, 'editor')
  vic = await app.join(ada, 'viewer')
  ned = await app.neighbour(ada)
})
afterAll(() => app?.close())

const refused = (client: Client, more: object, path: string) =>
  expect(client.apps.create({ ...ofGithub(), ...more } as never), path).rejects.toMatchObject({
    code: 'request.invalid',
    issues: expect.arrayContaining([expect.objectContaining({ path })]),
  })

describe(`registering an OAuth app, on ${databaseName}`, () => {
  it('takes what the service gave, and shows all of it but the secret', async () => {
    const made = await ada.client.apps.create(ofGithub({ extraScopes: ['repo', 'repo', 'read:org'], isDefault: true }))
    expect(made).toEqual({
      id: expect.stringMatching(/^app_/),
      sight: 'full',
      origin: 'workspace',
      provider: 'github',
      methods: ['oauth'],
      name: 'Our GitHub',
      isDefault: true,
      source: 'api',
      clientId: 'Iv1.0123456789abcdef',
      clientAuth: null,
      keyId: null,
      settings: {},
      extraScopes: ['repo', 'read:org'],
      secrets: ['clientSecret'],
      trouble: null,
      retiredAt: null,
      createdBy: expect.stringMatching(/^usr_/),
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      redirectUri: `${app.url}/oauth/callback`,
      warning: null,
    })
    expect(await ada.client.apps.get(made.id)).toEqual(made)
    expect((await ada.client.apps.list({ provider: 'github' }).page()).items).toEqual([made])
    expect((await ada.client.apps.list({ provider: 'slack' }).page()).items).toEqual([])
    await ada.client.apps.remove(made.id)
  })

  it('tells others of the workspace only that there is one, field by field', async () => {
    const { id } = await ada.client.apps.create(ofMicrosoft({ name: 'A name', settings: { tenant: 'contoso.com' } }))
    const ready: OauthApp = {
      id,
      sight: 'ready',
      origin: 'workspace',
      provider: 'microsoft_graph',
      methods: ['oauth'],
      name: 'ready',
      isDefault: null,
      source: null,
      clientId: null,
      clientAuth: null,
      keyId: null,
      settings: null,
      extraScopes: null,
      secrets: null,
      trouble: null,
      retiredAt: null,
      createdBy: null,
      createdAt: null,
      updatedAt: null,
      redirectUri: `${app.url}/oauth/callback`,
      warning: null,
    }
    const narrowed = await app.key(ada, 'admin', ['connection:read'])
    for (const client of [eve.client, vic.client, narrowed.client]) {
      expect(await client.apps.get(id)).toEqual(ready)
      expect((await client.apps.list().page()).items).toEqual([ready])
      for (const refused of [
        () => client.apps.create(ofGithub()),
        () => client.apps.change(id, { name: 'Mine' }),
        () => client.apps.remove(id),
      ]) {
        await expect(refused()).rejects.toMatchObject({ code: 'auth.forbidden', status: 403 })
      }
      await expect(client.deployment.apps.list().page()).rejects.toMatchObject({ code: 'auth.operator_only' })
    }
    const key = await app.key(ada, 'admin')
    expect(await key.client.apps.get(id)).toMatchObject({ sight: 'full', settings: { tenant: 'contoso.com' } })
    await ada.client.apps.remove(id)
  })

  it('is unknown to every other workspace, whatever they try', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    for (const foreign of [
      () => ned.client.apps.get(id),
      () => ned.client.apps.change(id, { clientSecret: 'mine' }),
      () => ned.client.apps.change(id, { name: 'mine' }, { dryRun: true }),
      () => ned.client.apps.remove(id),
      () => ned.client.apps.remove(id, { dryRun: true }),
      () => ada.client.deployment.apps.get(id),
      () => ada.client.deployment.apps.remove(id),
    ]) {
      await expect(foreign()).rejects.toMatchObject({ code: 'app.not_found', status: 404 })
    }
    expect((await ned.client.apps.list().page()).items).toEqual([])
    await expect(
      app.app.apps.choose(ned.workspaceId, { provider: 'github', method: 'oauth', appId: id }),
    ).rejects.toMatchObject({ code: 'app.not_found' })
    expect(await app.app.apps.find(ned.workspaceId, id)).toBeUndefined()
    await ada.client.apps.remove(id)
  })

  it('shows the redirect address before anything is registered, with what it takes', async () => {
    expect(await eve.client.apps.plan('microsoft_graph')).toEqual({
      provider: 'microsoft_graph',
      redirectUri: `${app.url}/oauth/callback`,
      warning: null,
      methods: [
        { id: 'oauth', takesClient: true, clientAuth: ['body'], settings: ['tenant'], fields: [], takesScopes: true },
      ],
    })
    const aws = await eve.client.apps.plan('aws')
    expect(aws.methods).toEqual([
      {
        id: 'assume_role',
        takesClient: false,
        clientAuth: [],
        settings: [],
        fields: ['ownKeyId', 'ownSecret'],
        takesScopes: false,
      },
    ])
  })

  it('says when the browser uses another address than services are told', async () => {
    const [, port] = app.url.split(/:(?=\d+$)/)
    const elsewhere: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('cookie', ada.cookie())
      headers.set('cardea-workspace', ada.workspaceId)
      return fetch(input, { ...init, headers })
    }
    const plan = await createClient({ url: `http://localhost:${port}`, fetch: elsewhere }).apps.plan('github')
    expect(plan.redirectUri).toBe(`${app.url}/oauth/callback`)
    expect(plan.warning).toContain(`http://localhost:${port}`)
    expect(plan.warning).toContain(app.url)
    expect(plan.warning).toContain('CARDEA_PUBLIC_URL')
  })

  it('refuses what does not fit, by name and without its value', async () => {
    const { client } = ada
    await expect(client.apps.create(ofGithub({ provider: 'datadog', methods: ['keys'] }))).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(client.apps.create(ofGithub({ provider: 'openai', methods: ['key'] }))).rejects.toMatchObject({
      code: 'app.not_taken',
    })
    await expect(client.apps.create(ofGithub({ provider: 'nowhere' }))).rejects.toMatchObject({
      code: 'service.not_found',
    })
    await refused(client, { methods: ['token'] }, 'body.methods')
    await refused(client, { methods: ['__proto__'] }, 'body.methods')
    const { methods: _methods, ...several } = ofGithub()
    await expect(client.apps.create(several)).rejects.toMatchObject({ code: 'request.invalid' })
    await refused(client, { clientId: '' }, 'body.clientId')
    await refused(client, { clientId: 'two words' }, 'body.clientId')
    await refused(client, { clientId: 'line\nbreak' }, 'body.clientId')
    await refused(client, { clientSecret: '   ' }, 'body.clientSecret')
    await refused(client, { clientSecret: 'line\r\nx-header: 1' }, 'body.clientSecret')
    await refused(client, { name: ' \u202e ' }, 'body.name')
    await refused(client, { settings: { tenant: 'x' } }, 'body.settings.tenant')
    await refused(client, { settings: { ['__proto__']: 'x' } as never }, '__proto__')
    await refused(client, { fields: { other: 'x' } }, 'body.fields.other')
    await refused(client, { clientAuth: 'private_key' }, 'body.clientAuth')
    await refused(client, { privateKey: '-----BEGIN X-----\nx\n-----END X-----' }, 'body.privateKey')
    await refused(client, { extraScopes: ['two words'] }, 'body.extraScopes')
    await refused(client, { extraScopes: ['a"b'] }, 'body.extraScopes')
    await expect(client.apps.create(ofMicrosoft({ settings: { tenant: 'evil.example/x?' } }))).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(
      client.apps.create({ provider: 'aws', clientId: 'x', fields: { ownKeyId: 'no key', ownSecret: SECRET } }),
    ).rejects.toMatchObject({ code: 'request.invalid' })
    const { clientSecret: _secret, ...without } = ofGithub()
    await expect(client.apps.create(without)).rejects.toMatchObject({
      issues: [{ path: 'body.clientSecret', message: 'is missing' }],
    })
    expect((await client.apps.list().page()).items).toEqual([])
  })

  it('takes a private key, reads off it how it signs, and refuses one that nobody takes', async () => {
    const pem = (key: { export(options: object): string | Buffer }) =>
      String(key.export({ type: 'pkcs8', format: 'pem' }))
    const settings = { domain: 'dev-1.okta.com' }
    const okta: CreateOauthApp = {
      provider: 'okta',
      methods: ['oauth'],
      clientId: 'abc',
      clientAuth: 'private_key',
      settings,
    }
    for (const [pair, alg] of [
      [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'],
      [generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'],
    ] as const) {
      const { id } = await ada.client.apps.create({ ...okta, privateKey: pem(pair.privateKey), keyId: 'k1' })
      const chosen = await app.app.apps.choose(ada.workspaceId, { provider: 'okta', method: 'oauth' })
      expect(chosen.client).toMatchObject({ id: 'abc', auth: 'private_key', key: { alg, kid: 'k1' } })
      expect(chosen.client.key!.pem.reveal()).toBe(pem(pair.privateKey).trim())
      expect(chosen.settings).toEqual(settings)
      await ada.client.apps.remove(id)
    }
    for (const { privateKey } of [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    ]) {
      await expect(ada.client.apps.create({ ...okta, privateKey: pem(privateKey) })).rejects.toMatchObject({
        code: 'oauth.key_unusable',
      })
    }
    await expect(ada.client.apps.create(okta)).rejects.toMatchObject({
      issues: [{ path: 'body.privateKey', message: 'is missing' }],
    })
    await expect(
      ada.client.apps.create({ ...okta, privateKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }),
    ).rejects.toMatchObject({ code: 'oauth.key_unusable' })
  })

  it('shows its secret nowhere: not in an answer, the audit trail, an event, the log or the files of the database', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    const planted = 'another-secret-that-nobody-sees'
    await ada.client.apps.change(id, { clientSecret: planted })
    await ada.client.apps.change(id, { clientId: 'Iv1.another', clientSecret: planted }, { dryRun: true })
    await ada.client.apps.change(id, { clientId: 'bad id', clientSecret: planted }).catch(() => {})
    await app.app.apps.refused(ada.workspaceId, id, { error: 'invalid_client', description: 'no' })
    const shown = [await all(ada.client), ...answers, ...app.logged].join('\n')
    const folder = join(app.database.folder, 'data')
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(join(folder, name)).toString('latin1'))
    const rows = await app.app.store.sweep(async (db) =>
      Promise.all(tableNames.map((table) => db.selectFrom(table).selectAll().execute())),
    )
    for (const secret of [SECRET, planted]) {
      expect(JSON.stringify(rows)).not.toContain(secret)
      expect(shown).not.toContain(secret)
      expect(files.join('\n')).not.toContain(secret)
    }
    expect(shown).toContain(id)
    await ada.client.apps.remove(id)
  })

  it('is recorded: registered, changed and removed, the secret and the client id as a risk', async () => {
    const { id } = await ada.client.apps.create(ofGithub())
    await ada.client.apps.change(id, { name: 'Renamed' })
    await ada.client.apps.change(id, { clientSecret: 'new' })
    await ada.client.apps.remove(id)
    const records = []
    for await (const record of ada.client.audit.list()) if (record.subject === id) records.unshift(record)
    expect(records.map(({ event, risk, detail }) => [event, risk, detail?.fields])).toEqual([
      ['oauth_app.created', 'high', undefined],
      ['oauth_app.updated', 'low', ['name']],
      ['oauth_app.updated', 'high', ['clientSecret']],
      ['oauth_app.deleted', 'high', undefined],
    ])
  })

  it('is for a service of the workspace itself too, and then for no other', async () => {
    await ada.client.services.add({ id: 'acme_own', definition: ownDefinition })
    const { id } = await ada.client.apps.create({ provider: 'acme_own', clientId: 'x', clientSecret: SECRET })
    expect(await app.app.apps.choose(ada.workspaceId, { provider: 'acme_own', method: 'oauth' })).toMatchObject({ id })
    await expect(
      ned.client.apps.create({ provider: 'acme_own', clientId: 'x', clientSecret: SECRET }),
    ).rejects.toMatchObject({ code: 'service.not_found' })
    await expect(
      ada.client.deployment.apps.create({ provider: 'acme_own', clientId: 'x', clientSecret: SECRET }),
    ).rejects.toMatchObject({ code: 'service.not_found' })
    await ada.client.apps.remove(id)
  })

  it('goes with its workspace, and so do its secrets', async () => {
    const gone = await app.neighbour(ada)
    const { id } = await gone.client.apps.create(ofGithub())
    const left = () =>
      app.app.store.sweep(async (db) => [
        ...(await db.selectFrom('oauth_apps').select('id').where('id', '=', id).execute()),
        ...(await db.selectFrom('secrets').select('owner_id').where('owner_id', '=', id).execute()),
      ])
    expect(await left()).toHaveLength(2)
    await gone.client.workspace.delete()
    expect(await left()).toEqual([])
  })
})

describe(`an OAuth app of the deployment, on ${databaseName}`, () => {
  it('is registered by operators alone, and used by every workspace without being read', async () => {
    const made = await ada.client.deployment.apps.create(
      ofMicrosoft({ name: 'For all', settings: { tenant: 'common' } }),
    )
    expect(made).toMatchObject({ sight: 'full', origin: 'deployment', clientId: ofMicrosoft().clientId })
    await expect(ned.client.deployment.apps.create(ofMicrosoft())).rejects.toMatchObject({ code: 'auth.operator_only' })
    await expect(ned.client.deployment.apps.get(made.id)).rejects.toMatchObject({ code: 'auth.operator_only' })
    for (const client of [ned.client, ada.client, vic.client]) {
      const [seen] = (await client.apps.list().page()).items
      expect(seen).toMatchObject({ id: made.id, sight: 'ready', name: 'ready', origin: 'deployment', settings: null })
      expect(JSON.stringify(seen)).not.toContain(ofMicrosoft().clientId)
      expect(JSON.stringify(await client.apps.get(made.id))).not.toContain(ofMicrosoft().clientId)
    }
    await expect(ned.client.apps.change(made.id, { name: 'Mine' })).rejects.toMatchObject({ code: 'app.not_found' })
    await expect(ned.client.apps.remove(made.id)).rejects.toMatchObject({ code: 'app.not_found' })
    const chosen = await app.app.apps.choose(ned.workspaceId, { provider: 'microsoft_graph', method: 'oauth' })
    expect(chosen.client.secret!.reveal()).toBe(SECRET)
    expect((await app.app.apps.ready(ned.workspaceId))('microsoft_graph', 'oauth')).toBe(true)
    expect((await app.app.apps.ready(ned.workspaceId))('github', 'oauth')).toBe(false)
    const { items } = await ada.client.deployment.audit({ limit: 200 }).page()
    expect(items.find(({ subject }) => subject === made.id)).toMatchObject({
      event: 'oauth_app.created',
      workspaceId: DEPLOYMENT,
    })
    expect(await all(ned.client)).not.toContain(ofMicrosoft().clientId)
    await ada.client.deployment.apps.remove(made.id)
    expect((await ned.client.apps.list().page()).items).toEqual([])
  })
})
