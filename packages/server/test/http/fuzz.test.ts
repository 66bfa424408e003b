import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenApi } from '../../src/http/openapi.ts'
import { type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { attacks, type Cast, createCast, judge, textOf } from './fuzz.ts'
import { mismatch } from './json-schema.ts'

/** Few in a test, many where there is time. */
const runs = Number(process.env.CARDEA_TEST_FUZZ_RUNS ?? 400)

let app: TestApp
let cast: Cast
let api: OpenApi
beforeAll(async () => {
  app = await testApp({
    logLevel: 'error',
    environment: { CARDEA_SIGN_IN_ATTEMPTS: '1000', CARDEA_ALLOWED_HOSTS: '127.0.0.1' },
  })
  cast = await createCast(app)
  api = (await (await fetch(`${app.url}/openapi.json`)).json()) as OpenApi
})
afterAll(() => app?.close())

describe(`any request whatever, on ${databaseName}`, () => {
  it(
    'is answered in time, as described, and never by a fault',
    async () => {
      const succeeded = new Set<string>()
      await fc.assert(
        fc.asyncProperty(attacks(api), async (attack) => {
          const answer = await cast.send(attack)
          const text = await textOf(answer)
          cast.learn(text)
          if (answer.ok) succeeded.add(attack.operation.operationId)
          const wrong = await judge(api, attack, answer, text)
          if (wrong) throw new Error(`${wrong}: ${answer.status} ${text.slice(0, 500)}\n${app.logged.at(-1) ?? ''}`)
        }),
        { numRuns: runs, endOnFailure: true },
      )
      // A generator that only ever gets refused proves little.
      expect(succeeded.size).toBeGreaterThan(runs >= 4000 ? 28 : runs >= 400 ? 15 : 0)
      expect(app.logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
    },
    60_000 + runs * 50,
  )

  it(
    'is answered as well when many come at once',
    async () => {
      const waiting = fc.sample(attacks(api), runs / 2)
      const wrong: string[] = []
      const lane = async () => {
        for (let attack = waiting.pop(); attack; attack = waiting.pop()) {
          const answer = await cast.send(attack)
          const text = await textOf(answer)
          cast.learn(text)
          const found = await judge(api, attack, answer, text)
          if (found) wrong.push(`${attack.method} ${attack.path}: ${found}: ${answer.status} ${text.slice(0, 500)}`)
        }
      }
      await Promise.all(Array.from({ length: 16 }, lane))
      expect(wrong).toEqual([])
      expect(app.logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
    },
    60_000 + runs * 50,
  )

  it('is judged by a validator that notices', () => {
    const schema = {
      type: 'object',
      properties: { at: { type: 'string', format: 'date-time' }, n: { type: ['integer', 'null'], minimum: 0 } },
      required: ['at'],
      additionalProperties: false,
    }
    expect(mismatch({ at: '2026-01-01T00:00:00.000Z', n: null }, schema, {})).toBeUndefined()
    expect(mismatch({ at: 'soon' }, schema, {})).toBe('$.at is no instant')
    expect(mismatch({ at: '2026-01-01T00:00:00Z', n: -1 }, schema, {})).toBe('$.n is too small')
    expect(mismatch({}, schema, {})).toBe('$.at is missing')
    expect(mismatch({ at: '2026-01-01T00:00:00Z', more: 1 }, schema, {})).toBe('$.more is not described')
    expect(() => mismatch(1, { multipleOf: 2 }, {})).toThrow('multipleOf')
  })
})
