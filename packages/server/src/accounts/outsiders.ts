import { hash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { type Outsider, type Role, roles } from '../actor.ts'
import type { Clock } from '../clock.ts'
import type { JwtIssuer } from '../config/config.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import { isId } from './entered.ts'
import { createIssuerKeys } from './issuer-keys.ts'

/**
 * People whom another product's identity provider vouches for. Only asymmetric signatures count: with a shared-secret
 * algorithm, whoever knows the issuer's public key could sign with it.
 */
export interface Outsiders {
  /** Who a JWT is about; throws auth.rejected. Whether the workspace exists is the asker's to see. */
  read(token: Secret): Promise<Outsider>
}

export interface OutsidersDeps {
  clock: Clock
  log: Logger
  jwtIssuers: readonly JwtIssuer[]
}

const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const MAX_BYTES = 16 * 1024
const CLOCK_TOLERANCE_SECONDS = 30

export function createOutsiders({ clock, log, jwtIssuers }: OutsidersDeps): Outsiders {
  const known = new Map(
    jwtIssuers.map((issuer) => [issuer.issuer, { ...issuer, keys: createIssuerKeys(issuer, { clock, log }) }]),
  )
  return {
    read: async (token) => {
      if (known.size === 0 || token.byteLength > MAX_BYTES) throw new Problem('auth.rejected')
      const text = token.reveal()
      const { decodeJwt, errors, jwtVerify } = await import('jose')
      const claimed = attempt(() => decodeJwt(text).iss)
      const issuer = typeof claimed === 'string' ? known.get(claimed) : undefined
      if (!issuer) throw new Problem('auth.rejected')
      const { payload } = await jwtVerify(text, issuer.keys, {
        algorithms: ALGORITHMS,
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ['iss', 'aud', 'exp'],
        currentDate: new Date(clock.now()),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      }).catch((error: unknown) => {
        if (error instanceof Problem) throw error
        // Anything else means that the token is not proven; what is not jose's own verdict may be the issuer's fault.
        if (!(error instanceof errors.JOSEError))
          log.warn('a JWT could not be verified', { issuer: issuer.issuer, error })
        throw new Problem('auth.rejected')
      })
      return outsiderOf(issuer, payload)
    },
  }
}

function outsiderOf(issuer: JwtIssuer, payload: JWTPayload): Outsider {
  const workspaceId = claimOf(payload, issuer.claims.workspace)
  const user = claimOf(payload, issuer.claims.user)
  const role = roleOf(issuer, claimOf(payload, issuer.claims.role))
  if (typeof workspaceId !== 'string' || !isId(workspaceId) || !role) throw new Problem('auth.rejected')
  if (typeof user !== 'string' || user === '' || user.length > 1024) throw new Problem('auth.rejected')
  const userId = `ext_${hash('sha256', JSON.stringify([issuer.issuer, user]), 'hex').slice(0, 32)}`
  return { kind: 'outsider', userId, issuer: issuer.issuer, workspaceId, role }
}

/** A claim by its name, or by a path with dots; a name that holds dots itself goes first. */
export function claimOf(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  let value: unknown = payload
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** Of several roles or groups the one that may most; none that is mapped, none at all. */
function roleOf(issuer: JwtIssuer, claim: unknown): Role | undefined {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim]
  const mapped = values.flatMap((value) =>
    typeof value === 'string' && Object.hasOwn(issuer.roles, value) ? issuer.roles[value] : [],
  )
  return roles.find((role) => mapped.includes(role))
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    // What cannot be decoded is refused like what cannot be verified.
    return undefined
  }
}
