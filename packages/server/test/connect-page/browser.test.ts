import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Client } from '@cardea/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, PASSWORD } from '../app.ts'
import { openBrowser, type TestBrowser } from '../browser.ts'
import { type World, world } from '../connections/world.ts'

/** Pictures for whoever wants to look: CARDEA_TEST_PICTURES names a folder. */
const pictures = process.env.CARDEA_TEST_PICTURES

let here: World
let ada: Browser
let product: Client
let browser: TestBrowser
let shop: Server
let shopUrl: string
let token: string

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
  product = (await here.app.key(ada, 'editor')).client
  shop = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const framed = searchParams.get('frame')
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>A shop</title><h1>A shop</h1>${framed ? `<iframe src="${framed}" title="Connect"></iframe>` : ''}
<script>addEventListener('message', ({ data, origin }) => { document.title = JSON.stringify({ data, origin }) })</script>`)
  })
  shop.listen(0, 'localhost')
  await once(shop, 'listening')
  shopUrl = `http://localhost:${(shop.address() as AddressInfo).port}`
  await ada.client.returnAddresses.add(`${shopUrl}/connected`)
  token = here.stands('sendgrid', 'api_key').account.fields.token!
  browser = await openBrowser(here.app.url)
})
afterAll(async () => {
  await browser?.close()
  shop?.close()
  await here?.app.close()
})

async function picture(page: Page, name: string): Promise<void> {
  const sizes = { wide: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } }
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    const overflows = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    expect(overflows, `${name} is wider than a ${size} screen`).toBe(false)
    if (!pictures) continue
    mkdirSync(pictures, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(pictures, `${name}-${size}-${colorScheme}.png`), fullPage: true })
    }
  }
}

const ourComplaints = () => browser.complaints.filter((text) => !text.includes(shopUrl))

describe('the hosted page, in a real browser', () => {
  it('lets a member sign in, choose, correct a mistake and connect, on a phone too', async () => {
    const { page } = browser
    const { id: member } = await ada.client.me()
    const { id, url } = await product.connectSessions.create({
      member,
      product: 'Northwind Assistant',
      skills: ['Send the weekly report', 'Read who has opened it'],
      services: ['sendgrid', 'datadog', 'github'],
    })
    await page.goto(url)
    await picture(page, '1-landing')
    await page.getByRole('button', { name: 'Continue' }).click()
    await picture(page, '2-sign-in')
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await picture(page, '3-services')
    await page.getByRole('link', { name: 'Datadog' }).click()
    await picture(page, '4-methods')
    await page.getByRole('link', { name: 'API and application key' }).click()
    await picture(page, '5-form-of-several')
    await page.getByRole('link', { name: 'Choose another service' }).click()
    await page.getByRole('link', { name: 'SendGrid' }).click()
    await page.getByLabel('API key', { exact: true }).fill('SG.not-a-key')
    await page.getByLabel('Region').selectOption('eu')
    await page.getByRole('button', { name: 'Connect SendGrid' }).click()
    await page.locator('[role=alert]:focus').waitFor()
    await picture(page, '6-mistake')
    expect(await page.getByLabel('API key', { exact: true }).inputValue()).toBe('')
    expect(await page.getByLabel('Region').inputValue()).toBe('eu')
    await page.getByLabel('Region').selectOption('global')
    await page.getByLabel('API key', { exact: true }).fill(token)
    await page.getByRole('button', { name: 'Connect SendGrid' }).click()
    await page.getByRole('status').waitFor()
    await picture(page, '7-connected')
    expect((await ada.client.connections.list().page()).items).toMatchObject([
      { provider: 'sendgrid', status: 'active', mine: true },
    ])
    expect((await product.connectSessions.get(id)).state).toBe('completed')
    expect(ourComplaints()).toEqual([])
  })

  it('opens from a button in a frame as a popup, and tells the page that waits, and nobody else', async () => {
    const { context } = browser
    const { id, url } = await product.connectSessions.create({
      endUser: 'customer 7',
      product: 'A shop',
      services: ['sendgrid'],
      returnTo: { address: `${shopUrl}/connected`, by: 'message', state: 'xyz' },
      theme: { accent: '#7c3aed', corners: 'sharp' },
    })
    const page = await context.newPage()
    await page.goto(`${shopUrl}/?frame=${encodeURIComponent(`${url}/frame`)}`)
    const opening = context.waitForEvent('page')
    await page.frameLocator('iframe').getByRole('link', { name: 'Connect an account' }).click()
    const popup = await opening
    await popup.getByRole('button', { name: 'Continue' }).click()
    await popup.getByLabel('API key', { exact: true }).fill(token)
    await picture(popup, '8-themed-form')
    await popup.getByRole('button', { name: 'Connect SendGrid' }).click()
    await popup.getByRole('status').waitFor()
    await picture(popup, '9-one-more-step')
    const closed = popup.waitForEvent('close')
    await popup.getByRole('button', { name: 'Return to A shop' }).click()
    await closed
    await page.waitForFunction('document.title.startsWith("{")')
    const { data, origin } = JSON.parse(await page.title())
    expect(origin).toBe(here.app.url)
    expect(data).toEqual({
      type: 'cardea.connect',
      session: id,
      outcome: 'entered',
      state: 'xyz',
      code: expect.stringMatching(/^cardea_done_/),
    })
    const done = await product.connectSessions.complete(id, { code: data.code, endUser: 'customer 7' })
    expect(done.connection).toMatchObject({ status: 'active', provider: 'sendgrid' })
    await page.close()
  })

  it('goes back by a redirect to the registered address, which the policy of the page lets through', async () => {
    const { context } = browser
    const { id, url } = await product.connectSessions.create({
      endUser: 'customer 8',
      services: ['sendgrid'],
      returnTo: { address: `${shopUrl}/connected` },
    })
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('API key', { exact: true }).fill(token)
    await page.getByRole('button', { name: 'Connect SendGrid' }).click()
    await page.getByRole('button', { name: /^Return to/ }).click()
    await page.waitForURL(`${shopUrl}/connected?*`)
    const code = new URL(page.url()).searchParams.get('code')!
    expect(await page.evaluate('document.referrer')).toBe('')
    await product.connectSessions.complete(id, { code, endUser: 'customer 8' })
    await page.close()
  })

  it('is shown in no frame but for its button, and that in registered pages only', async () => {
    const { context } = browser
    const { url } = await product.connectSessions.create({
      endUser: 'x',
      returnTo: { address: `${shopUrl}/connected` },
    })
    const page = await context.newPage()
    await page.goto(`${shopUrl}/?frame=${encodeURIComponent(url)}`)
    expect(await page.frameLocator('iframe').getByRole('button').count()).toBe(0)
    const elsewhere = shopUrl.replace('localhost', '127.0.0.1')
    await page.goto(`${elsewhere}/?frame=${encodeURIComponent(`${url}/frame`)}`).catch(() => {})
    expect(await page.frameLocator('iframe').getByRole('link').count()).toBe(0)
    await page.close()
  })
})
