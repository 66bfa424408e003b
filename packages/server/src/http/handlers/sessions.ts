import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { Secret } from '../../secret.ts'
import * as present from '../present.ts'
import { handler, WithCookies, wire } from '../route.ts'
import { email, label, password, person, token } from '../shapes.ts'

const signedIn = wire<Wire.SignedIn>()(z.strictObject({ person }).meta({ id: 'SignedIn' }))

export const signIn = handler({
  summary: 'Signs in with address and password; the answer sets the session cookie',
  body: wire<Wire.SignIn>()(z.strictObject({ email, password }).meta({ id: 'SignIn' })),
  reply: signedIn,
  run: async ({ rooms, caller, body, userAgent }) =>
    present.signedIn(
      await rooms.accounts.people.signIn(caller, { ...body, password: Secret.of(body.password), userAgent }),
    ),
})

export const signOut = handler({
  summary: 'Ends the session or command-line login that the request came with',
  run: async ({ rooms, caller }) => new WithCookies(undefined, (await rooms.accounts.people.signOut(caller)).setCookie),
})

export const session = handler({
  summary: 'Who is signed in, or nobody',
  recognizes: true,
  reply: wire<Wire.Session>()(z.strictObject({ person: person.nullable() }).meta({ id: 'Session' })),
  run: async ({ rooms, caller }) => {
    if (caller.actor.kind !== 'person') return { person: null }
    const { person: found } = await rooms.accounts.people.me(caller)
    return { person: found ? present.person(found) : null }
  },
})

export const setupState = handler({
  summary: 'Whether the first administrator is still to come',
  reply: wire<Wire.SetupState>()(z.strictObject({ open: z.boolean() }).meta({ id: 'SetupState' })),
  run: async ({ rooms }) => ({ open: await rooms.accounts.setup.isOpen() }),
})

export const completeSetup = handler({
  summary: 'Makes the first administrator, with the one-time link that the server printed',
  body: wire<Wire.CompleteSetup>()(
    z.strictObject({ token, name: label, email, password, workspace: label }).meta({ id: 'CompleteSetup' }),
  ),
  reply: wire<Wire.SignedInTo>()(z.strictObject({ person, workspaceId: z.string() }).meta({ id: 'SignedInTo' })),
  run: async ({ rooms, caller, body, userAgent }) =>
    present.setUp(
      await rooms.accounts.setup.complete(caller, {
        ...body,
        token: Secret.of(body.token),
        password: Secret.of(body.password),
        userAgent,
      }),
    ),
})

export const changePassword = handler({
  summary: 'Changes the own password, and ends every other login',
  body: wire<Wire.ChangePassword>()(
    z.strictObject({ current: password, next: password }).meta({ id: 'ChangePassword' }),
  ),
  run: ({ rooms, caller, body }) =>
    rooms.accounts.people.changePassword(caller, { current: Secret.of(body.current), next: Secret.of(body.next) }),
})
