import { missingScopes, type Obtained, refreshWords } from '../../oauth/oauth.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import type { Examined } from '../examine.ts'
import type { FlowNote, FlowResult } from './flow-result.ts'
import type { Standing } from './parties.ts'

/** What a consent has brought, as its row tells it: whose it is, what was granted, and what is less than was hoped for. */
export function factsOf(
  flow: Pick<OauthFlowRow, 'scopes'>,
  of: Standing,
  obtained: Obtained,
  { account, outcome }: Examined,
): FlowResult {
  const asked = JSON.parse(flow.scopes) as string[]
  const knows = of.method.scopes !== undefined || asked.length > 0 || obtained.scopes !== undefined
  const missing = missingScopes(of.method, asked, obtained.scopes)
  const notes: FlowNote[] = [
    ...(lacksRefreshToken(of, obtained) ? ['no_refresh_token' as const] : []),
    ...(missing.length > 0 ? ['fewer_scopes' as const] : []),
    ...(outcome.is === 'trouble' ? ['not_tested' as const] : []),
  ]
  return {
    account: account ? { id: account.id, label: account.label, team: account.team ?? null } : null,
    ...(knows ? { granted: obtained.scopes ?? asked } : {}),
    missing,
    notes,
  }
}

/** It goes on with the refresh token that was there before. */
export function renewedAsBefore(result: FlowResult): FlowResult {
  return { ...result, notes: (result.notes ?? []).filter((note) => note !== 'no_refresh_token') }
}

/** It ends with its token, although the service can renew. */
function lacksRefreshToken({ described }: Standing, { secrets, life }: Obtained): boolean {
  const words = refreshWords(described.obtain)
  return words !== false && words.presents === undefined && !secrets.refreshToken && typeof life === 'object'
}
