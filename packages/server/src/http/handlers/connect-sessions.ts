import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { Secret } from '../../secret.ts'
import * as present from '../present-connect.ts'
import { handler, wire } from '../route.ts'
import { instant, label, pageOf, token, withId } from '../shapes.ts'
import { connection } from './connection-shapes.ts'

/** Links by which somebody connects an account on the hosted page, and where that page may send people back to. */
const address = z.string().min(1).max(1000)
const by = z.enum(['redirect', 'message'])
const visibility = z.enum(['private', 'workspace'])

const newSession = wire<Wire.CreateConnectSession>()(
  z
    .strictObject({
      member: z.exactOptional(z.string().min(1).max(100)),
      endUser: z.exactOptional(z.string().min(1).max(200)),
      services: z.exactOptional(z.array(z.string().min(1).max(100)).min(1).max(50)),
      product: z.exactOptional(label),
      skills: z.exactOptional(z.array(label).max(20)),
      name: z.exactOptional(label),
      visibility: z.exactOptional(visibility),
      returnTo: z.exactOptional(
        z.strictObject({ address, by: z.exactOptional(by), state: z.exactOptional(z.string().max(500)) }),
      ),
      theme: z.exactOptional(
        z.strictObject({
          mode: z.exactOptional(z.enum(['auto', 'light', 'dark'])),
          accent: z.exactOptional(z.string().regex(/^#[0-9a-f]{6}$/i, 'a colour such as #0d6b4e')),
          corners: z.exactOptional(z.enum(['round', 'sharp'])),
        }),
      ),
      expiresInSeconds: z.exactOptional(z.int().min(60).max(3600)),
    })
    .meta({
      id: 'CreateConnectSession',
      description:
        'For a member ("member", an id) or for a user of an embedding product ("endUser", whatever the product calls them); for the caller when neither is given.',
    }),
)

const shape = z.strictObject({
  id: z.string(),
  member: z.string().nullable(),
  endUser: z.string().nullable(),
  services: z.array(z.string()).nullable(),
  product: z.string().nullable(),
  skills: z.array(z.string()),
  visibility,
  returnTo: z.strictObject({ address: z.string(), by }).nullable(),
  state: z.enum(['open', 'entered', 'completed', 'cancelled', 'refused', 'expired']),
  connectionId: z.string().nullable(),
  createdAt: instant,
  openedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  expiresAt: instant,
})
const session = wire<Wire.ConnectSession>()(shape.meta({ id: 'ConnectSession' }))
const created = wire<Wire.CreatedConnectSession>()(
  shape.extend({ url: z.string() }).meta({ id: 'CreatedConnectSession' }),
)

export const create = handler({
  summary: 'Makes a one-time link by which somebody connects an account on the hosted page',
  body: newSession,
  reply: created,
  creates: true,
  run: async ({ rooms, caller, body, publicUrl }) =>
    present.createdConnectSession(await rooms.connections.connectSessions.create(caller, body), publicUrl()),
})

export const get = handler({
  summary: 'How a link stands, for whoever made it',
  params: withId,
  reply: session,
  run: async ({ rooms, caller, params }) =>
    present.connectSession(await rooms.connections.connectSessions.get(caller, params.id)),
})

export const remove = handler({
  summary: 'Withdraws a link; what was entered and not completed is destroyed',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.connections.connectSessions.cancel(caller, params.id),
})

export const complete = handler({
  summary: 'Redeems the completion code, for the user who is signed in at the product: the connection then stands',
  params: withId,
  body: wire<Wire.CompleteConnectSession>()(
    z.strictObject({ code: token, endUser: z.string().min(1).max(200) }).meta({ id: 'CompleteConnectSession' }),
  ),
  reply: wire<Wire.CompletedConnectSession>()(
    z.strictObject({ session, connection }).meta({ id: 'CompletedConnectSession' }),
  ),
  run: async ({ rooms, caller, params, body }) => {
    const { code, endUser } = body
    const given = { code: Secret.of(code), endUser }
    const done = await rooms.connections.connectSessions.complete(caller, params.id, given)
    return present.completedConnectSession(done.session, rooms.connections.view(caller, done.row))
  },
})

const returnAddress = wire<Wire.ReturnAddress>()(
  z.strictObject({ id: z.string(), address: z.string(), createdAt: instant }).meta({ id: 'ReturnAddress' }),
)

export const listAddresses = handler({
  summary: 'Lists where connect pages of this workspace may send people back to',
  reply: pageOf(returnAddress, 'ReturnAddressPage'),
  run: async ({ rooms, caller }) => ({
    items: (await rooms.connections.returnAddresses.list(caller)).map(present.returnAddress),
    nextCursor: null,
  }),
})

export const addAddress = handler({
  summary: 'Lets connect pages send people back to an address: https, one of an app, or one on the same machine',
  body: wire<Wire.AddReturnAddress>()(z.strictObject({ address }).meta({ id: 'AddReturnAddress' })),
  reply: returnAddress,
  creates: true,
  run: async ({ rooms, caller, body }) =>
    present.returnAddress(await rooms.connections.returnAddresses.add(caller, body.address)),
})

export const removeAddress = handler({
  summary: 'Sends nobody back to an address any more, nor lets its pages frame the button',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.connections.returnAddresses.remove(caller, params.id),
})
