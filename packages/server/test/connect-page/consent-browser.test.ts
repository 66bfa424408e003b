import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, PASSWORD } from '../app.ts'
import { openBrowser, type TestBrowser } from '../browser.ts'
import { type Ground, ground } from '../connections/authorize/ground.ts'
import { type World, world } from '../connections/world.ts'

/** What only a browser decides: which cookies come back from another site, what a policy lets a page do, what stands behind a `#`. */
let here: World
let ada: Browser
let browser: TestBrowser

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
  browser = await openBrowser(here.app.url)
  browser.page.setDefaultTimeout(8000)
})
afterAll(async () => {
  await browser?.close()
  await here?.app.close()
})
beforeEach(async () => {
  browser.complaints.splice(0)
  for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
})

/** The service stands at its own address, with a page on which the person agrees. */
async function standsAt(host: string, { simulator }: Ground): Promise<void> {
  await browser.page.route(`https://${host}/**`, async (route) => {
    const { headers, status } = await simulator.handle({ method: 'GET', url: route.request().url(), headers: {} })
    const body = `<!doctype html><title>The service</title><a id="agree" href="${String(headers.location).replaceAll('&', '&amp;')}">I agree</a>`
    await route.fulfill({ status: status === 302 ? 200 : status, contentType: 'text/html', body })
  })
}

const ofOurs = (host: string) => browser.complaints.filter((text) => !text.includes(host))

describe('a consent, in a real browser', () => {
  it('goes from a link to the service and back, with the cookies that come along from there', async () => {
    const { page } = browser
    const asana = await ground(here, ada.client, 'asana', 'oauth')
    await standsAt('app.asana.com', asana)
    const started = await ada.client.connections.authorize({ ...asana.input, bind: 'starter' })
    await page.goto(started.authorizeUrl!)
    await page.fill('#email', ada.email)
    await page.fill('#password', PASSWORD)
    await page.click('button:has-text("Sign in")')
    await page.click('button:has-text("Continue to Asana")')
    await page.click('#agree')
    await page.getByText('One more step').waitFor()
    expect(new URL(page.url()).search).toBe('')
    const done = await ada.client.connections.flows.finish(started.id, { starterSecret: started.starterSecret! })
    expect(done).toMatchObject({ state: 'done', connection: { status: 'active' } })
    await page.reload()
    await page.locator('h1', { hasText: 'is connected' }).waitFor()
    expect(ofOurs('app.asana.com')).toEqual([])
  })

  it('is a step of the hosted page, without a script', async () => {
    const { page } = browser
    const asana = await ground(here, ada.client, 'asana', 'oauth')
    await standsAt('app.asana.com', asana)
    const product = (await here.app.key(ada, 'editor')).client
    const { url } = await product.connectSessions.create({ member: (await ada.client.me()).id, services: ['asana'] })
    await page.goto(url)
    await page.click('button:has-text("Continue")')
    await page.goto(`${url}?service=asana&method=oauth`)
    await page.click('button:has-text("Continue to Asana")')
    await page.click('#agree')
    await page.locator('h1', { hasText: 'is connected' }).waitFor()
    expect(page.url()).toContain('/connect/')
    expect(ofOurs('app.asana.com')).toEqual([])
  })

  it('hands in what stands behind the #, and leaves it nowhere', async () => {
    const { page } = browser
    const trello = await ground(here, ada.client, 'trello', 'authorize')
    await standsAt('trello.com', trello)
    const started = await ada.client.connections.authorize({ ...trello.input, bind: 'starter' })
    await page.goto(started.authorizeUrl!)
    await page.click('button:has-text("Continue to Trello")')
    await page.click('#agree')
    await page.getByText('One more step').waitFor()
    expect(page.url()).not.toMatch(/#|token|state/)
    expect(await ada.client.connections.flows.get(started.id)).toMatchObject({ state: 'asking' })
    expect(ofOurs('trello.com')).toEqual([])
  })
})
