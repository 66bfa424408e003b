import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../broker/house.ts'
import { type Ground, refreshGround } from '../connections/refresh/ground.ts'
import { databaseName } from '../database.ts'

let here: Ground
beforeAll(async () => {
  here = await refreshGround()
})
afterAll(() => here?.app.close())

const SEND = 'https://www.googleapis.com/auth/gmail.send'
const mail = { to: ['bob@example.com'], subject: 'Grüße', text: 'Hello {accessToken}' }

async function gmail(scopes: string[] | null) {
  const brought = await here.brought('gmail', 'oauth')
  const set = { scopes: scopes && JSON.stringify(scopes) }
  await here.app.app.store.sweep((db) => db.updateTable('connections').set(set).where('id', '=', brought.id).execute())
  // What has just been given is not taken for dead at the first refusal.
  await here.app.app.store.sweep((db) =>
    db
      .updateTable('connection_grants')
      .set({ granted_at: 0, renewed_at: 0 })
      .where('connection_id', '=', brought.id)
      .execute(),
  )
  return { ...brought, asked: { actionIdentifier: 'gmail.send_email', connectionId: brought.id, input: mail } }
}

describe(`an action through what somebody granted, on ${databaseName}`, () => {
  it('sends the message that was written', async () => {
    const { asked, simulator } = await gmail([SEND])
    expect(await here.client.actions.execute(asked)).toMatchObject({ status: 200 })
    const sent = here.sent.at(-1)!
    expect(simulator.calls.at(-1)).toMatchObject({ endpoint: 'api', faults: [] })
    const { raw } = JSON.parse(String(sent.body)) as { raw: string }
    const message = Buffer.from(raw, 'base64url').toString()
    expect(message).toContain('To: bob@example.com\r\nSubject: =?UTF-8?B?')
    expect(Buffer.from(message.split('\r\n\r\n')[1]!, 'base64').toString()).toBe(mail.text)
  })

  it('names the scopes that would do, with a link that asks for the least of them, and calls nobody', async () => {
    const { asked, simulator } = await gmail(['https://www.googleapis.com/auth/gmail.readonly'])
    const before = simulator.calls.length
    const error = await here.client.actions.execute(asked).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'action.scope_missing',
      status: 403,
      values: {
        missing: expect.arrayContaining([SEND]),
        reauthorizeUrl: expect.stringMatching(new RegExp(`${asked.connectionId}.*scopes=${encodeURIComponent(SEND)}$`)),
      },
    })
    expect(simulator.calls).toHaveLength(before)
    expect((await here.client.actions.preview(asked)).missingScopes).toContain(SEND)
    expect(
      await codeOf(
        here.client.actions.execute({ ...asked, actionIdentifier: 'gmail.search_messages', input: { query: 'x' } }),
      ),
    ).toBe('allowed')
  })

  it('asks the service where nobody knows what was granted, and says what would be needed', async () => {
    const { asked, simulator } = await gmail(null)
    simulator.levers.instead = (endpoint) =>
      endpoint === 'api'
        ? { status: 403, headers: { 'content-type': 'application/json' }, body: '{"error":{"code":403}}' }
        : undefined
    const error = await here.client.actions.execute(asked).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'action.refused_by_service',
      values: {
        serviceStatus: 403,
        scopes: expect.arrayContaining([SEND]),
        reauthorizeUrl: expect.stringContaining('scopes='),
      },
    })
  })

  it('is sent once more with a new token when the service no longer takes the old one', async () => {
    const { asked, simulator } = await gmail([SEND])
    await here.client.actions.execute(asked)
    simulator.expireAccessTokens()
    const before = simulator.calls.length
    expect(await here.client.actions.execute(asked)).toMatchObject({ status: 200 })
    const after = simulator.calls.slice(before).map(({ endpoint, status }) => `${endpoint} ${status}`)
    expect(after).toEqual(['api 401', 'refresh 200', 'api 200'])
  })

  it('is told with a link when what was granted has ended', async () => {
    const { asked, simulator } = await gmail([SEND])
    simulator.revokeGrant()
    const error = await here.client.actions.execute(asked).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'connection.not_usable',
      values: { reauthorizeUrl: expect.stringContaining(asked.connectionId) },
    })
  })
})

describe(`an outbound webhook on ${databaseName}`, () => {
  it('is an action whose address nobody is shown', async () => {
    const { account } = here.stands('zapier', 'webhook')
    const credential = { ...account.fields } as Record<string, string>
    const { id } = await here.client.connections.create(
      { provider: 'zapier', method: 'webhook', credential },
      { skipTest: true },
    )
    const asked = {
      actionIdentifier: 'zapier.send',
      connectionId: id,
      input: { payload: { name: 'Ada', url: '{url}' } },
    }
    const preview = await here.client.actions.preview(asked)
    expect(preview).toMatchObject({
      address: null,
      method: 'POST',
      credentialIn: ['address'],
      body: '{"name":"Ada","url":"{url}"}',
    })
    const done = await here.client.actions.execute(asked)
    expect(here.sent.at(-1)).toMatchObject({ url: credential.url, method: 'POST' })
    const records = JSON.stringify((await here.client.audit.list({ connection: id }).page()).items)
    for (const text of [JSON.stringify([preview, done]), records]) {
      expect(text).not.toContain(new URL(credential.url!).pathname)
    }
    here.instead(async () => ({ status: 410, headers: {}, body: `gone: ${credential.url}` }))
    const error = await here.client.actions.execute(asked).catch((thrown: unknown) => JSON.stringify(thrown))
    expect(error).toContain('action.refused_by_service')
    expect(error).not.toContain(new URL(credential.url!).pathname)
    here.instead()
  })
})
