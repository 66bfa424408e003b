import { readPage } from '../cursor.ts'
import { page, createdKey as presentKey } from '../present.ts'
import * as present from '../present-broker.ts'
import { handler } from '../route.ts'
import { pageQuery } from '../shapes.ts'
import * as shapes from './broker-shapes.ts'
import { createdKey } from './keys.ts'

export const list = handler({
  summary: 'Lists the skills of the workspace',
  query: pageQuery,
  reply: shapes.skillPage,
  run: async ({ rooms, caller, query }) => page(await rooms.broker.skills.list(caller, readPage(query)), present.skill),
})

export const get = handler({
  summary: 'A skill, with the manifest in force',
  params: shapes.named,
  reply: shapes.skill,
  run: async ({ rooms, caller, params }) => present.skill(await rooms.broker.skills.get(caller, params.id)),
})

export const versions = handler({
  summary: 'The manifests that a skill has had, the newest first',
  params: shapes.named,
  reply: shapes.skillVersions,
  run: async ({ rooms, caller, params }) =>
    page({ items: await rooms.broker.skills.versions(caller, params.id) }, present.skillVersion),
})

export const create = handler({
  summary: 'Registers a skill by its manifest',
  body: shapes.describeSkill,
  reply: shapes.skill,
  creates: true,
  run: async ({ rooms, caller, body }) => present.skill(await rooms.broker.skills.create(caller, body)),
})

export const put = handler({
  summary: 'Registers a skill or replaces its manifest; tokens that are out obey the new one at once',
  params: shapes.named,
  body: shapes.describeSkill,
  reply: shapes.skill,
  run: async ({ rooms, caller, params, body }) => present.skill(await rooms.broker.skills.put(caller, params.id, body)),
})

export const change = handler({
  summary: 'Stops a skill, which voids its tokens, or starts it again; says who may run it',
  params: shapes.named,
  body: shapes.changeSkill,
  reply: shapes.skill,
  run: async ({ rooms, caller, params, body }) =>
    present.skill(await rooms.broker.skills.change(caller, params.id, body)),
})

export const remove = handler({
  summary: 'Removes a skill: its tokens are void, its keys revoked',
  params: shapes.named,
  run: ({ rooms, caller, params }) => rooms.broker.skills.remove(caller, params.id),
})

export const createKey = handler({
  summary: 'Creates a key that mints tokens for this skill and does nothing else; it is shown this once',
  params: shapes.named,
  body: shapes.createSkillKey,
  reply: createdKey,
  creates: true,
  run: async ({ rooms, caller, params, body: { name, expiresAt } }) =>
    presentKey(
      await rooms.broker.skills.createKey(caller, params.id, {
        name,
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      }),
    ),
})
