import type { Client, CreateConnectSession } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/clock.ts'
import { type Browser, PASSWORD } from '../app.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { begun, type Shown, visitor } from './visitor.ts'

const BACK = 'https://product.example/connected'

let here: World
let clock: TestClock
let ada: Browser
let mallory: Browser
let bob: Browser
let product: Client
let origin: string
let fields: Record<string, string>

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ;({ url: origin } = here.app)
  ada = await here.app.setUp()
  mallory = await here.app.join(ada, 'editor', 'mallory@example.com')
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
  product = (await here.app.key(ada, 'editor')).client
  await ada.client.returnAddresses.add(BACK)
  const simulator = here.stands('sendgrid', 'api_key')
  fields = Object.fromEntries(
    Object.entries(simulator.account.fields).map(([name, value]) => [`credential.${name}`, value]),
  )
})
afterAll(() => here?.app.close())

const filled = (shown: Shown) => ({
  action: 'connect',
  proof: shown.proof,
  service: 'sendgrid',
  method: 'api_key',
  ...fields,
})
const forUser = (endUser: string, more: CreateConnectSession = {}) =>
  product.connectSessions.create({
    endUser,
    services: ['sendgrid'],
    returnTo: { address: BACK, state: 'abc' },
    ...more,
  })
const connections = async (client: Client) => (await client.connections.list().page()).items
const codeIn = (shown: Shown) => new URL(shown.wentTo!).searchParams.get('code')!
/** Whatever of everybody's connections is in use. */
const inUse = async () => {
  const all = await Promise.all([ada.client, mallory.client, bob.client, product].map(connections))
  return [...new Map(all.flat().map((one) => [one.id, one])).values()].filter(({ status }) => status === 'active')
    .length
}

describe(`a link that was made for one person, before another, on ${databaseName}`, () => {
  it('connects nothing when the victim opens the attacker’s link first, signed in as themselves', async () => {
    const before = await inUse()
    const { id, url } = await mallory.client.connectSessions.create({ services: ['sendgrid'] })
    const victim = visitor(origin, bob)
    const shown = await begun(victim, url)
    expect(shown.text).toContain('This link is for somebody else')
    expect(shown.text).not.toContain('credential.')
    const sent = await victim.send(url, filled(shown))
    expect([sent.status, sent.text.includes('for another member')]).toEqual([403, true])
    expect(await mallory.client.connectSessions.get(id)).toMatchObject({ state: 'open', connectionId: null })
    expect(await inUse()).toBe(before)
  })

  it('connects nothing when nobody is signed in, and asks who it is', async () => {
    const { url } = await bob.client.connectSessions.create({ services: ['sendgrid'] })
    const somebody = visitor(origin)
    const shown = await begun(somebody, url)
    expect(shown.text).toContain('Sign in to Cardea')
    const sent = await somebody.send(url, filled(shown))
    expect(sent.status).toBe(403)
    expect(await connections(bob.client)).toEqual([])
  })

  it('lets the right member sign in right there, and goes on', async () => {
    const { id, url } = await bob.client.connectSessions.create({ services: ['sendgrid'], product: 'Northwind' })
    const browser = visitor(origin)
    const asked = await begun(browser, url)
    // No other product stands above the field for a password of ours.
    expect(asked.text).not.toContain('Northwind')
    const wrong = await browser.send(url, {
      action: 'sign_in',
      proof: asked.proof,
      email: bob.email,
      password: 'not it at all',
    })
    expect([wrong.status, wrong.text.includes('Wrong address or password')]).toEqual([401, true])
    expect(wrong.text).not.toContain('not it at all')
    const form = await browser.send(url, {
      action: 'sign_in',
      proof: asked.proof,
      email: bob.email,
      password: PASSWORD,
    })
    const done = await browser.send(url, filled(form))
    expect(done.text).toContain('is connected')
    const { connectionId, state } = await bob.client.connectSessions.get(id)
    expect(state).toBe('completed')
    expect(await bob.client.connections.get(connectionId!)).toMatchObject({
      mine: true,
      status: 'active',
      visibility: 'private',
    })
  })

  it('cannot be forwarded: the browser that began keeps it', async () => {
    const { url } = await forUser('mallory')
    const attacker = visitor(origin)
    await begun(attacker, url)
    const victim = visitor(origin)
    expect((await victim.open(url)).status).toBe(403)
    const begunAgain = await victim.send(url, { action: 'begin' })
    expect([begunAgain.status, begunAgain.text.includes('open in another browser')]).toEqual([403, true])
    const { proof } = await attacker.open(url)
    expect((await victim.send(url, { ...filled(begunAgain), proof })).status).toBe(403)
  })

  it('is given to one of two browsers that begin at once', async () => {
    const { url } = await forUser('u1')
    const both = await Promise.all([visitor(origin), visitor(origin)].map((one) => one.send(url, { action: 'begin' })))
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 403])
  })

  it('connects nothing in a browser that keeps no cookies, and says why', async () => {
    const { url } = await forUser('u0')
    const browser = visitor(origin)
    browser.cookies.set = () => browser.cookies
    const shown = await begun(browser, url)
    expect([shown.status, shown.text.includes('has to accept cookies')]).toEqual([403, true])
    expect((await browser.send(url, filled(shown))).status).toBe(403)
  })

  it('connects one account when its form is sent twice, at once or later', async () => {
    const { url } = await bob.client.connectSessions.create({ services: ['sendgrid'] })
    const before = (await connections(bob.client)).length
    const browser = visitor(origin, bob)
    const form = await begun(browser, url)
    const answers = await Promise.all([1, 2, 3].map(() => browser.send(url, filled(form))))
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1)
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
    expect((await browser.send(url, filled(form))).status).toBe(409)
    expect(await connections(bob.client)).toHaveLength(before + 1)
  })

  it('opens no second time, in the same browser or another, once it has done its work', async () => {
    const { url } = await bob.client.connectSessions.create({ services: ['sendgrid'] })
    const browser = visitor(origin, bob)
    await browser.send(url, filled(await begun(browser, url)))
    expect((await browser.open(url)).text).toContain('is connected')
    expect((await visitor(origin, bob).open(url)).status).toBe(403)
  })
})

describe(`what a product's user entered, on ${databaseName}`, () => {
  it('is used by nobody until the product redeems the code that came back through that browser', async () => {
    const { id, url } = await forUser('user-7')
    const browser = visitor(origin)
    const over = await browser.send(url, filled(await begun(browser, url)))
    expect(over.text).toContain('One more step')
    const held = (await connections(product)).find(({ status }) => status === 'pending')!
    expect(held).toMatchObject({ mine: true, health: 'untested' })
    await expect(product.connections.test(held.id)).rejects.toMatchObject({ code: 'connection.pending' })
    await expect(product.connections.change(held.id, { status: 'active' })).rejects.toMatchObject({
      code: 'connection.pending',
    })
    expect(await product.connectSessions.get(id)).toMatchObject({ state: 'entered', connectionId: null })

    const back = await browser.send(url, { action: 'return', proof: over.proof })
    expect(back.status).toBe(303)
    const to = new URL(back.wentTo!)
    expect(`${to.origin}${to.pathname}`).toBe(BACK)
    expect(Object.fromEntries(to.searchParams)).toEqual({
      session: id,
      outcome: 'entered',
      state: 'abc',
      code: codeIn(back),
    })
    const done = await product.connectSessions.complete(id, { code: codeIn(back), endUser: 'user-7' })
    expect(done).toMatchObject({
      session: { state: 'completed', connectionId: held.id },
      connection: { id: held.id, status: 'active', health: 'ok' },
    })
    expect(await product.connections.test(held.id)).toMatchObject({ status: 'active' })
    const again = product.connectSessions.complete(id, { code: codeIn(back), endUser: 'user-7' })
    await expect(again).rejects.toMatchObject({ code: 'connect.code_wrong' })
  })

  it('is destroyed when the code is brought by another user of the product than the link was made for', async () => {
    const { id, url } = await forUser('mallory')
    // The victim opens the attacker's link first, and enters their own account.
    const victim = visitor(origin)
    const over = await victim.send(url, filled(await begun(victim, url)))
    const held = (await connections(product)).find(({ status }) => status === 'pending')!
    const back = await victim.send(url, { action: 'return', proof: over.proof })
    // The product looks who is signed in where the code arrived: the victim.
    const redeemed = product.connectSessions.complete(id, { code: codeIn(back), endUser: 'victim' })
    await expect(redeemed).rejects.toMatchObject({ code: 'connect.other_user', status: 403 })
    const later = product.connectSessions.complete(id, { code: codeIn(back), endUser: 'mallory' })
    await expect(later).rejects.toMatchObject({ code: 'connect.code_wrong' })
    const secrets = await here.app.app.store.sweep((db) =>
      db.selectFrom('secrets').select('owner_id').where('owner_id', '=', held.id).execute(),
    )
    expect(secrets).toEqual([])
    await here.app.app.connections.prune()
    await expect(product.connections.get(held.id)).rejects.toMatchObject({ code: 'connection.not_found' })
    expect((await victim.open(url)).text).toContain('has been destroyed')
  })

  it('is completed by no other key, person or workspace than the one that made the link', async () => {
    const { id, url } = await forUser('u2')
    const browser = visitor(origin)
    const over = await browser.send(url, filled(await begun(browser, url)))
    const code = codeIn(await browser.send(url, { action: 'return', proof: over.proof }))
    const other = (await here.app.key(ada, 'admin')).client
    for (const client of [other, ada.client, bob.client, (await here.app.neighbour(ada)).client]) {
      await expect(client.connectSessions.complete(id, { code, endUser: 'u2' })).rejects.toMatchObject({
        code: 'connect.not_found',
      })
      await expect(client.connectSessions.get(id)).rejects.toMatchObject({ code: 'connect.not_found' })
      await expect(client.connectSessions.cancel(id)).rejects.toMatchObject({ code: 'connect.not_found' })
    }
    const made = `cardea_done_${'x'.repeat(43)}`
    await expect(product.connectSessions.complete(id, { code: made, endUser: 'u2' })).rejects.toMatchObject({
      code: 'connect.code_wrong',
    })
    // Going back again makes a new code, and the one before is void.
    const newer = codeIn(await browser.send(url, { action: 'return', proof: over.proof }))
    await expect(product.connectSessions.complete(id, { code, endUser: 'u2' })).rejects.toMatchObject({
      code: 'connect.code_wrong',
    })
    const both = await Promise.allSettled(
      [1, 2].map(() => product.connectSessions.complete(id, { code: newer, endUser: 'u2' })),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('goes when it is not redeemed in time, with the secret', async () => {
    const { id, url } = await forUser('u3')
    const browser = visitor(origin)
    const over = await browser.send(url, filled(await begun(browser, url)))
    const code = codeIn(await browser.send(url, { action: 'return', proof: over.proof }))
    const held = (await connections(product)).find(({ status }) => status === 'pending')!
    await clock.advance(19 * MINUTE)
    await expect(product.connectSessions.complete(id, { code, endUser: 'u3' })).rejects.toMatchObject({
      code: 'connect.code_wrong',
    })
    expect((await product.connectSessions.get(id)).state).toBe('expired')
    await clock.advance(6 * MINUTE)
    await here.app.app.connections.prune()
    await expect(product.connections.get(held.id)).rejects.toMatchObject({ code: 'connection.not_found' })
  })

  it('is destroyed when its person or the product cancels', async () => {
    for (const who of ['person', 'product'] as const) {
      const { id, url } = await forUser('u4')
      const browser = visitor(origin)
      const over = await browser.send(url, filled(await begun(browser, url)))
      if (who === 'product') await product.connectSessions.cancel(id)
      else
        expect((await browser.send(url, { action: 'cancel', proof: over.proof })).wentTo).toContain('outcome=cancelled')
      expect((await product.connectSessions.get(id)).state).toBe('cancelled')
      await here.app.app.connections.prune()
      expect((await connections(product)).filter(({ status }) => status === 'pending')).toEqual([])
      expect((await browser.send(url, { action: 'return', proof: over.proof })).wentTo ?? '').not.toContain('code=')
    }
  })
})

describe(`a link, on ${databaseName}`, () => {
  it('ends with its time, with the key that made it, and with the member it is for', async () => {
    const { url } = await bob.client.connectSessions.create({ expiresInSeconds: 60 })
    expect((await visitor(origin).open(url)).status).toBe(200)
    await clock.advance(61_000)
    expect((await visitor(origin).open(url)).status).toBe(410)

    const key = await here.app.key(ada, 'editor')
    const made = await key.client.connectSessions.create({ endUser: 'u5', returnTo: { address: BACK } })
    await ada.client.keys.revoke(key.id)
    expect((await visitor(origin).open(made.url)).status).toBe(410)

    const leaver = await here.app.join(ada, 'editor')
    const { id: leaverId } = await leaver.client.me()
    const theirs = await ada.client.connectSessions.create({ member: leaverId })
    const browser = visitor(origin, leaver)
    await begun(browser, theirs.url)
    await ada.client.members.remove(leaverId)
    expect((await browser.open(theirs.url)).status).toBe(410)
  })

  it('does not share what a member connects because somebody else asked for it', async () => {
    const { id: bobId } = await bob.client.me()
    const { id, url } = await mallory.client.connectSessions.create({
      member: bobId,
      services: ['sendgrid'],
      visibility: 'workspace',
    })
    const browser = visitor(origin, bob)
    const form = await begun(browser, url)
    expect(form.text).toContain('value="private" checked')
    await browser.send(url, filled(form))
    const mine = await connections(bob.client)
    expect(mine.every(({ visibility }) => visibility === 'private')).toBe(true)
    await expect(bob.client.connectSessions.get(id)).rejects.toMatchObject({ code: 'connect.not_found' })
  })

  it('stands in the database, its cookie and its code as hashes only', async () => {
    const { url } = await forUser('u6')
    const browser = visitor(origin)
    const over = await browser.send(url, filled(await begun(browser, url)))
    const code = codeIn(await browser.send(url, { action: 'return', proof: over.proof }))
    const rows = JSON.stringify(
      await here.app.app.store.sweep((db) => db.selectFrom('connect_sessions').selectAll().execute()),
    )
    const cookie = browser.cookies.get('__Host-cardea_connect')!
    for (const secret of [url.split('/').at(-1)!, code, cookie, ...Object.values(fields)])
      expect(rows).not.toContain(secret)
    expect(here.app.logged.join('\n')).not.toContain(url.split('/').at(-1)!)
  })

  it('is forgotten a day after it has ended', async () => {
    const { id } = await forUser('u9')
    await clock.advance(15 * MINUTE)
    await here.app.app.connections.connectSessions.prune()
    expect((await product.connectSessions.get(id)).state).toBe('expired')
    await clock.advance(24 * 60 * MINUTE)
    await here.app.app.connections.connectSessions.prune()
    await expect(product.connectSessions.get(id)).rejects.toMatchObject({ code: 'connect.not_found' })
  })

  it('lets a product’s user name nothing and share nothing', async () => {
    const { id, url } = await forUser('u10', { name: 'Mail of u10' })
    const browser = visitor(origin)
    const form = await begun(browser, url)
    expect(form.text).not.toMatch(/name="(name|visibility)"/)
    const over = await browser.send(url, { ...filled(form), name: 'mine', visibility: 'workspace' })
    const code = codeIn(await browser.send(url, { action: 'return', proof: over.proof }))
    const { connection } = await product.connectSessions.complete(id, { code, endUser: 'u10' })
    expect(connection).toMatchObject({ name: 'Mail of u10', visibility: 'private' })
  })

  it('is recorded: made, opened, entered, completed or refused, by whom', async () => {
    const names: string[] = []
    for await (const { event, risk } of ada.client.audit.list()) {
      if (event.startsWith('connect_session.')) names.push(`${event} ${risk}`)
    }
    const events = ['created low', 'opened low', 'entered low', 'completed low', 'cancelled low', 'refused high']
    expect([...new Set(names)].toSorted()).toEqual(events.map((name) => `connect_session.${name}`).toSorted())
  })

  it('connects only what it is for', async () => {
    const { url } = await forUser('u8')
    const browser = visitor(origin)
    const form = await begun(browser, url)
    expect((await browser.open(`${url}?service=github`)).status).toBe(422)
    expect((await browser.send(url, { ...filled(form), service: 'github', method: 'token' })).status).toBe(422)
    expect(here.sent.every(({ url: to }) => String(to).includes('sendgrid'))).toBe(true)
  })
})
