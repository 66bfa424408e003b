import type { Caller } from '../actor.ts'
import type { Asks, Passage } from './passage.ts'
import { callerOf, type Grant } from './token.ts'
import type { Warm } from './warm.ts'

/** What this room knows behind a passage. */
export interface Behind {
  warm: Warm
  grant: Grant
  provider: string
  action: string | undefined
  /** Bytes that were counted while they passed. */
  counted: number
  /** Bytes that were claimed beforehand, with a use; undefined: nothing was claimed yet. */
  claimed: number | undefined
}

/**
 * A passage with what is behind it, out of everybody else's reach. A WeakMap with an entry for each call would keep what dead calls name
 * until the collector looks at everything.
 */
export class Given implements Passage {
  readonly tokenId: string
  readonly workspaceId: string
  readonly connectionId: string
  readonly onBehalfOf: string
  readonly caller: Caller
  declare skill?: string
  declare toolCall?: string
  declare run?: string
  declare step?: string
  declare usesLeft?: number
  declare takes?: (bytes: number) => boolean
  declare onUnavailable?: 'wait'
  readonly #behind: Behind

  constructor(behind: Behind, asks: Asks) {
    const { record } = behind.warm
    this.#behind = behind
    this.tokenId = record.id
    this.workspaceId = record.workspace_id
    this.connectionId = asks.connectionId
    this.onBehalfOf = record.on_behalf_of
    this.caller = callerOf(record, asks)
  }

  static behind(passage: Passage): Behind {
    if (!(#behind in passage)) throw new Error('a passage that was not given here')
    return passage.#behind
  }
}

export function passageOf(behind: Behind, asks: Asks, waits: boolean): Passage {
  const { warm } = behind
  const { record, skill } = warm
  const passage = new Given(behind, asks)
  if (skill) passage.skill = skill.name
  if (record.tool_call !== null) passage.toolCall = record.tool_call
  if (record.run !== null) passage.run = record.run
  if (record.step !== null) passage.step = record.step
  if (record.max_uses !== null) passage.usesLeft = Math.max(0, record.max_uses - warm.uses)
  if (waits) passage.onUnavailable = 'wait'
  return passage
}
