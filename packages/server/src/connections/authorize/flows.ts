import { MINUTE } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import { claimFlow, endFlow, type FlowChange, settleFlow } from '../../store/oauth-flows.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import type { House } from '../house.ts'
import { type FlowResult, overBy, resultOf, toldOf } from './flow-result.ts'
import { type Kept, readKept, writtenKept } from './sealed.ts'

/** Rows of flows, with what is sealed in them. */
export interface Flows {
  seal(row: Pick<OauthFlowRow, 'workspace_id' | 'id'>, kept: Kept): Promise<Uint8Array>
  open(row: OauthFlowRow): Promise<Kept>
  /** Throws where it is over, or was used before. */
  claim(row: OauthFlowRow, from: 'open' | 'asking'): Promise<OauthFlowRow>
  /** Of one that was claimed: somebody is asked before it goes on. */
  ask(row: OauthFlowRow, kept: Kept, result: FlowResult): Promise<OauthFlowRow>
  /** Of one that was claimed. */
  fail(row: OauthFlowRow, problem: Problem): Promise<OauthFlowRow>
  /** Of one that has not even left. */
  end(row: OauthFlowRow, problem: Problem): Promise<OauthFlowRow>
}

/** For whoever is asked. */
const TO_ANSWER = 10 * MINUTE

export function createFlows({ store, clock, vault }: House): Flows {
  const purposeOf = ({ id }: Pick<OauthFlowRow, 'id'>) => ['oauth flow', id]
  const within = <T>(row: Pick<OauthFlowRow, 'workspace_id'>, work: Parameters<typeof store.within<T>>[1]) =>
    store.within({ workspaceId: row.workspace_id }, work)

  async function settled(row: OauthFlowRow, change: FlowChange): Promise<OauthFlowRow> {
    if (!(await within(row, (db) => settleFlow(db, row, change)))) throw new Problem('flow.cancelled')
    return { ...row, ...change }
  }

  const flows: Flows = {
    seal: (row, kept) => {
      const bytes = writtenKept(kept)
      return vault.seal(row.workspace_id, purposeOf(row), bytes).finally(() => bytes.fill(0))
    },
    open: async (row) => {
      if (!row.sealed) throw new Problem('flow.expired')
      return readKept(await vault.open(row.workspace_id, purposeOf(row), row.sealed))
    },
    claim: async (row, from) => {
      const now = clock.now()
      const over = overBy(row, now)
      if (over) throw new Problem(over)
      if (row.state !== from) throw new Problem(from === 'open' ? 'flow.used' : 'flow.not_waiting')
      const claimed = await within(row, (db) => claimFlow(db, row, { from, now }))
      if (!claimed) throw new Problem(from === 'open' ? 'flow.used' : 'flow.not_waiting')
      return claimed
    },
    ask: async (row, kept, result) =>
      settled(row, {
        state: 'asking',
        sealed: await flows.seal(row, kept),
        result: JSON.stringify(result),
        expires_at: Math.max(row.expires_at, clock.now() + TO_ANSWER),
      }),
    fail: (row, problem) =>
      settled(row, {
        state: 'failed',
        sealed: null,
        result: JSON.stringify({ ...resultOf(row), problem: toldOf(problem) }),
        finished_at: clock.now(),
      }),
    end: async (row, problem) => {
      const change = { result: JSON.stringify({ problem: toldOf(problem) }), finished_at: clock.now() }
      await within(row, (db) => endFlow(db, row, change))
      return { ...row, ...change, state: 'failed', sealed: null }
    },
  }
  return flows
}
