import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, type JWK, jwtVerify } from 'jose'
import { type Clock, MINUTE, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'

/**
 * That whoever shows a token also holds its key (DPoP, RFC 9449): against tokens that were stolen from a log, a trace or another process.
 * A proof counts once, for one method, one address and one token, within a minute. Every server remembers for itself which it has seen.
 */
export interface Proofs {
  /** Answers the thumbprint of the key. Throws `token.proof_wrong`. */
  check(header: string, of: { method: string; url: string; tokenHash?: string }): Promise<string>
}

const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256']
const WINDOW = MINUTE
const MOST_REMEMBERED = 100_000
const LONGEST = 8192

export function createProofs({ clock }: { clock: Clock }): Proofs {
  // In the order of their arrival, which a Map keeps.
  const seen = new Map<string, number>()

  function refuseReplay(id: string): void {
    const now = clock.monotonic()
    for (const [old, at] of seen) {
      if (now - at < 2 * WINDOW) break
      seen.delete(old)
    }
    if (seen.has(id)) throw wrong('it was used before')
    // Forgetting one that still counts would let it be used again.
    if (seen.size >= MOST_REMEMBERED) throw new Problem('token.proof_busy', { retryAfterSeconds: 60 })
    seen.set(id, now)
  }

  return {
    check: async (header, { method, url, tokenHash }) => {
      if (header.length > LONGEST) throw wrong('it is too long')
      const { jwk, payload } = await verified(header, clock.now())
      if (payload.htm !== method) throw wrong('it is for another method')
      if (typeof payload.htu !== 'string' || !isSameAddress(payload.htu, url)) throw wrong('it is for another address')
      const { iat, jti, ath } = payload
      if (typeof iat !== 'number' || Math.abs(clock.now() - iat * SECOND) > WINDOW) {
        throw wrong('it was not made within the last minute')
      }
      if (typeof jti !== 'string' || jti === '' || jti.length > 128) throw wrong('it has no "jti"')
      // The hash by which the token is looked up is the one that the standard wants, in another spelling.
      if (tokenHash !== undefined && ath !== Buffer.from(tokenHash, 'hex').toString('base64url')) {
        throw wrong('it is for another token')
      }
      const thumbprint = await calculateJwkThumbprint(jwk, 'sha256')
      refuseReplay(`${thumbprint} ${jti}`)
      return thumbprint
    },
  }
}

async function verified(header: string, now: number): Promise<{ jwk: JWK; payload: Record<string, unknown> }> {
  try {
    const { jwk } = decodeProtectedHeader(header)
    if (!jwk || 'd' in jwk || 'k' in jwk) throw wrong('it names no public key')
    const { payload } = await jwtVerify(header, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ALGORITHMS,
      currentDate: new Date(now),
      clockTolerance: WINDOW / SECOND,
    })
    return { jwk, payload }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw Object.assign(wrong('its signature or its form is not right'), { cause: error })
  }
}

/** Without query and fragment, as the standard compares them. */
function isSameAddress(given: string, expected: string): boolean {
  const [a, b] = [URL.parse(given), URL.parse(expected)]
  return a !== null && b !== null && a.origin === b.origin && a.pathname === b.pathname && !a.username && !a.password
}

function wrong(why: string): Problem {
  return new Problem('token.proof_wrong', { why })
}
