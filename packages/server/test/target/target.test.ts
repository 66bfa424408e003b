import { describe, expect, it } from 'vitest'
import { matchesPath } from '../../src/target/guarded.ts'
import { createTarget, matchesHost } from '../../src/target/target.ts'
import { defineHostile } from './service.ts'

const target = createTarget()
const { service, method } = defineHostile()
const values = target.valuesOf(service, method, { tenant: 'acme', region: 'us' }, { instance: 'eu7.example.net' })
const of = { service, method, values }

describe('where a call goes', () => {
  it('is below the base address', () => {
    expect(target.address(of, { path: '/things', query: "a='x'" })).toEqual({
      base: 'https://api.example.com/v1',
      path: '/things',
      query: 'a=%27x%27',
    })
  })

  it.each([
    'acme.example.com',
    'deep.down.files.example.org',
    'eu7.example.net',
    'api.us.example.com',
    'ACME.example.com',
  ])('may be the listed host %s', (host) => {
    expect(target.address(of, { path: '/x', host }).base).toBe(`https://${host.toLowerCase()}`)
  })

  it('on the host of the base address stays below the base address, because others may share the host', () => {
    expect(target.address(of, { path: '/v1/x', host: 'api.example.com' }).path).toBe('/x')
    expect(() => target.address(of, { path: '/v2/x', host: 'api.example.com' })).toThrow(/not below/)
    expect(() => target.address(of, { path: '/v11/x', host: 'api.example.com' })).toThrow(/not below/)
  })

  it('is the candidate that the connection remembers', () => {
    const many = defineHostile([
      'https://{tenant}.example.com',
      'https://api.example.com/ex/{instance}',
      'https://{missing}.x.com',
    ])
    const all = {
      ...many,
      values: target.valuesOf(many.service, many.method, { tenant: 'acme' }, { instance: 'a.example.net' }),
    }
    expect(target.bases(all.service, all.method, all.values)).toEqual([
      'https://acme.example.com',
      'https://api.example.com/ex/a.example.net',
    ])
    expect(target.address({ ...all, base: 1 }, { path: '/x' }).base).toBe('https://api.example.com/ex/a.example.net')
    expect(() => target.address({ ...all, base: 2 }, { path: '/x' })).toThrow(/not known/)
  })

  it('for calls of our own is known as soon as the host is', () => {
    const early = defineHostile('https://gateway.example.com/ex/{instance}')
    const before = { ...early, values: target.valuesOf(early.service, early.method, { tenant: 'acme' }) }
    expect(target.ownAddress(before, 'https://gateway.example.com/resources').path).toBe('/resources')
    expect(() => target.ownAddress(before, '/x')).toThrow(/not known/)
  })

  it('for calls of our own may be a path with a query, a whole address, or nothing at all', () => {
    expect(target.ownAddress(of, '/users/{tenant}?limit=1')).toEqual({
      base: 'https://api.example.com/v1',
      path: '/users/acme',
      query: 'limit=1',
    })
    expect(target.ownAddress(of, 'https://own.example.com/me?x=1')).toEqual({
      base: 'https://own.example.com',
      path: '/me',
      query: 'x=1',
    })
    expect(target.ownAddress(of, '')).toEqual({ base: 'https://api.example.com/v1', path: '', query: '' })
    expect(() => target.ownAddress(of, 'https://evil.com/')).toThrow(/not listed/)
    expect(target.ownAddress(of, 'https://evil.com/', true).base).toBe('https://evil.com')
  })
})

describe('values', () => {
  it('are what was entered, what follows from it, and what is derived', () => {
    expect({ ...values }).toMatchObject({
      tenant: 'acme',
      region: 'us',
      'region.api': 'api.us.example.com',
      shout: 'ACME',
    })
  })

  it('fall back to their defaults', () => {
    expect(target.valuesOf(service, method, { tenant: 'acme' }).region).toBe('eu')
  })
})

describe('a guarded call', () => {
  it.each([
    ['POST', '/keys'],
    ['post', '/KEYS'],
    ['POST', '/keys/'],
    ['POST', '//keys'],
    ['POST', '/%6beys'],
    ['POST', '/%256beys'],
    ['POST', '/keys;jsessionid=1'],
    ['GET', '/tokens'],
    ['DELETE', '/tokens/1/2'],
    ['GET', '/tokens%2F1'],
    ['HEAD', '/gen/api_keys'],
    ['GET', '/gen/a/b/api_keys/1'],
    ['PUT', '/batch'],
    ['PUT', '/batch/v1'],
    ['PUT', '/batch-v2/x'],
    ['POST', '/u/a:sign'],
  ])('%s %s', (verb, path) => {
    expect(target.guards(of, verb, { base: 'https://api.example.com/v1', path, query: '' })).toBe(true)
  })

  it.each([
    ['GET', '/keys'],
    ['POST', '/keys/1'],
    ['POST', '/keyset'],
    ['GET', '/tokensx'],
    ['POST', '/u/a/b:sign/c'],
    ['POST', '/u/a'],
  ])('is not %s %s', (verb, path) => {
    expect(target.guards(of, verb, { base: 'https://api.example.com/v1', path, query: '' })).toBe(false)
  })

  it('is one on another host too, by its whole path', () => {
    expect(target.guards(of, 'GET', { base: 'https://acme.example.com', path: '/2/oauth/token', query: '' })).toBe(true)
    expect(target.guards(of, 'POST', { base: '', path: '/keys', query: '' })).toBe(true)
    expect(target.guards(of, 'POST', { base: 'https://api.example.com', path: '/v1/keys', query: '' })).toBe(true)
  })

  it('is found in time that grows with the path, whatever the pattern', () => {
    const pattern = '/**'.repeat(60).concat('/x')
    const started = performance.now()
    expect(matchesPath(pattern, `/${'a/'.repeat(4000)}`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('a host', () => {
  it.each([
    ['a.example.com', '*.example.com', true],
    ['a.b.example.com', '*.example.com', true],
    ['example.com', '*.example.com', false],
    ['.example.com', '*.example.com', false],
    ['aexample.com', '*.example.com', false],
    ['A.Example.COM', 'a.example.com', true],
    ['a.example.com:444', 'a.example.com', false],
  ])('%s and %s: %s', (host, pattern, expected) => {
    expect(matchesHost(host, pattern)).toBe(expected)
  })
})
