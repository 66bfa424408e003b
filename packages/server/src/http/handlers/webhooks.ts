import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, label, pageOf, pageQuery, withId } from '../shapes.ts'
import { eventType } from './events.ts'

const shape = z.strictObject({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  types: z.array(eventType).nullable(),
  state: z.enum(['active', 'failing', 'parked']),
  failingSince: instant.nullable(),
  parkedAt: instant.nullable(),
  reason: z.string().nullable(),
  previousSecretUntil: instant.nullable(),
  createdBy: z.string(),
  createdAt: instant,
})
const webhook = wire<Wire.Webhook>()(shape.meta({ id: 'Webhook' }))
const withSecret = wire<Wire.WebhookWithSecret>()(
  shape.extend({ secret: z.string() }).meta({ id: 'WebhookWithSecret' }),
)

const attempt = wire<Wire.DeliveryAttempt>()(
  z
    .strictObject({
      at: instant,
      status: z.int().nullable(),
      milliseconds: z.int(),
      error: z.string().nullable(),
      answer: z.string().nullable(),
    })
    .meta({ id: 'DeliveryAttempt' }),
)
const deliveryState = z.enum(['pending', 'delivered', 'failed'])
const delivery = wire<Wire.WebhookDelivery>()(
  z
    .strictObject({
      eventId: z.string(),
      type: z.string(),
      state: deliveryState,
      createdAt: instant,
      deliveredAt: instant.nullable(),
      nextAttemptAt: instant.nullable(),
      attempts: z.array(attempt),
    })
    .meta({ id: 'WebhookDelivery' }),
)

const url = z.string().min(1).max(2000)
const types = z.array(eventType).min(1).max(50).nullable()

export const list = handler({
  summary: 'Lists the webhooks of the workspace',
  query: pageQuery,
  reply: pageOf(webhook, 'WebhookPage'),
  run: async ({ rooms, caller, query }) =>
    present.page(await rooms.events.webhooks.list(caller, readPage(query)), present.webhook),
})

export const get = handler({
  summary: 'A webhook, and how it stands',
  params: withId,
  reply: webhook,
  run: async ({ rooms, caller, params }) => present.webhook(await rooms.events.webhooks.get(caller, params.id)),
})

export const create = handler({
  summary: 'Creates a webhook; the secret it signs with is shown this once',
  body: wire<Wire.CreateWebhook>()(
    z
      .strictObject({ url, name: z.exactOptional(label), types: z.exactOptional(types) })
      .meta({ id: 'CreateWebhook', description: 'types: what it is told of; null or left out for everything.' }),
  ),
  reply: withSecret,
  creates: true,
  run: async ({ rooms, caller, body }) => present.webhookWithSecret(await rooms.events.webhooks.create(caller, body)),
})

export const change = handler({
  summary: 'Changes where a webhook leads, its name, or what it is told of',
  params: withId,
  body: wire<Wire.ChangeWebhook>()(
    z
      .strictObject({ url: z.exactOptional(url), name: z.exactOptional(label), types: z.exactOptional(types) })
      .meta({ id: 'ChangeWebhook' }),
  ),
  reply: webhook,
  run: async ({ rooms, caller, params, body }) =>
    present.webhook(await rooms.events.webhooks.change(caller, params.id, body)),
})

export const remove = handler({
  summary: 'Deletes a webhook with what it has not been told yet',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.events.webhooks.remove(caller, params.id),
})

export const test = handler({
  summary: 'Sends an event of type webhook.test at once, and says what came of it',
  params: withId,
  reply: attempt,
  run: async ({ rooms, caller, params }) => present.attempt(await rooms.events.webhooks.test(caller, params.id)),
})

export const unpark = handler({
  summary: 'Sends to a parked webhook again, what has waited first',
  params: withId,
  reply: webhook,
  run: async ({ rooms, caller, params }) => present.webhook(await rooms.events.webhooks.unpark(caller, params.id)),
})

export const rotateSecret = handler({
  summary: 'Makes a new secret, shown this once; for a day the one before signs too',
  params: withId,
  reply: withSecret,
  run: async ({ rooms, caller, params }) =>
    present.webhookWithSecret(await rooms.events.webhooks.rotateSecret(caller, params.id)),
})

export const deliveries = handler({
  summary: 'What a webhook was sent and what it answered, newest first',
  params: withId,
  query: pageQuery.extend({ state: deliveryState.optional() }),
  reply: pageOf(delivery, 'WebhookDeliveryPage'),
  run: async ({ rooms, caller, params, query: { state, ...page } }) =>
    present.page(await rooms.events.webhooks.deliveries(caller, params.id, state, readPage(page)), present.delivery),
})
