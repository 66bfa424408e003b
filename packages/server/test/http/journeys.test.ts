import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { type CardeaProblem, createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import type { RawHandler } from '../../src/http/proxied.ts'
import { type Browser, PASSWORD, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'

let app: TestApp
let ada: Browser
beforeAll(async () => {
  app = await testApp()
  expect(await app.stranger.setup.state()).toEqual({ open: true })
  ada = await app.setUp()
})
afterAll(() => app?.close())

const refused = (work: Promise<unknown>): Promise<CardeaProblem> =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  )

describe(`people at the door, on ${databaseName}`, () => {
  it('set the server up once', async () => {
    expect(await app.stranger.setup.state()).toEqual({ open: false })
    const again = { token: 'x', name: 'Eve', email: 'eve@example.com', password: PASSWORD, workspace: 'Mine' }
    expect(await refused(app.stranger.setup.complete(again))).toMatchObject({ code: 'setup.link_used', status: 410 })
  })

  it('sign in with a password, change it, and sign out', async () => {
    const eve = await app.join(ada, 'viewer', 'eve@example.com')
    expect(await eve.client.session.get()).toMatchObject({ person: { email: 'eve@example.com' } })
    const wrong = app.stranger.session.signIn({ email: 'eve@example.com', password: 'not the password' })
    expect(await refused(wrong)).toMatchObject({ code: 'auth.wrong_password', status: 401 })
    const missing = app.stranger.session.signIn({ email: 'nobody@example.com', password: 'not the password' })
    expect((await refused(missing)).code).toBe('auth.wrong_password')
    expect((await refused(eve.client.changePassword({ current: PASSWORD, next: 'short' }))).code).toBe(
      'password.too_weak',
    )
    await eve.client.changePassword({ current: PASSWORD, next: 'another long password' })
    expect(await app.stranger.session.signIn({ email: 'eve@example.com', password: 'another long password' })).toEqual({
      person: { id: expect.stringMatching(/^usr_/), name: expect.any(String), email: 'eve@example.com' },
    })
    const { items } = await eve.client.logins.list().page()
    expect(items.filter(({ current }) => current)).toHaveLength(1)
    expect(await eve.client.logins.endOthers()).toEqual({ ended: items.length - 1 })
    const stolen = eve.cookie()
    await eve.client.session.signOut()
    expect(await eve.client.session.get()).toEqual({ person: null })
    const thief = await fetch(`${app.url}/v1/me`, { headers: { cookie: stolen } })
    expect(thief.status).toBe(401)
  })

  it('are told of an invitation only with its token, and join with it once', async () => {
    const { token, link } = await ada.client.invitations.create({ email: 'mia@example.com', role: 'editor' })
    expect(link).toContain(token)
    expect(await app.stranger.invitations.inspect(token)).toMatchObject({ email: 'mia@example.com', role: 'editor' })
    expect((await refused(app.stranger.invitations.inspect(`${token}x`))).code).toBe('invitation.not_valid')
    expect((await refused(app.stranger.invitations.accept({ token, name: 'Mia' }))).code).toBe('request.invalid')
    const joined = await app.stranger.invitations.accept({ token, name: 'Mia', password: PASSWORD })
    expect(joined).toMatchObject({ workspaceId: ada.workspaceId, role: 'editor' })
    const again = app.stranger.invitations.accept({ token, name: 'Mia', password: PASSWORD })
    expect((await refused(again)).code).toBe('invitation.not_valid')
  })

  it('let a command line in by its code, which then is them until they end it', async () => {
    const started = await app.stranger.deviceLogins.start('laptop')
    expect(started).toMatchObject({ user_code: expect.stringMatching(/^\w{4}-\w{4}$/), interval: expect.any(Number) })
    expect(started.verification_uri_complete).toContain(started.user_code)
    const poll = () => app.stranger.deviceLogins.token(started.device_code, 'laptop')
    expect((await refused(poll())).code).toBe('oauth.authorization_pending')
    expect((await refused(poll())).code).toBe('oauth.slow_down')
    expect(await ada.client.deviceLogins.inspect(started.user_code)).toMatchObject({ client: 'laptop' })
    await ada.client.deviceLogins.approve(started.user_code)
    const { access_token: token, token_type } = await poll()
    expect(token_type).toBe('Bearer')
    expect((await refused(poll())).code).toBe('oauth.expired_token')

    const cli = createClient({ url: app.url, token, workspace: ada.workspaceId })
    expect(await cli.me()).toMatchObject({ kind: 'person', person: { email: ada.email }, role: 'admin' })
    const { items } = await ada.client.logins.list().page()
    await ada.client.logins.end(items.find(({ kind }) => kind === 'cli')!.id)
    expect((await refused(cli.me())).code).toBe('auth.rejected')
  })

  it('hear from OAuth in the words of OAuth', async () => {
    const ask = async (path: string, form: Record<string, string>) => {
      const answer = await fetch(`${app.url}${path}`, { method: 'POST', body: new URLSearchParams(form) })
      return [answer.status, ((await answer.json()) as { error: string }).error]
    }
    expect(await ask('/oauth/token', { grant_type: 'password' })).toEqual([400, 'unsupported_grant_type'])
    expect(await ask('/oauth/token', {})).toEqual([400, 'invalid_request'])
    expect(await ask('/oauth/device_authorization', {})).toEqual([400, 'invalid_request'])
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    expect(await ask('/oauth/token', { grant_type, device_code: 'made up' })).toEqual([400, 'expired_token'])
  })
})

describe(`the deployment, on ${databaseName}`, () => {
  it('rotates its keys while it is asked how far it is', async () => {
    const started = await ada.client.deployment.rotate('data_keys')
    expect(started).toMatchObject({ kind: 'data_keys', error: null })
    await expect.poll(() => ada.client.deployment.rotation(started.id)).toMatchObject({ state: 'done' })
    expect((await ada.client.deployment.vault()).rotation?.id).toBe(started.id)
    expect(await refused(ada.client.deployment.rotation('rot_none'))).toMatchObject({ status: 404 })
    expect(await ada.client.deployment.verifyAudit()).toMatchObject({ ok: true, findings: [] })
  })

  it('goes on, and forgets what it must, while somebody reads a backup of it', async () => {
    const neighbour = await app.neighbour(ada)
    let finish: () => void = () => {}
    const reading = app.app.store.snapshot(async (db) => {
      await db.selectFrom('members').selectAll().execute()
      await new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    const began = performance.now()
    await neighbour.client.workspace.delete()
    expect(performance.now() - began).toBeLessThan(3000)
    finish()
    await reading
    if (app.app.store.dialect === 'sqlite') expect(statSync(`${app.app.folder.database}-wal`).size).toBe(0)
  })

  it('is not ready while a part of it does not answer, and says which, but not why', async () => {
    expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({ ready: true })
    const broken = { ...app.app.store, check: () => Promise.reject(new Error('password=hunter2 refused')) }
    const http = createHttp({ ...app.app, store: broken, dashboardFolder: app.database.folder })
    const answer = await http.handle(new Request('http://localhost/readyz'))
    expect(answer.status).toBe(503)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ ready: false, store: { ok: false }, vault: { ok: true } })
    expect(text).not.toContain('hunter2')
    await http.close(0)
  })

  it('hides what went wrong inside from the caller and keeps it in the log, under the same id', async () => {
    const accounts = {
      ...app.app.accounts,
      keys: { ...app.app.accounts.keys, list: () => Promise.reject(new Error('inner words')) },
    }
    const http = createHttp({ ...app.app, accounts, dashboardFolder: app.database.folder })
    const { token } = await app.key(ada, 'admin')
    const answer = await http.handle(new Request('http://localhost/v1/keys', { headers: { 'x-api-key': token } }))
    const text = await answer.text()
    const { code, requestId } = JSON.parse(text)
    expect([answer.status, code]).toEqual([500, 'server.fault'])
    expect(text).not.toContain('inner')
    const line = app.logged.find((entry) => entry.includes('inner words'))
    expect(line).toContain(requestId)
    await http.close(0)
  })
})

describe('the raw path', () => {
  it('reaches its handler with nothing read, and nothing else does', async () => {
    const seen: string[] = []
    const proxy: RawHandler = {
      request: (request, response) => {
        seen.push(`${request.method} ${request.url}`)
        request.pipe(response)
      },
      upgrade: (request, socket) => {
        seen.push(`upgrade ${request.url}`)
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      },
    }
    const http = createHttp({ ...app.app, proxy, dashboardFolder: app.database.folder })
    const { url } = await http.listen('127.0.0.1', 0)
    const bytes = crypto.getRandomValues(new Uint8Array(60_000))
    const echoed = await fetch(`${url}/proxy/conn_1/a//b%2F..?x=%00`, { method: 'PUT', body: bytes })
    expect(await echoed.bytes()).toEqual(bytes)
    for (const path of ['/proxyx', '/%70roxy/a', '/v1/proxy', '//proxy']) await fetch(`${url}${path}`)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end('GET /proxy/socket HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    expect(seen).toEqual(['PUT /proxy/conn_1/a//b%2F..?x=%00', 'upgrade /proxy/socket'])
    await http.close(0)
  })
})
