import { gzipSync } from 'node:zlib'
import { createClient } from '@cardea/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { databaseName } from '../database.ts'
import { type ActionsGround, actionsGround, json, SECRET } from './ground.ts'

let here: ActionsGround
let id: string
beforeAll(async () => {
  here = await actionsGround()
  id = await here.connect()
})
afterAll(() => here?.close())
afterEach(() => {
  here.service.seen.length = 0
  here.service.answer(json({ item: { id: 1 } }))
})

const run = (name: string, input: Record<string, unknown> = {}, more: object = {}) =>
  here.ada.client.actions.execute({ actionIdentifier: `ledger.${name}`, connectionId: id, input, ...more })
/** The ends of calls are recorded behind them, many at once. */
const PATIENT = { timeout: 5000 }
const preview = (name: string, input: Record<string, unknown> = {}, more: object = {}) =>
  here.ada.client.actions.preview({ actionIdentifier: `ledger.${name}`, connectionId: id, input, ...more })
const refused = (work: Promise<unknown>) =>
  work.then(
    (given) => ({ code: 'allowed', values: {}, issues: [], status: 200, given }) as never,
    (error) =>
      error as {
        code: string
        status: number
        values: Record<string, unknown>
        issues: { path: string; message: string }[]
      },
  )

describe(`an action on ${databaseName}`, () => {
  it('puts what is given where the definition says, with its type, and leaves out what is not', async () => {
    const answer = await run('write', {
      name: 'A "name" with {token} in it',
      size: 1.5,
      at: '2027-03-01T09:00:00+01:00',
      tags: ['a', 'b'],
      more: { deep: [1, { x: null }] },
      isNew: false,
    })
    expect(answer).toMatchObject({
      dryRun: false,
      status: 200,
      output: { item: { id: 1 } },
      encoding: 'json',
      part: null,
    })
    const [seen] = here.service.seen
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/v1/items',
      headers: {
        authorization: `Bearer ${SECRET}`,
        'content-type': 'application/json',
        accept: 'application/json',
        'x-api-version': '2',
        'user-agent': 'Cardea',
      },
    })
    expect(JSON.parse(seen!.body)).toEqual({
      name: 'A "name" with {token} in it',
      label: 'a small one',
      size: 1.5,
      at: Date.UTC(2027, 2, 1, 8),
      isNew: false,
      nested: { tags: ['a', 'b'], more: { deep: [1, { x: null }] } },
      always: {},
    })
  })

  it('gives the part of the answer that is wanted, a text, bytes, or nothing', async () => {
    expect(await run('read', { id: 'a/b c' })).toMatchObject({ output: { id: 1 }, part: 'item', encoding: 'json' })
    expect(here.service.seen[0]!.url).toBe('/v1/items/a%2Fb%20c')
    here.service.answer((_, response) => response.setHeader('content-type', 'text/plain').end('Grüße'))
    expect(await run('find')).toMatchObject({ output: 'Grüße', encoding: 'text' })
    expect(here.service.seen[1]!.url).toBe('/v1/items?limit=5')
    const bytes = Buffer.from([0xff, 0xd8, 0, 1])
    here.service.answer((_, response) => response.setHeader('content-type', 'image/jpeg').end(bytes))
    expect(await run('find')).toMatchObject({ output: bytes.toString('base64'), encoding: 'base64' })
    here.service.answer((_, response) => response.writeHead(204).end())
    expect(await run('erase', { id: '1' })).toMatchObject({ output: null, encoding: 'none', status: 204 })
    here.service.answer(json({ error: 'no item' }))
    expect(await run('read', { id: '1' })).toMatchObject({ output: { error: 'no item' }, part: null })
  })

  it('keeps the digits of large numbers', async () => {
    here.service.answer((_, response) =>
      response.setHeader('content-type', 'application/json').end('{"id":9007199254740993}'),
    )
    const { token } = await here.app.key(here.ada, 'editor')
    const answer = await fetch(`${here.app.url}/v1/actions/execute`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      body: JSON.stringify({ actionIdentifier: 'ledger.find', connectionId: id }),
    })
    expect(await answer.text()).toContain('9007199254740993')
  })

  it('sends forms, headers and GraphQL, whose inputs travel as variables', async () => {
    await run('note', { by: 'Ada', text: 'a&b=c {token}' })
    expect(here.service.seen[0]).toMatchObject({ body: 'text=a%26b%3Dc%20%7Btoken%7D', headers: { 'x-by': 'Ada' } })
    here.service.answer(json({ data: { find: [{ id: 7 }] } }))
    expect(await run('ask', { words: '") { secret } #' })).toMatchObject({ output: [{ id: 7 }], part: 'data.find' })
    expect(JSON.parse(here.service.seen[1]!.body)).toEqual({
      query: 'query($words: String!) { find(words: $words) { id } }',
      variables: { words: '") { secret } #' },
    })
    here.service.answer(json({ errors: [{ message: 'no such field' }] }))
    expect(await refused(run('ask', { words: 'x' }))).toMatchObject({
      code: 'action.refused_by_service',
      values: { serviceStatus: 200, serviceAnswer: { errors: [{ message: 'no such field' }] }, outcome: 'not_done' },
    })
  })

  it.each([
    ['write', {}, 'input.name', 'is missing'],
    ['write', { name: '' }, 'input.name', 'is empty'],
    ['write', { name: 7 }, 'input.name', 'must be text'],
    ['write', { name: 'x', size: '7' }, 'input.size', 'must be a number'],
    ['write', { name: 'x', kind: 'huge' }, 'input.kind', 'is none of small, large'],
    ['write', { name: 'x', day: '2027-02-30' }, 'input.day', expect.stringContaining('is no day')],
    ['write', { name: 'x', at: 'tomorrow' }, 'input.at', expect.stringContaining('is no instant')],
    ['write', { name: 'x', tags: 'a' }, 'input.tags', 'must be a list'],
    ['write', { name: 'x', tags: ['a', 1] }, 'input.tags', '1: must be text'],
    ['write', { name: 'x', tags: Array(1001).fill('a') }, 'input.tags', 'has more than 1000 entries'],
    ['write', { name: 'x', isNew: 'yes' }, 'input.isNew', 'must be true or false'],
    ['write', { name: 'x', who: 'a@b.example\r\nBcc: c@d.example' }, 'input.who', 'is no address'],
    ['write', { name: 'x', page: 'javascript:alert(1)' }, 'input.page', 'is no http address'],
    ['write', { name: 'x', page: 'https://user:pass@example.com/' }, 'input.page', 'is no http address'],
    ['write', { name: 'x'.repeat(200_001) }, 'input.name', 'is longer than 200000 characters'],
    ['write', { name: 'x', stranger: 1 }, 'input.stranger', 'is nothing that this action asks for'],
    ['write', { name: 'x', toString: 1 }, 'input.toString', 'is nothing that this action asks for'],
    ['find', { limit: 1.5 }, 'input.limit', 'must be a whole number'],
    ['find', { limit: 2 ** 53 }, 'input.limit', 'must be a whole number'],
    ['read', { id: '..' }, 'input.id', 'would climb out of its path'],
    ['read', { id: '.' }, 'input.id', 'would climb out of its path'],
    ['read', { id: 'a\r\nHost: evil' }, 'input.id', 'has a character that a path cannot carry'],
    ['read', { id: 'a\\b' }, 'input.id', 'has a character that a path cannot carry'],
    ['read', { id: 'x'.repeat(2001) }, 'input.id', 'is longer than 2000 characters'],
    [
      'note',
      { by: 'a\r\nauthorization: Bearer x', text: 'x' },
      'input.by',
      expect.stringContaining('a header cannot carry'),
    ],
    ['note', { by: 'Zoë', text: 'x' }, 'input.by', expect.stringContaining('a header cannot carry')],
  ])('refuses %s with a wrong input: $2 $3', async (name, input, path, message) => {
    for (const ask of [run, preview]) {
      expect(await refused(ask(name, input))).toMatchObject({ code: 'request.invalid', issues: [{ path, message }] })
    }
    expect(here.service.seen).toEqual([])
  })

  it.each([
    '../admin',
    '..%2fadmin',
    '%2e%2e/admin',
    '..;/admin',
    '%252e%252e%252fadmin',
    '//evil.example',
    'a/../../keys',
  ])('never lets %s out of its segment', async (value) => {
    const { code, status } = await refused(run('read', { id: value }))
    expect(status).toBeLessThan(500)
    for (const { url } of here.service.seen) expect(url).toMatch(/^\/v1\/items\/[^/]+$/)
    expect(['allowed', 'request.invalid', 'service.path_refused']).toContain(code)
  })

  it('takes nothing that could poison an object', async () => {
    const { token } = await here.app.key(here.ada, 'editor')
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const answer = await fetch(`${here.app.url}/v1/actions/execute`, {
        method: 'POST',
        headers: { 'x-api-key': token, 'content-type': 'application/json' },
        body: `{"actionIdentifier":"ledger.write","connectionId":"${id}","input":{"name":"x","more":{"${name}":{"a":1}}}}`,
      })
      expect(answer.status).toBe(400)
    }
  })

  it.each([
    ['ledger.nothing', 'action.not_found'],
    ['ledger.constructor', 'action.not_found'],
    ['ledger.__proto__', 'action.not_found'],
    ['nowhere', 'action.not_found'],
    ['github.create_issue', 'action.wrong_connection'],
  ])('does not know %s here', async (actionIdentifier, code) => {
    const asked = { actionIdentifier, connectionId: id, input: {} }
    expect(await refused(here.ada.client.actions.execute(asked))).toMatchObject({ code })
  })

  it('works only with a connection made by one of its methods', async () => {
    const other = await here.connect({ method: 'other' })
    const asked = { actionIdentifier: 'ledger.by_token', connectionId: other }
    expect(await refused(here.ada.client.actions.execute(asked))).toMatchObject({ code: 'action.wrong_connection' })
    expect(await here.ada.client.actions.execute({ ...asked, actionIdentifier: 'ledger.find' })).toMatchObject({
      status: 200,
    })
    expect(here.service.seen[0]!.url).toBe(`/v1/items?limit=5&key=${SECRET}`)
  })

  it('takes the credential out of the answer, of refusals too', async () => {
    here.service.answer((heard, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', etag: SECRET })
        .end(JSON.stringify({ item: heard.headers.authorization, b: Buffer.from(SECRET).toString('base64') })),
    )
    expect(JSON.stringify(await run('read', { id: '1' }))).not.toContain(SECRET.slice(0, 12))
    here.service.answer(json({ echo: `Bearer ${SECRET}` }, 400))
    const said = await refused(run('read', { id: '1' }))
    expect(said).toMatchObject({ code: 'action.refused_by_service', status: 422, values: { serviceStatus: 400 } })
    expect(JSON.stringify(said)).not.toContain(SECRET.slice(0, 12))
    here.service.answer((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify({ item: SECRET }))),
    )
    expect(await run('read', { id: '1' })).toMatchObject({ output: '*'.repeat(SECRET.length) })
  })

  it.each([
    [400, 'action.refused_by_service', 422, 'not_done'],
    [404, 'action.refused_by_service', 422, 'not_done'],
    [302, 'action.refused_by_service', 422, 'not_done'],
    [429, 'action.failed_at_service', 424, 'not_done'],
    [500, 'action.failed_at_service', 424, 'unknown'],
    [503, 'action.failed_at_service', 424, 'unknown'],
  ])('tells %i of the service as %s', async (status, code, own, outcome) => {
    const connectionId = await here.connect()
    here.service.answer((_, response) =>
      response
        .writeHead(status, { location: 'https://evil.example/', 'content-type': 'application/json' })
        .end('{"why":1}'),
    )
    const asked = { actionIdentifier: 'ledger.write', connectionId, input: { name: 'x' } }
    const said = await refused(here.ada.client.actions.execute(asked))
    expect(said).toMatchObject({
      code,
      status: own,
      values: { serviceStatus: status, serviceAnswer: { why: 1 }, outcome },
    })
    expect(here.service.seen).toHaveLength(1)
  })

  it('says of a refused credential where it is mended, and the connection knows', async () => {
    const connectionId = await here.connect()
    here.service.answer(json({ error: 'bad token' }, 401))
    const asked = { actionIdentifier: 'ledger.find', connectionId }
    expect(await refused(here.ada.client.actions.execute(asked))).toMatchObject({
      code: 'action.refused_by_service',
      values: { serviceStatus: 401, meaning: 'rejected', reauthorizeUrl: expect.stringContaining(connectionId) },
    })
    // One call's word does not end a connection that can be checked: it is asked by its own check, and soon.
    const checked = () => here.app.app.connections.probe(here.ada.workspaceId, connectionId)
    await checked()
    expect((await here.ada.client.connections.get(connectionId)).health).toBe('rejected')
  })

  it('collects no more than ten megabytes, packed or not', async () => {
    const many = Buffer.alloc(10 * 1024 * 1024 + 1, 'a')
    here.service.answer((_, response) => response.setHeader('content-type', 'text/plain').end(many))
    expect(await refused(run('find'))).toMatchObject({
      code: 'action.answer_too_large',
      values: { outcome: 'not_done' },
    })
    here.service.answer((_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(gzipSync(many)),
    )
    expect(await refused(run('write', { name: 'x' }))).toMatchObject({
      code: 'action.answer_too_large',
      values: { outcome: 'unknown' },
    })
  })

  it('says whether anything had left when there was no answer', async () => {
    here.service.answer((_, response) => response.destroy())
    expect(await refused(run('write', { name: 'x' }))).toMatchObject({
      code: 'action.unreachable',
      status: 424,
      values: { outcome: 'unknown' },
    })
    expect(await refused(run('find'))).toMatchObject({ code: 'action.unreachable', values: { outcome: 'not_done' } })
    const { ada } = here
    const { id: nowhere } = await ada.client.connections.create(
      {
        provider: 'ledger',
        method: 'token',
        settings: { server: 'http://127.0.0.1:9' },
        credential: { token: SECRET },
      },
      { skipTest: true },
    )
    const asked = { actionIdentifier: 'ledger.write', connectionId: nowhere, input: { name: 'x' } }
    expect(await refused(ada.client.actions.execute(asked))).toMatchObject({
      code: 'action.unreachable',
      values: { outcome: 'not_done' },
    })
  })

  it('is cut off when its connection is paused, and says that it may have been done', async () => {
    const connectionId = await here.connect()
    let arrived = () => {}
    const there = new Promise<void>((resolve) => {
      arrived = resolve
    })
    here.service.answer(() => arrived())
    const asked = { actionIdentifier: 'ledger.write', connectionId, input: { name: 'x' } }
    const work = refused(here.ada.client.actions.execute(asked))
    await there
    await here.ada.client.connections.change(connectionId, { status: 'paused' })
    expect(await work).toMatchObject({ code: 'proxy.call_ended', values: { outcome: 'unknown' } })
    expect(await refused(here.ada.client.actions.execute(asked))).toMatchObject({ code: 'connection.paused' })
    expect(here.service.seen).toHaveLength(1)
  })

  it('makes or shows no credentials unless a policy allows it', async () => {
    expect(await refused(run('make_key'))).toMatchObject({ code: 'proxy.path_guarded' })
    const shown = await preview('make_key')
    expect(shown.policies).toMatchObject({ allowed: false, refusal: { policy: null, rule: 'guardedPaths' } })
    expect(here.service.seen).toEqual([])
  })

  it('obeys policies, and a dry run names the one that would decide', async () => {
    const limits = { readOnly: true }
    const policy = await here.ada.client.policies.create({
      name: 'only reading',
      limits,
      applies: { services: ['ledger'] },
    })
    expect(await refused(run('write', { name: 'x' }))).toMatchObject({
      code: 'policy.refused',
      values: { policy: 'only reading' },
    })
    expect((await preview('write', { name: 'x' })).policies).toMatchObject({
      allowed: false,
      refusal: { policy: 'only reading', rule: 'readOnly' },
    })
    expect((await preview('find')).policies).toMatchObject({ allowed: true })
    expect(await run('find')).toMatchObject({ status: 200 })
    await here.ada.client.policies.change(policy.id, {
      limits: { budgets: [{ per: 'connection', calls: 2, every: 'hour' }] },
    })
    const connectionId = await here.connect()
    const asked = { actionIdentifier: 'ledger.find', connectionId }
    const many = await Promise.all(Array.from({ length: 6 }, () => refused(here.ada.client.actions.execute(asked))))
    expect(many.filter(({ code }) => code === 'allowed')).toHaveLength(2)
    expect(many.filter(({ code }) => code === 'token.over_budget')).toHaveLength(4)
    await here.ada.client.policies.remove(policy.id)
  })

  it('shows beforehand what it would send, and opens, sends and records nothing', async () => {
    const connectionId = await here.connect()
    const shown = await preview('note', { by: 'Ada', text: 'hello' }, { connectionId })
    expect(shown).toMatchObject({
      dryRun: true,
      method: 'POST',
      address: `http://127.0.0.1:${here.service.port}/v1/notes`,
      headers: { 'x-by': 'Ada', 'x-api-version': '2', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'text=hello',
      credentialIn: ['header authorization'],
      missingScopes: [],
      policies: { allowed: true },
    })
    expect(JSON.stringify(shown)).not.toContain(SECRET)
    expect(here.service.seen).toEqual([])
    const records = (await here.ada.client.audit.list({ connection: connectionId }).page()).items
    expect(records.map(({ event }) => event)).not.toContain('connection.used')
    expect((await here.ada.client.connections.get(connectionId)).lastUsedAt).toBeNull()
    // Not even of a connection that nobody could use now.
    await here.ada.client.connections.change(connectionId, { status: 'paused' })
    expect(await preview('find', {}, { connectionId })).toMatchObject({ dryRun: true })
  })

  it('is recorded with who, what and where, and without what was written', async () => {
    const connectionId = await here.connect()
    const asked = { actionIdentifier: 'ledger.note', connectionId, input: { by: 'Ada', text: 'a private word' } }
    await here.ada.client.actions.execute({ ...asked, toolCall: 'call_1', run: 'run_1', step: 'digest/send' })
    const records = async () => (await here.ada.client.audit.list({ connection: connectionId }).page()).items
    await expect.poll(async () => (await records()).map(({ event }) => event), PATIENT).toContain('connection.answered')
    const all = await records()
    expect(all.find(({ event }) => event === 'connection.used')).toMatchObject({
      ...{ toolCall: 'call_1', run: 'run_1', step: 'digest/send', method: 'POST', path: '/notes' },
      host: `127.0.0.1:${here.service.port}`,
      detail: { action: 'ledger.note' },
    })
    expect(all.find(({ event }) => event === 'connection.answered')).toMatchObject({ status: 200 })
    expect(JSON.stringify(all)).not.toContain('private word')
  })

  it('done once under one key, however often it is sent', async () => {
    let answered = 0
    here.service.answer((_, response) =>
      response.setHeader('content-type', 'application/json').end(`{"n":${++answered}}`),
    )
    const asked = { actionIdentifier: 'ledger.write', connectionId: id, input: { name: 'once' } }
    const options = { idempotencyKey: 'mail-1' }
    const first = await here.ada.client.actions.execute(asked, options)
    const second = await here.ada.client.actions.execute(asked, options)
    expect(second).toEqual(first)
    expect(here.service.seen).toHaveLength(1)
    const other = { ...asked, input: { name: 'twice' } }
    expect(await refused(here.ada.client.actions.execute(other, options))).toMatchObject({
      code: 'idempotency.mismatch',
    })
  })

  it('is not sent again under its key when nobody knows whether it was done, and is when it was not', async () => {
    const asked = { actionIdentifier: 'ledger.write', connectionId: id, input: { name: 'x' } }
    here.service.answer(json({}, 500))
    expect(await refused(here.ada.client.actions.execute(asked, { idempotencyKey: 'k-500' }))).toMatchObject({
      code: 'action.failed_at_service',
    })
    here.service.answer(json({ fine: true }))
    expect(await refused(here.ada.client.actions.execute(asked, { idempotencyKey: 'k-500' }))).toMatchObject({
      code: 'idempotency.outcome_unknown',
    })
    expect(here.service.seen).toHaveLength(1)
    here.service.answer(json({}, 422))
    await refused(here.ada.client.actions.execute(asked, { idempotencyKey: 'k-422' }))
    here.service.answer(json({ fine: true }))
    expect(await here.ada.client.actions.execute(asked, { idempotencyKey: 'k-422' })).toMatchObject({
      output: { fine: true },
    })
  })

  it('goes on to its end when its caller goes away, and gives everything back', async () => {
    const gone = new AbortController()
    let finish = () => {}
    here.service.answer((_, response) => {
      finish = () => response.setHeader('content-type', 'application/json').end('{}')
      gone.abort()
    })
    const connectionId = await here.connect()
    const client = createClient({ url: here.app.url, apiKey: (await here.app.key(here.ada, 'editor')).token })
    const asked = { actionIdentifier: 'ledger.write', connectionId, input: { name: 'x' } }
    await expect(client.actions.execute(asked, { signal: gone.signal })).rejects.toThrow()
    finish()
    const events = async () =>
      (await here.ada.client.audit.list({ connection: connectionId }).page()).items.flatMap(({ event, status }) =>
        event === 'connection.answered' ? [status] : [],
      )
    await expect.poll(events, PATIENT).toEqual([200])
  })

  it('waits for somebody to mend the connection, and sends nothing for a caller who has gone meanwhile', async () => {
    const connectionId = await here.connect()
    here.service.answer(json({ error: 'bad token' }, 401))
    await here.app.app.connections.probe(here.ada.workspaceId, connectionId)
    here.service.answer(json({ id: 1 }))
    const gone = new AbortController()
    const asked = (id: string) => ({
      actionIdentifier: 'ledger.read',
      connectionId,
      input: { id },
      onUnavailable: 'wait' as const,
    })
    const { execute } = here.ada.client.actions
    const leaves = refused(execute(asked('leaves'), { signal: gone.signal }))
    const stays = execute(asked('stays'))
    const minted = async () =>
      (await here.ada.client.audit.list({ connection: connectionId, event: 'broker_token.minted' }).page()).items.length
    await expect.poll(minted).toBe(2)
    gone.abort()
    await leaves
    const credential = { token: SECRET }
    const settings = { server: `http://127.0.0.1:${here.service.port}/v1` }
    await here.ada.client.connections.change(connectionId, { credential, settings })
    expect(await stays).toMatchObject({ status: 200 })
    expect(here.service.seen.map(({ url }) => url)).toContain('/v1/items/stays')
    expect(here.service.seen.map(({ url }) => url)).not.toContain('/v1/items/leaves')
  })

  it('of many at once gives each its own answer', async () => {
    here.service.answer((heard, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ item: heard.url })),
    )
    const all = await Promise.all(Array.from({ length: 40 }, (_, at) => run('read', { id: `n${at}` })))
    expect(all.map(({ output }) => output)).toEqual(all.map((_, at) => `/v1/items/n${at}`))
  })
})
