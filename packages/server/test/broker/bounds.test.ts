import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bounds, beyond, HOST, hostFits, methodFits, PATH, pathFits } from '../../src/broker/bounds.ts'

const fits = (pattern: string, path: string) => pathFits({ paths: [pattern] }, path)

describe('a pattern of paths', () => {
  it.each([
    ['/user', '/user', true],
    ['/user', '/user/', false],
    ['/user', '/users', false],
    ['/user', '/User', false],
    ['/', '/', true],
    ['/', '', true],
    ['/', '/a', false],
    ['/repos/*', '/repos/a', true],
    ['/repos/*', '/repos/a/b', false],
    ['/repos/*', '/repos/', false],
    ['/repos/*/issues', '/repos/a/issues', true],
    ['/repos/**', '/repos', true],
    ['/repos/**', '/repos/a/b/c', true],
    ['/repos/**', '/reposx', false],
    ['/**', '/anything/at/all', true],
    ['/repos/a', '/repos/%61', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(PATH.test(pattern)).toBe(true)
    expect(fits(pattern, path)).toBe(expected)
  })

  it.each([
    '/repos/../user',
    '/repos/./a',
    '/repos/%2e%2e/user',
    '/repos/%2E./user',
    '/repos/..;/user',
    '/repos/a;x=1',
    '/repos/..%2fuser',
    '/repos/..%5cuser',
    '/repos/a\\..\\..\\user',
    '/repos//user',
    '//repos/a',
    '/repos/%252e%252e/user',
    '/repos/%',
    '/repos/%c0%ae%c0%ae/user',
    '/repos/a%00',
    '/repos/a%0d%0a',
    '/repos/a?x',
    '/repos/a#x',
    '/repos/a%3fx',
    'repos/a',
    'http://elsewhere/repos/a',
    '/repos/%20../a'.replace('%20', '%20'),
    '/repos/..%20/a',
  ])('never lets %s through', (path) => {
    for (const pattern of ['/repos/**', '/**', '/repos/*', '/*/*/*']) {
      if (path === '/repos/%20../a') continue
      expect(fits(pattern, path), pattern).toBe(false)
    }
  })

  it.each(['', 'repos', '/repos/**/x', '/a*', '/**x', '/a//b', '/..', '/a/../b', '/a?b', '/a%2fb', '/a b', '/a;b'])(
    'is not written like %j',
    (pattern) => {
      expect(PATH.test(pattern) && pattern !== '').toBe(false)
    },
  )

  it('is read in time, however it is written', () => {
    const began = performance.now()
    PATH.test(`/${'a'.repeat(250)}/${'*/'.repeat(120)}`)
    HOST.test(`${'a.'.repeat(120)}!`)
    expect(performance.now() - began).toBeLessThan(50)
  })
})

describe('a pattern of hosts', () => {
  it.each([
    ['api.example.com', 'api.example.com', true],
    ['api.example.com', 'API.example.com', true],
    ['api.example.com', 'api.example.com.', false],
    ['api.example.com', 'evil-api.example.com', false],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'evilexample.com', false],
    ['*.example.com', 'a.example.com:8443', false],
    ['*.example.com:8443', 'a.example.com:8443', true],
    ['example.com', 'example.com:443', false],
    ['*.example.com', 'a.example.com@elsewhere', false],
  ])('%s and %s: %s', (pattern, host, expected) => {
    expect(HOST.test(pattern)).toBe(true)
    expect(hostFits({ hosts: [pattern] }, host)).toBe(expected)
  })
})

const segment = fc.constantFrom('a', 'b', 'repos', 'x-1', '*')
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '/', '/**'))
  .map(([segments, end]) => segments.map((each) => `/${each}`).join('') + end)
  .filter((text) => text !== '' && PATH.test(text))
const path = fc
  .array(fc.constantFrom('a', 'b', 'repos', 'x-1', 'other', '..', '%2e%2e', '', 'a;b'), { maxLength: 6 })
  .map((segments) => `/${segments.join('/')}`)
const host = fc.constantFrom('example.com', 'a.example.com', 'b.a.example.com', 'other.org', 'a.example.com:8443')
const hostPattern = fc.oneof(host, fc.constantFrom('*.example.com', '*.a.example.com', '*.example.com:8443'))
const method = fc.constantFrom('GET', 'POST', 'DELETE')
const some = <T>(one: fc.Arbitrary<T>) => fc.option(fc.array(one, { minLength: 1, maxLength: 3 }), { nil: undefined })
const bounds: fc.Arbitrary<Bounds> = fc
  .record({ hosts: some(hostPattern), methods: some(method), paths: some(pattern) })
  .map((each) => Object.fromEntries(Object.entries(each).filter(([, value]) => value)) as Bounds)

describe('bounds beside others', () => {
  it('reach nothing that the outer ones do not, where nothing is said to be beyond', () => {
    let compared = 0
    fc.assert(
      fc.property(bounds, bounds, host, method, path, (outer, inner, aHost, aMethod, aPath) => {
        if (beyond(outer, inner) !== undefined) return
        compared++
        if (inner.hosts && hostFits(inner, aHost)) expect(hostFits(outer, aHost)).toBe(true)
        if (inner.methods && methodFits(inner, aMethod)) expect(methodFits(outer, aMethod)).toBe(true)
        if (inner.paths && pathFits(inner, aPath)) expect(pathFits(outer, aPath)).toBe(true)
      }),
      { numRuns: 5000 },
    )
    expect(compared).toBeGreaterThan(500)
  })

  it('are never beyond themselves', () => {
    fc.assert(fc.property(bounds, (each) => beyond(each, each) === undefined))
  })
})
