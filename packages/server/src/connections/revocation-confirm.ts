import { type Method, optionalNames } from '@cardea/catalog'
import { checkCall, judgeCheck } from '../answers/answers.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Oauth, Party } from '../oauth/oauth.ts'
import type { Checks } from './check.ts'
import { ofFailure } from './outcome.ts'
import type { Prepared } from './prepared.ts'

/** What the service does with a token after it was asked to end it; asked once, and unsaid where nobody can be asked. */
export type Afterwards = 'refused' | 'accepted' | 'unsaid'

export type Confirm = (of: {
  prepared: Prepared
  party: Party
  /** Where its server says of a token whether it lives. */
  introspection: string | undefined
  accessExpiresAt: number | null
}) => Promise<Afterwards>

export function createConfirm({
  oauth,
  checks,
  clock,
}: {
  oauth: Pick<Oauth, 'revoke'>
  checks: Pick<Checks, 'ask'>
  clock: Clock
}): Confirm {
  async function byIntrospection(party: Party, url: string): Promise<Afterwards> {
    // RFC 7662: a call of the same kind, whose good answer is that the token is not active.
    const ok = { path: 'active', is: false } as const
    // Some look for a refresh token only where it is called one, and say of a living one that they know it not.
    const token_type_hint = party.secrets.refreshToken ? 'refresh_token' : 'access_token'
    const params = { token: '{liveToken}', token_type_hint }
    const obtain = { ...party.method.obtain, revoke: { url, params, ok } } as Method['obtain']
    const { outcome } = await oauth.revoke({ ...party, method: { ...party.method, obtain } })
    return outcome === 'ended' ? 'refused' : 'unsaid'
  }

  async function byCheck({ service, method, open, ...rest }: Prepared): Promise<Afterwards> {
    const check = checkCall(service, method, open, optionalNames(service, method))
    if (!('call' in check)) return 'unsaid'
    const answer = await checks.ask({ service, method, open, ...rest }, rest.secrets, check.call)
    const { accepted, weak } = judgeCheck(service, method, answer, clock.now())
    if (accepted === false) return 'refused'
    return accepted === true && !weak ? 'accepted' : 'unsaid'
  }

  return async ({ prepared, party, introspection, accessExpiresAt }) => {
    try {
      if (introspection !== undefined) {
        const said = await byIntrospection(party, introspection)
        if (said !== 'unsaid') return said
      }
      // One that had expired would be refused in any case.
      const isOver = accessExpiresAt !== null && accessExpiresAt <= clock.now()
      return party.secrets.accessToken && !isOver ? await byCheck(prepared) : 'unsaid'
    } catch (error) {
      // It was asked, and that is all that can be said of it.
      if (error instanceof Problem || ofFailure(error)) return 'unsaid'
      throw error
    }
  }
}
