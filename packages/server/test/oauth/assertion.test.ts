import { createHash, createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import type { Jwt } from '@cardea/catalog'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { isProblem, Problem } from '../../src/errors.ts'
import { assertionRequest, makeJwt, ownJwt } from '../../src/oauth/assertion.ts'
import { refreshRequest } from '../../src/oauth/refresh.ts'
import { Secret } from '../../src/secret.ts'
import { formOf, now, outside, partyOf, token } from './party.ts'

const open = { type: 'pkcs8', format: 'pem' } as const
const spki = { type: 'spki', format: 'pem' } as const
const lock = { ...open, cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: open, publicKeyEncoding: spki })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: open, publicKeyEncoding: spki })
const locked = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: lock, publicKeyEncoding: spki })
const words: Jwt = {
  alg: 'RS256',
  key: { field: 'privateKey' },
  claims: { iss: '{tenant}', sub: '{absent}' },
  lifeSeconds: 300,
}
const partyWith = (jwt: Jwt, secrets: Record<string, Secret>) =>
  partyOf(
    { by: 'jwt', jwt },
    { learn: { absent: { from: 'token', at: 'x', pattern: '^x$', optional: true } } },
    { secrets },
  )
const make = (change: Partial<Jwt>, key: string, more: Record<string, Secret> = {}) => {
  const jwt = { ...words, ...change }
  return makeJwt(jwt, partyWith(jwt, { privateKey: Secret.of(key), ...more }), outside)
}
const verified = (jwt: string, key: string) => jwtVerify(jwt, createPublicKey(key), { currentDate: new Date(now) })
const whyOf = (work: () => unknown): string => {
  try {
    work()
    return 'let through'
  } catch (error) {
    if (isProblem(error, 'oauth.key_unusable')) return String(error.values.why)
    throw error
  }
}

describe('a JWT of our own', () => {
  it.each([
    ['RS256', rsa],
    ['ES256', ec],
  ] as const)('is signed with %s', async (alg, pair) => {
    const { payload, protectedHeader } = await verified(
      make({ alg, header: { kid: 'k1' } }, pair.privateKey),
      pair.publicKey,
    )
    expect(protectedHeader).toEqual({ alg, typ: 'JWT', kid: 'k1' })
    expect(payload).toEqual({ iss: 'acme', iat: now / 1000, exp: now / 1000 + 300 })
  })

  it('is signed with a shared secret', async () => {
    const jwt = make({ alg: 'HS256', jti: true }, 'hush hush hush hush hush hush hush!')
    const { payload } = await jwtVerify(jwt, Buffer.from('hush hush hush hush hush hush hush!'), {
      currentDate: new Date(now),
    })
    expect(payload.jti).toBe('nonce')
  })

  it('is dated back against clocks that run ahead, and lives as long', async () => {
    const { payload } = await verified(make({ backdateSeconds: 60 }, rsa.privateKey), rsa.publicKey)
    expect(payload).toMatchObject({ iat: now / 1000 - 60, exp: now / 1000 + 300 })
  })

  it.each([
    ['without its line breaks', (key: string) => key.replaceAll('\n', '')],
    ['with blanks in their place', (key: string) => key.replaceAll('\n', ' ')],
    ['with \\n in their place', (key: string) => key.replaceAll('\n', '\\n')],
    ['from Windows', (key: string) => key.replaceAll('\n', '\r\n')],
    ['with lines around it', (key: string) => `\n\nmy key:\n${key}\n\n`],
  ])('takes a key that was pasted %s', async (_, change) => {
    await verified(make({}, change(rsa.privateKey)), rsa.publicKey)
  })

  it('takes a key out of a JSON file', async () => {
    const file = JSON.stringify({ private_key: rsa.privateKey })
    await verified(make({ key: { field: 'privateKey', member: 'private_key' } }, file), rsa.publicKey)
  })

  it('opens a locked key', async () => {
    const key = { field: 'privateKey', passphrase: 'passphrase' }
    const jwt = make({ key }, locked.privateKey, { passphrase: Secret.of('open sesame') })
    await verified(jwt, locked.publicKey)
    expect(whyOf(() => make({ key }, locked.privateKey))).toContain('passphrase')
    expect(whyOf(() => make({ key }, locked.privateKey, { passphrase: Secret.of('no') }))).toContain('passphrase')
  })

  it.each([
    ['cannot be read', 'nonsense', {}],
    ['cannot be read', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', {}],
    ['is not of the kind RSA', ec.privateKey, {}],
    ['is not of the kind EC', rsa.privateKey, { alg: 'ES256' as const }],
    ['is not JSON', 'nonsense', { key: { field: 'privateKey', member: 'x' } }],
    ['has no member "x"', '{}', { key: { field: 'privateKey', member: 'x' } }],
  ])('says that a key %s, and nothing about what it is', (why, key, change) => {
    expect(whyOf(() => make(change, key))).toBe(why)
  })

  it('names its key by a fingerprint', () => {
    const jwt = make({ claims: { iss: '{tenant}.SHA256:{keyFingerprint}' } }, rsa.privateKey)
    const der = createPublicKey(rsa.publicKey).export({ type: 'spki', format: 'der' })
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())
    expect(claims.iss).toBe(`acme.SHA256:${createHash('sha256').update(der).digest('base64')}`)
  })

  it('can be the credential itself', () => {
    const party = partyWith(words, { privateKey: Secret.of(rsa.privateKey) })
    const { secrets, life } = ownJwt({ by: 'jwt', jwt: words }, party, outside)
    const [header, claims, signature] = secrets.jwt!.reveal().split('.')
    const verifier = createVerify('sha256').update(`${header}.${claims}`)
    expect(verifier.verify(rsa.publicKey, signature!, 'base64url')).toBe(true)
    expect(life).toEqual({ expiresAt: now + 300_000 })
  })
})

describe('a JWT that buys a token', () => {
  const request = (as: 'grant' | 'client' | 'bearer', client: 'none' | 'body' = 'none') => {
    const obtain = { by: 'assertion' as const, as, token, client, jwt: { ...words, claims: { iss: 'me' } } }
    return assertionRequest(
      obtain,
      partyOf(obtain, {}, { secrets: { privateKey: Secret.of(rsa.privateKey) } }),
      outside,
    )
  }

  it('is the grant', () => {
    const form = formOf(request('grant'))
    expect(form.grant_type).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    expect(Object.keys(form)).toEqual(['grant_type', 'assertion'])
    expect(formOf(request('grant', 'body'))).toMatchObject({ client_id: 'cid', client_secret: 'c s+1' })
  })

  it('is the client', () => {
    expect(formOf(request('client'))).toMatchObject({
      grant_type: 'client_credentials',
      scope: 'read write',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
  })

  it('is a bearer', () => {
    const { headers, body } = request('bearer')
    expect(headers.authorization).toMatch(/^Bearer eyJ/)
    expect(body).toBeUndefined()
  })
})

it('a client with a key proves itself by an assertion for this token endpoint, once', async () => {
  const client = {
    id: 'cid',
    auth: 'private_key' as const,
    key: { pem: Secret.of(ec.privateKey), alg: 'ES256' as const, kid: 'k' },
  }
  const obtain = { by: 'code' as const, authorize: token, token, client: ['basic' as const, 'private_key' as const] }
  const form = formOf(refreshRequest(partyOf(obtain, {}, { client }), outside))
  const { payload } = await verified(form.client_assertion!, ec.publicKey)
  expect(payload).toMatchObject({ iss: 'cid', sub: 'cid', aud: token, jti: 'nonce' })
  expect(form).not.toHaveProperty('client_secret')
  expect(new Problem('oauth.key_unusable', { field: 'a', why: 'b' }).message).not.toContain('BEGIN')
})
