import type { Identify, Keys } from '../accounts/accounts.ts'
import type { Audit } from '../audit/audit.ts'
import { type Clock, HOUR, MINUTE } from '../clock.ts'
import type { Connections, Usable } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Budget, PassageFacts, Policies } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import type { Services } from '../services/services.ts'
import { deleteBrokerTokensExpiredBefore } from '../store/broker-tokens.ts'
import type { Signals } from '../store/signals.ts'
import type { Store } from '../store/store.ts'
import { createBudgets } from './budgets.ts'
import { createChoose, createScopeCheck } from './choose.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { createGoesOn } from './goes-on.ts'
import { createHold } from './hold.ts'
import { createMint, type Mint } from './mint.ts'
import { createNarrow, type Narrow } from './narrow.ts'
import type { Asks, Ending, Going, Held, Passage } from './passage.ts'
import { createProofs } from './proof.ts'
import { createRedeem } from './redeem.ts'
import { createTokens, type Tokens } from './revoke.ts'
import { createSkills, type Skills } from './skills.ts'
import { createCredentials } from './unavailable.ts'
import { createTokenUses } from './use.ts'
import { createWarmTokens } from './warm.ts'

export type { Bounds } from './bounds.ts'
export type { AskedExchange } from './exchange.ts'
export { hosts, type Manifest, manifest, methods, paths } from './manifest.ts'
export { LIFE, type MintedBrokerToken, type NewToken } from './mint.ts'
export type { Asks, Ending, Going, Held, Passage, RateLimit } from './passage.ts'
export type { NewSkill, SeenSkill, SeenVersion } from './skills.ts'
export type { SeenToken } from './token.ts'
export { scopeLink } from './unavailable.ts'

/**
 * Stand-ins: what software holds instead of a credential. Promises: a token is good for minutes, for the connections, hosts, methods, paths,
 * uses and bytes that it names, and for nothing that its minter could not use; pausing, stopping or revoking voids it on every server within a
 * second; a use that is limited is claimed, and recorded, before anything leaves. Refuses to guess which account is meant, and to make more
 * out of a token than it is.
 */
export interface Broker {
  /** On the warm path no SQL and no waiting. Throws what is wrong with the token, or with this call under it. */
  redeem(presented: Secret, asks: Asks): Promise<Passage>
  /** The credential for a passage. `rejected`: what the service has just refused; the same again where there is no other. `host`: one
   * that wants a token of its own. */
  credential(passage: Passage, how?: { rejected?: Usable; host?: string; signal?: AbortSignal }): Promise<Held>
  /** Whether a call may leave: token, skill and connection as they were. From memory. */
  stands(passage: Passage): boolean
  /** The same by the database, for where memory does not know. Throws what it is refused for. */
  confirm(passage: Passage): Promise<void>
  /** Whether a call under way may go on. Asks where something has changed; no longer than a moment. */
  goesOn(passage: Passage): boolean
  /**
   * The last step before sending. Holds the host that was found against the token, claims one of its limited uses, and records where the
   * call goes: all of it is durable when this resolves (with the audit trail in strict mode). Where it throws, nothing may be sent. Once more
   * for the same passage records once more, and claims nothing. In place of `connections.usedBy`, which it calls.
   */
  use(passage: Passage, going: Going): Promise<void>
  /** What came of it: recorded behind the call, its bytes counted. Once for each passage. Never throws, and nobody waits for it. */
  ended(passage: Passage, going: Going, ending: Ending): void
  /** What policies are asked by, before a call: who calls through what. From memory. */
  factsOf(passage: Passage): PassageFacts
  /** One call of each budget that policies name; throws where one is used up. What is left stands in the passage then. */
  spend(passage: Passage, budgets: readonly Budget[]): void
  /** The service wants no call through this connection before that instant: callers wait, or are refused with it. */
  limited(connectionId: string, until: number): void

  mint: Mint
  /** By whoever holds a token, with nothing else. */
  narrow: Narrow
  exchange: Exchange
  tokens: Pick<Tokens, 'list' | 'get' | 'revoke'>
  skills: Skills
  ownerGone: Tokens['ownerGone']
  /** Forgets tokens that have ended. Safe on every server at once. */
  prune(now?: number): Promise<number>
  close(): Promise<void>
}

/** What whoever carries out a call needs of it. */
export type Gate = Pick<Broker, 'redeem' | 'credential' | 'stands' | 'confirm' | 'goesOn' | 'use' | 'ended' | 'limited'>

export interface BrokerDeps {
  store: Store
  clock: Clock
  log: Logger
  audit: Pick<Audit, 'record' | 'answered'>
  services: Pick<Services, 'get' | 'permits' | 'definition'>
  connections: Pick<Connections, 'usable' | 'epochs' | 'usedBy'>
  keys: Pick<Keys, 'create'>
  identify: Identify
  policies: Pick<Policies, 'mayUse' | 'mayMint'>
  signals?: Pick<Signals, 'send' | 'subscribe'>
  publicUrl: () => string
  /** How long a decrypted credential may stay. */
  holdSeconds: number
  /** No token without a skill. */
  requireManifest: boolean
}

/** A service that wants to be left alone for longer is not waited for. */
const LONGEST_WAIT = MINUTE
const MOST_WAITING = 1000

export function createBroker(deps: BrokerDeps): Broker {
  const { store, clock, connections, signals, services, publicUrl } = deps
  const { epochs } = connections
  const changed = (id: string, epoch: number) => epochs.changed(id, epoch)
  const told = { ...deps, signals, changed }
  let waiting = 0
  const waitUntil = async (instant: number) => {
    const length = instant - clock.now()
    if (length > LONGEST_WAIT || waiting >= MOST_WAITING) return false
    waiting++
    await clock.sleep(Math.max(0, length)).finally(() => waiting--)
    return true
  }

  const budgets = createBudgets({ clock })
  const tokens = createWarmTokens({ store, clock, epochs })
  const proofs = createProofs({ clock })
  const redeem = createRedeem({ clock, tokens, proofs, budgets, waitUntil })
  const hold = createHold({ clock, epochs, usable: connections.usable, seconds: deps.holdSeconds })
  const credentials = createCredentials({ clock, signals, hold, redeem, publicUrl })
  const uses = createTokenUses({ ...deps, redeem })
  const choose = createChoose({ services, mayUse: deps.policies.mayUse, publicUrl })
  const mint = createMint({ ...deps, tokens, choose, checkScopes: createScopeCheck({ services, publicUrl }) })
  const narrow = createNarrow({ ...deps, redeem })
  const minted = createTokens(told)
  const isOver = (passage: Passage) => {
    const { record, isGone, skill, connections: known } = redeem.behind(passage).warm
    if (isGone || record.revoked_at !== null || skill?.isStopped) return true
    const { standing } = known.get(passage.connectionId) ?? {}
    // Whose account another credential is of is not known yet, and memory never current until it is: what was begun with the one before goes on.
    return standing !== 'stands' && standing !== 'unproven'
  }

  return {
    redeem: redeem.redeem,
    credential: credentials.credential,
    stands: (passage) => !isOver(passage) && tokens.isCurrent(redeem.behind(passage).warm, passage.connectionId),
    confirm: redeem.askAgain,
    goesOn: createGoesOn({ clock, tokens, redeem, isOver }),
    use: uses.use,
    ended: uses.ended,
    factsOf: (passage) => {
      const { warm } = redeem.behind(passage)
      const facts = warm.connections.get(passage.connectionId)?.facts
      if (!facts) throw new Problem('connection.not_found')
      return facts
    },
    spend: (passage, given) => {
      const rateLimit = budgets.spend(passage.workspaceId, given)
      if (rateLimit) passage.rateLimit = rateLimit
    },
    limited: budgets.limit,

    mint,
    narrow,
    exchange: createExchange({ ...deps, mint, narrow, proofs }),
    tokens: minted,
    skills: createSkills(told),
    ownerGone: minted.ownerGone,
    prune: (now = clock.now()) => store.sweep((db) => deleteBrokerTokensExpiredBefore(db, now - HOUR)),
    close: async () => {
      credentials.close()
      await uses.close()
      tokens.close()
      hold.close()
    },
  }
}
