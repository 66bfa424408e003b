import type { Caller } from '../actor.ts'
import type { Usable } from '../connections/connections.ts'
import type { Scrubber } from '../scrub/scrub.ts'

/** What a broker token is held against: the call as the caller made it, before anything of ours is in it. */
export interface Asks {
  connectionId: string
  method: string
  /** As written, without the query. */
  path: string
  /** Another host of the service than that of its base address. */
  host?: string
  /** That the caller holds the key of the token (RFC 9449): the header, and the address it was made for. */
  proof?: { header: string; url: string }
  /** Of the body, where the caller announced it. */
  bytes?: number
  /** `wait`: rather wait until somebody re-authorises than be refused. */
  onUnavailable?: 'wait'
  /** The action that is carried out, where it is one. */
  action?: string
  /** For the audit trail. */
  requestId?: string
  ip?: string
}

/** Who uses a connection, by which token, and on whose behalf. */
export interface Passage {
  tokenId: string
  workspaceId: string
  connectionId: string
  /** By its name. */
  skill?: string
  toolCall?: string
  run?: string
  step?: string
  onBehalfOf: string
  caller: Caller
  /** Before this call. */
  usesLeft?: number
  /** Of a token that is good for so many bytes: counts them as they pass, and answers whether they may. */
  takes?: (bytes: number) => boolean
  onUnavailable?: 'wait'
  /** What is left of the budget that ends first, for the headers of the same name. */
  rateLimit?: RateLimit
}

export interface RateLimit {
  limit: number
  remaining: number
  /** Until the budget is whole again, or until there is one call more. */
  resetSeconds: number
  /** In how long so many calls may be made. */
  perSeconds: number
}

/** A credential that is in somebody's hands: what is searched for in answers is kept until it is released. */
export interface Held {
  usable: Usable
  scrubber: Scrubber
  release(): void
}

/** Where a call is about to go, when nothing is left but to send it. */
export interface Going {
  /** Of the credential that is placed in it. */
  version: number
  /** As the target room found it. */
  host: string
  method: string
  path: string
  /** Of the body, where its length is known. */
  bytes?: number
}

export interface Ending {
  /** None: the service never answered. */
  status?: number
  bytesIn?: number
  bytesOut?: number
  durationMs?: number
}
