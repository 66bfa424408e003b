import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { Secret } from '../../secret.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, label } from '../shapes.ts'

/** Signing in a command line, RFC 8628: names and errors on the two addresses under /oauth are the standard's. */
export const authorize = handler({
  summary: 'Starts the sign-in of a command line: gives the code that its person approves in a browser',
  oauth: true,
  body: z.strictObject({ client_id: label, scope: z.string().max(200).optional() }),
  reply: wire<Wire.DeviceAuthorization>()(
    z
      .strictObject({
        device_code: z.string(),
        user_code: z.string(),
        verification_uri: z.string(),
        verification_uri_complete: z.string(),
        expires_in: z.int(),
        interval: z.int(),
      })
      .meta({ id: 'DeviceAuthorization' }),
  ),
  run: async ({ rooms, caller, body }) =>
    present.deviceAuthorization(await rooms.accounts.devices.start(caller, { client: body.client_id })),
})

const userCode = wire<Wire.PresentUserCode>()(
  z.strictObject({ userCode: z.string().min(1).max(20) }).meta({ id: 'PresentUserCode' }),
)

export const inspect = handler({
  summary: 'What asks to be signed in under a code, before its person decides',
  body: userCode,
  reply: wire<Wire.DeviceLogin>()(
    z.strictObject({ client: z.string(), createdAt: instant, expiresAt: instant }).meta({ id: 'DeviceLogin' }),
  ),
  run: async ({ rooms, caller, body }) =>
    present.deviceLogin(await rooms.accounts.devices.inspect(caller, Secret.of(body.userCode))),
})

export const approve = handler({
  summary: 'Signs in the command line that shows this code, as oneself',
  body: userCode,
  run: ({ rooms, caller, body }) => rooms.accounts.devices.approve(caller, Secret.of(body.userCode)),
})

export const deny = handler({
  summary: 'Refuses the command line that shows this code',
  body: userCode,
  run: ({ rooms, caller, body }) => rooms.accounts.devices.deny(caller, Secret.of(body.userCode)),
})
