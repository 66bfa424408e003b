import { type Clock, HOUR } from '../clock.ts'
import type { Logger } from '../log.ts'
import { listEnabledPolicies } from '../store/policies.ts'
import { listPolicyChanges, newestPolicyChange } from '../store/policy-changes.ts'
import type { PolicyChangeRow } from '../store/schema.ts'
import type { Signals } from '../store/signals.ts'
import type { Db, Store } from '../store/store.ts'
import { type ChangeSource, createWatch } from '../store/watch.ts'
import { asPolicy } from './bound.ts'
import type { Policy } from './rules.ts'

/**
 * The policies of a workspace that are switched on, held in memory for decisions that are made at every call. A change is obeyed at once
 * by the server that makes it, and by every other within a second; a server that cannot see changes reads them from the database each
 * time, and what cannot be read refuses.
 */
export interface InForce {
  of(db: Db, workspaceId: string): Promise<readonly Policy[]>
  /** The same for whoever is in no transaction. */
  outside(workspaceId: string): Promise<readonly Policy[]>
  /** Without waiting, where memory knows. */
  warm(workspaceId: string): readonly Policy[] | undefined
  /** After the commit, and after a failed one too: it may have come through. */
  changed(workspaceId: string): void
  close(): Promise<void>
}

const MOST_WORKSPACES = 5000
const LONGEST = HOUR

export interface InForceDeps {
  store: Store
  clock: Clock
  log: Logger
  /** Tells the other servers sooner than they would look. */
  signals?: Pick<Signals, 'subscribe'> | undefined
  source?: ChangeSource<PolicyChangeRow>
}

export async function createInForce({ store, clock, log, signals, source }: InForceDeps): Promise<InForce> {
  const held = new Map<string, { policies: readonly Policy[]; at: number }>()
  let changes = 0
  const changed = (workspaceId: string) => {
    held.delete(workspaceId)
    changes++
  }
  // One server and its own memory: nobody else can have changed anything.
  const isAlone = store.dialect === 'sqlite' && source === undefined
  const watch = isAlone
    ? undefined
    : await createWatch({
        clock,
        log,
        signals,
        source: source ?? sourceIn(store),
        channel: 'cardea_policies',
        of: 'policies',
        note: ({ workspace_id }) => changed(workspace_id),
      })

  const of = async (db: Db, workspaceId: string) => {
    const found = warm(workspaceId)
    if (found) return found
    const before = changes
    const policies = (await listEnabledPolicies(db, workspaceId)).map(asPolicy)
    // What changed while they were read may not be in them.
    if (changes === before) hold(workspaceId, policies)
    return policies
  }

  function warm(workspaceId: string): readonly Policy[] | undefined {
    const found = held.get(workspaceId)
    if (!found || watch?.isTrusted() === false || clock.monotonic() - found.at > LONGEST) return undefined
    return found.policies
  }

  function hold(workspaceId: string, policies: readonly Policy[]): void {
    held.delete(workspaceId)
    held.set(workspaceId, { policies, at: clock.monotonic() })
    if (held.size > MOST_WORKSPACES) held.delete(held.keys().next().value!)
  }

  return {
    of,
    warm,
    outside: async (workspaceId) =>
      warm(workspaceId) ?? (await store.within({ workspaceId }, (db) => of(db, workspaceId))),
    changed,
    close: async () => watch?.close(),
  }
}

function sourceIn(store: Store): ChangeSource<PolicyChangeRow> {
  return {
    newest: () => store.sweep(newestPolicyChange),
    since: (change) => store.sweep((db) => listPolicyChanges(db, change)),
  }
}
