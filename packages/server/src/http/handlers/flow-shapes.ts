import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { wire } from '../route.ts'
import { instant, label, token } from '../shapes.ts'
import { connectionShape } from './connection-shapes.ts'

/** Shapes of authorizations: consent at a service, from leaving to coming back. */
const word = z.string().min(1).max(200)
const values = z.record(z.string().max(100), z.string())
const text = z.string().nullable()
const scope = z.string().min(1).max(300)

export const authorize = wire<Wire.AuthorizeConnection>()(
  z
    .strictObject({
      provider: z.exactOptional(word),
      method: z.exactOptional(word),
      appId: z.exactOptional(word),
      name: z.exactOptional(label),
      visibility: z.exactOptional(z.enum(['private', 'workspace'])),
      settings: z.exactOptional(values),
      credential: z.exactOptional(values),
      scopes: z.exactOptional(z.array(scope).max(200)),
      returnTo: z.exactOptional(z.string().min(1).max(1000)),
      bind: z.enum(['browser', 'starter']),
      connectionId: z.exactOptional(word),
    })
    .meta({
      id: 'AuthorizeConnection',
      description:
        'bind: "browser" when the same browser goes to the service, "starter" for command lines and apps, which complete it with the secret they are given. With "connectionId" a connection that stands is authorized anew; otherwise "provider" is needed.',
    }),
)

const flowShape = z.strictObject({
  id: z.string(),
  purpose: z.enum(['connect', 'reauthorize']),
  kind: z.enum(['browser', 'device', 'direct']),
  state: z.enum(['open', 'working', 'asking', 'done', 'failed']),
  provider: z.string(),
  method: z.string(),
  device: z.strictObject({ userCode: z.string(), verificationUri: z.string(), intervalSeconds: z.int() }).nullable(),
  scopes: z.strictObject({
    asked: z.array(z.string()),
    added: z.array(z.string()),
    granted: z.array(z.string()).nullable(),
    missing: z.array(z.string()),
  }),
  account: z.strictObject({ id: z.string(), label: z.string(), team: text }).nullable(),
  asks: z
    .strictObject({
      what: z.enum(['choice', 'other_account', 'confirmation']),
      code: text,
      choices: z.array(z.string()),
      before: text,
    })
    .nullable(),
  notes: z.array(z.enum(['no_refresh_token', 'fewer_scopes', 'not_tested'])),
  duplicateOf: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  problem: z
    .strictObject({ code: z.string(), status: z.int(), title: z.string(), detail: z.string(), next: z.string() })
    .nullable(),
  connection: connectionShape.nullable(),
  createdAt: instant,
  expiresAt: instant,
})
export const flow = wire<Wire.Flow>()(flowShape.meta({ id: 'Flow' }))
export const started = wire<Wire.StartedFlow>()(
  flowShape.extend({ authorizeUrl: text, starterSecret: text }).meta({ id: 'StartedFlow' }),
)
export const finish = wire<Wire.FinishFlow>()(
  z
    .strictObject({
      starterSecret: z.exactOptional(token),
      choice: z.exactOptional(z.string().max(400)),
      acceptOtherAccount: z.exactOptional(z.boolean()),
    })
    .meta({ id: 'FinishFlow' }),
)
