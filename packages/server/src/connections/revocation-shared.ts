import type { Revoke } from '@cardea/catalog'
import type { Sharer } from '../store/revocations.ts'
import type { RevocationRow } from '../store/schema.ts'

type Account = Pick<RevocationRow, 'provider' | 'account_id' | 'account_label' | 'account_team'>

/**
 * Whether a connection by the same client would die with a grant. Where nobody can tell whose account it is, it is taken for the same one:
 * a grant that stays can still be ended by hand, and a connection that died cannot be brought back.
 */
export function wouldDie(
  ended: Account,
  other: Omit<Sharer, 'id' | 'workspace_id'>,
  ends: NonNullable<Revoke['ends']>,
) {
  if (ends === 'installation' && ended.provider === other.provider) {
    const [team, theirs] = [ended.account_team, other.account_team]
    if (team !== null && theirs !== null && team === theirs) return true
  }
  return isSameAccount(ended, other)
}

function isSameAccount(one: Account, other: Account): boolean {
  if (one.account_id === null || other.account_id === null) return true
  if (one.provider === other.provider) return one.account_id === other.account_id
  // Two services that share a client call the same person by different ids: only addresses can be compared.
  const [mine, theirs] = [addressOf(one), addressOf(other)]
  return mine === undefined || theirs === undefined || mine === theirs
}

function addressOf({ account_id, account_label }: Account): string | undefined {
  return [account_id, account_label].find((text) => text !== null && /^[^\s@]+@[^\s@]+$/.test(text))?.toLowerCase()
}
