/** The simulator by itself, with requests shaped by hand: it must not depend on the code that it is there to check. */
import { createHash, createHmac } from 'node:crypto'
import { type Service, services } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { createSimulator, type PlainRequest, type Simulator } from '../../src/simulate/simulate.ts'
import { createTestClock, type TestClock } from '../clock.ts'

const known: Readonly<Record<string, Service>> = services
const form = (url: string, params: Record<string, string>, headers: Record<string, string> = {}): PlainRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(params).toString(),
})
const verifier = 'v'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')

interface Started {
  simulator: Simulator
  clock: TestClock
}
function start(id: string, method: string, choices = {}): Started {
  const clock = createTestClock()
  return { clock, simulator: createSimulator(id, known[id]!, method, { clock, ...choices }) }
}

/** As box describes itself: client in the body, rotation, an idle limit. */
async function signIn({ simulator }: Started) {
  const { app, redirectUri } = simulator.account
  const params = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: 'root_readonly',
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const page = await simulator.handle({
    method: 'GET',
    url: `https://account.box.com/api/oauth2/authorize?${params}`,
    headers: {},
  })
  const back = new URL(page.headers.location ?? 'https://nowhere.example.com')
  expect(back.searchParams.get('state')).toBe('state-1')
  return back.searchParams.get('code')!
}
const client = ({ simulator }: Started) => ({
  client_id: simulator.account.app.clientId,
  client_secret: simulator.account.app.clientSecret,
})
async function redeem(started: Started, code: string, more: Record<string, string> = {}) {
  const { redirectUri } = started.simulator.account
  const params = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  const answer = await started.simulator.handle(
    form('https://api.box.com/oauth2/token', { ...params, ...client(started), ...more }),
  )
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, string> }
}
async function renew(started: Started, refresh_token: string) {
  const params = { grant_type: 'refresh_token', refresh_token, ...client(started) }
  const answer = await started.simulator.handle(form('https://api.box.com/oauth2/token', params))
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, string> }
}
const me = (accessToken: string): PlainRequest => ({
  method: 'GET',
  url: 'https://api.box.com/2.0/users/me',
  headers: { authorization: `Bearer ${accessToken}` },
})

describe('a sign-in by hand', () => {
  it('gives a token that works, once for each code', async () => {
    const started = start('box', 'oauth')
    const code = await signIn(started)
    const { status, body } = await redeem(started, code)
    expect(status).toBe(200)
    expect((await started.simulator.handle(me(body.access_token!))).status).toBe(200)
    expect((await redeem(started, code)).body.error).toBe('invalid_grant')
  })

  it.each([
    ['another redirect address', { redirect_uri: 'https://evil.example.com/' }, 'invalid_grant'],
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['another secret', { client_secret: 'guess' }, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 'invalid_request'],
  ])('refuses %s', async (_, more, error) => {
    const started = start('box', 'oauth')
    const { status, body } = await redeem(started, await signIn(started), more)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.error).toBe(error)
    expect(started.simulator.calls.at(-1)?.faults).not.toEqual([])
  })

  it('says in words what was wrong, and no secret', async () => {
    const started = start('box', 'oauth')
    await redeem(started, await signIn(started), { client_secret: 'guess' })
    const said = JSON.stringify(started.simulator.calls)
    expect(said).toContain('client_secret is missing or wrong')
    expect(said).not.toContain('guess')
    expect(said).not.toContain(started.simulator.account.app.clientSecret)
  })

  it('lets a person refuse', async () => {
    const started = start('box', 'oauth')
    started.simulator.levers.consent = 'refuse'
    expect(await signIn(started)).toBeNull()
  })

  it('lets a code lapse after ten minutes', async () => {
    const started = start('box', 'oauth')
    const code = await signIn(started)
    await started.clock.advance(601_000)
    expect((await redeem(started, code)).body.error).toBe('invalid_grant')
  })
})

describe('a grant', () => {
  it('is renewed by a token that dies with its use', async () => {
    const started = start('box', 'oauth')
    const { body } = await redeem(started, await signIn(started))
    const second = await renew(started, body.refresh_token!)
    expect(second.body.refresh_token).not.toBe(body.refresh_token)
    expect((await renew(started, body.refresh_token!)).body.error).toBe('invalid_grant')
    expect((await renew(started, second.body.refresh_token!)).status).toBe(200)
  })

  it('is over when the service takes it away', async () => {
    const started = start('box', 'oauth')
    const { body } = await redeem(started, await signIn(started))
    started.simulator.revokeGrant()
    expect((await started.simulator.handle(me(body.access_token!))).status).toBe(401)
    expect((await renew(started, body.refresh_token!)).body.error).toBe('invalid_grant')
  })

  it('keeps nothing of a credential that expired', async () => {
    const started = start('box', 'oauth')
    const { body } = await redeem(started, await signIn(started))
    await started.clock.advance(3_600_000)
    expect((await started.simulator.handle(me(body.access_token!))).status).toBe(401)
    expect(started.simulator.calls.at(-1)?.faults).toEqual(['the credential is expired'])
  })
})

describe('a signature made by others', () => {
  it('is recognised: the example of the vendor of SigV4', async () => {
    const clock = createTestClock(Date.UTC(2015, 7, 30, 12, 36, 0))
    const service: Service = { ...known.aws!, baseUrl: 'https://iam.amazonaws.com' }
    const simulator = createSimulator('aws', service, 'access_key', {
      clock,
      settings: { region: 'us-east-1', service: 'iam', keyId: 'AKIDEXAMPLE' },
      fields: { secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    })
    const signature = '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7'
    const request = (own: string): PlainRequest => ({
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-amz-date': '20150830T123600Z',
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=${own}`,
      },
    })
    expect((await simulator.handle(request(signature))).status).toBe(200)
    expect((await simulator.handle(request(signature.replace('5', '6')))).status).not.toBe(200)
    await clock.advance(16 * 60_000)
    expect((await simulator.handle(request(signature))).status).not.toBe(200)
  })

  it('is recognised: an OAuth 1.0a signature made from the text of RFC 5849, and refused a second time', async () => {
    const clock = createTestClock(1_318_622_958_000)
    const fields = {
      clientId: 'xvz1evFS4wEEPTGEFPHBog',
      clientSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
      token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
      secret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
    }
    const simulator = createSimulator('x', known.x!, 'keys', { clock, fields })
    const base =
      'POST&https%3A%2F%2Fapi.twitter.com%2F1%2Fstatuses%2Fupdate.json&include_entities%3Dtrue%26oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622958%26oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%3D1.0%26status%3DHello%2520Ladies%2520%252B%2520Gentlemen%252C%2520a%2520signed%2520OAuth%2520request%2521'
    const signature = createHmac('sha1', `${fields.clientSecret}&${fields.secret}`).update(base).digest('base64')
    const list = {
      oauth_consumer_key: fields.clientId,
      oauth_nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg',
      oauth_signature: signature,
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1318622958',
      oauth_token: fields.token,
      oauth_version: '1.0',
    }
    const authorization = `OAuth ${Object.entries(list)
      .map(([name, value]) => `${name}="${encodeURIComponent(value)}"`)
      .join(', ')}`
    const request = form(
      'https://api.twitter.com/1/statuses/update.json?include_entities=true',
      { status: 'Hello Ladies + Gentlemen, a signed OAuth request!' },
      { authorization },
    )
    expect((await simulator.handle(request)).status).toBe(200)
    expect((await simulator.handle(request)).status).toBe(401)
  })
})

describe('a clock that is wrong', () => {
  it('refuses a token issued in its future, unless it was backdated', async () => {
    const { simulator } = start('github', 'installation')
    simulator.levers.skewSeconds = -30
    const header = (iat: number) => {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${part({ alg: 'RS256' })}.${part({ iss: simulator.account.settings.appId, iat, exp: iat + 540 })}.sig`
    }
    const now = Date.UTC(2026, 0, 1) / 1000
    const url = `https://api.github.com/app/installations/${simulator.account.settings.installationId}/access_tokens`
    await simulator.handle({ method: 'POST', url, headers: { authorization: `Bearer ${header(now)}` } })
    expect(simulator.calls.at(-1)?.faults).toContain('the JWT was issued in the future')
    await simulator.handle({ method: 'POST', url, headers: { authorization: `Bearer ${header(now - 60)}` } })
    expect(simulator.calls.at(-1)?.faults).toEqual(['the signature of the JWT is wrong'])
  })
})
