import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { readDefinition } from '../../src/services/read.ts'
import type { Format, Issue } from '../../src/services/source.ts'
import { sample, spoil } from './sample.ts'

function issuesOf(text: string, format: Format = 'yaml'): Issue[] {
  try {
    readDefinition('teapot', text, format)
    return []
  } catch (error) {
    if (!isProblem(error, 'service.invalid')) throw error
    return error.values.issues as Issue[]
  }
}

describe('a definition from outside', () => {
  it('is accepted when it keeps the rules', () => {
    expect(issuesOf(sample)).toEqual([])
  })

  const base = 'https://{kitchen}.teapot.example.com'
  const pattern = '^[a-z0-9-]{1,40}$'
  const spoilt: [what: string, passage: string, by: string, says: string][] = [
    ['whose host nobody fills', base, 'https://{x}', '{x} is no setting'],
    ['whose host is whatever a setting says', base, 'https://{kitchen}', 'any host'],
    ['with a placeholder of another service', base, 'https://{subdomain}.zendesk.com', '{subdomain} is no setting'],
    ['with a placeholder of the prototype', base, 'https://{constructor}.teapot.example.com', '{constructor} is no'],
    ['that reads a file', base, 'file:///etc/passwd', 'not an https address'],
    ['in clear', base, 'http://api.teapot.example.com', 'not an https address'],
    ['with a user in its address', base, 'https://api.teapot.example.com@evil.example', 'not a host'],
    ['with a port in its address', base, 'https://api.teapot.example.com:8443', 'not a host'],
    ['with a host of other letters', base, 'https://api.teаpot.example.com', 'not a host'],
    ['with a backslash in its address', base, 'https://evil.example\\.teapot.example.com', 'not a host'],
    ['on a number', base, 'https://127.0.0.1', 'within a network'],
    ['on a number in hexadecimal', base, 'https://0x7f000001', 'within a network'],
    ['on one long number', base, 'https://2130706433', 'within a network'],
    ['on the metadata address', base, 'https://169.254.169.254/latest', 'within a network'],
    ['on the metadata name', base, 'https://metadata.google.internal', 'within a network'],
    ['on this machine', base, 'https://localhost', 'within a network'],
    ['in brackets', base, "'https://[::1]'", 'not a host'],
    ['that sends to a number', '- files.teapot.example.com', '- 10.0.0.1', 'within a network'],
    ['that sends anywhere', '- files.teapot.example.com', "- '*.com'", 'strangers'],
    ['whose check goes elsewhere', '/v1/me', 'https://evil.example/me', 'not among the hosts'],
    ['whose check goes elsewhere in two strokes', '/v1/me', '//evil.example/me', 'neither a path'],
    ['whose check reads a file', '/v1/me', 'file:///etc/passwd', 'neither a path'],
    ['whose action goes elsewhere', '/v1/pots', 'https://evil.example/pots', 'not among the hosts'],
    ['whose check begins with what somebody types', '/v1/me', "'{kitchen}/me'", 'may begin an address'],
    ['whose action begins with its input', '/v1/pots', "'{leaves}'", 'may begin an address'],
    [
      'that looks something up on the metadata address',
      'obtain:\n      by: nothing',
      'learn: { a: { from: { get: https://169.254.169.254/a, anonymous: true }, at: a, pattern: ^a$ } }\n    obtain: { by: nothing }',
      'within a network',
    ],
    [
      'that hides a second cookie in a name',
      'headers:\n        authorization: Bearer {token}',
      "cookies: { 'a=1; b': '{token}' }",
      'name of a cookie',
    ],
    [
      'whose mail goes to a number',
      'headers:\n        authorization: Bearer {token}',
      "mail: { user: a, password: '{token}', smtp: { host: 10.0.0.1, port: '25', security: tls } }",
      'within a network',
    ],
    [
      'whose webhook goes to names that only look alike',
      '      headers:\n        authorization: Bearer {token}',
      "      url: '{token}'",
      'needs a pattern',
    ],
    ['with a second header in a header', 'Bearer {token}', '"Bearer {token}\\r\\nx-evil: 1"', 'line break'],
    ['with a header of the wire', 'authorization: Bearer', 'host: Bearer', 'may set'],
    ['with a loose pattern', pattern, "'[a-z]+'", 'anchored'],
    ['with nested repeats', pattern, '^([a-z]+)+$', 'repeats inside'],
    ['with repeats nested by counting', pattern, '^((a{1,8}){1,8}){1,8}$', 'repeats inside'],
    ['with alternatives that overlap', pattern, '^(a|a)*$', 'two ways'],
    ['with alternatives that overlap further on', pattern, '^(abc|ab|c)*$', 'two ways'],
    ['with repeats in a row', pattern, '^[a-z]*[a-z]*[a-z]*x$', 'three repeats'],
    ['with something empty repeated', pattern, '^(a?){40}a{40}$', 'may be empty'],
    ['with choices in a row', pattern, `^${'(a|a)'.repeat(40)}x$`, 'too many choices'],
    ['with maybes in a row', pattern, `^${'a?'.repeat(40)}x$`, 'too many choices'],
    ['with a look-around', pattern, '^(?=a)a$', 'look-around'],
    ['with an alias', 'label: Kitchen', 'label: *there', 'is an alias'],
    ['with an anchor', 'label: Kitchen', 'label: &here Kitchen', 'anchor'],
    ['with a tag', 'label: Kitchen', 'label: !!binary Kitchen', 'tag'],
    ['with a merge key', 'label: Kitchen', '<<: { hint: x }\n    label: Kitchen', 'merge key'],
    ['with __proto__', 'label: Kitchen', '__proto__: { x: 1 }\n    label: Kitchen', 'not allowed'],
    ['with constructor', 'label: Kitchen', 'constructor: { x: 1 }\n    label: Kitchen', 'not allowed'],
    ['with a name in another form', 'label: Kitchen', '1: x\n    label: Kitchen', 'put it in quotes'],
    ['with a misspelt word', 'category: productivity', 'categroy: productivity', 'did you mean category'],
    ['with an unknown category', 'productivity', 'produtivity', 'did you mean productivity'],
    ['with a number for text', 'label: Kitchen', 'label: 12', 'put it in quotes'],
    ['with a block for text', 'Kitchen\n', '{ a: 1 }\n', 'must be text'],
    [
      'with a field named like a token',
      '      token:\n        label: Token',
      '      accessToken:\n        label: Token',
      'another meaning',
    ],
    ['with text that runs backwards', 'Brew a pot', '"Brew \\u202e a pot"', 'control character'],
  ]

  it.each(spoilt)('%s is refused, and the line named', (_, passage, by, says) => {
    const { text, line } = spoil(passage, by)
    const issues = issuesOf(text)
    const named = issues.find(({ message }) => message.includes(says))
    expect(named, JSON.stringify(issues)).toBeDefined()
    expect(named!.line).toBe(line)
  })

  it('whose setting could leave its place in the host is refused at that host', () => {
    const { text } = spoil(pattern, '^.+$')
    const [issue] = issuesOf(text)
    expect(issue).toMatchObject({
      path: 'baseUrl',
      line: 12,
      column: 10,
      message: expect.stringContaining('leave its place'),
    })
  })

  it('that gives a name twice is refused at the second', () => {
    const issues = issuesOf(`${sample}name: Kettle\n`)
    expect(issues).toEqual([
      expect.objectContaining({ path: 'name', line: sample.split('\n').length, message: 'is given twice' }),
    ])
  })

  it('that lacks words is told which', () => {
    expect(issuesOf('name: Teapot\n').map(({ message }) => message)).toContain('lacks the word "auth"')
    for (const empty of ['', '[]', 'null', '"text"', '---\n---\n', '# nothing']) expect(issuesOf(empty)).not.toEqual([])
  })

  const settings = (count: number) => {
    const block = Array.from({ length: count }, (_, n) => `  s${n}: { kind: path, label: S }\n`).join('')
    return sample.replace('settings:\n', () => `settings:\n${block}`)
  }
  const huge: [what: string, text: string, says: string][] = [
    ['of 10 MB', `# ${'x'.repeat(10_000_000)}\n${sample}`, 'larger than 256 KB'],
    ['of 10 MB in characters that take more bytes', '…'.repeat(100_000), 'larger than 256 KB'],
    ['with 300 settings', settings(300), 'more than 200'],
    ['with 5,000 settings', settings(5000), 'too many parts'],
    ['with 10,000 settings', settings(10_000), 'larger than 256 KB'],
    ['with 30,000 names', Array.from({ length: 30_000 }, (_, n) => `${n}a:\n`).join(''), 'too many parts'],
    ['of 100,000 brackets', '[]'.repeat(100_000), 'too many parts'],
    ['of 60,000 documents', '---\n'.repeat(60_000), 'too many parts'],
    ['nested in brackets', `a: ${'['.repeat(100_000)}`, 'deeper than 40'],
    ['nested in dashes', '- '.repeat(100_000), 'deeper than 40'],
    ['nested in question marks', '? '.repeat(100_000), 'deeper than 40'],
    ['nested in blocks', Array.from({ length: 300 }, (_, n) => `${' '.repeat(n)}a:\n`).join(''), 'deeper than 40'],
    ['of aliases upon aliases', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`, 'anchor'],
    ['of quotes that never end', `a: "${'\\'.repeat(200_000)}`, 'is not yaml'],
    ['of half a character', 'name: \ud800', 'UTF-8'],
    ['of control characters', 'name: a\u0000b', 'control character'],
  ]
  it.each(huge)('%s is refused within a second', (_, text, says) => {
    const began = performance.now()
    const issues = issuesOf(text)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(issues.length).toBeLessThanOrEqual(20)
    expect(issues.map(({ message }) => message).join()).toContain(says)
    for (const { line, message } of issues) {
      expect(line).toBeGreaterThan(0)
      expect(message.length).toBeLessThan(300)
    }
  })

  it('in JSON is held to the same, with lines', () => {
    const json = (change: (text: string) => string) =>
      change('{\n\t"name": "Teapot",\n\t"docs": "https://a.example",\n\t"x": 1\n}')
    expect(
      issuesOf(
        json((text) => text),
        'json',
      ),
    ).toContainEqual(expect.objectContaining({ path: 'x', line: 4, column: 2 }))
    expect(
      issuesOf(
        json((text) => text.replace('"x": 1', '"name": 1')),
        'json',
      ),
    ).toEqual([{ path: 'name', line: 4, column: 2, message: 'is given twice' }])
    expect(
      issuesOf(
        json((text) => text.replace('"x": 1', '"__proto__": 1')),
        'json',
      )[0],
    ).toMatchObject({ line: 4 })
    expect(
      issuesOf(
        json((text) => text.replace('"x": 1', 'x: 1')),
        'json',
      ),
    ).toEqual([expect.objectContaining({ line: 4, message: 'is not JSON' })])
    expect(issuesOf('['.repeat(200_000), 'json')[0]!.message).toContain('deeper')
  })
})
