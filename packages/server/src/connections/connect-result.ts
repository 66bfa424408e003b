import type { Created } from './begin.ts'
import type { Reason } from './reasons.ts'

/** What came of a form, to be told on the page in words. Public: it lies in the database as it is. */
export interface ConnectResult {
  provider: string
  name: string
  account: string | null
  test: 'passed' | 'unverified' | 'restricted' | 'impossible'
  reason: Reason | null
  /** Another connection of the same account; its name only where that belongs to the same person. */
  duplicate: { name: string | null } | null
}

export function resultOf({ row, outcome, duplicateOf }: Created, forMember: boolean): ConnectResult {
  const tests = { accepted: 'passed', weak: 'unverified', restricted: 'restricted' } as const
  const is = outcome?.is
  return {
    provider: row.provider,
    name: row.name,
    account: row.account_label,
    test: is === 'accepted' || is === 'weak' || is === 'restricted' ? tests[is] : 'impossible',
    reason: is === 'trouble' ? (outcome?.trouble ?? 'no_answer') : null,
    duplicate: duplicateOf ? { name: forMember ? duplicateOf.name : null } : null,
  }
}
