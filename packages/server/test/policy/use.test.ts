import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { type Call, judge, type Limits, mayReach, type PassageFacts, type Policy } from '../../src/policy/policy.ts'
import { useFacts } from '../../src/policy/reach.ts'

let numbers = 0
function policy(limits: Limits, more: Partial<Policy> = {}): Policy {
  const id = `pol_${++numbers}`
  return { id, name: `Rule ${id}`, enabled: true, applies: {}, limits, ...more }
}

const NOON = Date.UTC(2026, 5, 1, 12)
const passage: PassageFacts = {
  workspaceId: 'ws_1',
  connectionId: 'conn_1',
  service: 'alpha',
  method: 'key',
  owner: { id: 'usr_owner', role: 'admin' },
  member: { id: 'usr_member', role: 'editor' },
  minter: { id: 'key_minter', role: 'viewer' },
  skill: 'triage',
  mintedAt: NOON - 60_000,
}
const call: Call = { method: 'GET', path: '/repos/a/b', host: 'api.example.com', namesHost: false, isGuarded: false }

/** What is done in earnest, and what is explained: the same, or this fails. */
function decided(policies: Policy[], by: Partial<PassageFacts> = {}, of: Partial<Call> = {}, at = NOON) {
  const [passing, calling] = [
    { ...passage, ...by },
    { ...call, ...of },
  ]
  const explained = judge(policies, useFacts(passing, calling, at))
  try {
    const { budgets } = mayReach(policies, passing, calling, at)
    expect(explained.allowed).toBe(true)
    return { allowed: true, budgets, refusedBy: undefined, explained }
  } catch (error) {
    expect(explained.allowed).toBe(false)
    if (isProblem(error, 'proxy.path_guarded')) {
      expect(explained.byDefault?.rule).toBe('guardedPaths')
      return { allowed: false, budgets: [], refusedBy: 'default', explained }
    }
    if (!isProblem(error, 'policy.refused')) throw error
    expect(error.values).toMatchObject({ policyId: explained.refusal!.policyId, rule: explained.refusal!.rule })
    return { allowed: false, budgets: [], refusedBy: error.values.rule as string, explained }
  }
}

const table: [what: string, limits: Limits, by: Partial<PassageFacts>, of: Partial<Call>, refusedBy?: string][] = [
  ['a skill that is allowed', { skills: ['triage'] }, {}, {}],
  ['one that is not', { skills: ['digest'] }, {}, {}, 'skills'],
  ['any skill where none is', { skills: [] }, {}, {}, 'skills'],
  ['no skill where some are', { skills: ['triage'] }, { skill: undefined }, {}, 'skills'],
  ['a skill with a manifest', { requireManifest: true }, {}, {}],
  ['no manifest', { requireManifest: true }, { skill: undefined }, {}, 'requireManifest'],
  ['a host', { hosts: ['api.example.com'] }, {}, {}],
  ['a host by its domain', { hosts: ['*.example.com'] }, {}, {}],
  ['another host', { hosts: ['api.example.org'] }, {}, {}, 'hosts'],
  ['a host that ends alike', { hosts: ['*.example.com'] }, {}, { host: 'evilexample.com' }, 'hosts'],
  ['the domain itself', { hosts: ['*.example.com'] }, {}, { host: 'example.com' }, 'hosts'],
  ['another port', { hosts: ['api.example.com'] }, {}, { host: 'api.example.com:8443' }, 'hosts'],
  ['an address that is a secret', { hosts: ['api.example.com'] }, {}, { host: '' }, 'hosts'],
  ['an HTTP method', { httpMethods: ['GET'] }, {}, {}],
  ['another one', { httpMethods: ['GET'] }, {}, { method: 'HEAD' }, 'httpMethods'],
  ['one in other letters', { httpMethods: ['GET'] }, {}, { method: 'get' }, 'httpMethods'],
  ...['GET', 'HEAD', 'OPTIONS'].map((method): (typeof table)[number] => [method, { readOnly: true }, {}, { method }]),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND', 'get', ''].map((method): (typeof table)[number] => [
    `"${method}" where only reading is`,
    { readOnly: true },
    {},
    { method },
    'readOnly',
  ]),
  ['a WebSocket where only reading is', { readOnly: true }, {}, { upgrades: true }, 'readOnly'],
  ['a path', { paths: ['/repos/*/*'] }, {}, {}],
  ['another path', { paths: ['/users/**'] }, {}, {}, 'paths'],
  ['any path where none is', { paths: [] }, {}, {}, 'paths'],
  ['a path that leads elsewhere', { paths: ['/repos/**'] }, {}, { path: '/repos/%2e%2e/user' }, 'paths'],
  ['the path on a host that the caller names', { paths: ['/repos/**'] }, {}, { namesHost: true }, 'paths'],
  ['the same, with the host', { paths: ['api.example.com/repos/**'] }, {}, { namesHost: true }],
  ['what makes credentials', { readOnly: true }, {}, { isGuarded: true }, 'default'],
  ['what makes credentials, and may', { guardedPaths: ['/repos/**'] }, {}, { isGuarded: true }],
  ['what makes others', { guardedPaths: ['/keys/**'] }, {}, { isGuarded: true }, 'guardedPaths'],
  ['what makes none', { guardedPaths: [] }, {}, {}],
  ['hours', { hours: { timeZone: 'UTC', times: [{ from: '12:00', to: '13:00' }] } }, {}, {}],
  ['other hours', { hours: { timeZone: 'Asia/Tokyo', times: [{ from: '12:00', to: '13:00' }] } }, {}, {}, 'hours'],
  ['a young token', { longestTokenSeconds: 61 }, {}, {}],
  ['an old one', { longestTokenSeconds: 60 }, {}, {}, 'longestTokenSeconds'],
  ['a budget', { budgets: [{ per: 'member', calls: 1, every: 'minute' }] }, {}, {}],
  ['what may not be connected', { services: [], connect: {}, share: {}, mostPerMember: 0 }, {}, {}],
]

describe('a limit on use by itself', () => {
  it.each(table)('%s', (_what, limits, by, of, refusedBy) => {
    expect(decided([policy(limits)], by, of).refusedBy).toBe(refusedBy)
    // Switched off, it says nothing; what makes credentials then has nobody to allow it.
    const off = decided([policy(limits, { enabled: false })], by, of).refusedBy
    expect(off).toBe(of.isGuarded ? 'default' : undefined)
    expect(decided([policy(limits, { applies: { services: ['beta'] } })], by, of).refusedBy).toBe(off)
  })

  it('is named in the refusal, with the policy', () => {
    const one = policy({ paths: ['/users/**'] }, { name: 'Only people' })
    expect(() => mayReach([one], passage, call, NOON)).toThrow(
      'The policy "Only people" of the workspace does not allow this. It allows only these paths: /users/**.',
    )
  })

  it('says so where a path has several readings', () => {
    const { explained } = decided([policy({ paths: ['/repos/*/b'] })], {}, { path: '/repos/a%2Fc/b' })
    expect(explained.refusal?.sentence).toContain('more than one way')
  })

  it('says nothing ahead of use', () => {
    const one = policy({ skills: [], paths: [], hours: { timeZone: 'UTC', times: [] } })
    const subject = { service: 'alpha', method: 'key', owner: 'usr_1', role: null }
    expect(judge([one], { ...subject, what: 'share' }).findings).toEqual([])
  })
})

describe('whom a limit on use binds', () => {
  it.each([
    ['the owner of the connection', 'usr_owner', 'admin'],
    ['whoever the call is made for', 'usr_member', 'editor'],
    ['whoever had the token made', 'key_minter', 'viewer'],
  ] as const)('%s', (_who, id, role) => {
    expect(decided([policy({ paths: [] }, { applies: { members: [id] } })]).allowed).toBe(false)
    expect(decided([policy({ paths: [] }, { applies: { roles: [role] } })]).allowed).toBe(false)
  })

  it('nobody else', () => {
    expect(decided([policy({ paths: [] }, { applies: { members: ['usr_else'] } })]).allowed).toBe(true)
    const editors = { owner: passage.member, minter: passage.member }
    expect(decided([policy({ paths: [] }, { applies: { roles: ['admin', 'viewer'] } })], editors).allowed).toBe(true)
  })

  it('everybody whose role nobody knows', () => {
    const unknown = { member: { id: 'usr_left', role: null } }
    const editors = { owner: passage.member, minter: passage.member, ...unknown }
    expect(decided([policy({ paths: [] }, { applies: { roles: ['admin'] } })], editors).allowed).toBe(false)
  })
})

describe('several limits on use', () => {
  it('are obeyed together, and leave of two lists what stands in both', () => {
    const both = [policy({ paths: ['/a/**', '/b/**'] }), policy({ paths: ['/b/**', '/c/**'] })]
    const allowed = ['/a/x', '/b/x', '/c/x'].filter((path) => decided(both, {}, { path }).allowed)
    expect(allowed).toEqual(['/b/x'])
  })

  it('do not allow what another forbids, calls that make credentials neither', () => {
    const both = [policy({ guardedPaths: ['/**'] }), policy({ guardedPaths: [] })]
    expect(decided(both, {}, { isGuarded: true }).refusedBy).toBe('guardedPaths')
    expect(decided([both[0]!, policy({ readOnly: true })], {}, { isGuarded: true, method: 'POST' }).refusedBy).toBe(
      'readOnly',
    )
    // A policy about somebody else allows nothing here.
    const others = policy({ guardedPaths: ['/**'] }, { applies: { members: ['usr_else'] } })
    expect(decided([others], {}, { isGuarded: true }).refusedBy).toBe('default')
  })

  it('give all the budgets that have to be kept, each counted by itself', () => {
    const one = policy({
      budgets: [
        { per: 'connection', calls: 60, every: 'minute' },
        { per: 'member', calls: 1000, every: 'hour' },
      ],
    })
    const two = policy({ budgets: [{ per: 'skill', calls: 5, every: 'minute' }] })
    const elsewhere = policy(
      { budgets: [{ per: 'skill', calls: 5, every: 'minute' }] },
      { applies: { services: ['beta'] } },
    )
    const { budgets } = decided([one, two, elsewhere])
    expect(budgets).toEqual([
      { key: `${one.id} connection minute conn_1`, limit: 60, perSeconds: 60, policyId: one.id, policy: one.name },
      { key: `${one.id} member hour usr_member`, limit: 1000, perSeconds: 3600, policyId: one.id, policy: one.name },
      { key: `${two.id} skill minute triage`, limit: 5, perSeconds: 60, policyId: two.id, policy: two.name },
    ])
    const other = decided([one, two], { connectionId: 'conn_2', skill: undefined, member: passage.owner }).budgets
    expect(other.filter(({ key }) => budgets.some((budget) => budget.key === key))).toEqual([])
    expect(decided([], {}, {}).budgets).toEqual([])
  })

  it('are read anew when they are others', () => {
    const id = 'pol_same'
    expect(decided([policy({ paths: ['/repos/**'] }, { id })]).allowed).toBe(true)
    expect(decided([policy({ paths: ['/users/**'] }, { id })]).allowed).toBe(false)
  })
})

const limitsOfUse: fc.Arbitrary<Limits> = fc.record(
  {
    skills: fc.subarray(['triage', 'digest']),
    requireManifest: fc.boolean(),
    hosts: fc.subarray(['api.example.com', '*.example.com', 'other.example.org']),
    httpMethods: fc.subarray(['GET', 'POST', 'DELETE']),
    readOnly: fc.boolean(),
    paths: fc.subarray(['/**', '/repos/**', '/*/x', 'api.example.com/**']),
    guardedPaths: fc.subarray(['/**', '/repos/*']),
    hours: fc.constantFrom(
      { timeZone: 'Europe/Berlin', times: [{ from: '08:00', to: '20:00' }] },
      { timeZone: 'Asia/Tokyo', times: [{ days: ['mon' as const], from: '22:00', to: '02:00' }] },
    ),
    longestTokenSeconds: fc.integer({ min: 60, max: 900 }),
    budgets: fc.constantFrom([], [{ per: 'skill' as const, calls: 5, every: 'minute' as const }]),
  },
  { requiredKeys: [] },
)
const anyPolicy = fc
  .record({
    limits: limitsOfUse,
    enabled: fc.constantFrom(true, true, false),
    applies: fc.record(
      {
        services: fc.subarray(['alpha', 'beta'], { minLength: 1 }),
        roles: fc.subarray(['admin' as const, 'editor' as const, 'viewer' as const], { minLength: 1 }),
        members: fc.subarray(['usr_owner', 'usr_else'], { minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ limits, ...more }) => policy(limits, more))
const anyCall: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS'),
  path: fc.constantFrom('/repos/a', '/repos/a%2fx', '/a/x', '/', '', '/../x', '/repos/a;b'),
  host: fc.constantFrom('api.example.com', 'other.example.org', ''),
  namesHost: fc.boolean(),
  isGuarded: fc.boolean(),
  upgrades: fc.boolean(),
})

describe('one decision', () => {
  it('is what is done and what is explained, whatever the policies and the call', () => {
    const skills = fc.constantFrom('triage', 'digest', undefined)
    const policies = fc.array(anyPolicy, { maxLength: 5 })
    const hours = fc.integer({ min: 0, max: 24 * 14 })
    fc.assert(
      fc.property(policies, anyCall, skills, hours, (given, of, skill, hour) => {
        const at = NOON + hour * 3_600_000
        const { allowed } = decided(given, { skill, mintedAt: at - 100_000 }, of, at)
        // Another policy never allows more, but for calls that make credentials.
        const more = decided([...given, policy({ readOnly: true })], { skill, mintedAt: at - 100_000 }, of, at)
        if (!allowed) expect(more.allowed).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('making a token', () => {
  const subject = { service: 'alpha', method: 'key', owner: 'usr_1', role: 'editor' as const }
  it.each([
    ['not longer than it may live', { longestTokenSeconds: 120 }, 'triage', 120, undefined],
    ['longer', { longestTokenSeconds: 120 }, 'triage', 121, 'longestTokenSeconds'],
    ['by a skill that is not allowed', { skills: ['digest'] }, 'triage', 60, 'skills'],
    ['without one', { requireManifest: true }, undefined, 60, 'requireManifest'],
    ['at any hour', { hours: { timeZone: 'UTC', times: [] }, paths: [], hosts: [] }, 'triage', 60, undefined],
  ] as [string, Limits, string | undefined, number, string | undefined][])(
    '%s',
    (_what, limits, skill, lifeSeconds, rule) => {
      expect(judge([policy(limits)], { ...subject, what: 'mint', skill, lifeSeconds }).refusal?.rule).toBe(rule)
    },
  )
})
