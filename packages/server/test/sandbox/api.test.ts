import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OauthServer, startOauthServer } from '../oauth-server.ts'

let server: OauthServer
let key: string
let token: string

beforeAll(async () => {
  server = await startOauthServer()
  const home = await (await fetch(`${server.issuer}/`)).text()
  key = /sbx_[\w-]{32}/.exec(home)![0]
  token = (await server.mint({ scopes: ['notes:read', 'notes:write', 'notes:delete'] })).accessToken
})
afterAll(() => server.close())

const call = (
  path: string,
  init: RequestInit = {},
  credential: Record<string, string> = { authorization: `Bearer ${token}` },
) =>
  fetch(`${server.issuer}/api${path}`, {
    ...init,
    headers: { ...credential, ...(init.headers as Record<string, string>) },
  })

describe('the API of the sandbox', () => {
  it.each([
    ['a token', () => ({ authorization: `Bearer ${token}` })],
    ['a key', () => ({ 'x-api-key': key })],
  ])('says who %s belongs to', async (_what, credential) => {
    const me = await call('/me', {}, credential())
    expect(await me.json()).toEqual({
      id: 'person_ada',
      name: 'Ada Example',
      email: 'ada@sandbox.example',
      team: 'Sandbox',
    })
  })

  it.each([
    [{}, 'Bearer'],
    [{ authorization: 'Bearer made-up' }, 'Bearer error="invalid_token"'],
    [{ 'x-api-key': 'sbx_made-up' }, 'Bearer'],
  ])('lets nobody in with %o', async (credential, challenge) => {
    const answer = await call('/me', {}, credential as Record<string, string>)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(challenge)
  })

  it('reads, writes and deletes notes', async () => {
    const made = await call('/notes', { method: 'POST', body: JSON.stringify({ text: 'remember' }) })
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({ text: 'remember', id: expect.stringMatching(/^note_/) })
    const { notes } = (await (await call('/notes')).json()) as { notes: { text: string }[] }
    expect(notes.map(({ text }) => text)).toContain('remember')
    expect((await call('/notes', { method: 'DELETE' })).status).toBe(204)
    expect(await (await call('/notes')).json()).toEqual({ notes: [] })
  })

  it.each(['', 'no JSON', 'null', '{}', '{"text":7}', '{"text":""}'])('refuses %j as a note', async (body) => {
    expect((await call('/notes', { method: 'POST', body })).status).toBe(422)
  })

  it('refuses what is larger than it keeps', async () => {
    expect((await call('/echo', { method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(413)
  })

  it('echoes what it was sent, the credential too', async () => {
    const answer = await call('/echo/further?a=1', { method: 'PUT', body: 'a body', headers: { 'x-of-mine': 'seen' } })
    expect(await answer.json()).toMatchObject({
      method: 'PUT',
      path: '/api/echo/further',
      query: { a: '1' },
      headers: { authorization: `Bearer ${token}`, 'x-of-mine': 'seen' },
      body: 'a body',
    })
  })

  it('streams events, one after the other', async () => {
    const answer = await call('/stream?events=3&every=20')
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const chunks: string[] = []
    for await (const chunk of answer.body!) chunks.push(Buffer.from(chunk).toString())
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.join('').match(/^event: tick$/gm)).toHaveLength(3)
  })

  it.each([
    ['401', null],
    ['403', null],
    ['429', '2'],
    ['500', null],
    ['503', '1'],
  ])('fails with %s when asked to', async (status, retryAfter) => {
    const answer = await call(`/fail/${status}`)
    expect(answer.status).toBe(Number(status))
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    expect(answer.headers.get('content-type')).toBe('application/json')
  })

  it('leaves its caller waiting when asked to', async () => {
    await expect(call('/fail/timeout', { signal: AbortSignal.timeout(150) })).rejects.toThrow(/abort|timeout/i)
  })

  it('knows nothing else', async () => {
    expect((await call('/nothing')).status).toBe(404)
    expect((await call('/me', { method: 'POST' })).status).toBe(404)
    expect((await call('/constructor')).status).toBe(404)
    expect((await fetch(`${server.issuer}/nothing`)).status).toBe(404)
  })
})
