import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, label, offboarded, pageOf, pageQuery, role, withId } from '../shapes.ts'

const workspace = wire<Wire.Workspace>()(
  z
    .strictObject({ id: z.string(), name: z.string(), createdAt: instant, role: role.nullable() })
    .meta({ id: 'Workspace', description: 'role: your own there, null where you have none.' }),
)
const named = wire<Wire.NameWorkspace>()(z.strictObject({ name: label }).meta({ id: 'NameWorkspace' }))

export const list = handler({
  summary: 'Lists the workspaces that the caller belongs to',
  query: pageQuery,
  reply: pageOf(workspace, 'WorkspacePage'),
  run: async ({ rooms, caller, query }) =>
    present.page(await rooms.accounts.workspaces.list(caller, readPage(query)), present.workspace),
})

export const create = handler({
  summary: 'Creates a workspace; a person who does becomes its administrator',
  body: named,
  reply: workspace,
  creates: true,
  run: async ({ rooms, caller, body }) => present.workspace(await rooms.accounts.workspaces.create(caller, body)),
})

export const get = handler({
  summary: 'The workspace of this request',
  reply: workspace,
  run: async ({ rooms, caller }) => present.workspace(await rooms.accounts.workspaces.get(caller)),
})

export const rename = handler({
  summary: 'Renames the workspace',
  body: named,
  reply: workspace,
  run: async ({ rooms, caller, body }) => present.workspace(await rooms.accounts.workspaces.rename(caller, body)),
})

export const remove = handler({
  summary: 'Deletes the workspace and shreds its keys: nothing it held can be opened again',
  reply: wire<Wire.RemovedWorkspace>()(
    z.strictObject({ members: z.int(), keys: z.int(), connections: z.int() }).meta({ id: 'RemovedWorkspace' }),
  ),
  run: async ({ rooms, caller }) => present.removedWorkspace(await rooms.accounts.workspaces.remove(caller)),
})

const member = wire<Wire.Member>()(
  z
    .strictObject({ userId: z.string(), name: z.string(), email: z.string(), role, createdAt: instant })
    .meta({ id: 'Member' }),
)

export const listMembers = handler({
  summary: 'Lists the members of the workspace',
  query: pageQuery,
  reply: pageOf(member, 'MemberPage'),
  run: async ({ rooms, caller, query }) =>
    present.page(await rooms.accounts.members.list(caller, readPage(query)), present.member),
})

export const changeRole = handler({
  summary: 'Gives a member another role',
  params: withId,
  body: wire<Wire.ChangeRole>()(z.strictObject({ role }).meta({ id: 'ChangeRole' })),
  reply: member,
  run: async ({ rooms, caller, params, body }) =>
    present.member(await rooms.accounts.members.changeRole(caller, params.id, body.role)),
})

export const removeMember = handler({
  summary: 'Removes a member from the workspace, at once and everywhere',
  params: withId,
  reply: offboarded,
  run: async ({ rooms, caller, params }) => present.offboarded(await rooms.accounts.members.remove(caller, params.id)),
})

export const leave = handler({
  summary: 'Takes the caller out of the workspace; its last administrator cannot leave',
  reply: offboarded,
  run: async ({ rooms, caller }) => present.offboarded(await rooms.accounts.members.leave(caller)),
})
