import { verifyWebhook } from '@cardea/sdk'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/clock.ts'
import { claimWebhooks } from '../../src/store/webhooks.ts'
import { databaseName } from '../database.ts'
import { openReceiver, openSocketServer, type Received } from '../net/receiver.ts'
import { A, B } from '../vault/ground.ts'
import { admin, eventually, type House, openHouse, passing } from './house.ts'

const subjects = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body).subject as string)
const webhookOf = (house: House, id: string) => house.events.webhooks.get(admin, id)

describe(`a webhook on ${databaseName}`, () => {
  it('is told of an event, signed so that the SDK believes it', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    const { id, secret } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('conn_1')
    await receiver.until(1)
    const [{ headers, body }] = receiver.received as [Received]
    const event = await verifyWebhook(headers, body, secret, { now: house.clock.now() })
    expect(event).toMatchObject({ type: 'connection.created', subject: 'conn_1', workspaceId: A })
    expect(event.data).toMatchObject({ account: 'ada@example.com' })
    expect(headers['webhook-id']).toBe(event.id)
    expect(event.id).toMatch(/^evt_/)
    expect(headers['content-type']).toBe('application/json')
    await eventually(async () => (await house.log(id))[0]?.state === 'delivered')
    expect(await house.log(id)).toEqual([{ state: 'delivered', errors: [null], statuses: [200], answers: ['ok'] }])
  })

  it('is told nothing of a change that was undone', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    await house.webhook(receiver.url)
    house.deliver()
    const change = house.server.store.within({ workspaceId: A }, async (db) => {
      const data = { connectionId: 'x', provider: 'p', owner: 'u', visibility: 'workspace' as const }
      const rest = { status: 'active', health: 'ok', reason: null, name: 'n', account: null }
      await house.events.emit(db, {
        workspaceId: A,
        type: 'connection.created',
        subject: 'undone',
        audience: 'workspace',
        data: { ...data, ...rest },
      })
      throw new Error('on purpose')
    })
    await expect(change).rejects.toThrow('on purpose')
    await house.emit('done')
    await receiver.until(1)
    expect(subjects(receiver.received)).toEqual(['done'])
  })

  it('is told only of the types it wants, and of its own workspace', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    await house.webhook(receiver.url, ['connection.paused'])
    house.deliver()
    await house.emit('created')
    await house.emit('elsewhere', { type: 'connection.paused', workspaceId: B })
    await house.emit('paused', { type: 'connection.paused' })
    await receiver.until(1)
    expect(subjects(receiver.received)).toEqual(['paused'])
  })

  it('is told of a private connection only that it exists and how it stands', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    await house.webhook(receiver.url)
    house.deliver()
    const data = { visibility: 'private', reauthorizeUrl: 'https://cardea.example/re', unheardOf: 'also secret' }
    await house.emit('conn_1', { audience: 'usr_bob', type: 'connection.needs_reauth', data })
    await receiver.until(1)
    expect(JSON.parse(receiver.received[0]!.body).data).toEqual({
      connectionId: 'conn_1',
      provider: 'somewhere',
      owner: 'usr_ada',
      visibility: 'private',
      status: 'active',
      health: 'ok',
      reason: null,
    })
  })

  it('is tried again after 5, 20 and 80 seconds, with the same id and a fresh signature', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(503).end('not now')
    const { id, secret } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('conn_1')
    for (const [count, pause] of [
      [1, 5],
      [2, 20],
      [3, 80],
    ] as const) {
      await receiver.until(count)
      await eventually(async () => (await house.log(id))[0]?.errors.length === count)
      await eventually(async () => (await webhookOf(house, id)).lease === null)
      await house.clock.advance((pause - 1) * SECOND)
      expect(receiver.received).toHaveLength(count)
      await house.clock.advance(SECOND)
    }
    receiver.answer = (_request, response) => response.end()
    await passing(house.clock, SECOND, async () => (await house.log(id))[0]?.state === 'delivered')
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const { headers, body } = receiver.received.at(-1)!
    await verifyWebhook(headers, body, secret, { now: house.clock.now(), toleranceSeconds: 60 })
    expect((await house.log(id))[0]!.statuses.slice(0, 3)).toEqual([503, 503, 503])
    expect(await webhookOf(house, id)).toMatchObject({ failing_since: null, reason: null })
  })

  it('is left alone for as long as it asks', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(429, { 'retry-after': '600' }).end()
    const { id } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('conn_1')
    await eventually(async () => (await house.log(id))[0]?.errors.length === 1)
    await passing(house.clock, 10 * SECOND, () => house.clock.monotonic() >= 9 * MINUTE)
    expect(receiver.received).toHaveLength(1)
    await passing(house.clock, 10 * SECOND, () => receiver.received.length === 2)
  })

  it('keeps of an answer how it begins, without what looks like a secret', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) =>
      response
        .writeHead(500)
        .end(`{"access_token":"planted-1","why":"Bearer planted-token-2 \0 and more"}${'x'.repeat(5000)}`)
    const { id } = await house.webhook(receiver.url)
    const attempt = await house.events.webhooks.test(admin, id)
    expect(attempt).toMatchObject({ status: 500, error: 'it answered 500' })
    expect(attempt.answer).toContain('"access_token":"[redacted]"')
    expect(attempt.answer).not.toContain('planted')
    expect(attempt.answer).not.toContain('\0')
    expect(attempt.answer!.length).toBe(1024)
    expect((await house.log(id))[0]).toMatchObject({ state: 'failed', statuses: [500] })
  })

  it('is parked after three days without a success, keeps what waits, and is told all of it when it is unparked', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(500).end()
    const { id } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('first')
    // An hour at a time, each long enough for an attempt to come to its end.
    await passing(house.clock, HOUR, async () => (await webhookOf(house, id)).parked_at !== null, 2000, 25)
    const parked = await webhookOf(house, id)
    expect(parked.parked_at! - parked.failing_since!).toBeGreaterThanOrEqual(3 * DAY)
    expect(parked.parked_at! - parked.failing_since!).toBeLessThan(5 * DAY)
    expect(parked.reason).toBe('it answered 500')
    expect(house.recorded).toContain('webhook.parked')
    expect(house.server.lines.some((line) => line.includes('a webhook is parked'))).toBe(true)

    await house.emit('second')
    const before = receiver.received.length
    await passing(house.clock, HOUR, () => house.clock.now() > parked.parked_at! + DAY)
    expect(receiver.received).toHaveLength(before)

    receiver.answer = (_request, response) => response.end()
    await house.events.webhooks.unpark(admin, id)
    await passing(house.clock, SECOND, async () => (await house.log(id)).every(({ state }) => state === 'delivered'))
    expect(subjects(receiver.received.slice(before)).sort()).toEqual(['first', 'second'])
    expect(await webhookOf(house, id)).toMatchObject({ parked_at: null, failing_since: null })
  })

  it('is parked at once when its receiver says that it is gone', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(410).end()
    const { id } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('conn_1')
    await eventually(async () => (await webhookOf(house, id)).parked_at !== null)
    expect((await house.log(id))[0]!.state).toBe('pending')
  })

  it('is not parked for one message that it cannot take, which is given up after three days', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = ({ body }, response) => response.writeHead(body.includes('poison') ? 500 : 200).end()
    const { id } = await house.webhook(receiver.url)
    house.deliver()
    await house.emit('poison')
    await eventually(async () => (await house.log(id))[0]?.errors.length === 1)
    await house.clock.advance(SECOND)
    let told = 0
    await passing(
      house.clock,
      3 * HOUR,
      async () => {
        if ((await house.log(id)).at(-1)!.state === 'failed') return true
        await house.emit(`fine ${told++}`)
        await passing(house.clock, SECOND, () => subjects(receiver.received).includes(`fine ${told - 1}`))
        // Before the clock leaps: a lease that ran out meanwhile would be another story.
        await eventually(async () => (await webhookOf(house, id)).lease === null)
        return false
      },
      60,
    )
    expect((await webhookOf(house, id)).parked_at).toBeNull()
    expect((await house.log(id)).at(-1)!.errors).toHaveLength(14)
  })
})

describe(`a receiver that means no good, on ${databaseName}`, () => {
  const outcome = async (house: House, url: string) => {
    const { id } = await house.webhook(url)
    return house.events.webhooks.test(admin, id)
  }

  it('gets no redirect followed', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end()
    expect(await outcome(house, receiver.url)).toMatchObject({
      status: 302,
      error: expect.stringContaining('redirects'),
    })
    expect(receiver.received).toHaveLength(1)
  })

  it('cannot be a private address, when it is made and when a name comes to lead there', async () => {
    const house = await openHouse({ allowed: [] })
    for (const url of [
      'https://127.0.0.1/',
      'https://0x7f.1/',
      'http://example.com/',
      'https://[::1]/',
      'https://u:p@example.com/',
    ]) {
      await expect(house.webhook(url), url).rejects.toMatchObject({ code: 'net.host_refused' })
    }
    const { id } = await house.webhook('https://93.184.215.14/')
    await expect(house.events.webhooks.change(admin, id, { url: 'https://10.0.0.1/' })).rejects.toMatchObject({
      code: 'net.host_refused',
    })
  })

  it('costs no more than its place when it is slow, silent or pours without end', async () => {
    const house = await openHouse({ limits: { totalMilliseconds: 400 } })
    const silent = await openSocketServer(() => {})
    expect(await outcome(house, `http://127.0.0.1:${silent}/`)).toMatchObject({
      status: null,
      error: 'it took too long',
    })
    const pouring = await openReceiver()
    pouring.answer = (_request, response) => {
      const pour = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', pour)
      }
      pour()
    }
    // It has taken the message: what else it says is its own affair.
    const attempt = await outcome(house, pouring.url)
    expect(attempt).toMatchObject({ status: 200, error: null })
    expect(attempt.answer).toHaveLength(1024)
  })

  it('never delays another', async () => {
    const house = await openHouse()
    const hanging = await openSocketServer(() => {})
    for (let n = 0; n < 10; n++) await house.webhook(`http://127.0.0.1:${hanging}/`)
    const receiver = await openReceiver()
    await house.webhook(receiver.url)
    house.deliver()
    const began = Date.now()
    for (let n = 0; n < 30; n++) await house.emit(`conn_${n}`)
    await passing(house.clock, 100, () => receiver.received.length >= 30)
    expect(new Set(subjects(receiver.received)).size).toBe(30)
    // Each of the ten would have taken 15 seconds.
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  it('is sent to by four at once at most, and by one while it fails', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    let open = 0
    let most = 0
    const held: (() => void)[] = []
    let status = 200
    receiver.answer = (_request, response) => {
      most = Math.max(most, ++open)
      held.push(() => {
        open--
        response.writeHead(status).end()
      })
    }
    const { id } = await house.webhook(receiver.url)
    for (let n = 0; n < 12; n++) await house.emit(`conn_${n}`)
    house.deliver()
    await eventually(() => held.length === 4)
    status = 500
    for (const answer of held.splice(0)) answer()
    await eventually(async () => (await webhookOf(house, id)).failing_since !== null)
    expect(most).toBe(4)
    most = 0
    await passing(house.clock, SECOND, () => held.length > 0)
    await house.clock.advance(SECOND)
    expect(most).toBe(1)
    status = 200
    await passing(house.clock, SECOND, async () => {
      for (const answer of held.splice(0)) answer()
      return (await house.log(id)).every(({ state }) => state === 'delivered')
    })
    expect(most).toBeLessThanOrEqual(4)
  })
})

describe(`several servers on ${databaseName}`, () => {
  it('share the work: each message goes out once', async () => {
    const house = await openHouse()
    const other = await house.beside()
    const receivers = [await openReceiver(), await openReceiver(), await openReceiver()]
    for (const { url } of receivers) await house.webhook(url)
    house.deliver()
    other.deliver()
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? house : other).emit(`conn_${n}`)))
    await passing(house.clock, 100, () => receivers.every(({ received }) => received.length >= 20))
    await eventually(async () => {
      const { items } = await house.events.webhooks.list(admin, { limit: 50 })
      return items.every(({ lease, due_at }) => lease === null && due_at === null)
    })
    for (const { received } of receivers) {
      expect(received).toHaveLength(20)
      expect(new Set(subjects(received)).size).toBe(20)
    }
  })

  it('take over from one that was killed in the middle', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    await house.webhook(receiver.url)
    await house.emit('conn_1')
    // A server that leases it and is never heard of again.
    const now = house.clock.now()
    const claimed = await house.server.store.sweep((db) =>
      claimWebhooks(db, { now, until: now + MINUTE, lease: 'lease_gone', limit: 9 }),
    )
    expect(claimed).toHaveLength(1)
    house.deliver()
    await house.clock.advance(59 * SECOND)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(receiver.received).toHaveLength(0)
    await passing(house.clock, SECOND, () => receiver.received.length === 1)
  })

  it('stop at once, and what was on the way is sent again', async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    receiver.answer = () => {}
    const { id } = await house.webhook(receiver.url)
    const deliver = house.deliver()
    await house.emit('conn_1')
    await receiver.until(1)
    await deliver.close()
    expect(await house.log(id)).toEqual([{ state: 'pending', errors: [], statuses: [], answers: [] }])
    expect(await webhookOf(house, id)).toMatchObject({ failing_since: null, lease: null })
    receiver.answer = (_request, response) => response.end()
    house.deliver()
    await receiver.until(2)
  })
})
