import type { CreateBrokerToken } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttp, type Http } from '../../src/http/http.ts'
import { problemDetails } from '../../src/http/refusal.ts'
import { createGuard } from '../../src/net/guard.ts'
import { type Proxy as CardeaProxy, createProxy } from '../../src/proxy/proxy.ts'
import { createTarget } from '../../src/target/target.ts'
import { databaseName } from '../database.ts'
import { type ProxyWorld, proxyWorld, SECRET } from '../proxy/world.ts'
import { prover } from './house.ts'

/** The two rooms together: what the broker promises, seen from outside. */
let here: ProxyWorld
let proxy: CardeaProxy
let http: Http
let url: string
let connection: string
beforeAll(async () => {
  here = await proxyWorld()
  const { app } = here.app
  const guard = createGuard({ allowed: ['127.0.0.1', 'localhost'] })
  proxy = createProxy({
    ...app,
    target: createTarget({ allowsPlainHttp: guard.allowsPlainHttp }),
    dispatch: here.dispatch,
    describe: problemDetails,
    publicUrl: () => url,
  })
  http = createHttp({
    ...app,
    dashboardFolder: here.app.database.folder,
    proxy: { request: proxy.handle, upgrade: proxy.upgrade },
  })
  url = (await http.listen('127.0.0.1', 0)).url
  connection = await here.connect()
})
afterAll(async () => {
  proxy?.close()
  await http?.close(0)
  await here?.close()
})

const mint = async (more: CreateBrokerToken = {}) =>
  (await here.admin.client.brokerTokens.create({ connections: [connection], ...more })).token

async function call(token: string, path: string, init: RequestInit = {}): Promise<{ status: number; code: string }> {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) }
  const answer = await fetch(`${url}/proxy/${connection}${path}`, { ...init, headers })
  const text = await answer.text()
  const code = answer.ok ? text : (JSON.parse(text) as { code: string }).code
  return { status: answer.status, code }
}

describe(`a call with a broker token on ${databaseName}`, () => {
  it('arrives with the credential, within what the token allows', async () => {
    here.service.answer((request, response) =>
      response.end(String(request.headers.authorization === `Bearer ${SECRET}`)),
    )
    const token = await mint({ methods: ['GET'], paths: ['/a/**'], uses: 2 })
    expect(await call(token, '/a/b')).toEqual({ status: 200, code: 'true' })
    expect(await call(token, '/b')).toEqual({ status: 403, code: 'token.wrong_path' })
    expect(await call(token, '/a/b', { method: 'DELETE' })).toEqual({ status: 403, code: 'token.wrong_method' })
    expect(await call(token, '/a/c?x=1')).toEqual({ status: 200, code: 'true' })
    expect(await call(token, '/a/c')).toEqual({ status: 403, code: 'token.used_up' })
  })

  it('reaches no host that the token does not name, though nobody named one', async () => {
    const before = here.service.seen.length
    const elsewhere = await mint({ hosts: ['api.example.com'] })
    expect(await call(elsewhere, '/')).toEqual({ status: 403, code: 'token.wrong_host' })
    expect(here.service.seen).toHaveLength(before)
    const there = await mint({ hosts: [`127.0.0.1:${here.service.port}`] })
    expect((await call(there, '/')).status).toBe(200)
  })

  it('takes each of a few uses once, by many at the same time', async () => {
    const before = here.service.seen.length
    const token = await mint({ uses: 5 })
    const all = await Promise.all(Array.from({ length: 30 }, () => call(token, '/many')))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(here.service.seen).toHaveLength(before + 5)
  })

  it('shows that its sender holds the key of the token', async () => {
    const key = await prover()
    const { Secret } = await import('../../src/secret.ts')
    const token = await mint({ proof: key.thumbprint })
    const at = `${url}/proxy/${connection}/mine`
    const proof = () => key.prove({ method: 'GET', url: at, token: Secret.of(token), at: Date.now() })
    expect((await call(token, '/mine')).code).toBe('token.proof_missing')
    const dpop = await proof()
    expect((await call(token, '/mine', { headers: { dpop } })).status).toBe(200)
    expect((await call(token, '/mine', { headers: { dpop } })).code).toBe('token.proof_wrong')
    expect((await call(token, '/other', { headers: { dpop: await proof() } })).code).toBe('token.proof_wrong')
  })

  it('is recorded before it leaves and after it has come back', async () => {
    const { id, token } = await here.admin.client.brokerTokens.create({ connections: [connection], step: 'a/b' })
    await call(token, '/told')
    const records = async () => (await here.admin.client.audit.list({ connection }).page({ limit: 50 })).items
    const used = (await records()).find(({ detail }) => detail?.token === id)!
    expect(used).toMatchObject({ event: 'connection.used', path: '/told' })
    const ends = async () =>
      (await records()).flatMap(({ event, detail }) =>
        event === 'connection.answered' ? (detail!.calls as object[]) : [],
      )
    await expect
      .poll(ends, { timeout: 5000 })
      .toContainEqual(expect.objectContaining({ call: used.requestId, status: 200 }))
  })

  it('is not possible at the API with a broker token, nor at the proxy with a key', async () => {
    const token = await mint()
    const me = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(me.status).toBe(401)
    const { token: key } = await here.app.key(here.admin, 'admin')
    expect((await call(key, '/')).status).toBeGreaterThanOrEqual(400)
  })
})
