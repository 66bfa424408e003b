import type { Audit } from '../audit/audit.ts'
import { type Clock, SECOND } from '../clock.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import { type BrokerTokenRecord, createBrokerToken, listTokenFamily, lockBrokerTokens } from '../store/broker-tokens.ts'
import type { Store } from '../store/store.ts'
import { type Bounds, beyond, boundsOf } from './bounds.ts'
import { detailOf, type GrantedTo, type MintedBrokerToken } from './mint.ts'
import type { Redeem } from './redeem.ts'
import { callerOf, type Grant, grantsOf, seenToken } from './token.ts'

/** What a holder asks of a token of their own: less of it, to hand on. */
export interface Narrower extends Bounds {
  /** Ids, maybe with bounds of their own; all that the token is for, unless this says. */
  connections?: readonly (string | GrantedTo)[] | undefined
  uses?: number | undefined
  bytes?: number | undefined
  lifeSeconds?: number | undefined
  toolCall?: string | undefined
  step?: string | undefined
  proof?: string | undefined
}

/**
 * Makes a token out of another, by whoever holds that: never for more, never for longer. What the narrower one uses, the other has used. Ends
 * when the other is revoked.
 */
export type Narrow = (
  presented: Secret,
  input: Narrower,
  by: { proof: { header: string | undefined; method: string; url: string }; requestId: string; ip: string },
) => Promise<MintedBrokerToken>

/** Whoever holds a token makes no more than so many of it. */
const MOST_OF_A_FAMILY = 200
const DEEPEST = 8

export function createNarrow(deps: {
  store: Store
  clock: Clock
  audit: Pick<Audit, 'record'>
  redeem: Pick<Redeem, 'hold'>
}): Narrow {
  const { store, clock, audit, redeem } = deps
  return async (presented, input, { proof, requestId, ip }) => {
    const { record: parent } = await redeem.hold(presented, proof)
    const { workspace_id: workspaceId } = parent
    if (parent.depth >= DEEPEST) throw new Problem('token.too_many', { limit: DEEPEST })
    const grants = narrowed(grantsOf(parent), input)
    const id = newId('bt')
    const minted = mintToken('broker')
    const now = clock.now()
    if (parent.proof !== null && input.proof !== undefined && input.proof !== parent.proof) {
      throw new Problem('token.would_widen', { what: 'another key' })
    }
    const hasLimit = input.uses !== undefined || input.bytes !== undefined
    const record: BrokerTokenRecord = {
      ...parent,
      id,
      hint: minted.hint,
      parent_id: parent.id,
      depth: parent.depth + 1,
      tool_call: input.toolCall ?? parent.tool_call,
      step: input.step ?? parent.step,
      grants,
      // What limits the one above limits this one too.
      counted: hasLimit ? [...parent.counted, id] : parent.counted,
      max_uses: input.uses ?? null,
      uses: 0,
      max_bytes: input.bytes ?? null,
      bytes: 0,
      proof: parent.proof ?? input.proof ?? null,
      epoch: 1,
      created_at: now,
      expires_at: Math.min(
        parent.expires_at,
        input.lifeSeconds === undefined ? Number.POSITIVE_INFINITY : now + input.lifeSeconds * SECOND,
      ),
      revoked_at: null,
    }
    await store.within({ workspaceId }, async (db) => {
      // Whoever revokes one of a family locks its root too: they wait for this, and then find what was made.
      const locked = await lockBrokerTokens(db, workspaceId, [...new Set([parent.root_id, parent.id])])
      const above = locked.find(({ id }) => id === parent.id)
      if (!above || above.revoked_at !== null) throw new Problem('token.revoked')
      refuseMoreThanIsLeft(above, input)
      const family = await listTokenFamily(db, workspaceId, parent.root_id)
      if (family.length >= MOST_OF_A_FAMILY) throw new Problem('token.too_many', { limit: MOST_OF_A_FAMILY })
      await createBrokerToken(db, { ...record, tokenHash: minted.hash })
      await audit.record(db, {
        event: 'broker_token.narrowed',
        workspaceId,
        caller: callerOf(parent, { requestId, ip }),
        subject: id,
        detail: detailOf(record),
        use: { onBehalfOf: record.on_behalf_of },
      })
    })
    return { token: minted.token, seen: seenToken(record) }
  }
}

/** The bounds that hold stay, whatever is put beside them. */
function narrowed(grants: readonly Grant[], input: Narrower): Grant[] {
  const wanted = input.connections?.map((each) => (typeof each === 'string' ? { connection: each } : each))
  const stranger = wanted?.find((each) => !grants.some(({ connection }) => connection === each.connection))
  if (stranger) throw new Problem('token.would_widen', { what: `the connection ${stranger.connection.slice(0, 100)}` })
  return grants.flatMap((grant) => {
    const own = wanted?.filter(({ connection }) => connection === grant.connection)
    if (own?.length === 0) return []
    const more = [boundsOf(input), ...(own ?? []).map(boundsOf)].filter((bounds) => Object.keys(bounds).length > 0)
    for (const each of more) for (const bounds of grant.bounds) refuseWider(bounds, each)
    return [{ ...grant, bounds: [...grant.bounds, ...more] }]
  })
}

function refuseWider(bounds: Bounds, more: Bounds): void {
  const what = beyond(bounds, more)
  if (what !== undefined) throw new Problem('token.would_widen', { what })
}

function refuseMoreThanIsLeft(above: BrokerTokenRecord, { uses, bytes }: Narrower): void {
  if (uses !== undefined && above.max_uses !== null && uses > above.max_uses - above.uses) {
    throw new Problem('token.would_widen', { what: `${uses} uses` })
  }
  if (bytes !== undefined && above.max_bytes !== null && bytes > above.max_bytes - above.bytes) {
    throw new Problem('token.would_widen', { what: `${bytes} bytes` })
  }
}
