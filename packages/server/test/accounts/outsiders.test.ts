import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, SECOND } from '../../src/clock.ts'
import { newId } from '../../src/ids.ts'
import { databaseName } from '../database.ts'
import { caller, type House, openHouse, outcome, type Settled, secret, settle } from './house.ts'

describe(`people of other products, on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  let server: Server
  let origin: string
  let keys: { publicKey: CryptoKey; privateKey: CryptoKey }
  let published: unknown[]
  let asked = 0
  let answers = true

  beforeAll(async () => {
    keys = await generateKeyPair('ES256', { extractable: true })
    published = [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }]
    server = createServer((request, response) => {
      asked++
      if (!answers) return response.writeHead(500).end()
      if (request.url === '/moved') return response.writeHead(302, { location: '/keys' }).end()
      const found = request.url?.startsWith('/.well-known')
        ? { issuer: origin, jwks_uri: `${origin}/keys` }
        : { keys: published }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    house = await openHouse({
      jwtIssuers: [
        issuer(origin),
        { ...issuer('https://moved.example'), jwks: `${origin}/moved` },
        { ...issuer('https://gone.example'), jwks: 'http://127.0.0.1:1/keys' },
      ],
    })
    ada = await settle(house)
  })
  afterAll(async () => {
    await house.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const issuer = (name: string) => ({
    issuer: name,
    audience: 'cardea',
    claims: { workspace: 'app.workspace', user: 'sub', role: 'https://example.com/groups' },
    roles: { developers: 'editor' as const, owners: 'admin' as const },
  })
  interface Change {
    claims?: Record<string, unknown>
    header?: Record<string, unknown>
    audience?: string
    issuer?: string
    expiresIn?: number
    notBefore?: number
    key?: CryptoKey
  }
  const token = async (change: Change = {}) => {
    const now = Math.floor(house.clock.now() / SECOND)
    const jwt = new SignJWT({
      sub: 'user-7',
      app: { workspace: ada.workspaceId },
      'https://example.com/groups': ['strangers', 'developers'],
      ...change.claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...change.header })
      .setIssuer(change.issuer ?? origin)
      .setAudience(change.audience ?? 'cardea')
      .setExpirationTime(now + (change.expiresIn ?? 300))
    if (change.notBefore !== undefined) jwt.setNotBefore(now + change.notBefore)
    return secret(await jwt.sign(change.key ?? keys.privateKey))
  }
  const identify = (bearer: ReturnType<typeof secret>, workspace?: string) =>
    house.accounts.identify({ bearer, workspace })

  it('are known by a JWT of a configured issuer, in the workspace and role that its claims map to', async () => {
    const { actor } = await identify(await token())
    expect(actor).toEqual({
      kind: 'outsider',
      userId: expect.stringMatching(/^ext_[0-9a-f]{32}$/),
      issuer: origin,
      workspaceId: ada.workspaceId,
      role: 'editor',
    })
    expect((await identify(await token({ expiresIn: 60 }))).actor).toEqual(actor)
    const owner = await token({ claims: { 'https://example.com/groups': ['developers', 'owners'] } })
    expect((await identify(owner, ada.workspaceId)).actor).toMatchObject({ role: 'admin' })
    expect((await identify(await token({ claims: { sub: 'user-8' } }))).actor).not.toMatchObject({
      userId: (actor as { userId: string }).userId,
    })
    expect((await house.accounts.people.me(caller(actor))).workspaces).toEqual([
      { workspaceId: ada.workspaceId, name: 'Engines', role: 'editor' },
    ])
  })

  it('are refused with a token that is late, early, for somebody else, or of somebody else', async () => {
    const stranger = await generateKeyPair('ES256')
    for (const change of [
      { expiresIn: -31 },
      { notBefore: 60 },
      { audience: 'other' },
      { issuer: 'https://other.example' },
      { key: stranger.privateKey },
    ] satisfies Change[]) {
      expect(await outcome(identify(await token(change)))).toBe('auth.rejected')
    }
    expect(await outcome(identify(await token(), newId('ws')))).toBe('workspace.not_found')
  })

  it('are refused without a claim, or with one that maps to nothing', async () => {
    for (const claims of [
      { 'https://example.com/groups': 'strangers' },
      { 'https://example.com/groups': [] },
      { 'https://example.com/groups': 'constructor' },
      { 'https://example.com/groups': { developers: true } },
      { app: { workspace: newId('ws') } },
      { app: { workspace: 'ws_\u0000' } },
      { app: { workspace: [ada.workspaceId] } },
      { app: null },
      { sub: '' },
      { sub: 7 },
    ]) {
      expect(await outcome(identify(await token({ claims })))).toBe('auth.rejected')
    }
  })

  it('are refused with no signature, or one made with the public key as a shared secret', async () => {
    const body = (await token()).reveal().split('.')[1]!
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const alg of ['none', 'None', '']) {
      expect(await outcome(identify(secret(`${part({ alg, kid: 'one' })}.${body}.`)))).toBe('auth.rejected')
    }
    const signed = `${part({ alg: 'HS256', kid: 'one' })}.${body}`
    for (const key of [await exportSPKI(keys.publicKey), JSON.stringify(published[0])]) {
      const signature = createHmac('sha256', key).update(signed).digest('base64url')
      expect(await outcome(identify(secret(`${signed}.${signature}`)))).toBe('auth.rejected')
    }
    // A key that the token brings along proves nothing.
    const own = await generateKeyPair('ES256', { extractable: true })
    const brought = { key: own.privateKey, header: { kid: 'one', jwk: await exportJWK(own.publicKey) } }
    expect(await outcome(identify(await token(brought)))).toBe('auth.rejected')
    for (const junk of ['..', 'a.b.c', `${part({ alg: 'ES256' })}.${part(null)}.x`, 'x'.repeat(20_000)]) {
      expect(await outcome(identify(secret(junk)))).toBe('auth.rejected')
    }
  })

  it('follow a new key of the issuer, without letting made-up key ids ask the issuer again and again', async () => {
    const next = await generateKeyPair('ES256', { extractable: true })
    await house.clock.advance(31 * SECOND)
    await identify(await token())
    published = [...published, { ...(await exportJWK(next.publicKey)), kid: 'two', alg: 'ES256' }]
    expect((await identify(await token({ key: next.privateKey, header: { kid: 'two' } }))).actor.kind).toBe('outsider')
    const before = asked
    for (let index = 0; index < 20; index++) {
      expect(await outcome(identify(await token({ header: { kid: `made-up-${index}` } })))).toBe('auth.rejected')
    }
    expect(asked - before).toBe(0)
  })

  it('go on with known keys while the issuer is away, and hear so where none were ever read', async () => {
    answers = false
    await house.clock.advance(HOUR)
    expect((await identify(await token())).actor.kind).toBe('outsider')
    answers = true
    expect(await outcome(identify(await token({ issuer: 'https://gone.example' })))).toBe('auth.issuer_unavailable')
    // A redirect is not followed.
    expect(await outcome(identify(await token({ issuer: 'https://moved.example' })))).toBe('auth.issuer_unavailable')
  })

  it('are known by keys in a file where there is no network', async () => {
    const file = join(house.database.folder, 'keys.json')
    writeFileSync(file, JSON.stringify({ keys: published }))
    const airGapped = await openHouse({ jwtIssuers: [{ ...issuer(origin), jwks: file }] })
    try {
      const there = await settle(airGapped)
      const bearer = await token({ claims: { app: { workspace: there.workspaceId } } })
      expect((await airGapped.accounts.identify({ bearer })).actor).toMatchObject({ workspaceId: there.workspaceId })
    } finally {
      await airGapped.close()
    }
  })
})
