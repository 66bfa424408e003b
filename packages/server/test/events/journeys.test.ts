import { verifyWebhook } from '@cardea/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { openReceiver } from '../net/receiver.ts'
import { connection, eventually } from './house.ts'

async function start() {
  const app = await testApp({ logLevel: 'warn', environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1, *.corp.example' } })
  onTestFinished(() => app.close())
  return { app, ada: await app.setUp(), receiver: await openReceiver() }
}

describe(`webhooks through the API and the SDK, on ${databaseName}`, () => {
  it('are made, tried, told, replaced, looked at and deleted', async () => {
    const { app, ada, receiver } = await start()
    const { webhooks, events } = ada.client
    const made = await webhooks.create({ url: receiver.url, name: 'our bus', types: ['connection.created'] })
    expect(made).toMatchObject({ state: 'active', name: 'our bus', types: ['connection.created'], reason: null })
    expect(made.secret).toMatch(/^whsec_/)
    expect(JSON.stringify(await webhooks.get(made.id))).not.toContain('whsec_')

    expect(await webhooks.test(made.id)).toMatchObject({ status: 200, error: null, answer: 'ok' })
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ type: 'webhook.test', subject: made.id })

    const { workspaceId } = ada
    await app.app.store.within({ workspaceId }, (db) =>
      app.app.events.emit(db, {
        workspaceId,
        type: 'connection.created',
        subject: 'conn_1',
        audience: 'workspace',
        data: connection('conn_1'),
      }),
    )
    await receiver.until(2)
    const { headers, body } = receiver.received[1]!
    const event = await verifyWebhook(headers, body, made.secret)
    expect(event).toEqual((await events.list().page()).items[0])

    await eventually(async () => (await webhooks.deliveries(made.id, { state: 'delivered' }).page()).items.length === 2)
    const [newest, oldest] = (await webhooks.deliveries(made.id).page({ limit: 2 })).items
    expect(newest).toMatchObject({ eventId: event.id, state: 'delivered', nextAttemptAt: null })
    expect(oldest).toMatchObject({ type: 'webhook.test', attempts: [{ status: 200, error: null }] })

    const rotated = await webhooks.rotateSecret(made.id)
    expect(rotated.secret).not.toBe(made.secret)
    expect(rotated.previousSecretUntil).not.toBeNull()
    expect(await events.replay({ webhookId: made.id, eventId: event.id })).toEqual({ events: 1 })
    await receiver.until(3)
    const again = receiver.received[2]!
    for (const secret of [made.secret, rotated.secret]) await verifyWebhook(again.headers, again.body, secret)

    expect(await webhooks.change(made.id, { name: 'renamed', types: null })).toMatchObject({
      name: 'renamed',
      types: null,
    })
    expect(await webhooks.unpark(made.id)).toMatchObject({ state: 'active' })
    await webhooks.remove(made.id)
    await expect(webhooks.get(made.id)).rejects.toMatchObject({ code: 'webhook.not_found' })
    const recorded = (await ada.client.audit.list().page({ limit: 50 })).items.map(({ event }) => event)
    for (const name of ['created', 'tested', 'secret_rotated', 'changed', 'deleted']) {
      expect(recorded).toContain(`webhook.${name}`)
    }
    expect(recorded).toContain('event.replayed')
  })

  it('are refused where they would lead inside, with the host and the reason', async () => {
    const { ada } = await start()
    for (const [url, why] of [
      ['https://169.254.169.254/latest', 'metadata'],
      ['https://10.0.0.1/', 'private'],
      ['http://example.com/', 'https'],
      ['http://git.corp.example.evil/', 'https'],
      ['https://user:secret@example.com/', 'password'],
      ['ftp://example.com/', 'https'],
      ['nonsense', 'no address'],
    ] as const) {
      await expect(ada.client.webhooks.create({ url }), url).rejects.toMatchObject({
        code: 'net.host_refused',
        status: 422,
        message: expect.stringContaining(why),
      })
    }
    expect((await ada.client.webhooks.create({ url: 'http://git.corp.example/' })).url).toBe('http://git.corp.example/')
  })

  it('are made once for one idempotency key, and the secret comes again', async () => {
    const { ada } = await start()
    const make = () => ada.client.webhooks.create({ url: 'https://93.184.215.14/' }, { idempotencyKey: 'one' })
    expect(await make()).toEqual(await make())
    expect((await ada.client.webhooks.list().page()).items).toHaveLength(1)
  })

  it('go with their workspace', async () => {
    const { app, ada } = await start()
    const neighbour = await app.neighbour(ada)
    await neighbour.client.webhooks.create({ url: 'https://93.184.215.14/' })
    await neighbour.client.workspace.delete()
    const rows = await app.app.store.sweep((db) => db.selectFrom('webhooks').selectAll().execute())
    expect(rows).toEqual([])
  })
})
