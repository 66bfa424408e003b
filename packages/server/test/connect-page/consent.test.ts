import type { Client, CreateConnectSession } from '@cardea/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import type { Browser } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { comeBack, consent, type Ground, ground } from '../connections/authorize/ground.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { begun, type Shown, type Visitor, visitor } from './visitor.ts'

const BACK = 'https://product.example/connected'

let here: World
let clock: TestClock
let ada: Browser
let bob: Browser
let product: Client
let asana: Ground

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
  product = (await here.app.key(ada, 'editor')).client
  await ada.client.returnAddresses.add(BACK)
})
afterAll(() => here?.app.close())
beforeEach(async () => {
  for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
  asana = await ground(here, ada.client, 'asana', 'oauth')
})

const linkFor = (more: CreateConnectSession) => product.connectSessions.create({ services: ['asana'], ...more })
const away = (shown: Shown) =>
  /http-equiv="refresh" content="0;url=([^"]*)"/.exec(shown.text)?.[1]?.replaceAll('&#38;', '&') ?? ''
const form = (shown: Shown, more: Record<string, string> = {}) => ({
  action: 'connect',
  by: 'consent',
  proof: shown.proof,
  service: 'asana',
  method: 'oauth',
  ...more,
})

async function gone(browser: Visitor, url: string, more: Record<string, string> = {}) {
  const shown = await begun(browser, url)
  const offer = shown.text.includes('name="by"') ? shown : await browser.open(`${url}?service=asana&method=oauth`)
  expect(offer.text).toContain('Continue to Asana')
  const off = await browser.send(url, form(offer, more))
  return away(off)
}

describe(`a consent as a step of the hosted page, on ${databaseName}`, () => {
  it('leads to the service and back to the page, for a member, without a script', async () => {
    const { id: member } = await bob.client.me()
    const { id, url } = await linkFor({ member })
    const browser = visitor(here.app.url, bob)
    const to = await gone(browser, url, { name: 'My Asana' })
    expect(to).toContain('https://app.asana.com/')
    const location = await consent(asana.simulator, to)
    const over = await comeBack(browser, location)
    expect([over.status, over.text.includes('is connected')]).toEqual([200, true])
    expect(over.url).toContain('/connect/')
    // By the back button, when the page is over: what came of it all the same.
    const again = await comeBack(browser, location)
    expect([again.status, again.text.includes('is connected')]).toEqual([200, true])
    expect((await comeBack(visitor(here.app.url, bob), location)).status).toBe(403)
    const { connectionId, state } = await product.connectSessions.get(id)
    expect(state).toBe('completed')
    expect(await bob.client.connections.get(connectionId!)).toMatchObject({
      mine: true,
      name: 'My Asana',
      status: 'active',
      visibility: 'private',
    })
  })

  it('is held for a product’s user until the product redeems the code', async () => {
    const { id, url } = await linkFor({ endUser: 'u1', returnTo: { address: BACK } })
    const browser = visitor(here.app.url)
    const over = await comeBack(browser, await consent(asana.simulator, await gone(browser, url)))
    expect(over.text).toContain('One more step')
    const held = (await product.connections.list({ status: 'pending' }).page()).items
    expect(held).toHaveLength(1)
    const back = await browser.send(url, { action: 'return', proof: over.proof })
    const code = new URL(back.wentTo!).searchParams.get('code')!
    const { connection } = await product.connectSessions.complete(id, { code, endUser: 'u1' })
    expect(connection).toMatchObject({ id: held[0]!.id, status: 'active', health: 'ok' })
  })

  it('is nothing in another browser, and nothing for another user of the product (phishing by connect link)', async () => {
    const { id, url } = await linkFor({ endUser: 'mallory', returnTo: { address: BACK } })
    const attacker = visitor(here.app.url)
    const location = await consent(asana.simulator, await gone(attacker, url))
    const victim = visitor(here.app.url)
    expect((await comeBack(victim, location)).status).toBe(403)
    const over = await comeBack(attacker, location)
    const back = await attacker.send(url, { action: 'return', proof: over.proof })
    const code = new URL(back.wentTo!).searchParams.get('code')!
    await expect(product.connectSessions.complete(id, { code, endUser: 'victim' })).rejects.toMatchObject({
      code: 'connect.other_user',
    })
    const left = (await product.connections.list().page()).items.filter(
      ({ mine, status }) => mine && status !== 'error',
    )
    expect(left.filter(({ status }) => status === 'active')).toEqual([])
  })

  it('connects one account when two consents are begun with one link', async () => {
    const { id: member } = await bob.client.me()
    const { url } = await linkFor({ member })
    const browser = visitor(here.app.url, bob)
    const first = await gone(browser, url)
    const second = await gone(browser, url)
    const before = (await bob.client.connections.list({ status: 'active' }).page()).items.length
    await comeBack(browser, await consent(asana.simulator, first))
    const late = await comeBack(browser, await consent(asana.simulator, second))
    expect([late.status, late.text.includes('This link has been used')]).toEqual([409, true])
    expect((await bob.client.connections.list({ status: 'active' }).page()).items).toHaveLength(before + 1)
  })

  it('says on the page why it failed, and can be tried again there', async () => {
    const { id: member } = await bob.client.me()
    const { url } = await linkFor({ member })
    const browser = visitor(here.app.url, bob)
    asana.simulator.levers.consent = 'refuse'
    const shown = await comeBack(browser, await consent(asana.simulator, await gone(browser, url)))
    expect([
      shown.status,
      shown.text.includes('Access was not granted'),
      shown.text.includes('Continue to Asana'),
    ]).toEqual([200, true, true])
    asana.simulator.levers.consent = 'agree'
    const off = await browser.send(url, form(shown))
    const over = await comeBack(browser, await consent(asana.simulator, away(off)))
    expect(over.text).toContain('is connected')
  })

  it('asks which of several places is meant', async () => {
    const jira = await ground(here, ada.client, 'jira', 'oauth')
    jira.simulator.levers.choices = 2
    const { id: member } = await bob.client.me()
    const { url } = await product.connectSessions.create({ member, services: ['jira'] })
    const browser = visitor(here.app.url, bob)
    await begun(browser, url)
    const offer = await browser.open(`${url}?service=jira&method=oauth`)
    const off = await browser.send(url, form(offer, { service: 'jira' }))
    const asked = await comeBack(browser, await consent(jira.simulator, away(off)))
    expect(asked.text).toContain('Which one is it for?')
    const choice = /<option>([^<]*)<\/option>\s*<\/select>/.exec(asked.text)![1]!
    const flow = /name="flow" value="([^"]*)"/.exec(asked.text)![1]!
    const over = await browser.send(url, { action: 'answer', proof: asked.proof, flow, choice })
    expect(over.text).toContain('is connected')
  })

  it('shows a code that is typed elsewhere, and goes on by itself', async () => {
    const github = await ground(here, ada.client, 'github', 'device')
    const { id: member } = await bob.client.me()
    const { url } = await product.connectSessions.create({ member, services: ['github'] })
    const browser = visitor(here.app.url, bob)
    await begun(browser, url)
    const offer = await browser.open(`${url}?service=github&method=device`)
    const shown = await browser.send(url, form(offer, { service: 'github', method: 'device' }))
    const code = /<code class="made">([^<]*)<\/code>/.exec(shown.text)![1]!
    expect(shown.text).toContain('http-equiv="refresh" content="5"')
    github.simulator.answerDevice(code, 'yes')
    await clock.advance(5 * SECOND)
    expect((await browser.open(shown.url)).text).toContain('is connected')
  })

  it('is offered only where an app is there for it', async () => {
    for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
    const { id: member } = await bob.client.me()
    const { url } = await linkFor({ member })
    const browser = visitor(here.app.url, bob)
    await begun(browser, url)
    const shown = await browser.open(`${url}?service=asana&method=oauth`)
    expect(shown.text).toContain('ask your administrator to register an OAuth app')
    const sent = await browser.send(url, form(shown))
    expect(sent.text).not.toContain('https://app.asana.com')
  })

  it('tells a member nothing that is for whoever sets the app up, and of entering only where something is entered', async () => {
    const { id: member } = await bob.client.me()
    const { url } = await product.connectSessions.create({ member, product: 'Northwind' })
    const browser = visitor(here.app.url, bob)
    const landing = await browser.open(url)
    await begun(browser, url)
    const shown = async (service: string, method: string) => {
      if (method !== 'token') await ground(here, ada.client, service, method)
      return (await browser.open(`${url}?service=${service}&method=${method}`)).text
    }
    const consent = await shown('asana', 'oauth')
    expect(consent).toContain('Continue to Asana')
    for (const text of [landing.text, consent]) {
      expect(text).not.toContain('What you enter')
      expect(text).toMatch(/encrypted and kept in the workspace “Example”[\s\S]*Northwind does not see/)
    }
    expect(consent).not.toContain('How to get it')
    expect(consent).not.toContain('redirect')
    expect(consent).toContain('What it will be able to do')
    // Where to go is entered here; what to register there is not a member's to do.
    const shop = await shown('shopify', 'oauth')
    expect([shop.includes('settings.shop'), shop.includes('What you enter'), shop.includes('How to get it')]).toEqual([
      true,
      true,
      false,
    ])
    // What is found out by itself, or typed by hand, is the member's.
    for (const [service, method] of [
      ['mcp', 'oauth'],
      ['asana', 'token'],
    ] as const) {
      const text = await shown(service, method)
      expect([service, text.includes('How to get it'), text.includes('What you enter')]).toEqual([service, true, true])
    }
  })

  it('does not draw what belongs to the app', async () => {
    await ground(here, ada.client, 'okta', 'oauth')
    const { id: member } = await bob.client.me()
    const { url } = await product.connectSessions.create({ member, services: ['okta'] })
    const browser = visitor(here.app.url, bob)
    await begun(browser, url)
    const shown = await browser.open(`${url}?service=okta&method=oauth`)
    expect(shown.text).not.toContain('settings.domain')
    const proof = shown.proof
    const sent = await browser.send(url, {
      ...form(shown, { service: 'okta' }),
      proof,
      'settings.domain': 'evil.okta.com',
    })
    expect([sent.status, away(sent)]).toEqual([400, ''])
  })
})
