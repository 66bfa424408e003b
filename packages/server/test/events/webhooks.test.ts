import { verifyWebhook } from '@cardea/sdk'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/actor.ts'
import { DAY, HOUR, SECOND } from '../../src/clock.ts'
import { MOST_WEBHOOKS } from '../../src/events/webhooks.ts'
import { databaseName } from '../database.ts'
import { openReceiver } from '../net/receiver.ts'
import { A, B, codeOf } from '../vault/ground.ts'
import { admin, eventually, openHouse, passing } from './house.ts'

const stranger: Caller = { ...admin, actor: { ...admin.actor, workspaceId: B } as Caller['actor'] }
const SOMEWHERE = 'https://93.184.215.14/hook'

describe(`webhooks on ${databaseName}`, () => {
  it('show their secret when they are made and never again', async () => {
    const house = await openHouse()
    const { webhook, secret } = await house.events.webhooks.create(admin, { url: `${SOMEWHERE}#part` })
    expect(secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhook).toMatchObject({ url: SOMEWHERE, name: '93.184.215.14', types: null })
    const { items } = await house.events.webhooks.list(admin, { limit: 10 })
    expect(JSON.stringify(items)).not.toContain(secret.reveal().slice(6, 20))
    expect(house.server.lines.join()).not.toContain(secret.reveal().slice(6, 20))
    const rows = await house.server.store.sweep((db) => db.selectFrom('secrets').selectAll().execute())
    expect(rows.some(({ owner_id }) => owner_id === webhook.id)).toBe(true)
    expect(house.recorded).toEqual(['webhook.created'])
  })

  it('are found by nobody from another workspace', async () => {
    const house = await openHouse()
    const { id } = await house.webhook(SOMEWHERE)
    const { webhooks } = house.events
    for (const attempt of [
      () => webhooks.get(stranger, id),
      () => webhooks.change(stranger, id, { name: 'mine' }),
      () => webhooks.change(stranger, id, {}),
      () => webhooks.remove(stranger, id),
      () => webhooks.test(stranger, id),
      () => webhooks.unpark(stranger, id),
      () => webhooks.rotateSecret(stranger, id),
      () => webhooks.deliveries(stranger, id, undefined, { limit: 1 }),
      () => house.events.replay(stranger, { webhookId: id, since: 0 }),
    ]) {
      expect(await codeOf(attempt())).toBe('webhook.not_found')
    }
    expect((await webhooks.list(stranger, { limit: 10 })).items).toEqual([])
    expect(await webhooks.get(admin, id)).toMatchObject({ id })
  })

  it('take the secret with them when they go, and what waited', async () => {
    const house = await openHouse()
    const { id } = await house.webhook(SOMEWHERE)
    await house.emit('conn_1')
    await house.events.webhooks.remove(admin, id)
    expect(await codeOf(house.events.webhooks.get(admin, id))).toBe('webhook.not_found')
    const [secrets, deliveries] = await house.server.store.sweep(async (db) => [
      await db.selectFrom('secrets').selectAll().where('owner_id', '=', id).execute(),
      await db.selectFrom('webhook_deliveries').selectAll().execute(),
    ])
    expect(secrets).toEqual([])
    expect(deliveries).toEqual([])
  })

  it(`are at most ${MOST_WEBHOOKS} in a workspace, however many come at once`, async () => {
    const house = await openHouse()
    const made = await Promise.allSettled(Array.from({ length: MOST_WEBHOOKS + 5 }, () => house.webhook(SOMEWHERE)))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_WEBHOOKS)
    expect(await codeOf(house.webhook(SOMEWHERE))).toBe('webhook.too_many')
    const secrets = await house.server.store.sweep((db) =>
      db.selectFrom('secrets').select('owner_id').where('field', '=', 'signing').execute(),
    )
    expect(secrets).toHaveLength(MOST_WEBHOOKS)
  })

  it('sign with both secrets for a day after one was replaced, then with the new one', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    const { id, secret: old } = await house.webhook(receiver.url)
    const { secret } = await house.events.webhooks.rotateSecret(admin, id)
    const fresh = secret.reveal()
    const sent = async () => {
      await house.events.webhooks.test(admin, id)
      const { headers, body } = receiver.received.at(-1)!
      const believes = (one: string) =>
        verifyWebhook(headers, body, one, { now: house.clock.now() }).then(
          () => true,
          () => false,
        )
      return { old: await believes(old), fresh: await believes(fresh) }
    }
    expect(await sent()).toEqual({ old: true, fresh: true })
    await house.clock.advance(DAY - HOUR)
    expect(await sent()).toEqual({ old: true, fresh: true })
    await house.clock.advance(2 * HOUR)
    expect(await sent()).toEqual({ old: false, fresh: true })
    const versions = () =>
      house.server.store.sweep((db) => db.selectFrom('secrets').select('version').where('owner_id', '=', id).execute())
    expect(await versions()).toHaveLength(2)
    await house.events.prune()
    expect(await versions()).toHaveLength(1)
    expect(await sent()).toEqual({ old: false, fresh: true })
    expect((await house.events.webhooks.get(admin, id)).previous_until).toBeNull()
  })

  it('keep two secrets at most, and one winner of two replacements at once', async () => {
    const house = await openHouse()
    const { id } = await house.webhook(SOMEWHERE)
    const both = await Promise.allSettled([
      house.events.webhooks.rotateSecret(admin, id),
      house.events.webhooks.rotateSecret(admin, id),
    ])
    const codes = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
    expect(codes.every((code) => ['webhook.being_changed', 'vault.version_taken'].includes(code))).toBe(true)
    expect(codes.length).toBeLessThanOrEqual(1)
    await house.events.webhooks.rotateSecret(admin, id)
    const { items } = await house.events.webhooks.list(admin, { limit: 1 })
    const rows = await house.server.store.sweep((db) =>
      db.selectFrom('secrets').select('version').where('owner_id', '=', id).execute(),
    )
    const wanted = [items[0]!.secret_version, items[0]!.previous_version].sort()
    expect(rows.map(({ version }) => version).sort()).toEqual(wanted)
  })
})

describe(`sending again on ${databaseName}`, () => {
  const tellingOf = async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    house.deliver()
    for (const subject of ['one', 'two', 'three']) {
      await house.emit(subject, { type: subject === 'two' ? 'connection.paused' : 'connection.created' })
      await house.clock.advance(SECOND)
    }
    const subjects = () => receiver.received.map(({ body }) => JSON.parse(body).subject as string)
    return { house, receiver, subjects }
  }

  it('tells a new webhook of all that it wants since an instant, in order', async () => {
    const { house, receiver, subjects } = await tellingOf()
    const { id } = await house.webhook(receiver.url, ['connection.created'])
    expect(await house.events.replay(admin, { webhookId: id, since: 0 })).toEqual({ events: 2 })
    await receiver.until(2)
    await eventually(async () => (await house.log(id)).every(({ state }) => state === 'delivered'))
    expect(subjects().sort()).toEqual(['one', 'three'])
    expect(await house.events.replay(admin, { webhookId: id, since: house.clock.now() })).toEqual({ events: 0 })
  })

  it('tells one event once more, with the same id', async () => {
    const { house, receiver, subjects } = await tellingOf()
    const { id } = await house.webhook(receiver.url, ['connection.created'])
    const { items } = await house.events.list(admin, {}, { limit: 10 })
    const two = items.find(({ subject }) => subject === 'two')!
    for (const count of [1, 2]) {
      expect(await house.events.replay(admin, { webhookId: id, eventId: two.id })).toEqual({ events: 1 })
      await passing(house.clock, SECOND, async () => (await house.log(id))[0]!.statuses.length === count)
    }
    expect(subjects()).toEqual(['two', 'two'])
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([two.id, two.id])
    expect((await house.log(id))[0]).toMatchObject({ state: 'delivered', statuses: [200, 200] })
  })

  it('says when there is no such event here', async () => {
    const { house } = await tellingOf()
    await house.emit('theirs', { workspaceId: B })
    const { id } = await house.webhook(SOMEWHERE)
    const [theirs] = (await house.events.list(stranger, {}, { limit: 1 })).items
    for (const eventId of ['evt_none', theirs!.id]) {
      expect(await codeOf(house.events.replay(admin, { webhookId: id, eventId }))).toBe('event.not_kept')
    }
  })

  it('ends with what is kept: thirty days of events and of the log', async () => {
    const { house, receiver } = await tellingOf()
    const { id } = await house.webhook(receiver.url)
    await house.emit('old')
    await receiver.until(1)
    await eventually(async () => (await house.log(id))[0]?.state === 'delivered')
    await house.clock.advance(20 * DAY)
    await house.emit('new')
    await house.events.prune()
    expect((await house.events.list(admin, {}, { limit: 10 })).items).toHaveLength(5)
    await house.clock.advance(11 * DAY)
    await house.events.prune()
    const { items } = await house.events.list(admin, {}, { limit: 10 })
    expect(items.map(({ subject }) => subject)).toEqual(['new'])
    expect(await house.log(id)).toHaveLength(1)
    const attempts = await house.server.store.sweep((db) => db.selectFrom('webhook_attempts').selectAll().execute())
    expect(attempts.length).toBeLessThanOrEqual(1)
  })
})

describe(`the list of events on ${databaseName}`, () => {
  const as = (userId: string, role: 'admin' | 'editor' | 'viewer', workspaceId = A): Caller => ({
    ...admin,
    actor: { kind: 'person', userId, loginId: '', operator: false, workspaceId, role },
  })

  it('shows a private connection whole to its owner, its presence to administrators, nothing to others', async () => {
    const house = await openHouse()
    await house.emit('shared')
    await house.emit('private', { audience: 'usr_bob', data: { visibility: 'private', account: 'bob@example.com' } })
    const seen = async (caller: Caller) =>
      (await house.events.list(caller, {}, { limit: 10 })).items.map(({ subject, data }) => [
        subject,
        data.account ?? null,
      ])
    const shared = ['shared', 'ada@example.com']
    expect(await seen(as('usr_bob', 'editor'))).toEqual([shared, ['private', 'bob@example.com']])
    expect(await seen(as('usr_bob', 'viewer'))).toEqual([shared, ['private', 'bob@example.com']])
    expect(await seen(as('usr_ada', 'admin'))).toEqual([shared, ['private', null]])
    expect(await seen(as('usr_eve', 'editor'))).toEqual([shared])
    expect(await seen(as('usr_eve', 'viewer'))).toEqual([shared])
    expect(await seen(as('usr_bob', 'admin', B))).toEqual([])
    const key = (role: 'admin' | 'editor'): Caller => ({
      ...admin,
      actor: { kind: 'key', keyId: 'key_1', workspaceId: A, role },
    })
    expect(await seen(key('admin'))).toEqual([shared, ['private', null]])
    expect(await seen(key('editor'))).toEqual([shared])
  })

  it('goes on where a page ended, and can be narrowed', async () => {
    const house = await openHouse()
    for (let n = 0; n < 7; n++) await house.emit(`conn_${n}`, n % 2 ? { type: 'connection.paused' } : {})
    const found: string[] = []
    let after: string | undefined
    do {
      const page = await house.events.list(admin, {}, { limit: 3, after })
      found.push(...page.items.map(({ subject }) => subject))
      after = page.next
    } while (after)
    expect(found).toEqual(Array.from({ length: 7 }, (_, n) => `conn_${n}`))
    const paused = await house.events.list(admin, { types: ['connection.paused'] }, { limit: 10 })
    expect(paused.items).toHaveLength(3)
    expect((await house.events.list(admin, { subject: 'conn_4' }, { limit: 10 })).items).toHaveLength(1)
  })

  it('is in the order of commits, however many are written at once', async () => {
    const house = await openHouse()
    await Promise.all(Array.from({ length: 30 }, (_, n) => house.emit(`conn_${n}`)))
    const rows = await house.server.store.sweep((db) =>
      db.selectFrom('events').select('seq').where('workspace_id', '=', A).orderBy('seq').execute(),
    )
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
  })
})
