import { settingsOf } from '@cardea/catalog'
import type { Client } from '@cardea/sdk'
import { CardeaProblem } from '@cardea/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readEntered } from '../../src/connections/entered.ts'
import { Problem } from '../../src/errors.ts'
import type { Answer } from '../../src/net/message.ts'
import type { Browser } from '../app.ts'
import { databaseName } from '../database.ts'
import { sample } from '../services/sample.ts'
import { methodsWithoutBrowser, typed, type World, world } from './world.ts'

let here: World
let ada: Browser
let client: Client
let mallory: Client

const yes: Answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":1,"login":"x"}' }

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
  client = ada.client
  mallory = (await here.app.join(ada, 'editor')).client
})
beforeEach(() => {
  here.sent.length = 0
  here.instead(async () => yes)
})
afterAll(() => here?.app.close())

/** Where a value went, as it is and as it is usually written. */
function sentTo(value: string): string[] {
  const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]
  return here.sent
    .filter((request) =>
      forms.some((form) => JSON.stringify({ ...request, body: String(request.body ?? '') }).includes(form)),
    )
    .map(({ url }) => new URL(url).host)
}

describe(`a stored secret goes nowhere new, on ${databaseName}`, () => {
  const input = {
    provider: 'http_custom',
    method: 'several_headers',
    settings: { server: 'https://api.good.example', test: '/me', firstHeader: 'X-App-Id', secondHeader: 'X-App-Key' },
    credential: { first: 'the-first-secret', second: 'the-second-secret' },
    visibility: 'workspace' as const,
  }
  const elsewhere = { ...input.settings, server: 'https://evil.example' }

  it('when an editor points a shared connection at another host', async () => {
    const made = await client.connections.create(input)
    await expect(mallory.connections.change(made.id, { settings: elsewhere })).rejects.toMatchObject({
      code: 'connection.settings_need_credential',
    })
    // With one secret of two, the other would go along.
    await expect(
      mallory.connections.change(made.id, { settings: elsewhere, credential: { first: 'mine' } }),
    ).rejects.toMatchObject({ code: 'connection.owner_only' })
    // Nor with a credential of their own, so that the next one who enters theirs sends it there.
    const own = { first: 'mine-1', second: 'mine-2' }
    await expect(mallory.connections.change(made.id, { settings: elsewhere, credential: own })).rejects.toMatchObject({
      code: 'connection.owner_only',
    })
    await mallory.connections.change(made.id, { settings: made.settings!, credential: own })
    await client.connections.test(made.id)
    expect(new Set(sentTo('the-second-secret'))).toEqual(new Set(['api.good.example']))
    expect(here.sent.every(({ url }) => new URL(url).host === 'api.good.example')).toBe(true)
  })

  it('when its owner moves it and enters only one of two secrets, or moves it while somebody replaces them', async () => {
    const made = await client.connections.create(input)
    await expect(
      client.connections.change(made.id, { settings: elsewhere, credential: { first: 'mine' } }),
    ).rejects.toMatchObject({
      code: 'request.invalid',
      issues: [{ path: 'body.credential.second', message: 'is missing' }],
    })
    const [moved, replaced] = await Promise.allSettled([
      client.connections.change(
        made.id,
        { settings: elsewhere, credential: { first: 'a', second: 'b' } },
        { skipTest: true },
      ),
      mallory.connections.change(
        made.id,
        { settings: made.settings!, credential: { first: 'new-1', second: 'new-2' } },
        { skipTest: true },
      ),
    ])
    await client.connections.test(made.id)
    expect([moved.status, replaced.status]).toContain('fulfilled')
    expect(sentTo('new-2')).not.toContain('evil.example')
    expect(sentTo('the-second-secret')).not.toContain('evil.example')
  })

  const described = (host: string) =>
    sample
      .replace('https://{kitchen}.teapot.example.com', `https://${host}`)
      .replace('files.teapot.example.com', `files.${host}`)
  const connect = (token: string) => ({
    provider: 'own_teapot',
    method: 'token',
    settings: { kitchen: 'east' },
    credential: { token },
  })

  it('when an administrator replaces the definition under a live connection, or takes it away', async () => {
    const tea = (char: string) => `tea_${char.repeat(24)}`
    await client.services.add({ id: 'own_teapot', definition: described('api.own.example') })
    const made = await client.connections.create(connect(tea('a')))
    await client.services.replace('own_teapot', { definition: described('evil.example') })
    await client.connections.test(made.id)
    await client.connections.change(made.id, { credential: { token: tea('b') } })
    // What is connected from now on follows the new one.
    await client.connections.create(connect(tea('c')))
    expect(new Set(sentTo(tea('c')))).toEqual(new Set(['evil.example']))
    await client.services.remove('own_teapot').catch((error: unknown) => expect(error).toBeInstanceOf(CardeaProblem))
    await client.connections.test(made.id)
    for (const token of [tea('a'), tea('b')])
      expect(new Set(sentTo(token)), token).toEqual(new Set(['api.own.example']))
  })

  it('when somebody takes a built-in name', async () => {
    const made = await client.connections.create({
      provider: 'github',
      method: 'token',
      credential: { token: `ghp_${'k'.repeat(36)}` },
    })
    await expect(client.services.add({ id: 'github', definition: described('evil.example') })).rejects.toBeInstanceOf(
      CardeaProblem,
    )
    await client.connections.test(made.id)
    expect(new Set(sentTo('k'.repeat(36)))).toEqual(new Set(['api.github.com']))
  })

  it('when the service answers with a redirect', async () => {
    here.instead(async () => ({ status: 302, headers: { location: 'https://evil.example/' }, body: '' }))
    await client.connections.create({
      provider: 'github',
      method: 'token',
      credential: { token: `ghp_${'r'.repeat(36)}` },
    })
    expect(here.sent.map(({ url }) => new URL(url).host)).toEqual(['api.github.com'])
  })
})

const HOSTILE: [string, string][] = [
  ['ten megabytes', 'x'.repeat(10 * 1024 * 1024)],
  ['a NUL', 'a\0b'],
  ['half a surrogate pair', 'a\ud800b'],
  ['text turned around', 'a\u202eb'],
  ['a second header', 'a\r\nx-evil: 1'],
  ['a line break alone', 'a\nb'],
  ['a separator of lines', 'a\u2028b'],
]
// biome-ignore lint/suspicious/noTemplateCurlyInString: what an attacker types, as it is
const PLAIN_TEMPLATES = ['{password}', '{{token}}', '${jndi:ldap://x}', '{constructor}', '%7Btoken%7D']

describe('hostile input in every field of every form', () => {
  it('is refused by the name of the field, before anything is stored or sent', () => {
    const accepted: string[] = []
    for (const { id, name, service, method } of methodsWithoutBrowser()) {
      const { account } = here.stands(id, name)
      const settings = typed(service, method, account.settings)
      const credential = { ...account.fields }
      const blocks = { settings, credential }
      const names = {
        settings: Object.entries(settingsOf(service, method))
          .filter(([, { kind }]) => kind !== 'generated')
          .map(([field]) => field),
        credential: Object.keys(method.fields ?? {}),
      }
      for (const block of ['settings', 'credential'] as const) {
        for (const field of names[block]) {
          for (const [what, value] of HOSTILE) {
            const given = { ...blocks, [block]: { ...blocks[block], [field]: value } }
            try {
              const read = readEntered(service, method, given)
              const lines =
                block === 'credential' && ['lines', 'json', 'pem'].includes(method.fields![field]!.shape ?? 'line')
              if (!(lines && /line|header/.test(what)))
                accepted.push(`${id}.${name} ${field}: ${what} ${Object.keys(read.settings)}`)
            } catch (error) {
              if (!(error instanceof Problem)) throw error
              const { issues } = error.values as { issues: { path: string; message: string }[] }
              expect(
                issues.map(({ path }) => path),
                `${id}.${name}: ${what}`,
              ).toEqual([`body.${block}.${field}`])
              expect(issues[0]!.message.length).toBeLessThan(300)
            }
          }
        }
        for (const poison of ['__proto__', 'constructor', 'toString', 'x'.repeat(100)]) {
          const given = { ...blocks, [block]: Object.fromEntries([...Object.entries(blocks[block]), [poison, 'x']]) }
          expect(() => readEntered(service, method, given), `${id}.${name} ${poison}`).toThrow(Problem)
        }
      }
    }
    expect(accepted).toEqual([])
  })

  it('is no template: braces that people type are sent as they are', async () => {
    for (const value of PLAIN_TEMPLATES) {
      here.sent.length = 0
      await client.connections.create({
        provider: 'http_custom',
        method: 'several_headers',
        settings: { server: 'https://api.good.example', test: '/me', firstHeader: 'x-one', secondHeader: 'x-two' },
        credential: { first: value, second: 'the-other' },
      })
      expect(here.sent[0]!.headers).toMatchObject({ 'x-one': value, 'x-two': 'the-other' })
    }
  })

  it('is refused at the door in the same way', async () => {
    const input = (token: string) => ({ provider: 'github', method: 'token', credential: { token } })
    await expect(client.connections.create(input('x'.repeat(10 * 1024 * 1024)))).rejects.toMatchObject({ status: 413 })
    await expect(client.connections.create(input('x'.repeat(100_000)))).rejects.toMatchObject({
      status: 400,
      issues: [{ path: 'body.credential.token', message: 'is too long' }],
    })
    await expect(client.connections.create(input('a\0b'))).rejects.toMatchObject({ status: 400 })
    for (const token of ['a\u202eb', 'a\r\nx: y']) {
      await expect(client.connections.create(input(token))).rejects.toMatchObject({
        issues: [{ path: 'body.credential.token' }],
      })
    }
    const poisoned = JSON.parse('{"provider":"github","method":"token","credential":{"__proto__":"x","token":"x"}}')
    await expect(client.connections.create(poisoned)).rejects.toMatchObject({ code: 'request.invalid' })
    expect(here.sent).toEqual([])
  })

  it('keeps what people paste around a value out of it', async () => {
    const made = await client.connections.create(
      {
        provider: 'freshdesk',
        settings: { [Object.keys(settingsOfFirst('freshdesk'))[0]!]: ' https://acme.freshdesk.com/a/ ' },
        credential: Object.fromEntries(
          Object.keys(fieldsOfFirst('freshdesk')).map((name) => [name, `\u200b a-key-of-some-length \n`]),
        ),
      },
      { skipTest: true },
    )
    expect(Object.values(made.settings!)).toEqual(['acme'])
    const { values } = await here.app.app.connections.usable(ada.workspaceId, made.id)
    expect(Object.values(values).map((secret) => secret!.reveal())).toEqual(['a-key-of-some-length'])
  })
})

const settingsOfFirst = (id: string) => {
  const { service, method } = methodsWithoutBrowser().find((one) => one.id === id)!
  return settingsOf(service, method)
}
const fieldsOfFirst = (id: string) => methodsWithoutBrowser().find((one) => one.id === id)!.method.fields!
