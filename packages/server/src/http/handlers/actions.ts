import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { readPage } from '../cursor.ts'
import { page } from '../present.ts'
import {
  action as presentAction,
  executed as presentExecuted,
  previewed as presentPreviewed,
} from '../present-actions.ts'
import { handler, wire } from '../route.ts'
import { pageOf, pageQuery } from '../shapes.ts'
import { explanation } from './policies.ts'

const text = z.string()
const service = z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'the id of a service')
const identifier = z.string().regex(/^[a-z][a-z0-9_.]{1,110}$/, 'an action, such as gmail.send_email')
const does = z.enum(['read', 'write', 'destroy'])

const action = wire<Wire.Action>()(
  z
    .strictObject({
      identifier: text,
      service: text,
      title: text,
      does,
      method: text,
      path: text,
      mail: z.enum(['send', 'list', 'read']).nullable(),
      scopes: z.array(text).meta({ description: 'Any of these is enough.' }),
      methods: z.array(text).nullable(),
      input: z.record(text, z.unknown()).meta({ description: 'JSON Schema of the input.' }),
    })
    .meta({ id: 'Action', description: 'A named call of a service.' }),
)

const word = z.string().min(1).max(200)
const executeAction = wire<Wire.ExecuteAction>()(
  z
    .strictObject({
      actionIdentifier: identifier,
      connectionId: z.string().regex(/^[\w.-]{1,100}$/, 'an id'),
      input: z.exactOptional(z.record(z.string(), z.unknown())),
      dryRun: z.exactOptional(z.boolean().meta({ description: 'Says what would be sent, and does nothing.' })),
      skill: z.exactOptional(word),
      toolCall: z.exactOptional(word),
      run: z.exactOptional(word),
      step: z.exactOptional(word),
      onBehalfOf: z.exactOptional(word),
      onUnavailable: z.exactOptional(z.enum(['fail', 'wait'])),
    })
    .meta({ id: 'ExecuteAction' }),
)

const executed = wire<Wire.ExecutedAction>()(
  z
    .strictObject({
      dryRun: z.literal(false),
      status: z.int().meta({ description: 'Of the service.' }),
      headers: z.record(text, text),
      output: z.unknown(),
      encoding: z.enum(['json', 'text', 'base64', 'none']),
      part: text.nullable().meta({ description: 'Where in the answer the output was; null where it is all of it.' }),
      requestId: text,
    })
    .meta({ id: 'ExecutedAction' }),
)

const previewed = wire<Wire.PreviewedAction>()(
  z
    .strictObject({
      dryRun: z.literal(true),
      method: text,
      address: text.nullable().meta({ description: 'Null where it is itself the secret.' }),
      headers: z.record(text, text),
      body: text.nullable(),
      credentialIn: z.array(text),
      missingScopes: z.array(text),
      policies: explanation,
      requestId: text,
    })
    .meta({ id: 'PreviewedAction', description: 'What would be sent, without the credential.' }),
)

export const list = handler({
  summary: 'Lists the actions of the services that connections can be made to',
  query: pageQuery.extend({
    service: service.optional(),
    does: does.optional(),
    search: z.string().max(100).optional().meta({ description: 'Words that the name or the title holds.' }),
  }),
  reply: pageOf(action, 'ActionPage'),
  run: async ({ rooms, caller, query }) => {
    const { service, does, search, ...rest } = query
    return page(await rooms.actions.list(caller, { service, does, search, ...readPage(rest) }), presentAction)
  },
})

export const get = handler({
  summary: 'One action: what it does, what it takes as JSON Schema, and the scopes it needs',
  params: z.strictObject({ identifier }),
  reply: action,
  run: async ({ rooms, caller, params }) => presentAction(await rooms.actions.get(caller, params.identifier)),
})

export const execute = handler({
  summary: 'Carries out an action through a connection, or says with dryRun what it would send',
  body: executeAction,
  reply: z.union([executed, previewed]),
  once: true,
  run: async ({ rooms, caller, body, gone }) => {
    const { actionIdentifier, input = {}, dryRun = false, ...rest } = body
    const asked = { ...rest, identifier: actionIdentifier, input }
    if (dryRun) return presentPreviewed(caller, await rooms.actions.preview(caller, asked))
    return presentExecuted(caller, await rooms.actions.execute(caller, asked, gone))
  },
})
