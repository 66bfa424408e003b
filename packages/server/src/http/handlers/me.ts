import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { person, role } from '../shapes.ts'

const membership = z.strictObject({ workspaceId: z.string(), name: z.string(), role }).meta({ id: 'Membership' })

export const get = handler({
  summary: 'Who the server takes the caller for, and what they may do in the workspace of this request',
  reply: wire<Wire.Me>()(
    z
      .strictObject({
        kind: z.enum(['person', 'key', 'outsider', 'operator']),
        id: z.string(),
        person: person.nullable(),
        operator: z.boolean(),
        workspaceId: z.string().nullable(),
        role: role.nullable(),
        workspaces: z.array(membership),
        permissions: z.array(z.string()),
      })
      .meta({ id: 'Me' }),
  ),
  run: async ({ rooms, caller }) => present.me(caller, await rooms.accounts.people.me(caller)),
})

export const permissions = handler({
  summary: 'The table of permissions: what each role may do, and what only operators may',
  reply: wire<Wire.PermissionTable>()(
    z
      .strictObject({
        roles: z.array(z.strictObject({ permission: z.string(), roles: z.array(role) })),
        operator: z.array(z.string()),
      })
      .meta({ id: 'PermissionTable' }),
  ),
  run: async () => present.permissionTable(),
})
