import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AskedPath, PATTERN, pathPattern } from '../../src/policy/path-pattern.ts'
import { checkedPath } from '../../src/target/path.ts'

const fits = (pattern: string, path: string, host?: string) => new AskedPath(path, host).fits([pathPattern(pattern)])

describe('a pattern', () => {
  it.each([
    ['/', '/', true],
    ['/', '', true],
    ['/', '/a', false],
    ['/**', '', true],
    ['/**', '/', true],
    ['/**', '/a/b/c', true],
    ['/a', '/a', true],
    ['/a', '/a/', true],
    ['/a/', '/a', true],
    ['/a', '/A', false],
    ['/a', '/ab', false],
    ['/a', '/a/b', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a', false],
    ['/a/*', '/a/', false],
    ['/a/*', '/a/b/c', false],
    ['/a/**', '/a', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/ab', false],
    ['/a/**/z', '/a/z', true],
    ['/a/**/z', '/a/b/c/z', true],
    ['/a/**/z', '/a/b/c', false],
    ['/a/**/m/**/z', '/a/m/m/q/z', true],
    ['/*/x', '/a/x', true],
    ['/*/x', '/x', false],
    ['/a.b', '/aXb', false],
    ['/v1/docs/*', '/v1/docs/1:batchUpdate', true],
    ['/users/me@example.com', '/users/me%40example.com', true],
    ['/.well-known/keys', '/.well-known/keys', true],
  ])('%s and the path "%s": %s', (pattern, path, expected) => {
    expect(PATTERN.test(pattern)).toBe(true)
    expect(fits(pattern, path)).toBe(expected)
  })

  it.each([
    '',
    'a',
    '**',
    '/a//b',
    '/./a',
    '/../a',
    '/a/..',
    '/a%2fb',
    '/a;b',
    '/a?b',
    '/a#b',
    '/a b',
    '/a*',
    '/***',
    '/é',
    '//a',
  ])('is not "%s"', (pattern) => {
    expect(PATTERN.test(pattern)).toBe(false)
  })

  it('without a host speaks of calls below the base address alone, and with one of calls that name it', () => {
    const path = '/files/upload'
    expect(fits('/files/**', path)).toBe(true)
    expect(fits('/files/**', path, 'files.example.com')).toBe(false)
    expect(fits('files.example.com/files/**', path, 'files.example.com')).toBe(true)
    expect(fits('files.example.com/files/**', path)).toBe(false)
    expect(fits('*.example.com/files/**', path, 'a.b.example.com')).toBe(true)
    expect(fits('*.example.com/files/**', path, 'example.com')).toBe(false)
    expect(fits('*.example.com/files/**', path, 'evilexample.com')).toBe(false)
    expect(fits('*.example.com:8443/**', path, 'a.example.com')).toBe(false)
    expect(fits('*.example.com/**', path, '')).toBe(false)
  })

  it('takes no longer than its length times that of the path', () => {
    const pattern = `/${'**/a/'.repeat(100)}b`
    const began = performance.now()
    expect(fits(pattern, '/a'.repeat(8000))).toBe(false)
    expect(performance.now() - began).toBeLessThan(2000)
  })
})

describe('a path that is written to be read in two ways', () => {
  const readOfPublic = ['/public/**', '/public/*'] as const

  it.each([
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/%2E./admin',
    '/public/.%2e/admin',
    '/public/%252e%252e/admin',
    '/public/%25252e%25252e%25252fadmin',
    '/public/..%2fadmin',
    '/public/..%5cadmin',
    '/public/..\\admin',
    '/public/%5c..%5cadmin',
    '/public/..;/admin',
    '/public/..;a=b/admin',
    '/public/%2e%2e%3b/admin',
    '/public/..%00/admin',
    '/public/%00',
    '/public/a%0d%0aX:y',
    '/public/%c0%ae%c0%ae/admin',
    '/public/%e0%80%ae',
    '/public/%uff0e',
    '/public/%zz',
    '/public/%',
    '/public/a?/../../admin',
    '/public/a#',
    '/public/..%20/admin',
    '/public/%20../admin',
    '/public/%EF%BC%8E%EF%BC%8E/admin',
    '/public/%E2%80%A5/admin',
    '//public/a',
    '/%2fpublic/a',
    '/%5cpublic/a',
    'public/a',
    'https://other.example/public/a',
    '/public/é',
    `/public/${'a'.repeat(20_000)}`,
    '/public/%2525252525252e',
  ])('fits nothing: %s', (path) => {
    for (const pattern of [...readOfPublic, '/**', '/*/**']) expect(fits(pattern, path)).toBe(false)
  })

  it.each([
    ['an encoded slash that some decode first', '/*/public', '/admin%2fx/public'],
    ['one that is encoded twice', '/*/public', '/admin%252fx/public'],
    ['one that is encoded three times', '/*/public', '/admin%25252fx/public'],
    ['letters that are encoded twice', '/public', '/p%2575blic'],
    ['a parameter that some drop', '/public', '/public;x'],
    ['an encoded one', '/public', '/public%3bx'],
    ['a semicolon that some cut at', '/repos/*/issues', '/repos/a;b/issues'],
    ['an encoded question mark that some cut at', '/repos/*/issues', '/repos/a%3fb/issues'],
    ['an encoded number sign', '/repos/*/issues', '/repos/a%23b/issues'],
    ['doubled slashes that some fold', '/*/*/public', '/a//public'],
    ['the same, encoded', '/*/*/public', '/a/%2fpublic'],
    ['a slash of another script', '/*/public', '/admin%EF%BC%8Fx/public'],
  ])('fits only what all of its readings do: %s', (_what, pattern, path) => {
    expect(fits(pattern, path)).toBe(false)
    expect(fits('/**', path)).toBe(true)
  })

  it('may have a slash within a name where whatever stands there is allowed', () => {
    expect(fits('/projects/**', '/projects/group%2Fname/issues')).toBe(true)
    expect(fits('/projects/*/issues', '/projects/group%2Fname/issues')).toBe(false)
  })
})

/** Pieces of which paths are made that mean something to somebody. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('/', '/', 'a', 'admin', 'public', '.', '..', '%', ';', '*', '~', ':') },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      '%2f',
      '%2F',
      '%252f',
      '%5c',
      '%2e',
      '%252e',
      '%25',
      '%2525',
      '%00',
      '%3b',
      '%3f',
      '%23',
      '%20',
      '%61',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\',
      '?',
      '#',
      ' ',
      '\t',
      'é',
      '%c0%ae',
      '%c3%a9',
      '%zz',
      '%e2%80%a5',
      '%ef%bc%8f',
      '{',
      '"',
    ),
  },
)
const anyPath = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
const rooted = fc.oneof(
  anyPath,
  anyPath.map((path) => `/${path}`),
)

const isSent = (path: string) => {
  try {
    checkedPath(path)
    return true
  } catch {
    return false
  }
}
const isAscii = (path: string) => /^[\x21-\x7e]*$/.test(path) && !/%(25)*[89a-f]/i.test(path)

describe('policies and the target room', () => {
  it('agree: no path fits that is not sent, and of plain letters each that is sent fits /**', () => {
    fc.assert(
      fc.property(rooted, (path) => {
        const isFit = fits('/**', path)
        if (isFit) expect(isSent(path)).toBe(true)
        else if (isAscii(path)) expect(isSent(path)).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  it('let no path through whose readings, decoded as often as anybody likes, lead elsewhere', () => {
    fc.assert(
      fc.property(rooted, (rest) => {
        const path = `/public${rest}`
        if (!fits('/public/**', path)) return
        let text = path
        for (let depth = 0; depth < 8; depth++) {
          for (const reading of [
            text,
            text.replaceAll(/\/+/g, '/'),
            text.replace(/[;?#].*/s, ''),
            text.replaceAll(/;[^/]*/g, ''),
          ]) {
            const { pathname } = new URL(reading.replaceAll('\\', '/'), 'https://x')
            expect(`${pathname}/`.startsWith('/public/')).toBe(true)
          }
          try {
            text = decodeURIComponent(text)
          } catch {
            return
          }
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('match a pattern as a slow and plain reading of it would, where a path is plain', () => {
    const name = fc.constantFrom('a', 'b', 'ab')
    const segment = fc.oneof(name, fc.constant('*'), fc.constant('**'))
    const slow = ([own, ...rest]: string[], path: string[]): boolean => {
      if (own === undefined) return path.length === 0
      if (own === '**') return slow(rest, path) || (path.length > 0 && slow([own, ...rest], path.slice(1)))
      return path.length > 0 && (own === '*' || own === path[0]) && slow(rest, path.slice(1))
    }
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 6 }),
        fc.array(name, { maxLength: 7 }),
        (pattern, path) => {
          expect(fits(`/${pattern.join('/')}`, `/${path.join('/')}`)).toBe(slow(pattern, path))
        },
      ),
      { numRuns: 5000 },
    )
  })
})
