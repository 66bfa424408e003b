import { createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../app.ts'
import { codeOf } from '../broker/house.ts'
import { databaseName } from '../database.ts'
import { type ActionsGround, actionsGround } from './ground.ts'

let here: ActionsGround
let people: Record<'admin' | 'editor' | 'viewer' | 'neighbour', Browser>
let shared: string
let owned: string
beforeAll(async () => {
  here = await actionsGround()
  const { app, ada } = here
  people = {
    admin: await app.join(ada, 'admin'),
    editor: await app.join(ada, 'editor'),
    viewer: await app.join(ada, 'viewer'),
    neighbour: await app.neighbour(ada),
  }
  shared = await here.connect()
  owned = await here.connect({ by: people.editor, visibility: 'private' })
})
afterAll(() => here?.close())

const find = (connectionId: string, more: object = {}) => ({ actionIdentifier: 'ledger.find', connectionId, ...more })
const run = (by: Browser, connectionId: string, more: object = {}) =>
  codeOf(by.client.actions.execute(find(connectionId, more)))
const preview = (by: Browser, connectionId: string) => codeOf(by.client.actions.preview(find(connectionId)))

describe(`who may carry out an action on ${databaseName}`, () => {
  it.each([
    ['admin', 'allowed', 'connection.private'],
    ['editor', 'allowed', 'allowed'],
    ['viewer', 'auth.forbidden', 'auth.forbidden'],
    ['neighbour', 'connection.not_found', 'connection.not_found'],
  ] as const)(
    '%s: %s through a shared connection, %s through a private one of the editor',
    async (role, one, other) => {
      const before = here.service.seen.length
      expect([await run(people[role], shared), await run(people[role], owned)]).toEqual([one, other])
      expect([await preview(people[role], shared), await preview(people[role], owned)]).toEqual([one, other])
      expect(here.service.seen.length - before).toBe([one, other].filter((code) => code === 'allowed').length)
    },
  )

  it('nobody without a credential, and nobody with a broker token', async () => {
    expect(await codeOf(here.app.stranger.actions.execute(find(shared)))).toBe('auth.required')
    const { token } = await here.ada.client.brokerTokens.create({ connections: [shared] })
    const answer = await fetch(`${here.app.url}/v1/actions/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(find(shared)),
    })
    expect(answer.status).toBe(401)
  })

  it('keys by their role, and narrowed ones only with the permission', async () => {
    const key = async (role: 'editor' | 'viewer', permissions?: string[]) =>
      codeOf((await here.app.key(here.ada, role, permissions)).client.actions.execute(find(shared)))
    expect(await key('editor')).toBe('allowed')
    expect(await key('viewer')).toBe('auth.forbidden')
    expect(await key('editor', ['token:mint'])).toBe('allowed')
    expect(await key('editor', ['connection:read'])).toBe('auth.forbidden')
  })

  it('nobody through a deleted connection', async () => {
    const id = await here.connect()
    await here.ada.client.connections.delete(id)
    expect(await run(here.ada, id)).toBe('connection.not_found')
    expect(await preview(here.ada, id)).toBe('connection.not_found')
  })

  it('a skill those that its manifest names, by its own key and by whoever may run it', async () => {
    const manifest = { name: 'digest', credentials: ['ledger'], actions: ['ledger.find'] }
    const { id } = await here.ada.client.skills.create({ manifest })
    const { token } = await here.ada.client.skills.createKey(id, { name: 'digest' })
    const client = createClient({ url: here.app.url, apiKey: token })
    const asked = { actionIdentifier: 'ledger.write', connectionId: shared, input: { name: 'x' } }
    expect(await codeOf(client.actions.execute(find(shared)))).toBe('allowed')
    expect(await codeOf(client.actions.execute(asked))).toBe('token.wrong_action')
    expect(await codeOf(client.actions.preview(asked))).toBe('token.wrong_action')
    expect(await codeOf(here.ada.client.actions.execute({ ...asked, skill: 'digest' }))).toBe('token.wrong_action')
    expect(await codeOf(here.ada.client.actions.execute(asked))).toBe('allowed')
    const other = { name: 'other', credentials: ['github'] }
    await here.ada.client.skills.create({ manifest: other })
    expect(await run(here.ada, shared, { skill: 'other' })).toBe('token.outside_manifest')
    expect(await run(here.ada, shared, { skill: 'nobody' })).toMatch(/^skill\./)
    await here.ada.client.skills.change(id, { status: 'stopped' })
    expect(await codeOf(client.actions.execute(find(shared)))).toMatch(/skill_stopped|auth\./)
  })

  it('a person for nobody else', async () => {
    const me = await here.ada.client.me()
    expect(await run(people.editor, shared, { onBehalfOf: me.id })).toBe('token.other_person')
  })
})

describe(`the list of actions on ${databaseName}`, () => {
  it('holds those of every service once, in pages, and those of the workspace for it alone', async () => {
    const all: string[] = []
    for await (const { identifier } of here.ada.client.actions.list({ limit: 50 })) all.push(identifier)
    expect(all).toEqual([...new Set(all)].sort())
    expect(all.length).toBeGreaterThan(250)
    expect(all).toContain('gmail.send_email')
    expect(all).toContain('ledger.write')
    const theirs = await people.neighbour.client.actions.list({ service: 'ledger' }).page()
    expect(theirs.items).toEqual([])
    expect(await codeOf(people.neighbour.client.actions.get('ledger.write'))).toBe('service.not_found')
  })

  it('is searched by service, by what they do, and by words', async () => {
    const { items } = await people.viewer.client.actions.list({ service: 'gmail', does: 'write' }).page()
    expect(items.map(({ identifier }) => identifier)).toEqual(['gmail.send_email'])
    const found = await here.ada.client.actions.list({ search: 'send EMAIL' }).page()
    expect(found.items.map(({ identifier }) => identifier)).toEqual(
      expect.arrayContaining(['gmail.send_email', 'smtp_imap.send_email']),
    )
    const bad = here.ada.client.actions.list({ cursor: 'bm9uc2Vuc2Uh' }).page()
    expect(await codeOf(bad)).toBe('request.bad_cursor')
  })

  it('describes one with the schema of its input, which says what is checked', async () => {
    expect(await people.viewer.client.actions.get('gmail.send_email')).toMatchObject({
      service: 'gmail',
      does: 'write',
      method: 'POST',
      path: '/gmail/v1/users/me/messages/send',
      scopes: expect.arrayContaining(['https://www.googleapis.com/auth/gmail.send']),
      input: {
        type: 'object',
        required: ['to', 'subject', 'text'],
        additionalProperties: false,
        properties: { to: { type: 'array', minItems: 1, items: { type: 'string', format: 'email' } } },
      },
    })
    expect(await codeOf(here.ada.client.actions.get('gmail.nothing'))).toBe('action.not_found')
    expect(await codeOf(here.ada.client.actions.get('gmail.constructor'))).toBe('action.not_found')
  })
})
