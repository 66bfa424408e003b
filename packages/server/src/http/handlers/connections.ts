import { readPage } from '../cursor.ts'
import { page } from '../present.ts'
import * as present from '../present-connections.ts'
import { handler } from '../route.ts'
import { withId } from '../shapes.ts'
import * as shapes from './connection-shapes.ts'

export const list = handler({
  summary: 'Lists the connections that the caller can see',
  query: shapes.filter,
  reply: shapes.connectionPage,
  run: async ({ rooms, caller, query: { limit, cursor, ...filter } }) =>
    page(await rooms.connections.list(caller, filter, readPage({ limit, cursor })), present.connection),
})

export const create = handler({
  summary: 'Connects an account by what somebody has: keys, a password, a file; tries it first',
  query: shapes.skipTest,
  body: shapes.createConnection,
  reply: shapes.createdConnection,
  creates: true,
  run: async ({ rooms, caller, query, body }) =>
    present.createdConnection(await rooms.connections.create(caller, { ...body, skipTest: query.skip_test })),
})

export const get = handler({
  summary: 'A connection; that somebody looked is recorded',
  params: withId,
  reply: shapes.connection,
  run: async ({ rooms, caller, params }) => present.connection(await rooms.connections.get(caller, params.id)),
})

export const change = handler({
  summary: 'Renames, shares, pauses or resumes a connection, or replaces its credential',
  params: withId,
  query: shapes.bothFlags,
  body: shapes.changeConnection,
  reply: shapes.changedConnection,
  run: async ({ rooms, caller, params, query, body }) => {
    const how = { skipTest: query.skip_test, dryRun: query.dry_run }
    const changed = await rooms.connections.update(caller, params.id, body, how)
    return present.changedConnection(changed, rooms.clock.now())
  },
})

export const test = handler({
  summary: 'Tries a connection now: 422 when the service refuses it, 424 when it cannot be asked',
  params: withId,
  reply: shapes.connection,
  run: async ({ rooms, caller, params }) => present.connection(await rooms.connections.test(caller, params.id)),
})

export const remove = handler({
  summary: 'Ends a connection everywhere and destroys its credential; answers with what became of it',
  params: withId,
  query: shapes.dryRun,
  reply: shapes.deletedConnection,
  run: async ({ rooms, caller, params, query }) =>
    present.deletedConnection(
      await rooms.connections.remove(caller, params.id, { dryRun: query.dry_run }),
      rooms.clock.now(),
    ),
})

export const listReferences = handler({
  summary: 'Lists the steps of other software that use a connection',
  params: withId,
  reply: shapes.referencePage,
  run: async ({ rooms, caller, params }) =>
    page({ items: await rooms.connections.references.list(caller, params.id) }, present.reference),
})

export const registerReference = handler({
  summary: 'Tells that a step uses a connection',
  params: withId,
  body: shapes.registerReference,
  reply: shapes.reference,
  run: async ({ rooms, caller, params, body }) =>
    present.reference(await rooms.connections.references.register(caller, params.id, body)),
})

export const removeReference = handler({
  summary: 'Tells that a step no longer uses a connection',
  params: withId,
  query: shapes.whichReference,
  run: ({ rooms, caller, params, query }) => rooms.connections.references.remove(caller, params.id, query.reference),
})

export const importMany = handler({
  summary: 'Connects several accounts at once; what is wrong with one does not hold up the others',
  query: shapes.skipTest,
  body: shapes.importConnections,
  reply: shapes.importedConnections,
  creates: true,
  run: async ({ rooms, caller, query, body }) => {
    const items = body.connections.map(({ tokens, ...item }) => ({
      ...item,
      skipTest: query.skip_test,
      ...(tokens
        ? {
            tokens: { ...tokens, expiresAt: tokens.expiresAt === undefined ? undefined : Date.parse(tokens.expiresAt) },
          }
        : {}),
    }))
    const results = await rooms.connections.import(caller, items)
    return present.importedConnections(results, ({ row }) => rooms.connections.view(caller, row))
  },
})
