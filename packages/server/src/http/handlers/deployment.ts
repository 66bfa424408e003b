import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { examination } from '../examination.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, withId } from '../shapes.ts'
import { isWell } from '../wellness.ts'

const kind = z.enum(['master_key', 'data_keys'])
const rotation = wire<Wire.Rotation>()(
  z
    .strictObject({
      id: z.string(),
      kind,
      state: z.enum(['running', 'done', 'failed']),
      done: z.int(),
      total: z.int(),
      error: z.string().nullable(),
      startedAt: instant,
      finishedAt: instant.nullable(),
    })
    .meta({ id: 'Rotation' }),
)

export const vault = handler({
  summary: 'Whether the vault is well, which master key is in use, and the newest rotation',
  reply: wire<Wire.VaultState>()(
    z
      .strictObject({
        ok: z.boolean(),
        sentence: z.string(),
        masterKey: z.strictObject({ id: z.string(), source: z.string(), warning: z.string().nullable() }),
        rotation: rotation.nullable(),
      })
      .meta({ id: 'VaultState' }),
  ),
  run: async ({ rooms }) =>
    present.vaultState(await isWell(rooms.vault), rooms.vault.masterKey, await rooms.rotations.newest()),
})

export const rotate = handler({
  summary: 'Starts to rotate the master key or the data keys, while the server goes on',
  body: wire<Wire.StartRotation>()(z.strictObject({ kind }).meta({ id: 'StartRotation' })),
  reply: rotation,
  creates: true,
  run: async ({ rooms, caller, body }) => present.rotation(await rooms.rotations.start(caller, body.kind)),
})

export const getRotation = handler({
  summary: 'How far a rotation is',
  params: withId,
  reply: rotation,
  run: async ({ rooms, params }) => present.rotation(await rooms.rotations.get(params.id)),
})

export const examine = handler({
  summary: 'How the server is: vault, database, clock, address, OAuth apps and services, with what to do',
  reply: wire<Wire.Examination>()(
    z
      .strictObject({
        ok: z.boolean(),
        findings: z.array(
          z
            .strictObject({
              about: z.enum(['vault', 'database', 'clock', 'address', 'apps', 'services']),
              ok: z.boolean(),
              sentence: z.string(),
              next: z.string().nullable(),
            })
            .meta({ id: 'Finding' }),
        ),
      })
      .meta({ id: 'Examination' }),
  ),
  run: ({ rooms, surface }) => examination(rooms, surface.standing()),
})

export const backup = handler({
  summary: 'Streams an encrypted backup of everything; it opens only with the master key',
  gives: ['application/octet-stream'],
  run: async ({ rooms, caller }) => ({
    type: 'application/octet-stream',
    content: rooms.backup(caller),
    fileName: 'cardea.backup',
  }),
})
