import { z } from 'zod'
import { page } from '../present.ts'
import * as present from '../present-apps.ts'
import { handler } from '../route.ts'
import { withId } from '../shapes.ts'
import * as shapes from './app-shapes.ts'
import { dryRun } from './connection-shapes.ts'

const aService = z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'the id of a service') })

export const list = handler({
  summary: 'Lists the OAuth apps of the workspace, then those of the deployment that it may use',
  query: shapes.filter,
  reply: shapes.appPage,
  run: async ({ rooms, caller, query, ...place }) =>
    page({ items: await rooms.apps.list(caller, query.provider) }, (seen) => present.app(seen, place)),
})

export const get = handler({
  summary: 'An OAuth app: for administrators all but its secrets, for others that it is there',
  params: withId,
  reply: shapes.app,
  run: async ({ rooms, caller, params, ...place }) => present.app(await rooms.apps.get(caller, params.id), place),
})

export const create = handler({
  summary: 'Registers an OAuth app for the workspace; its secrets are never shown again',
  body: shapes.createApp,
  reply: shapes.app,
  creates: true,
  run: async ({ rooms, caller, body, ...place }) => present.app(await rooms.apps.create(caller, body), place),
})

export const change = handler({
  summary: 'Changes an OAuth app, or with dry_run=true says who would have to connect again',
  params: withId,
  query: dryRun,
  body: shapes.changeApp,
  reply: shapes.changedApp,
  run: async ({ rooms, caller, params, query, body, ...place }) =>
    present.changedApp(await rooms.apps.change(caller, params.id, body, { dryRun: query.dry_run }), place),
})

export const remove = handler({
  summary: 'Removes an OAuth app and destroys its secrets; what it minted has to be connected again',
  params: withId,
  query: dryRun,
  reply: shapes.deletedApp,
  run: async ({ rooms, caller, params, query }) =>
    present.deletedApp(await rooms.apps.remove(caller, params.id, { dryRun: query.dry_run })),
})

export const plan = handler({
  summary: 'What registering an OAuth app for a service takes, and the exact redirect address',
  params: aService,
  reply: shapes.plan,
  run: async ({ rooms, caller, params, ...place }) =>
    present.plan(params.id, await rooms.apps.wanted(caller, params.id), place),
})

export const listDeployment = handler({
  summary: 'Lists the OAuth apps that every workspace may use',
  query: shapes.filter,
  reply: shapes.appPage,
  run: async ({ rooms, query, ...place }) =>
    page({ items: await rooms.apps.deployment.list(query.provider) }, (seen) => present.app(seen, place)),
})

export const getDeployment = handler({
  summary: 'An OAuth app of the deployment, without its secrets',
  params: withId,
  reply: shapes.app,
  run: async ({ rooms, params, ...place }) => present.app(await rooms.apps.deployment.get(params.id), place),
})

export const createDeployment = handler({
  summary: 'Registers an OAuth app for every workspace, which uses it and cannot read it',
  body: shapes.createApp,
  reply: shapes.app,
  creates: true,
  run: async ({ rooms, caller, body, ...place }) =>
    present.app(await rooms.apps.deployment.create(caller, body), place),
})

export const changeDeployment = handler({
  summary: 'Changes an OAuth app of the deployment, or with dry_run=true counts who would have to connect again',
  params: withId,
  query: dryRun,
  body: shapes.changeApp,
  reply: shapes.changedApp,
  run: async ({ rooms, caller, params, query, body, ...place }) =>
    present.changedApp(await rooms.apps.deployment.change(caller, params.id, body, { dryRun: query.dry_run }), place),
})

export const removeDeployment = handler({
  summary: 'Removes an OAuth app of the deployment; what it minted in every workspace has to be connected again',
  params: withId,
  query: dryRun,
  reply: shapes.deletedApp,
  run: async ({ rooms, caller, params, query }) =>
    present.deletedApp(await rooms.apps.deployment.remove(caller, params.id, { dryRun: query.dry_run })),
})
