import type { Role } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { UseFacts } from './facts.ts'
import { binds, type Judgement, judge } from './judge.ts'
import type { Policy } from './rules.ts'
import { askedPath, type Call, type CompiledBudget, type CompiledPolicy, compiledPolicy } from './use.ts'

/** Who calls through what, by which token. Everybody whose call it is counts: a policy about any of them binds. */
export interface PassageFacts {
  workspaceId: string
  connectionId: string
  /** Of the connection: the service and the name of its method. */
  service: string
  method: string
  owner: Person
  /**
   * On whose behalf the call is made. What a policy limits for anybody else is not loosened by it, so a minter's word is enough; but budgets
   * of members are counted by it, so that a person's word about somebody else must not stand here.
   */
  member: Person
  /** Who had the token made. */
  minter: Person
  /** By its name. Who has one has declared what it needs. */
  skill?: string | undefined
  mintedAt: number
}

/** A role that nobody knows is bound by every role's policies. */
export interface Person {
  id: string
  role: Role | null
}

export interface Allowed {
  /** All have to be kept. Counting is for who spends them. */
  budgets: readonly Budget[]
}

export interface Budget {
  /** Of what is counted together. */
  key: string
  limit: number
  perSeconds: number
  /** For the refusal of whoever counts. */
  policyId: string
  policy: string
}

const NO_BUDGETS: Allowed = { budgets: [] }

/**
 * Whether a call may be made: throws the refusal, or answers with the budgets it has to keep. Asks the limits of each policy as `judge`
 * does, and in any doubt asks `judge` itself, which can say why: what is explained cannot differ from what is done.
 */
export function mayReach(policies: readonly Policy[], passage: PassageFacts, call: Call, at: number): Allowed {
  const limiting = limitingUse(policies)
  if (limiting.length === 0 && !call.isGuarded) return NO_BUDGETS
  const facts = useFacts(passage, call, at)
  let isSpokenFor = !call.isGuarded
  let budgets: Budget[] | undefined
  for (const { policy, rules, budgets: limits } of limiting) {
    if (!binds(policy, facts)) continue
    for (const { rule, allows } of rules) {
      const allowed = allows(facts)
      if (allowed === false) return refused(policies, facts)
      if (allowed && rule === 'guardedPaths') isSpokenFor = true
    }
    for (const limit of limits) {
      budgets ??= []
      budgets.push(budgetOf(limit, policy, passage))
    }
  }
  if (!isSpokenFor) return refused(policies, facts)
  return budgets ? { budgets } : NO_BUDGETS
}

export function useFacts(passage: PassageFacts, call: Call, at: number): UseFacts {
  const { service, method, owner, member, minter } = passage
  return {
    what: 'use',
    service,
    method,
    owner: owner.id,
    role: owner.role,
    others: [member, minter],
    skill: passage.skill,
    mintedAt: passage.mintedAt,
    at,
    httpMethod: call.method,
    written: call.path,
    path: askedPath(call),
    host: call.host,
    isGuarded: call.isGuarded,
    upgrades: call.upgrades === true,
  }
}

/** Throws what a judgement forbids. */
export function refuse({ refusal, byDefault }: Judgement, call?: Pick<Call, 'method' | 'path'>): void {
  if (refusal) {
    const { policy, policyId, rule, sentence } = refusal
    throw new Problem('policy.refused', { policy, policyId, rule, why: sentence.replace(/\.$/, '') })
  }
  if (byDefault) {
    const { method = '', path = '' } = call ?? {}
    throw new Problem('proxy.path_guarded', { method, path: path.slice(0, 300) })
  }
}

function refused(policies: readonly Policy[], facts: UseFacts): never {
  refuse(judge(policies, facts), { method: facts.httpMethod, path: facts.written })
  throw new Error('a call was refused without a reason')
}

function budgetOf({ key, per, calls, perSeconds }: CompiledBudget, policy: Policy, passage: PassageFacts): Budget {
  const { connectionId, skill = '', member } = passage
  const of = per === 'connection' ? connectionId : per === 'skill' ? skill : member.id
  return { key: `${key} ${of}`, limit: calls, perSeconds, policyId: policy.id, policy: policy.name }
}

/** By the list that memory holds: another version is another list. */
const limiting = new WeakMap<readonly Policy[], readonly CompiledPolicy[]>()

function limitingUse(policies: readonly Policy[]): readonly CompiledPolicy[] {
  let known = limiting.get(policies)
  if (!known) {
    known = policies.map(compiledPolicy).filter(({ rules }) => rules.length > 0)
    limiting.set(policies, known)
  }
  return known
}
