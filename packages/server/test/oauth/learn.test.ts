import type { Learned as LearnedWords, Lookup } from '@cardea/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem, Problem } from '../../src/errors.ts'
import { choicesFrom, learnFrom, lookupHeaders, lookupsOf } from '../../src/oauth/learn.ts'
import { Secret } from '../../src/secret.ts'
import { json, partyOf } from './party.ts'

const setUp = (learn: LearnedWords) => partyOf({ by: 'nothing' }, { learn })
const from = (learn: LearnedWords, told: Parameters<typeof learnFrom>[2], fields = {}) => {
  const { service, method } = setUp(learn)
  return learnFrom(service, method, told, fields)
}

describe('a value that only the service can tell', () => {
  it('comes back with the browser, in the token answer, or in a claim', () => {
    const learned = from(
      {
        realm: { from: 'callback', at: 'realmId', pattern: '^[0-9]+$' },
        accounts: { from: 'callback', at: 'accounts-server', take: 'host', pattern: '^accounts\\.example\\.(com|eu)$' },
        instance: { from: 'token', at: 'team.url', take: 'host', pattern: '^[a-z]+\\.example\\.com$' },
        directory: { from: 'id_token', at: 'tid', pattern: '^[a-z0-9]+$' },
      },
      {
        callback: { realmId: '12', 'accounts-server': 'https://accounts.example.eu' },
        token: { team: { url: 'https://acme.example.com/x' } },
        claims: { tid: 't1' },
      },
    )
    expect(learned).toEqual({
      realm: '12',
      accounts: 'accounts.example.eu',
      instance: 'acme.example.com',
      directory: 't1',
    })
  })

  it('is the public part of a field', () => {
    const learn: LearnedWords = {
      dc: { from: 'field', at: 'key', match: '-(us[0-9]{1,3})$', pattern: '^us[0-9]{1,3}$' },
      email: { from: 'field', at: 'file', member: 'client_email', pattern: '^[a-z@.]+$' },
    }
    const fields = { key: Secret.of('abc-us12'), file: Secret.of('{"client_email":"a@b.c"}') }
    expect(from(learn, {}, fields)).toEqual({ dc: 'us12', email: 'a@b.c' })
    for (const wrong of [{ key: Secret.of('abc') }, { file: Secret.of('no json') }, { file: Secret.of('{}') }]) {
      expect(() => from(learn, {}, { ...fields, ...wrong })).toThrow(Problem)
    }
  })

  it.each([
    'evil.com',
    'https://evil.com/acme.example.com',
    'https://acme.example.com@evil.com/',
    'https://acme.example.com.evil.com',
    'https://evil.com#acme.example.com',
    'http://acme.example.com',
    'https://acme.example.com:8443',
    'file:///etc/passwd',
    '',
    { a: 1 },
    null,
  ])('shapes no address as %j', (url) => {
    const learn: LearnedWords = {
      instance: { from: 'token', at: 'url', take: 'host', pattern: '^[a-z]+\\.example\\.com$' },
    }
    try {
      from(learn, { token: { url } })
      expect.unreachable()
    } catch (error) {
      expect(isProblem(error, 'service.value_not_learned')).toBe(true)
    }
  })

  it('may be absent, or nothing that fits, where the definition has another way', () => {
    expect(from({ a: { from: 'token', at: 'a', pattern: '^x$', optional: true } }, { token: { a: 'evil' } })).toEqual(
      {},
    )
    expect(from({ a: { from: 'token', at: 'a', pattern: '^x$', fallback: 'x' } }, { token: {} })).toEqual({})
    expect(from({ tenant: { from: 'callback', at: 'site' } }, { callback: { site: 'a.evil.com' } })).toEqual({})
    expect(from({ tenant: { from: 'callback', at: 'site' } }, { callback: { site: 'other' } })).toEqual({
      tenant: 'other',
    })
  })

  it('is not asked for where nothing was heard yet', () => {
    expect(from({ a: { from: 'token', at: 'a', pattern: '^x$' } }, { callback: {} })).toEqual({})
  })
})

describe('a look-up', () => {
  const lookup: Lookup = {
    get: 'https://api.example.com/resources',
    list: 'accounts',
    label: 'name',
    prefer: { is_default: true },
  }
  const learn: LearnedWords = {
    base: { from: lookup, at: 'base_uri', take: 'host', pattern: '^[a-z]+\\.example\\.com$' },
    account: { from: { ...lookup }, at: 'id', pattern: '^[0-9]+$' },
  }
  const choices = (answer: unknown, words = learn, claims?: unknown) => {
    const { service, method } = setUp(words)
    return choicesFrom(service, method, lookupsOf(method)[0]!, answer, claims)
  }
  const account = (id: number, more = {}) => ({
    id,
    name: `Account ${id}`,
    base_uri: 'https://na.example.com',
    ...more,
  })

  it('asks once for everything that stands in one answer', () => {
    const { method } = setUp(learn)
    expect(lookupsOf(method)).toEqual([{ lookup, names: ['base', 'account'] }])
  })

  it('offers what it found, for a person to pick', () => {
    expect(choices({ accounts: [account(1), account(2)] })).toEqual([
      { label: 'Account 1', values: { base: 'na.example.com', account: '1' } },
      { label: 'Account 2', values: { base: 'na.example.com', account: '2' } },
    ])
  })

  it('picks by itself what the service prefers, or what a claim names', () => {
    expect(choices({ accounts: [account(1), account(2, { is_default: true })] })).toHaveLength(1)
    const byClaim: LearnedWords = {
      account: {
        from: { get: '/c', list: '', prefer: { event: { claim: 'event_id' } } },
        at: 'id',
        pattern: '^[0-9]+$',
      },
    }
    const answer = [account(1, { event: 'e1' }), account(2, { event: 'e2' })]
    expect(choices(answer, byClaim, { event_id: 'e2' })).toMatchObject([{ values: { account: '2' } }])
    expect(choices(answer, byClaim)).toHaveLength(2)
  })

  it('leaves out what does not fit, and fails when nothing is left', () => {
    expect(choices({ accounts: [account(1, { base_uri: 'https://evil.com' }), account(2)] })).toHaveLength(1)
    for (const nothing of [
      {},
      [],
      null,
      { accounts: {} },
      { accounts: [account(1, { base_uri: 'https://evil.com' })] },
    ]) {
      expect(() => choices(nothing)).toThrow(Problem)
    }
  })

  it('sends its own headers, and nothing of the credential when it is anonymous', () => {
    const named = (change: Partial<Lookup>) => {
      const party = setUp({ a: { from: { get: '/x', ...change }, at: 'a', pattern: '^x$' } })
      return lookupHeaders(lookupsOf(party.method)[0]!, party)
    }
    expect(named({ headers: { authorization: 'OAuth {accessToken}' } })).toEqual({
      accept: 'application/json',
      authorization: 'OAuth at-1',
    })
    expect(() => named({ anonymous: true, headers: { authorization: 'OAuth {accessToken}' } })).toThrow(/accessToken/)
  })

  it('is read or refused, whatever it says', () => {
    fc.assert(
      fc.property(fc.anything(), (answer) => {
        try {
          choices(json(answer).body === undefined ? undefined : answer)
        } catch (error) {
          expect(isProblem(error, 'service.value_not_learned')).toBe(true)
        }
      }),
    )
  })
})
