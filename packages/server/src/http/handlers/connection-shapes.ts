import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { wire } from '../route.ts'
import { instant, pageOf, pageQuery } from '../shapes.ts'

/**
 * Shapes of connections. Fields of a form are judged by the definition of the service, in the room. What may be null is written out
 * and not named: in OpenAPI a name beside null would have to be both.
 */
const text = z.string().nullable()
const visibility = z.enum(['private', 'workspace'])
const status = z.enum(['pending', 'active', 'paused', 'error', 'revoked'])
const health = z.enum(['untested', 'ok', 'expiring', 'expired', 'needs_reauth', 'rejected', 'unreachable'])
const values = z.record(z.string().max(100), z.string())
const duplicate = z.strictObject({ id: z.string(), name: z.string() }).nullable()

const revocation = z.strictObject({
  state: z.enum(['none', 'pending', 'done', 'gone', 'by_hand', 'not_offered', 'kept_for_others', 'failed']),
  sentence: z.string(),
  where: text,
})

export const connectionShape = z.strictObject({
  id: z.string(),
  sight: z.enum(['full', 'presence']),
  provider: z.string(),
  owner: z.strictObject({ kind: z.enum(['person', 'key', 'operator']), id: z.string() }),
  mine: z.boolean(),
  visibility,
  status,
  health,
  reason: text,
  display: z.strictObject({ label: z.string(), sentence: text, next: text }),
  name: text,
  method: text,
  authType: z.enum(['oauth2', 'apikey', 'serviceaccount']).nullable(),
  account: z.strictObject({ id: z.string(), label: z.string(), team: text }).nullable(),
  settings: values.nullable(),
  scopes: z.array(z.string()).nullable(),
  missingScopes: z.array(z.string()).nullable(),
  createdAt: instant.nullable(),
  updatedAt: instant.nullable(),
  connectedAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  lastSuccessAt: instant.nullable(),
  checkedAt: instant.nullable(),
  nextCheckAt: instant.nullable(),
  expiresAt: instant.nullable(),
  revocation: revocation
    .extend({ attempts: z.int(), confirmed: z.boolean(), finishedAt: instant.nullable() })
    .nullable(),
})
export const connection = wire<Wire.Connection>()(
  connectionShape.meta({
    id: 'Connection',
    description:
      'sight: "presence" for an administrator who looks at a private connection of somebody else; all from "name" on is then null.',
  }),
)
export const connectionPage = pageOf(connection, 'ConnectionPage')
export const createdConnection = wire<Wire.CreatedConnection>()(
  connectionShape.extend({ duplicateOf: duplicate }).meta({ id: 'CreatedConnection' }),
)

export const reference = wire<Wire.ConnectionReference>()(
  z
    .strictObject({
      reference: z.string(),
      label: text,
      source: z.enum(['registered', 'learned']),
      createdAt: instant,
      lastUsedAt: instant.nullable(),
    })
    .meta({ id: 'ConnectionReference' }),
)
export const referencePage = pageOf(reference, 'ConnectionReferencePage')
const affectedShape = z.strictObject({
  count: z.int(),
  lastUsedAt: instant.nullable(),
  sentence: z.string(),
  references: z.array(reference),
})
const affected = wire<Wire.AffectedReferences>()(affectedShape.meta({ id: 'AffectedReferences' }))

export const changedConnection = wire<Wire.ChangedConnection>()(
  connectionShape.extend({ dryRun: z.boolean(), affected: affectedShape.nullable() }).meta({ id: 'ChangedConnection' }),
)
export const deletedConnection = wire<Wire.DeletedConnection>()(
  z
    .strictObject({
      id: z.string(),
      dryRun: z.boolean(),
      credential: z.enum(['kept', 'done', 'pending']),
      revocation,
      affected,
    })
    .meta({ id: 'DeletedConnection' }),
)

const word = z.string().min(1).max(200)
export const filter = z.strictObject({
  provider: word.optional(),
  status: status.optional(),
  health: health.optional(),
  owner: word.optional(),
  visibility: visibility.optional(),
  search: word.optional().meta({ description: 'Parts of names, accounts and services.' }),
  ...pageQuery.shape,
})

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')
export const skipTest = z.strictObject({ skip_test: flag })
export const dryRun = z.strictObject({ dry_run: flag })
export const bothFlags = z.strictObject({ skip_test: flag, dry_run: flag })

const label = z.string().max(400)
const newConnection = z.strictObject({
  provider: word,
  method: z.exactOptional(word),
  name: z.exactOptional(label),
  settings: z.exactOptional(values),
  credential: z.exactOptional(values),
  visibility: z.exactOptional(visibility),
  choice: z.exactOptional(z.string().max(400)),
  appId: z.exactOptional(word),
})
export const createConnection = wire<Wire.CreateConnection>()(newConnection.meta({ id: 'CreateConnection' }))
const importConnection = newConnection
  .extend({
    tokens: z.exactOptional(
      z
        .strictObject({
          refreshToken: z.exactOptional(z.string().min(1).max(100_000)),
          accessToken: z.exactOptional(z.string().min(1).max(100_000)),
          expiresAt: z.exactOptional(z.iso.datetime({ offset: true })),
        })
        .meta({
          description: 'What another program was granted. It is renewed at once, and from then on is ours alone.',
        }),
    ),
    appId: z.exactOptional(word),
    scopes: z.exactOptional(z.array(z.string().min(1).max(300)).max(200)),
  })
  .meta({ id: 'ImportConnection' })
export const importConnections = wire<Wire.ImportConnections>()(
  z.strictObject({ connections: z.array(importConnection).min(1).max(100) }).meta({ id: 'ImportConnections' }),
)
export const changeConnection = wire<Wire.ChangeConnection>()(
  z
    .strictObject({
      name: z.exactOptional(label),
      status: z.exactOptional(z.enum(['active', 'paused'])),
      visibility: z.exactOptional(visibility),
      settings: z.exactOptional(values),
      credential: z.exactOptional(values),
      choice: z.exactOptional(z.string().max(400)),
    })
    .meta({
      id: 'ChangeConnection',
      description: 'Settings change only together with a newly entered credential, which has to be whole.',
    }),
)
export const registerReference = wire<Wire.RegisterReference>()(
  z
    .strictObject({ reference: z.string().min(1).max(400), label: z.exactOptional(label) })
    .meta({ id: 'RegisterReference' }),
)
export const whichReference = z.strictObject({ reference: z.string().min(1).max(400) })

export const importedConnections = wire<Wire.ImportedConnections>()(
  z
    .strictObject({
      imported: z.int(),
      refused: z.int(),
      results: z.array(
        z.strictObject({
          connection: connectionShape.nullable(),
          duplicateOf: duplicate,
          problem: z
            .strictObject({
              code: z.string(),
              detail: z.string(),
              next: z.string(),
              issues: z.array(
                z.strictObject({
                  path: z.string(),
                  message: z.string(),
                  line: z.exactOptional(z.int()),
                  column: z.exactOptional(z.int()),
                }),
              ),
            })
            .nullable(),
        }),
      ),
    })
    .meta({ id: 'ImportedConnections' }),
)
