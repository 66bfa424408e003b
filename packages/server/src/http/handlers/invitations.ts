import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { Secret } from '../../secret.ts'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { email, instant, label, pageOf, pageQuery, password, person, role, token, withId } from '../shapes.ts'

const shape = z.strictObject({
  id: z.string(),
  email: z.string(),
  role,
  state: z.enum(['open', 'accepted', 'withdrawn', 'expired']),
  invitedBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
})
const invitation = wire<Wire.Invitation>()(shape.meta({ id: 'Invitation' }))

export const list = handler({
  summary: 'Lists the invitations to the workspace',
  query: pageQuery,
  reply: pageOf(invitation, 'InvitationPage'),
  run: async ({ rooms, caller, query }) =>
    present.page(await rooms.accounts.invitations.list(caller, readPage(query)), present.invitation),
})

export const create = handler({
  summary: 'Invites somebody; the link is shown this once',
  body: wire<Wire.CreateInvitation>()(z.strictObject({ email, role }).meta({ id: 'CreateInvitation' })),
  reply: wire<Wire.CreatedInvitation>()(
    shape.extend({ token: z.string(), link: z.string() }).meta({ id: 'CreatedInvitation' }),
  ),
  creates: true,
  run: async ({ rooms, caller, body }) =>
    present.createdInvitation(await rooms.accounts.invitations.create(caller, body)),
})

export const withdraw = handler({
  summary: 'Withdraws an invitation',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.accounts.invitations.withdraw(caller, params.id),
})

export const inspect = handler({
  summary: 'What an invitation offers, to whoever holds it',
  body: wire<Wire.PresentInvitation>()(z.strictObject({ token }).meta({ id: 'PresentInvitation' })),
  reply: wire<Wire.InvitationPreview>()(
    z
      .strictObject({
        workspace: z.strictObject({ id: z.string(), name: z.string() }),
        email: z.string(),
        role,
        expiresAt: instant,
      })
      .meta({ id: 'InvitationPreview' }),
  ),
  run: async ({ rooms, body }) =>
    present.invitationPreview(await rooms.accounts.invitations.inspect(Secret.of(body.token))),
})

export const accept = handler({
  summary: 'Joins a workspace: whoever is signed in as the invited address, or somebody new with name and password',
  recognizes: true,
  body: wire<Wire.AcceptInvitation>()(
    z
      .strictObject({ token, name: z.exactOptional(label), password: z.exactOptional(password) })
      .refine(({ name, password }) => (name === undefined) === (password === undefined), {
        message: 'name and password go together',
      })
      .meta({ id: 'AcceptInvitation' }),
  ),
  reply: wire<Wire.JoinedWorkspace>()(
    z.strictObject({ person, workspaceId: z.string(), role }).meta({ id: 'JoinedWorkspace' }),
  ),
  run: async ({ rooms, caller, body: { token, name, password }, userAgent }) =>
    present.joined(
      await rooms.accounts.invitations.accept(caller, {
        token: Secret.of(token),
        person: name !== undefined && password !== undefined ? { name, password: Secret.of(password) } : undefined,
        userAgent,
      }),
    ),
})
