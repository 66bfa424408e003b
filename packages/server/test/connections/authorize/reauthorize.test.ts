import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import type { Browser } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, connected, consent, type Ground, ground } from './ground.ts'

let here: World
let clock: TestClock
let ada: Browser
let bob: Browser
let asana: Ground
let id: string

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
})
afterAll(() => here?.app.close())
beforeEach(async () => {
  here.instead()
  for await (const app of ada.client.apps.list()) await ada.client.apps.remove(app.id)
  asana = await ground(here, ada.client, 'asana', 'oauth')
  const { flow } = await connected(here, bob, asana, { name: 'Work' })
  id = flow.connection!.id
})

async function again(more: Record<string, unknown> = {}, who = bob) {
  const started = await who.client.connections.authorize({ connectionId: id, bind: 'browser', ...more })
  const browser = at(here, who)
  const shown = await comeBack(browser, await consent(asana.simulator, started.authorizeUrl!))
  return { started, browser, shown, flow: await who.client.connections.flows.get(started.id) }
}

/** Somebody else is signed in at the service. */
function anotherAccount() {
  const { simulator } = asana
  simulator.levers.instead = (endpoint) =>
    endpoint === 'api'
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ data: { gid: '999', name: 'Eve Else', email: 'eve@else.example' } }),
        }
      : undefined
}

const row = () =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  )
const grant = () =>
  here.app.app.store.sweep((db) =>
    db.selectFrom('connection_grants').selectAll().where('connection_id', '=', id).executeTakeFirstOrThrow(),
  )
const versionsInVault = async () =>
  (
    await here.app.app.store.sweep((db) =>
      db.selectFrom('secrets').select('version').where('owner_id', '=', id).execute(),
    )
  ).map(({ version }) => version)

describe(`authorizing a connection anew, on ${databaseName}`, () => {
  it('keeps its id, its name and whoever refers to it, and takes the place of the old grant', async () => {
    await bob.client.connections.registerReference(id, { reference: 'flow-7' })
    const before = await bob.client.connections.get(id)
    const old = await row()
    await clock.advance(HOUR)
    const { flow, shown } = await again()
    expect(shown.text).toContain('is connected')
    expect(flow).toMatchObject({ purpose: 'reauthorize', state: 'done', connection: { id, name: 'Work' } })
    const after = await bob.client.connections.get(id)
    expect(after).toMatchObject({ id, name: 'Work', account: before.account, settings: before.settings, health: 'ok' })
    expect(Date.parse(after.connectedAt!)).toBe(clock.now())
    expect((await bob.client.connections.references(id).page()).items).toHaveLength(1)
    const now = await row()
    expect(now.credential_version).toBeGreaterThan(old.credential_version)
    expect([...new Set(await versionsInVault())]).toEqual([now.credential_version])
    expect(await grant()).toMatchObject({ granted_at: clock.now(), renewals: 0, failures: 0 })
    const events: string[] = []
    for await (const { event, subject } of ada.client.audit.list()) if (subject === id) events.push(event)
    expect(events).toContain('connection.reauthorized')
  })

  it('brings back what was broken, and tells so', async () => {
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connections')
        .set({ verdict: 'ended', status: 'error', health: 'needs_reauth', reason: 'grant_ended' })
        .where('id', '=', id)
        .execute(),
    )
    expect((await bob.client.connections.get(id)).status).toBe('error')
    const types: string[] = []
    await again()
    expect(await bob.client.connections.get(id)).toMatchObject({ status: 'active', health: 'ok', reason: null })
    for await (const { type, data } of ada.client.events.list() as AsyncIterable<{
      type: string
      data: { connectionId?: string }
    }>) {
      if (data.connectionId === id) types.push(type)
    }
    expect(types).toEqual(expect.arrayContaining(['connection.credential_replaced', 'connection.recovered']))
  })

  it('starts another life where a policy had ended this one', async () => {
    const by = JSON.stringify({ policyId: 'pol_x', policy: 'P', sentence: 'S' })
    await here.app.app.store.sweep((db) =>
      db.updateTable('connections').set({ ended_by: by }).where('id', '=', id).execute(),
    )
    expect((await bob.client.connections.get(id)).reason).toBe('life_ended')
    await clock.advance(HOUR)
    await again()
    expect(await bob.client.connections.get(id)).toMatchObject({ status: 'active', reason: null })
  })

  it('leaves a paused one paused', async () => {
    await bob.client.connections.change(id, { status: 'paused' })
    await again()
    expect((await bob.client.connections.get(id)).status).toBe('paused')
  })

  it('asks before it puts another account in its place (account swap)', async () => {
    const before = await row()
    anotherAccount()
    const { flow, shown, browser } = await again()
    expect(flow).toMatchObject({
      state: 'asking',
      asks: { what: 'other_account', code: 'connection.other_account', before: before.account_label },
      account: { label: 'eve@else.example' },
      connection: null,
    })
    expect(shown.text).toContain('This is another account')
    expect(await row()).toMatchObject({ credential_version: before.credential_version, account_id: before.account_id })
    // An answer that says nothing about it changes nothing.
    expect((await bob.client.connections.flows.finish(flow.id)).state).toBe('asking')
    expect((await row()).credential_version).toBe(before.credential_version)

    const accepted = await browser.send(shown.url, { action: 'accept' })
    expect(accepted.text).toContain('is connected')
    expect(await row()).toMatchObject({ account_label: 'eve@else.example', name: 'Work' })
    const risks: string[] = []
    for await (const { event, risk, subject } of ada.client.audit.list())
      if (subject === id && event === 'connection.reauthorized') risks.push(risk)
    expect(risks).toContain('high')
    const ended = await here.app.app.store.sweep((db) =>
      db.selectFrom('revocations').select('because').where('connection_id', '=', id).execute(),
    )
    expect(ended).toEqual([{ because: 'replaced' }])
  })

  it('changes nothing where it cannot be told whose account came back', async () => {
    const before = await row()
    asana.simulator.levers.instead = (endpoint) =>
      endpoint === 'api' ? { status: 503, headers: {}, body: '{}' } : undefined
    const { flow } = await again()
    expect(flow).toMatchObject({ state: 'failed', problem: { code: 'flow.account_unread' } })
    expect(await row()).toMatchObject({ credential_version: before.credential_version, status: before.status })
    // It may be the very grant by which the connection lives.
    const ended = await here.app.app.store.sweep((db) =>
      db.selectFrom('revocations').select('id').where('connection_id', '=', id).execute(),
    )
    expect(ended).toEqual([])
  })

  it('asks for what was granted and what is wanted besides, and says what is new', async () => {
    const [wanted] = Object.keys(asana.method.scopes!.offer!)
    const held = (await bob.client.connections.get(id)).scopes!
    const { started, flow } = await again({ scopes: [wanted!] })
    expect(started.scopes).toMatchObject({ added: [wanted], asked: expect.arrayContaining([...held, wanted!]) })
    expect(new URL(started.authorizeUrl!).searchParams.get('scope')!.split(' ').toSorted()).toEqual(
      [...held, wanted!].toSorted(),
    )
    expect(flow.connection?.scopes?.toSorted()).toEqual([...held, wanted!].toSorted())
    // Not lost the next time.
    const next = await bob.client.connections.authorize({ connectionId: id, bind: 'browser' })
    expect(next.scopes).toMatchObject({ asked: expect.arrayContaining([wanted!]), added: [] })
  })

  it('takes no other settings, method, app, name or sharing', async () => {
    for (const [name, value] of Object.entries({
      settings: { anything: 'x' },
      method: 'token',
      provider: 'github',
      appId: 'app_x',
      name: 'New',
      visibility: 'workspace' as const,
    })) {
      const begun = bob.client.connections.authorize({ connectionId: id, bind: 'browser', [name]: value })
      await expect(begun, name).rejects.toMatchObject({ code: 'request.invalid' })
    }
  })

  it('is for those who can open it, and for nobody in another workspace', async () => {
    await expect(again({}, ada)).rejects.toMatchObject({ code: 'connection.private' })
    const neighbour = await here.app.neighbour(ada)
    await expect(again({}, neighbour)).rejects.toMatchObject({ code: 'connection.not_found' })
    const viewer = await here.app.join(ada, 'viewer')
    await expect(again({}, viewer)).rejects.toMatchObject({ code: 'auth.forbidden' })
  })

  it('lets two of the same person come one after the other', async () => {
    const both = [
      await bob.client.connections.authorize({ connectionId: id, bind: 'browser' }),
      await bob.client.connections.authorize({ connectionId: id, bind: 'browser' }),
    ]
    const browser = at(here, bob)
    const shown = await Promise.all(
      both.map(async ({ authorizeUrl }) => comeBack(browser, await consent(asana.simulator, authorizeUrl!))),
    )
    expect(shown.map(({ status }) => status)).toEqual([200, 200])
    const { credential_version } = await row()
    expect([...new Set(await versionsInVault())]).toEqual([credential_version])
  })

  it('keeps the place that was chosen, where the account still reaches it', async () => {
    const jira = await ground(here, ada.client, 'jira', 'oauth')
    jira.simulator.levers.choices = 3
    const started = await bob.client.connections.authorize({ ...jira.input, bind: 'browser' })
    const browser = at(here, bob)
    const shown = await comeBack(browser, await consent(jira.simulator, started.authorizeUrl!))
    const asked = await bob.client.connections.flows.get(started.id)
    await browser.send(shown.url, { action: 'answer', choice: asked.asks!.choices.at(-1)! })
    const first = await bob.client.connections.flows.get(started.id)
    id = first.connection!.id
    const { learned } = await row()
    const next = await bob.client.connections.authorize({ connectionId: id, bind: 'browser' })
    await comeBack(at(here, bob), await consent(jira.simulator, next.authorizeUrl!))
    expect(await bob.client.connections.flows.get(next.id)).toMatchObject({ state: 'done' })
    expect((await row()).learned).toBe(learned)
  })
})

describe(`a consent that brings no refresh token, on ${databaseName}`, () => {
  const usable = () => here.app.app.connections.usable(bob.workspaceId, id)
  const refreshToken = async () => (await usable()).values.refreshToken?.reveal()
  const expired = async () => {
    const { access_expires_at: end } = await grant()
    await clock.advance(end! - clock.now() + SECOND)
  }

  it('leaves the one that was there, which renews it as before', async () => {
    const old = { row: await row(), grant: await grant(), refreshToken: await refreshToken() }
    await clock.advance(10 * MINUTE)
    asana.simulator.levers.givesRefreshToken = false
    const { flow, shown } = await again()
    expect(flow).toMatchObject({ state: 'done', notes: [] })
    expect(shown.text).not.toContain('It will not last')
    expect((await row()).credential_version).toBeGreaterThan(old.row.credential_version)
    expect(await refreshToken()).toBe(old.refreshToken)
    // It is the grant of then, with a token of now.
    const { granted_at, renewed_at, renewal } = await grant()
    expect([granted_at, renewed_at, renewal]).toEqual([old.grant.granted_at, clock.now(), 'refresh'])
    await expired()
    expect((await usable()).version).toBeGreaterThan(old.row.credential_version + 1)
    expect(asana.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
  })

  it('of another account has nothing of the one before, and says that it will not last', async () => {
    asana.simulator.levers.givesRefreshToken = false
    anotherAccount()
    const { browser, shown, started } = await again()
    const accepted = await browser.send(shown.url, { action: 'accept' })
    expect(accepted.text).toContain('It will not last')
    expect((await bob.client.connections.flows.get(started.id)).notes).toContain('no_refresh_token')
    expect((await grant()).renewal).toBe('none')
    expect(await refreshToken()).toBeUndefined()
  })

  it.each([
    ['nobody knew whose it was', 'connections', { account_id: null }],
    ['it was granted to an app that was another one then', 'connection_grants', { app_generation: 7 }],
    ['the service has said that it is dead', 'connections', { verdict: 'ended' }],
  ] as const)('has nothing of the one before where %s', async (_, table, change) => {
    await here.app.app.store.sweep((db) =>
      table === 'connections'
        ? db.updateTable(table).set(change).where('id', '=', id).execute()
        : db.updateTable(table).set(change).where('connection_id', '=', id).execute(),
    )
    asana.simulator.levers.givesRefreshToken = false
    const { flow } = await again()
    expect(flow).toMatchObject({ state: 'done', notes: ['no_refresh_token'] })
    expect((await grant()).renewal).toBe('none')
    expect(await refreshToken()).toBeUndefined()
  })

  it('takes over what a renewal brings that is under way at that moment, and not what that has used up', async () => {
    asana.simulator.levers.rotates = true
    const before = await refreshToken()
    // At once, so that the schedule has not been quicker.
    await here.app.app.store.sweep((db) =>
      db
        .updateTable('connection_grants')
        .set({ access_expires_at: clock.now() - 1 })
        .where('connection_id', '=', id)
        .execute(),
    )
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let asked = false
    here.instead(async (request) => {
      const isRenewal = String(request.body).includes('grant_type=refresh_token')
      const { body } = request
      const answer = await asana.simulator.handle({
        ...request,
        ...(body === undefined ? {} : { body: Buffer.from(body as string) }),
      })
      if (!isRenewal) return answer
      asked = true
      await held
      // It spends the one before, as many do.
      const rotated = { ...JSON.parse(answer.body), refresh_token: 'rotated' }
      return { ...answer, body: JSON.stringify(rotated) }
    })
    const renewal = usable()
    while (!asked) await new Promise((resolve) => setTimeout(resolve, 2))
    asana.simulator.levers.givesRefreshToken = false
    let isBack = false
    const back = again().finally(() => {
      isBack = true
    })
    // So long it looks whether the renewal has come to something.
    for (let looks = 0; !isBack && looks < 400; looks++) {
      if (looks === 40) release()
      await clock.advance(100)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    release()
    await renewal
    expect((await back).flow).toMatchObject({ state: 'done', notes: [] })
    here.instead()
    expect(before).not.toBe('rotated')
    expect(await refreshToken()).toBe('rotated')
  })

  it('that was shown once, and whose answer was lost, goes on counting as shown', async () => {
    asana.simulator.levers.givesRefreshToken = false
    const { credential_version: presenting } = await row()
    const facts = { presenting, presented_at: clock.now() - HOUR, unanswered: 0 }
    await here.app.app.store.sweep((db) =>
      db.updateTable('connection_grants').set(facts).where('connection_id', '=', id).execute(),
    )
    await again()
    const { credential_version } = await row()
    expect(await grant()).toMatchObject({ presenting: credential_version, unanswered: 0, renewal: 'refresh' })
  })
})
