import type { Caller, Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { countConnections } from '../store/connection-counts.ts'
import { findMember } from '../store/members.ts'
import { listEnabledPolicies } from '../store/policies.ts'
import type { Db, Store } from '../store/store.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { asPolicy, standingOf } from './bound.ts'
import { type Aim, type Asked, type AskedAhead, createExplain, type Explanation } from './explain.ts'
import type { Counts, Facts, Subject } from './facts.ts'
import type { InForce } from './in-force.ts'
import { binds, countedFor, judge } from './judge.ts'
import { type Allowed, mayReach, type PassageFacts, refuse } from './reach.ts'
import type { Policy } from './rules.ts'
import type { Call } from './use.ts'

/** Decisions as the rooms that act on them need them: each throws the refusal, with the name of its policy. */
export interface Decisions {
  /**
   * With `db`, in the transaction that writes the connection: where a number is limited, nobody else connects until it has ended.
   * Without, so that somebody who may not need not be asked for anything further.
   */
  mayConnect(caller: Caller, facts: Connecting, db?: Db): Promise<void>
  /** Before a credential is handed out that no test has accepted. From memory: a change is obeyed within a second. */
  mayUse(db: Db, connection: Using): Promise<void>
  /**
   * Whether a call may be made, and which budgets it has to keep. Throws the refusal. From memory, and without waiting where it is warm: a
   * change is obeyed within a second. Outside of any transaction.
   */
  mayReach(passage: PassageFacts, call: Call): Allowed | Promise<Allowed>
  /** Whether a token may be made for such calls, and how long it may live at most. Outside of any transaction. */
  mayMint(passage: Minting, lifeSeconds?: number): Promise<{ longestSeconds: number | undefined }>
  explain(caller: Caller, asked: Asked): Promise<Explanation>
}

export type Minting = Omit<PassageFacts, 'mintedAt'>

export interface Connecting {
  workspaceId: string
  does: 'connect' | 'replace' | 'share'
  provider: string
  method: string
  visibility: 'private' | 'workspace'
  skipsTest: boolean
  /** What is asked for or was granted, where the method knows scopes. */
  scopes?: readonly string[] | null | undefined
}

export interface Using {
  workspaceId: string
  provider: string
  method: string
  owner: string
  tested: boolean
}

export function createDecisions({
  store,
  clock,
  inForce,
  aim,
}: {
  store: Store
  clock: Clock
  inForce: Pick<InForce, 'of' | 'outside' | 'warm'>
  aim: Aim
}): Decisions {
  return {
    mayConnect: async (caller, facts, db) => {
      const { workspaceId, does, provider, method } = facts
      // Taking back what was shared is nobody's to forbid.
      if (does === 'share' && facts.visibility === 'private') return
      const subject = { service: provider, method, ...standingOf(caller) }
      const decideIn = async (inside: Db) => {
        const read = await policiesOf(inside, workspaceId)
        const isCounted = does === 'connect' && countedFor(read, subject).length > 0
        if (isCounted && db) await lockWorkspace(inside, workspaceId)
        // Read anew: what was read before the lock may have been changed by who held it.
        const policies = isCounted && db ? await policiesOf(inside, workspaceId) : read
        refuse(judge(policies, await connectingFacts(inside, policies, subject, facts)))
      }
      await (db ? decideIn(db) : store.within({ workspaceId }, decideIn))
    },

    mayUse: async (db, { workspaceId, provider, method, owner, tested }) => {
      if (tested) return
      const subject = { service: provider, method, owner, role: null }
      const policies = (await inForce.of(db, workspaceId)).filter(
        (policy) => policy.limits.testFirst && binds(policy, subject),
      )
      if (policies.length === 0) return
      const asksForRole = policies.some(({ applies }) => applies.roles)
      const role = asksForRole ? await roleOf(db, workspaceId, owner) : null
      refuse(judge(policies, { ...subject, what: 'first_use', role, tested }))
    },

    mayReach: (passage, call) => {
      const at = clock.now()
      const policies = inForce.warm(passage.workspaceId)
      if (policies) return mayReach(policies, passage, call, at)
      return inForce.outside(passage.workspaceId).then((read) => mayReach(read, passage, call, at))
    },

    mayMint: async (passage, lifeSeconds = 0) => {
      const { service, method, owner, member, minter, skill } = passage
      const policies = await inForce.outside(passage.workspaceId)
      const subject = { service, method, owner: owner.id, role: owner.role, others: [member, minter] }
      refuse(judge(policies, { ...subject, what: 'mint', skill, lifeSeconds }))
      const lengths = policies
        .filter((policy) => binds(policy, subject))
        .flatMap(({ limits }) => limits.longestTokenSeconds ?? [])
      return { longestSeconds: lengths.length === 0 ? undefined : Math.min(...lengths) }
    },

    explain: createExplain({ store, clock, aim, policiesOf, roleOf, factsOf: askedFacts }),
  }

  async function connectingFacts(
    db: Db,
    policies: readonly Policy[],
    subject: Subject,
    { workspaceId, does, visibility, skipsTest, scopes = null }: Connecting,
  ): Promise<Facts> {
    if (does === 'share') return { ...subject, what: 'share' }
    const counts = does === 'connect' ? await countFor(db, workspaceId, policies, subject) : new Map()
    return { ...subject, what: does, visibility, skipsTest, scopes, counts }
  }

  async function askedFacts(
    db: Db,
    workspaceId: string,
    policies: readonly Policy[],
    subject: Subject,
    asked: AskedAhead,
  ): Promise<Facts> {
    const { what, visibility = 'private', skipTest = false, scopes, tested, livedSeconds, idleSeconds } = asked
    switch (what) {
      case 'share':
        return { ...subject, what }
      case 'keep':
        return { ...subject, what, livedSeconds: livedSeconds ?? 0 }
      case 'idle':
        return { ...subject, what, idleSeconds: idleSeconds ?? 0 }
      case 'first_use':
        return { ...subject, what, tested: tested ?? true }
      case 'mint':
        return { ...subject, what, skill: asked.skill, lifeSeconds: asked.tokenSeconds ?? 0 }
      default: {
        const { method, service } = subject
        const facts = { workspaceId, does: what, provider: service, method, visibility, skipsTest: skipTest, scopes }
        return connectingFacts(db, policies, subject, facts)
      }
    }
  }

  async function countFor(
    db: Db,
    workspaceId: string,
    policies: readonly Policy[],
    subject: Subject,
  ): Promise<Map<string, Counts>> {
    const counts = new Map<string, Counts>()
    const now = clock.now()
    for (const { id, applies, limits } of countedFor(policies, subject)) {
      const count = async (most: number | undefined, ownerId?: string) =>
        most ? countConnections(db, workspaceId, { ...applies, ownerId }, { most, now }) : 0
      counts.set(id, {
        member: await count(limits.mostPerMember, subject.owner),
        workspace: await count(limits.mostPerWorkspace),
      })
    }
    return counts
  }
}

async function policiesOf(db: Db, workspaceId: string): Promise<Policy[]> {
  return (await listEnabledPolicies(db, workspaceId)).map(asPolicy)
}

/** Of keys, of people from elsewhere and of those who have left it is not known here: every role's policies bind them. */
async function roleOf(db: Db, workspaceId: string, owner: string): Promise<Role | null> {
  return (await findMember(db, workspaceId, owner))?.role ?? null
}
