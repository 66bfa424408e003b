import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createClient } from '@cardea/sdk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { type Browser, PASSWORD, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { runCli, setUp, startProcess } from '../server.ts'

/**
 * One of each kind of secret is planted, everything that can be done with it is done, and then every place that somebody
 * else may read is searched for it, as it is and in the encodings in which it could be hiding.
 */
describe(`a planted secret of each kind on ${databaseName}`, () => {
  let app: TestApp
  let admin: Browser
  const planted = new Map<string, string>()
  const answers: string[] = []
  const terminal: string[] = []
  let backup: Buffer
  let files: Buffer

  beforeAll(async () => {
    app = await testApp({
      environment: { CARDEA_LOG_LEVEL: 'debug', CARDEA_METRICS_TOKEN: 'planted-metrics-token-value' },
      onAnswer: (request, answer) => {
        void answer.text().then((text) => {
          const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie')
          answers.push(
            `${request.method} ${new URL(request.url).pathname} ${answer.status}\n${JSON.stringify(headers)}\n${text}`,
          )
        })
      },
    })
    plant('the metrics token', 'planted-metrics-token-value')
    const link = await app.app.accounts.setup.link()
    plant('the first-run token', /cardea_setup_[\w-]+/.exec(link!.reveal())![0])
    admin = await app.setUp()
    plant(
      'the session of the administrator',
      admin
        .cookie()
        .split('=')[1]!
        .split(/%2E|\./)[0]!,
    )
    plant('the password', PASSWORD)

    const { token: key } = await admin.client.keys.create(
      { name: 'planted', role: 'admin' },
      { idempotencyKey: 'planted-idempotency' },
    )
    plant('an API key', key)
    const { token: invitation } = await admin.client.invitations.create({ email: 'bob@example.com', role: 'viewer' })
    plant('an invitation', invitation)

    const device = await app.stranger.deviceLogins.start('a terminal')
    plant('a device code', device.device_code)
    plant('a user code', device.user_code)
    await admin.client.deviceLogins.approve(device.user_code)
    const { access_token: cli } = await app.stranger.deviceLogins.token(device.device_code, 'a terminal')
    plant('the token of a command line', cli)

    plant('a credential in the vault', 'sk-planted-credential-0123456789')
    const ref = { workspaceId: admin.workspaceId, ownerId: 'conn_planted', field: 'apiKey', version: 1 }
    await app.app.vault.put(ref, Secret.of(planted.get('a credential in the vault')!))
    const masterKey = readFileSync(join(app.database.folder, 'data/master.key'), 'utf8').trim().split('\n').at(-1)!
    plant('the master key', masterKey.split(/[:\s]/).at(-1)!)
    for (const name of ['audit', 'sessions']) {
      plant(
        `the deployment's key for ${name}`,
        (await app.app.vault.deploymentKey(name)).revealBytes().toString('base64'),
      )
    }

    await useEverything({ key, cli, invitation })
    const chunks: Uint8Array[] = []
    for await (const chunk of await admin.client.deployment.backup()) chunks.push(chunk)
    backup = Buffer.concat(chunks)
    files = await databaseBytes()
  })
  afterAll(() => app.close())

  const plant = (kind: string, secret: string) => {
    expect(secret.length, kind).toBeGreaterThan(6)
    planted.set(kind, secret)
  }

  /** Calls with each credential, right and wrong, so that it passes through every path that could show it. */
  async function useEverything({ key, cli, invitation }: Record<'key' | 'cli' | 'invitation', string>) {
    const withKey = createClient({ url: app.url, apiKey: key })
    const withCli = createClient({ url: app.url, token: cli })
    for (const client of [admin.client, withKey, withCli]) {
      await client.me()
      for await (const _ of client.keys.list());
      for await (const _ of client.audit.list());
    }
    for await (const _ of admin.client.logins.list());
    for await (const _ of admin.client.members.list());
    for await (const _ of admin.client.invitations.list());
    await admin.client.deployment.vault()
    await app.stranger.invitations.inspect(invitation)
    for (const format of ['ndjson', 'csv'] as const) {
      answers.push(await new Response(await admin.client.audit.export(format)).text())
    }
    const requests: [string, RequestInit][] = [
      [`/v1/keys?api_key=${key}`, { headers: { 'x-api-key': key } }],
      [`/v1/${key}`, { headers: { 'x-api-key': key } }],
      ['/v1/me', { headers: { 'x-api-key': `${key}x` } }],
      ['/v1/me', { headers: { authorization: `Bearer ${key}` } }],
      ['/v1/me', { headers: { authorization: `Bearer ${cli}`, 'x-api-key': key } }],
      [
        '/v1/keys',
        { method: 'POST', body: `{"name": "${key}`, headers: { 'x-api-key': key, 'content-type': 'application/json' } },
      ],
      [
        '/v1/keys',
        {
          method: 'POST',
          body: JSON.stringify({ name: 1, role: key }),
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
        },
      ],
      [
        '/api/auth/sign-in/email',
        {
          method: 'POST',
          body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD, extra: PASSWORD }),
          headers: { 'content-type': 'application/json', origin: app.url },
        },
      ],
      [`/proxy/conn_x/${key}`, { headers: { authorization: `Bearer ${key}` } }],
      ['/metrics', { headers: { authorization: 'Bearer planted-metrics-token-value' } }],
      ['/readyz', {}],
      ['/openapi.json', {}],
    ]
    for (const [path, init] of requests) {
      const answer = await fetch(`${app.url}${path}`, init)
      answers.push(await answer.text())
    }
  }

  async function databaseBytes(): Promise<Buffer> {
    const { url, folder } = app.database
    if (!url) {
      const data = join(folder, 'data')
      const names = readdirSync(data).filter((name) => name.startsWith('cardea.db') || name.endsWith('.json'))
      expect(names).toContain('cardea.db-wal')
      return Buffer.concat(
        names.filter((name) => statSync(join(data, name)).isFile()).map((name) => readFileSync(join(data, name))),
      )
    }
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows: tables } = await client.query(`select tablename from pg_tables where schemaname = 'public'`)
    const dumps = await Promise.all(
      tables.map(async ({ tablename }) =>
        (await client.query(`select t::text as row from ${tablename} t`)).rows.map(({ row }) => row).join('\n'),
      ),
    )
    await client.end()
    return Buffer.from(dumps.join('\n'))
  }

  /** Where in `place` a planted secret is, in any common encoding. */
  function found(place: string, text: string | Buffer, except: readonly string[] = []): string[] {
    const haystack = Buffer.isBuffer(text) ? text : Buffer.from(text)
    return [...planted].flatMap(([kind, secret]) => {
      if (except.includes(kind)) return []
      const bytes = Buffer.from(secret)
      const forms = [
        bytes,
        Buffer.from(bytes.toString('hex')),
        Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
        Buffer.from(encodeURIComponent(secret)),
      ]
      return forms.some((form) => haystack.includes(form)) ? [`${kind} is in ${place}`] : []
    })
  }

  it('is found by the search where it really is', () => {
    expect(found('a test', `x ${planted.get('an API key')} y`)).toEqual(['an API key is in a test'])
  })

  it('is in no answer, but for the one that makes it', () => {
    expect(answers.length).toBeGreaterThan(20)
    const making = /^POST \/(v1\/(keys|invitations)|oauth\/(token|device_authorization)) 20/
    expect(
      answers.filter((answer) => !making.test(answer)).flatMap((answer) => found(answer.slice(0, 80), answer)),
    ).toEqual([])
  })

  it('is not in the log at its most talkative', () => {
    expect(app.logged.length).toBeGreaterThan(20)
    expect(found('the log', app.logged.join(''))).toEqual([])
  })

  it('is in no record of the audit trail', async () => {
    const records = await app.app.store.sweep((db) => db.selectFrom('audit_records').selectAll().execute())
    expect(records.length).toBeGreaterThan(5)
    expect(found('the audit trail', JSON.stringify(records))).toEqual([])
  })

  it('is not in the files or rows of the database', () => {
    expect(files.length).toBeGreaterThan(5000)
    expect(found('the database', files)).toEqual([])
  })

  it('is not in a backup, and neither is anything else that could be read', () => {
    expect(found('the backup', backup)).toEqual([])
    expect(backup.includes('ada@example.com')).toBe(false)
    expect(() => gunzipSync(backup.subarray(backup.indexOf('\n') + 1))).toThrow()
  })

  it('is in no stack trace of an error that had it at hand', async () => {
    const ref = { workspaceId: admin.workspaceId, ownerId: 'conn_planted', field: 'apiKey', version: 1 }
    await app.app.store.sweep((db) =>
      db
        .updateTable('secrets')
        .set({ sealed: Buffer.from('broken') })
        .where('owner_id', '=', 'conn_planted')
        .execute(),
    )
    const error = await app.app.vault.get(ref).catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({ code: 'vault.corrupt' })
    const { inspect } = await import('node:util')
    expect(found('a stack trace', inspect(error, { depth: 10, showHidden: true }))).toEqual([])
  })

  it('is not on the terminal of the server or of the command line', async () => {
    const database = app.database.url
      ? await (await import('../database.ts')).freshDatabase()
      : { ...app.database, folder: join(app.database.folder, 'terminal') }
    const server = await startProcess(database, {
      CARDEA_LOG_LEVEL: 'debug',
      CARDEA_METRICS_TOKEN: 'planted-metrics-token-value',
    })
    try {
      const { client, key, cookie } = await setUp(server)
      planted.set('a key of the other server', key)
      planted.set('a session of the other server', cookie.split('=')[1]!.slice(0, 32))
      await client.me()
      for (const words of [
        ['config'],
        ['config', '--json'],
        ['vault', 'status'],
        ['audit', 'verify'],
        ['vault', 'rotate-key'],
        ['help'],
      ]) {
        const { stdout, stderr } = await runCli(words, database, {
          CARDEA_METRICS_TOKEN: 'planted-metrics-token-value',
        })
        terminal.push(stdout, stderr)
      }
    } finally {
      await server.stop()
    }
    terminal.push(server.output())
    expect(existsSync(join(database.folder, 'data/master.key'))).toBe(true)
    expect(found('the terminal', terminal.join('\n'))).toEqual([])
  })
})
