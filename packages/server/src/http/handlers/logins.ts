import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, pageOf, withId } from '../shapes.ts'

const login = wire<Wire.Login>()(
  z
    .strictObject({
      id: z.string(),
      kind: z.enum(['browser', 'cli']),
      client: z.string(),
      ip: z.string().nullable(),
      createdAt: instant,
      lastUsedAt: instant,
      expiresAt: instant,
      current: z.boolean(),
    })
    .meta({ id: 'Login' }),
)

export const list = handler({
  summary: 'Lists where the caller is signed in: browsers and command lines',
  reply: pageOf(login, 'LoginPage'),
  run: async ({ rooms, caller }) => present.page({ items: await rooms.accounts.people.logins(caller) }, present.login),
})

export const end = handler({
  summary: 'Ends one of the own logins, at once and everywhere',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.accounts.people.endLogin(caller, params.id),
})

export const endOthers = handler({
  summary: 'Ends every own login but the one of this request',
  reply: wire<Wire.EndedLogins>()(z.strictObject({ ended: z.int() }).meta({ id: 'EndedLogins' })),
  run: ({ rooms, caller }) => rooms.accounts.people.endOtherLogins(caller),
})
