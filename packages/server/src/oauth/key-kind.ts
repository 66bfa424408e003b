import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { privateKey } from './jwt.ts'

/** What a private key signs by, as the key itself says. Refuses what no service of ours would take, before it is stored. */
export function algorithmOf(pem: Secret, field: string): 'RS256' | 'ES256' {
  const key = privateKey({ key: pem.reveal(), field, passphrase: undefined })
  if (key.asymmetricKeyType === 'rsa') {
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return 'RS256'
    throw new Problem('oauth.key_unusable', { field, why: 'is shorter than 2048 bits' })
  }
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new Problem('oauth.key_unusable', { field, why: 'is neither RSA nor on the curve P-256' })
}
