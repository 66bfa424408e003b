import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf, prover } from './house.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'

const clock = createTestClock()
let here: BrokerHouse
let connection: string
let key: { token: string; id: string }
beforeAll(async () => {
  here = await brokerHouse({ clock })
  connection = await here.connect({ name: 'work' })
  key = await here.app.key(here.ada, 'editor')
})
afterAll(() => here?.app.close())

interface Answer {
  status: number
  error?: string
  error_description?: string
  access_token?: string
  token_type?: string
  issued_token_type?: string
  expires_in?: number
}

async function ask(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${here.app.url}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: EXCHANGE, subject_token_type: ACCESS, ...form }),
  })
  return { status: answer.status, ...((await answer.json()) as object) }
}

const details = (...entries: object[]) => ({ authorization_details: JSON.stringify(entries) })
const ofConnection = (more: object = {}) => ({ type: 'cardea_connection', identifier: connection, ...more })

/** A command line that somebody has signed in. */
async function cliToken(of: typeof here.ada): Promise<string> {
  const { device_code, user_code } = await here.app.stranger.deviceLogins.start('tests')
  await of.client.deviceLogins.approve(user_code)
  return (await here.app.stranger.deviceLogins.token(device_code, 'tests')).access_token
}

describe(`token exchange (RFC 8693) on ${databaseName}`, () => {
  it('gives a broker token for what the details name', async () => {
    const given = await ask({
      subject_token: key.token,
      ...details(ofConnection({ actions: ['GET'], paths: ['/repos/**'], locations: ['api.github.com'] }), {
        type: 'cardea_token',
        tool_call: 't',
        run: 'r',
        step: 's',
        uses: 2,
        life_seconds: 120,
      }),
    })
    expect(given).toMatchObject({ status: 200, token_type: 'Bearer', issued_token_type: ACCESS, expires_in: 120 })
    const token = Secret.of(given.access_token!)
    const passage = await here.redeem(token, connection, { path: '/repos/a' })
    expect(passage).toMatchObject({ toolCall: 't', run: 'r', step: 's', usesLeft: 2, onBehalfOf: key.id })
    expect(await codeOf(here.redeem(token, connection))).toBe('token.wrong_path')
    expect(await codeOf(here.redeem(token, connection, { path: '/repos/a', method: 'PUT' }))).toBe('token.wrong_method')
  })

  it('holds each connection to the bounds that were named with it', async () => {
    const other = await here.connect({ name: 'other' })
    const given = await ask({
      subject_token: key.token,
      ...details(ofConnection({ actions: ['GET'] }), ofConnection({ identifier: other, actions: ['POST'] })),
    })
    const token = Secret.of(given.access_token!)
    expect(await codeOf(here.redeem(token, connection, { method: 'GET' }))).toBe('allowed')
    expect(await codeOf(here.redeem(token, connection, { method: 'POST' }))).toBe('token.wrong_method')
    expect(await codeOf(here.redeem(token, other, { method: 'POST' }))).toBe('allowed')
    expect(await codeOf(here.redeem(token, other, { method: 'GET' }))).toBe('token.wrong_method')
  })

  it('lets a key act for a member who shows a token of their own, with what is private to them', async () => {
    const bob = await here.app.join(here.ada, 'editor')
    const { id: bobId } = await bob.client.me()
    const bobs = await here.connect({ by: bob, visibility: 'private' })
    const subject_token = await cliToken(bob)
    const asked = details(ofConnection({ identifier: bobs }))
    const alone = await ask({ subject_token: key.token, ...asked })
    expect(alone).toMatchObject({ status: 404, error: 'invalid_target' })
    const given = await ask({ subject_token, actor_token: key.token, actor_token_type: ACCESS, ...asked })
    expect(given.status).toBe(200)
    const passage = await here.redeem(Secret.of(given.access_token!), bobs)
    expect(passage).toMatchObject({ onBehalfOf: bobId, caller: { actor: { kind: 'key', keyId: key.id } } })
    const forged = details(ofConnection({ identifier: bobs }), { type: 'cardea_token', on_behalf_of: 'usr_other' })
    expect((await ask({ subject_token, actor_token: key.token, actor_token_type: ACCESS, ...forged })).status).toBe(400)
  })

  it('narrows a broker token', async () => {
    const parent = await here.mint({ connections: [connection] })
    const subject_token = parent.token.reveal()
    const given = await ask({ subject_token, ...details(ofConnection({ actions: ['GET'] })) })
    const token = Secret.of(given.access_token!)
    expect(await codeOf(here.redeem(token, connection, { method: 'POST' }))).toBe('token.wrong_method')
    const again = await ask({ subject_token: token.reveal(), ...details(ofConnection({ actions: ['POST'] })) })
    expect(again).toMatchObject({ status: 403, error: 'invalid_target' })
    const other = await ask({ subject_token, ...details({ type: 'cardea_token', skill: 'x' }) })
    expect(other).toMatchObject({ status: 400, error: 'invalid_authorization_details' })
  })

  it('binds what it gives to the key of the proof', async () => {
    const own = await prover()
    const url = `${here.app.url}/oauth/token`
    const proof = await own.prove({ method: 'POST', url, at: clock.now() })
    const asked = { subject_token: key.token, ...details(ofConnection()) }
    const given = await ask(asked, { dpop: proof })
    expect(given).toMatchObject({ status: 200, token_type: 'DPoP' })
    expect(await codeOf(here.redeem(Secret.of(given.access_token!), connection))).toBe('token.proof_missing')
    expect(await ask(asked, { dpop: proof })).toMatchObject({ status: 401, error: 'invalid_dpop_proof' })
    expect(await ask(asked, { dpop: 'rubbish' })).toMatchObject({ status: 401, error: 'invalid_dpop_proof' })
  })

  it('refuses in the words of the standard', async () => {
    const viewer = await here.app.join(here.ada, 'viewer')
    const good = { subject_token: key.token, ...details(ofConnection()) }
    const cases: [string, Record<string, string>, string][] = [
      ['no subject', { subject_token: '' }, 'invalid_request'],
      ['another type', { ...good, subject_token_type: 'urn:x' }, 'invalid_request'],
      ['an actor without a type', { ...good, actor_token: key.token }, 'invalid_request'],
      ['another wish', { ...good, requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
      ['nothing named', { subject_token: key.token }, 'invalid_request'],
      ['an unknown key', { ...good, subject_token: `cardea_key_${'x'.repeat(43)}` }, 'invalid_grant'],
      ['an unknown broker token', { ...good, subject_token: `cardea_broker_${'x'.repeat(43)}` }, 'invalid_grant'],
      ['rubbish', { ...good, subject_token: 'x' }, 'invalid_grant'],
      ['who may not mint', { ...good, subject_token: await cliToken(viewer) }, 'unauthorized_client'],
      ['details that are no JSON', { ...good, authorization_details: '[' }, 'invalid_authorization_details'],
      ['details of another kind', { ...good, ...details({ type: 'payment' }) }, 'invalid_authorization_details'],
      ['a word too many', { ...good, ...details(ofConnection({ x: 1 })) }, 'invalid_authorization_details'],
      ['poison', { ...good, authorization_details: '[{"__proto__":{}}]' }, 'invalid_authorization_details'],
      [
        'a short life',
        { ...good, ...details(ofConnection(), { type: 'cardea_token', life_seconds: 1 }) },
        'invalid_authorization_details',
      ],
      ['one twice', { ...good, ...details(ofConnection(), ofConnection()) }, 'invalid_request'],
      ['no such connection', { ...good, ...details(ofConnection({ identifier: 'conn_x' })) }, 'invalid_target'],
      ['another grant', { ...good, grant_type: 'password' }, 'unsupported_grant_type'],
      ['another workspace', { ...good, audience: 'ws_other' }, 'invalid_grant'],
    ]
    for (const [what, form, error] of cases) {
      const answer = await ask(form)
      expect([what, answer.error]).toEqual([what, error])
      expect(answer.status, what).toBeLessThan(500)
      expect(JSON.stringify(answer)).not.toContain(key.token)
    }
  })

  it('never looks at who sends it', async () => {
    const cookie = here.ada.cookie()
    const answer = await ask({ subject_token: 'x', ...details(ofConnection()) }, { cookie, origin: here.app.url })
    expect(answer.error).toBe('invalid_grant')
  })
})
