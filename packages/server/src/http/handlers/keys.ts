import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { isRolePermission } from '../../policy/policy.ts'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, label, offboarded, pageOf, pageQuery, role, withId } from '../shapes.ts'

const shape = z.strictObject({
  id: z.string(),
  name: z.string(),
  role,
  permissions: z.array(z.string()).nullable(),
  skillId: z.string().nullable(),
  hint: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  revokedAt: instant.nullable(),
})
const key = wire<Wire.ApiKey>()(shape.meta({ id: 'ApiKey' }))
export const createdKey = wire<Wire.CreatedApiKey>()(shape.extend({ token: z.string() }).meta({ id: 'CreatedApiKey' }))

export const list = handler({
  summary: 'Lists the API keys of the workspace',
  query: pageQuery,
  reply: pageOf(key, 'ApiKeyPage'),
  run: async ({ rooms, caller, query }) =>
    present.page(await rooms.accounts.keys.list(caller, readPage(query)), present.key),
})

export const create = handler({
  summary: 'Creates an API key; its token is shown this once',
  body: wire<Wire.CreateApiKey>()(
    z
      .strictObject({
        name: label,
        role,
        permissions: z.exactOptional(
          z.array(z.string().refine((name): boolean => isRolePermission(name), 'no such permission')).max(50),
        ),
        expiresAt: z.exactOptional(instant),
      })
      .meta({ id: 'CreateApiKey', description: 'permissions: narrows the role. expiresAt: an instant in the future.' }),
  ),
  reply: createdKey,
  creates: true,
  run: async ({ rooms, caller, body: { expiresAt, ...input } }) =>
    present.createdKey(
      await rooms.accounts.keys.create(caller, {
        ...input,
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      }),
    ),
})

export const revoke = handler({
  summary: 'Revokes an API key, at once and everywhere; its private connections end, shared ones pass to the caller',
  params: withId,
  reply: offboarded,
  run: async ({ rooms, caller, params }) => present.offboarded(await rooms.accounts.keys.revoke(caller, params.id)),
})
