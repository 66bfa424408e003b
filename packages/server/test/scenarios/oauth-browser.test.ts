import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client, Connection } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { type Browser, PASSWORD, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { startOauthServer } from '../oauth-server.ts'
import { type ConsentBrowser, consentBrowser, decide } from './consent-browser.ts'

/** Where somebody consents, and what can be seen there from outside. */
interface Place {
  app: TestApp
  provider: string
  issuer: string
  client: { id: string; secret: string }
  register(admin: Client): Promise<void>
  close(): Promise<void>
}

/** As short as the sandbox gives it. */
const LIFE = 5

async function besideItsSandbox(): Promise<Place> {
  const environment = { CARDEA_SANDBOX: '1', CARDEA_SANDBOX_PORT: '0' }
  const app = await testApp({ host: 'localhost', environment, logLevel: 'error' })
  const { issuer, app: ours, levers } = app.app.sandbox!
  levers.accessTokenSeconds = LIFE
  const client = { id: ours.clientId, secret: ours.clientSecret.reveal() }
  return { app, provider: 'sandbox', issuer, client, register: async () => {}, close: () => app.close() }
}

async function withAServiceOfItsOwn(): Promise<Place> {
  let url = ''
  const server = await startOauthServer({ redirectUris: () => [`${url}/oauth/callback`], accessTokenSeconds: LIFE })
  const environment = { CARDEA_ALLOWED_HOSTS: '127.0.0.1' }
  const app = await testApp({ host: 'localhost', environment, logLevel: 'error' })
  url = app.url
  const { issuer, client, definition } = server
  return {
    app,
    provider: 'notes',
    issuer,
    client,
    register: async (admin) => {
      await admin.services.add({ id: 'notes', definition })
      const { redirectUri } = await admin.apps.create({
        provider: 'notes',
        methods: ['oauth'],
        clientId: client.id,
        clientSecret: client.secret,
        settings: { server: issuer },
      })
      expect(redirectUri).toBe(`${url}/oauth/callback`)
    },
    close: async () => {
      await app.close()
      await server.close()
    },
  }
}

/** For browsers `localhost` and `127.0.0.1` are two sites: whoever comes back comes from elsewhere. */
describe.each([
  ['the sandbox', 'sandbox', besideItsSandbox],
  ['a service that a workspace described', 'own', withAServiceOfItsOwn],
] as const)(`consent at %s in a real browser, on ${databaseName}`, (_, prefix, open) => {
  let place: Place
  let url: string
  let ada: Browser
  let product: Client
  let browser: ConsentBrowser
  let shop: Server
  let shopUrl: string
  let mine: Connection

  beforeAll(async () => {
    place = await open()
    ;({ url } = place.app)
    ada = await place.app.setUp()
    await place.register(ada.client)
    product = (await place.app.key(ada, 'editor')).client
    shop = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>A shop</title><h1>Connected</h1>')
    })
    shop.listen(0, '127.0.0.1')
    await once(shop, 'listening')
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
    await ada.client.returnAddresses.add(`${shopUrl}/connected`)
    browser = await consentBrowser(url, prefix)
  })
  afterAll(async () => {
    await browser?.close()
    shop?.close()
    await place?.close()
  })

  const api = async (token: string, path: string) =>
    (await fetch(`${place.issuer}/api${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const tokenOf = async ({ id }: Pick<Connection, 'id'>) => {
    const { values, version } = await place.app.app.connections.usable(ada.workspaceId, id)
    return { token: values.accessToken!.reveal(), version }
  }
  const refreshTokenOf = async (id: string) => {
    const { values } = await place.app.app.connections.usable(ada.workspaceId, id)
    return values.refreshToken!.reveal()
  }
  const isActive = async (token: string) => {
    const { id, secret } = place.client
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const body = new URLSearchParams({ token })
    const answer = await fetch(`${place.issuer}/introspect`, { method: 'POST', headers: { authorization }, body })
    return ((await answer.json()) as { active: boolean }).active
  }
  const all = async () => (await ada.client.connections.list({ status: 'active' }).page()).items
  const flow = (id: string) => ada.client.connections.flows.get(id)
  const begins = (more = {}) => ({ provider: place.provider, method: 'oauth', ...more })

  it('leads a member from a link through sign-in and consent to an account that can be used', async () => {
    const { page } = browser
    const { id: member } = await ada.client.me()
    const { id, url: link } = await product.connectSessions.create({
      member,
      product: 'Northwind Assistant',
      services: [place.provider],
    })
    await page.goto(link)
    await browser.look(page, '1-landing')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill(PASSWORD)
    await browser.look(page, '2-sign-in')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await browser.look(page, '3-ways')
    await page.getByRole('link', { name: /^Sign in with/ }).click()
    await browser.look(page, '4-offer')
    await page.getByRole('button', { name: /^Continue to/ }).click()
    await page.getByRole('button', { name: 'Allow' }).waitFor()
    await browser.look(page, '5-consent')
    await decide(page, url)
    await page.getByRole('status').waitFor()
    await browser.look(page, '6-connected')
    expect(page.url()).not.toMatch(/code=|state=/)

    const { connectionId, state } = await product.connectSessions.get(id)
    expect(state).toBe('completed')
    mine = await ada.client.connections.get(connectionId!)
    expect(mine).toMatchObject({
      status: 'active',
      health: 'ok',
      mine: true,
      visibility: 'private',
      account: { label: 'ada@sandbox.example' },
      scopes: ['notes:read', 'notes:write', 'offline_access'],
    })
    const { token } = await tokenOf(mine)
    expect([await api(token, '/me'), await api(token, '/notes'), await api('another', '/me')]).toEqual([200, 200, 401])
  })

  it('holds what a product’s user connected until the product redeems the code that comes back', async () => {
    const page = await browser.newPage()
    const { id, url: link } = await product.connectSessions.create({
      endUser: 'customer 7',
      product: 'A shop',
      services: [place.provider],
      returnTo: { address: `${shopUrl}/connected`, state: 'xyz' },
    })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(link)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('link', { name: /^Sign in with/ }).click()
    await page.getByRole('button', { name: /^Continue to/ }).click()
    await decide(page, url, { person: 'Grace' })
    await page.getByRole('status').waitFor()
    await browser.look(page, '7-one-more-step')
    const [held] = (await product.connections.list({ status: 'pending' }).page()).items
    const refused = place.app.app.connections.usable(ada.workspaceId, held!.id)
    await expect(refused).rejects.toMatchObject({ code: 'connection.pending' })
    await page.getByRole('button', { name: /^Return to/ }).click()
    await page.waitForURL(`${shopUrl}/connected?*`)
    const back = new URL(page.url()).searchParams
    expect(back.get('state')).toBe('xyz')
    const { connection } = await product.connectSessions.complete(id, {
      code: back.get('code')!,
      endUser: 'customer 7',
    })
    expect(connection).toMatchObject({ id: held!.id, status: 'active', account: { label: 'grace@sandbox.example' } })
    expect(await api((await tokenOf(connection)).token, '/me')).toBe(200)
    await page.close()
  })

  it('says that it was denied, and connects nothing', async () => {
    const { page } = browser
    const before = (await all()).length
    const { id } = await browser.leave(page, begins())
    await decide(page, url, { says: 'Deny' })
    await page.getByRole('alert').waitFor()
    await browser.look(page, '8-denied')
    expect(await page.getByRole('heading').first().textContent()).toBe('Access was not granted')
    expect(page.url()).not.toMatch(/state=/)
    expect(await flow(id)).toMatchObject({ state: 'failed', problem: { code: 'oauth.denied' }, connection: null })
    expect(await all()).toHaveLength(before)
  })

  it('says which scopes were left out, and keeps those that were not', async () => {
    const { page } = browser
    const { id } = await browser.leave(page, begins({ name: 'Only reads' }))
    await decide(page, url, { without: 'Write notes' })
    await page.getByText('Less was granted than was asked for').waitFor()
    await browser.look(page, '9-fewer-scopes')
    const { connection, notes, scopes } = await flow(id)
    expect([notes.includes('fewer_scopes'), scopes.missing]).toEqual([true, ['notes:write']])
    expect(connection).toMatchObject({ status: 'active', name: 'Only reads', scopes: ['notes:read', 'offline_access'] })
    const { token } = await tokenOf(connection!)
    const written = await fetch(`${place.issuer}/api/notes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"text":"x"}',
    })
    expect([await api(token, '/notes'), written.status]).toEqual([200, 403])
  })

  it('keeps two tabs apart that are on the way at once', async () => {
    const [one, two] = [await browser.newPage(), await browser.newPage()]
    const first = await browser.leave(one, begins({ name: 'First tab' }))
    const second = await browser.leave(two, begins({ name: 'Second tab' }))
    await decide(two, url, { without: 'Write notes' })
    await decide(one, url)
    expect((await flow(first.id)).connection).toMatchObject({
      name: 'First tab',
      scopes: ['notes:read', 'notes:write', 'offline_access'],
    })
    expect((await flow(second.id)).connection).toMatchObject({
      name: 'Second tab',
      scopes: ['notes:read', 'offline_access'],
    })
    await Promise.all([one.close(), two.close()])
  })

  it('shows the same again when it is loaded again, and makes nothing twice by the way back', async () => {
    const page = await browser.newPage()
    const { id } = await browser.leave(page, begins({ name: 'Back and forth' }))
    await decide(page, url)
    await page.getByRole('status').waitFor()
    const before = (await all()).length
    const shown = page.url()
    await page.reload()
    expect(await page.getByRole('heading').first().textContent()).toMatch(/is connected$/)
    await page.goBack()
    await browser.look(page, '10-back-button')
    await page.goForward()
    expect(page.url()).toBe(shown)
    expect(await page.getByRole('heading').first().textContent()).toMatch(/is connected$/)
    // The address of the return itself, as a history or a log has it.
    const again = await page.goto(browser.returns.at(-1)!)
    await browser.look(page, '11-return-again')
    expect(again!.status()).toBe(200)
    expect(page.url()).toBe(shown)
    expect(await page.getByRole('heading').first().textContent()).toMatch(/is connected$/)
    expect((await flow(id)).state).toBe('done')
    expect(await all()).toHaveLength(before)
    await page.close()
  })

  it('is nothing in another browser, and still good in its own', async () => {
    const page = await browser.newPage()
    let stolen = ''
    const goesBack = (to: URL) => to.origin === place.issuer && to.pathname.startsWith('/authorize/')
    await page.route(goesBack, async (route) => {
      stolen = (await route.fetch({ maxRedirects: 0 })).headers().location!
      await route.abort()
    })
    const { id } = await browser.leave(page, begins({ name: 'Stolen' }))
    await page.getByRole('button', { name: 'Allow' }).click()
    await expect.poll(() => stolen).toContain(`${url}/oauth/callback?code=`)
    const other = await consentBrowser(url, prefix)
    try {
      const answer = await other.page.goto(stolen)
      await other.look(other.page, '12-other-browser')
      expect(answer!.status()).toBe(403)
      expect(await other.page.getByRole('heading').first().textContent()).toBe('This was begun in another browser')
    } finally {
      await other.close()
    }
    expect((await flow(id)).state).toBe('open')
    await page.goto(stolen)
    expect(await flow(id)).toMatchObject({ state: 'done', connection: { name: 'Stolen', status: 'active' } })
    await page.close()
  })

  it('is completed by a command line, whose link is opened where its member is signed in', async () => {
    const page = await browser.newPage()
    const started = await ada.client.connections.authorize({ ...begins({ name: 'By hand' }), bind: 'starter' })
    await page.goto(started.authorizeUrl!)
    await browser.look(page, '13-who-asks')
    await page.getByRole('button', { name: /^Continue to/ }).click()
    await decide(page, url)
    await page.getByRole('status').waitFor()
    await browser.look(page, '14-go-back-to-the-program')
    expect(await flow(started.id)).toMatchObject({ state: 'asking', connection: null })
    const done = await ada.client.connections.flows.finish(started.id, { starterSecret: started.starterSecret! })
    expect(done).toMatchObject({ state: 'done', connection: { name: 'By hand', status: 'active' } })
    await page.close()
  })

  it('is renewed when its token has ended, so that whoever uses it always has one that works', async () => {
    const first = await tokenOf(mine)
    await expect.poll(() => api(first.token, '/me'), { timeout: (LIFE + 5) * SECOND, interval: 200 }).toBe(401)
    // Tokens end with a whole second: it may be over a moment before it was said to be.
    const renewed = async () => {
      const second = await tokenOf(mine)
      return [second.version > first.version, await api(second.token, '/me')]
    }
    await expect.poll(renewed, { timeout: LIFE * SECOND, interval: 100 }).toEqual([true, 200])
    expect(await ada.client.connections.test(mine.id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('is authorized again by the same account, which changes nothing but what it is given', async () => {
    const { page } = browser
    const { version } = await tokenOf(mine)
    const { id } = await browser.leave(page, { connectionId: mine.id })
    await decide(page, url)
    await page.getByRole('status').waitFor()
    await browser.look(page, '15-authorized-again')
    expect(await flow(id)).toMatchObject({ purpose: 'reauthorize', state: 'done', connection: { id: mine.id } })
    const after = await tokenOf(mine)
    expect(after.version).toBeGreaterThan(version)
    expect(await api(after.token, '/me')).toBe(200)
  })

  it('asks before another account takes its place, and leaves it when nobody says so', async () => {
    const { page } = browser
    const left = await browser.leave(page, { connectionId: mine.id })
    await decide(page, url, { person: 'Grace' })
    await page.getByRole('heading', { name: 'This is another account' }).waitFor()
    await browser.look(page, '16-another-account')
    expect(await flow(left.id)).toMatchObject({ state: 'asking', asks: { before: 'ada@sandbox.example' } })
    await page.goto(`${url}/connect/go/nothing`)
    expect((await ada.client.connections.get(mine.id)).account?.label).toBe('ada@sandbox.example')

    await browser.leave(page, { connectionId: mine.id })
    await decide(page, url, { person: 'Grace' })
    await page.getByRole('button', { name: /^Put grace/ }).click()
    await page.getByRole('status').waitFor()
    mine = await ada.client.connections.get(mine.id)
    expect(mine.account?.label).toBe('grace@sandbox.example')
    const { token } = await tokenOf(mine)
    const me = await fetch(`${place.issuer}/api/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(await me.json()).toMatchObject({ email: 'grace@sandbox.example' })
  })

  it('ends at the service too when it is deleted', async () => {
    const { token } = await tokenOf(mine)
    const refreshToken = await refreshTokenOf(mine.id)
    expect([await isActive(refreshToken), await api(token, '/me')]).toEqual([true, 200])
    const receipt = await ada.client.connections.delete(mine.id)
    expect(receipt).toMatchObject({ credential: 'done', revocation: { state: 'pending' } })
    const ended = async () => {
      const { items } = await ada.client.connections.list({ status: 'revoked' }).page()
      return items.find(({ id }) => id === mine.id)?.revocation
    }
    await expect.poll(ended, { timeout: 5000 }).toMatchObject({ state: 'done', confirmed: true })
    expect([await isActive(refreshToken), await api(token, '/me')]).toEqual([false, 401])
    await expect(tokenOf(mine)).rejects.toMatchObject({ code: 'connection.not_found' })
  })

  it('asked nobody but the service, and left the console clean', () => {
    const known = [place.issuer, shopUrl]
    expect(browser.complaints.filter((text) => !known.some((origin) => text.includes(origin)))).toEqual([])
  })
})
