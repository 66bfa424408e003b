import type { Role } from '../actor.ts'
import type { Counts, Facts, Subject } from './facts.ts'
import { connections, inWords, listed, wordsFor } from './phrase.ts'
import type { Limits, Policy, Rule, Who } from './rules.ts'
import { compiledPolicy, type UseRule, useRules } from './use.ts'

/** What one limit of one policy says. The sentence names nobody: whoever is refused reads it. */
export interface Finding {
  policyId: string
  policy: string
  rule: Rule
  allowed: boolean
  sentence: string
}

export interface Judgement {
  allowed: boolean
  /** The first of what forbids it. */
  refusal: Finding | undefined
  /** What is forbidden although no policy says so: nobody has allowed it. */
  byDefault: { rule: Rule; sentence: string } | undefined
  /** Every limit that was looked at, what forbids first. */
  findings: Finding[]
}

type Look<R extends Rule> = (limit: NonNullable<Limits[R]>, facts: Facts, policy: Policy) => Verdict | undefined
type Verdict = [allowed: boolean, sentence: string]

/** In the order in which refusals are given, those on use behind. A rule that has nothing to say about these facts answers nothing. */
const rules: { [R in Exclude<Rule, UseRule>]-?: Look<R> } = {
  services: (allowed, { what, service }) => {
    if (what !== 'connect' && what !== 'replace' && what !== 'share') return undefined
    return [allowed.includes(service), `It allows ${listed(allowed, 'no service at all', 'only these services')}.`]
  },
  connect: (allowed, facts) => {
    if (facts.what !== 'connect' && facts.what !== 'replace') return undefined
    return [isAmong(allowed, facts), `It lets ${wordsFor(allowed)} connect.`]
  },
  share: (allowed, facts) => {
    const shares = facts.what === 'share' || (facts.what === 'connect' && facts.visibility === 'workspace')
    return shares ? [isAmong(allowed, facts), `It lets ${wordsFor(allowed)} share with the workspace.`] : undefined
  },
  scopes: (allowed, facts) => {
    if ((facts.what !== 'connect' && facts.what !== 'replace') || facts.scopes === null) return undefined
    const beyond = facts.scopes.filter((scope) => !allowed.includes(scope))
    const sentence = listed(beyond, 'It allows every scope that is asked for', 'It does not allow these scopes')
    return [beyond.length === 0, `${sentence}.`]
  },
  testFirst: (required, facts) => {
    if (!required) return undefined
    if (facts.what === 'first_use') return [facts.tested, 'It wants a test that succeeded before the first use.']
    if (facts.what !== 'connect' && facts.what !== 'replace') return undefined
    return [!facts.skipsTest, 'It does not let the test be skipped.']
  },
  mostPerMember: (most, facts, policy) => {
    const has = countsOf(facts, policy)?.member
    return has === undefined
      ? undefined
      : [
          has < most,
          `It allows each member ${connections(most)}, and there ${has < most ? `are ${has}` : 'are as many'}.`,
        ]
  },
  mostPerWorkspace: (most, facts, policy) => {
    const has = countsOf(facts, policy)?.workspace
    return has === undefined ? undefined : [has < most, `It allows the workspace ${connections(most)}.`]
  },
  reauthorizeAfterSeconds: (longest, facts) => {
    if (facts.what !== 'keep') return undefined
    return [facts.livedSeconds < longest, `It wants a connection authorized anew after ${inWords(longest)}.`]
  },
  pauseAfterIdleSeconds: (longest, facts) => {
    if (facts.what !== 'idle') return undefined
    return [facts.idleSeconds < longest, `It pauses a connection that was not used for ${inWords(longest)}.`]
  },
}

const ahead = Object.keys(rules) as (keyof typeof rules)[]
const order: Rule[] = [...ahead, ...useRules]

/**
 * The one decision about policies: pure, so that asking "what if" and doing it cannot differ. What one policy forbids no other
 * allows; without any, everything is allowed but calls that make or show credentials. Of several refusals the one named is
 * of the first rule, and of that the strictest.
 */
export function judge(policies: readonly Policy[], facts: Facts): Judgement {
  const found = policies
    .filter((policy) => binds(policy, facts))
    .flatMap((policy) => lookedAtBy(policy, facts))
    .sort((a, b) => Number(a.finding.allowed) - Number(b.finding.allowed) || rank(a) - rank(b) || a.size - b.size)
  const findings = found.map(({ finding }) => finding)
  const refusal = findings[0]?.allowed === false ? findings[0] : undefined
  const byDefault = refusal ? undefined : forbiddenByDefault(facts, findings)
  return { allowed: refusal === undefined && byDefault === undefined, refusal, byDefault, findings }
}

function forbiddenByDefault(facts: Facts, findings: readonly Finding[]): Judgement['byDefault'] {
  if (facts.what !== 'use' || !facts.isGuarded || findings.some(({ rule }) => rule === 'guardedPaths')) return undefined
  return {
    rule: 'guardedPaths',
    sentence: 'The call makes or shows credentials of the service, and no policy allows that.',
  }
}

/** Whether a policy has anything to say about somebody and a service. */
export function binds({ enabled, applies }: Policy, subject: Subject): boolean {
  if (!enabled) return false
  if (applies.services && !applies.services.includes(subject.service)) return false
  if (applies.methods && !applies.methods.includes(subject.method)) return false
  if (!applies.roles && !applies.members) return true
  if (means(applies, subject.owner, subject.role)) return true
  return subject.others?.some(({ id, role }) => means(applies, id, role)) ?? false
}

/** Whether a policy is about somebody, whatever the service. */
export function concerns(applies: Who, { owner, role }: Pick<Subject, 'owner' | 'role'>): boolean {
  return (!applies.roles && !applies.members) || means(applies, owner, role)
}

function means(applies: Who, id: string, role: Role | null): boolean {
  return (applies.roles && role === null) || isAmong(applies, { owner: id, role })
}

/** For which policies connections have to be counted before this can be judged. */
export function countedFor(policies: readonly Policy[], subject: Subject): Policy[] {
  return policies.filter(
    (policy) =>
      (policy.limits.mostPerMember !== undefined || policy.limits.mostPerWorkspace !== undefined) &&
      binds(policy, subject),
  )
}

function isAmong({ roles, members }: Who, { owner, role }: Pick<Subject, 'owner' | 'role'>): boolean {
  return (role !== null && (roles ?? []).includes(role)) || (members ?? []).includes(owner)
}

function countsOf(facts: Facts, { id }: Policy): Counts | undefined {
  if (facts.what !== 'connect') return undefined
  const counts = facts.counts.get(id)
  // Nothing counted must never pass for nothing there.
  if (!counts) throw new Error(`nothing was counted for the policy ${id}`)
  return counts
}

function lookedAtBy(policy: Policy, facts: Facts): Looked[] {
  if (facts.what !== 'use' && facts.what !== 'mint') {
    return ahead.flatMap((rule) => lookedAt(policy, rule, facts))
  }
  return compiledPolicy(policy).rules.flatMap(({ rule, allows, says }) => {
    const allowed = allows(facts)
    return allowed === undefined ? [] : [said(policy, rule, [allowed, says(facts)])]
  })
}

function lookedAt<R extends keyof typeof rules>(policy: Policy, rule: R, facts: Facts): Looked[] {
  const limit = policy.limits[rule]
  if (limit === undefined) return []
  const look = rules[rule] as Look<R>
  const verdict = look(limit as NonNullable<Limits[R]>, facts, policy)
  return verdict ? [said(policy, rule, verdict)] : []
}

interface Looked {
  finding: Finding
  size: number
}

function said(policy: Policy, rule: Rule, [allowed, sentence]: Verdict): Looked {
  const limit = policy.limits[rule]
  const finding = { policyId: policy.id, policy: policy.name, rule, allowed, sentence }
  return { finding, size: typeof limit === 'number' ? limit : 0 }
}

function rank({ finding }: { finding: Finding }): number {
  return order.indexOf(finding.rule)
}
