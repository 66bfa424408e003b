import { actorId, type Caller } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Page, PageRequest } from '../store/page.ts'
import {
  changePolicy,
  countPolicies,
  createPolicy,
  deletePolicy,
  getPolicy,
  listEnabledPolicies,
  listPolicies,
  listTimedPolicies,
  type PolicyRecord,
} from '../store/policies.ts'
import { notePolicyChange } from '../store/policy-changes.ts'
import type { Signals } from '../store/signals.ts'
import type { Db, Store } from '../store/store.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { administers, asPolicy, workspaceOf } from './bound.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import { type Due, dueForPausing, dueForReauthorizing, type Standing, type Timed } from './due.ts'
import type { Aim, Asked, Explanation } from './explain.ts'
import { createInForce, type InForce } from './in-force.ts'
import { concerns } from './judge.ts'
import { type Applies, checkedPolicy, type Limits, type PolicyInput, type Who } from './rules.ts'

/**
 * A workspace's policies. Promises: a decision about connecting reads them in its own transaction, so that a change is obeyed at once on
 * every server; one about use asks memory, which obeys within a second; a member sees those that bind them, and no other member's id.
 * Refuses by name.
 */
export interface Policies extends Pick<Decisions, 'mayConnect' | 'mayUse' | 'mayReach' | 'mayMint'> {
  list(caller: Caller, page: PageRequest): Promise<Page<SeenPolicy>>
  get(caller: Caller, id: string): Promise<SeenPolicy>
  create(caller: Caller, input: NewPolicy): Promise<SeenPolicy>
  change(caller: Caller, id: string, change: Partial<PolicyInput>): Promise<SeenPolicy>
  remove(caller: Caller, id: string): Promise<void>
  /** What would be decided, and by which rules, without doing it. */
  explain(caller: Caller, asked: Asked): Promise<Explanation>
  /** Across workspaces, what limits a time: for sweeps. */
  timed(): Promise<Map<string, SeenPolicy[]>>
  /** Whether a limit of time ends a connection as it stands now, and which; in the transaction that writes it down. */
  timeUp(db: Db, workspaceId: string, rule: Timed, connection: Standing): Promise<Due | undefined>
  /** What decisions at every call are made by: from memory, so that a call that is warm asks no database. Outside of any transaction. */
  inForce: InForce['outside']
  close(): Promise<void>
}

export interface NewPolicy {
  name: string
  enabled?: boolean | undefined
  applies?: Applies | undefined
  limits: Limits
}

export type SeenPolicy = PolicyInput & {
  id: string
  /** `own`: without the ids of others. */
  sight: 'full' | 'own'
  createdBy: string | null
  createdAt: number
  updatedAt: number
}

export interface PoliciesDeps {
  store: Store
  clock: Clock
  log: Logger
  audit: { record: AuditRecorder }
  /** For explaining what a call would meet. */
  aim: Aim
  /** Tells the other servers sooner than they would look. */
  signals?: Pick<Signals, 'send' | 'subscribe'>
}

type AuditRecorder = (
  db: Db,
  entry: {
    event: `policy.${'created' | 'changed' | 'deleted'}`
    workspaceId: string
    caller: Caller
    subject: string
    detail: Record<string, unknown>
  },
) => Promise<void>

export const MOST_POLICIES = 500

export async function createPolicies({ store, clock, log, audit, aim, signals }: PoliciesDeps): Promise<Policies> {
  const inForce = await createInForce({ store, clock, log, signals })
  const decisions = createDecisions({ store, clock, inForce, aim })

  /** One change at a time, and none between a decision that counts and what was decided. Every server's memory lets go. */
  async function changing<T>(workspaceId: string, work: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await store.within({ workspaceId }, async (db) => {
        await lockWorkspace(db, workspaceId)
        await notePolicyChange(db, workspaceId)
        await signals?.send(db, 'cardea_policies', workspaceId)
        return work(db)
      })
    } finally {
      inForce.changed(workspaceId)
    }
  }

  return {
    ...decisions,

    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      const { items, ...rest } = await store.within({ workspaceId }, (db) => listPolicies(db, workspaceId, page))
      return { ...rest, items: items.flatMap((record) => seenBy(caller, record) ?? []) }
    },

    get: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const seen = seenBy(caller, await store.within({ workspaceId }, (db) => getPolicy(db, workspaceId, id)))
      if (!seen) throw new Problem('policy.not_found')
      return seen
    },

    create: async (caller, { name, enabled = true, applies = {}, limits }) => {
      const workspaceId = workspaceOf(caller)
      const input = checkedPolicy({ name, enabled, applies, limits })
      const now = clock.now()
      const record: PolicyRecord = {
        id: newId('pol'),
        workspace_id: workspaceId,
        ...input,
        timed: isTimed(input),
        created_by: actorId(caller.actor),
        created_at: now,
        updated_at: now,
      }
      return changing(workspaceId, async (db) => {
        if ((await countPolicies(db, workspaceId)) >= MOST_POLICIES) {
          throw new Problem('policy.too_many', { limit: MOST_POLICIES })
        }
        await createPolicy(db, record)
        const detail = { new: input }
        await audit.record(db, { event: 'policy.created', workspaceId, caller, subject: record.id, detail })
        return whole(record)
      })
    },

    change: async (caller, id, change) => {
      const workspaceId = workspaceOf(caller)
      return changing(workspaceId, async (db) => {
        const before = await getPolicy(db, workspaceId, id)
        const old = inputOf(before)
        const input = checkedPolicy({ ...old, ...change })
        if (JSON.stringify(input) === JSON.stringify(old)) return whole(before)
        const after = await changePolicy(db, workspaceId, id, {
          ...input,
          timed: isTimed(input),
          updated_at: clock.now(),
        })
        const detail = { old, new: input }
        await audit.record(db, { event: 'policy.changed', workspaceId, caller, subject: id, detail })
        return whole(after)
      })
    },

    remove: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      await changing(workspaceId, async (db) => {
        const old = inputOf(await getPolicy(db, workspaceId, id))
        await deletePolicy(db, workspaceId, id)
        await audit.record(db, { event: 'policy.deleted', workspaceId, caller, subject: id, detail: { old } })
      })
    },

    timed: async () => {
      const records = await store.sweep((db) => listTimedPolicies(db))
      const byWorkspace = Map.groupBy(records, ({ workspace_id }) => workspace_id)
      return new Map([...byWorkspace].map(([workspaceId, timed]) => [workspaceId, timed.map(whole)]))
    },

    timeUp: async (db, workspaceId, rule, connection) => {
      const policies = (await listEnabledPolicies(db, workspaceId)).map(asPolicy)
      const due = rule === 'reauthorizeAfterSeconds' ? dueForReauthorizing : dueForPausing
      return due(policies, [connection], clock.now())[0]
    },

    inForce: inForce.outside,
    close: inForce.close,
  }
}

function inputOf(record: PolicyRecord): PolicyInput {
  const { id: _, ...input } = asPolicy(record)
  return input
}

function isTimed({ limits }: PolicyInput): boolean {
  return limits.reauthorizeAfterSeconds !== undefined || limits.pauseAfterIdleSeconds !== undefined
}

function whole(record: PolicyRecord): SeenPolicy {
  return {
    ...asPolicy(record),
    sight: 'full',
    createdBy: record.created_by,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  }
}

/** Whoever sets policies sees them all. Others see what binds them, and of its members only themselves. */
function seenBy(caller: Caller, record: PolicyRecord): SeenPolicy | undefined {
  const policy = whole(record)
  if (administers(caller)) return policy
  const owner = actorId(caller.actor)
  const role = 'role' in caller.actor ? (caller.actor.role ?? null) : null
  if (!policy.enabled || !concerns(policy.applies, { owner, role })) return undefined
  const { connect, share } = policy.limits
  return {
    ...policy,
    sight: 'own',
    createdBy: null,
    applies: onlySelf(policy.applies, owner),
    limits: {
      ...policy.limits,
      ...(connect ? { connect: onlySelf(connect, owner) } : {}),
      ...(share ? { share: onlySelf(share, owner) } : {}),
    },
  }
}

function onlySelf<T extends Who>(named: T, owner: string): T {
  return named.members ? { ...named, members: named.members.filter((id) => id === owner) } : named
}
