import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { wire } from '../route.ts'
import { instant, pageOf } from '../shapes.ts'

/** Shapes of OAuth apps. What their fields may hold, the definition of the service says, in the room. */
const text = z.string().nullable()
const clientAuth = z.enum(['basic', 'secret_as_user', 'body', 'private_key', 'none'])
const values = z.record(z.string().max(100), z.string().max(4096))

const shape = z.strictObject({
  id: z.string(),
  sight: z.enum(['full', 'ready']),
  origin: z.enum(['workspace', 'deployment']),
  provider: z.string(),
  methods: z.array(z.string()),
  name: z.string(),
  isDefault: z.boolean().nullable(),
  source: z.enum(['api', 'file']).nullable(),
  clientId: text,
  clientAuth: z.enum(['basic', 'secret_as_user', 'body', 'private_key', 'none']).nullable(),
  keyId: text,
  settings: z.record(z.string(), z.string()).nullable(),
  extraScopes: z.array(z.string()).nullable(),
  secrets: z.array(z.string()).nullable(),
  trouble: z.strictObject({ error: z.string(), description: text, at: instant }).nullable(),
  retiredAt: instant.nullable(),
  createdBy: text,
  createdAt: instant.nullable(),
  updatedAt: instant.nullable(),
  redirectUri: z.string(),
  warning: text,
})
export const app = wire<Wire.OauthApp>()(
  shape.meta({
    id: 'OauthApp',
    description:
      'sight: "ready" for whoever may use it and does not register it; all from "isDefault" to "updatedAt" is then null. No answer holds a secret.',
  }),
)
export const appPage = pageOf(app, 'OauthAppPage')

const mustReconnect = wire<Wire.MustReconnect>()(
  z
    .strictObject({
      count: z.int(),
      workspaces: z.int(),
      sentence: z.string(),
      connections: z.array(
        z.strictObject({
          id: z.string(),
          name: text,
          owner: z.strictObject({ kind: z.string(), id: z.string() }),
        }),
      ),
    })
    .meta({ id: 'MustReconnect' }),
)
export const changedApp = wire<Wire.ChangedOauthApp>()(
  shape.extend({ dryRun: z.boolean(), mustReconnect }).meta({ id: 'ChangedOauthApp' }),
)
export const deletedApp = wire<Wire.DeletedOauthApp>()(
  z.strictObject({ id: z.string(), dryRun: z.boolean(), mustReconnect }).meta({ id: 'DeletedOauthApp' }),
)

const secret = z.string().max(65_536)
const given = {
  name: z.exactOptional(z.string().max(400)),
  clientId: z.exactOptional(z.string().max(400)),
  clientAuth: z.exactOptional(clientAuth),
  clientSecret: z.exactOptional(secret),
  privateKey: z.exactOptional(secret),
  keyId: z.exactOptional(z.string().max(400)),
  fields: z.exactOptional(z.record(z.string().max(100), secret)),
  settings: z.exactOptional(values),
  extraScopes: z.exactOptional(z.array(z.string().max(400)).max(200)),
  isDefault: z.exactOptional(z.boolean()),
}
export const createApp = wire<Wire.CreateOauthApp>()(
  z
    .strictObject({
      provider: z.string().min(1).max(200),
      methods: z.exactOptional(z.array(z.string().min(1).max(200)).min(1).max(20)),
      ...given,
    })
    .meta({ id: 'CreateOauthApp' }),
)
export const changeApp = wire<Wire.ChangeOauthApp>()(
  z.strictObject(given).meta({
    id: 'ChangeOauthApp',
    description:
      'Another client id or other settings come with a newly entered secret, and end what was granted. A secret alone keeps it.',
  }),
)
export const filter = z.strictObject({ provider: z.string().min(1).max(200).optional() })

export const plan = wire<Wire.OauthAppPlan>()(
  z
    .strictObject({
      provider: z.string(),
      redirectUri: z.string(),
      warning: text,
      methods: z.array(
        z
          .strictObject({
            id: z.string(),
            takesClient: z.boolean(),
            clientAuth: z.array(clientAuth),
            settings: z.array(z.string()),
            fields: z.array(z.string()),
            takesScopes: z.boolean(),
          })
          .meta({ id: 'OauthAppPlanMethod' }),
      ),
    })
    .meta({ id: 'OauthAppPlan' }),
)
