import { type Service, services } from '@cardea/catalog'
import { CardeaProblem, type Client } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reason, reasons } from '../../src/connections/connections.ts'
import { Problem } from '../../src/errors.ts'
import type { MailCheck } from '../../src/net/mail-words.ts'
import type { Answer } from '../../src/net/message.ts'
import { databaseName } from '../database.ts'
import { typed, type World, world } from './world.ts'

let here: World
let client: Client

beforeAll(async () => {
  here = await world()
  client = (await here.app.setUp()).client
})
afterAll(() => here?.app.close())

const json = (status: number, body: unknown, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const page = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<!doctype html><html><body>${text}</body></html>`,
})
const silence = (kind: string) => new Problem('net.failed', { host: 'api.example.com', kind, why: 'on purpose' })

type Row = [
  what: string,
  service: string,
  method: string,
  answer: Answer | Error,
  state: [string, string, string | null],
  test: number,
]

const table: Row[] = [
  ['500', 'github', 'token', json(500, { message: 'oops' }), ['active', 'unreachable', 'service_down'], 424],
  ['503 in JSON', 'github', 'token', json(503, {}), ['active', 'unreachable', 'service_down'], 424],
  ['a time-out', 'github', 'token', silence('timeout'), ['active', 'unreachable', 'timed_out'], 424],
  ['a reset', 'github', 'token', silence('reset'), ['active', 'unreachable', 'connection_reset'], 424],
  ['nobody there', 'github', 'token', silence('connect'), ['active', 'unreachable', 'connection_refused'], 424],
  ['no such name', 'github', 'token', silence('dns'), ['active', 'unreachable', 'name_not_found'], 424],
  ['a bad certificate', 'github', 'token', silence('tls'), ['active', 'unreachable', 'tls_failed'], 424],
  ['no HTTP', 'github', 'token', silence('protocol'), ['active', 'ok', 'unexpected_answer'], 424],
  [
    'a private address',
    'github',
    'token',
    new Problem('net.host_refused', { host: 'x', why: 'it is private' }),
    ['active', 'unreachable', 'address_not_allowed'],
    424,
  ],
  ['429', 'github', 'token', json(429, {}, { 'retry-after': '60' }), ['active', 'ok', 'rate_limited'], 424],
  ['a page of a firewall', 'github', 'token', page(403, 'Request blocked'), ['active', 'unreachable', 'blocked'], 424],
  [
    'a page of maintenance',
    'github',
    'token',
    page(503, 'We will be back'),
    ['active', 'unreachable', 'maintenance'],
    424,
  ],
  [
    'an instance asleep',
    'servicenow',
    'service_account',
    page(200, 'Your instance is hibernating'),
    ['active', 'unreachable', 'asleep'],
    424,
  ],
  [
    '401',
    'github',
    'token',
    json(401, { message: 'Bad credentials' }),
    ['error', 'rejected', 'credential_rejected'],
    422,
  ],
  [
    '403 that means too few rights',
    'github',
    'token',
    json(403, { message: 'Resource not accessible by personal access token' }),
    ['active', 'ok', 'restricted'],
    200,
  ],
  [
    '403 that means revoked',
    'datadog',
    'keys',
    json(403, { errors: ['Forbidden'] }),
    ['error', 'rejected', 'credential_rejected'],
    422,
  ],
  [
    '200 that says no',
    'slack',
    'token',
    json(200, { ok: false, error: 'invalid_auth' }),
    ['error', 'rejected', 'credential_rejected'],
    422,
  ],
  ['410', 'github', 'token', json(410, { message: 'Gone' }), ['active', 'ok', 'api_retired'], 424],
  ['404', 'github', 'token', json(404, { message: 'Not Found' }), ['active', 'ok', 'unexpected_answer'], 424],
]

describe(`what a connection says of itself, on ${databaseName}`, () => {
  it.each(table)('after %s', async (_what, id, name, answer, expected, status) => {
    const simulator = here.stands(id, name)
    const service = (services as Record<string, Service>)[id]!
    const settings = typed(service, service.auth[name]!, simulator.account.settings)
    const made = await client.connections.create({
      provider: id,
      method: name,
      settings,
      credential: { ...simulator.account.fields },
    })
    expect(made).toMatchObject({ status: 'active', health: 'ok', reason: null })
    here.instead(async () => {
      if (answer instanceof Error) throw answer
      return answer
    })
    const tested = await client.connections.test(made.id).catch((error: unknown) => error as CardeaProblem)
    const found = await client.connections.get(made.id)
    expect([found.status, found.health, found.reason]).toEqual(expected)
    if (expected[2]) {
      const { sentence, todo } = reasons[expected[2] as Reason]
      expect(found.display).toMatchObject({ sentence, next: todo })
    }
    expect(tested instanceof CardeaProblem ? tested.status : 200).toBe(status)
    if (tested instanceof CardeaProblem) {
      expect(tested.code).toBe(status === 422 ? 'connection.test_refused' : 'connection.test_impossible')
      expect(tested.detail.length).toBeGreaterThan(20)
      expect(tested.values.reason).toBe(expected[2])
    }
    // The way back.
    here.instead()
    expect(await client.connections.test(made.id)).toMatchObject({ status: 'active', health: 'ok', reason: null })
    await client.connections.delete(made.id)
  })

  it.each<[MailCheck, string[]]>([
    [{ is: 'rejected', reason: 'auth_rejected', capabilities: [] }, ['error', 'rejected', 'credential_rejected']],
    [{ is: 'unreachable', reason: 'dns', capabilities: [] }, ['active', 'unreachable', 'name_not_found']],
    [{ is: 'unreachable', reason: 'tls_not_offered', capabilities: [] }, ['active', 'unreachable', 'tls_failed']],
    [
      { is: 'unavailable', reason: 'temporarily_unavailable', capabilities: [] },
      ['active', 'unreachable', 'service_down'],
    ],
    [{ is: 'limited', reason: 'too_many_attempts', capabilities: [] }, ['active', 'ok', 'rate_limited']],
  ])('after a mail server was %o', async (check, expected) => {
    const asked: unknown[] = []
    here.mail.smtp = async (server) => {
      asked.push(server)
      return { is: 'ok', capabilities: [] }
    }
    here.mail.imap = async () => ({ is: 'ok', capabilities: [] })
    const made = await client.connections.create({
      provider: 'smtp_imap',
      method: 'password',
      settings: { user: 'ada@example.com', smtpHost: 'smtp.example.com', imapHost: 'imap.example.com' },
      credential: { password: 'a password' },
    })
    expect(made).toMatchObject({ health: 'ok', account: { label: 'ada@example.com' } })
    expect(asked).toEqual([{ host: 'smtp.example.com', port: 465, security: 'tls' }])
    here.mail.imap = async () => check
    await client.connections.test(made.id).catch((error: unknown) => error)
    const found = await client.connections.get(made.id)
    expect([found.status, found.health, found.reason]).toEqual(expected)
  })

  it('refuses a wrong credential before it is stored, and stores it untried when told to', async () => {
    const { account } = here.stands('github', 'token')
    here.instead(async () => json(401, {}))
    const wrong = { provider: 'github', method: 'token', credential: { ...account.fields } }
    await expect(client.connections.create(wrong)).rejects.toMatchObject({
      status: 422,
      code: 'connection.test_refused',
    })
    const sent = here.sent.length
    const made = await client.connections.create(wrong, { skipTest: true })
    expect(made).toMatchObject({ status: 'active', health: 'untested', reason: 'not_tested' })
    expect(here.sent.length).toBe(sent)
    here.instead()
    await client.connections.delete(made.id)
  })

  it('refuses an address that this server does not call, and a key that is none', async () => {
    here.instead(async () => {
      throw new Problem('net.host_refused', { host: 'intranet.example', why: 'it leads to a private address' })
    })
    await expect(
      client.connections.create({
        provider: 'http_bearer',
        settings: { server: 'https://intranet.example', test: '/me' },
        credential: { token: 'x' },
      }),
    ).rejects.toMatchObject({ code: 'net.host_refused' })
    here.instead()
    const { account } = here.stands('snowflake', 'key_pair')
    const privateKey = '-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----'
    const refused = client.connections.create({
      provider: 'snowflake',
      method: 'key_pair',
      settings: { ...account.settings },
      credential: { privateKey },
    })
    await expect(refused).rejects.toMatchObject({ code: 'oauth.key_unusable', values: { field: 'privateKey' } })
  })

  it('asks which of several places is meant', async () => {
    const simulator = here.stands('docusign', 'jwt')
    const accounts = ['One', 'Two', 'Three'].map((account_name, at) => ({
      account_id: `0000000${at}-0000-4000-8000-000000000000`,
      account_name,
      base_uri: 'https://na1.docusign.net',
      is_default: false,
    }))
    // None of them is the one that the account prefers.
    simulator.levers.instead = (_endpoint, { url }) =>
      url.includes('/userinfo') ? json(200, { sub: 'x', accounts }) : undefined
    const input = {
      provider: 'docusign',
      method: 'jwt',
      settings: { ...simulator.account.settings },
      credential: { ...simulator.account.fields },
    }
    const refused = await client.connections.create(input).catch((error: unknown) => error as CardeaProblem)
    expect(refused).toMatchObject({ code: 'connection.choice_needed', status: 409 })
    const choices = (refused as CardeaProblem).values.choices as string[]
    expect(choices).toEqual(['One', 'Two', 'Three'])
    const { id } = await client.connections.create({ ...input, choice: 'Two' })
    const { workspaceId } = await client.me()
    expect((await here.app.app.connections.usable(workspaceId!, id)).learned.account).toMatch(/^00000001-/)
    await expect(client.connections.create({ ...input, choice: 'none of them' })).rejects.toMatchObject({
      code: 'connection.choice_needed',
    })
  })

  it('stores what it could not try because the service was down', async () => {
    const { account } = here.stands('github', 'token')
    here.instead(async () => json(503, {}))
    const made = await client.connections.create({
      provider: 'github',
      method: 'token',
      credential: { ...account.fields },
    })
    expect(made).toMatchObject({ status: 'active', health: 'unreachable', reason: 'service_down' })
    here.instead()
    expect(await client.connections.test(made.id)).toMatchObject({ health: 'ok' })
  })
})
