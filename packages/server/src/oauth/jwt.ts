import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { Problem } from '../errors.ts'
import type { Outside } from './party.ts'

/** JSON Web Tokens of our own making. A key is parsed, used and let go; what it says about itself when it is wrong stays here. */
export interface JwtParts {
  alg: 'RS256' | 'ES256' | 'HS256'
  key: string
  passphrase?: string | undefined
  /** Under which name people entered the key. */
  field: string
  header: Readonly<Record<string, string>>
  claims: Readonly<Record<string, string>>
  lifeSeconds: number
  backdateSeconds?: number | undefined
}

export function signedJwt(parts: JwtParts, { now }: Pick<Outside, 'now'>): string {
  const issuedAt = Math.floor(now / 1000) - (parts.backdateSeconds ?? 0)
  const header = { alg: parts.alg, typ: 'JWT', ...parts.header }
  const claims = { ...parts.claims, iat: issuedAt, exp: Math.floor(now / 1000) + parts.lifeSeconds }
  const content = `${base64url(header)}.${base64url(claims)}`
  return `${content}.${signature(content, parts).toString('base64url')}`
}

function signature(content: string, parts: JwtParts): Buffer {
  if (parts.alg === 'HS256') return createHmac('sha256', parts.key).update(content).digest()
  const key = privateKey(parts)
  const wanted = parts.alg === 'RS256' ? 'rsa' : 'ec'
  if (key.asymmetricKeyType !== wanted) {
    throw new Problem('oauth.key_unusable', { field: parts.field, why: `is not of the kind ${wanted.toUpperCase()}` })
  }
  return sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' })
}

export function privateKey({ key, passphrase, field }: Pick<JwtParts, 'key' | 'passphrase' | 'field'>): KeyObject {
  try {
    return createPrivateKey({ key: wrapped(key), ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    // The library's words may quote the key, and its codes differ between the ways to lock one.
    const locked = /ENCRYPTED/.test(key)
    throw new Problem('oauth.key_unusable', {
      field,
      why: locked ? 'is locked, and the passphrase is missing or wrong' : 'cannot be read',
    })
  }
}

/** A key that was pasted without its line breaks, or with `\n` in their place. */
function wrapped(pem: string): string {
  const found = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/.exec(
    pem.replaceAll('\\n', '\n').replaceAll('\r\n', '\n').trim(),
  )
  if (!found) return pem
  const [, kind, inside] = found
  // Older encrypted keys have lines of their own in front.
  const [headers, body] = inside!.includes('\n\n') ? inside!.split('\n\n', 2) : ['', inside!]
  const lines = body!.replaceAll(/\s+/g, '').match(/.{1,64}/g) ?? []
  const head = headers!.trim() === '' ? '' : `${headers!.trim()}\n\n`
  return `-----BEGIN ${kind}-----\n${head}${lines.join('\n')}\n-----END ${kind}-----\n`
}

/** Base64 of the SHA-256 of the public key: how a key is told without showing it. */
export function fingerprintOf(key: Pick<JwtParts, 'key' | 'passphrase' | 'field'>): string {
  const spki = createPublicKey(privateKey(key)).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}

/** Claims of a JWT as they stand. Nothing is verified: the token came straight from its issuer over TLS. */
export function claimsOf(jwt: string): Record<string, unknown> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return claims !== null && typeof claims === 'object' && !Array.isArray(claims) ? { ...claims } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
