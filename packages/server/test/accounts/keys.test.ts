import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/actor.ts'
import { HOUR } from '../../src/clock.ts'
import { newId } from '../../src/ids.ts'
import { decide } from '../../src/policy/policy.ts'
import { databaseName } from '../database.ts'
import { caller, type House, invite, openHouse, outcome, type Settled, settle } from './house.ts'

describe(`API keys on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  beforeAll(async () => {
    house = await openHouse()
    ada = await settle(house)
  })
  afterAll(() => house.close())

  it('shows a token once and stores only its hash', async () => {
    const { keys } = house.accounts
    const { key, token } = await keys.create(caller(ada.person), { name: ' deploy ', role: 'viewer' })
    expect(key).toMatchObject({ name: 'deploy', role: 'viewer', createdBy: ada.person.userId })
    expect(token.reveal()).toMatch(/^cardea_key_[\w-]{43}$/)
    expect(token.reveal().startsWith(key.hint)).toBe(true)
    expect(await house.holds('deploy')).toBe(true)
    expect(await house.holds(token.reveal())).toBe(false)
    const listed = await keys.list(caller(ada.person), { limit: 10 })
    expect(listed.items).toEqual([key])
  })

  it('narrows a role to permissions that it has, and to nothing else', async () => {
    const { keys, identify } = house.accounts
    const make = (permissions: string[], role: Role = 'editor') =>
      keys.create(caller(ada.person), { name: 'k', role, permissions })
    for (const wrong of ['key:manage', 'vault:rotate', 'person', 'toString', '__proto__', '']) {
      expect(await outcome(make([wrong]))).toBe('key.exceeds_role')
    }
    const { key, token } = await make(['connection:read', 'connection:read'])
    expect(key.permissions).toEqual(['connection:read'])
    const { actor } = await identify({ apiKey: token })
    expect(decide(actor, 'connection:read')).toBe('allowed')
    expect(decide(actor, 'connection:write')).toBe('forbidden')
    expect((await identify({ apiKey: (await make([])).token })).actor).toMatchObject({ permissions: [] })
  })

  it('expires, and must expire in the future', async () => {
    const { keys, identify } = house.accounts
    const make = (expiresAt: number) => keys.create(caller(ada.person), { name: 'k', role: 'viewer', expiresAt })
    const now = house.clock.now()
    for (const wrong of [now, now - 1, Number.NaN, Number.POSITIVE_INFINITY, now + 0.5]) {
      expect(await outcome(make(wrong))).toBe('request.invalid')
    }
    const { token } = await make(now + HOUR)
    await house.clock.advance(HOUR - 1)
    expect((await identify({ apiKey: token })).actor.kind).toBe('key')
    await house.clock.advance(1)
    expect(await outcome(identify({ apiKey: token }))).toBe('auth.rejected')
  })

  it('is revoked at once on every server, once, and only from its own workspace', async () => {
    const { keys, workspaces } = house.accounts
    const other = await house.neighbour()
    const { key, token } = await keys.create(caller(ada.person), { name: 'k', role: 'viewer' })
    await other.identify({ apiKey: token })
    const second = await workspaces.create(caller(ada.person), { name: 'Second' })
    const elsewhere = caller({ ...ada.person, workspaceId: second.id, role: 'admin' })
    for (const id of [key.id, newId('key'), '\u0000', '']) {
      expect(await outcome(keys.revoke(elsewhere, id))).toBe('key.not_found')
    }
    await other.identify({ apiKey: token })
    await keys.revoke(caller(ada.person), key.id)
    expect(await outcome(other.identify({ apiKey: token }))).toBe('auth.rejected')
    await keys.revoke(caller(ada.person), key.id)
    const revocations = (await house.events()).filter(
      ({ subject, event }) => subject === key.id && event === 'key.revoked',
    )
    expect(revocations).toHaveLength(1)
    expect((await keys.list(elsewhere, { limit: 10 })).items).toEqual([])
  })

  it('gives no more than its maker has', async () => {
    const { keys } = house.accounts
    const bob = await invite(house, ada.person, 'bob@example.com', 'editor')
    expect(await outcome(keys.create(caller(bob.person), { name: 'k', role: 'admin' }))).toBe('auth.forbidden')
    await keys.create(caller(bob.person), { name: 'k', role: 'viewer' })
    for (const name of ['', ' ', 'x'.repeat(201), 'a\nb', '\u202eabc', '\ud800']) {
      expect(await outcome(keys.create(caller(ada.person), { name, role: 'viewer' }))).toBe('request.invalid')
    }
  })
})
