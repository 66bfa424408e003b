import { type Field, type Service, services, settingsOf } from '@cardea/catalog'
import type { Client, CreateConnectSession } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offersOf } from '../../src/connections/connections.ts'
import type { Browser } from '../app.ts'
import { type World, world } from '../connections/world.ts'
import { databaseName } from '../database.ts'
import { sample } from '../services/sample.ts'
import { begun, type Shown, type Visitor, visitor } from './visitor.ts'

const BACK = 'https://product.example/connected'
const every = Object.entries(services as Record<string, Service>)

let here: World
let ada: Browser
let product: Client
let origin: string
let everything: { browser: Visitor; url: string }

beforeAll(async () => {
  here = await world()
  ;({ url: origin } = here.app)
  ada = await here.app.setUp()
  product = (await here.app.key(ada, 'editor')).client
  await ada.client.returnAddresses.add(BACK)
  everything = await opened({})
})
afterAll(() => here?.app.close())

async function opened(
  more: CreateConnectSession,
): Promise<{ browser: Visitor; url: string; shown: Shown; id: string }> {
  const { url, id } = await product.connectSessions.create({ endUser: 'u', returnTo: { address: BACK }, ...more })
  const browser = visitor(origin)
  return { browser, url, id, shown: await begun(browser, url) }
}

const codeOf = async (answer: Promise<unknown>) =>
  ((await answer.catch((error: unknown) => error)) as { code: string }).code

describe(`the form of any definition, on ${databaseName}`, () => {
  it.each(every)('of %s names each thing that is asked for, with a label, and holds no secret', async (id, service) => {
    const { browser, url } = everything
    const offers = offersOf(service, Date.now())
    const list = await browser.open(`${url}?service=${id}`)
    expect(list.status).toBe(200)
    for (const { name, method, state } of offers) {
      const { text, status } = await browser.open(`${url}?service=${id}&method=${name}`)
      expect(status).toBe(200)
      if (state !== 'ready') {
        expect(text).toContain(state === 'retired' ? 'makes no new ones' : 'not set up here yet')
        expect(text).not.toContain('name="credential.')
        continue
      }
      const fields: [string, Field][] = Object.entries(method.fields ?? {})
      for (const [field, { shape = 'line' }] of fields) {
        expect(text).toContain(`<label for="credential.${field}">`)
        const control = new RegExp(`<(input|textarea)[^>]* id="credential.${field}"[^>]*>`).exec(text)
        expect(control?.[1]).toBe(shape === 'line' ? 'input' : 'textarea')
        expect(control?.[0]).toContain('autocomplete="off"')
        expect(control?.[0]).not.toContain('value=')
      }
      for (const [setting, { kind }] of Object.entries(settingsOf(service, method))) {
        if (kind === 'generated') expect(text).toMatch(/class="made">[\w-]{43}</)
        else expect(text).toMatch(new RegExp(`<(input|select)[^>]* id="settings.${setting.replaceAll('.', '\\.')}"`))
      }
    }
  })

  it('comes with the value that Cardea has made, the same until it is sent, and stores that one', async () => {
    const definition = sample.replace('baseUrl:', `  secretary:\n    kind: generated\n    label: External id\nbaseUrl:`)
    await ada.client.services.add({ id: 'teapot', definition })
    const { browser, url, id, shown } = await opened({ services: ['teapot'] })
    const made = /class="made">([\w-]+)</.exec(shown.text)![1]!
    expect((await browser.open(url)).text).toContain(made)
    const another = await opened({ services: ['teapot'] })
    expect(another.shown.text).not.toContain(made)
    const sent = {
      action: 'connect',
      proof: shown.proof,
      service: 'teapot',
      method: 'token',
      'settings.kitchen': 'small',
      'credential.token': `tea_${'a'.repeat(20)}`,
    }
    const chosen = await browser.send(url, { ...sent, 'settings.secretary': 'chosen-by-somebody-else' })
    expect([chosen.status, chosen.text.includes('cannot be chosen')]).toEqual([400, true])
    here.instead(async () => ({ status: 503, headers: {}, body: '' }))
    const over = await browser.send(url, sent)
    here.instead()
    expect(over.text).toContain('could not be tested')
    const back = await browser.send(url, { action: 'return', proof: over.proof })
    const code = new URL(back.wentTo!).searchParams.get('code')!
    const { connection } = await product.connectSessions.complete(id, { code, endUser: 'u' })
    expect(Object.values(connection.settings!)).toContain(made)
  })
})

describe(`a form that is sent, on ${databaseName}`, () => {
  const hostile: Record<string, string> = {
    'ten megabytes': 'x'.repeat(10 * 1024 * 1024),
    'half a megabyte': 'x'.repeat(512 * 1024),
    NUL: 'a\0b',
    'text turned around': 'a\u202eb',
    'a header': 'x\r\nset-cookie: a=b',
    braces: '{apiKey}{{7*7}}',
    markup: '"><script>alert(1)</script>',
    'a prototype': '__proto__',
    nothing: '',
  }

  it.each(Object.keys(hostile))(
    'with %s in every field is refused in words, stores nothing and repeats no secret',
    async (what) => {
      const value = hostile[what]!
      const { browser, url, shown, id } = await opened({ services: ['datadog'] })
      const before = (await product.connections.list().page()).items.length
      for (const name of [
        'credential.apiKey',
        'credential.appKey',
        'settings.site',
        'service',
        'method',
        'choice',
        'proof',
        'action',
      ]) {
        const good = {
          'credential.apiKey': 'a'.repeat(32),
          'credential.appKey': 'planted-secret',
          'settings.site': 'datadoghq.eu',
        }
        const sent = {
          action: 'connect',
          proof: shown.proof,
          service: 'datadog',
          method: 'keys',
          ...good,
          [name]: value,
        }
        const answer = await browser.send(url, sent)
        expect(answer.status, name).toBeGreaterThanOrEqual(400)
        expect(answer.status, name).toBeLessThan(500)
        expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
        expect(answer.text).toContain('role="alert"')
        expect(answer.text).not.toContain('<script>alert')
        expect(answer.text).not.toContain('planted-secret')
        if (name.startsWith('credential') && value.length > 3) expect(answer.text).not.toContain(value)
      }
      const odd = await browser.send(url, {
        action: 'connect',
        proof: shown.proof,
        service: 'datadog',
        method: 'keys',
        [`settings.${value.slice(0, 99)}`]: 'x',
        'credential.__proto__': 'x',
        'settings.constructor': 'x',
      })
      expect(odd.status).toBe(400)
      expect((await product.connections.list().page()).items).toHaveLength(before)
      expect((await product.connectSessions.get(id)).state).toBe('open')
    },
  )

  it('says beside the field what is wrong, keeps the settings and forgets the secrets', async () => {
    const { browser, url, shown } = await opened({ services: ['datadog'] })
    const sent = {
      action: 'connect',
      proof: shown.proof,
      service: 'datadog',
      method: 'keys',
      'settings.site': 'datadoghq.eu',
      'credential.apiKey': 'too-short',
    }
    const { status, text } = await browser.send(url, sent)
    expect(status).toBe(400)
    expect(text).toMatch(/<a href="#credential.apiKey">API key<\/a> does not have the expected form/)
    expect(text).toMatch(/<a href="#credential.appKey">Application key<\/a> is missing/)
    expect(text).toMatch(
      /id="credential.apiKey"[^>]*aria-describedby="[^"]*credential.apiKey-fault"[^>]*aria-invalid="true"/,
    )
    expect(text).toContain('<option value="datadoghq.eu" selected>')
    expect(text).not.toContain('too-short')
  })

  it('tells what the service said, and lets the person try again', async () => {
    const { browser, url, shown } = await opened({ services: ['sendgrid'] })
    const simulator = here.stands('sendgrid', 'api_key')
    const token = simulator.account.fields.token!
    const sent = {
      action: 'connect',
      proof: shown.proof,
      service: 'sendgrid',
      method: 'api_key',
      'credential.token': token,
    }
    simulator.revokeGrant()
    const refused = await browser.send(url, sent)
    expect([refused.status, refused.text.includes('does not accept the credential')]).toEqual([422, true])
    expect(refused.text).toContain('enter it again')
    expect(refused.text).not.toContain('skip_test')
    expect(refused.text).not.toContain(token)
    here.stands('sendgrid', 'api_key')
    expect((await browser.send(url, sent)).text).toContain('One more step')
  })

  it('asks which of several places is meant, and connects that one', async () => {
    const simulator = here.stands('docusign', 'jwt')
    const accounts = ['One <b>', 'Two'].map((account_name, at) => ({
      account_id: `0000000${at}-0000-4000-8000-000000000000`,
      account_name,
      base_uri: 'https://na1.docusign.net',
      is_default: false,
    }))
    simulator.levers.instead = (_endpoint, { url }) =>
      url.includes('/userinfo')
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sub: 'x', accounts }) }
        : undefined
    const { settings, fields } = simulator.account
    const { browser, url, shown } = await opened({ services: ['docusign'] })
    const sent = {
      action: 'connect',
      proof: shown.proof,
      service: 'docusign',
      method: 'jwt',
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`settings.${name}`, value])),
      // As a browser sends what was pasted in lines.
      ...Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [`credential.${name}`, value.replaceAll('\n', '\r\n')]),
      ),
    }
    const asked = await browser.send(url, sent)
    expect(asked.status).toBe(409)
    expect(asked.text).toContain('<option>One &#60;b&#62;</option><option>Two</option>')
    expect((await browser.send(url, { ...sent, choice: 'Two' })).text).toContain('One more step')
  })

  it('is told that the same account is connected already', async () => {
    here.stands('github', 'token')
    const token = here.stands('github', 'token').account.fields.token!
    const send = async () => {
      const { id } = await ada.client.me()
      const { url } = await product.connectSessions.create({ member: id, services: ['github'] })
      const browser = visitor(origin, ada)
      const { proof } = await begun(browser, url)
      return browser.send(url, {
        action: 'connect',
        proof,
        service: 'github',
        method: 'token',
        'credential.token': token,
        name: 'My work',
      })
    }
    expect((await send()).text).not.toContain('Already connected')
    expect((await send()).text).toContain('is connected already as “My work”')
  })

  it('finds services by name, and says when there is none', async () => {
    const { browser, url } = everything
    expect((await browser.open(`${url}?search=git`)).text).toMatch(/service=github.*service=gitlab/s)
    expect((await browser.open(`${url}?search=${encodeURIComponent('<b>nothing')}`)).text).toContain(
      'Nothing by that name',
    )
    expect((await browser.open(url)).text).toContain('There are more: search by name')
  })
})

describe(`the page, on ${databaseName}`, () => {
  it('takes no form that another site sends, or that was drawn for another browser, link or person', async () => {
    const { browser, url, shown, id } = await opened({ services: ['sendgrid'] })
    const token = here.stands('sendgrid', 'api_key').account.fields.token!
    const sent = {
      action: 'connect',
      proof: shown.proof,
      service: 'sendgrid',
      method: 'api_key',
      'credential.token': token,
    }
    expect((await browser.send(url, sent, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await browser.send(url, sent, { origin: 'null' })).status).toBe(403)
    expect((await browser.send(url, { ...sent, proof: '' })).status).toBe(403)
    const another = await opened({ services: ['sendgrid'] })
    expect((await browser.send(url, { ...sent, proof: another.shown.proof })).status).toBe(403)
    // A form that was drawn before somebody signed in in the same browser.
    for (const [name, value] of visitor(origin, ada).cookies) browser.cookies.set(name, value)
    const stale = await browser.send(url, sent)
    expect([stale.status, stale.text.includes('The form is out of date')]).toEqual([403, true])
    expect((await product.connectSessions.get(id)).state).toBe('open')
  })

  it('is framed by nobody, keeps nothing, runs nothing that is not ours and tells no other site where it was', async () => {
    const { browser, url } = everything
    const { headers } = await browser.open(url)
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).toContain(`script-src 'self';`)
    expect(policy).toContain(`frame-ancestors 'none'`)
    expect(policy).toContain(`form-action 'self' https://product.example;`)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    const { headers: framed, text } = await browser.open(`${url}/frame`)
    expect(framed.get('content-security-policy')).toContain('frame-ancestors https://product.example')
    expect(framed.get('x-frame-options')).toBeNull()
    expect(text).not.toMatch(/<(form|input|textarea|select)/)
    const dashboard = await fetch(`${origin}/docs`)
    expect(dashboard.headers.get('x-frame-options')).toBe('DENY')
  })

  it('goes nowhere that is not registered, whatever the request or the product says', async () => {
    for (const address of [
      'https://evil.example/',
      'https://product.example/connected/more',
      'https://product.example/connected?x=1',
      'https://product.example.evil/connected',
      'http://localhost:9/',
      'com.evil.app:/x',
    ]) {
      expect(await codeOf(product.connectSessions.create({ endUser: 'u', returnTo: { address } })), address).toBe(
        'connect.return_not_registered',
      )
    }
    for (const address of [
      'javascript:alert(1)',
      'data:text/html,x',
      'http://product.example/',
      'https://a@product.example/',
      'https://product.example/#x',
      'https://product.example/;x',
      'vbscript:x',
      'file:///etc/passwd',
      'myapp://x',
      '//product.example',
      'https://*.example/',
      'blob:https://product.example/x',
    ]) {
      expect(await codeOf(ada.client.returnAddresses.add(address)), address).toBe('request.invalid')
    }
    const { browser, url, shown, id } = await opened({ services: ['sendgrid'] })
    const there = await browser.send(`${url}?search=https://evil.example`, {
      action: 'cancel',
      proof: shown.proof,
      returnTo: 'https://evil.example',
      next: '//evil.example',
    })
    expect(there.wentTo).toBe(`${BACK}?session=${id}&outcome=cancelled`)
  })

  it('gives no code to an address that was taken off the list meanwhile', async () => {
    const gone = await ada.client.returnAddresses.add('https://gone.example/back')
    const { browser, url, shown } = await opened({ services: ['sendgrid'], returnTo: { address: gone.address } })
    const token = here.stands('sendgrid', 'api_key').account.fields.token!
    const over = await browser.send(url, {
      action: 'connect',
      proof: shown.proof,
      service: 'sendgrid',
      method: 'api_key',
      'credential.token': token,
    })
    await ada.client.returnAddresses.remove(gone.id)
    const back = await browser.send(url, { action: 'return', proof: over.proof })
    expect(back.wentTo).toBeUndefined()
    expect(back.text).not.toContain('cardea_done_')
  })

  it('returns to an app by its registered scheme, and to a member’s own command line without registration', async () => {
    await ada.client.returnAddresses.add('com.example.app:/connected')
    const app = await opened({
      services: ['sendgrid'],
      returnTo: { address: 'com.example.app:/connected', state: 's' },
    })
    expect(app.shown.headers.get('content-security-policy')).toContain(`form-action 'self' com.example.app:;`)
    const cancelled = await app.browser.send(app.url, { action: 'cancel', proof: app.shown.proof })
    expect(cancelled.wentTo).toBe(`com.example.app:/connected?session=${app.id}&outcome=cancelled&state=s`)
    const message = product.connectSessions.create({
      endUser: 'u',
      returnTo: { address: 'com.example.app:/connected', by: 'message' },
    })
    expect(await codeOf(message)).toBe('request.invalid')

    const { id: member } = await ada.client.me()
    const cli = await ada.client.connectSessions.create({
      services: ['sendgrid'],
      returnTo: { address: 'http://127.0.0.1:41234/done' },
    })
    expect(cli.member).toBe(member)
    expect(
      await codeOf(
        product.connectSessions.create({ endUser: 'u', returnTo: { address: 'http://127.0.0.1:41234/done' } }),
      ),
    ).toBe('connect.return_not_registered')
  })

  it('keeps one button readable on any colour, and takes nothing but a colour', async () => {
    for (const [accent, on] of [
      ['#000000', '#ffffff'],
      ['#ffff00', '#000000'],
      ['#777777', '#000000'],
      ['#7c3aed', '#ffffff'],
    ]) {
      const { url } = await product.connectSessions.create({
        endUser: 'u',
        returnTo: { address: BACK },
        theme: { accent: accent!, mode: 'dark' },
      })
      const { text, headers } = await visitor(origin).open(url)
      expect(text).toContain(`<style>:root{--accent:${accent};--on-accent:${on}}</style>`)
      expect(headers.get('content-security-policy')).toMatch(/style-src 'self' 'sha256-[A-Za-z0-9+/=]{44}'/)
      expect(text).toContain('data-mode="dark"')
    }
    const theme = { accent: 'red}*{display:none' }
    expect(await codeOf(product.connectSessions.create({ endUser: 'u', returnTo: { address: BACK }, theme }))).toBe(
      'request.invalid',
    )
  })

  it('writes what a product says of itself as text', async () => {
    const { url } = await product.connectSessions.create({
      endUser: 'u',
      returnTo: { address: BACK },
      product: '<img src=x>',
      skills: ['"><b>x'],
    })
    const { text } = await visitor(origin).open(url)
    expect(text).toContain('&#60;img src=x&#62;')
    expect(text).not.toMatch(/<img src=x>|<b>x/)
    expect(
      await codeOf(product.connectSessions.create({ endUser: 'u', returnTo: { address: BACK }, product: 'a\u202eb' })),
    ).toBe('request.invalid')
  })

  it('tells an unknown link from nothing, in HTML for people and as a problem for programs', async () => {
    const unknown = `${origin}/connect/cardea_connect_${'x'.repeat(43)}`
    const shown = await visitor(origin).open(unknown)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([410, 'text/html; charset=utf-8'])
    expect(shown.text).toContain('no longer valid')
    const problem = await fetch(unknown)
    expect(await problem.json()).toMatchObject({ code: 'connect.link_not_valid', status: 410 })
  })
})
