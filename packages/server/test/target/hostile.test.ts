import { describe, expect, it } from 'vitest'
import { isProblem, Problem } from '../../src/errors.ts'
import { createTarget } from '../../src/target/target.ts'
import { defineHostile } from './service.ts'

const target = createTarget()
const { service, method } = defineHostile()
const values = target.valuesOf(service, method, { tenant: 'acme' }, { instance: 'eu7.example.net' })
const of = { service, method, values }
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'let through'
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

describe('a path that could be read in two ways is refused', () => {
  it.each([
    ['no slash in front', 'things'],
    ['a host behind @', '@evil.com/x'],
    ['a port', ':8443/x'],
    ['a suffix of the host', '.evil.com/x'],
    ['two slashes in front', '//evil.com/x'],
    ['slash and backslash', '/\\evil.com/x'],
    ['backslashes', '\\\\evil.com\\x'],
    ['an encoded slash in front', '/%2Fevil.com'],
    ['an encoded backslash in front', '/%5Cevil.com'],
    ['a twice encoded slash in front', '/%252Fevil.com'],
    ['a whole address', 'https://evil.com/x'],
    ['a whole address of another scheme', 'file:///etc/passwd'],
    ['a scheme in capitals', 'HTTPS://evil.com'],
    ['..', '/../admin'],
    ['.. inside', '/a/../../admin'],
    ['.. at the end', '/a/..'],
    ['a dot', '/./a'],
    ['a dot at the end', '/a/.'],
    ['%2e%2e', '/%2e%2e/admin'],
    ['%2E%2E', '/%2E%2E/admin'],
    ['.%2e', '/.%2e/admin'],
    ['%2e.', '/%2e./admin'],
    ['twice encoded dots', '/%252e%252e/admin'],
    ['three times encoded dots', '/%25252e%25252e/admin'],
    ['encoded letters of the encoding', '/%25%32%65%25%32%65/admin'],
    ['dots behind an encoded slash', '/a%2f..%2fadmin'],
    ['dots behind an encoded backslash', '/a%5c..%5cadmin'],
    ['dots before a semicolon', '/..;/admin'],
    ['dots before a semicolon with words', '/..;x=1/admin'],
    ['encoded dots before an encoded semicolon', '/%2e%2e%3b/admin'],
    ['dots with blanks', '/%20..%20/admin'],
    ['dots before an encoded question mark', '/..%3fx/admin'],
    ['dots before an encoded hash', '/..%23/admin'],
    ['a backslash', '/a\\b'],
    ['an encoded backslash', '/a%5Cb'],
    ['a NUL', '/a\0b'],
    ['an encoded NUL', '/a%00b'],
    ['a twice encoded NUL', '/a%2500b'],
    ['an encoded line break', '/a%0d%0aHost:evil.com'],
    ['a line break', '/a\r\nHost: evil.com'],
    ['a tab', '/a\tb'],
    ['a blank', '/a b'],
    ['a query', '/a?b=1'],
    ['a fragment', '/a#b'],
    ['a malformed escape', '/a%zz'],
    ['half an escape', '/a%2'],
    ['a lone percent sign', '/100%'],
    ['overlong UTF-8', '/%c0%ae%c0%ae/admin'],
    ['overlong UTF-8 of a slash', '/%c0%afadmin'],
    ['a letter that is no ASCII', '/münchen'],
    ['a fullwidth dot', '/．．/admin'],
    ['a DEL', '/a\u007fb'],
    ['an endless encoding', `/%${'25'.repeat(8)}2e`],
    ['more than a path can be', `/${'a'.repeat(20_000)}`],
  ])('%s', (_, path) => {
    expect(codeOf(() => target.address(of, { path }))).toBe('service.path_refused')
  })

  it.each([
    ['a hash', 'a=1#b'],
    ['a line break', 'a=1\r\nx: y'],
    ['a blank', 'a=1 2'],
    ['a letter that is no ASCII', 'a=ü'],
  ])('a query with %s', (_, query) => {
    expect(codeOf(() => target.address(of, { path: '/a', query }))).toBe('service.path_refused')
  })
})

describe('a path that services really have passes', () => {
  it.each([
    ['/users/@me', '/users/@me'],
    ['/projects/group%2Fname', '/projects/group%2Fname'],
    ['/v1/projects/p:setIamPolicy', '/v1/projects/p:setIamPolicy'],
    ['/odata/Users(1)', '/odata/Users(1)'],
    ["/Names('x')", "/Names('x')"],
    ['/files/a%20b..c', '/files/a%20b..c'],
    ['/...', '/...'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/100%25', '/100%25'],
    ['/m%C3%BCnchen', '/m%C3%BCnchen'],
    ['/a//b', '/a//b'],
    ['/drafts/$batch,x=~1', '/drafts/$batch,x=~1'],
    ['/a|b', '/a%7Cb'],
    ['', ''],
  ])('%s', (path, sent) => {
    expect(target.address(of, { path }).path).toBe(sent)
  })
})

describe('a host that the service does not list is refused', () => {
  it.each([
    'evil.com',
    'api.example.com.evil.com',
    'api.example.com@evil.com',
    'evil.com/api.example.com',
    'evil.com#api.example.com',
    'evil.com?api.example.com',
    'api.example.com:8443',
    'api.example.com.',
    'files.example.org',
    'example.org',
    '.files.example.org',
    'a..files.example.org',
    'evilfiles.example.org',
    'a.files.example.org.evil.com',
    'a.files.example.org%00.evil.com',
    'a\r\n.files.example.org',
    '127.0.0.1',
    '[::1]',
    '2130706433',
    'localhost',
    'metadata.google.internal',
    'own.example.com',
    'user:pass@files.example.com',
    'ａpi.example.com',
  ])('%s', (host) => {
    const code = codeOf(() => target.address(of, { path: '/x', host }))
    expect(['service.host_not_allowed', 'service.path_refused']).toContain(code)
  })

  it('nor does the final address get there', () => {
    for (const url of [
      'https://evil.com/',
      'http://api.example.com/',
      'https://a@api.example.com/',
      'https://api.example.com:8443/',
      'x',
    ]) {
      expect(target.permits(of, url, 'caller')).toBe(false)
    }
    expect(target.permits(of, 'https://own.example.com/', 'caller')).toBe(false)
    expect(target.permits(of, 'https://own.example.com/', 'own')).toBe(true)
    expect(target.permits(of, 'https://API.example.com/x', 'caller')).toBe(true)
    expect(target.permits(of, 'https://a.b.files.example.org/x', 'caller')).toBe(true)
  })
})

describe('a value that breaks its pattern shapes nothing', () => {
  it.each([
    ['tenant', 'acme.evil.com'],
    ['tenant', 'acme@evil'],
    ['tenant', 'acme/'],
    ['tenant', 'acme\n'],
    ['tenant', 'a'.repeat(3000)],
    ['tenant', ''],
    ['region', 'constructor'],
    ['region', '__proto__'],
    ['region', 'xx'],
    ['unknown', 'x'],
    ['__proto__', 'x'],
  ])('the setting %s', (name, value) => {
    const settings = Object.defineProperty({ tenant: 'acme' } as Record<string, string>, name, {
      value,
      enumerable: true,
    })
    expect(codeOf(() => target.valuesOf(service, method, settings))).toBe('service.setting_refused')
  })

  it.each(['evil.com', 'eu7.example.net.evil.com', 'eu7.example.net\n', '../x', 'EU7.EXAMPLE.NET'])(
    'learned: %s',
    (instance) => {
      expect(codeOf(() => target.valuesOf(service, method, { tenant: 'acme' }, { instance }))).toBe(
        'service.setting_refused',
      )
    },
  )

  it('and a learned value that nobody asked for is none', () => {
    expect(codeOf(() => target.valuesOf(service, method, { tenant: 'acme' }, { other: 'x' }))).toBe(
      'service.setting_refused',
    )
  })

  it.each([
    'http://server.example.com',
    'https://user:pass@server.example.com',
    'https://server.example.com/?x=1',
    'https://server.example.com/#x',
    'https://server.example.com/../x',
    'https://server.example.com/%2e%2e/x',
    'https://server.example.com\\@evil.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'gopher://x',
    'https://',
    'https:evil.com',
    ' https://server.example.com',
  ])('an address: %s', (server) => {
    const { service: open, method: own } = defineHostile('{server}')
    const attempt = () => {
      const filled = target.valuesOf(open, own, { tenant: 'acme', server }, { instance: 'eu7.example.net' })
      return target.address({ service: open, method: own, values: filled }, { path: '/x' })
    }
    expect(['service.setting_refused', 'service.host_not_allowed', 'service.cannot_place']).toContain(codeOf(attempt))
  })
})

it('plain http is for hosts that the operator named', () => {
  const relaxed = createTarget({ allowsPlainHttp: (host) => host === 'ollama.internal:11434' })
  const { service: open, method: own } = defineHostile('{server}')
  const at = (server: string) => {
    const filled = relaxed.valuesOf(open, own, { tenant: 'acme', server }, { instance: 'eu7.example.net' })
    return relaxed.address({ service: open, method: own, values: filled }, { path: '/x' }).base
  }
  expect(at('http://ollama.internal:11434')).toBe('http://ollama.internal:11434')
  expect(() => at('http://other.internal')).toThrow(/not reached over https/)
  expect(isProblem(new Problem('service.host_not_allowed', { host: 'x', why: 'y' }), 'service.host_not_allowed')).toBe(
    true,
  )
})
