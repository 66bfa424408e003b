import type { AuthorizationCode, Obtain } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { isProblem, Problem } from '../../src/errors.ts'
import { challengeOf } from '../../src/oauth/authorize.ts'
import { carriedOver, classOf, createOauth, grantEndsAt, renewalOf } from '../../src/oauth/oauth.ts'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'
import { answering, authorize, formOf, json, partyOf, token } from './party.ts'

const code: AuthorizationCode = { by: 'code', authorize, token }
const setUp = (...answers: Parameters<typeof answering>) => {
  const { send, sent } = answering(...answers)
  return { oauth: createOauth({ clock: createTestClock(), send }), sent }
}
const back = { callback: { code: 'c', told: {} } }

describe('sign-in in the browser', () => {
  it('proves with a challenge at the start that the end is its own', async () => {
    const { oauth, sent } = setUp(json({ access_token: 'a', refresh_token: 'r', expires_in: 60 }))
    const party = partyOf(code)
    const begun = await oauth.begin(party)
    const asked = new URL(begun.address).searchParams
    expect(Object.fromEntries(asked)).toEqual({
      response_type: 'code',
      client_id: 'cid',
      redirect_uri: 'https://cardea.example/oauth/callback',
      scope: 'read write',
      state: begun.ticket.state,
      code_challenge: challengeOf(begun.ticket.verifier),
      code_challenge_method: 'S256',
    })
    const obtained = await oauth.complete(party, begun, back)
    expect(formOf(sent[0])).toEqual({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: 'https://cardea.example/oauth/callback',
      code_verifier: begun.ticket.verifier,
    })
    expect(sent[0]!.headers.authorization).toBe(`Basic ${Buffer.from('cid:c+s%2B1').toString('base64')}`)
    expect(obtained.secrets.accessToken!.reveal()).toBe('a')
  })

  it('is never the same twice', async () => {
    const { oauth } = setUp()
    const [one, two] = [await oauth.begin(partyOf(code)), await oauth.begin(partyOf(code))]
    expect(one.ticket.state).not.toBe(two.ticket.state)
    expect(one.ticket.verifier).not.toBe(two.ticket.verifier)
    expect(one.ticket.verifier).toMatch(/^[\w-]{43}$/)
  })

  it('leaves the proof out only where the service refuses it', async () => {
    const { oauth, sent } = setUp(json({ access_token: 'a' }))
    const party = partyOf({ ...code, pkce: 'refused' })
    const begun = await oauth.begin(party)
    expect(begun.address).not.toContain('code_challenge')
    await oauth.complete(party, begun, back)
    expect(formOf(sent[0])).not.toHaveProperty('code_verifier')
  })

  it('calls parameters as the service calls them, and sends what it wants besides', async () => {
    const odd: AuthorizationCode = {
      ...code,
      authorize: 'https://example.com/authorize?v=2',
      names: { clientId: 'client_key', state: null, redirectUri: 'callback_url', responseType: null },
      callback: { state: 'in_redirect' },
      client: 'body',
      body: 'json',
      extra: { authorize: { prompt: 'consent', scope: 'own' }, token: { expiring: '1', who: '{tenant}' } },
    }
    const { oauth, sent } = setUp(json({ access_token: 'a' }))
    const party = partyOf(odd)
    const begun = await oauth.begin(party)
    const asked = Object.fromEntries(new URL(begun.address).searchParams)
    expect(asked).toMatchObject({ v: '2', client_key: 'cid', prompt: 'consent', scope: 'own' })
    expect(asked.callback_url).toBe(`https://cardea.example/oauth/callback?state=${begun.ticket.state}`)
    expect(asked).not.toHaveProperty('state')
    await oauth.complete(party, begun, back)
    expect(JSON.parse(String(sent[0]!.body))).toMatchObject({
      client_key: 'cid',
      client_secret: 'c s+1',
      expiring: '1',
      who: 'acme',
    })
    expect(sent[0]!.headers['content-type']).toBe('application/json')
  })

  it('hands the request in behind the scenes where the server wants that', async () => {
    const { oauth, sent } = setUp(json({ request_uri: 'urn:x:1', expires_in: 60 }, 201))
    const begun = await oauth.begin(partyOf(code), {
      pushTo: 'https://example.com/par',
      resource: 'https://mcp.example.com',
    })
    expect(formOf(sent[0])).toMatchObject({ state: begun.ticket.state, resource: 'https://mcp.example.com' })
    expect(begun.address).toBe('https://example.com/authorize?client_id=cid&request_uri=urn%3Ax%3A1')
  })

  it('swaps a short-lived token for one that lasts, and keeps what the first answer told', async () => {
    const { oauth, sent } = setUp(
      json({ access_token: 'short', scope: 'read', user: { id: 1 } }),
      json({ access_token: 'long', expires_in: 100 }),
    )
    const swap = {
      url: 'https://example.com/swap',
      method: 'GET' as const,
      params: { t: '{accessToken}', s: '{clientSecret}' },
    }
    const party = partyOf({ ...code, exchange: swap })
    const obtained = await oauth.complete(party, await oauth.begin(party), back)
    expect(sent[1]).toMatchObject({ method: 'GET', url: 'https://example.com/swap?t=short&s=c%20s%2B1' })
    expect(obtained.secrets.accessToken!.reveal()).toBe('long')
    expect(obtained).toMatchObject({ scopes: ['read'], told: { user: { id: 1 } } })
  })

  it('reads granted scopes where they come back on the way', async () => {
    const { oauth } = setUp(json({ access_token: 'a' }))
    const party = partyOf({ ...code, callback: { scope: 'scope' }, answer: { separator: ',' } })
    const told = { callback: { code: 'c', told: { scope: 'read,activity' } } }
    expect((await oauth.complete(party, await oauth.begin(party), told)).scopes).toEqual(['read', 'activity'])
  })

  it('keeps claims made for this client only', async () => {
    const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
    const { oauth } = setUp(
      json({ access_token: 'a', id_token: jwt({ aud: 'cid', sub: 's' }) }),
      json({ access_token: 'a', id_token: jwt({ aud: 'other', sub: 's' }) }),
    )
    const party = partyOf(code)
    const begun = await oauth.begin(party)
    expect((await oauth.complete(party, begun, back)).claims).toMatchObject({ sub: 's' })
    expect((await oauth.complete(party, begun, back)).claims).toBeUndefined()
  })

  it('takes an id token of a discovered server only when it is of that server', async () => {
    const { oauth } = setUp(json({ access_token: 'a', id_token: 'e30.e30.x' }))
    const party = partyOf(code)
    const begun = await oauth.begin(party)
    const failed = oauth.complete(party, begun, { ...back, issuer: 'https://a.example.com' })
    await expect(failed).rejects.toSatisfy((error) => isProblem(error, 'oauth.issuer_mismatch'))
  })

  it('fails by a failure inside a 200, and by an answer without a token', async () => {
    const { oauth } = setUp(
      json({ error: 'bad_verification_code' }),
      json({ ok: true }),
      json({}, 500),
      new Error('reset'),
    )
    const party = partyOf(code)
    const begun = await oauth.begin(party)
    const classes = []
    for (let time = 0; time < 4; time++) classes.push(await oauth.complete(party, begun, back).catch(classOf))
    expect(classes).toEqual(['grant_dead', 'unknown', 'transient', 'transient'])
  })

  it('returns behind the # where there is no code', async () => {
    const { oauth } = setUp()
    const party = partyOf({
      by: 'fragment',
      authorize,
      params: { key: '{clientId}', scope: '{scopes}', response_type: 'token' },
      returnsTo: 'return_url',
      at: 'token',
    })
    const begun = await oauth.begin(party)
    expect(Object.fromEntries(new URL(begun.address).searchParams)).toEqual({
      key: 'cid',
      scope: 'read write',
      response_type: 'token',
      return_url: `https://cardea.example/oauth/callback?state=${begun.ticket.state}`,
    })
  })

  it('takes the three steps of OAuth 1.0a', async () => {
    const form = (body: string) => ({ status: 200, headers: { 'content-type': 'text/html' }, body })
    const { oauth, sent } = setUp(
      form('oauth_token=rt&oauth_token_secret=rs&oauth_callback_confirmed=true'),
      form('oauth_token=at&oauth_token_secret=as&user_id=7'),
    )
    const party = partyOf({
      by: 'oauth1',
      request: 'https://example.com/r',
      authorize,
      token,
      params: { name: 'Cardea' },
    })
    const begun = await oauth.begin(party)
    expect(begun.address).toBe('https://example.com/authorize?oauth_token=rt&name=Cardea')
    expect(sent[0]!.headers.authorization).toContain(
      `oauth_callback="${encodeURIComponent(`https://cardea.example/oauth/callback?state=${begun.ticket.state}`)}"`,
    )
    const obtained = await oauth.complete(party, begun, back)
    expect(sent[1]!.headers.authorization).toMatch(/oauth_token="rt".*oauth_verifier="c"/)
    expect(obtained.secrets.tokenSecret!.reveal()).toBe('as')
    expect(obtained.told).toEqual({ user_id: '7' })
  })
})

describe('an address that receives a secret', () => {
  it('is https, and made of public values only', async () => {
    const { oauth } = setUp()
    const plain = partyOf({ ...code, token: 'http://example.com/token' })
    await expect(oauth.refresh(plain)).rejects.toThrow(/not reached over https/)
    const leaking = partyOf({ ...code, token: 'https://{accessToken}.example.com/token' })
    await expect(oauth.refresh(leaking)).rejects.toThrow(/no value for \{accessToken\}/)
  })
})

describe('a refresh', () => {
  const refreshed = async (obtain: Partial<AuthorizationCode>, change: Parameters<typeof partyOf>[2] = {}) => {
    const { oauth, sent } = setUp(json({ access_token: 'a2' }))
    const obtained = await oauth.refresh(partyOf({ ...code, ...obtain }, {}, change))
    return { request: sent[0]!, obtained }
  }

  it('sends the refresh token, and the client as the service wants it', async () => {
    const { request } = await refreshed({ client: 'body' })
    expect(formOf(request)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt-1',
      client_id: 'cid',
      client_secret: 'c s+1',
    })
  })

  it('goes to another address, with the redirect address, with scopes', async () => {
    const { request } = await refreshed({
      refresh: { url: 'https://example.com/refresh', withRedirectUri: true, withScope: true },
      extra: { refresh: { expires_in: '300' } },
    })
    expect(request.url).toBe('https://example.com/refresh')
    expect(formOf(request)).toMatchObject({
      redirect_uri: 'https://cardea.example/oauth/callback',
      scope: 'read write',
      expires_in: '300',
    })
  })

  it('carries the token as a bearer and nothing else', async () => {
    const { request } = await refreshed({
      refresh: { params: {}, headers: { authorization: 'Bearer {refreshToken}' } },
    })
    expect(request).toEqual({
      method: 'POST',
      url: token,
      headers: { authorization: 'Bearer rt-1', accept: 'application/json' },
    })
  })

  it('presents the access token where there is no other', async () => {
    const { request } = await refreshed(
      {
        client: 'body',
        refresh: { presents: 'access_token', method: 'GET', params: { grant_type: 'x', t: '{accessToken}' } },
      },
      { secrets: { accessToken: Secret.of('at-1') } },
    )
    expect(request).toEqual({
      method: 'GET',
      url: `${token}?grant_type=x&t=at-1`,
      headers: { accept: 'application/json' },
    })
  })

  it('mints a token for another host', async () => {
    const { oauth, sent } = setUp(json({ access_token: 'sp' }))
    const party = partyOf({ ...code, resources: { '{tenant}.example.net': 'https://{tenant}.example.net/.default' } })
    await oauth.refresh(party, { resourceHost: 'ACME.example.net' })
    expect(formOf(sent[0]).scope).toBe('https://acme.example.net/.default')
    await expect(oauth.refresh(party, { resourceHost: 'evil.com' })).rejects.toThrow(Problem)
  })

  it('keeps what did not come back', async () => {
    const { obtained } = await refreshed({})
    const kept = carriedOver({ accessToken: Secret.of('a1'), refreshToken: Secret.of('r1') }, obtained)
    expect(Object.fromEntries(Object.entries(kept).map(([name, secret]) => [name, secret.reveal()]))).toEqual({
      accessToken: 'a2',
      refreshToken: 'r1',
    })
  })

  it('has an end of its own, told or known, whichever comes first', () => {
    const lapses = { idleSeconds: 10, afterSeconds: 100 }
    const ends = (words: Parameters<typeof grantEndsAt>[0], toldAt?: number) =>
      grantEndsAt(words, { toldAt, grantedAt: 0, usedAt: 95_000 })
    expect(ends({ lapses })).toBe(100_000)
    expect(ends({ lapses: { idleSeconds: 10 } })).toBe(105_000)
    expect(ends({ lapses }, 96_000)).toBe(96_000)
    expect(ends({})).toBeUndefined()
    expect(ends(false)).toBeUndefined()
  })

  it('is one of three ways to stay alive', () => {
    const held = { accessToken: Secret.of('a') }
    const renewal = (obtain: Obtain, secrets: Record<string, Secret> = { ...held, refreshToken: Secret.of('r') }) =>
      renewalOf({ method: partyOf(obtain).method, secrets })
    expect(renewal(code)).toBe('refresh')
    expect(renewal(code, held)).toBe('none')
    expect(renewal({ ...code, refresh: false })).toBe('none')
    expect(renewal({ ...code, refresh: { presents: 'access_token' } }, held)).toBe('refresh')
    expect(renewal({ by: 'client_credentials', token }, held)).toBe('obtain')
    expect(renewal({ by: 'nothing' })).toBe('none')
  })
})

describe('a client where the service leaves a choice', () => {
  const shown = async (client: Parameters<typeof partyOf>[2]) => {
    const { oauth, sent } = setUp(json({ access_token: 'a' }))
    await oauth.refresh(partyOf({ ...code, client: ['private_key', 'basic', 'body', 'none'] }, {}, client))
    return { basic: sent[0]!.headers.authorization !== undefined, form: Object.keys(formOf(sent[0])) }
  }

  it('shows what it has, the way it was told', async () => {
    const secret = Secret.of('s')
    expect(await shown({ client: { id: 'cid' } })).toEqual({
      basic: false,
      form: ['grant_type', 'refresh_token', 'client_id'],
    })
    expect(await shown({ client: { id: 'cid', secret } })).toMatchObject({ basic: true })
    expect((await shown({ client: { id: 'cid', secret, auth: 'body' } })).form).toContain('client_secret')
    expect(await shown({ client: { id: 'cid', secret, auth: 'secret_as_user' } })).toMatchObject({ basic: true })
  })
})

describe('a client that is incomplete', () => {
  it.each([
    ['client secret', { client: { id: 'cid' } }],
    ['client id', { client: { id: '' } }],
    ['private key', { client: { id: 'cid', auth: 'private_key' as const } }],
  ])('lacks its %s', async (what, change) => {
    const { oauth } = setUp()
    const party = partyOf({ ...code, client: ['basic', 'private_key'] }, {}, change)
    await expect(oauth.refresh(party)).rejects.toSatisfy(
      (error) => isProblem(error, 'oauth.client_incomplete') && error.values.what === what,
    )
  })
})

describe('the end of a grant', () => {
  const ended = async (revoke: AuthorizationCode['revoke'], answer = json({}), secrets?: Record<string, Secret>) => {
    const { oauth, sent } = setUp(answer)
    const result = await oauth.revoke(
      partyOf({ ...code, ...(revoke ? { revoke } : {}) }, {}, secrets ? { secrets } : {}),
    )
    return { result, request: sent[0] }
  }
  const url = 'https://example.com/revoke'

  it('names the live token', async () => {
    expect(formOf((await ended({ url })).request)).toEqual({ token: 'rt-1' })
    expect(formOf((await ended({ url }, json({}), { accessToken: Secret.of('at') })).request)).toEqual({ token: 'at' })
  })

  it('is sent the way the service wants it', async () => {
    const { request } = await ended({
      url: 'https://example.com/apps/{clientId}/token',
      method: 'DELETE',
      body: 'json',
      client: 'basic',
      params: { access_token: '{accessToken}' },
    })
    expect(request).toMatchObject({
      method: 'DELETE',
      url: 'https://example.com/apps/cid/token',
      body: '{"access_token":"at-1"}',
    })
    const bare = await ended({ url, body: 'empty', client: 'none', headers: { 'x-token': '{accessToken}' } })
    expect(bare.request).toEqual({ method: 'POST', url, headers: { 'x-token': 'at-1', accept: 'application/json' } })
    const asQuery = await ended({ url, method: 'GET', body: 'query', client: 'none', params: { token: '{liveToken}' } })
    expect(asQuery.request).toMatchObject({ method: 'GET', url: `${url}?token=rt-1` })
  })

  it.each([
    ['ended', json({}), undefined],
    ['ended', { status: 200, headers: {}, body: '' }, undefined],
    ['ended', json({ revoked: true }), { path: 'revoked', is: true }],
    ['failed', json({ revoked: false }), { path: 'revoked', is: true }],
    ['gone', json({}, 404), undefined],
    ['gone', json({ error: 'invalid_token' }, 400), undefined],
    ['failed', json({}, 500), undefined],
  ])('is %s', async (outcome, answer, ok) => {
    const { failure, ...result } = (await ended({ url, ends: 'grant', ...(ok ? { ok } : {}) }, answer)).result
    expect(result).toEqual({ outcome, ends: 'grant' })
    expect(failure !== undefined).toBe(outcome === 'failed')
  })

  it.each([
    ['transient', json({}, 503)],
    ['transient', json({}, 429)],
    ['client_misconfigured', json({ error: 'invalid_client' }, 401)],
    ['grant_dead', json({ error: 'token_expired' }, 401)],
    ['unknown', { status: 302, headers: { location: 'https://elsewhere.example' }, body: '' }],
  ])('that failed says whose business it is: %s', async (is, answer) => {
    const { failure } = (await ended({ url }, answer)).result
    expect(classOf(failure)).toBe(is)
  })

  it('is left to people where the service has no way', async () => {
    expect((await ended({ none: 'Remove the app in the settings.' })).result).toEqual({
      outcome: 'not_offered',
      byHand: 'Remove the app in the settings.',
    })
    expect((await ended(undefined)).result).toEqual({ outcome: 'not_offered' })
  })
})

describe('a code for another device', () => {
  const party = partyOf({ by: 'device', device: 'https://example.com/device', token, client: 'none' })

  it('is asked for, waited for, and brings a token', async () => {
    const { oauth, sent } = setUp(
      json({
        device_code: 'd',
        user_code: 'AB-12',
        verification_url: 'https://example.com/code',
        expires_in: '900',
        interval: 5,
      }),
      json({ error: 'authorization_pending' }, 400),
      json({ error: 'slow_down' }),
      json({ access_token: 'a' }),
    )
    const start = await oauth.startDevice(party)
    expect(start).toMatchObject({ userCode: 'AB-12', verificationUri: 'https://example.com/code', intervalSeconds: 5 })
    await expect(oauth.pollDevice(party, start.deviceCode)).rejects.toSatisfy((error) =>
      isProblem(error, 'oauth.pending'),
    )
    await expect(oauth.pollDevice(party, start.deviceCode)).rejects.toSatisfy(
      (error) => isProblem(error, 'oauth.pending') && error.values.slower === 5,
    )
    expect((await oauth.pollDevice(party, start.deviceCode)).secrets.accessToken!.reveal()).toBe('a')
    expect(formOf(sent[0])).toEqual({ scope: 'read write', client_id: 'cid' })
    expect(formOf(sent[3])).toMatchObject({ device_code: 'd', client_id: 'cid' })
  })

  it.each([
    [{ error: 'expired_token' }, 'grant_dead'],
    [{ error: 'access_denied' }, 'grant_dead'],
    [{ error: 'unauthorized_client' }, 'client_misconfigured'],
  ])('ends with %j', async (body, expected) => {
    const { oauth } = setUp(json(body, 400))
    expect(await oauth.pollDevice(party, Secret.of('d')).catch(classOf)).toBe(expected)
  })

  it('is not shown with an address that is no https address', async () => {
    const { oauth } = setUp(json({ device_code: 'd', user_code: 'A', verification_uri: 'javascript:alert(1)' }))
    expect(await oauth.startDevice(party).catch(classOf)).toBe('unknown')
  })
})

describe('a login in two steps', () => {
  const obtain: Obtain = {
    by: 'login',
    url: 'https://api.example.com/auth',
    json: { identifier: '{tenant}', secret: '{password}' },
    gives: { accessToken: 'data.token', session: 'data.id' },
    answer: { lifetime: 600, failure: { path: 'ok', is: false } },
  }
  const party = partyOf(
    obtain,
    { fields: { password: { label: 'Password' } } },
    { secrets: { password: Secret.of('p"w') } },
  )

  it('gives what is sent', async () => {
    const { oauth, sent } = setUp(json({ data: { token: 't', id: 7 } }))
    const { secrets, life } = await oauth.obtain(party)
    expect(sent[0]!.body).toBe('{"identifier":"acme","secret":"p\\"w"}')
    expect([secrets.accessToken!.reveal(), secrets.session!.reveal()]).toEqual(['t', '7'])
    expect(life).toEqual({ expiresAt: createTestClock().now() + 600_000 })
  })

  it('fails inside a 200, and when a part is missing', async () => {
    const { oauth } = setUp(json({ ok: false }), json({ data: { token: 't' } }))
    expect(await oauth.obtain(party).catch(classOf)).toBe('unknown')
    expect(await oauth.obtain(party).catch(classOf)).toBe('unknown')
  })
})

describe('grants without a person', () => {
  it('are client credentials, by any name', async () => {
    const { oauth, sent } = setUp(json({ access_token: 'a' }), json({ access_token: 'a' }))
    await oauth.obtain(partyOf({ by: 'client_credentials', token }))
    expect(formOf(sent[0])).toEqual({ grant_type: 'client_credentials', scope: 'read write' })
    await oauth.obtain(
      partyOf({
        by: 'client_credentials',
        token,
        grant: 'account_credentials',
        names: { scope: null },
        extra: { token: { account_id: '{tenant}' } },
      }),
    )
    expect(formOf(sent[1])).toEqual({ grant_type: 'account_credentials', account_id: 'acme' })
  })

  it('are SAML assertions', async () => {
    const { oauth, sent } = setUp(json({ access_token: 'a' }))
    const secrets = { assertion: Secret.of('PHNhbWw+\n PC9zYW1sPg==') }
    await oauth.obtain(partyOf({ by: 'saml', token, assertion: '{assertion}' }, {}, { secrets }))
    expect(formOf(sent[0])).toMatchObject({ assertion: 'PHNhbWw+PC9zYW1sPg==' })
  })

  it('are none of the others', async () => {
    const { oauth } = setUp()
    await expect(oauth.obtain(partyOf(code))).rejects.toThrow(/knows no/)
    await expect(oauth.begin(partyOf({ by: 'client_credentials', token }))).rejects.toThrow(/knows no/)
  })
})
