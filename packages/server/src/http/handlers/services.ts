import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import type { Caller } from '../../actor.ts'
import { Problem } from '../../errors.ts'
import type { GivenDefinition, Issue } from '../../services/services.ts'
import { readPage } from '../cursor.ts'
import * as present from '../present.ts'
import { service as presentService, serviceDetail } from '../present-service.ts'
import { handler, wire } from '../route.ts'
import { pageOf, pageQuery } from '../shapes.ts'
import { detail, service } from './service-shapes.ts'

const named = z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'the id of a service') })
const searched = pageQuery.extend({
  search: z.string().max(100).optional().meta({ description: 'Words that the id, the name or the category holds.' }),
  category: z.string().max(40).optional(),
})
const describing = {
  definition: z
    .union([z.string().min(1).max(262_144), z.record(z.string(), z.unknown())])
    .meta({ description: 'The text of a definition, or its JSON.' }),
  format: z.exactOptional(
    z.enum(['yaml', 'json']).meta({ description: 'What the text is written in: YAML unless told.' }),
  ),
}

/** Whoever is in no workspace sees what every workspace sees. */
function workspaceOf({ actor }: Caller): string | undefined {
  return 'workspaceId' in actor ? actor.workspaceId : undefined
}

/** What was sent as JSON has no lines that its sender would know. */
async function given<T>(
  { definition, format = 'yaml' }: Wire.DescribeService,
  use: (given: GivenDefinition) => Promise<T>,
): Promise<T> {
  if (typeof definition === 'string') return use({ format, text: definition })
  try {
    return await use({ format: 'json', text: JSON.stringify(definition, null, 2) })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'service.invalid') throw error
    const issues = (error.values.issues as Issue[]).map(({ path, message }) => ({ path, message }))
    throw new Problem('service.invalid', { issues })
  }
}

export const list = handler({
  summary: 'Lists the services that connections can be made to',
  query: searched,
  reply: pageOf(service, 'ServicePage'),
  run: async ({ rooms, caller, query }) => {
    const { search, category, ...page } = query
    return present.page(
      await rooms.services.list(workspaceOf(caller), { search, category, ...readPage(page) }),
      presentService,
    )
  },
})

export const get = handler({
  summary: 'One service: how to connect to it, and what can be done with it',
  params: named,
  reply: detail,
  run: async ({ rooms, caller, params }) => serviceDetail(await rooms.services.get(workspaceOf(caller), params.id)),
})

export const icon = handler({
  summary: 'The drawing of a service',
  params: named,
  gives: ['image/svg+xml'],
  run: async ({ rooms, caller, params }) => ({
    type: 'image/svg+xml',
    content: await rooms.services.icon(workspaceOf(caller), params.id),
    keepSeconds: 3600,
  }),
})

export const add = handler({
  summary: 'Describes a service of the workspace itself',
  body: wire<Wire.AddService>()(z.strictObject({ id: z.string().max(100), ...describing }).meta({ id: 'AddService' })),
  reply: detail,
  creates: true,
  run: async ({ rooms, caller, body }) =>
    serviceDetail(await given(body, (definition) => rooms.services.add(caller, body.id, definition))),
})

export const replace = handler({
  summary: 'Describes it anew: a version for connections made from now on',
  params: named,
  body: wire<Wire.DescribeService>()(z.strictObject(describing).meta({ id: 'DescribeService' })),
  reply: detail,
  run: async ({ rooms, caller, params, body }) =>
    serviceDetail(await given(body, (definition) => rooms.services.replace(caller, params.id, definition))),
})

export const remove = handler({
  summary: 'Removes a service that the workspace described',
  params: named,
  run: ({ rooms, caller, params }) => rooms.services.remove(caller, params.id),
})
