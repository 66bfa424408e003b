import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classOf, failureOf, problemOf, silence } from '../../src/oauth/failures.ts'
import { Secret } from '../../src/secret.ts'
import { json, now, partyOf } from './party.ts'

const { service } = partyOf({ by: 'nothing' })
const of = (body: unknown, status = 400, secrets = {}, answers = {}) =>
  failureOf(
    { ...service, answers },
    typeof body === 'string' ? { status, headers: {}, body } : json(body, status),
    secrets,
    now,
  )

describe('a failed token call is', () => {
  it.each([
    ['grant_dead', { error: 'invalid_grant' }, 400],
    ['grant_dead', { ok: false, error: 'invalid_refresh_token' }, 200],
    ['grant_dead', { error: 'bad_verification_code' }, 200],
    ['client_misconfigured', { error: 'invalid_client' }, 401],
    ['client_misconfigured', { error: 'redirect_uri_mismatch' }, 400],
    ['client_misconfigured', { error: 'INVALID_SCOPE' }, 400],
    ['client_misconfigured', { error: 'incorrect_client_credentials' }, 200],
    ['transient', { error: 'temporarily_unavailable' }, 400],
    ['transient', { error: 'invalid_grant' }, 503],
    ['transient', {}, 429],
    ['transient', '<html>Bad gateway</html>', 404],
    ['unknown', { error: 'something_new' }, 400],
    ['unknown', {}, 401],
    ['unknown', 'no', 400],
  ])('%s by %j and %i', (expected, body, status) => {
    expect(of(body, status).is).toBe(expected)
  })

  it('grant_dead by the words of its definition', () => {
    const answers = { rejected: [{ path: 'error.code', is: 190 }] }
    expect(of({ error: { code: 190, message: 'x' } }, 400, {}, answers)).toMatchObject({
      is: 'grant_dead',
      error: '190',
    })
  })

  it('transient with the time to come back', () => {
    expect(failureOf(service, json({}, 429, { 'retry-after': '7' }), {}, now).comeBackAt).toBe(now + 7000)
  })

  it('transient without an answer, and says no more than a code', () => {
    expect(silence(Object.assign(new Error('connect 10.0.0.1 with s3cret'), { code: 'ECONNRESET' }))).toEqual({
      is: 'transient',
      error: 'ECONNRESET',
    })
    expect(silence(new Error('s3cret'))).toEqual({ is: 'transient', error: 'no answer' })
  })
})

describe('what is said about it', () => {
  it('is a word of the protocol and a short sentence', () => {
    const failure = of({ error: 'a sentence, not a word', error_description: `why\r\n${'x'.repeat(500)}` })
    expect(failure.error).toBe('400')
    expect(failure.description!.length).toBeLessThanOrEqual(200)
    expect(failure.description).not.toMatch(/[\r\n]/)
  })

  it('quotes no secret, and nothing that looks like one', () => {
    const secrets = { refreshToken: Secret.of('short-rt'), clientSecret: Secret.of('hush') }
    const description = 'token short-rt of client hush, code 4/0AY0e-g7abcdefghijklmnop123456'
    expect(of({ error: 'invalid_grant', error_description: description }, 400, secrets).description).toBe(
      'token … of client …, code …',
    )
  })

  it('comes out as one of four problems, and back', () => {
    for (const is of ['grant_dead', 'client_misconfigured', 'transient', 'unknown'] as const) {
      expect(classOf(problemOf({ is, error: 'x' }))).toBe(is)
    }
    expect(classOf(new Error('x'))).toBeUndefined()
  })
})

it('an answer of any shape has a class, and gives no secret away', () => {
  const secret = 'the-refresh-token-9'
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.json(), fc.string()),
      fc.string(),
      (status, body, before) => {
        const quoted = JSON.stringify({ error: 'invalid_grant', error_description: before + secret })
        for (const text of [body, quoted]) {
          const failure = failureOf(
            service,
            { status, headers: {}, body: text },
            { refreshToken: Secret.of(secret) },
            now,
          )
          expect(JSON.stringify(failure)).not.toContain(secret)
          expect(problemOf(failure).message).not.toContain(secret)
        }
      },
    ),
  )
})
