import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeApi } from '../../src/http/openapi.ts'
import { routes } from '../../src/http/routes.ts'
import { type Browser, PASSWORD } from '../app.ts'
import { databaseName } from '../database.ts'
import { methodsWithoutBrowser, typed, type World, world } from './world.ts'

/** Nothing gives a credential back: not by the shape of any answer, and not in anything that was answered, logged or kept. */
let here: World
let ada: Browser
const answers: string[] = []

beforeAll(async () => {
  here = await world({
    logLevel: 'debug',
    environment: { CARDEA_ALLOWED_HOSTS: 'localhost' },
    onAnswer: (_request, answer) => {
      const head = JSON.stringify([...answer.headers])
      answer.text().then(
        (text) => answers.push(head + text),
        () => answers.push(head),
      )
    },
  })
  ada = await here.app.setUp()
})
afterAll(() => here?.app.close())

/** Fields of answers whose names sound like a secret, and why they are there. */
const KNOWN: Record<string, string> = {
  'CreatedApiKey.token': 'the key that was just made, once',
  'CreatedInvitation.token': 'the invitation that was just made, once',
  'CreatedInvitation.link': 'the invitation that was just made, once',
  'DeviceAuthorization.device_code': 'the login that was just begun',
  'AccessToken.access_token': 'the login that was just approved',
  'AccessToken.token_type': 'a word of the standard',
  'AccessToken.issued_token_type': 'a word of the standard',
  'CreatedBrokerToken.token': 'the broker token that was just made, once',
  'Skill.credentials': 'the services that a manifest names',
  'SkillVersion.credentials': 'the services that a manifest names',
  'StartedFlow.starterSecret': 'what completes the consent that was just begun, once',
  'WebhookWithSecret.secret': 'the signing secret that was just made, once',
  'Webhook.previousSecretUntil': 'an instant',
  'WebhookWithSecret.previousSecretUntil': 'an instant',
  'DeletedConnection.credential': 'a word: what became of it',
  'OauthApp.secrets': 'names: which secrets are there',
  'ChangedOauthApp.secrets': 'names: which secrets are there',
  'PolicyLimits.longestTokenSeconds': 'a number',
  'PreviewedAction.credentialIn': 'names: which parts of a request would carry it',
  'VaultState.masterKey': 'its id and where it is kept',
  'AuditRecord.credentialVersion': 'a number',
}

describe('the shape of every answer', () => {
  it('has no place for a credential', async () => {
    const api = await describeApi(routes, { version: 'test', publicUrl: 'http://localhost' })
    const root = api as unknown as { components: { schemas: Record<string, Schema> } }
    const suspicious: string[] = []
    const seen = new Set<string>()
    const walk = (schema: Schema, name: string) => {
      if (schema.$ref) {
        const inner = schema.$ref.split('/').at(-1)!
        if (seen.has(inner)) return
        seen.add(inner)
        return walk(root.components.schemas[inner]!, inner)
      }
      for (const [property, inner] of Object.entries(schema.properties ?? {})) {
        if (/secret|token|password|credential|key$|private/i.test(property)) suspicious.push(`${name}.${property}`)
        walk(inner, name)
      }
      for (const inner of [schema.items, ...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])]) {
        if (inner) walk(inner, name)
      }
    }
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        for (const response of Object.values(operation.responses)) {
          for (const { schema } of Object.values(response.content ?? {})) {
            if (schema) walk(schema as Schema, `${method} ${path}`)
          }
        }
      }
    }
    expect(suspicious.filter((name) => !Object.hasOwn(KNOWN, name) && !name.startsWith('Service'))).toEqual([])
    expect(seen.size).toBeGreaterThan(30)
  })
})

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
}

describe(`everything that was said, on ${databaseName}`, () => {
  it('holds no part of any credential', async () => {
    const planted: string[] = []
    const { client } = ada
    const sampled = methodsWithoutBrowser().filter(({ method }, at) => at % 3 === 0 && !method.retires && !method.app)
    for (const { id, name, service, method } of sampled) {
      const simulator = here.stands(id, name)
      const settings = typed(service, method, simulator.account.settings)
      const credential = { ...simulator.account.fields }
      // A user name may be a field of a method and the name of the account as well.
      planted.push(
        ...Object.entries(credential).flatMap(([field, value]) => (/user|email|login/i.test(field) ? [] : [value])),
      )
      const made = await client.connections.create({ provider: id, method: name, settings, credential })
      await client.connections.get(made.id)
      await client.connections.test(made.id).catch(() => {})
      await client.connections.change(made.id, { name: 'renamed' })
      await client.connections.change(made.id, { status: 'paused' })
      here.instead(async () => ({
        status: 401,
        headers: { 'content-type': 'application/json' },
        // Services repeat what they were sent.
        body: JSON.stringify({ error: 'invalid', error_description: Object.values(credential).join(' ') }),
      }))
      await client.connections.change(made.id, { status: 'active' }).catch(() => {})
      await client.connections.create({ provider: id, method: name, settings, credential }).catch(() => {})
      await client.connections
        .change(made.id, { credential: { ...credential, nothing_of_the_kind: 'x' } })
        .catch(() => {})
      here.instead()
      await client.connections.registerReference(made.id, { reference: 'a/b' })
      await client.connections.references(made.id).page()
      if (planted.length % 2) await client.connections.delete(made.id)
    }
    await client.connections.import({ connections: [{ provider: 'github', credential: { token: planted[0]! } }] })
    for await (const _connection of client.connections.list());
    for await (const _record of client.audit.list());
    for await (const _event of client.events.list());
    await client.audit.export('ndjson')
    await expect.poll(() => answers.length).toBeGreaterThan(500)
    const rows = await here.app.app.store.sweep(async (db) => [
      ...(await db.selectFrom('connections').selectAll().execute()),
      ...(await db.selectFrom('audit_records').selectAll().execute()),
      ...(await db.selectFrom('events').selectAll().execute()),
    ])
    const places = { answers: answers.join('\n'), log: here.app.logged.join('\n'), rows: JSON.stringify(rows) }
    expect(planted.length).toBeGreaterThan(50)
    for (const [place, text] of Object.entries(places)) {
      const found = planted.filter((secret) => secret.length >= 8 && forms(secret).some((form) => text.includes(form)))
      expect(found, place).toEqual([])
    }
    expect(places.answers).not.toContain(PASSWORD)
  }, 120_000)
})

function forms(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1)
  return [secret, inJson, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')]
}
