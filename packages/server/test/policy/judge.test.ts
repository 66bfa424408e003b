import { describe, expect, it } from 'vitest'
import type { Limits, Policy } from '../../src/policy/policy.ts'
import { type Facts, judge } from '../../src/policy/policy.ts'

let numbers = 0
function policy(limits: Limits, more: Partial<Policy> = {}): Policy {
  const id = `pol_${++numbers}`
  return { id, name: id, enabled: true, applies: {}, limits, ...more }
}

const editor = { service: 'alpha', method: 'key', owner: 'usr_1', role: 'editor' as const }
type Connect = Extract<Facts, { what: 'connect' | 'replace' }>
function connects(more: Partial<Connect> = {}): Facts {
  return {
    what: 'connect',
    ...editor,
    visibility: 'private',
    skipsTest: false,
    scopes: null,
    counts: new Map(),
    ...more,
  }
}
const counted = (of: Policy, member: number, workspace: number, more: Partial<Connect> = {}) =>
  connects({ counts: new Map([[of.id, { member, workspace }]]), ...more })
const shares: Facts = { what: 'share', ...editor }
const uses = (tested: boolean): Facts => ({ what: 'first_use', ...editor, tested })
const keeps = (livedSeconds: number): Facts => ({ what: 'keep', ...editor, livedSeconds })
const idles = (idleSeconds: number): Facts => ({ what: 'idle', ...editor, idleSeconds })

/** One policy, what is done, and the rule that refuses it, or none. */
const table: [what: string, limits: Limits, facts: Facts, refusedBy: keyof Limits | undefined][] = [
  ['a service that is allowed', { services: ['alpha'] }, connects(), undefined],
  ['a service that is not', { services: ['beta'] }, connects(), 'services'],
  ['any service where none is', { services: [] }, connects(), 'services'],
  ['a service that is no word of the list but part of one', { services: ['alphabet'] }, connects(), 'services'],
  [
    'another credential for a service that is not allowed',
    { services: ['beta'] },
    connects({ what: 'replace' }),
    'services',
  ],
  ['sharing a service that is not allowed', { services: ['beta'] }, shares, 'services'],
  ['using a service that may not be connected any more', { services: ['beta'] }, uses(true), undefined],
  ['connecting by role', { connect: { roles: ['editor'] } }, connects(), undefined],
  ['connecting without the role', { connect: { roles: ['admin'] } }, connects(), 'connect'],
  ['connecting by name', { connect: { members: ['usr_1'] } }, connects(), undefined],
  ['connecting without being named', { connect: { members: ['usr_2'] } }, connects(), 'connect'],
  ['connecting by name, not by role', { connect: { roles: ['admin'], members: ['usr_1'] } }, connects(), undefined],
  ['connecting where nobody may', { connect: {} }, connects(), 'connect'],
  ['another credential where nobody may connect', { connect: {} }, connects({ what: 'replace' }), 'connect'],
  ['sharing where nobody may connect', { connect: {} }, shares, undefined],
  ['sharing by role', { share: { roles: ['editor'] } }, shares, undefined],
  ['sharing where nobody may', { share: {} }, shares, 'share'],
  ['connecting for oneself where nobody may share', { share: {} }, connects(), undefined],
  ['connecting for all where nobody may share', { share: {} }, connects({ visibility: 'workspace' }), 'share'],
  [
    'another credential of a shared one',
    { share: {} },
    connects({ what: 'replace', visibility: 'workspace' }),
    undefined,
  ],
  ['fewer scopes than allowed', { scopes: ['read', 'write'] }, connects({ scopes: ['read'] }), undefined],
  ['more scopes than allowed', { scopes: ['read'] }, connects({ scopes: ['read', 'write'] }), 'scopes'],
  ['a scope in other letters', { scopes: ['read'] }, connects({ scopes: ['Read'] }), 'scopes'],
  ['no scope at all', { scopes: [] }, connects({ scopes: [] }), undefined],
  ['a method without scopes', { scopes: [] }, connects({ scopes: null }), undefined],
  ['leaving out the test', { testFirst: true }, connects({ skipsTest: true }), 'testFirst'],
  ['testing', { testFirst: true }, connects(), undefined],
  [
    'leaving out the test of another credential',
    { testFirst: true },
    connects({ what: 'replace', skipsTest: true }),
    'testFirst',
  ],
  ['the first use after a test', { testFirst: true }, uses(true), undefined],
  ['the first use without one', { testFirst: true }, uses(false), 'testFirst'],
  ['the first use where no test is wanted', { testFirst: false }, uses(false), undefined],
  ['a life that is not over', { reauthorizeAfterSeconds: 86_400 }, keeps(86_399), undefined],
  ['a life that is', { reauthorizeAfterSeconds: 86_400 }, keeps(86_400), 'reauthorizeAfterSeconds'],
  ['a life, where idleness is limited', { pauseAfterIdleSeconds: 3600 }, keeps(1e9), undefined],
  ['a short rest', { pauseAfterIdleSeconds: 3600 }, idles(3599), undefined],
  ['a long one', { pauseAfterIdleSeconds: 3600 }, idles(3600), 'pauseAfterIdleSeconds'],
  ['a rest, where life is limited', { reauthorizeAfterSeconds: 3600 }, idles(1e9), undefined],
]

describe('a policy by itself', () => {
  it.each(table)('%s', (_what, limits, facts, refusedBy) => {
    const one = policy(limits)
    const { allowed, refusal } = judge([one], facts)
    expect(allowed).toBe(refusedBy === undefined)
    expect(refusal?.rule).toBe(refusedBy)
    if (refusal) expect(refusal).toMatchObject({ policyId: one.id, policy: one.name, allowed: false })
  })

  it.each([
    ['mostPerMember', 2, 1, 99, true],
    ['mostPerMember', 2, 2, 2, false],
    ['mostPerMember', 2, 3, 3, false],
    ['mostPerMember', 0, 0, 0, false],
    ['mostPerWorkspace', 2, 0, 1, true],
    ['mostPerWorkspace', 2, 0, 2, false],
    ['mostPerWorkspace', 0, 0, 0, false],
  ] as const)('%s %d with %d of the member and %d in all: allowed is %s', (rule, most, member, workspace, allowed) => {
    const one = policy({ [rule]: most })
    expect(judge([one], counted(one, member, workspace)).allowed).toBe(allowed)
    // What is there already may be mended.
    expect(judge([one], connects({ what: 'replace' })).allowed).toBe(true)
  })

  it('is never judged by counts that nobody has made', () => {
    expect(() => judge([policy({ mostPerMember: 5 })], connects())).toThrow('nothing was counted')
  })
})

describe('what a policy applies to', () => {
  const refuses = (applies: Policy['applies'], facts = connects()) =>
    !judge([policy({ connect: {} }, { applies })], facts).allowed

  it.each([
    ['everything', {}, true],
    ['the service', { services: ['alpha'] }, true],
    ['another service', { services: ['beta'] }, false],
    ['the method', { methods: ['key'] }, true],
    ['another method', { methods: ['oauth'] }, false],
    ['the service by another method', { services: ['alpha'], methods: ['oauth'] }, false],
    ['the role', { roles: ['editor'] }, true],
    ['another role', { roles: ['viewer', 'admin'] }, false],
    ['the member', { members: ['usr_1'] }, true],
    ['another member', { members: ['usr_2'] }, false],
    ['another role, but the member', { roles: ['admin'], members: ['usr_1'] }, true],
    ['the role, but another member', { roles: ['editor'], members: ['usr_2'] }, true],
    ['the member, but another service', { services: ['beta'], members: ['usr_1'] }, false],
  ] as const)('%s', (_what, applies, binds) => {
    expect(refuses(structuredClone(applies) as Policy['applies'])).toBe(binds)
  })

  it('is nothing while it is not enabled', () => {
    expect(judge([policy({ connect: {} }, { enabled: false })], connects())).toEqual({
      allowed: true,
      refusal: undefined,
      findings: [],
    })
  })

  it('is the strict reading where nobody knows a role any more', () => {
    expect(refuses({ roles: ['viewer'] }, connects({ role: null }))).toBe(true)
    expect(judge([policy({ connect: { roles: ['editor'] } })], connects({ role: null })).allowed).toBe(false)
  })

  it('is no trap for names that objects have by themselves', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(refuses({ services: [name] })).toBe(false)
      expect(refuses({}, connects({ service: name }))).toBe(true)
    }
  })
})

describe('several policies', () => {
  it('allow everything where there are none', () => {
    for (const facts of [
      connects({ skipsTest: true, visibility: 'workspace' }),
      shares,
      uses(false),
      keeps(1e12),
      idles(1e12),
    ]) {
      expect(judge([], facts)).toEqual({ allowed: true, refusal: undefined, findings: [] })
    }
  })

  it('are obeyed together: what one forbids no other allows', () => {
    const allows = policy({ services: ['alpha'], connect: { members: ['usr_1'] } })
    const forbids = policy({ connect: { roles: ['admin'] } })
    for (const both of [
      [allows, forbids],
      [forbids, allows],
    ]) {
      expect(judge(both, connects()).refusal?.policyId).toBe(forbids.id)
    }
  })

  it('leave of two lists what stands in both', () => {
    const both = [policy({ services: ['alpha', 'beta'] }), policy({ services: ['beta', 'gamma'] })]
    const allowed = ['alpha', 'beta', 'gamma'].filter((service) => judge(both, connects({ service })).allowed)
    expect(allowed).toEqual(['beta'])
  })

  it('name the strictest of those that limit the same', () => {
    const [loose, strict, middle] = [10_000, 3600, 7200].map((reauthorizeAfterSeconds) =>
      policy({ reauthorizeAfterSeconds }),
    )
    const all = [loose!, strict!, middle!]
    expect(judge(all, keeps(5000)).refusal?.policyId).toBe(strict!.id)
    expect(judge(all, keeps(20_000)).refusal?.policyId).toBe(strict!.id)
    const few = policy({ mostPerMember: 1 })
    const more = policy({ mostPerMember: 3 })
    const counts = new Map([few, more].map(({ id }) => [id, { member: 3, workspace: 3 }]))
    expect(judge([more, few], connects({ counts })).refusal?.policyId).toBe(few.id)
  })

  it('refuse in one order, whichever way they are given', () => {
    const byWho = policy({ connect: {} })
    const byService = policy({ services: ['beta'] })
    const byTest = policy({ testFirst: true })
    const facts = connects({ skipsTest: true })
    for (const order of [
      [byWho, byService, byTest],
      [byTest, byWho, byService],
      [byService, byTest, byWho],
    ]) {
      const { refusal, findings } = judge(order, facts)
      expect(refusal?.policyId).toBe(byService.id)
      expect(findings.map(({ rule }) => rule)).toEqual(['services', 'connect', 'testFirst'])
    }
  })

  it('say of what allows as well as of what forbids why, what forbids first', () => {
    const { findings } = judge(
      [policy({ services: ['alpha'] }, { name: 'list' }), policy({ connect: { roles: ['admin'] } }, { name: 'who' })],
      connects(),
    )
    expect(findings.map(({ policy, allowed, sentence }) => [policy, allowed, sentence])).toEqual([
      ['who', false, 'It lets only admins connect.'],
      ['list', true, 'It allows only these services: alpha.'],
    ])
  })

  it('are judged quickly where there are 500', () => {
    const many = Array.from({ length: 500 }, (_, n) =>
      policy({
        services: ['alpha', ...Array.from({ length: 50 }, (_, m) => `service_${n}_${m}`)],
        connect: { roles: ['admin', 'editor'] },
        testFirst: true,
      }),
    )
    const last = policy({ share: { members: ['usr_2'] } })
    const facts = connects({ visibility: 'workspace' })
    const began = performance.now()
    for (let n = 0; n < 20; n++) expect(judge([...many, last], facts).refusal?.policyId).toBe(last.id)
    expect((performance.now() - began) / 20).toBeLessThan(50)
    expect(judge(many, facts)).toMatchObject({ allowed: true, findings: { length: 1500 } })
  })

  it('are told apart by names in any script', () => {
    for (const name of ['Без CRM', '仅限 GitHub', 'קריאה בלבד', '👩🏽‍💻 only', 'Zoë’s rule', '"{sentence}"']) {
      expect(judge([policy({ connect: {} }, { name })], connects()).refusal?.policy).toBe(name)
    }
  })
})

describe('the sentence of a refusal', () => {
  const said = (limits: Limits, facts: Facts) => judge([policy(limits)], facts).findings[0]?.sentence

  it('names no member', () => {
    const sentence = said({ connect: { roles: ['admin'], members: ['usr_secret'] } }, connects())
    expect(sentence).toBe('It lets only admins and the members it names connect.')
  })

  it('is short however long the list', () => {
    const services = Array.from({ length: 200 }, (_, n) => `service_${n}`)
    expect(said({ services }, connects())).toMatch(/service_9 and 190 more\.$/)
    expect(said({ services: [] }, connects())).toBe('It allows no service at all.')
    expect(said({ connect: {} }, connects())).toBe('It lets nobody connect.')
  })

  it('says lengths and numbers as people do', () => {
    expect(said({ reauthorizeAfterSeconds: 86_400 }, keeps(1e6))).toContain('after 1 day.')
    expect(said({ reauthorizeAfterSeconds: 2_592_000 }, keeps(1e7))).toContain('after 30 days.')
    expect(said({ pauseAfterIdleSeconds: 5400 }, idles(1e6))).toContain('for 90 minutes.')
    const one = policy({ mostPerMember: 1, mostPerWorkspace: 5 })
    const sentences = judge([one], counted(one, 0, 4)).findings.map(({ sentence }) => sentence)
    // How many others have is not everybody's business.
    expect(sentences).toEqual([
      'It allows each member 1 connection, and there are 0.',
      'It allows the workspace 5 connections.',
    ])
  })
})
