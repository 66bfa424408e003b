import { valueAt } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { Secret } from '../secret.ts'
import { errorWord } from './failures.ts'
import type { Outside } from './party.ts'

/** RFC 8628: what a person types elsewhere, and how often we may ask whether it was typed. */
export interface DeviceStart {
  deviceCode: Secret
  userCode: string
  verificationUri: string
  verificationUriComplete?: string
  expiresAt: number
  intervalSeconds: number
}

export function readDeviceStart(
  body: unknown,
  { now, allowsPlainHttp }: Pick<Outside, 'now' | 'allowsPlainHttp'>,
): DeviceStart | undefined {
  const deviceCode = valueAt(body, 'device_code')
  const userCode = valueAt(body, 'user_code')
  // An older spelling is still in use.
  const uri = pageAt(valueAt(body, 'verification_uri') ?? valueAt(body, 'verification_url'), allowsPlainHttp)
  const complete = pageAt(valueAt(body, 'verification_uri_complete'), allowsPlainHttp)
  if (typeof deviceCode !== 'string' || typeof userCode !== 'string' || !uri) return undefined
  if (!/^[\x20-\x7e]{1,60}$/.test(userCode)) return undefined
  return {
    deviceCode: Secret.of(deviceCode),
    userCode,
    verificationUri: uri,
    ...(complete ? { verificationUriComplete: complete } : {}),
    expiresAt: now + between(Number(valueAt(body, 'expires_in')), 60, 3600, 900) * 1000,
    intervalSeconds: between(Number(valueAt(body, 'interval')), 1, 60, 5),
  }
}

/** Not an error yet. */
export function pendingOf(body: unknown): Problem | undefined {
  const error = errorWord(body)
  if (error === 'authorization_pending') return new Problem('oauth.pending', { error })
  return error === 'slow_down' ? new Problem('oauth.pending', { error, slower: 5 }) : undefined
}

function pageAt(value: unknown, allowsPlainHttp: Outside['allowsPlainHttp']): string | undefined {
  const url = typeof value === 'string' && value.length < 2000 ? URL.parse(value) : null
  if (url?.protocol === 'https:') return value as string
  return url?.protocol === 'http:' && allowsPlainHttp?.(url.host) ? (value as string) : undefined
}

function between(value: number, least: number, most: number, otherwise: number): number {
  return Number.isFinite(value) && value > 0 ? Math.min(Math.max(value, least), most) : otherwise
}
