/** Verifies a JWT as the service would: algorithm, signature, claims, times, and that an id is used once. */
import { createHash, createHmac, type KeyObject, sign, verify } from 'node:crypto'
import type { Jwt } from '@cardea/catalog'
import { same } from './expected.ts'
import type { KeyPair } from './key-pairs.ts'
import { jsonOf } from './received.ts'
import { filled, type Values } from './values.ts'
import type { World } from './world.ts'

export interface JwtRules {
  readonly alg: Jwt['alg']
  readonly key: KeyPair
  readonly claims: Readonly<Record<string, string>>
  /** Claims that hold scopes, in any choice from these. */
  readonly scopes?: { readonly claim: string; readonly among: readonly string[] }
  readonly header: Readonly<Record<string, string>>
  readonly lifeSeconds: number
  readonly jti?: boolean
}

export function rulesOf(world: World, jwt: Jwt, values: Values): JwtRules {
  const key = world.account.jwtKey!
  const scopeClaim = Object.entries(jwt.claims).find(([, template]) => template.includes('{scopes}'))?.[0]
  const scopes = Object.keys({ ...world.method.scopes?.ask, ...world.method.scopes?.offer })
  const all = { ...values, ...(key.publicKey ? { keyFingerprint: fingerprintOf(key.publicKey) } : {}) }
  const fill = (entries: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([name, template]) => {
        const value = filled(template, all)
        return name === scopeClaim || value === undefined ? [] : [[name, value]]
      }),
    )
  return {
    alg: jwt.alg,
    key,
    claims: fill(jwt.claims),
    header: fill(jwt.header),
    lifeSeconds: jwt.lifeSeconds + (jwt.backdateSeconds ?? 0),
    ...(scopeClaim ? { scopes: { claim: scopeClaim, among: scopes } } : {}),
    ...(jwt.jti ? { jti: true } : {}),
  }
}

export function faultsOfJwt(world: World, token: string, rules: JwtRules): string[] {
  const [head = '', payload = '', signature = '', ...more] = token.split('.')
  const header = decode(head)
  const claims = decode(payload)
  if (!header || !claims || more.length > 0) return ['the JWT cannot be read']
  const faults: string[] = []
  if (header.alg !== rules.alg) faults.push(`the JWT is signed with ${header.alg}, not ${rules.alg}`)
  else if (!signed(`${head}.${payload}`, Buffer.from(signature, 'base64url'), rules))
    faults.push('the signature of the JWT is wrong')
  for (const [name, value] of Object.entries(rules.header))
    if (!same(text(header[name]), value)) faults.push(`the header ${name} of the JWT is missing or wrong`)
  for (const [name, value] of Object.entries(rules.claims))
    if (!same(text(claims[name]), value)) faults.push(`the claim ${name} of the JWT is missing or wrong`)
  for (const name of Object.keys(claims))
    if (!(name in rules.claims) && !['iat', 'exp', 'nbf', 'jti', rules.scopes?.claim].includes(name))
      faults.push(`the claim ${name} of the JWT is not expected`)
  if (rules.scopes) faults.push(...faultsOfScopes(text(claims[rules.scopes.claim]), rules.scopes.among))
  faults.push(...faultsOfTimes(world, claims, rules))
  if (rules.jti) faults.push(...spend(world, text(claims.jti)))
  return faults
}

function faultsOfScopes(given: string | undefined, among: readonly string[]): string[] {
  const list = given?.split(/[ ,]/) ?? []
  return list.length > 0 && list.every((scope) => among.includes(scope)) ? [] : ['the scopes in the JWT are unknown']
}

function faultsOfTimes(world: World, { iat, exp }: Record<string, unknown>, { lifeSeconds }: JwtRules): string[] {
  const now = world.now() / 1000
  if (typeof iat !== 'number' || typeof exp !== 'number') return ['iat and exp of the JWT must be numbers']
  if (!Number.isInteger(iat) || !Number.isInteger(exp)) return ['iat and exp of the JWT must be whole seconds']
  if (iat > now) return ['the JWT was issued in the future']
  if (exp <= now) return ['the JWT has expired']
  return exp - iat > lifeSeconds ? [`the JWT lives longer than ${lifeSeconds} seconds`] : []
}

function spend(world: World, jti: string | undefined): string[] {
  if (!jti) return ['the JWT has no jti']
  if (world.spent.has(`jti ${jti}`)) return ['the jti of the JWT was used before']
  world.spent.add(`jti ${jti}`)
  return []
}

function signed(input: string, signature: Buffer, { alg, key }: JwtRules): boolean {
  if (alg === 'HS256') return createHmac('sha256', key.text).update(input).digest().equals(signature)
  const publicKey = key.publicKey!
  const dsaEncoding = alg === 'ES256' ? 'ieee-p1363' : 'der'
  return verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding }, signature)
}

/** An id token of the service's own. */
export function idToken(key: KeyPair, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), key.text).toString('base64url')}`
}

export function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}

function decode(part: string): Record<string, unknown> | undefined {
  const json = jsonOf(Buffer.from(part, 'base64url').toString('utf8'))
  return json !== null && typeof json === 'object' ? (json as Record<string, unknown>) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
