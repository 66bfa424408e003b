import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MINUTE } from '../../../src/clock.ts'
import { Problem } from '../../../src/errors.ts'
import { type Browser, testApp } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { visitor } from '../../connect-page/visitor.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, connected, consent, type Ground, ground } from './ground.ts'

let here: World
let clock: TestClock
let ada: Browser
let bob: Browser
let mallory: Browser
let asana: Ground

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
  mallory = await here.app.join(ada, 'editor', 'mallory@example.com')
})
afterAll(() => here?.app.close())
beforeEach(async () => {
  here.instead()
  for await (const { id } of ada.client.apps.list()) await ada.client.apps.remove(id)
  asana = await ground(here, ada.client, 'asana', 'oauth')
})

const begin = (who: Browser, more: Record<string, unknown> = {}) =>
  who.client.connections.authorize({ ...asana.input, bind: 'browser', ...more } as never)
const all = async (who: Browser) => (await who.client.connections.list().page()).items
const count = async () => new Set((await Promise.all([ada, bob, mallory].map(all))).flat().map(({ id }) => id)).size
const tokenCalls = () => asana.simulator.calls.filter(({ endpoint }) => endpoint === 'token').length

describe(`a return that is not what it seems, on ${databaseName}`, () => {
  it('counts once: a state that is replayed connects nothing a second time', async () => {
    const started = await begin(bob)
    const browser = at(here, bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    expect((await comeBack(browser, location)).status).toBe(200)
    const before = await count()
    const again = await comeBack(browser, location)
    // Loaded again by the browser that began it: what came of it, at an address without code or state.
    expect([again.status, again.text.includes('is connected')]).toEqual([200, true])
    expect(again.url).not.toMatch(/code=|state=/)
    expect([await count(), tokenCalls()]).toEqual([before, 1])
    for (const other of [visitor(here.app.url), visitor(here.app.url, bob), visitor(here.app.url, mallory)]) {
      other.cookies.delete(`__Host-cardea_${started.id}`)
      const shown = await comeBack(other, location)
      expect([shown.status, shown.text.includes('begun in another browser')]).toEqual([403, true])
    }
    const shared = at(here, mallory)
    for (const [name, value] of browser.cookies) if (name.includes('flow_')) shared.cookies.set(name, value)
    expect((await comeBack(shared, location)).text).toContain('begun by somebody else')
  })

  it('that failed, or is still asked about, says the same when it is loaded again, and asks the service no more', async () => {
    asana.simulator.levers.consent = 'refuse'
    const denied = await begin(bob)
    const refusal = await consent(asana.simulator, denied.authorizeUrl!)
    const first = await comeBack(at(here, bob), refusal)
    const second = await comeBack(at(here, bob), refusal)
    expect([second.status, second.url, second.text]).toEqual([first.status, first.url, first.text])
    expect(second.text).toContain('Access was not granted')

    const jira = await ground(here, ada.client, 'jira', 'oauth')
    jira.simulator.levers.choices = 2
    const started = await bob.client.connections.authorize({ ...jira.input, bind: 'browser' })
    const location = await consent(jira.simulator, started.authorizeUrl!)
    await comeBack(at(here, bob), location)
    const calls = jira.simulator.calls.length
    const again = await comeBack(at(here, bob), location)
    expect([again.status, again.text.includes('Which one is it for?')]).toEqual([200, true])
    expect(jira.simulator.calls).toHaveLength(calls)
  })

  it('counts once when it comes twice at the same moment', async () => {
    const started = await begin(bob)
    const browser = at(here, bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const before = await count()
    const both = await Promise.all([browser.open(location), browser.open(location)])
    // One of them is shown that it is being worked on, or what has come of it.
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect([await count(), tokenCalls()]).toEqual([before + 1, 1])
  })

  it('is refused in another browser, and the right one can still go on', async () => {
    const started = await begin(bob)
    const browser = at(here, bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const withoutCookie = visitor(here.app.url, bob)
    withoutCookie.cookies.delete(`__Host-cardea_${started.id}`)
    for (const other of [visitor(here.app.url), visitor(here.app.url, mallory), withoutCookie]) {
      const shown = await comeBack(other, location)
      expect([shown.status, shown.text.includes('begun in another browser')]).toEqual([403, true])
    }
    expect(tokenCalls()).toBe(0)
    expect((await comeBack(browser, location)).status).toBe(200)
  })

  it('is refused for another person in the same browser', async () => {
    const started = await begin(bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const shared = at(here, mallory)
    for (const [name, value] of at(here, bob).cookies) if (name.includes('flow_')) shared.cookies.set(name, value)
    const shown = await comeBack(shared, location)
    expect([shown.status, shown.text.includes('begun by somebody else')]).toEqual([403, true])
    expect(tokenCalls()).toBe(0)
  })

  it('with a code of somebody else is refused by the proof that the code was asked for here (code injection)', async () => {
    const own = await begin(mallory)
    const stolen = new URL(await consent(asana.simulator, own.authorizeUrl!)).searchParams.get('code')!
    const started = await begin(bob)
    const location = new URL(await consent(asana.simulator, started.authorizeUrl!))
    location.searchParams.set('code', stolen)
    const before = await count()
    const shown = await comeBack(at(here, bob), location.href)
    expect([shown.status, shown.text.includes('would not exchange it')]).toEqual([409, true])
    expect((await bob.client.connections.flows.get(started.id)).problem?.code).toBe('flow.exchange_refused')
    expect(await count()).toBe(before)
  })

  it('always carries the proof of PKCE, and only by S256 (downgrade)', async () => {
    const started = await begin(bob)
    const sent = new URL(started.authorizeUrl!).searchParams
    expect(sent.get('code_challenge_method')).toBe('S256')
    await comeBack(at(here, bob), await consent(asana.simulator, started.authorizeUrl!))
    const exchange = here.sent.findLast(({ body }) => String(body).includes('code_verifier'))
    const verifier = new URLSearchParams(String(exchange!.body)).get('code_verifier')!
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(sent.get('code_challenge'))
  })

  it('is not even begun at a server that does not announce S256', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    const simulated = here.sent.length
    here.instead(async (request) => {
      const answer = await mcp.simulator.handle({
        ...request,
        ...(request.body ? { body: Buffer.from(request.body as string) } : { body: undefined }),
      } as never)
      return { ...answer, body: answer.body.replaceAll('"S256"', '"plain"') }
    })
    const started = bob.client.connections.authorize({ ...mcp.input, bind: 'browser' })
    await expect(started).rejects.toMatchObject({ code: 'oauth.discovery_failed' })
    expect(here.sent.slice(simulated).some(({ method }) => method === 'POST')).toBe(false)
  })

  it('from another issuer than the one that was asked is refused before its code goes anywhere (mix-up)', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    for (const iss of ['https://evil.example', '']) {
      const started = await bob.client.connections.authorize({ ...mcp.input, bind: 'browser' })
      const location = new URL(await consent(mcp.simulator, started.authorizeUrl!))
      location.searchParams.set('iss', iss)
      const shown = await comeBack(at(here, bob), location.href)
      expect([shown.status, shown.text.includes('comes from another server')]).toEqual([400, true])
    }
    expect(mcp.simulator.calls.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
  })

  it('that lacks a state, or has one that nobody knows, says so and does nothing', async () => {
    for (const query of [
      '',
      '?state=',
      '?state=made-up&code=x',
      '?error=access_denied',
      `?state=${'x'.repeat(5000)}`,
    ]) {
      const shown = await at(here, bob).open(`${here.app.url}/oauth/callback${query}`)
      expect([shown.status, shown.text.includes('Nobody here was waiting')], query).toEqual([400, true])
    }
  })

  it('too late is refused, and nothing that was kept for it is left', async () => {
    const started = await begin(bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    await clock.advance(10 * MINUTE)
    const shown = await comeBack(at(here, bob), location)
    expect([shown.status, shown.text.includes('This took too long')]).toEqual([410, true])
    expect((await bob.client.connections.flows.get(started.id)).problem?.code).toBe('flow.expired')
    await here.app.app.connections.authorize.prune()
    const rows = await here.app.app.store.sweep((db) =>
      db.selectFrom('oauth_flows').select('sealed').where('id', '=', started.id).execute(),
    )
    expect(rows).toEqual([{ sealed: null }])
  })
})

describe(`where people are sent, on ${databaseName}`, () => {
  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/%5cevil.example/../..//x y',
    'javascript:alert(1)',
    'data:text/html,x',
    'com.evil.app:/connected',
    'http://localhost.evil.example/',
  ])('is never %s, which nobody has registered (open redirect, unregistered scheme)', async (returnTo) => {
    await expect(begin(bob, { returnTo })).rejects.toMatchObject({
      code: expect.stringMatching(/^(connect.return_not_registered|request.invalid)$/),
    })
  })

  it('is what was registered, exactly, and not what the return says', async () => {
    await ada.client.returnAddresses.add('com.example.app:/connected')
    const carol = await here.app.join(ada, 'editor')
    const { shown, started, flow } = await connected(here, carol, asana, { returnTo: 'com.example.app:/connected' })
    expect(shown.wentTo).toBe(
      `com.example.app:/connected?flow=${started.id}&outcome=connected&connection=${flow.connection!.id}`,
    )
    const other = await begin(carol, { returnTo: 'http://127.0.0.1:5123/done' })
    const location = new URL(await consent(asana.simulator, other.authorizeUrl!))
    location.searchParams.set('redirect_uri', 'https://evil.example')
    location.searchParams.set('return_to', 'https://evil.example')
    const back = await comeBack(at(here, carol), location.href)
    // The same account a second time: that is said first, and the way back is a link.
    expect([back.wentTo, back.text.includes('http://127.0.0.1:5123/done?flow=')]).toEqual([undefined, true])
    expect(back.text).not.toContain('evil')
  })
})

describe(`a consent that somebody else is to give, on ${databaseName}`, () => {
  it('is given to nobody by sending on the address of the service (phishing by link)', async () => {
    // The attacker begins, and has the victim consent at the service.
    const started = await begin(mallory)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const before = await count()
    expect((await comeBack(at(here, bob), location)).status).toBe(403)
    expect((await comeBack(visitor(here.app.url), location)).status).toBe(403)
    expect([await count(), tokenCalls()]).toEqual([before, 0])
  })

  it('is given to nobody by sending on a link of ours (phishing by --no-browser)', async () => {
    const started = await begin(mallory, { bind: 'starter' })
    expect(started.authorizeUrl).toMatch(/\/connect\/go\/cardea_go_/)
    const victim = at(here, bob)
    const shown = await victim.open(started.authorizeUrl!)
    expect([
      shown.text.includes('This link is for somebody else'),
      shown.text.includes('Did somebody send you'),
    ]).toEqual([true, true])
    expect(shown.text).not.toContain('app.asana.com')
    const sent = await victim.send(started.authorizeUrl!, { action: 'go' })
    expect([sent.status, sent.text.includes('begun by somebody else')]).toEqual([403, true])
    const stranger = visitor(here.app.url)
    expect((await stranger.open(started.authorizeUrl!)).text).toContain('Sign in to Cardea')
    expect((await stranger.send(started.authorizeUrl!, { action: 'go' })).status).toBe(403)
    expect((await mallory.client.connections.flows.get(started.id)).state).toBe('open')
  })

  it('is not asked for by a key, whose link would complete for whoever opens it', async () => {
    const key = (await here.app.key(ada, 'editor')).client
    for (const bind of ['browser', 'starter'] as const) {
      const begun = key.connections.authorize({ ...asana.input, bind })
      await expect(begun).rejects.toMatchObject({
        code: bind === 'starter' ? 'flow.needs_person' : 'flow.needs_browser',
      })
    }
  })

  it('is completed by what only the starter was given, and by the one who began it', async () => {
    const started = await begin(bob, { bind: 'starter' })
    const browser = at(here, bob)
    const { authorizeUrl } = started
    const off = await browser.send(authorizeUrl!, { action: 'go' })
    const to = /href="(https:\/\/app.asana.com[^"]*)"/.exec(off.text)![1]!.replaceAll('&#38;', '&')
    const shown = await comeBack(browser, await consent(asana.simulator, to))
    expect(shown.text).toContain('One more step')
    const before = await count()
    expect(await bob.client.connections.flows.get(started.id)).toMatchObject({
      state: 'asking',
      asks: { what: 'confirmation' },
      account: expect.objectContaining({ label: expect.any(String) }),
      connection: null,
    })
    const wrong = { starterSecret: `cardea_starter_${'x'.repeat(43)}` }
    for (const given of [{}, wrong]) {
      await expect(bob.client.connections.flows.finish(started.id, given)).rejects.toMatchObject({
        code: 'flow.secret_wrong',
      })
    }
    const { starterSecret } = started
    const other = mallory.client.connections.flows.finish(started.id, { starterSecret: starterSecret! })
    await expect(other).rejects.toMatchObject({ code: 'flow.not_found' })
    expect(await count()).toBe(before)
    const done = await bob.client.connections.flows.finish(started.id, { starterSecret: starterSecret! })
    expect(done).toMatchObject({ state: 'done', connection: { status: 'active', mine: true } })
    await expect(
      bob.client.connections.flows.finish(started.id, { starterSecret: starterSecret! }),
    ).rejects.toMatchObject({ code: 'flow.not_waiting' })
  })

  it('is begun by a link of ours once: used twice, it leads nowhere', async () => {
    const started = await begin(bob, { bind: 'starter' })
    const [first, second] = [at(here, bob), at(here, bob)]
    expect((await first.open(started.authorizeUrl!)).status).toBe(200)
    const both = await Promise.all([first, second].map((each) => each.send(started.authorizeUrl!, { action: 'go' })))
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 410])
    expect((await first.open(started.authorizeUrl!)).status).toBe(410)
    expect((await first.send(started.authorizeUrl!, { action: 'go' })).status).toBe(410)
  })

  it('is not begun by another site in the name of whoever is signed in (CSRF)', async () => {
    const send = (origin: Record<string, string>) =>
      fetch(`${here.app.url}/v1/connections/authorize`, {
        method: 'POST',
        headers: {
          cookie: bob.cookie(),
          'content-type': 'application/json',
          'cardea-workspace': bob.workspaceId,
          ...origin,
        },
        body: JSON.stringify({ ...asana.input, bind: 'browser' }),
      })
    for (const origin of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      expect((await send(origin as Record<string, string>)).status).toBe(403)
    }
    const started = await begin(bob, { bind: 'starter' })
    const link = await at(here, bob).send(started.authorizeUrl!, { action: 'go' }, { origin: 'https://evil.example' })
    expect(link.status).toBe(403)
  })

  it('stays in the workspace in which it began, and is nothing in another (cross-workspace callback)', async () => {
    const neighbour = await here.app.neighbour(ada)
    const started = await begin(ada)
    await expect(neighbour.client.connections.flows.get(started.id)).rejects.toMatchObject({ code: 'flow.not_found' })
    await expect(neighbour.client.connections.flows.cancel(started.id)).rejects.toMatchObject({
      code: 'flow.not_found',
    })
    const location = await consent(asana.simulator, started.authorizeUrl!)
    expect((await comeBack(at(here, neighbour), location)).status).toBe(403)
    await comeBack(at(here, ada), location)
    expect((await neighbour.client.connections.list().page()).items).toEqual([])
  })

  it('ends when its member is removed while they are at the service', async () => {
    const leaver = await here.app.join(ada, 'editor')
    const started = await begin(leaver)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    await ada.client.members.remove((await leaver.client.me()).id)
    expect((await comeBack(at(here, leaver), location)).status).toBeGreaterThanOrEqual(400)
    expect(tokenCalls()).toBe(0)
  })
})

describe(`what a member may send, on ${databaseName}`, () => {
  it('never points the app’s secret at another host', async () => {
    const okta = await ground(here, ada.client, 'okta', 'oauth')
    const simulated = here.sent.length
    for (const settings of [{ domain: 'evil.okta.com' }, { domain: 'evil.example' }]) {
      const begun = bob.client.connections.authorize({ provider: 'okta', method: 'oauth', settings, bind: 'browser' })
      await expect(begun).rejects.toMatchObject({
        code: 'request.invalid',
        issues: [{ path: 'body.settings.domain', message: expect.stringContaining('belongs to the OAuth app') }],
      })
    }
    expect(here.sent.length).toBe(simulated)
    const { flow } = await connected(here, bob, okta)
    expect(flow.connection?.settings).toMatchObject({ domain: okta.simulator.account.settings.domain })
    // An app whose tenant was left empty is for the usual one, and not for a member's.
    await ada.client.apps.create({
      provider: 'microsoft_graph',
      methods: ['oauth'],
      clientId: 'c',
      clientSecret: 's3cret',
    })
    const tenant = { provider: 'microsoft_graph', settings: { tenant: 'evil' }, bind: 'browser' } as const
    await expect(bob.client.connections.authorize(tenant)).rejects.toMatchObject({ code: 'request.invalid' })
  })

  it('never gives an app’s secret to a server that a member found (discovery)', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    const server = mcp.simulator.account.settings.server!
    const { clientId, clientSecret } = mcp.simulator.account.app
    const app = await ada.client.apps.create({
      provider: 'mcp',
      methods: ['oauth'],
      clientId,
      clientSecret,
      settings: { server: 'https://other.example.com/mcp' },
    })
    const begun = bob.client.connections.authorize({
      provider: 'mcp',
      method: 'oauth',
      appId: app.id,
      settings: { server },
      bind: 'browser',
    })
    await expect(begun).rejects.toMatchObject({ status: expect.any(Number) })
    expect(JSON.stringify(here.sent)).not.toContain(clientSecret)
  })

  it('asks for no scope that is neither the method’s nor the app’s', async () => {
    const begun = begin(bob, { scopes: ['admin:everything'] })
    await expect(begun).rejects.toMatchObject({ code: 'flow.scope_not_offered', status: 422 })
  })
})

describe(`addresses inside the network, on ${databaseName}`, () => {
  it('are asked neither by a setting, nor by a token address (SSRF)', async () => {
    const real = await testApp({ logLevel: 'error' })
    try {
      const admin = await real.setUp()
      for (const server of ['https://169.254.169.254/mcp', 'https://127.0.0.1/mcp', 'https://10.0.0.1/mcp']) {
        const begun = admin.client.connections.authorize({
          provider: 'mcp',
          method: 'oauth',
          settings: { server },
          bind: 'browser',
        })
        await expect(begun, server).rejects.toMatchObject({ code: 'net.host_refused', status: 422 })
      }
      await admin.client.apps.create({
        provider: 'oauth2_generic',
        methods: ['oauth'],
        clientId: 'id',
        clientSecret: 's3cret-of-app',
        settings: { authorizeUrl: 'https://example.com/a', tokenUrl: 'https://169.254.169.254/token' },
      })
      const started = await admin.client.connections.authorize({
        provider: 'oauth2_generic',
        method: 'oauth',
        settings: { server: 'https://api.example.com' },
        bind: 'browser',
      })
      const state = new URL(started.authorizeUrl!).searchParams.get('state')!
      const shown = await visitor(real.url, admin).open(`${real.url}/oauth/callback?state=${state}&code=abc`)
      expect([shown.status, shown.text.includes('This address is not called')]).toEqual([422, true])
      expect((await admin.client.connections.flows.get(started.id)).problem?.code).toBe('net.host_refused')
    } finally {
      await real.close()
    }
  })
})

describe(`a token endpoint that misbehaves, on ${databaseName}`, () => {
  const failing = async (
    answer: () => Promise<never> | Promise<{ status: number; headers: Record<string, string>; body: string }>,
  ) => {
    const started = await begin(bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const before = await count()
    here.instead(async () => answer())
    const shown = await comeBack(at(here, bob), location)
    here.instead()
    expect(await count()).toBe(before)
    return { shown, flow: await bob.client.connections.flows.get(started.id), location: new URL(location) }
  }

  it.each(['timeout', 'too_large', 'reset', 'tls'])('is given up and said to be so: %s', async (kind) => {
    const { shown, flow } = await failing(async () => {
      throw new Problem('net.failed', { host: 'app.asana.com', why: kind, kind })
    })
    expect([shown.status, flow.state, flow.problem?.code]).toEqual([502, 'failed', 'net.failed'])
  })

  it('puts no secret on the page, into the flow, the database or the log by quoting it', async () => {
    const { clientSecret } = asana.simulator.account.app
    let verifier = ''
    const { shown, flow, location } = await failing(async () => {
      const sent = here.sent.at(-1)!
      verifier = new URLSearchParams(String(sent.body)).get('code_verifier') ?? ''
      const said = `no: ${String(sent.body)} ${JSON.stringify(sent.headers)} ${clientSecret} <script>alert(1)</script>`
      const body = JSON.stringify({ error: 'invalid_grant', error_description: said, access_token: 'at-leaked' })
      return { status: 400, headers: { 'content-type': 'application/json' }, body }
    })
    expect(shown.status).toBe(409)
    const rows = await here.app.app.store.sweep(async (db) => [
      await db.selectFrom('oauth_flows').selectAll().execute(),
      await db.selectFrom('audit_records').select('detail').execute(),
    ])
    const everything = [shown.text, JSON.stringify(flow), JSON.stringify(rows), here.app.logged.join('\n')].join('\n')
    for (const secret of [
      clientSecret,
      verifier,
      location.searchParams.get('code')!,
      location.searchParams.get('state')!,
      'at-leaked',
    ]) {
      expect(secret.length).toBeGreaterThan(5)
      expect(everything).not.toContain(secret)
    }
    expect(shown.text).not.toContain('alert(1)')
  })

  it('shows nothing of what came in the address', async () => {
    const started = await begin(bob)
    const location = new URL(await consent(asana.simulator, started.authorizeUrl!))
    location.searchParams.delete('code')
    location.searchParams.set('error', 'access_denied')
    location.searchParams.set('error_description', '<img src=x onerror=alert(1)> call +1 555')
    const shown = await comeBack(at(here, bob), location.href)
    expect([shown.status, shown.text.includes('Access was not granted')]).toEqual([403, true])
    expect(shown.text).not.toMatch(/555|onerror/)
  })
})

describe(`at the same time, on ${databaseName}`, () => {
  it('two tabs of one browser do not take each other’s place', async () => {
    const browser = visitor(here.app.url)
    const [first, second] = [await begin(bob), await begin(bob)]
    for (const [name, value] of at(here, bob).cookies) browser.cookies.set(name, value)
    for (const { authorizeUrl, id } of [second, first]) {
      const shown = await comeBack(browser, await consent(asana.simulator, authorizeUrl!))
      expect(shown.status).toBe(200)
      expect((await bob.client.connections.flows.get(id)).state).toBe('done')
    }
  })

  it('a server that dies between exchange and store leaves a flow that says so, and nothing half connected', async () => {
    const started = await begin(bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const before = await count()
    let asked = () => {}
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    let free = (_: never) => {}
    const { simulator } = asana
    here.instead(async (request) => {
      const { body, ...rest } = request
      if (request.method === 'POST') return simulator.handle({ ...rest, body: Buffer.from(body as string) })
      asked()
      // The token is there, and the account is being read: here the process ends.
      return new Promise<never>((_, reject) => {
        free = reject
      })
    })
    const lost = comeBack(at(here, bob), location)
    await isAsked
    expect(await bob.client.connections.flows.get(started.id)).toMatchObject({ state: 'working' })
    await clock.advance(3 * MINUTE)
    expect(await bob.client.connections.flows.get(started.id)).toMatchObject({
      state: 'failed',
      problem: { code: 'flow.interrupted' },
      connection: null,
    })
    expect(await count()).toBe(before)
    await bob.client.connections.flows.cancel(started.id)
    free(new Problem('net.failed', { host: 'x', why: 'gone', kind: 'reset' }) as never)
    here.instead()
    await lost
    expect((await all(bob)).filter(({ status }) => status === 'active')).toEqual([])
    expect((await bob.client.connections.flows.get(started.id)).state).toBe('failed')
  })

  it('what was cancelled while the service was asked is not connected after all', async () => {
    const started = await begin(bob)
    const location = await consent(asana.simulator, started.authorizeUrl!)
    const before = (await all(bob)).filter(({ status }) => status === 'active').length
    const { simulator } = asana
    here.instead(async ({ body, ...rest }) => {
      await bob.client.connections.flows.cancel(started.id)
      return simulator.handle({ ...rest, ...(body ? { body: Buffer.from(body as string) } : {}) } as never)
    })
    const shown = await comeBack(at(here, bob), location)
    here.instead()
    expect(shown.status).toBe(409)
    expect((await all(bob)).filter(({ status }) => status === 'active')).toHaveLength(before)
    expect((await bob.client.connections.flows.get(started.id)).problem?.code).toBe('flow.cancelled')
  })
})
