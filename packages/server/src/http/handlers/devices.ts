import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import type { DevicePoll } from '../../accounts/accounts.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, label, token } from '../shapes.ts'

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

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export const exchange = handler({
  summary: 'Asks whether the sign-in of a command line was approved, and hands out its token once',
  oauth: true,
  body: z.looseObject({
    grant_type: z.string().max(200),
    device_code: token.optional(),
    client_id: label.optional(),
  }),
  reply: wire<Wire.AccessToken>()(
    z
      .strictObject({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int() })
      .meta({ id: 'AccessToken' }),
  ),
  run: async ({ rooms, caller, body }) => {
    if (body.grant_type !== DEVICE_GRANT) throw new Problem('device.refused', { oauth: 'unsupported_grant_type' })
    if (!body.device_code)
      throw new Problem('request.invalid', { issues: [{ path: 'device_code', message: 'missing' }] })
    return present.accessToken(
      granted(await rooms.accounts.devices.poll(caller, Secret.of(body.device_code))),
      rooms.clock.now(),
    )
  },
})

const ANSWERS = {
  pending: 'authorization_pending',
  slow_down: 'slow_down',
  denied: 'access_denied',
  expired: 'expired_token',
} as const

function granted(poll: DevicePoll): Extract<DevicePoll, { state: 'token' }> {
  if (poll.state === 'token') return poll
  throw new Problem('device.refused', { oauth: ANSWERS[poll.state] })
}

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
