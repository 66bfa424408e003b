import { readFile } from 'node:fs/promises'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { type Clock, MINUTE, SECOND } from '../clock.ts'
import type { JwtIssuer } from '../config/config.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { fetchJson } from '../net/fetch.ts'

/**
 * The public keys of an issuer: from an address, from a file where there is no network, or from where its discovery
 * document says. Read again when they are old or a token names a key that is not there, but never more often than the
 * pause allows: tokens with made-up key ids must not turn this server against the issuer.
 */
const FRESH = 10 * MINUTE
const PAUSE = 30 * SECOND

export function createIssuerKeys(issuer: JwtIssuer, deps: { clock: Clock; log: Logger }): JWTVerifyGetKey {
  const { clock, log } = deps
  let keys: JWTVerifyGetKey | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async () => {
    triedAt = clock.monotonic()
    try {
      const { createLocalJWKSet } = await import('jose')
      keys = createLocalJWKSet(await readKeySet(issuer))
      readAt = clock.monotonic()
    } catch (error) {
      log.warn('the keys of a JWT issuer could not be read', { issuer: issuer.issuer, error })
    } finally {
      reading = undefined
    }
  }
  const refresh = async () => {
    if (!reading && clock.monotonic() - triedAt >= PAUSE) reading = read()
    await reading
  }

  return async (header, token) => {
    if (clock.monotonic() - readAt >= FRESH) await refresh()
    // Old keys go on while the issuer is away: it signs with the same ones for weeks.
    if (!keys) throw new Problem('auth.issuer_unavailable')
    try {
      return await keys(header, token)
    } catch (error) {
      const before = keys
      if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error
      await refresh()
      if (keys === before) throw error
      return keys(header, token)
    }
  }
}

async function readKeySet(issuer: JwtIssuer): Promise<JSONWebKeySet> {
  const { jwks } = issuer
  if (jwks === undefined) return (await fetchJson(await discover(issuer.issuer))) as JSONWebKeySet
  if (/^https?:\/\//.test(jwks)) return (await fetchJson(jwks)) as JSONWebKeySet
  return JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet
}

async function discover(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const found = (await fetchJson(address)) as { issuer?: unknown; jwks_uri?: unknown } | null
  // OpenID Connect Discovery 4.3: a document that speaks for somebody else is not believed.
  if (found?.issuer !== issuer) throw new Error(`${address} is about another issuer`)
  const { jwks_uri } = found
  const secure = issuer.startsWith('https:') ? 'https:' : 'http'
  if (typeof jwks_uri !== 'string' || !URL.canParse(jwks_uri) || !new URL(jwks_uri).protocol.startsWith(secure)) {
    throw new Error(`${address} names no usable jwks_uri`)
  }
  return jwks_uri
}
