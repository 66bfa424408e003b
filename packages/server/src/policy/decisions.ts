import type { Caller, Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { countConnections } from '../store/connection-counts.ts'
import { findMember } from '../store/members.ts'
import { listEnabledPolicies } from '../store/policies.ts'
import type { Db, Store } from '../store/store.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { administers, asPolicy, standingOf, workspaceOf } from './bound.ts'
import { type Counts, countedFor, type Facts, type Judgement, judge, type Subject } from './judge.ts'
import type { Policy } from './rules.ts'

/** Decisions as the rooms that act on them need them: each throws the refusal, with the name of its policy. */
export interface Decisions {
  /**
   * With `db`, in the transaction that writes the connection: where a number is limited, nobody else connects until it has ended.
   * Without, so that somebody who may not need not be asked for anything further.
   */
  mayConnect(caller: Caller, facts: Connecting, db?: Db): Promise<void>
  /** Before a credential is handed out that no test has accepted. */
  mayUse(db: Db, connection: Using): Promise<void>
  explain(caller: Caller, asked: Asked): Promise<Judgement>
}

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

/** A question about the caller or, from an administrator, about anybody. What is left out is taken to do no harm. */
export interface Asked {
  what: Facts['what']
  service: string
  method: string
  visibility?: 'private' | 'workspace' | undefined
  skipTest?: boolean | undefined
  scopes?: readonly string[] | undefined
  tested?: boolean | undefined
  livedSeconds?: number | undefined
  idleSeconds?: number | undefined
  member?: string | undefined
  role?: Role | undefined
}

export function createDecisions({ store, clock }: { store: Store; clock: Clock }): Decisions {
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
      const policies = (await policiesOf(db, workspaceId)).filter(({ limits }) => limits.testFirst)
      if (policies.length === 0) return
      const role = await roleOf(db, workspaceId, owner)
      refuse(judge(policies, { what: 'first_use', service: provider, method, owner, role, tested }))
    },

    explain: async (caller, asked) => {
      const workspaceId = workspaceOf(caller)
      const self = standingOf(caller)
      const asksAboutOthers = (asked.member ?? self.owner) !== self.owner || asked.role !== undefined
      if (asksAboutOthers && !administers(caller)) throw new Problem('auth.forbidden', { permission: 'policy:manage' })
      return store.within({ workspaceId }, async (db) => {
        const { member: owner = asksAboutOthers ? '' : self.owner } = asked
        const role = asked.role ?? (owner === self.owner ? self.role : await roleOf(db, workspaceId, owner))
        const subject: Subject = { service: asked.service, method: asked.method, owner, role }
        const policies = await policiesOf(db, workspaceId)
        return judge(policies, await askedFacts(db, workspaceId, policies, subject, asked))
      })
    },
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
    { what, visibility = 'private', skipTest = false, scopes, tested, livedSeconds, idleSeconds }: Asked,
  ): Promise<Facts> {
    switch (what) {
      case 'share':
        return { ...subject, what }
      case 'keep':
        return { ...subject, what, livedSeconds: livedSeconds ?? 0 }
      case 'idle':
        return { ...subject, what, idleSeconds: idleSeconds ?? 0 }
      case 'first_use':
        return { ...subject, what, tested: tested ?? true }
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

function refuse({ refusal }: Judgement): void {
  if (!refusal) return
  const { policy, policyId, rule, sentence } = refusal
  throw new Problem('policy.refused', { policy, policyId, rule, why: sentence.replace(/\.$/, '') })
}
