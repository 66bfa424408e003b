import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { eventTypeNames } from '../../events/events.ts'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, pageOf, pageQuery } from '../shapes.ts'

export const eventType = z.enum(eventTypeNames)
const eventId = z.string().regex(/^evt_\w{1,100}$/, 'the id of an event')

const event = wire<Wire.CardeaEvent>()(
  z
    .strictObject({
      id: z.string(),
      type: z.string(),
      timestamp: instant,
      workspaceId: z.string(),
      subject: z.string(),
      data: z.record(z.string(), z.unknown()),
    })
    .meta({ id: 'Event' }),
)

const types = z
  .string()
  .max(500)
  .refine(
    (text) => text.split(',').every((name) => eventType.safeParse(name).success),
    `names of events with commas between them: ${eventTypeNames.join(', ')}`,
  )
  .optional()
const readTypes = (text: string | undefined) => text?.split(',') as Wire.EventType[] | undefined

export const list = handler({
  summary: 'Lists what happened, oldest first',
  query: z.strictObject({
    types,
    subject: z.string().min(1).max(200).optional(),
    since: instant.optional().meta({ description: 'From this instant on.' }),
    ...pageQuery.shape,
  }),
  reply: pageOf(event, 'EventPage'),
  run: async ({ rooms, caller, query: { types, subject, since, ...page } }) => {
    const filter = { types: readTypes(types), subject, since: since === undefined ? undefined : Date.parse(since) }
    return present.page(await rooms.events.list(caller, filter, readPage(page)), present.event)
  },
})

export const stream = handler({
  summary: 'Follows what happens, as server-sent events; "last-event-id" or "after" continues where a stream broke off',
  query: z.strictObject({ after: eventId.optional(), types }),
  gives: ['text/event-stream'],
  run: async ({ rooms, caller, query: { after, types }, lastEventId, again }) => ({
    type: 'text/event-stream',
    content: rooms.events.stream(caller, { after: lastEventId ?? after, types: readTypes(types), again }),
  }),
})

export const replay = handler({
  summary: 'Sends one event, or all since an instant, to a webhook again',
  body: wire<Wire.ReplayEvents>()(
    z
      .strictObject({
        webhookId: z.string().min(1).max(100),
        eventId: z.exactOptional(eventId),
        since: z.exactOptional(instant),
      })
      .refine(({ eventId, since }) => (eventId === undefined) !== (since === undefined), {
        message: 'give an eventId or an instant',
      })
      .meta({ id: 'ReplayEvents' }),
  ),
  reply: wire<Wire.Replayed>()(z.strictObject({ events: z.int() }).meta({ id: 'Replayed' })),
  run: async ({ rooms, caller, body: { webhookId, eventId, since } }) =>
    rooms.events.replay(caller, { webhookId, eventId, since: since === undefined ? undefined : Date.parse(since) }),
})
