import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, testApp } from '../app.ts'
import { visitor } from '../connect-page/visitor.ts'
import { databaseName } from '../database.ts'
import { consentAt } from '../sandbox/visitor.ts'
import { called, type HopGround, hopGround } from './hop-ground.ts'

let here: HopGround
beforeAll(async () => {
  here = await hopGround()
})
afterAll(() => here?.close())

describe(`a connection that needs its owner, at the door, on ${databaseName}`, () => {
  /** The service has stopped taking the credential, and a call has found out. */
  async function broken(account: string): Promise<string> {
    const id = await here.connect({ account })
    const token = await here.mint({ connections: [id] })
    await here.call(id, token)
    const credential = here.service.seen.at(-1)!.authorization!.slice('Bearer '.length)
    here.service.refuse(credential)
    const refused = await here.call(id, token)
    // The first one goes back as the service said it.
    expect([refused.status, refused.code]).toEqual([401, undefined])
    expect(refused.text).toContain('is not known here')
    expect(refused.text).not.toContain(credential)
    // One call is no proof: Cardea asks for itself before it says so.
    await expect(here.ada.client.connections.test(id)).rejects.toMatchObject({ status: 422 })
    expect((await here.ada.client.connections.get(id)).status).toBe('error')
    return id
  }
  const mend = (id: string, account: string) =>
    here.ada.client.connections.change(id, { credential: { token: here.service.token(account) } })

  it('refuses at once with the reason and a link', async () => {
    const id = await broken('refusing')
    const { status, code, json } = await here.call(id, await here.mint({ connections: [id] }))
    expect([status, code]).toEqual([409, 'connection.not_usable'])
    const reauthorizeUrl = `${here.app.url}/connections/${id}?reauthorize=1`
    expect(json).toMatchObject({ reason: expect.any(String), reauthorizeUrl, next: expect.any(String) })
  })

  it.each([
    ['its token', { onUnavailable: 'wait' as const }, {}],
    ['a header', {}, { 'cardea-on-unavailable': 'wait' }],
  ])('holds a call that asks for it by %s, and answers as soon as it is mended', async (by, minted, headers) => {
    const account = `waiting by ${by}`
    const id = await broken(account)
    const token = await here.mint({ connections: [id], ...minted })
    let settled = false
    const waiting = here.call(id, token, '/notes/1', { method: 'POST', body: 'kept', headers }).finally(() => {
      settled = true
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(settled).toBe(false)
    await mend(id, account)
    const { status, json } = await waiting
    expect([status, json]).toEqual([200, { method: 'POST', url: '/notes/1', account }])
  })
})

describe(`a call that lacks a scope, on ${databaseName}`, () => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp({
      host: 'localhost',
      logLevel: 'error',
      environment: { CARDEA_SANDBOX: '1', CARDEA_SANDBOX_PORT: '0' },
    })
  })
  afterAll(() => app?.close())

  it('says which one, and where to grant that alone', async () => {
    const ada = await app.setUp()
    const started = await ada.client.connections.authorize({ provider: 'sandbox', method: 'oauth', bind: 'browser' })
    const browser = visitor(app.url, ada)
    const back = await consentAt(started.authorizeUrl!, { scopes: ['notes:read', 'offline_access'] })
    await browser.open(back.href)
    const { connection } = await ada.client.connections.flows.get(started.id)
    const { id, scopes } = await ada.client.connections.get(connection!.id)
    expect(scopes).not.toContain('notes:delete')
    const { token } = await ada.client.brokerTokens.create({ connections: [id] })
    const call = async (method: string) =>
      called(await fetch(`${app.url}/proxy/${id}/notes`, { method, headers: { authorization: `Bearer ${token}` } }))
    const read = await call('GET')
    expect([read.status, read.headers.get('cardea-missing-scope')]).toEqual([200, null])
    const { status, code, json, headers } = await call('DELETE')
    // The service's own words, and beside them what it takes to mend it.
    expect([status, code, json.error.code]).toEqual([403, undefined, 'insufficient_scope'])
    expect(headers.get('cardea-missing-scope')).toBe('notes:delete')
    const link = new URL(headers.get('cardea-reauthorize-url')!)
    expect(`${link.origin}${link.pathname}`).toBe(`${app.url}/connections/${id}`)
    expect(link.searchParams.get('scopes')).toBe('notes:delete')

    // Whoever follows it asks for that one, and the same call goes through.
    const again = await ada.client.connections.authorize({
      connectionId: id,
      scopes: link.searchParams.get('scopes')!.split(' '),
      bind: 'browser',
    })
    const asked = new URL(again.authorizeUrl!).searchParams.get('scope')
    if (asked !== null) expect(asked.split(' ')).toContain('notes:delete')
    await visitor(app.url, ada).open((await consentAt(again.authorizeUrl!)).href)
    const fresh = (await ada.client.brokerTokens.create({ connections: [id] })).token
    const done = await fetch(`${app.url}/proxy/${id}/notes`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${fresh}` },
    })
    expect(done.status).toBe(204)
  })
})

describe(`what is recorded of a call, on ${databaseName}`, () => {
  it('is who, for whom, by which skill, tool call, run and step, with what, where to, and what came of it', async () => {
    const { ada } = here
    const id = await here.connect({ account: 'recorded' })
    const bob = await here.app.join(ada, 'editor')
    const bobId = (await bob.client.me()).id
    await ada.client.skills.create({ manifest: { name: 'scribe', credentials: ['notes'] } })
    const key = await here.app.key(ada, 'editor')
    const { id: tokenId, token } = await key.client.brokerTokens.create({
      skill: 'scribe',
      connections: [id],
      toolCall: 'call_81',
      run: 'run_7',
      step: 'scribe/write',
      onBehalfOf: bobId,
    })
    const got = await here.call(id, token, '/notes/1?private=yes', { method: 'POST', body: 'twelve bytes' })
    expect(got.status).toBe(200)
    const call = got.headers.get('cardea-request-id')
    const records = async (event: string) =>
      (await ada.client.audit.list({ connection: id, event }).page({ limit: 50 })).items
    const used = (await records('connection.used')).find(({ requestId }) => requestId === call)!
    expect(used).toMatchObject({
      actor: { kind: 'key', id: key.id },
      onBehalfOf: bobId,
      skill: 'scribe',
      toolCall: 'call_81',
      run: 'run_7',
      step: 'scribe/write',
      connectionId: id,
      credentialVersion: 1,
      host: here.service.host,
      method: 'POST',
      path: '/notes/1',
      ip: '127.0.0.1',
      detail: { token: tokenId },
    })
    // How it ended follows, under the same id.
    const ends = async () =>
      (await records('connection.answered')).flatMap((each) => (each.detail?.calls ?? []) as { call: string }[])
    await expect.poll(async () => (await ends()).some((each) => each.call === call), { timeout: 10_000 }).toBe(true)
    const ended = (await ends()).find((each) => each.call === call)
    expect(ended).toMatchObject({ status: 200, bytesIn: 12, bytesOut: got.text.length })
    expect(JSON.stringify([used, ended])).not.toContain('private')
    expect(await here.app.app.audit.verify()).toMatchObject({ ok: true })
  })
})
