import { Problem } from '../../errors.ts'
import { classOf } from '../../oauth/oauth.ts'

/**
 * What a renewal that failed says. `not_sent`: the service was never asked. `lost`: it may have acted, and its answer did not come. The
 * others are its answer: the grant is dead, the app is refused, it cannot at the moment, or nobody knows what it means.
 */
export type Failed = 'not_sent' | 'lost' | 'grant_dead' | 'client_misconfigured' | 'transient' | 'unknown'

const NEVER_LEFT = new Set(['dns', 'connect', 'tls'])
const NO_LINE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])
/** Written by a gateway that had no answer itself. */
const BY_A_GATEWAY = new Set(['502', '504'])

export function failedHow(error: unknown): Failed {
  const known = classOf(error)
  const said = error instanceof Problem ? String(error.values.error ?? '') : ''
  if (known === 'transient' && NO_LINE.has(said)) return 'not_sent'
  if (known === 'transient' && (BY_A_GATEWAY.has(said) || isSilence(said))) return 'lost'
  // Taken, and the tokens are in an answer that could not be read.
  if (known === 'unknown' && said === 'no access token') return 'lost'
  if (known) return known
  if (!(error instanceof Problem)) return 'lost'
  if (error.code === 'net.failed') {
    return error.values.sent === false || NEVER_LEFT.has(String(error.values.kind)) ? 'not_sent' : 'lost'
  }
  // Refused on our side: by the guard, for a value that is missing, for a key that cannot sign.
  return 'not_sent'
}

function isSilence(said: string): boolean {
  return said === 'no answer' || /^E[A-Z_]+$/.test(said)
}

/** For the row and the log: a word of the protocol, never free text. */
export function wordOf(error: unknown): string {
  if (!(error instanceof Problem)) return 'no_answer'
  const said = error.values.error ?? error.values.kind ?? error.code
  return String(said)
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 60)
}
