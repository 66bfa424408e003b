import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createLogger } from '../../src/log.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { ALL_SCOPES, type PlainClient, plainClient, REDIRECT_URI } from './client.ts'
import { answerConsent, consentAt, createVisitor, enterCode, hidden } from './visitor.ts'

const logged: string[] = []
let sandbox: Sandbox
let client: PlainClient

beforeAll(async () => {
  const log = createLogger({ level: 'warn', format: 'json', clock: systemClock, write: (line) => logged.push(line) })
  sandbox = await startSandbox({ clock: systemClock, log, port: 0, redirectUris: () => [REDIRECT_URI] })
  client = plainClient(sandbox.issuer, { id: sandbox.app.clientId, secret: sandbox.app.clientSecret.reveal() })
})
afterAll(async () => {
  await sandbox.close()
  expect(logged).toEqual([])
})

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const isAlive = async (token: string) => (await client.api(token, '/me')).status === 200

describe('signing in', () => {
  it('gives a short access token and a refresh token for a code, with the issuer beside the code', async () => {
    const { address, verifier } = client.authorizeAddress()
    const back = await consentAt(address)
    expect(`${back.origin}${back.pathname}`).toBe(REDIRECT_URI)
    expect(back.searchParams.get('state')).toBe('a state of ours')
    expect(back.searchParams.get('iss')).toBe(sandbox.issuer)
    const { status, body } = await client.exchange(back.searchParams.get('code')!, verifier)
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 60, scope: ALL_SCOPES })
    expect(body.refresh_token).toMatch(/^[\w-]{43}$/)
    const me = await (await client.api(body.access_token, '/me')).json()
    expect(me).toMatchObject({ email: 'ada@sandbox.example', name: 'Ada Example' })
  })

  it.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
    ['with plain PKCE', { code_challenge_method: 'plain' }],
  ])('is refused %s', async (_what, params) => {
    const seen = await createVisitor().open(client.authorizeAddress(params).address)
    expect(new URL(seen.left!).searchParams.get('error')).toBe('invalid_request')
  })

  it.each([
    ['another redirect address', { redirect_uri: `${REDIRECT_URI}/` }],
    ['a client it does not know', { client_id: 'somebody' }],
  ])('shows a page, and sends nobody anywhere, for %s', async (_what, params) => {
    const seen = await createVisitor().open(client.authorizeAddress(params).address)
    expect(seen.left).toBeUndefined()
    expect(seen.status).toBe(400)
    expect(seen.text).toContain('This did not work')
  })

  it('does not exchange a code with another verifier, nor a second time', async () => {
    const first = client.authorizeAddress()
    const code = (await consentAt(first.address)).searchParams.get('code')!
    expect((await client.exchange(code, 'x'.repeat(43))).body.error).toBe('invalid_grant')
    const second = client.authorizeAddress()
    const other = (await consentAt(second.address)).searchParams.get('code')!
    const { body } = await client.exchange(other, second.verifier)
    expect((await client.exchange(other, second.verifier)).body.error).toBe('invalid_grant')
    expect(await isAlive(body.access_token)).toBe(false)
  })

  it('takes pushed requests, and says where', async () => {
    const metadata = await (await fetch(`${sandbox.issuer}/.well-known/oauth-authorization-server`)).json()
    expect(metadata).toMatchObject({
      issuer: sandbox.issuer,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      pushed_authorization_request_endpoint: `${sandbox.issuer}/par`,
    })
    const { address, verifier } = client.authorizeAddress()
    const pushed = await client.post('/par', Object.fromEntries(new URL(address).searchParams))
    expect(pushed.status).toBe(201)
    const by = new URLSearchParams({ client_id: sandbox.app.clientId, request_uri: pushed.body.request_uri })
    const back = await consentAt(`${sandbox.issuer}/authorize?${by}`)
    expect((await client.exchange(back.searchParams.get('code')!, verifier)).status).toBe(200)
  })
})

describe('the consent page', () => {
  it('loads and runs nothing, and is framed nowhere', async () => {
    const seen = await createVisitor().open(client.authorizeAddress().address)
    const policy = seen.headers.get('content-security-policy')!
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(seen.text).not.toMatch(/<script|src=|href="http|url\(|@import/)
    expect(seen.text).toContain('light-dark(')
  })

  it('gives fewer scopes when some are left out, and no refresh token without staying connected', async () => {
    const tokens = await client.connect({ scopes: ['notes:read'] })
    expect(tokens.scope).toBe('notes:read')
    expect(tokens.refresh_token).toBeUndefined()
    const refused = await client.api(tokens.access_token, '/notes', { method: 'POST', body: '{"text":"x"}' })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="notes:write"')
  })

  it.each([{ says: 'deny' as const }, { scopes: [] }])('comes back with a refusal: %o', async (how) => {
    const back = await consentAt(client.authorizeAddress().address, how)
    expect(back.searchParams.get('error')).toBe('access_denied')
    expect(back.searchParams.get('state')).toBe('a state of ours')
    expect(back.searchParams.has('code')).toBe(false)
  })

  it('asks every time, and lets another person sign in in the same browser', async () => {
    const visitor = createVisitor()
    for (const person of ['ada@sandbox.example', 'grace@sandbox.example', 'ada@sandbox.example']) {
      const { address, verifier } = client.authorizeAddress({ prompt: '', scope: 'notes:read' })
      const back = await consentAt(address, { person }, visitor)
      const { body } = await client.exchange(back.searchParams.get('code')!, verifier)
      expect(await (await client.api(body.access_token, '/me')).json()).toMatchObject({ email: person })
    }
  })

  it('takes no form of another site, and none without its cookie', async () => {
    const visitor = createVisitor()
    const shown = await visitor.open(client.authorizeAddress().address)
    const cookie = visitor.cookiesFor(new URL(shown.address).pathname)
    for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
      const form = new URLSearchParams({ person: 'person_ada', says: 'allow', scope: 'notes:read' })
      const foreign = await fetch(shown.address, { method: 'POST', headers: { origin, cookie }, body: form })
      expect(foreign.status).toBe(403)
    }
    expect((await createVisitor().open(shown.address)).text).toContain('no longer good')
    expect((await answerConsent(visitor, shown)).left).toContain('code=')
  })

  it('answers to no name but its own', async () => {
    const { port } = new URL(sandbox.issuer)
    const answer = await fetch(`http://localhost:${port}/`).catch(() => undefined)
    if (answer) expect(answer.status).toBe(421)
    expect(
      (await fetch(`${sandbox.issuer}/levers`, { method: 'POST', headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403)
  })
})

describe('tokens', () => {
  it('rotate: each refresh brings a new refresh token, and the access token before it goes on', async () => {
    const first = await client.connect()
    const second = await client.refresh(first.refresh_token)
    expect(second.status).toBe(200)
    expect(second.body.refresh_token).not.toBe(first.refresh_token)
    expect(second.body.scope).toBe(ALL_SCOPES)
    expect(await isAlive(first.access_token)).toBe(true)
    expect((await client.refresh(second.body.refresh_token)).status).toBe(200)
  })

  it('end all together when a used refresh token is presented', async () => {
    const first = await client.connect()
    const other = await client.connect()
    const second = await client.refresh(first.refresh_token)
    expect((await client.refresh(first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await client.refresh(second.body.refresh_token)).body.error).toBe('invalid_grant')
    expect(await isAlive(second.body.access_token)).toBe(false)
    // Another consent of the same person is another grant.
    expect((await client.refresh(other.refresh_token)).status).toBe(200)
  })

  it('end when they are revoked, which introspection confirms', async () => {
    const { access_token, refresh_token } = await client.connect()
    const before = await client.post('/introspect', { token: refresh_token })
    expect(before.body).toMatchObject({ active: true, client_id: sandbox.app.clientId, scope: ALL_SCOPES })
    expect((await client.post('/revoke', { token: refresh_token })).status).toBe(200)
    expect((await client.post('/introspect', { token: refresh_token })).body).toEqual({ active: false })
    expect((await client.refresh(refresh_token)).body.error).toBe('invalid_grant')
    expect(await isAlive(access_token)).toBe(false)
    expect((await client.post('/revoke', { token: 'never known' })).status).toBe(200)
  })

  it('are neither refreshed nor looked into by a client with another secret', async () => {
    const { refresh_token } = await client.connect()
    const stranger = plainClient(sandbox.issuer, { id: sandbox.app.clientId, secret: 'wrong' })
    expect(await stranger.refresh(refresh_token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect((await stranger.post('/introspect', { token: refresh_token })).status).toBe(401)
    expect((await client.refresh(refresh_token)).status).toBe(200)
  })

  it('live as long as the lever says, and all end with another lever', async () => {
    sandbox.levers.accessTokenSeconds = 300
    const long = await client.connect()
    sandbox.levers.accessTokenSeconds = 60
    expect(long.expires_in).toBe(300)
    const set = await createVisitor().open(`${sandbox.issuer}/levers`, { pull: 'life', accessTokenSeconds: '7' })
    expect(set.text).toContain('lives 7 seconds')
    expect((await client.refresh(long.refresh_token)).body.expires_in).toBe(7)
    sandbox.levers.accessTokenSeconds = 0
    expect(sandbox.levers.accessTokenSeconds).toBe(60)
    expect(sandbox.levers.endGrants()).toBeGreaterThan(0)
    expect(await isAlive(long.access_token)).toBe(false)
    expect(sandbox.levers.grants).toBe(0)
  })
})

describe('the device flow', () => {
  const start = async () =>
    (await client.post('/device/code', { client_id: sandbox.app.clientId, scope: ALL_SCOPES })).body
  const poll = (code: string) => client.post('/token', { grant_type: DEVICE, device_code: code })

  it('waits for the code to be typed, then gives what was allowed', async () => {
    const begun = await start()
    expect(begun).toMatchObject({ verification_uri: `${sandbox.issuer}/device`, expires_in: 600 })
    expect(begun.verification_uri_complete).toContain(begun.user_code)
    expect((await poll(begun.device_code)).body.error).toBe('authorization_pending')
    expect((await enterCode(sandbox.issuer, begun.user_code)).text).toContain('The device is connected')
    const { status, body } = await poll(begun.device_code)
    expect(status).toBe(200)
    expect(body).toMatchObject({ scope: ALL_SCOPES, expires_in: 60 })
    expect((await client.refresh(body.refresh_token)).status).toBe(200)
  })

  it('tells the device that the person said no', async () => {
    const begun = await start()
    await enterCode(sandbox.issuer, begun.user_code, { says: 'deny' })
    expect((await poll(begun.device_code)).body.error).toBe('access_denied')
  })

  it('shows that a code is wrong, and lets people stop', async () => {
    const wrong = await enterCode(sandbox.issuer, 'ZZZZ-ZZZZ')
    expect(wrong.text).toContain('not known')
    const begun = await start()
    const visitor = createVisitor()
    const filled = await visitor.open(begun.verification_uri_complete)
    expect(filled.text).toContain(`value="${begun.user_code}"`)
    const confirm = await visitor.open(`${sandbox.issuer}/device`, hidden(filled, { user_code: begun.user_code }))
    const form = hidden(confirm, { user_code: begun.user_code, confirm: 'yes', abort: 'yes' })
    expect((await visitor.open(`${sandbox.issuer}/device`, form)).text).toContain('Nothing was connected')
    expect((await poll(begun.device_code)).body.error).toBe('access_denied')
  })
})
