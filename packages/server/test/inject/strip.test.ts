import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/errors.ts'
import { stripAnswer, stripRequest } from '../../src/inject/strip.ts'

const send = { headers: { 'x-api-key': '{key}', '{header}': '{key}' } }

describe('headers of a caller', () => {
  it.each([
    'Connection',
    'keep-alive',
    'TE',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'proxy-authorization',
    'Proxy-Connection',
    'host',
    'cookie',
    'authorization',
    'expect',
    'Forwarded',
    'X-Forwarded-For',
    'x-forwarded-anything',
    'x-real-ip',
    'via',
    'X-HTTP-Method-Override',
    'x-method-override',
    'x-original-url',
    'Cardea-Workspace',
    'X-Api-Key',
  ])('do not carry %s', (name) => {
    expect(stripRequest({ [name]: 'x', accept: '*/*' }, send).headers).toEqual({ accept: '*/*' })
  })

  it('do not carry what "connection" names', () => {
    expect(stripRequest({ connection: 'close, X-Secret-Hop', 'x-secret-hop': '1' }, send).headers).toEqual({})
  })

  it('leave the place free that a setting names', () => {
    expect(stripRequest({ 'X-Own': 'mine' }, send, { header: 'x-own' }).headers).toEqual({})
  })

  it('carry the rest, several values as one', () => {
    const incoming = { 'Content-Type': 'text/plain', accept: ['a', 'b'], nothing: undefined }
    expect(stripRequest(incoming, send).headers).toEqual({ 'content-type': 'text/plain', accept: 'a, b' })
  })

  it.each([
    ['a line break', { 'x-a': 'b\r\nx-api-key: stolen' }],
    ['a NUL', { 'x-a': 'b\0' }],
    ['a name with a space', { 'x a': 'b' }],
    ['a name with a colon', { 'x-a:': 'b' }],
    ['two lengths', { 'content-length': ['1', '2'] }],
    ['two lengths in one', { 'content-length': '1, 2' }],
    ['a length that is no number', { 'content-length': '+1' }],
    ['a length beside chunks', { 'content-length': '1', 'transfer-encoding': 'chunked' }],
  ])('are refused with %s', (_, headers) => {
    expect(() => stripRequest(headers, send)).toThrow(Problem)
  })

  it('tell the length of the body apart', () => {
    expect(stripRequest({ 'content-length': '42' }, send)).toEqual({ headers: {}, length: 42 })
  })

  it('never break anything, whatever they are', () => {
    const headers = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined)))
    fc.assert(
      fc.property(headers, (incoming) => {
        try {
          for (const [name, value] of Object.entries(stripRequest(incoming, send).headers)) {
            expect(name).toBe(name.toLowerCase())
            expect(value).not.toMatch(/[\r\n\0]/)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
        }
        expect(() => stripAnswer(incoming)).not.toThrow()
      }),
    )
  })
})

describe('headers of an answer', () => {
  it('carry no cookie of the service, nothing that only concerns one hop, and nothing that binds our origin', () => {
    const answer = {
      'Set-Cookie': ['session=1', 'b=2'],
      connection: 'x-hop',
      'x-hop': '1',
      'Transfer-Encoding': 'chunked',
      'strict-transport-security': 'max-age=1',
      'clear-site-data': '"*"',
      'alt-svc': 'h3',
      'content-length': '3',
      'proxy-authenticate': 'Basic',
      'content-type': 'application/json',
      link: ['<a>', '<b>'],
    }
    expect(stripAnswer(answer)).toEqual({ 'content-type': 'application/json', link: ['<a>', '<b>'] })
  })
})
