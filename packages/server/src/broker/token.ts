import type { Actor, Caller } from '../actor.ts'
import type { BrokerTokenRecord } from '../store/broker-tokens.ts'
import type { Bounds } from './bounds.ts'

/** A connection that a token is for, as it stood when the token was made, and everything that holds for it. */
export interface Grant {
  connection: string
  tenure: number
  /** Whose account it was at the service; null where nobody knew. */
  account: string | null
  bounds: readonly Bounds[]
}

/** What is shown of a token: to whoever minted it, and to administrators. Never the token. */
export interface SeenToken {
  id: string
  hint: string
  narrowedFrom: string | null
  skill: string | null
  toolCall: string | null
  run: string | null
  step: string | null
  onBehalfOf: string
  mintedBy: { kind: string; id: string }
  connections: { id: string; bounds: Bounds[] }[]
  uses: { most: number | null; taken: number }
  bytes: { most: number | null; taken: number }
  /** Whether only the holder of a key may use it. */
  bound: boolean
  onUnavailable: 'fail' | 'wait'
  createdAt: number
  expiresAt: number
}

export function grantsOf({ grants }: Pick<BrokerTokenRecord, 'grants'>): readonly Grant[] {
  return grants as readonly Grant[]
}

export function seenToken(row: BrokerTokenRecord): SeenToken {
  return {
    id: row.id,
    hint: row.hint,
    narrowedFrom: row.parent_id,
    skill: row.skill_id,
    toolCall: row.tool_call,
    run: row.run,
    step: row.step,
    onBehalfOf: row.on_behalf_of,
    mintedBy: { kind: row.minter_kind, id: row.minter_id },
    connections: grantsOf(row).map(({ connection, bounds }) => ({ id: connection, bounds: [...bounds] })),
    uses: { most: row.max_uses, taken: row.uses },
    bytes: { most: row.max_bytes, taken: row.bytes },
    bound: row.proof !== null,
    onUnavailable: row.on_unavailable,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

/** Whoever minted a token is who uses it, for the audit trail. What else they may do plays no part: the token says what it is for. */
export function callerOf(
  row: Pick<BrokerTokenRecord, 'workspace_id' | 'minter_kind' | 'minter_id'>,
  { requestId = '', ip = '' }: { requestId?: string | undefined; ip?: string | undefined },
): Caller {
  return { actor: actorOf(row), requestId, ip }
}

function actorOf({
  workspace_id: workspaceId,
  minter_kind: kind,
  minter_id: id,
}: Pick<BrokerTokenRecord, 'workspace_id' | 'minter_kind' | 'minter_id'>): Actor {
  switch (kind) {
    case 'key':
      return { kind, keyId: id, workspaceId, role: 'viewer', permissions: [] }
    case 'outsider':
      return { kind, userId: id, issuer: '', workspaceId, role: 'viewer' }
    case 'operator':
      return { kind, workspaceId }
    default:
      return { kind, userId: id, loginId: '', operator: false, workspaceId, role: 'viewer' }
  }
}
