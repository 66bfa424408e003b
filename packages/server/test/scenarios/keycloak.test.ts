import type { Client, Connection, Flow } from '@cardea/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { type Browser, PASSWORD, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { type ConsentBrowser, consentBrowser } from './consent-browser.ts'

/** What scripts/test/keycloak.sh starts. */
const keycloak = process.env.CARDEA_TEST_KEYCLOAK
const issuer = `${keycloak}/realms/cardea`
const protocol = `${issuer}/protocol/openid-connect`
const SECRET = 'a-made-up-secret-of-a-made-up-client'
const LIFE = 5
const WAIT = { timeout: 15 * SECOND, interval: 50 }

describe.skipIf(!keycloak)(
  `Keycloak, which nobody described, on ${databaseName} (needs CARDEA_TEST_KEYCLOAK)`,
  { timeout: 60_000 },
  () => {
    let app: TestApp
    let ada: Browser
    let admin: Client
    let browser: ConsentBrowser
    let page: Page

    beforeAll(async () => {
      const environment = { CARDEA_ALLOWED_HOSTS: '127.0.0.1' }
      app = await testApp({ host: 'localhost', environment, logLevel: 'error' })
      ada = await app.setUp()
      admin = ada.client
      browser = await consentBrowser(app.url, 'keycloak')
      ;({ page } = browser)
      const { id: member } = await admin.me()
      const { url } = await admin.connectSessions.create({ member })
      await page.goto(url)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByLabel('E-mail address').fill(ada.email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Choose' }).or(page.getByRole('searchbox')).first().waitFor()
    })
    afterAll(async () => {
      await browser?.close()
      await app?.close()
    })
    beforeEach(async () => {
      await leaveKeycloak()
      for await (const each of admin.apps.list()) await admin.apps.remove(each.id)
    })

    const server = { server: protocol, test: '/userinfo' }
    const addresses = { ...server, tokenUrl: `${protocol}/token`, revokeUrl: `${protocol}/revoke` }
    const byBrowser = { ...addresses, authorizeUrl: `${protocol}/auth`, scope: 'openid email' }

    async function register(method: string, settings: Record<string, string>, clientId = 'cardea') {
      const plan = (await admin.apps.plan('oauth2_generic')).methods.find(({ id }) => id === method)!
      const own = Object.entries(settings).filter(([name]) => plan.settings.includes(name))
      const { id } = await admin.apps.create({
        provider: 'oauth2_generic',
        methods: [method],
        clientId,
        clientSecret: SECRET,
        clientAuth: 'basic',
        settings: Object.fromEntries(own),
      })
      const rest = Object.entries(settings).filter(([name]) => !plan.settings.includes(name))
      return { appId: id, input: { provider: 'oauth2_generic', method, settings: Object.fromEntries(rest) } }
    }

    /** Signs in at Keycloak and agrees, where it asks: it remembers who was there, and to what they agreed. */
    async function decide(on: Page, person: 'ada' | 'grace' = 'ada', says: 'Yes' | 'No' = 'Yes'): Promise<void> {
      const username = on.locator('#username')
      const button = on.getByRole('button', { name: says, exact: true })
      const isBack = () => on.url().startsWith(`${app.url}/`)
      await expect.poll(async () => isBack() || (await username.or(button).count()) > 0, WAIT).toBe(true)
      if (!isBack() && (await username.count())) {
        await browser.look(on, '1-sign-in')
        await username.fill(person)
        await on.locator('#password').fill(`a long sentence for ${person}`)
        await on.locator('#kc-login').click()
        await expect.poll(async () => isBack() || (await button.count()) > 0, WAIT).toBe(true)
      }
      if (isBack()) return
      await browser.look(on, '2-consent')
      await button.click()
    }
    const leaveKeycloak = () => browser.context.clearCookies({ domain: '127.0.0.1' })

    async function connected(input: Parameters<ConsentBrowser['leave']>[1], person?: 'ada' | 'grace'): Promise<Flow> {
      const { id } = await browser.leave(page, input)
      await decide(page, person)
      await page.waitForURL((to) => to.origin === app.url)
      const flow = await admin.connections.flows.get(id)
      expect(flow.problem, JSON.stringify(flow)).toBeNull()
      return flow
    }

    const usable = (id: string) => app.app.connections.usable(ada.workspaceId, id)
    const tokenOf = async (id: string) => {
      const { values, version } = await usable(id)
      return { token: values.accessToken!.reveal(), refreshToken: values.refreshToken!.reveal(), version }
    }
    const userinfo = async (token: string) =>
      (await fetch(`${protocol}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status
    const asked = async (path: string, form: Record<string, string>) => {
      const body = new URLSearchParams({ client_id: 'cardea', client_secret: SECRET, ...form })
      const answer = await fetch(`${protocol}/${path}`, { method: 'POST', body })
      return (await answer.json()) as { active?: boolean; refresh_token?: string; error?: string }
    }
    /** It says that it knows no refresh token, unless it is told that this is one. */
    const isAlive = async (refreshToken: string) =>
      (await asked('token/introspect', { token: refreshToken, token_type_hint: 'refresh_token' })).active === true

    /** Its token ends, and with the next one the refresh token is another. */
    async function renewed(id: string): Promise<void> {
      const first = await tokenOf(id)
      await expect.poll(() => userinfo(first.token), { timeout: (LIFE + 5) * SECOND, interval: 300 }).toBe(401)
      // Tokens end with a whole second: it may be over a moment before it was said to be.
      await expect
        .poll(
          async () => {
            const second = await tokenOf(id)
            const isAnother = second.version > first.version && second.refreshToken !== first.refreshToken
            return isAnother ? userinfo(second.token) : 'the first'
          },
          { timeout: 2 * LIFE * SECOND, interval: 200 },
        )
        .toBe(200)
    }

    async function ended(connection: Pick<Connection, 'id'>, confirmed: boolean): Promise<void> {
      await expect.poll(async () => userinfo((await tokenOf(connection.id)).token), WAIT).toBe(200)
      const { token } = await tokenOf(connection.id)
      await admin.connections.delete(connection.id)
      const revocation = async () => {
        const { items } = await admin.connections.list({ status: 'revoked' }).page()
        return items.find(({ id }) => id === connection.id)?.revocation
      }
      await expect.poll(revocation, { timeout: 10 * SECOND }).toMatchObject({ state: 'done', confirmed })
      expect(await userinfo(token)).toBe(401)
    }

    it('is connected by its addresses, renewed with another refresh token each time, and ended', async () => {
      const { input } = await register('oauth', byBrowser)
      const { connection } = await connected(input)
      expect(connection).toMatchObject({ status: 'active', health: 'ok' })
      await renewed(connection!.id)
      // The schedule may have renewed it in between.
      let refreshToken = ''
      const newest = async () => {
        ;({ refreshToken } = await tokenOf(connection!.id))
        return isAlive(refreshToken)
      }
      await expect.poll(newest, WAIT).toBe(true)
      await ended(connection!, true)
      expect(await isAlive(refreshToken)).toBe(false)
    })

    it('says that nobody agreed', async () => {
      const { input, appId } = await register('issuer', { ...server, issuer }, 'cardea-pushed')
      const { id } = await browser.leave(page, { ...input, settings: { ...server, issuer }, appId })
      // Keycloak remembers what somebody has agreed to, and Grace never has to this.
      await decide(page, 'grace', 'No')
      await page.getByRole('heading', { name: 'Access was not granted' }).waitFor()
      expect((await admin.connections.flows.get(id)).problem?.code).toBe('oauth.denied')
    })

    it('is found by its issuer, with the account that its id token names, and by a pushed request', async () => {
      const { input, appId } = await register('issuer', { ...server, issuer }, 'cardea-pushed')
      const { connection } = await connected({ ...input, settings: { ...server, issuer }, appId })
      expect(connection).toMatchObject({ status: 'active', health: 'ok', account: { label: 'ada@keycloak.example' } })
      await renewed(connection!.id)
      await ended(connection!, true)
    })

    it('registers us by itself where it lets us', async () => {
      const settings = { ...server, issuer }
      const { connection } = await connected({ provider: 'oauth2_generic', method: 'issuer', settings })
      expect(connection).toMatchObject({ status: 'active', health: 'ok', account: { label: 'ada@keycloak.example' } })
      await renewed(connection!.id)
      await ended(connection!, true)
    })

    it('connects what shows a code, as soon as somebody has typed it in', async () => {
      const { input } = await register(
        'device',
        {
          ...addresses,
          deviceUrl: `${protocol}/auth/device`,
          scope: 'openid email',
        },
        'cardea-device',
      )
      const started = await admin.connections.authorize({ ...input, bind: 'starter' })
      const { userCode, verificationUri } = started.device!
      await page.goto(verificationUri)
      await browser.look(page, '3-enter-code')
      await page.getByRole('textbox').first().fill(userCode)
      await page.getByRole('button', { name: 'Submit' }).click()
      await decide(page)
      await page.getByText('Device Login Successful').first().waitFor()
      const get = () => admin.connections.flows.get(started.id)
      await expect.poll(async () => (await get()).state, { timeout: 15 * SECOND, interval: 500 }).toBe('done')
      const { connection } = await get()
      expect(connection).toMatchObject({ status: 'active', health: 'ok' })
      await renewed(connection!.id)
      await ended(connection!, true)
    })

    it('is known to have ended when somebody else has used the refresh token, and comes back with its id', async () => {
      const { input } = await register('oauth', byBrowser)
      const { connection } = await connected({ ...input, name: 'Stolen' })
      const { id } = connection!
      const stolen = await tokenOf(id)
      const theirs = await asked('token', { grant_type: 'refresh_token', refresh_token: stolen.refreshToken })
      expect(theirs.refresh_token).toBeTruthy()
      const dead = async () =>
        usable(id).then(
          () => undefined,
          ({ code }: { code?: string }) => code,
        )
      await expect.poll(dead, { timeout: (LIFE + 10) * SECOND, interval: 300 }).toBe('connection.not_usable')
      expect(await admin.connections.get(id)).toMatchObject({ status: 'error', health: 'needs_reauth' })

      const flow = await connected({ connectionId: id })
      expect(flow).toMatchObject({ purpose: 'reauthorize', connection: { id, name: 'Stolen', status: 'active' } })
      expect(await userinfo((await tokenOf(id)).token)).toBe(200)
      await admin.connections.delete(id)
    })

    it('asks before somebody else’s account takes the place of one', async () => {
      const { input, appId } = await register('issuer', { ...server, issuer })
      const { connection } = await connected({ ...input, settings: { ...server, issuer }, appId })
      const { id } = connection!
      const same = await connected({ connectionId: id })
      expect(same).toMatchObject({ state: 'done', connection: { id } })

      await leaveKeycloak()
      const other = await connected({ connectionId: id }, 'grace')
      expect(other).toMatchObject({ state: 'asking', asks: { what: 'other_account', before: 'ada@keycloak.example' } })
      await browser.look(page, '4-another-account')
      await page.getByRole('button', { name: /^Put grace/ }).click()
      await page.getByRole('status').waitFor()
      expect((await admin.connections.get(id)).account?.label).toBe('grace@keycloak.example')
      await admin.connections.delete(id)
    })
  },
)
