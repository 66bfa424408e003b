import { createHmac } from 'node:crypto'
import type { AuthorizationCode } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/errors.ts'
import { type Expected, readCallback, readReturn, stateOf } from '../../src/oauth/callback.ts'
import { Secret } from '../../src/secret.ts'
import { authorize, token } from './party.ts'

const words: AuthorizationCode = { by: 'code', authorize, token }
const read = (query: string, change: Partial<Expected> = {}, more: Partial<AuthorizationCode> = {}) =>
  readCallback({ ...words, ...more }, new URLSearchParams(query), { state: 's1', ...change })
const codeOf = (work: () => unknown) => {
  try {
    work()
    return 'let through'
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

describe('a return', () => {
  it('brings a code, and whatever the service adds', () => {
    expect(read('code=c&state=s1&realmId=12')).toEqual({ code: 'c', told: { realmId: '12' } })
  })

  it.each([
    ['of another sign-in', 'code=c&state=s2', 'oauth.state_mismatch'],
    ['without a state', 'code=c', 'oauth.state_mismatch'],
    ['with a longer state', 'code=c&state=s11', 'oauth.state_mismatch'],
    ['with two states', 'code=c&state=s1&state=s2', 'oauth.callback_incomplete'],
    ['with two codes', 'code=c&state=s1&code=d', 'oauth.callback_incomplete'],
    ['without a code', 'state=s1', 'oauth.callback_incomplete'],
    ['that was refused', 'error=access_denied&state=s1', 'oauth.denied'],
    ['that was cancelled', 'error=user_cancelled_login&state=s1', 'oauth.denied'],
    ['with a wrong client', 'error=unauthorized_client&state=s1', 'oauth.client_misconfigured'],
    ['while the service is down', 'error=temporarily_unavailable&state=s1', 'oauth.unavailable'],
    ['that was refused, of another sign-in', 'error=access_denied&state=x', 'oauth.state_mismatch'],
  ])('%s', (_, query, expected) => {
    expect(codeOf(() => read(query))).toBe(expected)
  })

  it('is cut free of what the service glues to it', () => {
    const more = { callback: { trim: '#_' } }
    expect(read('code=c%23_&state=s1%23_', {}, more).code).toBe('c')
    expect(stateOf(new URLSearchParams('state=s1%23_'))).toBe('s1')
  })

  it('names the server that was asked, where that is known', () => {
    const issuer = { issuer: 'https://a.example.com' }
    expect(read('code=c&state=s1&iss=https://a.example.com', issuer).code).toBe('c')
    expect(read('code=c&state=s1', issuer).code).toBe('c')
    expect(codeOf(() => read('code=c&state=s1', { ...issuer, issuerAnnounced: true }))).toBe('oauth.issuer_mismatch')
    expect(codeOf(() => read('code=c&state=s1&iss=https://a.example.com/', issuer))).toBe('oauth.issuer_mismatch')
    expect(codeOf(() => read('error=access_denied&state=s1&iss=https://evil.com', issuer))).toBe(
      'oauth.issuer_mismatch',
    )
  })

  it('is signed, where the service signs it', () => {
    const clientSecret = Secret.of('hush')
    const more: Partial<AuthorizationCode> = { callback: { signed: { by: 'sorted_query_hmac_sha256', at: 'hmac' } } }
    const message = 'code=c&shop=acme.example.com&state=s1&timestamp=1'
    const hmac = createHmac('sha256', 'hush').update(message).digest('hex')
    expect(read(`timestamp=1&shop=acme.example.com&hmac=${hmac}&code=c&state=s1`, { clientSecret }, more).code).toBe(
      'c',
    )
    const forged = [`${message}&hmac=${'0'.repeat(64)}`, message, `${message}&hmac=`, `${message}&x=1&hmac=${hmac}`]
    for (const query of forged)
      expect(codeOf(() => read(query, { clientSecret }, more))).toBe('oauth.callback_unsigned')
    expect(codeOf(() => read(`${message}&hmac=${hmac}`, {}, more))).toBe('oauth.callback_unsigned')
  })

  it('tells nothing by the name of something every object has', () => {
    expect(read('code=c&state=s1&__proto__=x&constructor=y').told.constructor).toBe('y')
  })
})

describe('a return that is no code', () => {
  const fragment = { by: 'fragment' as const, authorize, params: {}, returnsTo: 'return_url', at: 'token' }
  const oauth1 = { by: 'oauth1' as const, request: token, authorize, token }
  const expected = { state: 's1', requestToken: 'rt' }
  const of = (obtain: Parameters<typeof readReturn>[0], query: string) =>
    readReturn(obtain, new URLSearchParams(query), expected)

  it('is a token that our own page handed in', () => {
    expect(of(fragment, 'state=s1&token=t')).toEqual({ code: 't', told: {} })
    expect(codeOf(() => of(fragment, 'state=s2&token=t'))).toBe('oauth.state_mismatch')
    expect(codeOf(() => of(fragment, 'token=t'))).toBe('oauth.state_mismatch')
    expect(codeOf(() => of(fragment, 'state=s1&error=access_denied'))).toBe('oauth.denied')
    expect(codeOf(() => of(fragment, 'state=s1&token=a%0D%0Ab'))).toBe('oauth.callback_incomplete')
  })

  it('is a verifier for the request token of this sign-in', () => {
    expect(of(oauth1, 'state=s1&oauth_token=rt&oauth_verifier=v&extra=1')).toEqual({ code: 'v', told: { extra: '1' } })
    expect(codeOf(() => of(oauth1, 'state=s1&oauth_token=other&oauth_verifier=v'))).toBe('oauth.state_mismatch')
    expect(codeOf(() => of(oauth1, 'oauth_token=rt&oauth_verifier=v'))).toBe('oauth.state_mismatch')
    expect(codeOf(() => of(oauth1, 'state=s1&denied=rt'))).toBe('oauth.denied')
    expect(codeOf(() => of(oauth1, 'state=s1&oauth_token=rt'))).toBe('oauth.callback_incomplete')
  })

  it('is nothing where nobody was sent to a browser', () => {
    expect(codeOf(() => of({ by: 'nothing' }, 'state=s1&code=c'))).toBe('oauth.not_supported')
  })
})
