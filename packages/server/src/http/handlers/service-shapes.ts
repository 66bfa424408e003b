import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { wire } from '../route.ts'

/** A service as the API shows it. */
const text = z.string()
const textOrNull = text.nullable()

const setting = wire<Wire.ServiceSetting>()(
  z
    .strictObject({
      name: text,
      kind: z.enum(['choice', 'text', 'host', 'url', 'path', 'generated']),
      label: text,
      hint: textOrNull,
      optional: z.boolean(),
      options: z.array(z.strictObject({ value: text, label: text })).nullable(),
      pattern: textOrNull,
      example: textOrNull,
      default: textOrNull,
      suffix: textOrNull,
    })
    .meta({ id: 'ServiceSetting', description: 'A fact about a connection that is no secret.' }),
)

const field = wire<Wire.ServiceField>()(
  z
    .strictObject({
      name: text,
      label: text,
      hint: textOrNull,
      pattern: textOrNull,
      example: textOrNull,
      optional: z.boolean(),
      shape: z.enum(['line', 'lines', 'json', 'pem']),
    })
    .meta({ id: 'ServiceField', description: 'A secret that a person supplies.' }),
)

const method = wire<Wire.ServiceMethod>()(
  z
    .strictObject({
      id: text,
      type: z.enum(['oauth2', 'apikey', 'serviceaccount']),
      label: text,
      docs: textOrNull,
      steps: z.array(text),
      needsApp: z.boolean(),
      appFields: z.array(field),
      appSettings: z.array(text),
      settings: z.array(setting),
      fields: z.array(field),
      scopes: z.array(z.strictObject({ name: text, sentence: text, asked: z.boolean() })),
      reader: textOrNull,
      retires: z.strictObject({ on: text, use: text }).nullable(),
    })
    .meta({ id: 'ServiceMethod', description: 'One way to authenticate.' }),
)

const shape = z.strictObject({
  id: text,
  name: text,
  category: text,
  docs: text,
  origin: z.enum(['built_in', 'folder', 'workspace']),
  version: z.int(),
  settings: z.array(setting),
  methods: z.array(method),
})
export const service = wire<Wire.Service>()(shape.meta({ id: 'Service' }))

const input = wire<Wire.ServiceInput>()(
  z
    .strictObject({
      name: text,
      is: z.enum(['text', 'email', 'number', 'integer', 'boolean', 'time', 'date', 'url', 'json']),
      about: text,
      optional: z.boolean(),
      many: z.boolean(),
      options: z.array(text).nullable(),
      default: z.union([text, z.number(), z.boolean()]).nullable(),
      example: textOrNull,
    })
    .meta({ id: 'ServiceInput' }),
)

const action = wire<Wire.ServiceAction>()(
  z
    .strictObject({
      name: text,
      title: text,
      does: z.enum(['read', 'write', 'destroy']),
      inputs: z.array(input),
      scopes: z.array(text),
      methods: z.array(text).nullable(),
    })
    .meta({ id: 'ServiceAction' }),
)

export const detail = wire<Wire.ServiceDetail>()(
  shape
    .extend({
      hosts: z.array(text),
      guarded: z.array(text),
      actions: z.array(action),
      verified: z.strictObject({ on: text, by: z.array(text) }),
      source: z.strictObject({ format: z.enum(['yaml', 'json']), text }).nullable(),
    })
    .meta({ id: 'ServiceDetail' }),
)
