import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import type { DevicePoll } from '../../accounts/accounts.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import * as present from '../present.ts'
import { exchangedToken } from '../present-broker.ts'
import { type Exchange, handler, wire } from '../route.ts'
import { label, token } from '../shapes.ts'

/**
 * The one address where OAuth gives tokens. Names and errors are the standards': RFC 8628 for a command line that was approved, RFC 8693 with
 * RFC 9396 for broker tokens.
 */
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

const type = z.string().max(200)
const anyToken = z.string().min(1).max(16_384)

const body = z.looseObject({
  grant_type: type,
  device_code: token.optional(),
  client_id: label.optional(),
  subject_token: anyToken
    .optional()
    .meta({ description: 'Of an exchange: a key, a token of a person, or a broker token to be narrowed.' }),
  subject_token_type: type.optional(),
  actor_token: anyToken.optional(),
  actor_token_type: type.optional(),
  requested_token_type: type.optional(),
  audience: z.string().max(100).optional().meta({ description: 'The workspace, for who is in several.' }),
  authorization_details: z
    .string()
    .max(65_536)
    .optional()
    .meta({ description: 'RFC 9396: a JSON list of "cardea_connection" and at most one "cardea_token".' }),
})

export const give = handler({
  summary: 'Gives a token: to a command line that was approved, or a broker token in exchange for another token',
  oauth: true,
  body,
  reply: wire<Wire.AccessToken>()(
    z
      .strictObject({
        access_token: z.string(),
        token_type: z.enum(['Bearer', 'DPoP']),
        expires_in: z.int(),
        issued_token_type: z.exactOptional(z.string()),
      })
      .meta({ id: 'AccessToken' }),
  ),
  run: (exchange) => {
    const { grant_type } = exchange.body
    if (grant_type === DEVICE_GRANT) return forDevice(exchange)
    if (grant_type === EXCHANGE_GRANT) return forToken(exchange)
    throw new Problem('device.refused', { oauth: 'unsupported_grant_type' })
  },
})

type Asked = Exchange<unknown, unknown, z.output<typeof body>>

async function forDevice({ rooms, caller, body }: Asked): Promise<Wire.AccessToken> {
  const code = Secret.of(needed(body.device_code, 'device_code'))
  return present.accessToken(granted(await rooms.accounts.devices.poll(caller, code)), rooms.clock.now())
}

async function forToken({ rooms, caller, body, dpop, publicUrl }: Asked): Promise<Wire.AccessToken> {
  const { actor_token: actor } = body
  const minted = await rooms.broker.exchange(
    {
      subjectToken: Secret.of(needed(body.subject_token, 'subject_token')),
      subjectTokenType: needed(body.subject_token_type, 'subject_token_type'),
      actorToken: actor === undefined ? undefined : Secret.of(actor),
      actorTokenType: body.actor_token_type,
      requestedTokenType: body.requested_token_type,
      audience: body.audience,
      authorizationDetails: body.authorization_details,
    },
    { requestId: caller.requestId, ip: caller.ip, url: `${publicUrl()}/oauth/token`, proof: dpop },
  )
  return exchangedToken(minted, rooms.clock.now())
}

function needed(value: string | undefined, name: string): string {
  if (value !== undefined) return value
  throw new Problem('request.invalid', { issues: [{ path: name, message: 'missing' }] })
}

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
