import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { MINUTE } from '../../src/clock.ts'
import { newId } from '../../src/ids.ts'
import { databaseName } from '../database.ts'
import { caller, type House, invite, openHouse, outcome, type Settled, secret, settle } from './house.ts'

describe(`who is asking, on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  let key: { id: string; token: ReturnType<typeof secret> }
  beforeAll(async () => {
    house = await openHouse()
    ada = await settle(house)
    const made = await house.accounts.keys.create(caller(ada.person), { name: 'agent', role: 'editor' })
    key = { id: made.key.id, token: made.token }
  })
  afterAll(() => house.close())

  it('is nobody without a credential, whatever cookies of other programs come along', async () => {
    const { identify } = house.accounts
    expect(await identify({})).toEqual({ actor: { kind: 'nobody' }, setCookie: [] })
    expect(await identify({ cookie: secret('theme=dark; cardea_session=x') })).toMatchObject({
      actor: { kind: 'nobody' },
    })
  })

  it('is refused with two credentials at once', async () => {
    const { identify } = house.accounts
    const { cookie } = ada
    expect(await outcome(identify({ cookie, apiKey: key.token }))).toBe('auth.ambiguous')
    expect(await outcome(identify({ cookie, bearer: key.token }))).toBe('auth.ambiguous')
    expect(await outcome(identify({ apiKey: key.token, bearer: key.token }))).toBe('auth.ambiguous')
  })

  it('is refused with a credential of another kind than its place is for', async () => {
    const { identify } = house.accounts
    const session = ada.cookie.reveal().split('=')[1]!
    for (const bearer of [
      key.token,
      secret(session),
      secret(''),
      secret('a.b.c'),
      secret('cardea_brk_x'),
      ada.cookie,
    ]) {
      expect(await outcome(identify({ bearer }))).toBe('auth.rejected')
      if (bearer !== key.token) expect(await outcome(identify({ apiKey: bearer }))).toBe('auth.rejected')
    }
  })

  it('is refused with a forged, altered or strange cookie', async () => {
    const [name, value] = ada.cookie.reveal().split('=') as [string, string]
    const [token, signature] = decodeURIComponent(value).split('.') as [string, string]
    const forged = [
      token,
      `${token}.`,
      `${token}.${signature.slice(0, -2)}A=`,
      `x${token.slice(1)}.${signature}`,
      '%00',
      '%E0%A4%A',
      '🦄',
      '',
      'x'.repeat(5000),
    ]
    for (const value of forged) {
      expect(await outcome(house.accounts.identify({ cookie: secret(`${name}=${value}`) }))).toBe('auth.rejected')
    }
  })

  it('is found by a server whose environment holds settings of better-auth', async () => {
    vi.stubEnv('BETTER_AUTH_SECRETS', `9:${'x'.repeat(40)}`)
    vi.stubEnv('BETTER_AUTH_SECRET', 'y'.repeat(40))
    try {
      const other = await house.neighbour()
      expect((await other.identify({ cookie: ada.cookie })).actor.kind).toBe('person')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('is a key in its own workspace and in no other', async () => {
    const { identify } = house.accounts
    const { actor } = await identify({ apiKey: key.token })
    expect(actor).toEqual({ kind: 'key', keyId: key.id, workspaceId: ada.workspaceId, role: 'editor' })
    await identify({ apiKey: key.token, workspace: ada.workspaceId })
    expect(await outcome(identify({ apiKey: key.token, workspace: newId('ws') }))).toBe('workspace.not_found')
    expect(await outcome(identify({ apiKey: key.token, workspace: '' }))).toBe('workspace.not_found')
  })

  it('is a person in the workspace that is named, in the only one, or in none', async () => {
    const { identify, workspaces } = house.accounts
    const bob = await invite(house, ada.person, 'bob@example.com', 'viewer')
    expect(bob.person).toMatchObject({ operator: false, role: 'viewer', workspaceId: ada.workspaceId })
    const second = await workspaces.create(caller(ada.person), { name: 'Second' })
    expect((await identify({ cookie: ada.cookie })).actor).not.toHaveProperty('workspaceId')
    expect((await identify({ cookie: ada.cookie, workspace: second.id })).actor).toMatchObject({
      workspaceId: second.id,
      role: 'admin',
    })
    for (const workspace of [second.id, newId('ws'), 'ws_\u0000', '']) {
      expect(await outcome(identify({ cookie: bob.cookie, workspace }))).toBe('workspace.not_found')
    }
  })

  it('notes the last use of a key at most once a minute, beside the request', async () => {
    const { keys, identify } = house.accounts
    const lastUse = async () => {
      const { items } = await keys.list(caller(ada.person), { limit: 10 })
      return items.find(({ id }) => id === key.id)?.lastUsedAt
    }
    await house.clock.advance(MINUTE)
    await identify({ apiKey: key.token })
    const used = house.clock.now()
    await vi.waitFor(async () => expect(await lastUse()).toBe(used))
    await house.clock.advance(MINUTE / 2)
    await identify({ apiKey: key.token })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await lastUse()).toBe(used)
    await house.clock.advance(MINUTE / 2)
    await identify({ apiKey: key.token })
    await vi.waitFor(async () => expect(await lastUse()).toBe(house.clock.now()))
  })

  it('is no longer anybody with a key that is used while it is being revoked', async () => {
    const { keys } = house.accounts
    const other = await house.neighbour()
    const made = await keys.create(caller(ada.person), { name: 'short-lived', role: 'viewer' })
    const uses = Array.from({ length: 20 }, () => outcome(other.identify({ apiKey: made.token })))
    await keys.revoke(caller(ada.person), made.key.id)
    const after = outcome(other.identify({ apiKey: made.token }))
    for (const use of await Promise.all(uses)) expect(use === 'auth.rejected' || typeof use === 'object').toBe(true)
    expect(await after).toBe('auth.rejected')
    const { items } = await keys.list(caller(ada.person), { limit: 100 })
    expect(items.find(({ id }) => id === made.key.id)?.revokedAt).toBe(house.clock.now())
  })
})
