import { type Clock, HOUR, MINUTE, SECOND } from '../clock.ts'
import type { Oauth, Obtained } from '../oauth/oauth.ts'
import { type Prepared, partyOf } from './prepared.ts'

/**
 * Short-lived credentials that Cardea buys with stored ones. Kept in this process until they expire: they can be bought again at any
 * time, so that no disk ever holds them. One purchase at a time for each connection, whoever is waiting or gives up.
 */
export interface ObtainedTokens {
  get(key: ObtainedKey, prepared: Prepared): Promise<Bought>
  /** When the connection has changed; or after a refusal, if what is kept is still what was refused. */
  forget(connectionId: string, purchase?: number): void
}

export interface ObtainedKey {
  connectionId: string
  version: number
}

export type Bought = Pick<Obtained, 'secrets' | 'told'> & { expiresAt: number; purchase: number }

interface Kept {
  version: number
  bought: Promise<Bought>
  until: number
  purchase: number
}

const MOST = 10_000
const LEAD = 60 * SECOND
/** Of what nobody says how long it lives. */
const UNKNOWN_LIFE = 15 * MINUTE

export function createObtainedTokens({ oauth, clock }: { oauth: Pick<Oauth, 'obtain'>; clock: Clock }): ObtainedTokens {
  const kept = new Map<string, Kept>()

  let purchases = 0
  const buy = async (prepared: Prepared, purchase: number): Promise<Bought> => {
    const { secrets, life, told } = await oauth.obtain(partyOf(prepared))
    const now = clock.now()
    const expiresAt = typeof life === 'object' ? life.expiresAt : now + (life === 'never' ? HOUR : UNKNOWN_LIFE)
    return { secrets, told, expiresAt, purchase }
  }

  return {
    get: ({ connectionId, version }, prepared) => {
      const found = kept.get(connectionId)
      if (found && found.version === version && found.until > clock.now()) return found.bought
      const purchase = ++purchases
      const entry: Kept = { version, purchase, until: Number.POSITIVE_INFINITY, bought: buy(prepared, purchase) }
      kept.delete(connectionId)
      kept.set(connectionId, entry)
      if (kept.size > MOST) kept.delete(kept.keys().next().value!)
      entry.bought.then(
        ({ expiresAt }) => {
          const now = clock.now()
          entry.until = Math.max(now, expiresAt - Math.min(LEAD, (expiresAt - now) / 10))
        },
        () => {
          if (kept.get(connectionId) === entry) kept.delete(connectionId)
        },
      )
      return entry.bought
    },
    forget: (connectionId, purchase) => {
      // Many are refused at once with the same token: the first has bought another already.
      if (purchase !== undefined && kept.get(connectionId)?.purchase !== purchase) return
      kept.delete(connectionId)
    },
  }
}
