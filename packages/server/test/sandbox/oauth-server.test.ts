import { complaints } from '@cardea/catalog'
import { afterEach, describe, expect, it } from 'vitest'
import { definitionOf } from '../../src/sandbox/definition.ts'
import { readDefinition } from '../../src/services/services.ts'
import { type OauthServer, type OauthServerOptions, startOauthServer } from '../oauth-server.ts'
import { type PlainClient, plainClient } from './client.ts'

let server: OauthServer
let client: PlainClient
const started = async (options: OauthServerOptions = {}) => {
  server = await startOauthServer(options)
  client = plainClient(server.issuer, server.client)
}
afterEach(() => server?.close())

describe('the authorization server of the tests', () => {
  it('mints grants that refresh, and knows whose each token was', async () => {
    await started({ accessTokenSeconds: 5 })
    const { grantId, refreshToken, accessToken, expiresIn } = await server.mint()
    expect(expiresIn).toBe(5)
    expect(server.grantOf(refreshToken)).toBe(grantId)
    expect(server.grantOf(accessToken)).toBe(grantId)
    const { body } = await client.refresh(refreshToken)
    expect(server.grantOf(body.refresh_token)).toBe(grantId)
    expect(await server.isAlive(grantId)).toBe(true)
    await server.endGrant(grantId)
    expect(await server.isAlive(grantId)).toBe(false)
    expect((await client.refresh(body.refresh_token)).body.error).toBe('invalid_grant')
    expect(server.counts()).toMatchObject({ presented: 2, exchanges: 1, used: 0, grantsAlive: 0 })
  })

  it('carries out one of fifty exchanges at once, and calls the others used', async () => {
    await started({ reuse: 'refused' })
    const { refreshToken, grantId } = await server.mint()
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.refresh(refreshToken)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(server.counts()).toMatchObject({ presented: 50, exchanges: 1, used: 49, usedAfterLoss: 0 })
    expect(await server.isAlive(grantId)).toBe(true)
  })

  it('ends the grant when a used token comes back, unless told otherwise', async () => {
    await started()
    const { refreshToken, grantId } = await server.mint()
    await client.refresh(refreshToken)
    await client.refresh(refreshToken)
    expect(await server.isAlive(grantId)).toBe(false)
    expect(server.presentations.map(({ used, outcome, error }) => [used, outcome, error])).toEqual([
      [false, 'exchanged', undefined],
      [true, 'refused', 'invalid_grant'],
    ])
  })

  it('keeps one refresh token for ever without rotation', async () => {
    await started({ rotates: false })
    const { refreshToken } = await server.mint()
    for (let at = 0; at < 3; at++) expect((await client.refresh(refreshToken)).body.refresh_token).toBe(refreshToken)
    expect(server.counts()).toMatchObject({ presented: 3, exchanges: 3, used: 0 })
  })

  it('lets a used token work within its grace', async () => {
    let now = 0
    await started({ graceSeconds: 30, now: () => now })
    const { refreshToken, grantId } = await server.mint()
    await client.refresh(refreshToken)
    expect((await client.refresh(refreshToken)).status).toBe(200)
    now += 30_000
    expect((await client.refresh(refreshToken)).status).toBe(400)
    expect(await server.isAlive(grantId)).toBe(false)
  })

  it('drops the answer of an exchange that it has carried out, and counts what comes after apart', async () => {
    await started({ twist: ({ number }) => (number === 1 ? { drop: 'answer' } : undefined) })
    const { refreshToken } = await server.mint()
    await expect(client.refresh(refreshToken)).rejects.toThrow()
    expect((await client.refresh(refreshToken)).body.error).toBe('invalid_grant')
    expect(server.counts()).toMatchObject({ exchanges: 1, lost: 1, used: 1, usedAfterLoss: 1 })
  })

  it('notices when whoever asked is gone before the answer', async () => {
    await started({ twist: () => ({ answerWaitMilliseconds: 200 }) })
    const { refreshToken } = await server.mint()
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
    const { id, secret } = server.client
    form.append('client_id', id)
    const given = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
    const asked = fetch(`${server.issuer}/token`, {
      method: 'POST',
      body: form,
      headers: given,
      signal: AbortSignal.timeout(80),
    })
    await expect(asked).rejects.toThrow()
    await expect.poll(() => server.counts()).toMatchObject({ exchanges: 1, lost: 1 })
  })

  it('does nothing when it breaks off before, or answers something else instead', async () => {
    await started()
    const { refreshToken } = await server.mint()
    server.twist = () => ({ drop: 'request' })
    await expect(client.refresh(refreshToken)).rejects.toThrow()
    server.twist = () => ({
      instead: { status: 503, body: '{"error":"temporarily_unavailable"}' },
      waitMilliseconds: 5,
    })
    expect((await client.refresh(refreshToken)).status).toBe(503)
    server.twist = undefined
    expect((await client.refresh(refreshToken)).status).toBe(200)
    expect(server.presentations.map(({ outcome }) => outcome)).toEqual(['untouched', 'untouched', 'exchanged'])
    expect(server.counts()).toMatchObject({ presented: 3, used: 0, exchanges: 1 })
  })

  it('names itself, and takes pushed requests, only where it is told to', async () => {
    const metadata = async () => (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json()
    await started()
    expect(await metadata()).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      pushed_authorization_request_endpoint: `${server.issuer}/par`,
    })
    await server.close()
    await started({ pushed: false, namesIssuer: false })
    const told = await metadata()
    expect(told).not.toHaveProperty('authorization_response_iss_parameter_supported')
    expect(told).not.toHaveProperty('pushed_authorization_request_endpoint')
    const { address, verifier } = client.authorizeAddress()
    const back = await server.consent(address)
    expect([...back.searchParams.keys()].sort()).toEqual(['code', 'state'])
    expect((await client.exchange(back.searchParams.get('code')!, verifier)).status).toBe(200)
    expect(server.counts()).toMatchObject({ codes: 1, presented: 0 })
  })

  it('is described by a definition that keeps every rule', async () => {
    await started()
    expect(readDefinition('oauth_server', server.definition, 'json').baseUrl).toBe('{server}/api')
    expect(complaints('sandbox', definitionOf('https://sandbox.example'))).toEqual([])
  })
})
