import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createGuard } from '../../src/net/guard.ts'
import { createSend } from '../../src/net/send.ts'
import { createOauth, type Party } from '../../src/oauth/oauth.ts'
import { type TestApp, type TestAppOptions, testApp } from '../app.ts'
import { freshDatabase } from '../database.ts'
import { environmentFor } from '../server.ts'
import { REDIRECT_URI } from './client.ts'
import { consentAt, enterCode } from './visitor.ts'

const ON = { CARDEA_SANDBOX: '1', CARDEA_SANDBOX_PORT: '0' }
const open: { close(): Promise<void> }[] = []
const started = async (environment: Record<string, string>, more: Partial<TestAppOptions> = {}): Promise<TestApp> => {
  const app = await testApp({ environment, logLevel: 'error', ...more })
  open.push(app)
  return app
}
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  )
const keyOf = async (issuer: string) => /sbx_[\w-]{32}/.exec(await (await fetch(issuer)).text())![0]

describe('a server without a sandbox', () => {
  it('does not load its library; with one it does, and closes it when it stops', async () => {
    const tell = async (environment: Record<string, string>) => {
      const database = await freshDatabase()
      try {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [join(import.meta.dirname, 'start-and-tell.ts')],
          {
            env: environmentFor(database, { CARDEA_LOG_LEVEL: 'error', ...environment }),
          },
        )
        return JSON.parse(stdout) as { loads: boolean; milliseconds: number; megabytes: number; after?: string }
      } finally {
        await database.drop()
      }
    }
    const without = await tell({})
    const beside = await tell(ON)
    console.log(
      `the sandbox adds ${beside.milliseconds - without.milliseconds} ms to ${without.milliseconds}, and ${beside.megabytes - without.megabytes} MB to ${without.megabytes}`,
    )
    expect(without).toMatchObject({ loads: false })
    expect(without).not.toHaveProperty('after')
    expect(beside).toMatchObject({ loads: true, after: 'closed' })
    expect(beside.megabytes - without.megabytes).toBeLessThan(100)
  })

  it('knows no such service', async () => {
    const app = await started({})
    const { client } = await app.setUp()
    expect(app.app.sandbox).toBeUndefined()
    expect(await refusal(client.services.get('sandbox'))).toBe('service.not_found')
  })
})

describe('a server with a sandbox', () => {
  it('has it in its catalog, drawn, with its own address', async () => {
    const app = await started(ON)
    const { client, workspaceId } = await app.setUp()
    const { host } = new URL(app.app.sandbox!.issuer)
    const seen = await client.services.get('sandbox')
    expect(seen).toMatchObject({ name: 'Sandbox', origin: 'built_in', version: 0, hosts: [host] })
    expect(seen.methods.map(({ id }) => id)).toEqual(['oauth', 'device', 'key'])
    expect(await app.app.services.icon(workspaceId, 'sandbox')).toMatch(/^<svg .*>Sb</)
    expect(await refusal(client.services.add({ id: 'sandbox', definition: '{}' }))).toBe('service.name_taken')
  })

  it('connects to it with a key, sees whose it is, and notices when it is wrong', async () => {
    const app = await started(ON)
    const { client } = await app.setUp()
    const key = await keyOf(app.app.sandbox!.issuer)
    const connection = await client.connections.create({ provider: 'sandbox', method: 'key', credential: { key } })
    expect(connection).toMatchObject({ status: 'active', health: 'ok', account: { label: 'ada@sandbox.example' } })
    const wrong = client.connections.create({
      provider: 'sandbox',
      method: 'key',
      credential: { key: `sbx_${'x'.repeat(32)}` },
    })
    expect(await refusal(wrong)).toBe('connection.test_refused')
  })

  it('keeps a connection that can be looked at and ended when the sandbox is gone', async () => {
    const database = await freshDatabase()
    open.push({ close: () => database.drop() })
    const first = await testApp({ environment: ON, logLevel: 'error', database })
    const admin = await first.setUp()
    const key = await keyOf(first.app.sandbox!.issuer)
    const { id } = await admin.client.connections.create({
      provider: 'sandbox',
      method: 'key',
      credential: { key },
      visibility: 'workspace',
    })
    const { token } = await first.key(admin, 'admin')
    await first.close()
    const second = await started({}, { database })
    const ask = (path: string, method = 'GET') =>
      fetch(`${second.url}/v1${path}`, { method, headers: { 'x-api-key': token } })
    expect((await ask('/connections')).status).toBe(200)
    expect(await (await ask(`/connections/${id}/test`, 'POST')).json()).toMatchObject({ code: 'service.not_found' })
    expect((await ask(`/connections/${id}`, 'DELETE')).status).toBe(200)
  })

  it('goes through consent, refresh and revocation as its definition says, by the same code as every service', async () => {
    const app = await started({ ...ON, CARDEA_PUBLIC_URL: 'http://127.0.0.1:4780' })
    const { issuer, service, app: given } = app.app.sandbox!
    const guard = createGuard({ own: [new URL(issuer).host] })
    const oauth = createOauth({ clock: systemClock, send: createSend(guard), allowsPlainHttp: guard.allowsPlainHttp })
    const party: Party = {
      service: service.definition,
      method: service.definition.auth.oauth!,
      open: {},
      secrets: {},
      client: { id: given.clientId, secret: given.clientSecret },
      redirectUri: REDIRECT_URI,
    }
    for (const pushTo of [undefined, `${issuer}/par`]) {
      const begun = await oauth.begin(party, pushTo ? { pushTo } : {})
      const back = await consentAt(begun.address)
      const code = back.searchParams.get('code')!
      const obtained = await oauth.complete(party, begun, { callback: { code, told: {} } })
      expect(obtained).toMatchObject({ scopes: ['notes:read', 'notes:write', 'offline_access'] })
      const renewed = await oauth.refresh({ ...party, secrets: obtained.secrets })
      expect(renewed.secrets.refreshToken!.reveal()).not.toBe(obtained.secrets.refreshToken!.reveal())
      expect(await refusal(oauth.refresh({ ...party, secrets: obtained.secrets }))).toBe('oauth.grant_dead')
      const other = await oauth.begin(party)
      const answer = await consentAt(other.address)
      const { secrets } = await oauth.complete(party, other, {
        callback: { code: answer.searchParams.get('code')!, told: {} },
      })
      expect((await oauth.revoke({ ...party, secrets })).outcome).toBe('ended')
      expect(await refusal(oauth.refresh({ ...party, secrets }))).toBe('oauth.grant_dead')
    }
    const onDevice = { ...party, method: service.definition.auth.device! }
    const start = await oauth.startDevice(onDevice)
    expect(await refusal(oauth.pollDevice(onDevice, start.deviceCode))).toBe('oauth.pending')
    await enterCode(issuer, start.userCode)
    expect((await oauth.pollDevice(onDevice, start.deviceCode)).secrets.refreshToken).toBeDefined()
  })

  it('reaches nothing else on this machine because of it', async () => {
    const app = await started(ON)
    const { client } = await app.setUp()
    const other = createServer((_request, response) => response.end('something of the machine'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => new Promise((resolve) => void other.close(() => resolve())) })
    const { port } = other.address() as AddressInfo
    const { host } = new URL(app.app.sandbox!.issuer)
    const send = createSend(createGuard({ own: [host], resolve: async () => ['127.0.0.1'] }))
    const asked = (url: string) => refusal(send({ method: 'GET', url, headers: {} }))
    expect(await asked(`http://${host}/`)).toBe('none')
    for (const elsewhere of [
      `127.0.0.1:${port}`,
      '127.0.0.1',
      `localhost:${port}`,
      `name.example:${host.split(':')[1]}`,
    ]) {
      expect(await asked(`http://${elsewhere}/`)).toBe('net.host_refused')
      expect(await asked(`https://${elsewhere}/`)).toBe('net.host_refused')
    }
    const connecting = client.connections.create({
      provider: 'http_bearer',
      settings: { server: `http://127.0.0.1:${port}`, test: '/' },
      credential: { token: 'x' },
    })
    expect(await refusal(connecting)).toMatch(/not_allowed|refused/)
  })

  it.each([
    [{ CARDEA_HOST: '0.0.0.0' }],
    [{ CARDEA_HOST: '10.0.0.5' }],
    [{ CARDEA_PUBLIC_URL: 'https://cardea.example' }],
  ])('does not start where others reach it, unless told to: %o', async (reached) => {
    expect(await refusal(started({ ...ON, ...reached } as never))).toBe('sandbox.beyond_loopback')
    const app = await started({ ...ON, ...reached, CARDEA_SANDBOX: 'anyway' } as never)
    expect(app.app.sandbox!.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('says so when its port is taken, and when a file has its name', async () => {
    const app = await started(ON)
    const { port } = new URL(app.app.sandbox!.issuer)
    expect(await refusal(started({ CARDEA_SANDBOX: '1', CARDEA_SANDBOX_PORT: port }))).toBe('sandbox.port_taken')
    const database = await freshDatabase()
    open.push({ close: () => database.drop() })
    const folder = join(database.folder, 'services')
    mkdirSync(folder)
    writeFileSync(join(folder, 'sandbox.yaml'), 'name: Mine\n')
    const named = started({ ...ON, CARDEA_SERVICES_DIR: folder }, { database })
    expect(await refusal(named)).toBe('service.folder_unusable')
  })
})
