import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, holds, type ReadAnswer, valueAt } from '../src/index.ts'

const answer = (status: number, json?: unknown, headers: Record<string, string> = {}): ReadAnswer => ({
  status,
  headers,
  body: json === undefined ? '' : JSON.stringify(json),
  ...(json === undefined ? {} : { json }),
})

describe('a path', () => {
  const value = { data: [{ id: 1 }], empty: null, 'a-b': 'x' }
  it.each([
    ['', value],
    ['data.0.id', 1],
    ['data.1.id', undefined],
    ['empty', null],
    ['empty.x', undefined],
    ['a-b', 'x'],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['data.length', 1],
    ['toString.name', undefined],
    ['data.0.__proto__.polluted', undefined],
  ])('%s', (path, expected) => {
    expect(valueAt(value, path)).toEqual(expected)
  })

  it('leads nowhere in what is no object', () => {
    for (const nothing of [undefined, null, 1, 'text', true]) expect(valueAt(nothing, 'length')).toBeUndefined()
  })
})

describe('a condition', () => {
  it.each<[string, Condition, ReadAnswer, boolean]>([
    ['a status', { status: 401 }, answer(401), true],
    ['another status', { status: 401 }, answer(403), false],
    ['one of several', { status: [401, 403] }, answer(403), true],
    ['a member', { path: 'ok', is: false }, answer(200, { ok: false }), true],
    ['a member of another type', { path: 'code', is: 190 }, answer(400, { code: '190' }), false],
    ['one of several values', { path: 'error', is: ['a', 'b'] }, answer(200, { error: 'b' }), true],
    ['something else', { path: 'error.code', not: 'ok' }, answer(200, { error: { code: 'no' } }), true],
    ['not something else', { path: 'error.code', not: 'ok' }, answer(200, { error: { code: 'ok' } }), false],
    ['absent is not something else', { path: 'error.code', not: 'ok' }, answer(200, {}), false],
    ['null is a value', { path: 'name', not: [null, 'Anonymous'] }, answer(200, { name: null }), false],
    ['there', { path: 'items', exists: true }, answer(200, { items: [] }), true],
    ['null is not there', { path: 'id', exists: true }, answer(200, { id: null }), false],
    ['not there', { path: 'id', exists: false }, answer(200, {}), true],
    ['a path alone means there', { path: 'id' }, answer(200, {}), false],
    ['a header', { header: 'X-Remaining', is: '0' }, answer(403, {}, { 'x-remaining': '0' }), true],
    ['a header and a number', { header: 'x-remaining', is: 0 }, answer(403, {}, { 'x-remaining': '0' }), true],
    ['no such header', { header: 'constructor', exists: true }, answer(403, {}), false],
    ['a word in the body', { contains: 'hibern' }, answer(200, { text: 'hibernating' }), true],
    ['a word in a member', { path: 'a', contains: 'x' }, answer(200, { a: 'y', b: 'x' }), false],
    ['all parts', { status: 403, contains: 'x' }, answer(401, 'x'), false],
    ['nothing at all', {}, answer(200), false],
  ])('%s', (_, condition, read, expected) => {
    expect(holds(condition, read)).toBe(expected)
  })

  it('never throws, whatever the answer', () => {
    const condition = fc.record(
      {
        status: fc.oneof(fc.integer(), fc.array(fc.integer())),
        path: fc.string(),
        header: fc.string(),
        is: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
        not: fc.oneof(fc.string(), fc.constant(null)),
        exists: fc.boolean(),
        contains: fc.string(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(condition, fc.anything(), fc.integer(), (words, json, status) => {
        expect(typeof holds(words as Condition, { status, headers: {}, body: '', json })).toBe('boolean')
      }),
    )
  })
})
