/** Key pairs for the accounts that a simulator makes up. RSA takes a tenth of a second, so one pair of each kind serves a process. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type { Jwt } from '@cardea/catalog'

export interface KeyPair {
  readonly text: string
  readonly publicKey: KeyObject | undefined
}
const made = new Map<string, KeyPair>()

/** `other` is a key that the service does not know. */
export function keyPairFor(alg: Jwt['alg'], which: 'own' | 'other' = 'own'): KeyPair {
  const name = `${alg} ${which}`
  const known = made.get(name)
  if (known) return known
  const pair = make(alg)
  made.set(name, pair)
  return pair
}

function make(alg: Jwt['alg']): KeyPair {
  if (alg === 'HS256') return { text: randomBytes(32).toString('hex'), publicKey: undefined }
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { text: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, publicKey }
}
