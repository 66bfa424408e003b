import { Problem } from '../../errors.ts'
import { classOf } from '../../oauth/oauth.ts'

/** What went wrong between leaving and being connected, in words for whoever stands before it. */
const REDIRECT = new Set(['redirect_uri_mismatch', 'bad_redirect_uri', 'invalid_redirect_uri'])

export function ofExchange(error: unknown, hasApp: boolean): unknown {
  if (!(error instanceof Problem)) return error
  const said = wordOf(error)
  switch (classOf(error)) {
    case 'client_misconfigured':
      // A client that registered itself is nobody's to correct.
      if (!hasApp) return new Problem('flow.exchange_refused', { error: said })
      return new Problem(REDIRECT.has(said) ? 'flow.redirect_refused' : 'flow.app_refused', { error: said })
    case 'grant_dead':
      if (said === 'access_denied') return new Problem('oauth.denied', { error: said })
      if (said === 'expired_token') return new Problem('flow.expired')
      return new Problem('flow.exchange_refused', { error: said })
    default:
      return error
  }
}

/** What the service says against the app itself: for those who look after it. */
export function againstApp(error: unknown): { error: string; description?: string } | undefined {
  if (!(error instanceof Problem) || classOf(error) !== 'client_misconfigured') return undefined
  const { description } = error.values
  return { error: wordOf(error), ...(typeof description === 'string' ? { description } : {}) }
}

function wordOf({ values }: Problem): string {
  return String(values.error ?? 'refused')
}
