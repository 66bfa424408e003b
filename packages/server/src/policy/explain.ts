import type { Caller, Role } from '../actor.ts'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Db, Store } from '../store/store.ts'
import { administers, standingOf, workspaceOf } from './bound.ts'
import type { Facts, Subject } from './facts.ts'
import { binds, concerns, type Judgement, judge } from './judge.ts'
import { useFacts } from './reach.ts'
import type { Policy } from './rules.ts'

/** A question about the caller or, from an administrator, about anybody. What is left out is taken to do no harm. */
export type Asked = AskedAhead | AskedUse

interface Whom {
  member?: string | undefined
  role?: Role | undefined
}

export interface AskedAhead extends Whom {
  what: Exclude<Facts['what'], 'use'>
  service: string
  method: string
  visibility?: 'private' | 'workspace' | undefined
  skipTest?: boolean | undefined
  scopes?: readonly string[] | undefined
  tested?: boolean | undefined
  livedSeconds?: number | undefined
  idleSeconds?: number | undefined
  skill?: string | undefined
  tokenSeconds?: number | undefined
}

/** By a connection, or by any there could be of a service and one of its methods. */
export interface AskedUse extends Whom {
  what: 'use'
  connection?: string | undefined
  service?: string | undefined
  method?: string | undefined
  skill?: string | undefined
  httpMethod: string
  path: string
  host?: string | undefined
  upgrade?: boolean | undefined
  /** How old the token is. */
  tokenSeconds?: number | undefined
  at?: number | undefined
}

/** Where a call would go, as those find it who send it: throws what they would. */
export type Aim = (
  caller: Caller,
  asked: Pick<AskedUse, 'connection' | 'service' | 'method' | 'httpMethod' | 'path' | 'host'>,
) => Promise<Aimed>

export interface Aimed {
  connectionId: string
  service: string
  method: string
  /** Of the connection, where one is asked about. */
  owner: string | undefined
  host: string
  isGuarded: boolean
}

export interface Explanation extends Judgement {
  /** Of those that the caller may know of, what says nothing about this, and why. */
  silent: { policyId: string; policy: string; sentence: string }[]
}

export interface ExplainDeps {
  store: Store
  clock: Clock
  aim: Aim
  policiesOf(db: Db, workspaceId: string): Promise<Policy[]>
  roleOf(db: Db, workspaceId: string, owner: string): Promise<Role | null>
  /** What somebody would do ahead of any use. */
  factsOf(db: Db, workspaceId: string, policies: readonly Policy[], subject: Subject, asked: AskedAhead): Promise<Facts>
}

export function createExplain({ store, clock, aim, policiesOf, roleOf, factsOf }: ExplainDeps) {
  return async (caller: Caller, asked: Asked): Promise<Explanation> => {
    const workspaceId = workspaceOf(caller)
    const self = standingOf(caller)
    const asksAboutOthers = (asked.member ?? self.owner) !== self.owner || asked.role !== undefined
    if (asksAboutOthers && !administers(caller)) throw new Problem('auth.forbidden', { permission: 'policy:manage' })
    const aimed = asked.what === 'use' ? await aim(caller, asked) : undefined
    return store.within({ workspaceId }, async (db) => {
      const { member: owner = asksAboutOthers ? '' : self.owner } = asked
      const role = asked.role ?? (owner === self.owner ? self.role : await roleOf(db, workspaceId, owner))
      const policies = await policiesOf(db, workspaceId)
      const facts =
        asked.what === 'use'
          ? await usingFacts(db, workspaceId, { id: owner, role }, asked, aimed!)
          : await factsOf(
              db,
              workspaceId,
              policies,
              { service: asked.service, method: asked.method, owner, role },
              asked,
            )
      const judgement = judge(policies, facts)
      const known = administers(caller) ? policies : policies.filter(({ applies }) => concerns(applies, self))
      return { ...judgement, silent: silentOf(known, facts, judgement) }
    })
  }

  async function usingFacts(
    db: Db,
    workspaceId: string,
    member: { id: string; role: Role | null },
    { skill, httpMethod, path, host, upgrade = false, tokenSeconds = 0, at = clock.now() }: AskedUse,
    aimed: Aimed,
  ): Promise<Facts> {
    const { connectionId, service, method, owner = member.id } = aimed
    const ownerRole = owner === member.id ? member.role : await roleOf(db, workspaceId, owner)
    const passage = {
      workspaceId,
      connectionId,
      service,
      method,
      owner: { id: owner, role: ownerRole },
      member,
      minter: member,
      skill,
      mintedAt: at - tokenSeconds * SECOND,
    }
    const { isGuarded } = aimed
    const call = {
      method: httpMethod,
      path,
      host: aimed.host,
      namesHost: host !== undefined,
      isGuarded,
      upgrades: upgrade,
    }
    return useFacts(passage, call, at)
  }
}

function silentOf(policies: readonly Policy[], facts: Facts, { findings }: Judgement): Explanation['silent'] {
  const speaking = new Set(findings.map(({ policyId }) => policyId))
  return policies
    .filter(({ id }) => !speaking.has(id))
    .map((policy) => ({ policyId: policy.id, policy: policy.name, sentence: whySilent(policy, facts) }))
}

function whySilent(policy: Policy, facts: Facts): string {
  const { services, methods } = policy.applies
  if (services && !services.includes(facts.service)) return 'It does not apply: it is about other services.'
  if (methods && !methods.includes(facts.method)) return 'It does not apply: it is about other methods of this service.'
  if (!binds(policy, facts)) return 'It does not apply: it is about other people.'
  return 'It limits nothing of this.'
}
