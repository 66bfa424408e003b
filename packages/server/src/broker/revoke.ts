import { actorId, type Caller } from '../actor.ts'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { workspaceOf } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import { decide } from '../policy/policy.ts'
import {
  type BrokerTokenRecord,
  findBrokerToken,
  listBrokerTokens,
  listTokenFamily,
  listTokensOf,
  lockBrokerTokens,
  revokeBrokerTokens,
} from '../store/broker-tokens.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Signals } from '../store/signals.ts'
import type { Db, Store } from '../store/store.ts'
import { type SeenToken, seenToken } from './token.ts'

/** The tokens that are out, for whoever minted them and for administrators; and their end before their time. */
export interface Tokens {
  list(caller: Caller, page: PageRequest): Promise<Page<SeenToken>>
  get(caller: Caller, id: string): Promise<SeenToken>
  /** With all that were narrowed from it. */
  revoke(caller: Caller, id: string): Promise<void>
  /** In the transaction that removes a member or revokes a key: nothing that they gave out outlives them. */
  ownerGone(db: Db, workspaceId: string, ownerId: string): Promise<void>
}

export function createTokens(deps: {
  store: Store
  clock: Clock
  audit: Pick<Audit, 'record'>
  signals: Pick<Signals, 'send'> | undefined
  changed(id: string, epoch: number): void
}): Tokens {
  const { store, clock, audit, signals, changed } = deps

  async function end(db: Db, tokens: readonly BrokerTokenRecord[]): Promise<void> {
    const live = tokens.filter(({ revoked_at }) => revoked_at === null)
    if (live.length === 0) return
    await revokeBrokerTokens(db, live, clock.now())
    await signals?.send(db, 'cardea_epochs', live[0]!.id)
    // Before the commit: at worst a cache reads anew what has not changed after all.
    for (const { id, epoch } of live) changed(id, epoch + 1)
  }

  return {
    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      const of = administers(caller) ? undefined : actorId(caller.actor)
      const found = await store.within({ workspaceId }, (db) =>
        listBrokerTokens(db, workspaceId, { now: clock.now(), of }, page),
      )
      return { ...found, items: found.items.map(seenToken) }
    },

    get: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      return seenToken(own(caller, await store.within({ workspaceId }, (db) => findBrokerToken(db, workspaceId, id))))
    },

    revoke: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const ended = await store.within({ workspaceId }, async (db) => {
        const token = own(caller, await findBrokerToken(db, workspaceId, id))
        const all = withDescendants(await family(db, workspaceId, [token.root_id]), id)
        await end(db, all)
        if (token.revoked_at === null) {
          const detail = { tokens: all.length }
          await audit.record(db, { event: 'broker_token.revoked', workspaceId, caller, subject: id, detail })
        }
        return all
      })
      for (const { id, epoch } of ended) changed(id, epoch + 1)
    },

    ownerGone: async (db, workspaceId, ownerId) => {
      const roots = (await listTokensOf(db, workspaceId, ownerId, clock.now())).map(({ root_id }) => root_id)
      if (roots.length > 0) await end(db, await family(db, workspaceId, [...new Set(roots)]))
    },
  }

  /** Nobody narrows one of them before this transaction ends. */
  async function family(db: Db, workspaceId: string, roots: readonly string[]): Promise<BrokerTokenRecord[]> {
    await lockBrokerTokens(db, workspaceId, roots)
    const all: BrokerTokenRecord[] = []
    for (const root of roots) all.push(...(await listTokenFamily(db, workspaceId, root)))
    return all
  }
}

function withDescendants(family: readonly BrokerTokenRecord[], id: string): BrokerTokenRecord[] {
  const ids = new Set([id])
  // Ordered by depth: whoever stands above has been looked at before.
  for (const { id: each, parent_id } of family) if (parent_id !== null && ids.has(parent_id)) ids.add(each)
  return family.filter((token) => ids.has(token.id))
}

function own(caller: Caller, token: BrokerTokenRecord | undefined): BrokerTokenRecord {
  const self = actorId(caller.actor)
  const isTheirs = token && (token.minter_id === self || token.on_behalf_of === self || administers(caller))
  if (!isTheirs) throw new Problem('token.not_found')
  return token
}

function administers({ actor }: Caller): boolean {
  return decide(actor, 'skill:manage') === 'allowed'
}
