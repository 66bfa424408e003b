import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { roles } from '../actor.ts'
import { wire } from './route.ts'

/** Shapes that several handlers use. */

export const role = z.enum(roles)
export const instant = z.iso.datetime()

/** Text that a person typed: trimmed, not empty, on one line. */
export const label = z
  .string()
  .max(100)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*\S[^\u0000-\u001f\u007f]*$/, 'one line of text')

export const email = z.email().max(254)
/** Its length is judged where passwords are set; this only bounds the work. */
export const password = z.string().min(1).max(1024)
export const token = z.string().min(1).max(200)

/** Loose on purpose: an id that is not ours is simply not found. */
export const withId = z.strictObject({ id: z.string().regex(/^[\w.-]{1,100}$/, 'an id') })

const pageFields = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(500).optional(),
}
export const pageQuery = z.strictObject(pageFields)

export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() }).meta({ id })
}

export const person = wire<Wire.Person>()(
  z.strictObject({ id: z.string(), name: z.string(), email: z.string() }).meta({ id: 'Person' }),
)

export const offboarded = wire<Wire.Offboarded>()(
  z.strictObject({ connections: z.strictObject({ deleted: z.int(), handedOver: z.int() }) }).meta({
    id: 'Offboarded',
    description: 'What became of what somebody owned: private connections end, shared ones pass on.',
  }),
)

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    next: z.string().meta({ description: 'What to do about it.' }),
    requestId: z.string(),
    issues: z
      .array(
        z.strictObject({
          path: z.string(),
          message: z.string(),
          line: z.int().positive().optional(),
          column: z.int().positive().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Branch on "code"; further fields are what the sentence is about.' })

export const oauthRefusal = wire<Wire.OAuthRefusal>()(
  z.strictObject({ error: z.string(), error_description: z.string() }).meta({ id: 'OAuthRefusal' }),
)
