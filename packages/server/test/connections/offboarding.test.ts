import { type Client, createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../app.ts'
import { databaseName } from '../database.ts'
import { type World, world } from './world.ts'

/** What becomes of connections whose owner goes: a key that is revoked, a member who leaves. */
let here: World
let ada: Browser

beforeAll(async () => {
  here = await world()
  ada = await here.app.setUp()
})
afterAll(() => here?.app.close())

const connect = (client: Client, visibility: 'private' | 'workspace', name: string = visibility) => {
  const credential = { ...here.stands('github', 'token').account.fields }
  return client.connections.create({ provider: 'github', method: 'token', credential, visibility, name })
}
const usable = (id: string) => here.app.app.connections.usable(ada.workspaceId, id)
const secretsOf = (id: string) =>
  here.app.app.store.sweep((db) => db.selectFrom('secrets').select('field').where('owner_id', '=', id).execute())
const recorded = async (event: string, subject: string) => {
  const found = []
  for await (const record of ada.client.audit.list({ event })) if (record.subject === subject) found.push(record)
  return found
}
const ownerOf = async (id: string) => (await ada.client.connections.get(id)).owner

describe(`a key that is revoked, on ${databaseName}`, () => {
  it('takes its private connections along, and leaves the shared ones to whoever revokes it', async () => {
    const key = await here.app.key(ada, 'editor')
    const [own, another, shared] = [
      await connect(key.client, 'private'),
      await connect(key.client, 'private', 'another'),
      await connect(key.client, 'workspace'),
    ]
    const mine = await connect(ada.client, 'private')
    const { epoch } = await usable(own.id)
    expect(await ada.client.keys.revoke(key.id)).toEqual({ connections: { deleted: 2, handedOver: 1 } })

    expect(here.app.app.connections.epochs.isCurrent(own.id, epoch)).toBe(false)
    for (const { id } of [own, another]) {
      await expect(usable(id)).rejects.toMatchObject({ code: 'connection.not_found' })
      await expect(ada.client.connections.get(id)).rejects.toMatchObject({ code: 'connection.not_found' })
    }
    await here.app.app.connections.prune()
    expect(await secretsOf(own.id)).toEqual([])
    const listed = (await ada.client.connections.list({ status: 'revoked' }).page({ limit: 200 })).items
    expect(listed.find(({ id }) => id === own.id)).toMatchObject({ sight: 'presence', reason: 'deleted' })
    expect(await ada.client.connections.get(shared.id)).toMatchObject({ mine: true, status: 'active' })
    expect((await ada.client.connections.test(shared.id)).health).toBe('ok')
    expect((await usable(mine.id)).version).toBe(1)

    const [record] = await recorded('key.revoked', key.id)
    expect(record).toMatchObject({ risk: 'high', detail: { connections: { deleted: 2, handedOver: 1 } } })
    const [end] = await recorded('connection.deleted', own.id)
    expect(end).toMatchObject({ actor: record!.actor, detail: { because: 'its key was revoked' } })
    const [passed] = await recorded('connection.updated', shared.id)
    expect(passed).toMatchObject({ risk: 'high', detail: { fields: ['owner'], because: 'its key was revoked' } })
  })

  it('is revoked once: whoever asks again is told that nothing was left', async () => {
    const key = await here.app.key(ada, 'editor')
    await connect(key.client, 'private')
    const reports = await Promise.all([ada.client.keys.revoke(key.id), ada.client.keys.revoke(key.id)])
    expect(reports.map(({ connections }) => connections.deleted).sort()).toEqual([0, 1])
    expect(await ada.client.keys.revoke(key.id)).toEqual({ connections: { deleted: 0, handedOver: 0 } })
    expect(await recorded('key.revoked', key.id)).toHaveLength(1)
  })

  it('is followed by the key that revokes it, or by an administrator when it revokes itself', async () => {
    const manager = await here.app.key(ada, 'admin')
    const [key, self] = [await here.app.key(ada, 'editor'), await here.app.key(ada, 'admin')]
    const shared = [await connect(key.client, 'workspace'), await connect(self.client, 'workspace')]
    const own = await connect(self.client, 'private')
    expect(await manager.client.keys.revoke(key.id)).toEqual({ connections: { deleted: 0, handedOver: 1 } })
    expect(await self.client.keys.revoke(self.id)).toEqual({ connections: { deleted: 1, handedOver: 1 } })
    expect(await ownerOf(shared[0]!.id)).toEqual({ kind: 'key', id: manager.id })
    expect(await ownerOf(shared[1]!.id)).toEqual({ kind: 'person', id: (await ada.client.me()).id })
    await expect(usable(own.id)).rejects.toMatchObject({ code: 'connection.not_found' })
    await expect(self.client.me()).rejects.toMatchObject({ code: 'auth.rejected' })
  })

  it('leaves what it had to the operator where nobody else is there', async () => {
    const { accounts, connections, store } = here.app.app
    const operator = { actor: { kind: 'operator' as const }, requestId: 'req_test', ip: '' }
    const { id: workspaceId } = await accounts.workspaces.create(operator, { name: 'Nobody is here' })
    const there = { ...operator, actor: { kind: 'operator' as const, workspaceId } }
    const { token, key } = await accounts.keys.create(there, { name: 'alone', role: 'admin' })
    const client = createClient({ url: here.app.url, apiKey: token.reveal() })
    const shared = await connect(client, 'workspace')
    expect(await client.keys.revoke(key.id)).toEqual({ connections: { deleted: 0, handedOver: 1 } })
    const row = await store.within({ workspaceId }, (db) =>
      db.selectFrom('connections').select(['owner_kind', 'owner_id']).where('id', '=', shared.id).executeTakeFirst(),
    )
    expect(row).toEqual({ owner_kind: 'operator', owner_id: 'operator' })
    expect((await connections.get(there, shared.id)).mine).toBe(true)
  })

  it('keeps what it has when somebody from elsewhere tries', async () => {
    const key = await here.app.key(ada, 'editor')
    const own = await connect(key.client, 'private')
    const neighbour = await here.app.neighbour(ada)
    await expect(neighbour.client.keys.revoke(key.id)).rejects.toMatchObject({ code: 'key.not_found' })
    expect((await usable(own.id)).version).toBe(1)
    expect((await key.client.connections.get(own.id)).mine).toBe(true)
  })
})

describe(`whoever leaves by themselves, on ${databaseName}`, () => {
  it.each(['admin', 'editor', 'viewer'] as const)('may, as %s', async (role) => {
    const bob = await here.app.join(ada, role)
    const { id } = await bob.client.me()
    const made = role === 'viewer' ? [] : [await connect(bob.client, 'private'), await connect(bob.client, 'workspace')]
    const count = made.length / 2
    expect(await bob.client.workspace.leave()).toEqual({ connections: { deleted: count, handedOver: count } })
    await expect(bob.client.connections.list().page()).rejects.toMatchObject({ code: 'workspace.not_found' })
    expect((await ada.client.members.list().page()).items.map(({ userId }) => userId)).not.toContain(id)
    const [record] = await recorded('member.removed', id)
    expect(record).toMatchObject({ actor: { kind: 'person', id }, detail: { role } })
    if (!made[1]) return
    expect(await ownerOf(made[1].id)).toEqual({ kind: 'person', id: (await ada.client.me()).id })
    await expect(usable(made[0]!.id)).rejects.toMatchObject({ code: 'connection.not_found' })
  })

  it('may not as the last administrator, nor as a key, and nobody by mistake out of another workspace', async () => {
    await expect(ada.client.workspace.leave()).rejects.toMatchObject({ code: 'member.last_admin' })
    const key = await here.app.key(ada, 'editor')
    await expect(key.client.workspace.leave()).rejects.toMatchObject({ code: 'auth.forbidden' })
    const eve = await here.app.join(ada, 'editor')
    const neighbour = await here.app.neighbour(ada)
    const { token } = await neighbour.client.invitations.create({ email: eve.email, role: 'viewer' })
    await eve.client.invitations.accept({ token })
    await eve.client.workspace.leave()
    const emails = async ({ client }: Browser) => (await client.members.list().page()).items.map(({ email }) => email)
    expect(await emails(neighbour)).toContain(eve.email)
    expect(await emails(ada)).not.toContain(eve.email)
  })
})
