import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Problem, problems } from '../src/errors.ts'
import { newId } from '../src/ids.ts'
import { createLogger } from '../src/log.ts'
import { Secret } from '../src/secret.ts'
import { createTestClock } from './clock.ts'

const PLANTED = 'pl4nted-s3cret-value'

describe('a secret', () => {
  const secret = Secret.of(PLANTED)

  it.each([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['joining', () => ['', secret].join('')],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect, however deep', () => inspect({ a: { secret } }, { depth: 20, showHidden: true })],
    ['its own keys', () => Object.entries(secret).join() + Object.getOwnPropertyNames(secret).join()],
    ['an error', () => new Error(`failed with ${secret}`).stack ?? ''],
    ['a clone', () => inspect(structuredClone({ ...secret }))],
  ])('is not shown by %s', (_way, show) => {
    expect(show()).not.toContain(PLANTED)
  })

  it('is shown by reveal, and is zeros once wiped', () => {
    const mine = Secret.of(PLANTED)
    expect(mine.reveal()).toBe(PLANTED)
    mine.wipe()
    expect(mine.reveal()).toBe('\0'.repeat(PLANTED.length))
  })
})

describe('the logger', () => {
  const lines: string[] = []
  const log = createLogger({
    level: 'debug',
    format: 'json',
    clock: createTestClock(),
    write: (line) => lines.push(line),
  })
  const written = (fields: Record<string, unknown>, message = 'x') => {
    lines.length = 0
    log.info(message, fields)
    return lines.join('')
  }

  it.each([
    ['a secret', { value: Secret.of(PLANTED) }],
    [
      'a field with a telling name',
      { headers: { authorization: `Bearer ${PLANTED}`, 'x-api-key': PLANTED, cookie: PLANTED } },
    ],
    ['a bearer value in any text', { note: `sent Bearer ${PLANTED}` }],
    ['a password in an address', { url: `postgres://me:${PLANTED}@db/x` }],
    ['a secret parameter', { url: `https://x/y?a=1&access_token=${PLANTED}` }],
    ['an error that quotes it', { error: new Error(`bad header: Bearer ${PLANTED}`) }],
    ['a cause inside an error', { error: new Error('x', { cause: { token: PLANTED } }) }],
    ['bytes', { body: Buffer.from(PLANTED) }],
  ])('does not write %s', (_what, fields) => {
    expect(written(fields)).not.toContain(PLANTED)
    expect(written(fields)).not.toContain(Buffer.from(PLANTED).toString('base64'))
  })

  it("does not write Cardea's own tokens, in the message either", () => {
    const token = `cardea_key_${'a'.repeat(43)}`
    expect(written({ path: `/x/${token}` }, `saw ${token}`)).not.toContain('aaaa')
  })

  it('writes one line of JSON whatever it is given, circles and getters that throw aside', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle.self = circle
    expect(JSON.parse(written({ circle, text: 'line\nbreak\u2028', big: 10n, nothing: undefined }))).toMatchObject({
      message: 'x',
      level: 'info',
      text: 'line\nbreak\u2028',
      big: '10',
    })
    expect(lines).toHaveLength(1)
  })

  it('keeps quiet below its level', () => {
    lines.length = 0
    createLogger({ level: 'warn', format: 'json', clock: createTestClock(), write: (line) => lines.push(line) }).info(
      'x',
    )
    expect(lines).toEqual([])
  })
})

describe('a problem', () => {
  it('fills its sentences', () => {
    const problem = new Problem('auth.forbidden', { permission: 'key:manage' })
    expect(problem).toMatchObject({
      status: 403,
      message: 'This needs the permission "key:manage", which you do not have here.',
    })
  })

  it('has a sentence, a next step and a sane status for every code', () => {
    for (const [code, { status, title, detail, next }] of Object.entries(problems)) {
      expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      for (const sentence of [detail, next]) expect(sentence, code).toMatch(/^([A-Z{].+\.|\{\w+\})$/)
      expect(title).not.toMatch(/\.$/)
    }
  })
})

describe('an id', () => {
  it('carries 128 random bits and no misread letter', () => {
    const ids = Array.from({ length: 2000 }, () => newId('ws'))
    expect(new Set(ids).size).toBe(2000)
    for (const id of ids) expect(id).toMatch(/^ws_[0-9a-hjkmnp-tv-z]{26}$/)
    const lasts = new Set(ids.map((id) => id.at(10)))
    expect(lasts.size).toBe(32)
  })
})
