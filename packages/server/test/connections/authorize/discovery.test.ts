import { createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Outgoing } from '../../../src/net/message.ts'
import type { Simulator } from '../../../src/simulate/simulate.ts'
import type { Browser } from '../../app.ts'
import { createTestClock } from '../../clock.ts'
import { visitor } from '../../connect-page/visitor.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, connected, consent, ground } from './ground.ts'

let here: World
let ada: Browser
let bob: Browser

beforeAll(async () => {
  here = await world({ clock: createTestClock(Date.now()) })
  ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
})
afterAll(() => here?.app.close())

const ask = (simulator: Simulator, { body, ...rest }: Outgoing): Promise<Answer> =>
  simulator.handle({ ...rest, ...(body === undefined ? {} : { body: Buffer.from(body as string) }) })

/** The simulated server, with more in its description. */
function announcing(
  simulator: Simulator,
  more: Record<string, unknown>,
  own?: (request: Outgoing) => Answer | undefined,
) {
  here.instead(async (request) => {
    const mine = own?.(request)
    if (mine) return mine
    const answer = await ask(simulator, request)
    if (!answer.body.includes('"authorization_endpoint"')) return answer
    return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...more }) }
  })
}

const stored = (id: string) =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  )

describe(`a server that nobody described, on ${databaseName}`, () => {
  it('is pushed what is asked for, where it announces that it takes that (PAR)', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    const endpoint = 'https://par.example.com/push'
    let pushed: URLSearchParams | undefined
    announcing(mcp.simulator, { pushed_authorization_request_endpoint: endpoint }, ({ url, body }) => {
      if (url !== endpoint) return undefined
      pushed = new URLSearchParams(String(body))
      const answer = JSON.stringify({ request_uri: 'urn:ietf:params:oauth:request_uri:abc', expires_in: 60 })
      return { status: 201, headers: { 'content-type': 'application/json' }, body: answer }
    })
    const started = await bob.client.connections.authorize({ ...mcp.input, bind: 'browser' })
    const sent = new URL(started.authorizeUrl!).searchParams
    expect([...sent.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    expect(Object.fromEntries(pushed!)).toMatchObject({
      code_challenge_method: 'S256',
      state: expect.any(String),
      resource: mcp.simulator.account.settings.server,
    })
    // For a link that is opened later, it is pushed then: what is pushed lives for seconds.
    pushed = undefined
    const later = await bob.client.connections.authorize({ ...mcp.input, bind: 'starter' })
    expect(pushed).toBeUndefined()
    await at(here, bob).send(later.authorizeUrl!, { action: 'go' })
    expect(pushed).toBeDefined()
    here.instead()
  })

  it('wants its issuer back where it announces that it sends it', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    announcing(mcp.simulator, { authorization_response_iss_parameter_supported: true })
    const started = await bob.client.connections.authorize({ ...mcp.input, bind: 'browser' })
    const location = new URL(await consent(mcp.simulator, started.authorizeUrl!))
    location.searchParams.delete('iss')
    const shown = await comeBack(at(here, bob), location.href)
    expect([shown.status, shown.text.includes('comes from another server')]).toEqual([400, true])
    here.instead()
  })

  it('is known through the app of an administrator, whose secret stays with the app', async () => {
    const mcp = await ground(here, ada.client, 'mcp', 'oauth')
    const server = mcp.simulator.account.settings.server!
    const { clientId, clientSecret } = mcp.simulator.account.app
    const app = await ada.client.apps.create({
      provider: 'mcp',
      methods: ['oauth'],
      clientId,
      clientSecret,
      // The simulated server knows public clients only.
      clientAuth: 'none',
      settings: { server },
    })
    const before = mcp.simulator.calls.length
    const { flow } = await connected(here, bob, mcp, { appId: app.id })
    expect(flow, JSON.stringify([flow.problem, mcp.simulator.calls])).toMatchObject({ state: 'done' })
    expect(mcp.simulator.calls.slice(before).map(({ endpoint }) => endpoint)).not.toContain('register')
    const row = await stored(flow.connection!.id)
    expect(row.app_id).toBe(app.id)
    const { vault } = here.app.app
    const bundle = await vault.get({
      workspaceId: row.workspace_id,
      ownerId: row.id,
      field: 'credential',
      version: row.credential_version,
    })
    const text = bundle.reveal()
    expect(text).toContain('discovered')
    expect(text).not.toContain(clientSecret)
    await ada.client.apps.remove(app.id)
  })
})

describe(`this server as a client, on ${databaseName}`, () => {
  it('is described by a document, by which servers that take it need no registration', async () => {
    const reachable = await world({
      clock: createTestClock(Date.now()),
      environment: { CARDEA_PUBLIC_URL: 'https://cardea.example.com' },
    })
    try {
      const link = await reachable.app.app.accounts.setup.link()
      const send: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set('origin', 'https://cardea.example.com')
        return fetch(input, { ...init, headers })
      }
      const { workspaceId } = await createClient({ url: reachable.app.url, fetch: send }).setup.complete({
        token: link!.reveal().split('#token=')[1]!,
        name: 'Ada',
        email: 'ada@example.com',
        password: 'a long enough password',
        workspace: 'Example',
      })
      const simulator = reachable.stands('mcp', 'oauth', {
        redirectUri: 'https://cardea.example.com/oauth/callback',
      })
      reachable.instead(async (request) => {
        const answer = await ask(simulator, request)
        if (!answer.body.includes('"authorization_endpoint"')) return answer
        const body = { ...JSON.parse(answer.body), client_id_metadata_document_supported: true }
        return { ...answer, body: JSON.stringify(body) }
      })
      const settings = { server: simulator.account.settings.server }
      const begun = await reachable.app.http.handle(
        new Request(`${reachable.app.url}/v1/connections/authorize`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'cardea-workspace': workspaceId },
          body: JSON.stringify({ provider: 'mcp', method: 'oauth', settings, bind: 'starter' }),
        }),
        { actor: { kind: 'operator' } },
      )
      expect(begun.status).toBe(200)
      expect(reachable.sent.filter(({ method }) => method === 'POST')).toEqual([])
      const document = await (await fetch(`${reachable.app.url}/oauth/client.json`)).json()
      expect(document).toMatchObject({
        client_id: 'https://cardea.example.com/oauth/client.json',
        redirect_uris: ['https://cardea.example.com/oauth/callback'],
        token_endpoint_auth_method: 'none',
      })
    } finally {
      await reachable.app.close()
    }
  })
})

describe(`whoever owns the data folder, on ${databaseName}`, () => {
  it('begins at the command line, and an operator consents in a browser', async () => {
    const asana = await ground(here, ada.client, 'asana', 'oauth')
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await here.app.http.handle(
        new Request(`${here.app.url}${path}`, {
          method,
          headers: { 'content-type': 'application/json', 'cardea-workspace': ada.workspaceId },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
        { actor: { kind: 'operator' } },
      )
      return (await answer.json()) as Record<string, never>
    }
    const begun = await call('POST', '/v1/connections/authorize', { ...asana.input, bind: 'starter' })
    const link = String(begun.authorizeUrl)
    expect((await at(here, bob).send(link, { action: 'go' })).status).toBe(403)
    expect((await visitor(here.app.url).send(link, { action: 'go' })).status).toBe(403)
    const browser = at(here, ada)
    const off = await browser.send(link, { action: 'go' })
    const to = /content="0;url=([^"]*)"/.exec(off.text)![1]!.replaceAll('&#38;', '&')
    await comeBack(browser, await consent(asana.simulator, to))
    const path = `/v1/connections/flows/${begun.id}`
    expect(await call('GET', path)).toMatchObject({ state: 'asking' })
    const done = await call('POST', `${path}/finish`, { starterSecret: begun.starterSecret })
    expect(done).toMatchObject({ state: 'done', connection: { owner: { kind: 'operator' }, status: 'active' } })
  })
})
