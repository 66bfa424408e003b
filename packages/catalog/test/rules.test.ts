import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Service, services } from '../src/index.ts'
import { complaints } from '../src/rules.ts'

const here = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, here), 'utf8')
const files = readdirSync(new URL('src/services/', here)).map((file) => file.replace(/\.ts$/, ''))
const all = Object.entries(services) as [string, Service][]

describe.each(all)('%s', (id, service) => {
  it('breaks no rule', () => {
    expect(complaints(id, service)).toEqual([])
  })

  it('is data and nothing else, so that it can be written as YAML', () => {
    expect(JSON.parse(JSON.stringify(service))).toEqual(service)
    expect(read(`src/services/${id}.ts`)).not.toMatch(
      /=>|\bfunction\b|\bclass\b|\bas any\b|process\.|https?:\/\/[^'`\s]*\$\{/,
    )
  })

  it('has an icon of its own that runs nothing and loads nothing', () => {
    const icon = read(`icons/${id}.svg`)
    expect(icon).toMatch(/^<svg [^>]*viewBox="0 0 24 24"/)
    expect(icon).not.toMatch(/<script|<style|<image|<foreignObject|\bon\w+=|href|url\(/i)
    expect(icon.length).toBeLessThan(8000)
  })

  it('fits on a page, or says in its first line why not', () => {
    const lines = read(`src/services/${id}.ts`).trimEnd().split('\n')
    if (lines.length > 60) expect(`${lines.length} lines: ${lines[0]}`).toMatch(/\/\/ Long: .{10,}/)
    expect(lines.length).toBeLessThanOrEqual(250)
  })
})

it('lists every file once, by id, in order', () => {
  const lines = read('src/services.ts').trimEnd().split('\n').slice(1)
  expect(lines).toEqual(files.toSorted().map((id) => `export { ${id} } from './services/${id}.ts'`))
  expect(all.map(([id]) => id).toSorted()).toEqual(files.toSorted())
})

it('has no drawing without a service', () => {
  const drawn = readdirSync(new URL('icons/', here)).map((file) => file.replace(/\.svg$/, ''))
  expect(drawn.toSorted()).toEqual(files.toSorted())
})

describe('a rule catches', () => {
  const sound = services.zendesk as Service
  const oauth = sound.auth.oauth!
  const spoilt = (change: Partial<Service>) =>
    complaints('spoilt', { ...sound, ...change } as Service)
      .map(({ says }) => says)
      .join('; ')
  const method = (change: object) => spoilt({ auth: { ...sound.auth, oauth: { ...oauth, ...change } as never } })
  const subdomain = (pattern: string) =>
    spoilt({ settings: { subdomain: { kind: 'text', label: 'Subdomain', pattern } } })

  const webhook = (pattern: string) =>
    method({ send: { url: '{url}' }, fields: { url: { label: 'Address', pattern } }, hosts: ['hooks.zendesk.com'] })

  it.each([
    ['a host that a setting could leave', () => subdomain('^.+$'), 'could leave its place'],
    ['a path smuggled into a host', () => subdomain('^[a-z/]+$'), 'could leave its place'],
    ['a loose pattern', () => subdomain('[a-z]+'), 'anchored'],
    ['an alternative outside the anchors', () => subdomain('^[a-z]+$|evil$'), 'group'],
    ['a pattern that runs away', () => subdomain('^([a-z]+)+$'), 'repeats inside'],
    ['a pattern that runs away by counting', () => subdomain('^(a{1,99}){1,99}$'), 'repeats inside'],
    [
      'a choice that is more than a host',
      () => spoilt({ settings: { subdomain: { kind: 'choice', label: 'Subdomain', options: ['acme', 'evil.com/'] } } }),
      'not part of a host name',
    ],
    ['an address in clear', () => spoilt({ baseUrl: 'http://{subdomain}.zendesk.com' }), 'not an https address'],
    ['another scheme', () => spoilt({ baseUrl: 'file:///etc/passwd' }), 'not an https address'],
    ['a whole host out of a text', () => spoilt({ baseUrl: 'https://{subdomain}' }), ''],
    ['a number for a host', () => spoilt({ baseUrl: 'https://169.254.169.254' }), 'within a network'],
    ['this machine', () => spoilt({ hosts: ['localhost'] }), 'within a network'],
    ['a path that is another host', () => spoilt({ check: { get: '//evil.com/me' } }), 'neither a path'],
    [
      'an action that would send the credential elsewhere',
      () => spoilt({ actions: { a: { does: 'read', title: 'A', input: {}, get: 'https://evil.com/a' } } }),
      'not among the hosts',
    ],
    [
      'an action that goes where its input says',
      () =>
        spoilt({ actions: { a: { does: 'read', title: 'A', input: { b: { is: 'url', about: 'B' } }, get: '{b}' } } }),
      'may begin an address',
    ],
    [
      'a name that is public and secret',
      () => method({ fields: { subdomain: { label: 'Secret' } } }),
      'name of a public value',
    ],
    ['a host of everybody', () => spoilt({ hosts: ['*.amazonaws.com'] }), 'strangers'],
    ['a host of everything', () => spoilt({ hosts: ['*.com'] }), 'strangers'],
    [
      'a check that would send the credential elsewhere',
      () => spoilt({ check: { get: 'https://example.com/me' } }),
      'not among the hosts',
    ],
    ['a placeholder of another service', () => spoilt({ baseUrl: 'https://{shop}.zendesk.com' }), '{shop} is no'],
    ['a stray brace', () => spoilt({ check: { get: '/me/{}' } }), 'brace'],
    ['a second header in a header', () => method({ send: { headers: { 'x-a': 'a\r\nx-b: b' } } }), 'cannot carry'],
    ['a header that is the wire’s', () => method({ send: { headers: { host: 'example.com' } } }), 'may set'],
    ['a field never used', () => method({ fields: { spare: { label: 'Spare' } } }), 'never used'],
    ['a name of the language', () => method({ fields: { accessToken: { label: 'Mine' } } }), 'another meaning'],
    [
      'a name of the prototype',
      () => method({ fields: JSON.parse('{"__proto__":{"label":"x"},"constructor":{"label":"x"}}') }),
      'another meaning',
    ],
    [
      'a learned value without a pattern',
      () => method({ learn: { host: { from: 'callback', at: 'host' } } }),
      'needs a pattern',
    ],
    [
      'a learned host that could be any',
      () =>
        method({
          baseUrl: 'https://{host}',
          learn: { host: { from: 'token', at: 'host', take: 'host', pattern: '^[a-z.]+$' } },
        }),
      'any host',
    ],
    [
      'an open host chosen by members',
      () =>
        spoilt({
          settings: { subdomain: { kind: 'host', label: 'Host' } },
          baseUrl: 'https://{subdomain}',
          auth: { oauth: { ...oauth, perConnection: ['subdomain'] } as never },
        }),
      'client secret',
    ],
    ['a webhook that could be pasted from anywhere', () => webhook('^https://.+$'), 'not'],
    [
      'a webhook of another vendor',
      () => webhook('^https://hooks\\.(zendesk|evil)\\.com/.+$'),
      'hooks.evil.com is not',
    ],
    [
      'an input nobody uses',
      () =>
        spoilt({ actions: { a: { does: 'read', title: 'A', input: { b: { is: 'text', about: 'B' } }, get: '/a' } } }),
      'does not use it',
    ],
    ['a check left out without a reason', () => spoilt({ check: { none: 'no' } }), 'needs a reason'],
  ])('%s', (_, faults, says) => {
    expect(faults()).not.toBe('')
    expect(faults()).toContain(says)
  })
})
