import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/clock.ts'
import { Secret } from '../../src/secret.ts'
import type { Browser } from '../app.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf, HOST, prover } from './house.ts'

const clock = createTestClock()
let here: BrokerHouse
let connection: string
let other: string
beforeAll(async () => {
  here = await brokerHouse({ clock })
  connection = await here.connect({ name: 'work' })
  other = await here.connect({ name: 'private', visibility: 'private' })
})
afterAll(() => here?.app.close())

const manifest = { name: 'triage', credentials: ['github'], methods: ['GET'], paths: ['/repos/**'] }

describe(`a broker token on ${databaseName}`, () => {
  it('is good for its connection, and says on whose behalf', async () => {
    const me = await here.ada.client.me()
    const { token, id } = await here.mint({
      connections: [connection],
      toolCall: 'call_1',
      run: 'run_1',
      step: 'step_1',
      uses: 3,
    })
    const passage = await here.redeem(token, connection, { requestId: 'req_x', ip: '192.0.2.1' })
    expect(passage).toMatchObject({
      tokenId: id,
      workspaceId: here.ada.workspaceId,
      connectionId: connection,
      toolCall: 'call_1',
      run: 'run_1',
      step: 'step_1',
      onBehalfOf: me.id,
      usesLeft: 3,
      caller: { requestId: 'req_x', ip: '192.0.2.1', actor: { kind: 'person', userId: me.id } },
    })
    expect(here.broker.stands(passage)).toBe(true)
  })

  it('is refused by what was not minted', async () => {
    const unknown = Secret.of(`cardea_broker_${'x'.repeat(43)}`)
    expect(await codeOf(here.redeem(unknown, connection))).toBe('token.unknown')
    for (const text of [
      '',
      'cardea_broker_',
      `cardea_broker_${'x'.repeat(42)}`,
      `cardea_key_${'x'.repeat(43)}`,
      '\0',
    ]) {
      expect(await codeOf(here.redeem(Secret.of(text), connection)), text).toBe('token.unknown')
    }
  })

  it('is refused each time for what is wrong, by a code of its own', async () => {
    const key = await prover()
    const url = 'https://cardea.example/proxy'
    const { token } = await here.mint({
      connections: [connection],
      methods: ['GET'],
      paths: ['/repos/**'],
      hosts: [HOST],
    })
    const at = (more: object) => codeOf(here.call(token, connection, { path: '/repos/a', ...more }))
    expect(await at({})).toBe('allowed')
    expect(await codeOf(here.call(token, other, { path: '/repos/a' }))).toBe('token.wrong_connection')
    expect(await codeOf(here.call(token, 'conn_nowhere', { path: '/repos/a' }))).toBe('token.wrong_connection')
    expect(await at({ host: 'uploads.github.com' })).toBe('token.wrong_host')
    expect(await at({ to: 'uploads.github.com' })).toBe('token.wrong_host')
    expect(await at({ method: 'DELETE' })).toBe('token.wrong_method')
    expect(await at({ path: '/user' })).toBe('token.wrong_path')
    expect(await at({ path: '/repos/../user' })).toBe('token.wrong_path')
    expect(await at({ path: '/repos/%2e%2e/user' })).toBe('token.wrong_path')
    expect(await at({ path: '/repos/..;/user' })).toBe('token.wrong_path')

    const once = await here.mint({ connections: [connection], uses: 1 })
    expect(await codeOf(here.call(once.token, connection))).toBe('allowed')
    expect(await codeOf(here.call(once.token, connection))).toBe('token.used_up')

    const small = await here.mint({ connections: [connection], bytes: 10 })
    expect(await codeOf(here.call(small.token, connection, { bytes: 11 }))).toBe('token.over_bytes')
    expect(await codeOf(here.call(small.token, connection, { bytes: 10 }))).toBe('allowed')
    expect(await codeOf(here.call(small.token, connection, { bytes: 1 }))).toBe('token.over_bytes')

    const revoked = await here.mint({ connections: [connection] })
    await here.ada.client.brokerTokens.revoke(revoked.id)
    expect(await codeOf(here.call(revoked.token, connection))).toBe('token.revoked')

    const bound = await here.mint({ connections: [connection], proof: key.thumbprint })
    const proof = async (more: object = {}, by = key) => ({
      proof: { header: await by.prove({ method: 'GET', url, token: bound.token, at: clock.now(), ...more }), url },
    })
    expect(await codeOf(here.call(bound.token, connection))).toBe('token.proof_missing')
    expect(await codeOf(here.call(bound.token, connection, await proof()))).toBe('allowed')
    expect(await codeOf(here.call(bound.token, connection, await proof({}, await prover())))).toBe('token.proof_wrong')

    const skill = await here.ada.client.skills.create({ manifest })
    const ofSkill = await here.mint({ skill: 'triage', connections: [connection] })
    expect(await codeOf(here.call(ofSkill.token, connection, { path: '/repos/a' }))).toBe('allowed')
    expect(await codeOf(here.call(ofSkill.token, connection))).toBe('token.wrong_path')
    const strangers = await here.ada.client.skills.create({ manifest: { ...manifest, name: 'other' } })
    const keyOfOther = await here.ada.client.skills.createKey(strangers.id, { name: 'other' })
    const { createClient } = await import('@cardea/sdk')
    const elsewhere = createClient({ url: here.app.url, apiKey: keyOfOther.token })
    expect(await codeOf(elsewhere.brokerTokens.create({ skill: 'triage' }))).toBe('token.wrong_skill')
    await here.ada.client.skills.change(skill.id, { status: 'stopped' })
    expect(await codeOf(here.call(ofSkill.token, connection, { path: '/repos/a' }))).toBe('token.skill_stopped')

    const late = await here.mint({ connections: [connection], lifeSeconds: 60 })
    await clock.advance(59 * SECOND)
    expect(await codeOf(here.call(late.token, connection))).toBe('allowed')
    await clock.advance(SECOND)
    expect(await codeOf(here.call(late.token, connection))).toBe('token.expired')
  })

  it('is void once its connection was paused, and stays so after it was resumed', async () => {
    const own = await here.connect({ name: 'paused' })
    const { token } = await here.mint({ connections: [own] })
    const passage = await here.redeem(token, own)
    await here.ada.client.connections.change(own, { status: 'paused' })
    expect(here.broker.stands(passage)).toBe(false)
    expect(await codeOf(here.broker.use(passage, { version: 1, host: HOST, method: 'GET', path: '/user' }))).toBe(
      'connection.paused',
    )
    expect(await codeOf(here.redeem(token, own))).toBe('connection.paused')
    await here.ada.client.connections.change(own, { status: 'active' })
    expect(await codeOf(here.redeem(token, own))).toBe('token.connection_changed')
    const again = await here.mint({ connections: [own] })
    expect(await codeOf(here.redeem(again.token, own))).toBe('allowed')
  })

  it('is void when its connection is taken back or deleted', async () => {
    const shared = await here.connect({ name: 'shared' })
    const { token } = await here.mint({ connections: [shared] })
    await here.ada.client.connections.change(shared, { visibility: 'private' })
    expect(await codeOf(here.redeem(token, shared))).toBe('token.connection_changed')
    const again = await here.mint({ connections: [shared] })
    await here.ada.client.connections.delete(shared)
    expect(await codeOf(here.redeem(again.token, shared))).toBe('connection.not_found')
  })

  it('lives on when the credential is replaced by another of the same account, and uses that', async () => {
    const own = await here.connect({ name: 'rotated' })
    const { token } = await here.mint({ connections: [own] })
    const first = await here.broker.credential(await here.redeem(token, own))
    const { account } = here.stands('github', 'token')
    await here.ada.client.connections.change(own, { credential: { ...account.fields } as Record<string, string> })
    const second = await here.broker.credential(await here.redeem(token, own))
    expect([first.usable.version, second.usable.version]).toEqual([1, 2])
    first.release()
    second.release()
  })

  it('cannot be used by another workspace, nor seen there', async () => {
    const stranger: Browser = await here.app.neighbour(here.ada)
    const theirs = await codeOf(stranger.client.brokerTokens.create({ connections: [connection] }))
    expect(theirs).toBe('connection.not_found')
    const { id } = await here.mint({ connections: [connection] })
    expect(await codeOf(stranger.client.brokerTokens.get(id))).toBe('token.not_found')
    expect(await codeOf(stranger.client.brokerTokens.revoke(id))).toBe('token.not_found')
    expect((await stranger.client.brokerTokens.list().page()).items).toEqual([])
  })

  it('ends with the key that minted it and with the member', async () => {
    const { client, id } = await here.app.key(here.ada, 'editor')
    const byKey = await client.brokerTokens.create({ connections: [connection] })
    expect(await codeOf(here.redeem(Secret.of(byKey.token), connection))).toBe('allowed')
    await here.ada.client.keys.revoke(id)
    expect(await codeOf(here.redeem(Secret.of(byKey.token), connection))).toBe('token.revoked')
    const bob = await here.app.join(here.ada, 'editor')
    const byBob = await here.mint({ connections: [connection] }, bob)
    await here.ada.client.members.remove((await bob.client.me()).id)
    expect(await codeOf(here.redeem(byBob.token, connection))).toBe('token.revoked')
  })

  it('counts a proof once, for its method, its address, its token and its minute', async () => {
    const key = await prover()
    const url = 'https://cardea.example/proxy/x/user'
    const { token } = await here.mint({ connections: [connection], proof: key.thumbprint })
    const another = await here.mint({ connections: [connection], proof: key.thumbprint })
    const good = { method: 'GET', url, token, at: clock.now() }
    const attempt = async (header: string) => codeOf(here.redeem(token, connection, { proof: { header, url } }))
    const header = await key.prove(good)
    expect(await attempt(header)).toBe('allowed')
    expect(await attempt(header)).toBe('token.proof_wrong')
    const wrong: [string, string][] = [
      ['another method', await key.prove({ ...good, method: 'POST' })],
      ['another address', await key.prove({ ...good, url: 'https://cardea.example/proxy/x/other' })],
      ['another token', await key.prove({ ...good, token: another.token })],
      ['no token', await key.prove({ method: 'GET', url, at: clock.now() })],
      ['too old', await key.prove({ ...good, at: clock.now() - MINUTE - SECOND })],
      ['from the future', await key.prove({ ...good, at: clock.now() + MINUTE + SECOND })],
      ['no id', await key.prove({ ...good, id: '' })],
      ['rubbish', 'a.b.c'],
      ['nothing', ''],
    ]
    for (const [what, each] of wrong) expect(await attempt(each), what).toBe('token.proof_wrong')
  })
})
