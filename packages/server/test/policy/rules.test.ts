import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { limits, type PolicyInput } from '../../src/policy/policy.ts'
import { checkedPolicy } from '../../src/policy/rules.ts'

const input = (more: Partial<PolicyInput> = {}): PolicyInput => {
  return { name: 'rule', enabled: true, applies: {}, limits: { testFirst: true }, ...more }
}
function refusedAt(given: PolicyInput): string | undefined {
  try {
    checkedPolicy(given)
    return undefined
  } catch (error) {
    if (!isProblem(error, 'request.invalid')) throw error
    return (error.values.issues as { path: string }[])[0]!.path
  }
}

describe('a policy, before it is kept', () => {
  it('has one spelling of its name and no repetition', () => {
    const { name, applies, limits } = checkedPolicy(
      input({
        name: '  Cafe\u0301 ',
        applies: { services: ['a', 'a', 'b'] },
        limits: { connect: { roles: ['admin', 'admin'] }, scopes: ['x', 'x'], testFirst: false },
      }),
    )
    expect({ name, applies, limits }).toEqual({
      name: 'Café',
      applies: { services: ['a', 'b'] },
      limits: { connect: { roles: ['admin'] }, scopes: ['x'] },
    })
  })

  it.each([
    ['nothing to see', ' \u00a0 '],
    ['a line break', 'a\nb'],
    ['a NUL', 'a\0'],
    ['text that turns around what follows', 'safe \u202e elur'],
    ['an isolate', 'a\u2066b'],
    ['half a pair', 'a\ud800'],
    ['too much', 'x'.repeat(101)],
  ])('is refused for a name with %s', (_what, name) => {
    expect(refusedAt(input({ name }))).toBe('body.name')
  })

  it.each(['规则', 'Правило', 'قاعدة', '👩🏽‍💻', 'ñ'.repeat(100), '😀'.repeat(100)])('may be called %s', (name) => {
    expect(refusedAt(input({ name }))).toBeUndefined()
  })

  it.each([
    ['limits nothing', { limits: {} }, 'body.limits'],
    ['wants a test only in name', { limits: { testFirst: false } }, 'body.limits'],
    ['applies to an empty list', { applies: { services: [] } }, 'body.applies.services'],
    ['applies to no member', { applies: { roles: ['admin'], members: [] } }, 'body.applies.members'],
    ['demands only in name', { limits: { readOnly: false, requireManifest: false, budgets: [] } }, 'body.limits'],
    [
      'is of no time zone',
      { limits: { hours: { timeZone: 'Mars/Olympus', times: [] } } },
      'body.limits.hours.timeZone',
    ],
    [
      'opens for nothing',
      { limits: { hours: { timeZone: 'UTC', times: [{ from: '08:00', to: '08:00' }] } } },
      'body.limits.hours.times.0',
    ],
    [
      'has two budgets for the same',
      {
        limits: {
          budgets: [
            { per: 'skill', calls: 5, every: 'hour' },
            { per: 'skill', calls: 6, every: 'hour' },
          ],
        },
      },
      'body.limits.budgets',
    ],
    ['limits the scopes of no service', { limits: { scopes: ['read'] } }, 'body.limits.scopes'],
    [
      'is longer than the audit trail can hold',
      { limits: { services: Array.from({ length: 200 }, (_, n) => `a_service_with_a_long_name_${n}`) } },
      'body',
    ],
  ] as [string, Partial<PolicyInput>, string][])('is refused when it %s', (_what, more, path) => {
    expect(refusedAt(input(more))).toBe(path)
  })
})

describe('the words of a policy', () => {
  it.each([
    { connect: { roles: ['owner'] } },
    { connect: { groups: [] } },
    { connect: null },
    { services: 'alpha' },
    { services: ['a b'] },
    { services: Array(201).fill('a') },
    { scopes: ['a\nb'] },
    { scopes: ['a\u202eb'] },
    { scopes: [''] },
    { mostPerMember: -1 },
    { mostPerMember: 1.5 },
    { mostPerWorkspace: 1e15 },
    { reauthorizeAfterSeconds: 3599 },
    { reauthorizeAfterSeconds: 0 },
    { pauseAfterIdleSeconds: 1e12 },
    { pauseAfterIdleSeconds: '3600' },
    { hours: [] },
    { testFirst: 1 },
    { skills: ['skill Ö'] },
    { httpMethods: ['get'] },
    { readOnly: 'yes' },
    { hosts: ['https://api.example.com'] },
    { hosts: ['*'] },
    { hosts: ['api.*.com'] },
    { paths: ['repos'] },
    { paths: ['/a/../b'] },
    { paths: ['/a%2fb'] },
    { paths: ['/a*'] },
    { guardedPaths: true },
    { hours: { timeZone: 'UTC' } },
    { hours: { timeZone: 'UTC', times: [{ from: '8:00', to: '9:00' }] } },
    { hours: { timeZone: 'UTC', times: [{ from: '24:00', to: '09:00' }] } },
    { hours: { timeZone: 'UTC', times: [{ from: '08:00', to: '24:30' }] } },
    { hours: { timeZone: 'UTC', times: [{ days: [], from: '08:00', to: '09:00' }] } },
    { hours: { timeZone: 'UTC', times: [{ days: ['Monday'], from: '08:00', to: '09:00' }] } },
    { longestTokenSeconds: 59 },
    { longestTokenSeconds: 901 },
    { budgets: [{ per: 'connection', calls: 0, every: 'minute' }] },
    { budgets: [{ per: 'service', calls: 1, every: 'minute' }] },
    { budgets: [{ per: 'member', calls: 1, every: 'day' }] },
  ])('do not hold %j', (given) => {
    expect(limits.safeParse(given).success).toBe(false)
  })

  it('hold every limit at once', () => {
    const all = {
      services: ['alpha'],
      connect: { roles: ['admin'], members: ['usr_1'] },
      share: {},
      scopes: ['https://example.com/auth/read', 'a b'],
      testFirst: true,
      mostPerMember: 0,
      mostPerWorkspace: 5,
      reauthorizeAfterSeconds: 3600,
      pauseAfterIdleSeconds: 86_400,
      skills: ['triage', 'release-notes'],
      requireManifest: true,
      hosts: ['api.example.com', '*.example.com:8443'],
      httpMethods: ['GET', 'PATCH'],
      readOnly: true,
      paths: ['/', '/repos/*/issues', '/search/**', 'uploads.example.com/**'],
      guardedPaths: [],
      hours: { timeZone: 'Europe/Berlin', times: [{ days: ['mon'], from: '08:00', to: '24:00' }] },
      longestTokenSeconds: 60,
      budgets: [{ per: 'skill', calls: 1, every: 'hour' }],
    }
    expect(limits.parse(all)).toEqual(all)
  })
})
