import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../../src/clock.ts'
import type { Levers } from '../../../src/simulate/simulate.ts'
import { type Browser, PASSWORD } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { visitor } from '../../connect-page/visitor.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, connected, consent, ground } from './ground.ts'

let here: World
let clock: TestClock
let ada: Browser
let bob: Browser

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
})
afterAll(() => here?.app.close())

async function tried(id: string, name: string, how: Partial<Levers>, more: Record<string, unknown> = {}) {
  for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
  const there = await ground(here, ada.client, id, name)
  const { instead, ...levers } = how
  Object.assign(there.simulator.levers, levers)
  const started = await bob.client.connections.authorize({ ...there.input, bind: 'browser', ...more } as never)
  const location = await consent(there.simulator, started.authorizeUrl!)
  if (instead) there.simulator.levers.instead = instead
  const browser = at(here, bob)
  const shown = await comeBack(browser, location)
  return { ...there, browser, started, shown, flow: await bob.client.connections.flows.get(started.id) }
}

const json = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const atToken =
  (status: number, body: unknown): Levers['instead'] =>
  (endpoint) =>
    endpoint === 'token' ? json(status, body) : undefined

describe(`a return that fails, on ${databaseName}`, () => {
  it.each<[string, Partial<Levers>, string, string]>([
    ['a consent that is refused', { consent: 'refuse' }, 'oauth.denied', 'Access was not granted'],
    [
      'a code that is not exchanged',
      { instead: atToken(400, { error: 'invalid_grant' }) },
      'flow.exchange_refused',
      'would not exchange it',
    ],
    [
      'a client that is refused',
      { instead: atToken(401, { error: 'invalid_client' }) },
      'flow.app_refused',
      'refuses the OAuth app, not you',
    ],
    [
      'a redirect address that is not registered',
      { instead: atToken(400, { error: 'redirect_uri_mismatch' }) },
      'flow.redirect_refused',
      'redirect address of this server is not registered',
    ],
    [
      'a token endpoint that is down',
      { instead: atToken(503, { error: 'temporarily_unavailable' }) },
      'oauth.unavailable',
      'does not issue tokens at the moment',
    ],
    [
      'an answer that is none',
      { instead: atToken(200, { hello: 'world' }) },
      'oauth.unexpected_answer',
      'not what was expected',
    ],
    [
      'a token that its own API refuses',
      {
        instead: (endpoint) =>
          endpoint === 'api' ? json(401, { errors: [{ message: 'Not Authorized' }] }) : undefined,
      },
      'flow.token_refused',
      'refuses what it has just given',
    ],
  ])('%s has a code, a page and a next step', async (_, levers, code, words) => {
    const { shown, flow } = await tried('asana', 'oauth', levers)
    expect(flow).toMatchObject({ state: 'failed', connection: null, problem: { code, next: expect.any(String) } })
    expect([shown.status, shown.text.includes(words), shown.text.includes(flow.problem!.next.slice(0, 20))]).toEqual([
      flow.problem!.status,
      true,
      true,
    ])
    expect(shown.url).not.toMatch(/code=|state=/)
    expect((await bob.client.connections.list({ status: 'active' }).page()).items.filter(({ mine }) => mine)).toEqual(
      [],
    )
  })

  it('because of the app is told to its administrators by name, and troubles no connection', async () => {
    const { appId } = await tried('asana', 'oauth', { instead: atToken(401, { error: 'invalid_client' }) })
    const app = await ada.client.apps.get(appId!)
    expect(JSON.stringify(app)).toContain('invalid_client')
    const good = await ground(here, ada.client, 'asana', 'oauth')
    await connected(here, bob, { ...good, input: { ...good.input, appId } as never })
    expect(JSON.stringify(await ada.client.apps.get(appId!))).not.toContain('invalid_client')
  })

  it('without an account that could be told, where nothing works without it, changes nothing', async () => {
    const { flow } = await tried('xero', 'oauth', { tells: false })
    expect(flow).toMatchObject({ state: 'failed', problem: { code: 'flow.account_unread' } })
  })

  it('ends what was granted at the service, when nobody keeps it', async () => {
    const { flow } = await tried('asana', 'oauth', {
      instead: (endpoint) => (endpoint === 'api' ? json(401, {}) : undefined),
    })
    expect(flow.problem?.code).toBe('flow.token_refused')
    const rows = await here.app.app.store.sweep((db) =>
      db.selectFrom('revocations').select(['because', 'state']).where('provider', '=', 'asana').execute(),
    )
    expect(rows).toContainEqual(expect.objectContaining({ because: 'unkept' }))
  })
})

describe(`a return that brings less than was asked for, on ${databaseName}`, () => {
  it('says which scopes are missing, and keeps which were granted', async () => {
    const { shown, flow } = await tried('x', 'oauth', { ticked: ['users.read', 'tweet.read'] })
    expect(flow).toMatchObject({
      state: 'done',
      notes: expect.arrayContaining(['fewer_scopes']),
      scopes: { missing: ['offline.access'], granted: ['users.read', 'tweet.read'] },
      connection: { scopes: ['users.read', 'tweet.read'] },
    })
    expect([shown.status, shown.text.includes('Less was granted'), shown.text.includes('offline.access')]).toEqual([
      200,
      true,
      true,
    ])
  })

  it('says on the connection itself what is missing, until another consent has brought it', async () => {
    const [read, write, comments] = ['projects:read', 'projects:write', 'stories:read'] as const
    const ticked = ['users:read', read]
    const wanted = { scopes: [read, write] }
    const { flow, simulator } = await tried('asana', 'oauth', { ticked }, wanted)
    const { id } = flow.connection!
    const seen = async () => {
      const { scopes, missingScopes } = await bob.client.connections.get(id)
      return [scopes?.toSorted(), missingScopes]
    }
    expect(flow.connection).toMatchObject({ scopes: ticked, missingScopes: [write] })
    expect(await seen()).toEqual([ticked.toSorted(), [write]])
    const again = async (scopes: string[]) => {
      const started = await bob.client.connections.authorize({ connectionId: id, bind: 'browser', scopes })
      await comeBack(at(here, bob), await consent(simulator, started.authorizeUrl!))
      return bob.client.connections.flows.get(started.id)
    }
    simulator.levers.ticked = [...ticked, write]
    const more = await again([write, comments])
    expect(more).toMatchObject({ notes: ['fewer_scopes'], scopes: { missing: [comments] } })
    expect(await seen()).toEqual([[...ticked, write].toSorted(), [comments]])
    simulator.levers.ticked = undefined
    expect(await again([comments])).toMatchObject({ notes: [], scopes: { missing: [] } })
    expect(await seen()).toEqual([[...ticked, write, comments].toSorted(), []])
  })

  it('says that there is no refresh token, and connects all the same', async () => {
    const { shown, flow } = await tried('asana', 'oauth', { givesRefreshToken: false })
    expect(flow).toMatchObject({ state: 'done', notes: ['no_refresh_token'], connection: { status: 'active' } })
    expect(shown.text).toContain('It will not last')
    expect(flow.connection?.expiresAt).not.toBeNull()
  })

  it('is connected when only its account cannot be read because the service is down', async () => {
    const { flow } = await tried('asana', 'oauth', {
      instead: (endpoint) => (endpoint === 'api' ? json(503, {}) : undefined),
    })
    expect(flow).toMatchObject({
      state: 'done',
      notes: ['not_tested'],
      account: null,
      connection: { status: 'active', health: 'unreachable', account: null },
    })
  })
})

describe(`an account that reaches several places, on ${databaseName}`, () => {
  it('is asked for the place, on the page, and remembers it', async () => {
    const { browser, shown, flow, simulator } = await tried('jira', 'oauth', { choices: 3 })
    expect(flow).toMatchObject({ state: 'asking', asks: { what: 'choice', code: 'connection.choice_needed' } })
    const { choices } = flow.asks!
    expect(choices).toHaveLength(3)
    for (const choice of choices) expect(shown.text).toContain(choice)
    const sealed = await here.app.app.store.sweep((db) =>
      db.selectFrom('oauth_flows').selectAll().where('id', '=', flow.id).executeTakeFirstOrThrow(),
    )
    for (const { values } of simulator.grants.flatMap((grant) => [
      ...((grant as unknown as { issued: { values: Record<string, string> }[] }).issued ?? []),
    ])) {
      for (const value of Object.values(values)) expect(JSON.stringify(sealed)).not.toContain(value)
    }
    const wrong = await browser.send(shown.url, { action: 'answer', choice: 'nowhere' })
    expect(wrong.text).toContain('Which one is it for?')
    const done = await browser.send(shown.url, { action: 'answer', choice: choices.at(-1)! })
    expect([done.status, done.text.includes('is connected')]).toEqual([200, true])
    const after = await bob.client.connections.flows.get(flow.id)
    expect(after).toMatchObject({ state: 'done', connection: { health: 'ok' } })
    expect(simulator.calls.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1)
  })

  it('is answered by the API too, with the cookie of the browser that began', async () => {
    const { flow } = await tried('jira', 'oauth', { choices: 2 })
    const choice = flow.asks!.choices.at(-1)!
    const key = (await here.app.key(ada, 'editor')).client
    await expect(key.connections.flows.finish(flow.id, { choice })).rejects.toMatchObject({ code: 'flow.not_found' })
    expect(await bob.client.connections.flows.finish(flow.id, { choice })).toMatchObject({ state: 'done' })
  })

  it('is forgotten, and ended at the service, when nobody answers', async () => {
    const { flow, browser, shown } = await tried('jira', 'oauth', { choices: 2 })
    await clock.advance(10 * MINUTE)
    expect(await bob.client.connections.flows.get(flow.id)).toMatchObject({ problem: { code: 'flow.expired' } })
    expect((await browser.send(shown.url, { action: 'answer', choice: flow.asks!.choices[0]! })).status).toBe(410)
    await here.app.app.connections.authorize.prune()
    const row = await here.app.app.store.sweep((db) =>
      db.selectFrom('oauth_flows').select('sealed').where('id', '=', flow.id).executeTakeFirst(),
    )
    expect(row?.sealed).toBeNull()
    await clock.advance(24 * 60 * MINUTE)
    await here.app.app.connections.authorize.prune()
    await expect(bob.client.connections.flows.get(flow.id)).rejects.toMatchObject({ code: 'flow.not_found' })
  })
})

describe(`a code that is typed elsewhere, on ${databaseName}`, () => {
  async function onDevice() {
    for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
    const there = await ground(here, ada.client, 'github', 'device')
    const started = await bob.client.connections.authorize({ ...there.input, bind: 'starter' })
    const polls = () => there.simulator.calls.filter(({ endpoint }) => endpoint === 'token').length
    return { ...there, started, polls, get: () => bob.client.connections.flows.get(started.id) }
  }

  it('is shown with its address, and asked for no oftener than the service wants', async () => {
    const { started, polls, get, simulator } = await onDevice()
    expect(started).toMatchObject({ kind: 'device', authorizeUrl: null, starterSecret: null })
    expect(started.device).toMatchObject({ userCode: expect.any(String), intervalSeconds: 5 })
    for (let time = 0; time < 5; time++) await get()
    expect(polls()).toBe(0)
    await clock.advance(5 * SECOND)
    await Promise.all([get(), get(), get()])
    expect(polls()).toBe(1)
    simulator.answerDevice(started.device!.userCode, 'yes')
    await clock.advance(5 * SECOND)
    expect(await get()).toMatchObject({ state: 'done', connection: { health: 'ok' } })
    expect(polls()).toBe(2)
  })

  it('slows down when the service says so', async () => {
    const { simulator, get, polls } = await onDevice()
    simulator.levers.instead = (endpoint) => (endpoint === 'token' ? json(400, { error: 'slow_down' }) : undefined)
    await clock.advance(5 * SECOND)
    expect((await get()).device?.intervalSeconds).toBe(10)
    await clock.advance(5 * SECOND)
    await get()
    expect(polls()).toBe(1)
  })

  it('ends when it is refused, and when its time is over', async () => {
    const refused = await onDevice()
    refused.simulator.answerDevice(refused.started.device!.userCode, 'no')
    await clock.advance(5 * SECOND)
    expect(await refused.get()).toMatchObject({ state: 'failed', problem: { code: 'oauth.denied' } })
    const late = await onDevice()
    await clock.advance(16 * MINUTE)
    expect(await late.get()).toMatchObject({ state: 'failed', problem: { code: 'flow.expired' } })
  })

  it('goes on when the service cannot be asked for a moment', async () => {
    const { simulator, get, started } = await onDevice()
    simulator.goDown('error', 1)
    await clock.advance(5 * SECOND)
    expect((await get()).state).toBe('open')
    simulator.answerDevice(started.device!.userCode, 'yes')
    await clock.advance(5 * SECOND)
    expect((await get()).state).toBe('done')
  })
})

describe(`a grant that needs nobody, on ${databaseName}`, () => {
  it('is there at once, or is refused at once', async () => {
    const there = await ground(here, ada.client, 'okta', 'saml')
    const done = await bob.client.connections.authorize({ ...there.input, bind: 'starter' })
    expect(done).toMatchObject({ kind: 'direct', state: 'done', authorizeUrl: null, connection: { status: 'active' } })
    there.simulator.levers.instead = atToken(400, { error: 'invalid_grant' })
    const refused = bob.client.connections.authorize({ ...there.input, bind: 'starter' })
    await expect(refused).rejects.toMatchObject({ code: 'flow.exchange_refused' })
  })
})

describe(`a link for another browser, on ${databaseName}`, () => {
  it('lets its member sign in right there, and says which scopes it asks for', async () => {
    for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
    const there = await ground(here, ada.client, 'asana', 'oauth')
    const { authorizeUrl, id, starterSecret } = await bob.client.connections.authorize({
      ...there.input,
      bind: 'starter',
    })
    const browser = visitor(here.app.url)
    const shown = await browser.open(authorizeUrl!)
    for (const sentence of Object.values(there.method.scopes!.ask)) expect(shown.text).toContain(sentence)
    expect(shown.text).not.toMatch(/asana\.com|code_challenge|client_id/)
    const wrong = await browser.send(authorizeUrl!, { action: 'sign_in', email: bob.email, password: 'not it at all' })
    expect([wrong.status, wrong.text.includes('Wrong address or password')]).toEqual([401, true])
    const ready = await browser.send(authorizeUrl!, { action: 'sign_in', email: bob.email, password: PASSWORD })
    expect(ready.text).toContain('Continue to Asana')
    const off = await browser.send(authorizeUrl!, { action: 'go' })
    const to = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(off.text)![1]!.replaceAll('&#38;', '&')
    const back = await comeBack(browser, await consent(there.simulator, to))
    expect(back.text).toContain('Go back to the program that asked')
    expect(back.text).toContain((await bob.client.connections.flows.get(id)).account!.label)
    expect(await bob.client.connections.flows.finish(id, { starterSecret: starterSecret! })).toMatchObject({
      state: 'done',
    })
  })

  it('leaves a row in which no secret can be read, and none once it is over', async () => {
    const there = await ground(here, ada.client, 'asana', 'oauth')
    const started = await bob.client.connections.authorize({ ...there.input, bind: 'browser' })
    const state = new URL(started.authorizeUrl!).searchParams.get('state')!
    const cookie = at(here, bob).cookies.get(`__Host-cardea_${started.id}`)!
    const row = () =>
      here.app.app.store.sweep((db) =>
        db.selectFrom('oauth_flows').selectAll().where('id', '=', started.id).executeTakeFirstOrThrow(),
      )
    const open = await row()
    for (const secret of [state, cookie]) {
      expect(JSON.stringify(open)).not.toContain(secret)
      expect(Buffer.from(open.sealed!).includes(Buffer.from(secret))).toBe(false)
    }
    await comeBack(at(here, bob), await consent(there.simulator, started.authorizeUrl!))
    expect((await row()).sealed).toBeNull()
  })

  it('is given up by the one who began it', async () => {
    const there = await ground(here, ada.client, 'asana', 'oauth')
    const started = await bob.client.connections.authorize({ ...there.input, bind: 'starter' })
    await bob.client.connections.flows.cancel(started.id)
    expect((await at(here, bob).open(started.authorizeUrl!)).status).toBe(410)
    expect(await bob.client.connections.flows.get(started.id)).toMatchObject({ problem: { code: 'flow.cancelled' } })
  })
})

describe(`cookies of consents that are over, on ${databaseName}`, () => {
  it('do not pile up until requests are too large', async () => {
    const there = await ground(here, ada.client, 'asana', 'oauth')
    const started = await bob.client.connections.authorize({ ...there.input, bind: 'browser' })
    const browser = at(here, bob)
    const answer = await fetch(await consent(there.simulator, started.authorizeUrl!), {
      headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    })
    const ended = answer.headers.getSetCookie().find((line) => line.startsWith(`__Host-cardea_${started.id}=`))
    expect(ended).toMatch(/Max-Age=120; Secure; HttpOnly; SameSite=Lax/)
  })
})

describe(`a policy, on ${databaseName}`, () => {
  it('that limits scopes is asked before anybody is sent away', async () => {
    const there = await ground(here, ada.client, 'asana', 'oauth')
    const made = await ada.client.policies.create({
      name: 'Only a little',
      applies: { services: ['asana'] },
      limits: { scopes: ['users:read'] },
    } as never)
    const scopes = Object.keys(there.method.scopes!.offer!).slice(0, 1)
    const begun = bob.client.connections.authorize({ ...there.input, scopes, bind: 'browser' })
    await expect(begun).rejects.toMatchObject({ code: 'policy.refused' })
    await ada.client.policies.remove(made.id)
  })
})
