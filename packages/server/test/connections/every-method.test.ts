import { settingsOf } from '@cardea/catalog'
import type { Client } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasCheck } from '../../src/connections/check.ts'
import type { Answer } from '../../src/net/message.ts'
import { databaseName } from '../database.ts'
import { methodsWithoutBrowser, typed, type World, world } from './world.ts'

let here: World
let client: Client

beforeAll(async () => {
  here = await world({ environment: { CARDEA_ALLOWED_HOSTS: 'localhost' } })
  client = (await here.app.setUp()).client
})
afterAll(() => here?.app.close())

const refusal = (status: number): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: 'invalid_client' }),
})

const speaksMcp: Answer = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-06-18' } }),
}

describe(`every method that needs no browser, on ${databaseName}`, () => {
  it.each(methodsWithoutBrowser())(
    '$id by $name is connected, tested, broken, replaced and ended',
    async ({ id, name, service, method }) => {
      const closes = method.retires && (method.retires.closes ?? method.retires.on)
      if (closes && Date.parse(closes) <= Date.now()) {
        const late = client.connections.create({ provider: id, method: name })
        await expect(late).rejects.toMatchObject({ code: 'connection.method_retired' })
        return
      }
      const makes = Object.values(settingsOf(service, method)).some(({ kind }) => kind === 'generated')
      const stands = (options = {}) => {
        const stood = here.stands(id, name, options)
        // The simulator knows requests and answers, not what this protocol says in them.
        if ('mcp' in (method.check ?? service.check))
          stood.levers.instead = (endpoint) => (endpoint === 'api' ? speaksMcp : undefined)
        return stood
      }
      if (method.app) {
        const without = client.connections.create({ provider: id, method: name })
        await expect(without).rejects.toMatchObject({ code: 'connection.method_needs_app' })
        return
      }
      let simulator = stands()
      const settings = typed(service, method, simulator.account.settings)
      const credential = { ...simulator.account.fields }
      const made = await client.connections.create(
        { provider: id, method: name, settings, credential, visibility: 'workspace' },
        { skipTest: makes },
      )
      if (makes) simulator = stands({ settings: made.settings!, fields: credential })
      const testable = hasCheck({ service, method, open: { ...made.settings } }) && !method.send.mail
      expect(made.status).toBe('active')
      const check = method.check ?? service.check
      const well = 'weak' in check ? ['untested', 'accepted_unverified'] : ['ok', null]
      if (testable && !makes) expect([made.health, made.reason], JSON.stringify(simulator.calls)).toEqual(well)

      // Tested.
      const tested = await client.connections.test(made.id).catch((error: unknown) => error)
      if (testable) expect(tested, JSON.stringify(simulator.calls.slice(-3))).toMatchObject({ status: 'active' })
      else if (!method.send.mail && method.obtain.by === 'nothing')
        expect(tested).toMatchObject({ status: 424, code: 'connection.test_impossible' })

      // Broken.
      if (testable && Object.keys(method.fields ?? {}).length > 0) {
        simulator.levers.instead = undefined
        if (method.obtain.by === 'nothing' || method.obtain.by === 'jwt') simulator.revokeGrant()
        else
          simulator.levers.instead = (endpoint) =>
            endpoint === 'token' || endpoint === 'login' ? refusal(401) : undefined
        await expect(client.connections.test(made.id), JSON.stringify(simulator.calls.slice(-3))).rejects.toMatchObject(
          {
            status: 422,
            code: 'connection.test_refused',
          },
        )
        expect(await client.connections.get(made.id)).toMatchObject({
          status: 'error',
          health: 'rejected',
          reason: 'credential_rejected',
        })
        simulator = stands({ settings: made.settings!, fields: credential })
      }

      // Replaced.
      const replaced = await client.connections.change(made.id, { credential })
      expect(replaced.status).toBe('active')
      if (testable) expect(replaced.health, JSON.stringify(simulator.calls.slice(-3))).not.toBe('rejected')

      // Ended.
      const receipt = await client.connections.delete(made.id)
      expect(receipt).toMatchObject({ credential: 'done', dryRun: false })
      await expect(client.connections.get(made.id)).rejects.toMatchObject({ code: 'connection.not_found' })
    },
  )
})
