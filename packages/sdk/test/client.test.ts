import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { CardeaProblem, createClient } from '../src/index.ts'

/** A server that gives these answers in turn, and remembers what it was asked. */
function serverOf(...answers: (Response | Error | 'silence')[]) {
  const asked: { method: string; url: string; headers: Headers; body: unknown }[] = []
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    asked.push({
      method: init.method ?? 'GET',
      url: String(input),
      headers: new Headers(init.headers),
      body: init.body === undefined ? undefined : String(init.body),
    })
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    if (answer instanceof Error) throw answer
    if (answer !== 'silence') return answer.clone()
    return new Promise((_resolve, reject) => {
      init.signal!.addEventListener('abort', () => reject(init.signal!.reason))
    })
  }
  return { asked, fetch }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

const problem = (code: string, status: number, extra: Record<string, unknown> = {}, headers = {}) =>
  json(
    { type: 't', title: 'Title', status, detail: 'Detail.', code, next: 'Next.', requestId: 'req_1', ...extra },
    status,
    headers,
  )

const refused = (work: Promise<unknown>): Promise<CardeaProblem> =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  )

const url = 'http://cardea.test'
const apiKey = 'cardea_key_verysecretverysecret'

describe('the client', () => {
  it('sends its credential, workspace and idempotency key as headers, and the body as JSON', async () => {
    const { asked, fetch } = serverOf(json({ id: 'key_1' }, 201))
    const client = createClient({ url: `${url}/below/`, apiKey, workspace: 'ws_1', fetch })
    await client.keys.create({ name: 'a', role: 'viewer' }, { idempotencyKey: 'k', workspace: 'ws_2' })
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: `${url}/below/v1/keys`,
      body: '{"name":"a","role":"viewer"}',
    })
    expect(Object.fromEntries(asked[0]!.headers)).toMatchObject({
      'x-api-key': apiKey,
      'cardea-workspace': 'ws_2',
      'idempotency-key': 'k',
      'content-type': 'application/json',
    })
  })

  it('takes one credential', () => {
    expect(() => createClient({ url, apiKey, token: 'b' })).toThrow(TypeError)
  })

  it('walks through a list page by page, and asks for no page before it is needed', async () => {
    const { asked, fetch } = serverOf(
      json({ items: [{ id: 1 }, { id: 2 }], nextCursor: 'n/1' }),
      json({ items: [], nextCursor: 'n2' }),
      json({ items: [{ id: 3 }], nextCursor: null }),
    )
    const list = createClient({ url, fetch }).keys.list({ limit: 2 })
    expect(asked).toHaveLength(0)
    const found: unknown[] = []
    for await (const { id } of list) {
      found.push(id)
      if (found.length === 1) expect(asked).toHaveLength(1)
    }
    expect(found).toEqual([1, 2, 3])
    expect(asked.map(({ url }) => new URL(url).search)).toEqual([
      '?limit=2',
      '?limit=2&cursor=n%2F1',
      '?limit=2&cursor=n2',
    ])
  })

  it('throws what the server refuses as a problem with everything it said', async () => {
    const { fetch } = serverOf(problem('request.too_many', 429, { limit: 5 }, { 'retry-after': '7' }))
    const error = await refused(createClient({ url, fetch }).me())
    expect(error).toBeInstanceOf(CardeaProblem)
    expect(error).toMatchObject({
      code: 'request.too_many',
      status: 429,
      message: 'Detail.',
      next: 'Next.',
      requestId: 'req_1',
      values: { limit: 5 },
      retryAfterSeconds: 7,
    })
  })

  it('names what is wrong with what was sent', async () => {
    const issues = [{ path: 'body.name', message: 'too long' }]
    const { fetch } = serverOf(problem('request.invalid', 400, { issues }))
    const error = await refused(createClient({ url, fetch }).keys.create({ name: '', role: 'viewer' }))
    expect(error.message).toBe('Detail. body.name: too long')
    expect(error.issues).toEqual(issues)
  })

  it('understands the refusals of OAuth', async () => {
    const { asked, fetch } = serverOf(json({ error: 'authorization_pending', error_description: 'Wait.' }, 400))
    const error = await refused(createClient({ url, fetch }).deviceLogins.token('d', 'cli'))
    expect(error.code).toBe('oauth.authorization_pending')
    expect(asked[0]!.body).toBe(
      'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=cli',
    )
  })

  it('asks again for what changes nothing when the server is away for a moment, and no more than twice', async () => {
    const away = problem('server.unavailable', 503)
    const recovering = serverOf(away, new TypeError('fetch failed'), json({ kind: 'key' }))
    expect(await createClient({ url, fetch: recovering.fetch }).me()).toEqual({ kind: 'key' })
    const gone = serverOf(away)
    expect(await refused(createClient({ url, fetch: gone.fetch }).me())).toMatchObject({ code: 'server.unavailable' })
    expect(gone.asked).toHaveLength(3)
  })

  it('never repeats by itself what might have been done', async () => {
    for (const answer of [problem('server.unavailable', 503), new TypeError('fetch failed')]) {
      const { asked, fetch } = serverOf(answer)
      await refused(createClient({ url, fetch }).keys.create({ name: 'a', role: 'viewer' }))
      await refused(createClient({ url, fetch }).keys.revoke('key_1'))
      expect(asked).toHaveLength(2)
    }
  })

  it('waits no longer than it is told to, and stops when it is told to', async () => {
    const { fetch } = serverOf('silence')
    const client = createClient({ url, fetch, timeoutSeconds: 0.02 })
    expect(await refused(client.me())).toMatchObject({ code: 'client.timeout', status: 0 })
    const stop = new AbortController()
    const asked = refused(client.me({ signal: stop.signal, timeoutSeconds: 60 }))
    stop.abort(new Error('enough'))
    expect(await asked).toMatchObject({ message: 'enough' })
  })

  it('says where it could not get to', async () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    const { fetch } = serverOf(new TypeError('fetch failed', { cause }))
    const error = await refused(createClient({ url, fetch }).keys.revoke('key_1'))
    expect(error).toMatchObject({ code: 'client.unreachable' })
    expect(error.message).toBe('The server at http://cardea.test could not be reached (ECONNREFUSED).')
  })

  it('says so when what answers is not Cardea', async () => {
    const page = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
    expect(await refused(createClient({ url, fetch: serverOf(page()).fetch }).me())).toMatchObject({
      code: 'client.unreadable',
      status: 200,
    })
    const gateway = serverOf(new Response('<html>', { status: 502 }))
    expect(await refused(createClient({ url, fetch: gateway.fetch }).me())).toMatchObject({ status: 502 })
  })

  it('shows its credential to nobody who prints the client or an error', async () => {
    const leaky = new TypeError(`bad header x-api-key: ${apiKey}`)
    const client = createClient({ url, apiKey, fetch: serverOf(leaky).fetch })
    const error = await refused(client.keys.revoke('key_1'))
    const shown = [client, client.keys, client.keys.list(), error].map((value) =>
      inspect(value, { depth: 9, showHidden: true }),
    )
    expect(shown.join()).not.toContain(apiKey)
    expect(JSON.stringify([client, error])).not.toContain(apiKey)
    expect(`${error.stack}${inspect(error.cause)}`).not.toContain(apiKey)
    expect(() => createClient({ url, apiKey: `${apiKey}\n` })).toThrow(/^the apiKey or token holds characters/)
  })
})
